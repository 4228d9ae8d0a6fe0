//! Async functions and methods, and the order of attributes.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use crate::{Broken, Opaque};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn pause() {
    tokio::task::yield_now().await;
}

#[mlflow::trace]
async fn borrowed<'a>(text: &'a str, count: &mut usize) -> &'a str {
    pause().await;
    *count += 1;
    &text[1..]
}

#[mlflow::trace]
async fn patterns((a, mut b): (u32, u32), _: Opaque, Opaque(c): Opaque, mut d: u32) -> u32 {
    pause().await;
    b += 1;
    d += 1;
    a + b + c + d
}

#[mlflow::trace]
async fn boxed_error(fail: bool) -> Result<u32, Box<dyn Error + Send + Sync>> {
    if fail {
        return Err(Box::new(Broken));
    }
    pause().await;
    let number: u32 = "12".parse()?;
    Ok(number)
}

#[mlflow::trace]
async fn coerced(owned: bool) -> Box<dyn Display + Send> {
    if owned {
        return Box::new(String::from("owned"));
    }
    Box::new("borrowed")
}

#[mlflow::trace]
async fn coerced_at_the_end() -> Box<dyn Display + Send> {
    Box::new("borrowed")
}

#[mlflow::trace]
async fn converted(text: &str) -> String {
    text.into()
}

#[mlflow::trace]
async fn slice(items: &Vec<u32>) -> &[u32] {
    items
}

#[mlflow::trace]
async fn opaque_return() -> impl Fn(&str) -> usize {
    |text: &str| text.len()
}

#[mlflow::trace]
async fn nothing() {
    pause().await;
}

#[mlflow::trace]
async fn never(code: u32) -> ! {
    pause().await;
    panic!("left with {code}")
}

#[test]
fn async_functions_return_what_they_return() {
    let mut count = 0;
    assert_eq!(block_on(borrowed("text", &mut count)), "ext");
    assert_eq!(count, 1);
    assert_eq!(block_on(patterns((1, 2), Opaque(0), Opaque(3), 4)), 12);
    assert_eq!(block_on(boxed_error(false)).unwrap(), 12);
    assert_eq!(block_on(boxed_error(true)).unwrap_err().to_string(), "broken");
    assert_eq!(block_on(coerced(true)).to_string(), "owned");
    assert_eq!(block_on(coerced(false)).to_string(), "borrowed");
    assert_eq!(block_on(coerced_at_the_end()).to_string(), "borrowed");
    assert_eq!(block_on(converted("text")), "text");
    assert_eq!(block_on(slice(&vec![1, 2])), [1, 2]);
    assert_eq!(block_on(opaque_return())("four"), 4);
    block_on(nothing());
    assert!(std::panic::catch_unwind(|| block_on(never(3))).is_err());
}

#[mlflow::trace]
async fn sendable(text: &str, numbers: Arc<Vec<u32>>, (a, _): (u32, String)) -> usize {
    pause().await;
    text.len() + numbers.len() + a as usize
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_future_with_borrowed_arguments_can_be_spawned() {
    let spawned = tokio::spawn(async {
        let text = String::from("text");
        sendable(&text, Arc::new(vec![1]), (1, String::new())).await
    });
    assert_eq!(spawned.await.unwrap(), 6);
}

struct Agent {
    steps: u32,
}

impl Agent {
    #[mlflow::trace]
    async fn step(&mut self) -> &mut u32 {
        pause().await;
        self.steps += 1;
        &mut self.steps
    }

    #[mlflow::trace]
    async fn finish(mut self) -> u32 {
        self.steps += 1;
        pause().await;
        self.steps
    }
}

#[test]
fn async_methods_work() {
    let mut agent = Agent { steps: 0 };
    *block_on(agent.step()) += 1;
    assert_eq!(block_on(agent.finish()), 3);
}

#[mlflow::trace]
#[tokio::test]
async fn the_attribute_may_stand_above_tokio_test() {
    pause().await;
}

#[tokio::test]
#[mlflow::trace]
async fn the_attribute_may_stand_below_tokio_test() {
    pause().await;
}

#[mlflow::trace]
#[test]
fn the_attribute_may_stand_above_test() {
    assert_eq!(block_on(converted("a")), "a");
}

#[test]
#[should_panic(expected = "as it should")]
#[mlflow::trace]
fn the_attribute_may_stand_below_should_panic() {
    panic!("as it should");
}
