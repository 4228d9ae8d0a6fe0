//! The Rust twin of `tests/python/twin_spans.py`: spans that are started, described, linked and ended by hand, and
//! traces that are logged or merged whole, in the same order with the same values.
//!
//! `twin_spans` records into the working directory; `twin_spans read FILE OUT` writes the traces of a store as lines of
//! JSON; `twin_spans again IN OUT` reads such lines, of whomever, and writes them again.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mlflow::client::LocalTraces;
use mlflow::{Link, LogLevel, SpanId, SpanType, StatusCode, Trace, TraceId, add_trace, log_trace, span};
use serde_json::json;

#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not today")
    }
}

impl std::error::Error for Refused {}

const REMOTE: &str = include_str!("remote_trace.json");

/// So many milliseconds after a moment of 2023.
fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + millis)
}

fn linked(number: u64) -> (TraceId, SpanId) {
    let ids = TraceId::from_u128(0xabc_0000 + u128::from(number)).zip(SpanId::from_u64(number));
    ids.expect("the numbers are not zero")
}

fn detached() {
    let root = span("detached root")
        .span_type(SpanType::Agent)
        .inputs(json!({"question": "ü", "k": 2}))
        .attribute("temperature", 0.25)
        .start_detached();
    root.update_trace().tag("tier", "gold").metadata("build", "17");
    let child = span("child").parent(&root).span_type(SpanType::Tool).inputs([1, 2]).start_detached();
    span("grandchild").parent(&child).start_detached().end();
    child.set_outputs("done");
    child.end();
    root.set_outputs(json!({"answer": null})).set_attribute("temperature", 0.5);
    root.end();
}

fn below_the_current() {
    span("around").run(|_| {
        let inner = span("detached inside").start_detached();
        span("sibling").run(|_| {});
        inner.end();
    });
}

fn on_another_thread() {
    let job = span("job").start_detached();
    let work = move || {
        job.run(|| span("step").run(|step| step.set_outputs(1).is_recording()));
        job.set_outputs("all");
        job.end();
    };
    std::thread::spawn(work).join().expect("the thread ends well");
}

fn times() {
    let root = span("of another time").start_time(at(0)).start_detached();
    let child = span("first half").parent(&root).start_time(at(10)).start_detached();
    child.add_event_at("first byte", at(20), [("bytes", json!(512)), ("kind", json!("body"))]);
    child.end_at(at(500));
    let child = span("second half").parent(&root).start_time(at(500)).start_detached();
    child.end_at(at(999));
    root.end_at(at(1234));
}

fn earlier_child() {
    let root = span("late root").start_time(at(5000)).start_detached();
    span("earlier child").parent(&root).start_time(at(4000)).start_detached().end_at(at(4500));
    root.end_at(at(6000));
}

fn levels() {
    let levels = [LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error, LogLevel::Critical];
    span("levels").run(|_| {
        for level in levels {
            span(level.as_str()).log_level(level).run(|_| {});
        }
        span("LLM").span_type(SpanType::Llm).run(|_| {});
        span("CHAIN").span_type(SpanType::Chain).run(|_| {});
        span("set").run(|span| span.set_log_level(LogLevel::Warning).is_recording());
        let exception = [("exception.message", "no"), ("exception.type", "Refused")];
        span("raised").run(|span| span.add_event("exception", exception).is_recording());
        span("raised from")
            .log_level(LogLevel::Warning)
            .run(|span| span.add_event("exception", exception).is_recording());
        span("above")
            .log_level(LogLevel::Critical)
            .run(|span| span.add_event("exception", exception).is_recording());
        span("lowered")
            .run(|span| span.add_event("exception", exception).set_log_level(LogLevel::Debug).is_recording());
    });
}

fn links() {
    let (trace, linked_span) = linked(1);
    let first =
        Link::new(trace, linked_span).attribute("why", "the same request, tägain").attribute("tries", 2);
    span("links").link(first).link(linked(2)).run(|span| {
        let (trace, linked_span) = linked(3);
        span.add_link(linked(4))
            .add_link(Link::new(trace, linked_span).attribute("share", 0.5).attribute("ok", true));
    });
}

fn facts() {
    let described = span("described").description("looks it up").start_detached();
    described.set_span_type(SpanType::Retriever).set_description("looks it up again");
    described.set_status(StatusCode::Error, "nothing found");
    described.end();

    let failed = span("failed").start_detached();
    failed.record_error(&Refused);
    failed.end();

    let recovered = span("recovered").start_detached();
    recovered.set_status(StatusCode::Ok, "");
    recovered.set_attribute("attempts", json!([1, {"of": 2}])).set_outputs("late");
    recovered.end();

    let done = span("done").start_detached();
    let handle = done.handle();
    done.set_outputs(1);
    done.end();
    handle.set_outputs(2).set_attribute("late", true);

    span("events").run(|span| {
        span.add_event("plain", [("a", 1)]).add_event("without", <[(&str, i32); 0]>::default());
        span.add_event("kinds", [("text", json!("ü\n")), ("truth", json!(true)), ("list", json!([1, 2]))]);
    });
}

fn logged() {
    log_trace("whole")
        .request(json!({"q": "Was ist \"MLflow\"?"}))
        .response(["a", "b"])
        .intermediate_outputs(BTreeMap::from([("documents", vec!["d1", "d2"]), ("prompt", vec!["be brief"])]))
        .tag("tier", "gold")
        .tag("größe", "L")
        .start_time(at(0))
        .execution_time(Duration::from_millis(5129))
        .log();
    log_trace("Task").request("q").response("a").attribute("k", 1).log();
    log_trace("empty").log();
}

fn added() {
    let remote = Trace::from_json(REMOTE).expect("the file is a trace");
    span("under a target").run(|target| {
        target.update_trace().tag("tier", "ours").metadata("build", "18");
        span("another").run(|_| add_trace(&remote, Some(&target)).expect("the trace has ended"));
    });
    span("under the current").run(|_| {
        span("call").run(|_| add_trace(&remote, None).expect("the trace has ended"));
    });
    add_trace(&remote, None).expect("the trace has ended");
}

fn record() {
    detached();
    below_the_current();
    on_another_thread();
    times();
    earlier_child();
    levels();
    links();
    facts();
    logged();
    added();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let read = |path: &str| std::fs::read_to_string(path).expect("the file is there");
    let written = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", file, out] => {
            let store = LocalTraces::open(file).expect("the store opens");
            let ids = store
                .list(1000)
                .expect("the store is readable")
                .into_iter()
                .map(|summary| summary.info.trace_id);
            let traces =
                ids.map(|id| store.get(id).expect("the trace is readable").expect("the trace is there"));
            Some((out.to_owned(), traces.map(|trace| trace.to_json() + "\n").collect::<String>()))
        }
        ["again", from, out] => {
            let again = |line: &str| {
                let trace = Trace::from_json(line).expect("the line is a trace");
                let by_serde: Trace = serde_json::from_str(line).expect("the line is a trace");
                assert_eq!(trace, by_serde);
                serde_json::to_string(&trace).expect("a trace is JSON") + "\n"
            };
            Some((out.to_owned(), read(from).lines().map(again).collect()))
        }
        _ => None,
    };
    match written {
        Some((path, text)) => std::fs::write(path, text).expect("the file can be written"),
        None => record(),
    }
}
