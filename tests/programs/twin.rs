//! The Rust twin of `tests/python/twin.py`: the same functions, arguments and values, called in the same order.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use mlflow::prelude::*;
use mlflow::{Cost, SpanType, TokenUsage};
use serde::Serialize;

#[derive(Debug)]
struct OutOfStock(&'static str);

impl std::fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no {} left", self.0)
    }
}

impl std::error::Error for OutOfStock {}

#[derive(Clone, Serialize)]
struct Document {
    page_content: String,
    metadata: Metadata,
}

#[derive(Clone, Serialize)]
struct Metadata {
    id: usize,
}

#[mlflow::trace(span_type = SpanType::Retriever)]
fn retrieve(question: &str, k: usize) -> Vec<Document> {
    let document = |id| Document { page_content: format!("{question} {id}"), metadata: Metadata { id } };
    (0..k).map(document).collect()
}

#[mlflow::trace]
fn rank(documents: &[Document]) -> Vec<usize> {
    documents.iter().rev().map(|document| document.metadata.id).collect()
}

#[mlflow::trace(span_type = SpanType::Llm, attributes(temperature = 0.25, stop = ["\n", "§"]))]
fn complete(prompt: &str) -> String {
    let span = mlflow::current_span();
    span.set_model("house-model").set_provider("house");
    span.set_token_usage(TokenUsage::new(12, 30));
    span.set_cost(Cost::new(0.25, 0.5));
    format!("Grüße, {prompt}")
}

#[mlflow::trace(span_type = "AGENT")]
fn answer(question: &str, k: usize) -> String {
    let documents = retrieve(question, k);
    rank(&documents);
    complete(question);
    complete("again")
}

#[mlflow::trace]
fn fails(sku: &'static str) -> Result<String, OutOfStock> {
    Err(OutOfStock(sku))
}

#[mlflow::trace]
fn recovers(sku: &'static str) -> String {
    fails(sku).unwrap_or_else(|error| format!("sorry: {error}"))
}

#[mlflow::trace]
fn nothing() {}

#[derive(Clone, Serialize)]
struct Values {
    whole: i32,
    pair: (&'static str, i32),
    table: BTreeMap<&'static str, serde_json::Value>,
    absent: Option<i32>,
}

#[mlflow::trace]
#[allow(clippy::too_many_arguments, reason = "one argument for each kind of value")]
fn values(
    whole: i32,
    negative: i64,
    fraction: f64,
    round_number: f64,
    large: u64,
    small: f64,
    truth: bool,
    absent: Option<i32>,
    text: &str,
    pair: (&'static str, i32),
    table: BTreeMap<&'static str, serde_json::Value>,
    empty: [u8; 0],
) -> Values {
    let _ = (negative, fraction, round_number, large, small, truth, text, empty);
    Values { whole, pair, table, absent }
}

#[mlflow::trace]
async fn fetch(number: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(1)).await;
    number * 2
}

#[mlflow::trace(name = "all of them", span_type = "CRAWLER")]
async fn fetch_all(numbers: [u32; 3]) -> Vec<u32> {
    let mut fetched = Vec::new();
    for number in numbers {
        fetched.push(fetch(number).await);
    }
    fetched
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: &'static str,
}

#[derive(Serialize)]
struct Choice {
    index: u32,
    message: Message,
}

#[derive(Serialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[mlflow::trace]
fn chat(messages: &[Message]) -> Completion {
    let _ = messages;
    let message = Message { role: "assistant", content: "It is a tracker." };
    Completion { choices: vec![Choice { index: 0, message }] }
}

#[mlflow::trace]
fn long_text(text: &str) -> String {
    text.to_owned()
}

#[derive(Serialize)]
struct Query {
    query: &'static str,
    k: u32,
}

#[mlflow::trace]
fn by_hand(query: &'static str) {
    mlflow::span("rerank").span_type(SpanType::Reranker).inputs(&Query { query, k: 2 }).run(|span| {
        span.set_attribute("model", "bm25");
        span.set_attribute("weights", [0.5, 1.5]);
        span.set_attribute("user.level", 3);
        span.add_event("cache miss", [("tries", serde_json::json!(2)), ("key", serde_json::json!("rüben"))]);
        span.set_outputs(["b", "a"]);
    });
    mlflow::span("empty").run(|_| {});
}

#[mlflow::trace]
fn described(request: &str) -> String {
    mlflow::update_current_trace()
        .tag("tier", "gold")
        .tag("größe", "L")
        .metadata("build", "17")
        .user("u-17")
        .session("s-4")
        .client_request_id("req-7")
        .request_preview("what was asked")
        .response_preview("what was said");
    request.to_uppercase()
}

#[derive(Serialize)]
struct Token {
    delta: String,
    index: usize,
}

#[mlflow::trace(span_type = "LLM")]
fn tokens(prompt: &str, k: usize) -> impl Iterator<Item = Token> {
    (0..k).map(move |index| {
        rank(&[Document { page_content: String::new(), metadata: Metadata { id: index } }]);
        Token { delta: format!("{prompt} ü{index}"), index }
    })
}

fn joined(sentence: &mut String, word: &str) {
    if !sentence.is_empty() {
        sentence.push(' ');
    }
    sentence.push_str(word);
}

#[mlflow::trace(output_reducer = joined)]
fn words(count: u32) -> Box<dyn Iterator<Item = String>> {
    Box::new((0..count).map(|number| format!("wörd {number}")))
}

#[mlflow::trace]
fn no_items() -> impl Iterator<Item = u32> {
    std::iter::empty()
}

#[mlflow::trace]
fn pages(count: u32) -> impl Stream<Item = u32> {
    stream::iter(0..count).then(async |number| {
        fetch(number).await;
        number
    })
}

async fn read(count: u32) {
    mlflow::span("reader")
        .run_async(async |span| {
            span.set_outputs(pages(count).collect::<Vec<_>>().await);
        })
        .await;
}

#[mlflow::trace]
fn breaks_off(lines: &[&'static str]) -> impl Iterator<Item = Result<&'static str, OutOfStock>> {
    lines.iter().copied().map(Ok).chain([Err(OutOfStock("lines"))])
}

struct Till;

impl Till {
    #[mlflow::trace(span_type = "TOOL")]
    fn charge(&self, cents: u32) -> u32 {
        cents / 100
    }
}

#[mlflow::trace]
fn scoped(name: &str) -> &str {
    name
}

fn scopes() {
    let outer = mlflow::context().session("s-1").user("u-1").tag("tier", "gold").tag("größe", "L");
    outer.metadata("build", "17").run(|| {
        scoped("outer");
        let inner = mlflow::context().session("s-2").tag("tier", "silver").metadata("build", "18");
        inner.metadata("more", "m").run(|| {
            scoped("inner");
            described("wins over the scope");
        });
        mlflow::context().enabled(false).run(|| {
            scoped("not recorded");
            mlflow::context().enabled(true).run(|| scoped("recorded again"));
        });
        scoped("outer again");
    });
    mlflow::span("around").run(|_| {
        mlflow::context().tag("too", "late").run(|| scoped("child"));
        mlflow::context().enabled(false).run(|| {
            scoped("not recorded");
            mlflow::context().enabled(true).run(|| scoped("child again"));
        });
    });
    mlflow::context().metadata("mlflow.trace.session", "s-3").run(|| scoped("session as metadata"));
}

async fn scoped_task() {
    let task = async { tokio::spawn(fetch(7).in_current_span()).await };
    let scope = mlflow::context().session("s-4").user("u-4");
    task.with_context(scope).await.expect("the task does not panic");
}

fn main() {
    answer("Was ist \"MLflow\"?", 2);
    recovers("tea");
    let _ = fails("coffee");
    nothing();
    values(
        7,
        -3,
        0.1,
        5.0,
        9_007_199_254_740_993,
        1e-7,
        true,
        None,
        "tab\t \"quoted\" \\ ☕ \u{1}",
        ("a", 1),
        BTreeMap::from([("k", serde_json::json!([1, [2]])), ("ä", serde_json::json!({}))]),
        [],
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime starts");
    runtime.block_on(fetch_all([1, 2, 3]));
    chat(&[
        Message { role: "system", content: "Be brief." },
        Message { role: "user", content: "What is MLflow?" },
    ]);
    long_text(&"ä".repeat(1500));
    by_hand("tea");
    described("quiet");
    Till.charge(1250);
    scopes();
    runtime.block_on(scoped_task());
    for _ in tokens("say", 2) {
        nothing();
    }
    words(3).for_each(drop);
    no_items().for_each(drop);
    runtime.block_on(read(2));
    breaks_off(&["a"]).for_each(drop);
}
