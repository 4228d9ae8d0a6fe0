//! A stream that outlives its trace's root. A process of its own: the destination is set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use mlflow::TraceState;
use mlflow::client::LocalTraces;

#[mlflow::trace]
fn leaf(n: u32) -> u32 {
    n
}

#[mlflow::trace]
fn numbers() -> impl Iterator<Item = u32> {
    (0..3).map(leaf)
}

#[test]
fn a_stream_that_goes_on_after_its_root_is_added_to_the_stored_trace() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.db");
    let _guard = mlflow::init().tracking_uri(format!("sqlite:///{}", file.display())).start().unwrap();
    let mut items = mlflow::span("root").run(|_| {
        let mut items = numbers();
        items.next();
        items
    });

    let report = mlflow::flush();
    assert_eq!((report.delivered_spans(), report.pending_spans()), (2, 1));
    let traces = LocalTraces::open(&file).unwrap();
    assert_eq!(traces.last().unwrap().unwrap().info.state, TraceState::Ok);

    assert_eq!(items.next(), Some(1));
    assert!(!mlflow::flush().is_complete());
    assert_eq!(items.next(), Some(2));
    assert_eq!(items.next(), None);
    assert!(mlflow::flush().is_complete());
    let stored = traces.last().unwrap().unwrap();
    let stream = stored.span("numbers").unwrap();
    assert_eq!((stream.outputs().unwrap().as_str(), stream.events.len()), ("[0, 1, 2]", 3));
    assert_eq!(stored.spans.len(), 5);
}
