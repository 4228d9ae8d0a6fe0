//! Begins the program that `tests/behaviour.rs` writes: values that say when they are dropped, and what calls a function.
#![allow(warnings)]

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn log(line: String) {
    LOG.with_borrow_mut(|log| log.push(line));
}

/// Says when it is dropped. Nothing can print it.
pub struct N(u32);

impl Drop for N {
    fn drop(&mut self) {
        log(format!("dropped {}", self.0));
    }
}

pub struct Pair {
    a: N,
    b: N,
}

fn touch(value: &N) {
    log(format!("touched {}", value.0));
}

fn fail(fails: bool) -> Result<(), String> {
    if fails { Err("failed".to_owned()) } else { Ok(()) }
}

fn some(is_some: bool) -> Option<()> {
    is_some.then_some(())
}

impl From<String> for N {
    fn from(text: String) -> Self {
        N(text.len() as u32)
    }
}

/// Pending once.
#[derive(Default)]
pub struct Pause(bool);

impl Future for Pause {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

trait Show {
    fn show(&self) -> String;
}
impl Show for () {
    fn show(&self) -> String {
        "()".to_owned()
    }
}
impl Show for u32 {
    fn show(&self) -> String {
        self.to_string()
    }
}
impl Show for N {
    fn show(&self) -> String {
        format!("N{}", self.0)
    }
}
impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}
impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "None".to_owned(), |value| format!("Some({})", value.show()))
    }
}
impl<T: Show, E: Show> Show for Result<T, E> {
    fn show(&self) -> String {
        match self {
            Ok(value) => format!("Ok({})", value.show()),
            Err(error) => format!("Err({})", error.show()),
        }
    }
}

/// Polls so many times, then drops the future.
fn polled<F: Future<Output: Show>>(times: usize, future: F) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            log(format!("returned {}", value.show()));
            return;
        }
        log("pending".to_owned());
    }
    log("given up".to_owned());
}

/// What happened, in order, with the panic's payload.
fn happens(call: impl FnOnce()) -> Vec<String> {
    LOG.take();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(call)) {
        let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<u32>().map(u32::to_string));
        log(format!("panicked with {}", text.unwrap_or_else(|| "something else".to_owned())));
    }
    LOG.take()
}

fn compare(name: &str, count: &mut u32, plain: Vec<String>, traced: Vec<String>) {
    *count += 1;
    if plain != traced {
        println!("different: {name}\n  plain:  {plain:?}\n  traced: {traced:?}");
    }
}
