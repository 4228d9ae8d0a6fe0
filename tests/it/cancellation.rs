//! Futures that are dropped before they end, or never polled.

use std::future::{Future, pending};
use std::time::Duration;

use mlflow::StatusCode;
use mlflow::testing::capture_async;

#[mlflow::trace]
async fn leaf() -> u8 {
    1
}

#[mlflow::trace]
async fn waits(name: &str) -> u8 {
    let first = leaf().await;
    let second: u8 = pending().await;
    first + second + name.len() as u8
}

#[tokio::test]
async fn a_future_dropped_early_ends_as_cancelled_with_its_inputs() {
    let traces = capture_async(async {
        assert!(tokio::time::timeout(Duration::from_millis(5), waits("x")).await.is_err());
    })
    .await;
    let span = traces[0].span("waits").unwrap();
    assert_eq!(span.status.code, StatusCode::Error);
    assert!(span.status.message.starts_with("cancelled"), "{}", span.status.message);
    assert_eq!(span.inputs().unwrap().as_str(), r#"{"name": "x"}"#);
    assert_eq!(span.attribute("mlflow_trace.cancelled").unwrap().as_str(), "true");
    assert_eq!(traces[0].spans.len(), 2);
}

/// As Python, where a task that is cancelled is no exception: its span has the level of its type.
#[tokio::test]
async fn a_future_dropped_early_keeps_the_log_level_of_its_span() {
    let traces = capture_async(async {
        assert!(tokio::time::timeout(Duration::from_millis(5), waits("x")).await.is_err());
    })
    .await;
    let span = traces[0].span("waits").unwrap();
    assert_eq!(span.attribute("mlflow.spanLogLevel").unwrap().as_str(), "10");
    assert!(span.events.is_empty());
}

#[tokio::test]
async fn a_cancelled_child_ends_before_its_parent() {
    #[mlflow::trace]
    async fn parent() {
        let _ = tokio::time::timeout(Duration::from_millis(5), waits("y")).await;
    }
    let traces = capture_async(parent()).await;
    let (parent, child) = (traces[0].span("parent").unwrap(), traces[0].span("waits").unwrap());
    assert!(child.end_unix_nanos <= parent.end_unix_nanos);
    assert_eq!((parent.status.code, child.parent_id), (StatusCode::Ok, Some(parent.span_id)));
}

#[tokio::test]
async fn a_future_that_is_never_polled_makes_no_span() {
    let traces = capture_async(async { drop(waits("z")) }).await;
    assert!(traces.is_empty());
}

#[tokio::test]
async fn a_panic_in_a_future_is_told() {
    #[mlflow::trace]
    async fn panics() {
        tokio::task::yield_now().await;
        panic!("after a pause");
    }
    let traces = capture_async(async {
        use mlflow::prelude::*;
        assert!(tokio::spawn(panics().in_current_span()).await.unwrap_err().is_panic());
    })
    .await;
    // Spawned outside of any span, but inside the capture.
    assert_eq!(traces.outline(), "panics [UNKNOWN] ERROR (panic: after a pause)\n");
}

#[tokio::test]
async fn what_a_cancelled_future_drops_belongs_to_its_span() {
    struct TracesOnDrop;
    impl Drop for TracesOnDrop {
        fn drop(&mut self) {
            mlflow::span("dropped").run(|_| ());
        }
    }
    #[mlflow::trace(skip_all)]
    async fn holds(guard: TracesOnDrop) {
        pending::<()>().await;
        drop(guard);
    }
    let traces = capture_async(async {
        let mut held = Box::pin(holds(TracesOnDrop));
        std::future::poll_fn(|cx| std::task::Poll::Ready(held.as_mut().poll(cx).is_ready())).await;
    })
    .await;
    let dropped = traces[0].span("dropped").unwrap();
    assert_eq!(dropped.parent_id, Some(traces[0].span("holds").unwrap().span_id));
}
