//! Functions of every kind. `tests/disabled_code.rs` compiles this file as a library of its own, once as it stands and
//! once with `--cfg plain`, and compares the machine code.
#![allow(missing_docs)]

use std::future::Future;
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_nothing() {}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_sum(a: u32, mut b: u32, (c, _): (u32, u32)) -> u32 {
    b = b.wrapping_add(a);
    b ^ c
}

/// What shows that the comparison sees a difference.
#[inline(never)]
pub fn free_other(number: u32) -> u32 {
    number ^ if cfg!(other) { 3 } else { 5 }
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_loop(items: &[u64]) -> u64 {
    items.iter().fold(7, |sum, item| sum.wrapping_mul(31) ^ item)
}

#[cfg_attr(
    not(plain),
    mlflow::trace(
        name = "named",
        span_type = "TOOL",
        description = "text",
        attributes(twice = number.wrapping_mul(2), "dotted.key" = text.len()),
        skip(text),
        skip_output
    )
)]
#[inline(never)]
pub fn free_with_options(number: u32, text: &str) -> usize {
    number as usize ^ text.len()
}

#[cfg_attr(not(plain), mlflow::trace(skip_all))]
#[inline(never)]
pub fn free_skipping_all(number: u32, text: &str) -> usize {
    number as usize | text.len()
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_result(text: &str) -> Result<u32, ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number / 3)
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_result_without_strings(number: u32) -> Result<u32, u8> {
    if number > 9 { Err(4) } else { Ok(number + 5) }
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_panic(number: u32) -> u32 {
    assert!(number != 0, "zero has no share");
    100 / number
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn heap_values(text: String, count: usize) -> Vec<String> {
    vec![text; count]
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn heap_boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { text.len() })
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
fn generic_largest<T: PartialOrd + Copy, const N: usize>(items: [T; N]) -> Option<T> {
    let mut largest = *items.first()?;
    for item in items {
        if item > largest {
            largest = item;
        }
    }
    Some(largest)
}

#[inline(never)]
pub fn free_calls_generic(bytes: [u8; 5], floats: [f64; 3]) -> (Option<u8>, Option<f64>) {
    (generic_largest(bytes), generic_largest(floats))
}

#[cfg(not(plain))]
const NAME: &str = "a name";

#[cfg(not(plain))]
fn add(sum: &mut u64, number: &u32) {
    *sum += u64::from(*number);
}

#[cfg_attr(
    not(plain),
    mlflow::trace(name = NAME, span_type = mlflow::SpanType::Tool, experiment = NAME, output_reducer = add)
)]
#[inline(never)]
pub fn free_naming_constants(limit: u32) -> impl Iterator<Item = u32> {
    (0..limit).map(|number| number ^ 22)
}

#[cfg_attr(not(plain), mlflow::trace)]
#[inline(never)]
pub fn free_iterator(limit: u32) -> impl Iterator<Item = u32> {
    (0..limit).map(|number| number ^ 21)
}

pub struct Agent {
    pub steps: u32,
}

impl Agent {
    #[cfg_attr(not(plain), mlflow::trace(attributes(steps = self.steps)))]
    #[inline(never)]
    pub fn method_step(&mut self, by: u32) -> &mut u32 {
        self.steps = self.steps.rotate_left(by);
        &mut self.steps
    }

    #[cfg_attr(not(plain), mlflow::trace)]
    #[inline(never)]
    pub fn method_finish(mut self, by: u32) -> Self {
        self.steps |= by;
        self
    }

    #[cfg_attr(not(plain), mlflow::trace)]
    pub async fn method_later(&mut self, by: u32) -> Result<u32, u8> {
        Yield(false).await;
        self.steps ^= by;
        if self.steps == 0 { Err(1) } else { Ok(self.steps) }
    }
}

pub trait Model {
    fn complete(&self, prompt: u32) -> u32;
}

impl Model for Agent {
    #[cfg_attr(not(plain), mlflow::trace(span_type = "LLM"))]
    #[inline(never)]
    fn complete(&self, prompt: u32) -> u32 {
        prompt.wrapping_sub(self.steps)
    }
}

/// Pending once.
pub struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg_attr(not(plain), mlflow::trace(name = "later", attributes(first = a), skip(b)))]
pub async fn async_sum(a: u32, b: u32) -> u32 {
    Yield(false).await;
    a.wrapping_mul(b)
}

#[cfg_attr(not(plain), mlflow::trace)]
pub async fn async_result(a: u32) -> Result<u32, u8> {
    let sum = async_sum(a, 3).await;
    if sum == 1 {
        return Err(9);
    }
    Yield(false).await;
    Ok(sum)
}

#[inline(never)]
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

#[inline(never)]
pub fn free_runs_async(agent: &mut Agent, a: u32) -> (u32, Result<u32, u8>, Result<u32, u8>) {
    (run(async_sum(a, 2)), run(async_result(a)), run(agent.method_later(a)))
}
