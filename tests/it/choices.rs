//! Options that say which trace a span belongs to, how much it matters and what it has to do with.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use mlflow::testing::capture;
use mlflow::{Json, Link, SpanHandle, SpanId, TraceId, current_span};

#[mlflow::trace(parent = parent)]
fn child_of(parent: &SpanHandle) {
    grandchild();
}

#[mlflow::trace]
fn grandchild() {}

#[test]
fn a_chosen_parent_beats_the_current_span() {
    let traces = capture(|| {
        mlflow::span("outer").run(|outer| {
            mlflow::span("inner").run(|_| child_of(&outer));
        });
    });
    assert_eq!(
        traces.outline(),
        "outer [UNKNOWN] OK\n  inner [UNKNOWN] OK\n  child_of [UNKNOWN] OK\n    grandchild [UNKNOWN] OK\n"
    );
}

#[test]
fn a_parent_is_found_from_another_thread() {
    #[mlflow::trace(parent = span, skip_all)]
    async fn work(span: SpanHandle) -> Option<TraceId> {
        tokio::task::yield_now().await;
        std::hint::black_box(span);
        current_span().trace_id()
    }
    let traces = capture(|| {
        mlflow::span("outer").run(|outer| {
            let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
            let span = outer.clone();
            let found = thread::spawn(move || runtime().block_on(work(span))).join().unwrap();
            assert_eq!(found, outer.trace_id());
        });
    });
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n  work [UNKNOWN] OK\n");
}

#[test]
fn without_a_parent_the_span_goes_where_it_would_have_gone() {
    struct Job {
        parent: Option<SpanHandle>,
    }
    impl Job {
        #[mlflow::trace(parent = self.parent)]
        fn run(&self) {}
    }
    #[mlflow::trace(parent = parent)]
    fn borrowed(parent: Option<&SpanHandle>) {}
    let traces = capture(|| {
        Job { parent: None }.run();
        mlflow::span("outer").run(|outer| {
            Job { parent: None }.run();
            mlflow::span("inner").run(|_| {
                Job { parent: Some(outer.clone()) }.run();
                borrowed(None);
            });
        });
        child_of(&current_span());
    });
    assert_eq!(
        traces.outline(),
        "run [UNKNOWN] OK\n\
         outer [UNKNOWN] OK\n  run [UNKNOWN] OK\n  inner [UNKNOWN] OK\n    borrowed [UNKNOWN] OK\n  run [UNKNOWN] OK\n\
         child_of [UNKNOWN] OK\n  grandchild [UNKNOWN] OK\n"
    );
}

#[test]
fn a_parent_is_computed_once() {
    static TIMES: AtomicU32 = AtomicU32::new(0);
    fn parent() -> SpanHandle {
        TIMES.fetch_add(1, Ordering::Relaxed);
        current_span()
    }
    #[mlflow::trace(parent = parent())]
    fn child() {}
    let traces = capture(|| mlflow::span("outer").run(|_| child()));
    assert_eq!(TIMES.load(Ordering::Relaxed), 1);
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n  child [UNKNOWN] OK\n");
}

#[test]
fn a_root_begins_a_trace_and_its_caller_goes_on() {
    #[mlflow::trace(root)]
    fn request() {
        grandchild();
    }
    let traces = capture(|| {
        mlflow::span("server").run(|server| {
            request();
            assert_eq!(current_span().span_id(), server.span_id());
            grandchild();
        });
    });
    assert_eq!(
        traces.outline(),
        "server [UNKNOWN] OK\n  grandchild [UNKNOWN] OK\nrequest [UNKNOWN] OK\n  grandchild [UNKNOWN] OK\n"
    );
}

#[test]
fn a_panic_in_a_choice_is_told_and_the_span_goes_where_it_would_have_gone() {
    #[mlflow::trace(parent = broken(7))]
    fn child() -> u32 {
        4
    }
    fn broken(n: u32) -> Option<SpanHandle> {
        panic!("no {n}")
    }
    let traces = capture(|| assert_eq!(child(), 4));
    let event = &traces[0].spans[0].events[0];
    assert_eq!(event.name, "mlflow_trace.not_recorded");
    assert!(format!("{:?}", event.attributes).contains("no 7"), "{event:?}");
}

#[test]
fn a_value_that_serializes_itself_through_a_root_is_not_traced() {
    #[mlflow::trace(root)]
    fn traced() -> u32 {
        1
    }
    struct Value;
    impl serde::Serialize for Value {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u32(traced())
        }
    }
    #[mlflow::trace]
    fn records(_value: Value) {}
    let traces = capture(|| records(Value));
    assert_eq!(traces.outline(), "records [UNKNOWN] OK\n");
}

#[test]
fn an_experiment_is_that_of_the_whole_trace_and_only_the_roots_counts() {
    #[mlflow::trace(experiment = tenant)]
    fn serve(tenant: &str) {
        inner();
    }
    #[mlflow::trace(experiment = "another")]
    fn inner() {}
    let traces = capture(|| {
        serve("tenant-7");
        inner();
        grandchild();
    });
    let experiments: Vec<Option<&str>> =
        traces.iter().map(|trace| trace.info.experiment.as_deref()).collect();
    assert_eq!(experiments, [Some("tenant-7"), Some("another"), None]);
}

#[test]
fn a_log_level_beats_the_types_and_an_error_beats_both() {
    #[mlflow::trace(log_level = "WARNING", span_type = "LLM")]
    fn warns() {}
    #[mlflow::trace(log_level = "debug", span_type = "LLM")]
    fn debugs() {}
    #[mlflow::trace(log_level = "INFO")]
    fn fails() -> Result<(), String> {
        Err("no".to_owned())
    }
    #[mlflow::trace(log_level = "CRITICAL")]
    fn fails_badly() -> Result<(), String> {
        Err("no".to_owned())
    }
    let traces = capture(|| {
        warns();
        debugs();
        let _ = (fails(), fails_badly());
    });
    let levels: Vec<&str> = traces
        .iter()
        .map(|trace| trace.spans[0].attribute("mlflow.spanLogLevel").map_or("none", Json::as_str))
        .collect();
    assert_eq!(levels, ["30", "10", "40", "50"]);
}

#[test]
fn what_links_are_made_of_is_still_the_function_s() {
    struct Merger {
        sources: Vec<SpanHandle>,
    }
    impl Merger {
        #[mlflow::trace(links = self.sources)]
        fn merge(&self) -> usize {
            self.sources.len()
        }
    }
    #[mlflow::trace(links = sources)]
    fn owned(sources: Vec<SpanHandle>) -> usize {
        sources.into_iter().filter(SpanHandle::is_recording).count()
    }
    #[mlflow::trace(links = sources)]
    async fn later(sources: [SpanHandle; 1]) -> usize {
        sources.len()
    }
    let traces = capture(|| {
        mlflow::span("source").run(|source| {
            assert_eq!(owned(vec![source.clone()]), 1);
            assert_eq!(Merger { sources: vec![source.clone()] }.merge(), 1);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            assert_eq!(runtime.block_on(later([source])), 1);
        });
    });
    let source = Link::new(traces[0].info.trace_id, traces[0].span("source").unwrap().span_id);
    for name in ["owned", "merge", "later"] {
        assert_eq!(traces[0].span(name).unwrap().links, std::slice::from_ref(&source), "{name}");
    }
}

#[test]
fn links_lead_to_handles_ids_and_links() {
    #[mlflow::trace(links = others)]
    fn joins(others: &[SpanHandle]) {}
    #[mlflow::trace(links = [&Link::new(trace, span)], skip_all)]
    fn by_link(trace: TraceId, span: SpanId) {}
    #[mlflow::trace(links = [(trace, span)], skip_all)]
    async fn by_ids(trace: TraceId, span: SpanId) {}
    #[mlflow::trace(links = other)]
    fn perhaps(other: Option<&SpanHandle>) {}

    let (trace, span) = (TraceId::from_u128(7).unwrap(), SpanId::from_u64(9).unwrap());
    let outside = current_span();
    let traces = capture(|| {
        mlflow::span("first").run(|first| {
            mlflow::span("second").run(|second| joins(&[first.clone(), outside, second]));
        });
        by_link(trace, span);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(by_ids(trace, span));
        perhaps(None);
    });
    let first = &traces[0];
    let link_to = |name: &str| Link::new(first.info.trace_id, first.span(name).unwrap().span_id);
    assert_eq!(first.span("joins").unwrap().links, [link_to("first"), link_to("second")]);
    assert_eq!(traces[1].spans[0].links, [Link::new(trace, span)]);
    assert_eq!(traces[2].spans[0].links, [Link::new(trace, span)]);
    assert!(traces[3].spans[0].links.is_empty());
}
