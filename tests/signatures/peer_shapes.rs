//! Shapes of function that the test suites of other attributes hold, and that no other file here has.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[mlflow::trace]
fn several_impl_arguments(
    shown: impl Display + Clone,
    mut call: impl FnMut(usize) -> usize,
    _: impl Debug,
) -> usize {
    call(shown.to_string().len())
}

#[mlflow::trace]
fn with_dyn(shown: &dyn Display, errors: Box<dyn Fn(&str) -> usize + '_>) -> usize {
    errors(&shown.to_string())
}

#[mlflow::trace]
fn higher_ranked<F>(pick: F) -> usize
where
    F: for<'a> Fn(&'a str, &'a str) -> &'a str,
{
    pick("one", "three").len()
}

#[mlflow::trace]
fn closure_of_closures(a: u32) -> impl Fn(u32) -> Box<dyn Fn(u32) -> u32> {
    move |b| Box::new(move |c| a + b + c) as Box<dyn Fn(u32) -> u32>
}

#[allow(clippy::type_complexity, reason = "that is what it is about")]
#[mlflow::trace]
fn large_tuple(values: (u8, u16, u32, u64, i8, i16, i32, i64, char, bool, f32, f64, (), &str)) -> usize {
    values.13.len() + usize::from(values.0)
}

#[mlflow::trace]
fn r#match(r#in: u32, r#fn: &str) -> String {
    r#in.to_string() + r#fn
}

#[test]
fn arguments_of_every_kind_come_through() {
    assert_eq!(several_impl_arguments("four", |n| n + 1, ()), 5);
    assert_eq!(with_dyn(&12, Box::new(str::len)), 2);
    assert_eq!(higher_ranked(|a, b| if a.len() > b.len() { a } else { b }), 5);
    assert_eq!(closure_of_closures(1)(2)(3), 6);
    assert_eq!(large_tuple((1, 0, 0, 0, 0, 0, 0, 0, 'a', true, 0.0, 0.0, (), "four")), 5);
    assert_eq!(r#match(1, "a"), "1a");
}

/// Names of the prelude that mean something else here.
mod shadowed {
    #[derive(Debug, PartialEq)]
    pub(super) enum Option {
        Some,
    }
    #[derive(Debug, PartialEq)]
    pub(super) struct String;
    #[allow(non_snake_case, dead_code)]
    fn Ok() {}
    #[allow(non_snake_case, dead_code)]
    fn Err() {}

    #[mlflow::trace]
    pub(super) fn names(option: Option, _string: String) -> Option {
        option
    }
}

#[test]
fn names_of_the_prelude_may_be_taken() {
    assert_eq!(shadowed::names(shadowed::Option::Some, shadowed::String), shadowed::Option::Some);
}

macro_rules! functions {
    ($($(#[$attribute:meta])* $vis:vis fn $name:ident($($argument:ident: $ty:ty),*) -> $returned:ty $body:block)*) => {
        $($(#[$attribute])* #[mlflow::trace] $vis fn $name($($argument: $ty),*) -> $returned $body)*
    };
}

functions! {
    /// Documented.
    #[must_use]
    #[inline]
    pub(crate) fn first(a: u32) -> u32 { a + 1 }
    fn second(a: &str, b: Option<u32>) -> Option<usize> { Some(a.len() + b? as usize) }
}

mod again {
    functions! {
        pub(super) fn first(a: u32) -> u32 {
            if a == 0 {
                return 7;
            }
            a + 2
        }
    }
}

#[test]
fn macros_may_make_functions_from_blocks_more_than_once() {
    assert_eq!((first(1), again::first(1), again::first(0)), (2, 3, 7));
    assert_eq!((second("ab", Some(1)), second("ab", None)), (Some(3), None));
}

#[mlflow::trace]
fn with_functions_inside(depth: u32) -> u32 {
    #[mlflow::trace]
    fn inner(n: u32) -> u32 {
        #[mlflow::trace(name = "innermost")]
        fn inner(n: u32) -> u32 {
            n + 1
        }
        inner(n) * 2
    }
    inner(depth)
}

#[mlflow::trace]
fn loops_until(limit: u32) -> u32 {
    let mut n = 0;
    loop {
        n += 1;
        if n == limit {
            return n;
        }
    }
}

#[mlflow::trace]
fn breaks_with_a_value(limit: u32) -> u32 {
    'outer: loop {
        for n in 0.. {
            if n == limit {
                break 'outer n;
            }
        }
    }
}

#[test]
fn bodies_may_hold_functions_and_loops() {
    assert_eq!(with_functions_inside(1), 4);
    assert_eq!((loops_until(3), breaks_with_a_value(4)), (3, 4));
}

#[derive(Debug)]
struct Lending {
    items: Vec<String>,
}

trait Lends {
    type Item<'a>
    where
        Self: 'a;

    fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>>;

    fn made<T: From<u8>>() -> T
    where
        Self: Sized;
}

impl Lends for Lending {
    type Item<'a> = &'a mut String;

    #[mlflow::trace]
    fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>> {
        self.items.last_mut()
    }

    #[mlflow::trace]
    fn made<T: From<u8>>() -> T {
        T::from(3)
    }
}

impl Lending {
    #[mlflow::trace]
    fn counted(self: &Rc<Self>, by: usize) -> usize {
        self.items.len() + by
    }

    #[mlflow::trace]
    async fn boxed_later(self: Box<Self>) -> usize {
        self.items.len()
    }

    #[mlflow::trace]
    async fn shared_later(self: Arc<Self>, text: &str) -> usize {
        tokio::task::yield_now().await;
        self.items.len() + text.len()
    }

    #[mlflow::trace]
    async fn pinned_later(self: Pin<&mut Self>) -> &mut String {
        tokio::task::yield_now().await;
        self.get_mut().items.last_mut().unwrap()
    }
}

#[test]
fn methods_may_lend_and_take_self_in_every_wrapper() {
    let make = || Lending { items: vec!["a".to_owned()] };
    let mut lending = make();
    lending.lend().unwrap().push('!');
    block_on(Pin::new(&mut lending).pinned_later()).push('?');
    assert_eq!(lending.items, ["a!?"]);
    assert_eq!(Lending::made::<u64>(), 3);
    assert_eq!(Rc::new(make()).counted(1), 2);
    assert_eq!(block_on(Box::new(make()).boxed_later()), 1);
    assert_eq!(block_on(Arc::new(make()).shared_later("ab")), 3);
}

#[allow(clippy::manual_async_fn, reason = "that is what it is about")]
#[mlflow::trace]
fn future_that_borrows(text: &str, more: usize) -> impl Future<Output = usize> + '_ {
    async move { text.len() + more }
}

#[mlflow::trace]
async fn two_elided(one: &str, other: &mut Vec<usize>) -> Result<(), Box<dyn std::error::Error>> {
    other.push(one.parse()?);
    Err(std::fmt::Error)?;
    Ok(())
}

#[test]
fn futures_may_borrow_and_fail_in_different_ways() {
    assert_eq!(block_on(future_that_borrows("four", 1)), 5);
    let mut numbers = Vec::new();
    assert!(block_on(two_elided("7", &mut numbers)).unwrap_err().is::<std::fmt::Error>());
    assert!(block_on(two_elided("x", &mut numbers)).unwrap_err().is::<std::num::ParseIntError>());
    assert_eq!(numbers, [7]);
}

#[track_caller]
#[mlflow::trace]
fn place_given(place: &'static Location<'static>) -> u32 {
    place.line()
}

#[test]
fn a_place_that_is_an_argument_is_the_callers() {
    assert_eq!(place_given(Location::caller()), line!());
}
