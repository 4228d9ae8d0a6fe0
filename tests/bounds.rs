//! What happens when more is recorded than may be kept in memory. A process of its own: bounds are set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use mlflow::client::LocalTraces;

#[mlflow::trace(skip_output)]
fn child(text: &str) -> usize {
    mlflow::current_span().set_outputs("the child's");
    text.len()
}

#[test]
fn beyond_the_bound_whole_spans_are_lost_counted_and_marked_and_the_rest_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bounded.db");
    let guard = mlflow::init()
        .tracking_uri(format!("sqlite:///{}", file.display()))
        .max_memory_bytes(2 << 20)
        .start()
        .unwrap();
    let text = "x".repeat(10_000);
    mlflow::span("root").run(|root| {
        root.set_outputs("the root's");
        for _ in 0..2_000 {
            child(&text);
        }
    });
    let report = mlflow::flush();
    assert!(report.is_answered() && report.pending_spans() == 0, "{report:?}");
    assert!(report.dropped_spans() > 1_000, "20 MB cannot fit into 2 MiB: {report:?}");
    assert_eq!(report.delivered_spans() + report.dropped_spans(), 2_001);

    let trace = LocalTraces::open(&file).unwrap().last().unwrap().unwrap();
    assert_eq!(trace.spans.len() as u64, report.delivered_spans());
    assert_eq!(trace.root().unwrap().outputs().unwrap().as_str(), "\"the root's\"");
    let stats: serde_json::Value =
        serde_json::from_str(&trace.info.metadata["mlflow.trace.sizeStats"]).unwrap();
    assert_eq!(stats["num_spans"], trace.spans.len());
    assert_eq!(trace.info.metadata["mlflow_trace.lost_spans"], report.dropped_spans().to_string());

    // There is room again.
    mlflow::span("after").run(|_| child("small"));
    let after = mlflow::flush();
    assert_eq!(after.delivered_spans(), report.delivered_spans() + 2);
    drop(guard);
}
