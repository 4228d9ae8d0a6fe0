//! Spans and facts by hand.

use mlflow::testing::{capture, capture_async};
use mlflow::{Cost, SpanType, StatusCode, TokenUsage};
use serde_json::json;

use crate::{exception, inputs, outputs};

#[test]
fn a_block_is_a_span_with_what_is_said_about_it() {
    let traces = capture(|| {
        let value = mlflow::span("rerank").span_type(SpanType::Reranker).inputs(["a"]).attribute("k", 5).run(
            |span| {
                span.set_attribute("k", 6).set_attributes([("x", 1.5)]).set_outputs(["b"]);
                span.add_event("looked", [("at", "b")]);
                3
            },
        );
        assert_eq!(value, 3);
    });
    assert_eq!(traces.outline(), "rerank [RERANKER] OK\n");
    let span = &traces[0].spans[0];
    assert_eq!((inputs(span), outputs(span)), (json!(["a"]), r#"["b"]"#));
    assert_eq!(span.attribute("k").unwrap().as_str(), "6");
    assert_eq!(span.attribute("x").unwrap().as_str(), "1.5");
    assert_eq!((span.events[0].name.as_str(), span.events[0].attributes[0].1.as_str()), ("looked", "\"b\""));
}

#[test]
fn blocks_and_functions_nest_into_each_other() {
    #[mlflow::trace]
    fn leaf() {}
    #[mlflow::trace]
    fn outer() {
        mlflow::span("block").run(|_| leaf());
    }
    let traces = capture(outer);
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n  block [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n");
}

#[tokio::test]
async fn an_async_block_is_a_span_around_its_awaits() {
    #[mlflow::trace]
    async fn leaf(n: u8) -> u8 {
        tokio::task::yield_now().await;
        n
    }
    let traces = capture_async(async {
        let text = mlflow::span("stream").run_async(async |span| {
            let n = leaf(2).await + leaf(3).await;
            span.set_outputs(n);
            n
        });
        assert_eq!(text.await, 5);
    })
    .await;
    assert_eq!(traces.outline(), "stream [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n");
    assert_eq!(outputs(&traces[0].spans[0]), "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_async_block_can_be_spawned() {
    let task = tokio::spawn(async {
        mlflow::span("spawned")
            .run_async(async |span| {
                tokio::task::yield_now().await;
                span.is_recording()
            })
            .await
    });
    assert!(task.await.unwrap());
}

#[test]
fn status_and_errors_can_be_set_by_hand() {
    let traces = capture(|| {
        mlflow::span("status").run(|span| {
            span.set_status(StatusCode::Error, "not good enough");
        });
        mlflow::span("error").run(|span| {
            span.record_error(&std::io::Error::other("disk"));
        });
    });
    assert_eq!(traces[0].spans[0].status.message, "not good enough");
    assert_eq!(traces[1].spans[0].status.code, StatusCode::Error);
    assert_eq!(exception(&traces[1].spans[0], "exception.message"), "disk");
    assert_eq!(exception(&traces[1].spans[0], "exception.type"), "std::io::error::Error");
}

#[test]
fn model_tokens_and_cost_have_the_keys_of_mlflow() {
    let traces = capture(|| {
        mlflow::span("llm").span_type(SpanType::Llm).run(|span| {
            span.set_model("m").set_provider("p");
            span.set_token_usage(TokenUsage::new(120, 30).cache_read(7)).set_cost(Cost::new(0.25, 0.5));
        });
    });
    let span = &traces[0].spans[0];
    let value = |key: &str| span.attribute(key).unwrap().to_value();
    assert_eq!(value("mlflow.llm.model"), "m");
    assert_eq!(value("mlflow.llm.provider"), "p");
    assert_eq!(
        value("mlflow.chat.tokenUsage"),
        json!({"input_tokens": 120, "output_tokens": 30, "total_tokens": 150, "cache_read_input_tokens": 7})
    );
    assert_eq!(value("mlflow.llm.cost"), json!({"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}));
    assert_eq!(traces[0].info.token_usage.unwrap().total_tokens, 150);
    assert_eq!(traces[0].info.cost.unwrap().total_cost, 0.75);
}

#[test]
fn a_handle_works_on_other_threads_and_has_no_effect_after_the_end() {
    let traces = capture(|| {
        let kept = mlflow::span("worked on").run(|span| {
            let other = span.clone();
            std::thread::spawn(move || other.set_attribute("from", "thread").is_recording()).join().unwrap();
            span
        });
        kept.set_attribute("too", "late");
        assert!(kept.trace_id().is_some() && kept.span_id().is_some());
    });
    let span = &traces[0].spans[0];
    assert_eq!(span.attribute("from").unwrap().as_str(), "\"thread\"");
    assert!(span.attribute("too").is_none());
}

#[test]
fn outside_of_spans_nothing_happens() {
    let span = mlflow::current_span();
    span.set_attribute("a", 1).set_outputs(2);
    let _ = mlflow::update_current_trace().tag("a", "b");
    assert!(!span.is_recording() && span.trace_id().is_none());
}

#[tokio::test]
async fn a_block_that_panics_before_it_awaits_ends_its_span() {
    let traces = capture_async(async {
        let block = mlflow::span("early").run_async(|_| -> std::future::Ready<()> { panic!("at once") });
        let task = tokio::spawn(mlflow::InCurrentSpanFuture::in_current_span(block));
        assert!(task.await.unwrap_err().is_panic());
    })
    .await;
    assert_eq!(traces.outline(), "early [UNKNOWN] ERROR (panic: at once)\n");
}

#[test]
fn what_a_dropped_future_drops_belongs_to_the_span_that_it_carries() {
    use mlflow::prelude::*;
    struct TracesOnDrop;
    impl Drop for TracesOnDrop {
        fn drop(&mut self) {
            mlflow::span("dropped").run(|_| ());
        }
    }
    let traces = capture(|| {
        mlflow::span("owner").run(|_| {
            let guard = TracesOnDrop;
            let carried = async move { drop(guard) }.in_current_span();
            std::thread::spawn(move || drop(carried)).join().unwrap();
        });
    });
    assert_eq!(traces.outline(), "owner [UNKNOWN] OK\n  dropped [UNKNOWN] OK\n");
}
