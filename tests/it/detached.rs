//! Spans that no block surrounds, spans with a parent of their choice, and what can be said about any span.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mlflow::prelude::*;
use mlflow::testing::{capture, capture_async};
use mlflow::{DetachedSpan, Link, LogLevel, SpanHandle, SpanId, StatusCode, TraceId};

use crate::outputs;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn a_detached_span_is_current_nowhere_and_ends_on_another_thread() {
    let traces = capture(|| {
        mlflow::span("outer").run(|outer| {
            let upload = mlflow::span("upload").inputs(1).start_detached();
            assert_eq!(upload.parent_id(), outer.span_id());
            mlflow::span("sibling").run(|_| {});
            let end = move || {
                upload.run(|| mlflow::span("part").run(|_| {}));
                upload.set_outputs(2).set_attribute("k", 3);
                upload.end();
            };
            std::thread::spawn(end).join().unwrap();
        });
    });
    let outline =
        "outer [UNKNOWN] OK\n  upload [UNKNOWN] OK\n    part [UNKNOWN] OK\n  sibling [UNKNOWN] OK\n";
    assert_eq!(traces.outline(), outline);
    assert_eq!(outputs(traces[0].span("upload").unwrap()), "2");
}

#[test]
fn a_detached_span_without_a_current_one_is_the_root_of_a_trace() {
    let traces = capture(|| {
        let root = mlflow::span("root").start_detached();
        assert_eq!(root.parent_id(), None);
        let child = mlflow::span("child").parent(&root).start_detached();
        child.end();
        root.update_trace().tag("tier", "gold");
        root.end();
    });
    assert_eq!(traces.outline(), "root [UNKNOWN] OK\n  child [UNKNOWN] OK\n");
    assert_eq!(traces[0].info.tags["tier"], "gold");
}

#[test]
fn a_forgotten_span_ends_when_it_is_dropped() {
    let traces = capture(|| drop(mlflow::span("forgotten").start_detached()));
    assert_eq!(traces.outline(), "forgotten [UNKNOWN] OK\n");
}

#[test]
fn a_span_that_a_panic_drops_ends_as_an_error() {
    let traces = capture(|| {
        let panics = std::thread::spawn(
            (|| {
                let _span = mlflow::span("dropped").start_detached();
                panic!("no");
            })
            .in_current_span(),
        );
        assert!(panics.join().is_err());
    });
    assert_eq!(traces.outline(), "dropped [UNKNOWN] ERROR (panic: the span was dropped by a panic)\n");
}

#[test]
fn detached_spans_and_handles_may_be_sent_and_shared() {
    fn may_be<T: Send + Sync>() {}
    may_be::<DetachedSpan>();
    may_be::<SpanHandle>();
}

#[test]
fn a_handle_that_outlives_its_span_says_nothing_and_takes_late_children() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            let span = mlflow::span("short").start_detached();
            let handle = span.handle();
            span.end();
            handle.set_outputs("late").add_event("late", [("k", 1)]).set_log_level(LogLevel::Critical);
            handle.run(|| mlflow::span("late child").run(|_| {}));
        });
    });
    let outline = "root [UNKNOWN] OK\n  short [UNKNOWN] OK\n    late child [UNKNOWN] OK\n";
    assert_eq!(traces.outline(), outline);
    let short = traces[0].span("short").unwrap();
    assert_eq!(
        (outputs(short), short.events.len(), short.log_level()),
        ("nothing", 0, Some(LogLevel::Debug))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_runs_inside_a_span_that_ends_elsewhere() {
    let traces = capture_async(async {
        let span = mlflow::span("job").start_detached();
        let work = async {
            tokio::task::yield_now().await;
            mlflow::current_span().set_attribute("seen", true);
            mlflow::span("step").run_async(async |_| tokio::task::yield_now().await).await;
        };
        tokio::spawn(work.in_span(&span)).await.unwrap();
        assert!(mlflow::current_span().span_id().is_none());
        tokio::spawn(async move { span.end() }).await.unwrap();
    })
    .await;
    assert_eq!(traces.outline(), "job [UNKNOWN] OK\n  step [UNKNOWN] OK\n");
    assert_eq!(traces[0].spans[0].attribute("seen").unwrap().as_str(), "true");
}

#[test]
fn the_program_says_when_a_span_was() {
    let traces = capture(|| {
        let span = mlflow::span("past").start_time(at(1_700_000_000)).start_detached();
        span.add_event_at("half", at(1_700_000_001), [("k", 1)]);
        span.end_at(at(1_700_000_002));
    });
    let trace = &traces[0];
    let span = &trace.spans[0];
    assert_eq!(span.start_unix_nanos, 1_700_000_000_000_000_000);
    assert_eq!(span.duration(), Duration::from_secs(2));
    assert_eq!(span.events[0].time_unix_nanos, 1_700_000_001_000_000_000);
    assert_eq!(span.attribute("mlflow.spanStartTimeNs").unwrap().as_str(), "1700000000000000000");
    assert_eq!(trace.info.start_unix_nanos, span.start_unix_nanos);
    assert_eq!(trace.info.duration_nanos, Some(2_000_000_000));
}

#[test]
fn an_end_never_precedes_its_start_and_no_moment_is_out_of_bounds() {
    let traces = capture(|| {
        mlflow::span("future").start_time(at(1 << 33)).run(|_| {});
        mlflow::span("backwards").start_time(at(9)).start_detached().end_at(at(7));
        mlflow::span("before 1970").start_time(UNIX_EPOCH - Duration::from_secs(9)).run(|_| {});
        mlflow::span("far").start_detached().end_at(UNIX_EPOCH + Duration::from_secs(1 << 40));
    });
    assert!(traces.iter().all(|trace| trace.spans[0].end_unix_nanos >= trace.spans[0].start_unix_nanos));
    assert_eq!(traces[1].spans[0].end_unix_nanos, 9_000_000_000);
    assert_eq!(traces[2].spans[0].start_unix_nanos, 0);
    assert_eq!(traces[3].spans[0].end_unix_nanos, i64::MAX.unsigned_abs());
}

#[test]
fn a_parent_by_handle_beats_the_current_span_and_a_root_has_none() {
    let traces = capture(|| {
        let outside = mlflow::current_span();
        let first = mlflow::span("first").start_detached();
        mlflow::span("second").run(|_| {
            mlflow::span("of first").parent(&first).run(|_| mlflow::span("below").run(|_| {}));
            mlflow::span("of second").parent(&outside).run(|_| {});
            mlflow::span("third").root().run(|_| {});
        });
        first.end();
    });
    assert_eq!(
        traces.outline(),
        "first [UNKNOWN] OK\n  of first [UNKNOWN] OK\n    below [UNKNOWN] OK\nsecond [UNKNOWN] OK\n  of second \
         [UNKNOWN] OK\nthird [UNKNOWN] OK\n"
    );
}

#[test]
fn links_are_given_at_the_start_and_later_and_say_what_they_mean() {
    let (trace, span) = (TraceId::from_u128(1 << 100).unwrap(), SpanId::from_u64(9).unwrap());
    let traces = capture(|| {
        let first = mlflow::span("first").start_detached();
        let again = Link::new(trace, span).attribute("why", "again").attribute("tries", 2);
        let second = mlflow::span("second").root().link(&first).link(again).start_detached();
        second.add_link((trace, span)).add_link(Link::new(trace, span).attribute("f", 1e-7));
        first.end();
        second.end();
    });
    let links = &traces[1].spans[0].links;
    assert_eq!(links.len(), 4);
    assert_eq!((links[0].trace_id, links[0].span_id), (traces[0].info.trace_id, traces[0].spans[0].span_id));
    let said = |index: usize| {
        let pairs = links[index].attributes.iter().map(|(key, value)| format!("{key}={value}"));
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(said(1), ["why=\"again\"", "tries=2"]);
    assert!(said(2).is_empty());
    assert_eq!(said(3), ["f=1e-07"]);
}

#[test]
fn the_log_level_is_that_of_the_type_until_it_is_chosen_and_an_exception_raises_what_was_chosen() {
    let traces = capture(|| {
        mlflow::span("of its type").span_type("LLM").run(|_| {});
        mlflow::span("chosen").log_level(LogLevel::Warning).run(|_| {});
        mlflow::span("raised").log_level(LogLevel::Info).run(|span| {
            span.record_error(&std::fmt::Error);
        });
        mlflow::span("critical").log_level(LogLevel::Critical).run(|span| {
            span.record_error(&std::fmt::Error);
        });
        mlflow::span("lowered").run(|span| {
            span.add_event("exception", [("exception.message", "x")]).set_log_level(LogLevel::Debug);
        });
    });
    let levels: Vec<_> = traces.iter().map(|trace| trace.spans[0].log_level().unwrap()).collect();
    let expected = [LogLevel::Info, LogLevel::Warning, LogLevel::Error, LogLevel::Critical, LogLevel::Debug];
    assert_eq!(levels, expected);
}

#[test]
fn a_status_has_a_description_and_a_span_has_one_too() {
    let traces = capture(|| {
        mlflow::span("described").description("looks it up").run(|span| {
            span.set_description("looks it up again").set_status(StatusCode::Error, "not there");
        });
    });
    let span = &traces[0].spans[0];
    assert_eq!(span.status.message, "not there");
    assert_eq!(span.attribute("mlflow.spanDescription").unwrap().as_str(), "\"looks it up again\"");
}

#[test]
fn the_experiment_of_a_trace_is_chosen_where_it_begins_and_nowhere_else() {
    let traces = capture(|| {
        mlflow::span("root").experiment("one").run(|_| {
            mlflow::span("child").experiment("two").run(|_| {});
        });
    });
    assert_eq!(traces[0].info.experiment.as_deref(), Some("one"));
}

#[test]
fn many_threads_may_speak_through_one_handle() {
    let traces = capture(|| {
        let span = mlflow::span("shared").start_detached();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let span = &span;
                scope.spawn(move || {
                    span.set_attribute(&format!("k{number}"), number);
                    mlflow::span("child").parent(span).run(|_| {});
                });
            }
        });
        span.end();
    });
    let span = traces[0].span("shared").unwrap();
    assert_eq!(span.attributes.iter().filter(|(key, _)| key.starts_with('k')).count(), 8);
    assert_eq!(traces[0].spans.len(), 9);
}

#[mlflow::trace(parent = parent)]
fn below(parent: &DetachedSpan) {
    let _ = parent;
}

#[test]
fn the_attribute_takes_a_detached_span_as_parent() {
    let traces = capture(|| {
        let span = mlflow::span("detached").start_detached();
        below(&span);
        span.end();
    });
    assert_eq!(traces.outline(), "detached [UNKNOWN] OK\n  below [UNKNOWN] OK\n");
}
