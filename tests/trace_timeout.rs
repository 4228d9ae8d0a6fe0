//! Traces that run too long, spans that are never ended. A process of its own: the bounds are set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use mlflow::client::LocalTraces;
use mlflow::prelude::*;
use mlflow::{StatusCode, Trace, TraceState};

/// The newest trace, once it is as it should be.
fn wait_for(traces: &LocalTraces, is_there: impl Fn(&Trace) -> bool) -> Trace {
    let start = Instant::now();
    loop {
        match traces.last().unwrap() {
            Some(trace) if is_there(&trace) => return trace,
            found => assert!(start.elapsed() < Duration::from_secs(20), "{found:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_trace_that_runs_too_long_is_ended_with_an_error_and_what_ends_later_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("timeout.db");
    let uri = format!("sqlite:///{}", file.display());
    let (said, sentences) = mpsc::channel();
    let _guard = mlflow::init()
        .tracking_uri(uri)
        .trace_timeout(Duration::from_secs(1))
        .on_warning(move |sentence| drop(said.send(sentence.to_owned())))
        .start()
        .unwrap();
    // A first trace makes the file.
    mlflow::span("quick").run(|_| ());
    assert!(mlflow::flush().is_complete());
    let traces = LocalTraces::open(&file).unwrap();

    let (go, wait) = mpsc::channel::<()>();
    let id = mlflow::span("stuck").run(|root| {
        mlflow::span("done").run(|_| ());
        let thread = std::thread::spawn(
            (move || mlflow::span("hangs").inputs(7).run(|_| wait.recv().unwrap())).in_current_span(),
        );
        let trace = wait_for(&traces, |trace| trace.info.name == "stuck");
        assert_eq!(trace.info.state, TraceState::Error);
        let ended = trace.root().unwrap();
        assert_eq!((ended.status.code, trace.spans.len()), (StatusCode::Error, 3));
        assert!(ended.duration() >= Duration::from_secs(1), "{:?}", ended.duration());
        let event = &ended.events[0];
        assert_eq!(event.name, "exception");
        let attribute = |name| event.attributes.iter().find(|(key, _)| key == name).unwrap().1.to_value();
        assert_eq!(attribute("exception.type"), "MlflowTracingException");
        let sentence = format!("Trace {} is timed out after 1 seconds. The operation", trace.info.trace_id);
        assert!(attribute("exception.message").as_str().unwrap().starts_with(&sentence), "{event:?}");
        let hangs = trace.span("hangs").unwrap();
        assert_eq!((hangs.status.code, hangs.inputs().unwrap().as_str()), (StatusCode::Error, "7"));
        assert_eq!(hangs.parent_id, Some(ended.span_id));
        assert!(trace.span("done").unwrap().status.code == StatusCode::Ok);
        assert!(sentences.try_iter().any(|said: String| said.starts_with(&sentence)), "it is said");
        // What goes on does so under the spans that were ended.
        mlflow::span("afterwards").run(|_| ());
        go.send(()).unwrap();
        thread.join().unwrap();
        root.trace_id().unwrap()
    });
    let report = mlflow::flush();
    assert!(report.is_complete(), "{report:?}");
    let trace = traces.get(id).unwrap().unwrap();
    assert_eq!((trace.spans.len(), trace.info.state), (4, TraceState::Error));
    assert_eq!(trace.span("afterwards").unwrap().parent_id, Some(trace.root().unwrap().span_id));

    // A span that is never ended below a root that is.
    mlflow::span("over").run(|_| {
        let forever = async { mlflow::span("leaked").run_async(|_| std::future::pending::<()>()).await };
        let mut forever = Box::pin(forever.in_current_span());
        let waker = std::task::Waker::noop();
        assert!(forever.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
        std::mem::forget(forever);
    });
    let trace = wait_for(&traces, |trace| trace.info.name == "over" && trace.spans.len() == 2);
    let leaked = trace.span("leaked").unwrap();
    assert_eq!(leaked.status.code, StatusCode::Error);
    assert_eq!(trace.info.state, TraceState::Ok);
    assert!(leaked.status.message.contains("never ended"), "{:?}", leaked.status);
}
