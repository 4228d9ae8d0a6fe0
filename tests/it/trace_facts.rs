//! What is known of a trace as a whole.

use mlflow::testing::capture;

#[mlflow::trace]
fn root(question: &str) -> String {
    mlflow::update_current_trace()
        .tag("tier", "gold")
        .metadata("version", "1.2")
        .user("u-17")
        .session("s-4")
        .client_request_id("req-1");
    inner();
    format!("answer to {question}")
}

#[mlflow::trace]
fn inner() {
    mlflow::update_current_trace().tag("from", "inside").tag("tier", "silver");
}

#[test]
fn tags_metadata_user_session_and_request_id_belong_to_the_trace() {
    let traces = capture(|| {
        root("q");
    });
    let info = &traces[0].info;
    assert_eq!((info.tags["tier"].as_str(), info.tags["from"].as_str()), ("silver", "inside"));
    assert_eq!(info.metadata["version"], "1.2");
    assert_eq!(info.metadata["mlflow.trace.user"], "u-17");
    assert_eq!(info.session.as_deref(), Some("s-4"));
    assert_eq!(info.client_request_id.as_deref(), Some("req-1"));
}

#[test]
fn name_previews_and_size_are_those_of_the_root() {
    let traces = capture(|| {
        root("q");
    });
    let info = &traces[0].info;
    assert_eq!(info.name, "root");
    assert_eq!(info.request_preview.as_deref(), Some(r#"{"question": "q"}"#));
    assert_eq!(info.response_preview.as_deref(), Some("\"answer to q\""));
    assert_eq!(info.metadata["mlflow.traceInputs"], r#"{"question": "q"}"#);
    let stats: serde_json::Value = serde_json::from_str(&info.metadata["mlflow.trace.sizeStats"]).unwrap();
    assert_eq!(stats["num_spans"], 2);
    assert_eq!(info.duration_nanos, Some(traces[0].root().unwrap().duration().as_nanos() as u64));
}

#[test]
fn previews_can_be_set() {
    let traces = capture(|| {
        mlflow::span("root").inputs(1).run(|_| {
            let _ = mlflow::update_current_trace().request_preview("asked").response_preview("answered");
        });
    });
    let info = &traces[0].info;
    assert_eq!(info.request_preview.as_deref(), Some("asked"));
    assert_eq!(info.response_preview.as_deref(), Some("answered"));
}

#[test]
fn texts_over_the_limits_of_mlflow_are_cut() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            let long = "ü".repeat(5000);
            let _ = mlflow::update_current_trace()
                .tag("t", &long)
                .metadata("m", &long)
                .session(&long)
                .request_preview(&long);
        });
    });
    let info = &traces[0].info;
    let chars = |text: &str| text.chars().count();
    assert_eq!((chars(&info.tags["t"]), chars(&info.metadata["m"])), (4096, 250));
    assert_eq!(chars(info.session.as_deref().unwrap()), 250);
    assert_eq!(chars(info.request_preview.as_deref().unwrap()), 1000);
}

#[test]
fn ids_and_times_of_captures_are_the_same_in_every_run() {
    let once = || capture(|| drop(root("q")));
    let (first, second) = (once(), once());
    let facts = |traces: &[mlflow::Trace]| {
        traces[0]
            .spans
            .iter()
            .map(|span| (span.span_id, span.start_unix_nanos, span.end_unix_nanos))
            .collect::<Vec<_>>()
    };
    assert_eq!(facts(&first), facts(&second));
    assert_eq!(first[0].info.trace_id.to_string(), "tr-00000000000000000000000000000001");
}

#[test]
fn a_trace_may_name_its_run() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| mlflow::update_current_trace().metadata("mlflow.sourceRun", "run-7"));
    });
    assert_eq!(traces[0].info.metadata["mlflow.sourceRun"], "run-7");
}
