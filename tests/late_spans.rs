//! Spans that end after their trace was stored. A process of its own: the destination is set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::mpsc;

use mlflow::client::LocalTraces;
use mlflow::prelude::*;
use mlflow::{TokenUsage, TraceState};

#[test]
fn a_span_that_ends_after_its_root_is_added_to_the_stored_trace() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.db");
    let _guard = mlflow::init().tracking_uri(format!("sqlite:///{}", file.display())).start().unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let late = mlflow::span("root").run(|_| {
        let work = move || {
            mlflow::span("late").run(|span| {
                started.send(()).unwrap();
                wait.recv().unwrap();
                span.set_token_usage(TokenUsage::new(3, 4));
                mlflow::span("later still").run(|_| ());
            });
        };
        let thread = std::thread::spawn(work.in_current_span());
        has_started.recv().unwrap();
        thread
    });

    let report = mlflow::flush();
    assert_eq!((report.delivered_spans(), report.pending_spans()), (1, 1));
    let traces = LocalTraces::open(&file).unwrap();
    let stored = traces.last().unwrap().unwrap();
    assert_eq!((stored.spans.len(), stored.info.state), (1, TraceState::Ok));

    go.send(()).unwrap();
    late.join().unwrap();
    let report = mlflow::flush();
    assert!(report.is_complete(), "{report:?}");
    let stored = traces.last().unwrap().unwrap();
    assert_eq!((stored.spans.len(), stored.info.name.as_str()), (3, "root"));
    assert_eq!(stored.info.token_usage, Some(TokenUsage::new(3, 4)));
    let stats: serde_json::Value =
        serde_json::from_str(&stored.info.metadata["mlflow.trace.sizeStats"]).unwrap();
    assert_eq!(stats["num_spans"], 3);
    assert_eq!(report.delivered_traces(), 1);
}
