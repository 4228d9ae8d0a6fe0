//! Memory that idle threads hold is no memory that is full. A process of its own: bounds are set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::mpsc;

#[mlflow::trace]
fn large() -> String {
    "x".repeat(900_000)
}

#[test]
fn threads_that_rest_after_large_values_do_not_stop_the_recording_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("sqlite:///{}", folder.path().join("parked.db").display());
    let _guard = mlflow::init().tracking_uri(uri).max_memory_bytes(3 << 20).start().unwrap();
    let mut parked = Vec::new();
    for _ in 0..40 {
        let (release, wait) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            large();
            done.send(()).unwrap();
            let _ = wait.recv();
        });
        is_done.recv().unwrap();
        // Each value is delivered before the next one comes.
        assert_eq!(mlflow::flush().pending_spans(), 0);
        parked.push((release, thread));
    }
    mlflow::span("another").run(|span| assert!(span.is_recording()));
    let report = mlflow::flush();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.delivered_spans(), 41);
    for (release, thread) in parked {
        drop(release);
        thread.join().unwrap();
    }
}

#[test]
fn a_limit_without_end_is_a_limit() {
    assert!(mlflow::flush_within(std::time::Duration::MAX).is_answered());
}
