//! The Rust twin of `tests/python/scenarios.py`: one function for each scenario, in the same order, against the same server.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, Stream, StreamExt as _};
use mlflow::prelude::*;
use mlflow::{Cost, Link, LogLevel, SpanId, SpanType, StatusCode, TokenUsage, TraceId};
use serde::Serialize;
use serde_json::json;

/// An error whose name and text are those of Python's.
#[derive(Debug)]
struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

// ----- functions -----

#[mlflow::trace]
fn adds(a: i64, b: i64) -> i64 {
    a + b
}

#[mlflow::trace]
fn gives_nothing(text: &str) {
    std::hint::black_box(text);
}

#[mlflow::trace]
fn takes_nothing() -> &'static str {
    "something"
}

#[mlflow::trace(name = "a name of its own")]
fn renamed(x: u8) -> u8 {
    x
}

#[mlflow::trace]
fn child(number: u32) -> u32 {
    number + 1
}

#[mlflow::trace]
fn calls(number: u32) -> u32 {
    child(child(number))
}

#[mlflow::trace]
fn calls_deep(number: u32) -> u32 {
    calls(number)
}

#[mlflow::trace]
fn calls_itself(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + calls_itself(depth - 1) }
}

#[mlflow::trace(attributes(text = "t", number = 7, share = 0.5, yes = true, list = [1, 2]))]
fn has_attributes() -> bool {
    true
}

#[mlflow::trace]
fn sets_attributes() {
    let span = mlflow::current_span();
    span.set_attribute("first", "old")
        .set_attribute("object", json!({"a": [1, null]}))
        .set_attribute("first", "new");
    span.set_attributes([("x", 1.5), ("y", -2.0)]);
}

#[mlflow::trace]
fn sets_values(secret: &str) -> usize {
    mlflow::current_span().set_inputs(json!({"length": secret.len()})).set_outputs(json!(["chosen", 1]));
    secret.len()
}

#[derive(Serialize)]
struct Order {
    sku: &'static str,
    count: u32,
    price: f64,
    gift: Option<&'static str>,
    tags: Vec<&'static str>,
    sizes: BTreeMap<&'static str, f64>,
}

#[mlflow::trace]
fn takes_structures(order: &Order, pairs: &[(&str, i64)]) -> serde_json::Value {
    json!({"sku": order.sku, "total": f64::from(order.count) * order.price, "pairs": pairs.len()})
}

#[mlflow::trace]
fn speaks_languages(text: &str) -> String {
    format!("{text} ✓ \"quoted\" \\ \n\t €")
}

#[mlflow::trace]
fn gives_numbers() -> Vec<f64> {
    vec![0.1, 1e21, -0.0, 1.0, 123_456_789.123, 5e-324]
}

#[mlflow::trace]
fn speaks_at_length(text: &str) -> String {
    text.repeat(3)
}

#[mlflow::trace]
fn fails(reason: &'static str) -> Result<(), Refused> {
    Err(Refused(reason))
}

#[mlflow::trace]
fn recovers() -> String {
    fails("not today").map_or_else(|error| error.to_string(), |()| String::new())
}

#[mlflow::trace]
fn passes_on() -> Result<u8, Refused> {
    fails("passed on")?;
    Ok(1)
}

#[mlflow::trace]
async fn sleeps(number: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(2)).await;
    number
}

#[mlflow::trace]
async fn awaits() -> u32 {
    sleeps(1).await + sleeps(2).await
}

#[mlflow::trace]
fn streams(count: u32) -> impl Stream<Item = String> {
    stream::iter((0..count).map(|number| format!("part {number}")))
}

fn joined(so_far: &mut String, part: &str) {
    if !so_far.is_empty() {
        so_far.push('+');
    }
    so_far.push_str(part);
}

#[mlflow::trace(output_reducer = joined)]
fn streams_reduced(count: u32) -> impl Stream<Item = String> {
    stream::iter((0..count).map(|number| format!("part {number}")))
}

#[mlflow::trace(log_level = "WARNING")]
fn warns() -> u8 {
    1
}

#[mlflow::trace(span_type = "RETRIEVER")]
fn retrieves(query: &str) -> serde_json::Value {
    json!([{"page_content": query, "metadata": {"doc_uri": "a.md", "chunk_id": "1"}, "id": "d-1"}])
}

#[mlflow::trace(span_type = "CHAT_MODEL")]
fn chats(messages: &serde_json::Value) -> serde_json::Value {
    let said = messages.as_array().map_or(0, Vec::len);
    json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": format!("heard {said}")}}]})
}

// ----- blocks -----

fn types() {
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

fn block() {
    mlflow::span("block").span_type(SpanType::Chain).inputs(json!({"x": 1})).attribute("k", 4).run(|span| {
        span.set_outputs(json!({"y": 2}));
    });
}

fn blocks_and_functions() {
    mlflow::span("blocks and functions").run(|_| {
        child(1);
        mlflow::span("inner").run(|_| child(2));
    });
}

fn block_fails() {
    mlflow::span("block fails").run(|span| {
        span.record_error(&Refused("told by hand"));
    });
}

fn status_by_hand() {
    mlflow::span("status by hand").run(|span| {
        span.set_status(StatusCode::Error, "too warm");
    });
}

fn type_changes() {
    mlflow::span("type changes").span_type("TOOL").run(|span| {
        span.set_span_type("AGENT");
    });
}

fn described() {
    mlflow::span("described").description("what it is for").run(|_| {
        mlflow::span("later").run(|span| {
            span.set_description("said later");
        });
    });
}

fn events() {
    mlflow::span("events").run(|span| {
        span.add_event("bare", [("", "")].into_iter().take(0));
        span.add_event("cache miss", [("key", json!("q1")), ("tries", json!(2)), ("late", json!(true))]);
        span.add_event_at("timed", at(5), [("bytes", 512)]);
    });
}

fn links() {
    let target = |number: u128| Link::new(trace_id(number), SpanId::from_u64(9).expect("not zero"));
    mlflow::span("links").link(target(7)).run(|span| {
        span.add_link(target(8).attribute("why", "retry").attribute("tries", 2));
    });
}

fn levels() {
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

// ----- what is said about the trace -----

#[mlflow::trace]
fn in_a_session() {
    mlflow::update_current_trace().user("u-17").session("s-4");
}

#[mlflow::trace]
fn has_tags() {
    mlflow::update_current_trace()
        .tag("tier", "gold")
        .tag("tier", "silver")
        .metadata("region", "eu-1")
        .tag("n", "1");
}

#[mlflow::trace]
fn has_previews(text: &str) -> String {
    mlflow::update_current_trace().request_preview("asked").response_preview("answered");
    text.to_uppercase()
}

#[mlflow::trace]
fn has_a_request_id() {
    mlflow::update_current_trace().client_request_id("request-1");
}

#[mlflow::trace]
fn child_speaks_for_all() {
    mlflow::span("child").run(|_| mlflow::update_current_trace().tag("by", "the child"));
}

// ----- facts of language models -----

fn usage() {
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

fn usage_of_a_parent() {
    mlflow::span("usage of a parent").run(|_| {
        mlflow::span("agent").run(|span| {
            span.set_token_usage(TokenUsage::new(100, 50));
            mlflow::span("call").run(|span| {
                span.set_token_usage(TokenUsage::new(1, 2));
            });
        });
    });
}

fn cached_usage() {
    mlflow::span("cached usage").run(|span| {
        let mut usage = TokenUsage::new(1000, 20);
        usage.cache_read_input_tokens = Some(800);
        usage.cache_creation_input_tokens = Some(100);
        span.set_token_usage(usage);
    });
}

fn cost() {
    mlflow::span("cost").run(|_| {
        mlflow::span("one").run(|span| {
            span.set_cost(Cost::new(0.25, 0.5));
        });
        mlflow::span("two").run(|span| {
            span.set_cost(Cost::new(0.125, 0.0));
        });
    });
}

// ----- traces and their places -----

fn detached() {
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

fn ends_elsewhere() {
    let span = mlflow::span("ends elsewhere").start_detached();
    std::thread::spawn(move || {
        span.set_attribute("thread", "other");
        span.end();
    })
    .join()
    .expect("it does not panic");
}

fn logged() {
    mlflow::log_trace("logged")
        .request(json!({"messages": [{"role": "user", "content": "Does MLflow trace?"}]}))
        .response(json!("Yes."))
        .attribute("model", "m")
        .tag("tier", "gold")
        .start_time(at(0))
        .execution_time(Duration::from_millis(512))
        .log();
}

fn scoped() {
    mlflow::context().session("s-9").user("u-9").tag("from", "scope").metadata("m", "scope").run(|| {
        child(1);
        mlflow::context().tag("from", "inner").tag("more", "1").user("u-10").run(|| child(2));
    });
    child(3);
}

fn scope_is_off() {
    mlflow::context().enabled(false).run(|| child(1));
    child(2);
}

async fn carried() {
    let work = async { child(5) };
    mlflow::context().session("carried").run(|| work.in_current_span()).await;
}

fn trace_id(number: u128) -> TraceId {
    TraceId::from_u128(number).expect("not zero")
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + millis)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    adds(2, 3);
    gives_nothing("x");
    takes_nothing();
    renamed(4);
    calls(1);
    calls_deep(1);
    calls_itself(3);
    has_attributes();
    sets_attributes();
    sets_values("hush");
    let sizes = BTreeMap::from([("l", 2.5), ("m", 1.0)]);
    let order = Order { sku: "s-1", count: 3, price: 2.5, gift: None, tags: vec!["a", "b"], sizes };
    takes_structures(&order, &[("a", 1), ("b", -2)]);
    speaks_languages("Grüße, 世界 🌍");
    gives_numbers();
    speaks_at_length(&"long ".repeat(200));
    let _ = fails("sold out");
    recovers();
    let _ = passes_on();
    awaits().await;
    streams(3).collect::<Vec<_>>().await;
    streams_reduced(3).collect::<Vec<_>>().await;
    warns();
    retrieves("what?");
    chats(&json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]));
    types();
    block();
    blocks_and_functions();
    block_fails();
    status_by_hand();
    type_changes();
    described();
    events();
    links();
    levels();
    in_a_session();
    has_tags();
    has_previews("abc");
    has_a_request_id();
    child_speaks_for_all();
    usage();
    usage_of_a_parent();
    cached_usage();
    cost();
    detached();
    ends_elsewhere();
    logged();
    scoped();
    scope_is_off();
    carried().await;
    let report = mlflow::flush_within(Duration::from_secs(240));
    assert!(report.is_complete(), "{report:?}");
}
