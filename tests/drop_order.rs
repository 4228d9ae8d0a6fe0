//! Locals, arguments and `self` are dropped in the order of the plain function, however it is left.
//!
//! Every function stands here twice, from one text: as it is, and under the attribute.
#![allow(
    clippy::needless_pass_by_value,
    clippy::boxed_local,
    clippy::toplevel_ref_arg,
    reason = "arguments are here to be dropped"
)]

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Writes its name down when it is dropped.
struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

struct Pair {
    first: Noisy,
    second: Noisy,
}

fn pair(first: &'static str, second: &'static str) -> Pair {
    Pair { first: Noisy(first), second: Noisy(second) }
}

/// What was dropped, in order, while `call` ran, a panic of it included.
fn dropped_by(call: impl FnOnce()) -> Vec<&'static str> {
    DROPPED.take();
    let _ = catch_unwind(AssertUnwindSafe(call));
    DROPPED.take()
}

/// The way in which a function of this file is left.
#[derive(Clone, Copy)]
enum Exit {
    End,
    Return,
    Panic,
}

const EXITS: [Exit; 3] = [Exit::End, Exit::Return, Exit::Panic];

fn leave(exit: Exit) -> Option<()> {
    match exit {
        Exit::End => Some(()),
        Exit::Return => None,
        Exit::Panic => std::panic::resume_unwind(Box::new("left by a panic")),
    }
}

/// A call that did not panic was left as it was told to be.
fn ended(exit: Exit, returned: Option<()>) {
    assert_eq!(returned.is_some(), matches!(exit, Exit::End));
}

/// A future that is ready when it is polled for the second time.
#[derive(Default)]
struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls a future that many times, then drops it.
fn poll<F: Future>(times: usize, future: F) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if future.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
}

macro_rules! twice {
    ($($item:item)*) => {
        mod plain {
            use super::*;
            $($item)*
        }
        mod traced {
            use super::*;
            $(#[mlflow::trace] $item)*
        }
    };
}

twice! {
    pub(super) fn arguments(a: Noisy, b: Noisy, exit: Exit) -> Option<()> {
        let _local = Noisy("local");
        leave(exit)?;
        let _ = (&a, &b);
        Some(())
    }

    pub(super) fn unused_arguments(_a: Noisy, _: Noisy, _c: Noisy, _: Noisy, exit: Exit) -> Option<()> {
        let _local = Noisy("local");
        leave(exit)
    }

    pub(super) fn partly_used(a: Noisy, b: Noisy, c: Noisy, exit: Exit) -> Option<()> {
        drop(b);
        leave(exit)?;
        drop(a);
        let _ = &c;
        Some(())
    }

    pub(super) fn patterns(
        (_a, _b): (Noisy, Noisy),
        (_c, _): (Noisy, Noisy),
        Pair { second: _e, .. }: Pair,
        ref _f: Noisy,
        [_, _g]: [Noisy; 2],
        exit: Exit,
    ) -> Option<()> {
        let _local = Noisy("local");
        leave(exit)
    }

    pub(super) fn temporary_in_the_tail(a: RefCell<Noisy>, _b: Noisy, exit: Exit) -> Option<()> {
        leave(exit).filter(|()| { let _guard = a.borrow(); true })
    }

    pub(super) async fn future(a: Noisy, _: Noisy, (_c, _): (Noisy, Noisy), _d: Noisy, exit: Exit) -> Option<()> {
        let _local = Noisy("local");
        Pause::default().await;
        leave(exit)?;
        let _late = Noisy("late");
        drop(a);
        Some(())
    }

    pub(super) fn iterator(a: Noisy, _: Noisy, (_c, _): (Noisy, Noisy), _d: Noisy, exit: Exit) -> impl Iterator<Item = Noisy> {
        let _local = Noisy("local");
        let mut names = ["first", "second"].into_iter();
        std::iter::from_fn(move || {
            let _ = &a;
            let _inside = Noisy("inside");
            leave(exit)?;
            names.next().map(Noisy)
        })
    }

    pub(super) fn made_future(a: Noisy, _: Noisy, (_c, d): (Noisy, Noisy), _e: Noisy, exit: Exit) -> Pin<Box<dyn Future<Output = Option<()>>>> {
        let _local = Noisy("local");
        drop(d);
        let future = async move {
            let _inside = Noisy("inside");
            Pause::default().await;
            leave(exit)?;
            drop(a);
            Some(())
        };
        Box::pin(future)
    }
}

fn arguments_of(exit: Exit, call: impl FnOnce(Noisy, Noisy, Exit) -> Option<()>) -> Vec<&'static str> {
    dropped_by(|| ended(exit, call(Noisy("a"), Noisy("b"), exit)))
}

#[test]
fn used_arguments_go_in_reverse_after_the_locals() {
    for exit in EXITS {
        let expected = arguments_of(exit, plain::arguments);
        assert_eq!(expected, ["local", "b", "a"]);
        assert_eq!(arguments_of(exit, traced::arguments), expected);
    }
}

#[test]
fn unused_arguments_go_in_reverse_after_the_locals() {
    for exit in EXITS {
        let of = |call: fn(Noisy, Noisy, Noisy, Noisy, Exit) -> Option<()>| {
            dropped_by(|| ended(exit, call(Noisy("a"), Noisy("b"), Noisy("c"), Noisy("d"), exit)))
        };
        let expected = of(plain::unused_arguments);
        assert_eq!(expected, ["local", "d", "c", "b", "a"]);
        assert_eq!(of(traced::unused_arguments), expected);
    }
}

#[test]
fn arguments_that_the_body_dropped_are_not_dropped_again() {
    for exit in EXITS {
        let of = |call: fn(Noisy, Noisy, Noisy, Exit) -> Option<()>| {
            dropped_by(|| ended(exit, call(Noisy("a"), Noisy("b"), Noisy("c"), exit)))
        };
        let expected = of(plain::partly_used);
        assert_eq!(expected.first(), Some(&"b"));
        assert_eq!(of(traced::partly_used), expected);
    }
}

#[test]
fn parts_that_a_pattern_leaves_behind_go_in_their_place() {
    type Patterns = fn((Noisy, Noisy), (Noisy, Noisy), Pair, Noisy, [Noisy; 2], Exit) -> Option<()>;
    for exit in EXITS {
        let of = |call: Patterns| {
            dropped_by(|| {
                let pairs = ((Noisy("a"), Noisy("b")), (Noisy("c"), Noisy("d")));
                ended(
                    exit,
                    call(pairs.0, pairs.1, pair("e", "f"), Noisy("g"), [Noisy("h"), Noisy("i")], exit),
                );
            })
        };
        let expected = of(plain::patterns);
        assert_eq!(expected.len(), 10, "{expected:?}");
        assert_eq!(of(traced::patterns), expected);
    }
}

#[test]
fn a_temporary_in_the_last_expression_may_borrow_an_argument() {
    for exit in EXITS {
        let of = |call: fn(RefCell<Noisy>, Noisy, Exit) -> Option<()>| {
            dropped_by(|| ended(exit, call(RefCell::new(Noisy("a")), Noisy("b"), exit)))
        };
        assert_eq!(of(traced::temporary_in_the_tail), of(plain::temporary_in_the_tail));
    }
}

#[test]
fn a_future_drops_in_order_when_it_ends_is_cancelled_or_never_starts() {
    fn of<F: Future>(
        polls: usize,
        exit: Exit,
        call: impl FnOnce(Noisy, Noisy, (Noisy, Noisy), Noisy, Exit) -> F,
    ) -> Vec<&'static str> {
        dropped_by(|| {
            let future = call(Noisy("a"), Noisy("b"), (Noisy("c"), Noisy("d")), Noisy("e"), exit);
            poll(polls, future);
        })
    }
    for polls in 0..=2 {
        for exit in EXITS {
            let expected = of(polls, exit, plain::future);
            assert!(expected.len() >= 5, "{expected:?}");
            assert_eq!(of(polls, exit, traced::future), expected, "after {polls} polls");
        }
    }
}

#[test]
fn an_iterator_drops_what_it_holds_as_the_plain_one() {
    fn of<I: Iterator<Item = Noisy>>(
        items: usize,
        exit: Exit,
        call: impl FnOnce(Noisy, Noisy, (Noisy, Noisy), Noisy, Exit) -> I,
    ) -> Vec<&'static str> {
        dropped_by(|| {
            let mut iterator = call(Noisy("a"), Noisy("b"), (Noisy("c"), Noisy("d")), Noisy("e"), exit);
            for _ in 0..items {
                drop(iterator.next());
            }
        })
    }
    for items in 0..=4 {
        for exit in EXITS {
            let expected = of(items, exit, plain::iterator);
            assert!(expected.len() >= 6, "{expected:?}");
            assert_eq!(of(items, exit, traced::iterator), expected, "after {items} items");
        }
    }
}

#[test]
fn a_future_made_by_hand_drops_in_order() {
    type Made = fn(Noisy, Noisy, (Noisy, Noisy), Noisy, Exit) -> Pin<Box<dyn Future<Output = Option<()>>>>;
    let of = |polls: usize, exit: Exit, call: Made| {
        dropped_by(|| poll(polls, call(Noisy("a"), Noisy("b"), (Noisy("c"), Noisy("d")), Noisy("e"), exit)))
    };
    for polls in 0..=2 {
        for exit in EXITS {
            let expected = of(polls, exit, plain::made_future);
            assert!(expected.len() >= 6, "{expected:?}");
            assert_eq!(of(polls, exit, traced::made_future), expected, "after {polls} polls");
        }
    }
}

mod methods {
    use super::*;

    impl Pair {
        fn plain(self, _a: Noisy, exit: Exit) -> Option<Noisy> {
            let _local = Noisy("local");
            leave(exit)?;
            Some(self.first)
        }

        #[mlflow::trace]
        fn traced(self, _a: Noisy, exit: Exit) -> Option<Noisy> {
            let _local = Noisy("local");
            leave(exit)?;
            Some(self.first)
        }

        fn plain_unused(self: Box<Self>, _a: Noisy, _: Noisy) {
            let _local = Noisy("local");
        }

        #[mlflow::trace]
        fn traced_unused(self: Box<Self>, _a: Noisy, _: Noisy) {
            let _local = Noisy("local");
        }

        async fn plain_async(self, _a: Noisy) -> Noisy {
            let _local = Noisy("local");
            Pause::default().await;
            self.first
        }

        #[mlflow::trace]
        async fn traced_async(self, _a: Noisy) -> Noisy {
            let _local = Noisy("local");
            Pause::default().await;
            self.first
        }
    }

    #[test]
    fn self_goes_last_even_when_the_body_uses_a_part_of_it() {
        for exit in EXITS {
            let expected = dropped_by(|| drop(pair("first", "second").plain(Noisy("a"), exit)));
            assert_eq!(expected[..2], ["local", "a"]);
            assert_eq!(dropped_by(|| drop(pair("first", "second").traced(Noisy("a"), exit))), expected);
        }
    }

    #[test]
    fn a_self_that_the_body_never_names_goes_last() {
        let expected = dropped_by(|| Box::new(pair("first", "second")).plain_unused(Noisy("a"), Noisy("b")));
        assert_eq!(expected, ["local", "b", "a", "first", "second"]);
        let traced = dropped_by(|| Box::new(pair("first", "second")).traced_unused(Noisy("a"), Noisy("b")));
        assert_eq!(traced, expected);
    }

    #[test]
    fn self_goes_last_in_a_future_too() {
        for polls in 0..=2 {
            let expected = dropped_by(|| poll(polls, pair("first", "second").plain_async(Noisy("a"))));
            let traced = dropped_by(|| poll(polls, pair("first", "second").traced_async(Noisy("a"))));
            assert_eq!(traced, expected, "after {polls} polls");
        }
    }
}
