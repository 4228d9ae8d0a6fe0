//! What the feature `disabled` leaves: functions as they were, closures that run, no thread and no file.

use mlflow::prelude::*;

#[mlflow::trace(span_type = "TOOL", attributes(twice = number * 2), skip(secret))]
fn doubled(number: u32, secret: &str) -> u32 {
    let _ = secret;
    number * 2
}

#[mlflow::trace]
async fn awaited(number: u32) -> Result<u32, String> {
    Ok(number + 1)
}

#[mlflow::trace(output_reducer = |sum: &mut u32, n: &u32| *sum += n)]
fn counted(up_to: u32) -> impl Iterator<Item = u32> {
    0..up_to
}

/// One test alone: it counts the threads of its process.
#[tokio::test]
async fn everything_runs_and_nothing_is_recorded() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("disabled");
    std::fs::create_dir_all(&folder).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();

    // As without the attribute, a function is a plain function.
    let pointer: fn(u32, &str) -> u32 = doubled;
    assert_eq!(pointer(4, "hush"), 8);
    assert_eq!(awaited(4).await, Ok(5));
    assert_eq!(
        mlflow::span("by hand").attribute("k", 1).inputs(&2).run(|span| {
            span.set_attribute("k", 5);
            span.set_outputs(6);
            7
        }),
        7
    );
    assert_eq!(mlflow::span("by hand").run_async(async |_| 8).await, 8);
    assert_eq!(awaited(1).in_current_span().await, Ok(2));
    assert_eq!(counted(3).count(), 3);
    assert_eq!(mlflow::trace_iterator(0..3).name("by hand").inputs(1).count(), 3);
    mlflow::current_span().add_event("nothing", [("key", 1)]);
    mlflow::update_current_trace().user("u").tag("k", "v");
    mlflow::enable();
    let guard = mlflow::init().experiment("none").start();
    assert!(guard.is_ok());

    assert!(mlflow::last_trace_id().is_none());
    let report = mlflow::flush();
    assert_eq!((report.delivered_spans(), report.pending_spans(), report.dropped_spans()), (0, 0, 0));
    drop(guard);
    assert_eq!(threads(), before, "a thread was started");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "a file was made");
}
