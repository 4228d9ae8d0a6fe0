//! `mlflow::trace_stream` and `mlflow::trace_iterator`.

use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _};
use mlflow::StatusCode;
use mlflow::testing::{capture, capture_async};

use crate::{chunks, inputs, outputs};

#[mlflow::trace]
fn leaf(n: u32) -> u32 {
    n + 1
}

#[tokio::test]
async fn a_stream_gets_a_span_with_name_type_and_inputs() {
    let traces = capture_async(async {
        let numbers = mlflow::trace_stream(stream::iter(0..2).map(leaf))
            .name("numbers")
            .span_type("LLM")
            .attribute("model", "canned")
            .inputs(["up to", "2"]);
        assert_eq!(numbers.size_hint(), (2, Some(2)));
        assert_eq!(numbers.collect::<Vec<_>>().await, [1, 2]);
    })
    .await;
    assert_eq!(traces.outline(), "numbers [LLM] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n");
    let span = traces[0].root().unwrap();
    assert_eq!((outputs(span), chunks(span).len()), ("[1, 2]", 2));
    assert_eq!(inputs(span), serde_json::json!(["up to", "2"]));
    assert_eq!(span.attribute("model").unwrap().as_str(), r#""canned""#);
}

#[test]
fn a_stream_that_is_never_polled_makes_no_span() {
    let traces = capture(|| {
        drop(mlflow::trace_stream(stream::iter([1])));
        drop(mlflow::trace_iterator([1].into_iter()));
    });
    assert!(traces.is_empty());
}

#[tokio::test]
async fn the_span_belongs_where_the_stream_was_wrapped() {
    let traces = capture_async(async {
        let stream = mlflow::span("handler").run(|_| mlflow::trace_stream(stream::iter([1])).name("body"));
        mlflow::span("elsewhere").run(|_| stream.count().now_or_never().unwrap());
    })
    .await;
    assert_eq!(traces.outline(), "handler [UNKNOWN] OK\n  body [UNKNOWN] OK\nelsewhere [UNKNOWN] OK\n");
}

#[tokio::test]
async fn wrapped_outside_it_becomes_a_child_of_who_polls_it() {
    let stream = mlflow::trace_stream(stream::iter([1]));
    let traces = capture_async(async {
        mlflow::span("consumer").run(|_| stream.count().now_or_never().unwrap());
    })
    .await;
    assert_eq!(traces.outline(), "consumer [UNKNOWN] OK\n  stream [UNKNOWN] OK\n");
}

#[tokio::test]
async fn errors_among_the_items_are_recorded() {
    let not_a_number = || "x".parse::<u32>();
    let traces = capture_async(async {
        let own = mlflow::trace_stream(stream::iter([Ok(1), not_a_number()]));
        assert_eq!(own.count().await, 2);
        let boxed = stream::iter([Ok(1), not_a_number().map_err(anyhow::Error::from)]);
        assert_eq!(mlflow::trace_stream(boxed).count().await, 2);
        let boxed: [Result<u32, Box<dyn std::error::Error + Send + Sync>>; 1] = [Err("bad".into())];
        assert_eq!(mlflow::trace_iterator(boxed.into_iter()).count(), 1);
        let text = [Ok(1), Err("no number".to_owned())];
        assert_eq!(mlflow::trace_iterator(text.into_iter()).count(), 2);
    })
    .await;
    let statuses: Vec<_> = traces.iter().map(|trace| trace.root().unwrap().status.clone()).collect();
    assert_eq!(statuses[0].message, "ParseIntError: invalid digit found in string");
    assert_eq!(statuses[1].message, "Error: invalid digit found in string");
    assert_eq!((statuses[2].code, &*statuses[2].message), (StatusCode::Error, "Error: bad"));
    assert_eq!(statuses[3].message, "String: no number");
    for index in [0, 1] {
        assert_eq!(outputs(traces[index].root().unwrap()), "[1]");
    }
}

#[tokio::test]
async fn dropped_early_it_ends_ok_with_what_came() {
    let traces = capture_async(async {
        let mut stream = mlflow::trace_stream(stream::iter([1]).chain(stream::pending()));
        assert_eq!(stream.next().await, Some(1));
        assert!(stream.next().now_or_never().is_none());
    })
    .await;
    let span = traces[0].root().unwrap();
    assert_eq!((outputs(span), span.status.code), ("[1]", StatusCode::Ok));
    assert_eq!(span.attribute("mlflow_trace.cancelled").unwrap().as_str(), "true");
}

#[test]
fn an_iterator_keeps_its_length_and_both_ends() {
    let traces = capture(|| {
        let mut items = mlflow::trace_iterator([1, 2, 3].into_iter()).name("items");
        assert_eq!((items.len(), items.next_back(), items.next()), (3, Some(3), Some(1)));
    });
    assert_eq!(outputs(traces[0].span("items").unwrap()), "[3, 1]");
}

#[tokio::test]
async fn the_wrapper_may_be_returned_spawned_and_held_by_others() {
    fn tokens(text: &str) -> impl Stream<Item = String> + Send + Unpin + use<> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        mlflow::trace_stream(stream::iter(words)).name("tokens")
    }
    let traces = capture_async(async {
        use mlflow::prelude::*;
        let counted = tokio::spawn(tokens("a b").count().in_current_span());
        assert_eq!(counted.await.unwrap(), 2);
    })
    .await;
    assert_eq!(outputs(traces[0].span("tokens").unwrap()), r#"["a", "b"]"#);
}
