//! Which trace a span belongs to where it is not sampled, or tracing is off. A process of its own, with a destination
//! of its own: both are settings of the whole process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use mlflow::{SpanHandle, current_span};

static STARTED: LazyLock<()> = LazyLock::new(|| {
    let file = tempfile::tempdir().unwrap().keep().join("chosen.db");
    let guard = mlflow::init().tracking_uri(format!("sqlite:///{}", file.display())).start().unwrap();
    std::mem::forget(guard);
});

/// One test at a time: one of them switches tracing off.
fn begin() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    LazyLock::force(&STARTED);
    one
}

fn is_recorded() -> bool {
    current_span().is_recording()
}

#[mlflow::trace(sampling_ratio = 0.0)]
fn never<R>(inner: impl FnOnce() -> R) -> R {
    assert!(!is_recorded());
    inner()
}

#[mlflow::trace(sampling_ratio = ratio)]
fn sometimes(ratio: f64) -> bool {
    is_recorded()
}

#[mlflow::trace(root, sampling_ratio = 1)]
fn always<R>(inner: impl FnOnce() -> R) -> R {
    inner()
}

#[mlflow::trace]
fn ordinary() -> bool {
    is_recorded()
}

#[test]
fn a_ratio_decides_for_the_trace_that_the_span_begins() {
    let _one = begin();
    assert!(!never(ordinary), "the child of a trace that is not sampled");
    assert!(ordinary());
    let kept = (0..2000).filter(|_| sometimes(0.5)).count();
    assert!((800..1200).contains(&kept), "{kept} of 2000");
    assert!(sometimes(f64::NAN) && sometimes(7.0) && !sometimes(-1.0));
}

#[test]
fn a_ratio_says_nothing_about_a_span_inside_a_trace() {
    let _one = begin();
    #[mlflow::trace(sampling_ratio = 0.0)]
    fn inner() -> bool {
        is_recorded()
    }
    assert!(mlflow::span("outer").run(|_| inner()));
}

#[test]
fn a_root_inside_a_trace_that_is_not_sampled_is_drawn_anew() {
    let _one = begin();
    assert!(never(|| always(ordinary)));
    assert!(never(|| mlflow::span("by hand").run(|_| always(is_recorded))));
    let outside_again = never(|| {
        always(|| ());
        ordinary()
    });
    assert!(!outside_again, "the caller's trace is still not sampled");
}

#[test]
fn a_parent_that_is_not_sampled_keeps_its_children_out() {
    let _one = begin();
    #[mlflow::trace(parent = parent)]
    fn child(parent: &SpanHandle) -> bool {
        ordinary()
    }
    let unsampled = never(current_span);
    assert!(mlflow::span("outer").run(|outer| {
        let recorded = child(&outer);
        assert!(!child(&unsampled));
        assert!(is_recorded(), "the caller's own span is current again");
        recorded
    }));
    assert!(never(|| mlflow::span("lost").run(|_| !is_recorded())));
}

#[test]
fn a_parent_or_a_root_by_hand_is_recorded_inside_a_trace_that_is_not_sampled() {
    let _one = begin();
    let outer = mlflow::span("outer").start_detached();
    let inside = |span: mlflow::SpanBuilder| span.run(|span| (span.trace_id(), is_recorded()));
    assert_eq!(never(|| inside(mlflow::span("child").parent(&outer))), (outer.trace_id(), true));
    let (trace, is_kept) = never(|| inside(mlflow::span("own").root()));
    assert!(is_kept && trace.is_some() && trace != outer.trace_id());
    assert_eq!(never(|| inside(mlflow::span("none"))), (None, false));
    // What is not recorded keeps its children out too.
    let unsampled = never(|| mlflow::span("unsampled").start_detached());
    assert_eq!(inside(mlflow::span("below").parent(&unsampled)), (None, false));
    assert!(!unsampled.run(ordinary) && unsampled.run(|| always(is_recorded)));
    outer.end();
}

#[test]
fn a_span_that_began_while_tracing_was_off_stays_nothing_and_one_that_was_open_ends() {
    let _one = begin();
    let open = mlflow::span("open").start_detached();
    mlflow::disable();
    let off = mlflow::span("off").start_detached();
    open.end();
    mlflow::enable();
    assert!(!off.is_recording() && off.parent_id().is_none());
    assert!(!off.run(ordinary) && ordinary());
    off.set_outputs(1);
    off.end();
}

#[test]
fn nothing_is_computed_when_tracing_is_off() {
    let _one = begin();
    static TIMES: AtomicU32 = AtomicU32::new(0);
    fn count<T>(value: T) -> T {
        TIMES.fetch_add(1, Ordering::Relaxed);
        value
    }
    #[mlflow::trace(
        parent = count(current_span()),
        sampling_ratio = count(1.0),
        experiment = count("never"),
        links = count([current_span()]),
        inputs(n = count(1)),
        attributes(n = count(1)),
        output = |value| count(*value),
        err = "debug"
    )]
    fn all() -> Result<u32, String> {
        Ok(1)
    }
    mlflow::disable();
    let result = all();
    mlflow::enable();
    assert_eq!((result, TIMES.load(Ordering::Relaxed)), (Ok(1), 0));
    // Of a span that is not sampled, only what decides about that is computed.
    let result = never(all);
    assert_eq!((result, TIMES.load(Ordering::Relaxed)), (Ok(1), 3));
}
