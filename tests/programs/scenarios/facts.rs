//! What is said about traces, about calls of language models, and where traces are.

use std::time::Duration;

use mlflow::prelude::*;
use mlflow::{Cost, TokenUsage};
use serde_json::json;

use crate::at;
use crate::functions::child;

// what is said about the trace

#[mlflow::trace]
pub(crate) fn in_a_session() {
    mlflow::update_current_trace().user("u-17").session("s-4");
}

#[mlflow::trace]
pub(crate) fn has_tags() {
    mlflow::update_current_trace()
        .tag("tier", "gold")
        .tag("tier", "silver")
        .metadata("region", "eu-1")
        .tag("n", "1");
}

#[mlflow::trace]
pub(crate) fn has_previews(text: &str) -> String {
    mlflow::update_current_trace().request_preview("asked").response_preview("answered");
    text.to_uppercase()
}

#[mlflow::trace]
pub(crate) fn has_a_request_id() {
    mlflow::update_current_trace().client_request_id("request-1");
}

#[mlflow::trace]
pub(crate) fn child_speaks_for_all() {
    mlflow::span("child").run(|_| mlflow::update_current_trace().tag("by", "the child"));
}

// facts of language models

pub(crate) fn usage() {
    mlflow::span("usage").span_type("AGENT").run(|_| {
        for tokens in [3, 4] {
            mlflow::span("call").span_type("LLM").run(|span| {
                span.set_model("house-model")
                    .set_provider("house")
                    .set_token_usage(TokenUsage::new(tokens, 10));
            });
        }
    });
}

pub(crate) fn usage_of_a_parent() {
    mlflow::span("usage of a parent").run(|_| {
        mlflow::span("agent").run(|span| {
            span.set_token_usage(TokenUsage::new(100, 50));
            mlflow::span("call").run(|span| {
                span.set_token_usage(TokenUsage::new(1, 2));
            });
        });
    });
}

pub(crate) fn cached_usage() {
    mlflow::span("cached usage").run(|span| {
        let mut usage = TokenUsage::new(1000, 20);
        usage.cache_read_input_tokens = Some(800);
        usage.cache_creation_input_tokens = Some(100);
        span.set_token_usage(usage);
    });
}

pub(crate) fn cost() {
    mlflow::span("cost").run(|_| {
        mlflow::span("one").run(|span| {
            span.set_cost(Cost::new(0.25, 0.5));
        });
        mlflow::span("two").run(|span| {
            span.set_cost(Cost::new(0.125, 0.0));
        });
    });
}

// traces and their places

pub(crate) fn detached() {
    let root = mlflow::span("detached").start_time(at(0)).inputs(json!({"q": "?"})).start_detached();
    let first = mlflow::span("first").parent(&root).start_time(at(10)).start_detached();
    let second = mlflow::span("second").parent(&root).start_time(at(20)).start_detached();
    first.run(|| mlflow::span("inside").run(|_| ()));
    second.set_outputs(json!("2"));
    first.end_at(at(30));
    second.end_at(at(40));
    root.set_outputs(json!({"a": "!"}));
    root.end_at(at(50));
}

pub(crate) fn ends_elsewhere() {
    let span = mlflow::span("ends elsewhere").start_detached();
    std::thread::spawn(move || {
        span.set_attribute("thread", "other");
        span.end();
    })
    .join()
    .expect("it does not panic");
}

pub(crate) fn logged() {
    mlflow::log_trace("logged")
        .request(json!({"messages": [{"role": "user", "content": "Does MLflow trace?"}]}))
        .response(json!("Yes."))
        .attribute("model", "m")
        .tag("tier", "gold")
        .start_time(at(0))
        .execution_time(Duration::from_millis(512))
        .log();
}

pub(crate) fn scoped() {
    mlflow::context().session("s-9").user("u-9").tag("from", "scope").metadata("m", "scope").run(|| {
        child(1);
        mlflow::context().tag("from", "inner").tag("more", "1").user("u-10").run(|| child(2));
    });
    child(3);
}

pub(crate) fn scope_is_off() {
    mlflow::context().enabled(false).run(|| child(1));
    child(2);
}

pub(crate) async fn carried() {
    let work = async { child(5) };
    mlflow::context().session("carried").run(|| work.in_current_span()).await;
}
