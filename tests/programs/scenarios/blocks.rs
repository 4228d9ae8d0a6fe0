//! Spans around blocks of code.

use mlflow::{Link, LogLevel, SpanId, SpanType, StatusCode};
use serde_json::json;

use crate::functions::child;
use crate::{Refused, at, trace_id};

pub(crate) fn types() {
    mlflow::span("types").run(|_| {
        for kind in [
            "LLM",
            "CHAIN",
            "AGENT",
            "TOOL",
            "CHAT_MODEL",
            "RETRIEVER",
            "PARSER",
            "EMBEDDING",
            "RERANKER",
            "MEMORY",
            "UNKNOWN",
            "WORKFLOW",
            "TASK",
            "GUARDRAIL",
            "EVALUATOR",
            "MY_OWN",
        ] {
            mlflow::span(kind.to_lowercase()).span_type(kind).run(|_| ());
        }
    });
}

pub(crate) fn block() {
    mlflow::span("block").span_type(SpanType::Chain).inputs(json!({"x": 1})).attribute("k", 4).run(|span| {
        span.set_outputs(json!({"y": 2}));
    });
}

pub(crate) fn blocks_and_functions() {
    mlflow::span("blocks and functions").run(|_| {
        child(1);
        mlflow::span("inner").run(|_| child(2));
    });
}

pub(crate) fn block_fails() {
    mlflow::span("block fails").run(|span| {
        span.record_error(&Refused("told by hand"));
    });
}

pub(crate) fn status_by_hand() {
    mlflow::span("status by hand").run(|span| {
        span.set_status(StatusCode::Error, "too warm");
    });
}

pub(crate) fn type_changes() {
    mlflow::span("type changes").span_type("TOOL").run(|span| {
        span.set_span_type("AGENT");
    });
}

pub(crate) fn described() {
    mlflow::span("described").description("what it is for").run(|_| {
        mlflow::span("later").run(|span| {
            span.set_description("said later");
        });
    });
}

pub(crate) fn events() {
    mlflow::span("events").run(|span| {
        span.add_event("bare", [("", "")].into_iter().take(0));
        span.add_event("cache miss", [("key", json!("q1")), ("tries", json!(2)), ("late", json!(true))]);
        span.add_event_at("timed", at(5), [("bytes", 512)]);
    });
}

pub(crate) fn links() {
    let target = |number: u128| Link::new(trace_id(number), SpanId::from_u64(9).expect("not zero"));
    mlflow::span("links").link(target(7)).run(|span| {
        span.add_link(target(8).attribute("why", "retry").attribute("tries", 2));
    });
}

pub(crate) fn levels() {
    mlflow::span("levels").log_level(LogLevel::Info).run(|_| {
        mlflow::span("debugged").log_level(LogLevel::Debug).run(|_| ());
        mlflow::span("raised").log_level(LogLevel::Debug).run(|span| {
            span.record_error(&Refused("an exception raises it"));
        });
        mlflow::span("set later").run(|span| {
            span.set_log_level(LogLevel::Critical);
        });
        mlflow::span("of a tool").span_type("TOOL").run(|_| ());
    });
}
