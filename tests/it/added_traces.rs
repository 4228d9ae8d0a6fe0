//! Traces that are logged whole, traces from elsewhere that are merged into one of ours, and their JSON.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use mlflow::testing::capture;
use mlflow::{ErrorKind, Span, SpanId, Trace, TraceState, add_trace};

use crate::{inputs, outputs};

/// A trace of another service, as Python wrote it.
const REMOTE: &str = include_str!("../programs/remote_trace.json");

fn remote() -> Trace {
    Trace::from_json(REMOTE).unwrap()
}

#[test]
fn a_request_and_its_response_are_logged_as_a_trace_of_one_span() {
    let traces = capture(|| {
        mlflow::span("around").run(|_| {
            let id = mlflow::log_trace("answer")
                .request("q")
                .response([1, 2])
                .intermediate_outputs(BTreeMap::from([("documents", ["a"])]))
                .attribute("k", 1)
                .span_type("AGENT")
                .tag("tier", "gold")
                .start_time(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
                .execution_time(Duration::from_millis(1234))
                .log();
            assert!(id.is_some());
        });
    });
    let trace = traces.iter().find(|trace| trace.info.name == "answer").unwrap();
    let span = &trace.spans[0];
    assert_eq!((trace.spans.len(), inputs(span), outputs(span)), (1, "q".into(), "[1, 2]"));
    assert_eq!(
        span.attribute("mlflow.trace.intermediate_outputs").unwrap().as_str(),
        r#"{"documents": ["a"]}"#
    );
    assert_eq!((span.duration(), span.span_type.as_str()), (Duration::from_millis(1234), "AGENT"));
    assert_eq!((trace.info.tags["tier"].as_str(), trace.info.duration_nanos), ("gold", Some(1_234_000_000)));
}

#[test]
fn a_trace_that_took_so_long_began_so_long_ago() {
    let traces = capture(|| {
        mlflow::log_trace("answer").execution_time(Duration::from_secs(5)).log();
        mlflow::log_trace("now").log();
    });
    assert_eq!(traces[0].spans[0].duration(), Duration::from_secs(5));
    assert!(traces[1].spans[0].duration() < Duration::from_secs(1));
}

#[test]
fn a_remote_trace_goes_below_the_target_with_all_that_it_has() {
    let remote = remote();
    let traces = capture(|| {
        mlflow::span("call").run(|span| {
            mlflow::update_current_trace().tag("tier", "ours");
            add_trace(&remote, Some(&span)).unwrap();
        });
    });
    assert_eq!(
        traces.outline(),
        "call [UNKNOWN] OK\n  answer [AGENT] ERROR (Refused: no)\n    retrieve [RETRIEVER] OK\n    complete [LLM] OK\n"
    );
    let trace = &traces[0];
    for theirs in &remote.spans {
        let ours = trace.span(&theirs.name).unwrap();
        assert_eq!(
            (ours.start_unix_nanos, ours.end_unix_nanos, &ours.status, &ours.events),
            (theirs.start_unix_nanos, theirs.end_unix_nanos, &theirs.status, &theirs.events)
        );
        let all_but_place = |span: &Span| {
            let is_place = |key: &str| ["mlflow.traceRequestId", "mlflow.spanStartTimeNs"].contains(&key);
            let of = span.attributes.iter().filter(|(key, _)| !is_place(key)).cloned();
            of.map(|(key, value)| (key, value.to_string())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(all_but_place(ours), all_but_place(theirs));
        assert_ne!(ours.span_id, theirs.span_id);
    }
    // A link inside of the remote trace follows its span, another one stays.
    let links = &trace.span("retrieve").unwrap().links;
    assert_eq!(
        (links[0].trace_id, links[0].span_id),
        (trace.info.trace_id, trace.span("complete").unwrap().span_id)
    );
    assert_eq!(links[1].trace_id.to_u128(), 0xabc);
    assert_eq!(links[1].attributes[0].1.as_str(), "2");
    // What is known of the whole is added where nothing was.
    assert_eq!((trace.info.tags["tier"].as_str(), trace.info.tags["region"].as_str()), ("ours", "eu"));
    assert_eq!(trace.info.metadata["build"], "17");
    assert_eq!(trace.info.session.as_deref(), Some("s-4"));
    assert_eq!(trace.info.token_usage.map(|usage| usage.total_tokens), Some(42));
}

#[test]
fn a_remote_trace_without_a_target_goes_below_the_current_span() {
    let traces = capture(|| mlflow::span("call").run(|_| add_trace(&remote(), None).unwrap()));
    assert_eq!(traces[0].spans.len(), 4);
    assert_eq!(traces[0].span("answer").unwrap().parent_id, Some(traces[0].root().unwrap().span_id));
}

#[test]
fn a_remote_trace_alone_gets_a_root_as_python_makes_it() {
    let traces = capture(|| add_trace(&remote(), None).unwrap());
    let root = traces[0].root().unwrap();
    let first = remote().spans[0].clone();
    assert_eq!((root.name.as_str(), traces[0].spans.len()), ("Remote Trace <answer>", 4));
    assert_eq!(
        (root.start_unix_nanos, root.end_unix_nanos),
        (first.start_unix_nanos - 1, first.end_unix_nanos)
    );
    assert_eq!((root.inputs(), root.outputs()), (first.inputs(), first.outputs()));
    assert_eq!((root.span_type.as_str(), traces[0].info.state), ("AGENT", TraceState::Error));
}

#[test]
fn a_trace_may_be_added_twice_and_into_two_traces() {
    let remote = remote();
    let traces = capture(|| {
        mlflow::span("one").run(|span| {
            add_trace(&remote, Some(&span)).unwrap();
            add_trace(&remote, Some(&span)).unwrap();
        });
        mlflow::span("two").run(|span| add_trace(&remote, Some(&span)).unwrap());
    });
    assert_eq!((traces[0].spans.len(), traces[1].spans.len()), (7, 4));
    let ids: std::collections::BTreeSet<_> = traces[0].spans.iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), 7);
}

#[test]
fn a_damaged_remote_trace_keeps_all_its_spans() {
    let mut remote = remote();
    // A circle, a parent that is missing, two spans of one id.
    let [first, second, third] = [0, 1, 2].map(|index| remote.spans[index].span_id);
    remote.spans[0].parent_id = Some(second);
    remote.spans[1].parent_id = Some(first);
    remote.spans[2].parent_id = SpanId::from_u64(77);
    remote.spans.push(remote.spans[2].clone());
    assert_eq!(remote.spans[3].span_id, third);
    let traces = capture(|| mlflow::span("call").run(|span| add_trace(&remote, Some(&span)).unwrap()));
    assert_eq!(
        traces.outline(),
        "call [UNKNOWN] OK\n  answer [AGENT] ERROR (Refused: no)\n    retrieve [RETRIEVER] OK\n  complete [LLM] OK\n  complete [LLM] OK\n"
    );
}

#[test]
fn a_trace_in_progress_and_one_without_spans_are_refused() {
    let mut open = remote();
    open.info.state = TraceState::InProgress;
    let error = add_trace(&open, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("is in progress"), "{error}");
    let mut empty = remote();
    empty.spans.clear();
    assert!(add_trace(&empty, None).unwrap_err().to_string().contains("has no spans"));
}

#[test]
fn a_trace_is_the_same_after_it_was_json() {
    let traces = capture(|| {
        mlflow::span("root").inputs(BTreeMap::from([("ü", 1e-7)])).run(|span| {
            mlflow::update_current_trace().user("u").session("s").tag("k", "v").client_request_id("r-1");
            span.set_token_usage(mlflow::TokenUsage::new(1, 2).cache_read(1))
                .set_cost(mlflow::Cost::new(0.5, 0.25));
            span.record_error(&std::fmt::Error).add_event("e", [("list", vec![1, 2])]);
            mlflow::span("child").run(|child| {
                child.add_link(span.clone());
            });
        });
    });
    let trace = &traces[0];
    let read = Trace::from_json(&trace.to_json()).unwrap();
    assert_eq!(&read, trace);
    assert_eq!(&Span::from_json(&trace.spans[0].to_json()).unwrap(), &trace.spans[0]);
}

#[test]
fn traces_go_into_and_come_out_of_json_of_ones_own() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Reply {
        answer: String,
        trace: Trace,
    }
    let reply = Reply { answer: "yes".to_owned(), trace: remote() };
    let text = serde_json::to_string(&reply).unwrap();
    let back: Reply = serde_json::from_str(&text).unwrap();
    assert_eq!((back.answer.as_str(), &back.trace), ("yes", &reply.trace));
    let value = serde_json::to_value(&reply.trace).unwrap();
    assert_eq!(serde_json::from_value::<Trace>(value).unwrap().spans.len(), 3);
}

#[test]
fn what_is_no_trace_is_an_error_that_says_why() {
    let why = |text: &str| Trace::from_json(text).unwrap_err().to_string();
    assert!(why("{").contains("it is no JSON"));
    assert!(why("{}").contains("it has no `info` and `data`"));
    assert!(why(r#"{"info": {}, "data": {"spans": []}}"#).contains("`trace_id`"));
    let span = r#"{"name": "a", "trace_id": "tr-00000000000000000000000000000abc", "span_id": "x"}"#;
    assert!(Span::from_json(span).unwrap_err().to_string().contains("the span `a` has no valid `span_id`"));
    // However deep or odd it is, it never ends the program.
    assert!(Trace::from_json(&"[".repeat(100_000)).is_err());
}
