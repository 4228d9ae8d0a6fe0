//! Starting by code. A process of its own: tracing starts once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use mlflow::ErrorKind;
use mlflow::client::LocalTraces;

#[test]
fn settings_are_checked_then_used_once() {
    let error = mlflow::init().sampling_ratio(1.5).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("0.0 to 1.0"), "{error}");
    let error = mlflow::init().experiment("a").experiment_id("1").start().unwrap_err();
    assert!(error.to_string().contains("set one of them"), "{error}");

    // What was wrong started nothing, and nothing is traced without what was chosen.
    mlflow::span("refused").run(|span| assert!(!span.is_recording()));
    assert!(format!("{error:?}").contains("set one of them"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("init.db");
    let uri = format!("sqlite:///{}", file.display());
    let guard = mlflow::init().tracking_uri(&uri).experiment("support-bot").enabled(false).start().unwrap();
    mlflow::span("off").run(|span| assert!(!span.is_recording()));
    mlflow::enable();
    mlflow::span("on").run(|span| assert!(span.is_recording()));
    mlflow::disable();
    mlflow::span("off again").run(|span| assert!(!span.is_recording()));
    drop(guard);

    let error = mlflow::init().start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyStarted);
    assert!(error.to_string().contains("tests/init.rs"), "{error}");

    let traces = LocalTraces::open(&file).unwrap().list(10).unwrap();
    assert_eq!(traces.iter().map(|trace| trace.info.name.as_str()).collect::<Vec<_>>(), ["on"]);
    assert_eq!(mlflow::last_trace_id(), Some(traces[0].info.trace_id));
}
