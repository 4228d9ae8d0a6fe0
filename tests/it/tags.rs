//! Tags by a trace's id, states, models and prompts.

use mlflow::prelude::*;
use mlflow::testing::capture;
use mlflow::{TraceId, TraceState};

#[test]
fn tags_by_id_belong_to_the_trace_while_it_is_open_and_after_it_has_ended() {
    let traces = capture(|| {
        let trace_id = mlflow::span("root").run(|span| {
            let trace_id = span.trace_id().unwrap();
            mlflow::set_trace_tag(trace_id, "open", "first");
            mlflow::set_trace_tag(trace_id, "open", "last");
            mlflow::set_trace_tag(trace_id, "gone", "v");
            mlflow::update_current_trace().tag("said", "v");
            trace_id
        });
        mlflow::set_trace_tag(trace_id, "ended", "v");
        mlflow::delete_trace_tag(trace_id, "gone");
        let _ = mlflow::flush();
        mlflow::set_trace_tag(trace_id, "delivered", "v");
        mlflow::delete_trace_tag(trace_id, "said");
    });
    assert_eq!(traces.len(), 1);
    let tags: Vec<(&str, &str)> =
        traces[0].info.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("delivered", "v"), ("ended", "v"), ("open", "last")]);
}

#[test]
fn tags_may_be_set_from_any_thread() {
    let traces = capture(|| {
        mlflow::span("root").run(|span| {
            let trace_id = span.trace_id().unwrap();
            let work = (move || {
                mlflow::set_trace_tag(trace_id, "k", "from elsewhere");
            })
            .in_current_span();
            std::thread::spawn(work).join().unwrap();
        });
    });
    assert_eq!(traces[0].info.tags["k"], "from elsewhere");
}

#[test]
fn mlflows_own_tags_stay_as_they_are() {
    let traces = capture(|| {
        mlflow::span("root").run(|span| {
            let trace_id = span.trace_id().unwrap();
            mlflow::set_trace_tag(trace_id, "mlflow.artifactLocation", "elsewhere");
            mlflow::set_trace_tag(trace_id, "", "nothing");
        });
    });
    assert!(traces[0].info.tags.is_empty(), "{:?}", traces[0].info.tags);
}

#[test]
fn a_state_that_is_set_is_the_traces_and_leaves_the_span_alone() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            mlflow::update_current_trace()
                .state(TraceState::Error)
                .state(TraceState::InProgress)
                .model_id("m-1");
        });
    });
    let info = &traces[0].info;
    assert_eq!((info.state, info.metadata["mlflow.modelId"].as_str()), (TraceState::Error, "m-1"));
    assert_eq!(traces.outline(), "root [UNKNOWN] OK\n");
}

#[test]
fn prompts_are_linked_to_the_trace_and_to_the_span_that_used_them() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            mlflow::update_current_trace().prompt("greeting", 1).prompt("greeting", 1);
            mlflow::span("inner").run(|span| {
                span.link_prompt("farewell", 2);
            });
        });
    });
    let both = r#"[{"name": "greeting", "version": "1"}, {"name": "farewell", "version": "2"}]"#;
    assert_eq!(traces[0].info.tags["mlflow.linkedPrompts"], both);
    let of_span = |name: &str| traces[0].span(name).unwrap().attribute("mlflow.linkedPrompts");
    assert_eq!(of_span("inner").unwrap().as_str(), r#"[{"name": "farewell", "version": "2"}]"#);
    assert!(of_span("root").is_none());
}

#[test]
fn an_id_is_read_from_its_text() {
    let id: TraceId = "tr-0000000000000000000000000000002a".parse().unwrap();
    assert_eq!(id.to_u128(), 42);
}
