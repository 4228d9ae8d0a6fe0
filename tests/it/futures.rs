//! Functions that return a future which they have made by hand.

use std::future::{Future, pending, ready};
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use mlflow::StatusCode;
use mlflow::testing::{capture, capture_async};

use crate::{exception, inputs, outputs};

#[mlflow::trace]
async fn leaf(n: u32) -> u32 {
    n + 1
}

#[mlflow::trace]
fn prepare(n: u32) -> u32 {
    n * 2
}

#[mlflow::trace]
fn made(n: u32) -> impl Future<Output = u32> {
    let doubled = prepare(n);
    async move { leaf(doubled).await }
}

#[mlflow::trace]
fn boxed(n: u32) -> BoxFuture<'static, Result<u32, std::num::ParseIntError>> {
    let text = n.to_string();
    async move { Ok(leaf(text.parse()?).await) }.boxed()
}

#[tokio::test]
async fn the_body_and_the_future_are_inside_the_span() {
    let traces = capture_async(async { assert_eq!(made(2).await, 5) }).await;
    let span = traces[0].root().unwrap();
    assert_eq!((inputs(span), outputs(span)), (serde_json::json!({"n": 2}), "5"));
    assert_eq!(traces.outline(), "made [UNKNOWN] OK\n  prepare [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n");
}

#[tokio::test]
async fn a_boxed_future_is_traced_whatever_the_body_is() {
    let traces = capture_async(async { assert_eq!(boxed(2).await, Ok(3)) }).await;
    assert_eq!(traces.outline(), "boxed [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n");
    assert_eq!(outputs(traces[0].root().unwrap()), "3");
}

#[tokio::test]
async fn the_span_is_not_current_between_two_polls() {
    #[mlflow::trace]
    fn pauses() -> impl Future<Output = ()> {
        let pause = tokio::task::yield_now();
        async move {
            pause.await;
            leaf(0).await;
        }
    }
    let traces = capture_async(async {
        let mut future = Box::pin(pauses());
        assert!(future.as_mut().now_or_never().is_none());
        mlflow::span("between").run(|_| {});
        future.await;
    })
    .await;
    assert_eq!(traces.outline(), "pauses [UNKNOWN] OK\n  leaf [UNKNOWN] OK\nbetween [UNKNOWN] OK\n");
}

#[test]
fn a_future_that_is_never_polled_makes_no_span() {
    #[mlflow::trace]
    #[allow(clippy::manual_async_fn, reason = "what an `async fn` stands for")]
    fn block_alone(n: u32) -> impl Future<Output = u32> {
        async move { n }
    }
    #[mlflow::trace]
    fn with_statements(n: u32) -> impl Future<Output = u32> + Send {
        let n = n + 1;
        async move { n }
    }
    #[mlflow::trace]
    fn outer() {
        drop(block_alone(1));
        drop(with_statements(1));
        drop(boxed(1));
    }
    let traces = capture(|| {
        drop(block_alone(1));
        drop(with_statements(1));
        drop(boxed(1));
        outer();
    });
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n");
}

#[test]
fn a_future_that_is_never_polled_keeps_its_span_when_its_function_has_traced_something() {
    let traces = capture(|| drop(made(1)));
    assert_eq!(
        traces.outline(),
        "made [UNKNOWN] ERROR (cancelled: the future was dropped before it was polled)\n  prepare [UNKNOWN] OK\n"
    );
}

#[tokio::test]
async fn a_future_dropped_early_is_cancelled() {
    #[mlflow::trace]
    fn waits() -> Pin<Box<dyn Future<Output = u32> + Send>> {
        let never = pending();
        Box::pin(async move {
            leaf(1).await;
            never.await
        })
    }
    let traces = capture_async(async { assert!(waits().now_or_never().is_none()) }).await;
    let span = traces[0].root().unwrap();
    assert_eq!(span.status.code, StatusCode::Error);
    assert_eq!(span.attribute("mlflow_trace.cancelled").unwrap().as_str(), "true");
    assert_eq!(traces[0].spans.len(), 2);
}

#[tokio::test]
async fn errors_and_panics_of_the_future_and_of_the_body_are_told() {
    #[mlflow::trace]
    fn parses(text: &str) -> impl Future<Output = Result<u32, std::num::ParseIntError>> {
        ready(text.parse())
    }
    #[mlflow::trace]
    fn panics_early(early: bool) -> impl Future<Output = ()> {
        assert!(!early, "in the body");
        async { panic!("in the future") }
    }
    let traces = capture_async(async {
        assert!(parses("x").await.is_err());
        for early in [true, false] {
            let future = async move { panics_early(early).await };
            assert!(std::panic::AssertUnwindSafe(future).catch_unwind().await.is_err());
        }
    })
    .await;
    assert_eq!(exception(traces[0].root().unwrap(), "exception.type"), "core::num::error::ParseIntError");
    assert_eq!(traces[1].root().unwrap().status.message, "panic: in the body");
    assert_eq!(traces[2].root().unwrap().status.message, "panic: in the future");
}

#[tokio::test]
async fn a_future_that_gives_a_stream_keeps_the_span_open_for_it() {
    use futures_util::stream::{self, BoxStream, StreamExt as _};
    #[mlflow::trace]
    fn opens(n: u32) -> BoxFuture<'static, Result<BoxStream<'static, u32>, std::fmt::Error>> {
        let n = prepare(n);
        async move { Ok(stream::iter(0..n).then(leaf).boxed()) }.boxed()
    }
    let traces = capture_async(async { assert_eq!(opens(1).await.unwrap().count().await, 2) }).await;
    assert_eq!(
        traces.outline(),
        "opens [UNKNOWN] OK\n  prepare [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n"
    );
    assert_eq!(outputs(traces[0].root().unwrap()), "[1, 2]");
}

#[tokio::test]
async fn recursive_futures_nest() {
    #[mlflow::trace]
    async fn down(n: u32) -> u32 {
        if n == 0 { 0 } else { 1 + Box::pin(down(n - 1)).await }
    }
    // As the crate `async_recursion` writes it.
    #[mlflow::trace]
    fn walk(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(async move { if n == 0 { 0 } else { 1 + walk(n - 1).await } })
    }
    let traces = capture_async(async { assert_eq!(down(2).await + walk(1).await, 3) }).await;
    assert_eq!(
        traces.outline(),
        "down [UNKNOWN] OK\n  down [UNKNOWN] OK\n    down [UNKNOWN] OK\nwalk [UNKNOWN] OK\n  walk [UNKNOWN] OK\n"
    );
}

#[tokio::test]
async fn futures_and_async_functions_of_traits_are_traced() {
    trait Step: Sync {
        fn run(&self, n: u32) -> impl Future<Output = u32> + Send;
        #[mlflow::trace]
        async fn twice(&self, n: u32) -> u32 {
            let first = self.run(n).await;
            self.run(first).await
        }
        #[mlflow::trace]
        fn later(&self, n: u32) -> impl Future<Output = u32> + Send {
            let n = n + 1;
            async move { self.run(n).await }
        }
    }
    struct Add;
    impl Step for Add {
        #[mlflow::trace]
        async fn run(&self, n: u32) -> u32 {
            leaf(n).await
        }
    }
    let traces = capture_async(async { assert_eq!(Add.twice(1).await + Add.later(1).await, 6) }).await;
    assert_eq!(
        traces.outline(),
        "twice [UNKNOWN] OK\n  run [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n  run [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n\
         later [UNKNOWN] OK\n  run [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n"
    );
}
