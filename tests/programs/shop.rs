//! A small shop: one trace for each behaviour that `tests/python/readback.py` looks up by name.
//!
//! Prints `result: 1250` and nothing else; its user would not know that it is traced.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use mlflow::prelude::*;
use mlflow::{Cost, SpanHandle, SpanType, TokenUsage};
use serde::Serialize;

#[derive(Clone, Serialize)]
struct Item {
    sku: String,
    count: u32,
}

#[derive(Serialize)]
struct Receipt {
    cents: u32,
    lines: Vec<(String, u32)>,
}

#[derive(Debug)]
struct Shelf {
    label: &'static str,
}

#[derive(Debug)]
struct EmptyShelf;

impl std::fmt::Display for EmptyShelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the shelf is empty")
    }
}

impl std::error::Error for EmptyShelf {}

#[derive(Debug)]
struct OutOfStock {
    sku: String,
    cause: EmptyShelf,
}

impl std::fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no {} left", self.sku)
    }
}

impl std::error::Error for OutOfStock {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Neither `Serialize` nor `Debug`.
struct Card;

trait Pay {
    fn pay(&self, cents: u32, card: &Card) -> bool;
}

struct Till;

impl Pay for Till {
    #[mlflow::trace(name = "pay at the till", span_type = SpanType::Tool, attributes("shop.open" = true, doubled = cents * 2))]
    fn pay(&self, cents: u32, card: &Card) -> bool {
        let _ = card;
        cents > 0
    }
}

#[mlflow::trace(span_type = "RETRIEVER", skip(secret))]
fn find_stock(item: &Item, shelf: &Shelf, secret: &str) -> Option<u32> {
    let _ = (shelf.label, secret);
    (item.sku != "tea").then_some(item.count * 250)
}

#[mlflow::trace(span_type = "AGENT", description = "Takes an order")]
fn order(customer: &str, items: Vec<Item>) -> Receipt {
    let _ = customer;
    mlflow::update_current_trace()
        .user("u-17")
        .session("s-4")
        .tag("tier", "gold")
        .metadata("shop", "Köln")
        .client_request_id("req-7");
    let shelf = Shelf { label: "A" };
    let lines: Vec<(String, u32)> =
        items.iter().map(|item| (item.sku.clone(), find_stock(item, &shelf, "hush").unwrap_or(0))).collect();
    let cents =
        mlflow::span("sum up").span_type(SpanType::Parser).attribute("rounding", "none").inputs(&lines).run(
            |span| {
                let cents = lines.iter().map(|(_, cents)| cents).sum();
                span.add_event("summed", [("lines", 2)]);
                span.set_outputs(cents);
                cents
            },
        );
    Till.pay(cents, &Card);
    audit(&mlflow::current_span(), cents);
    Receipt { cents, lines }
}

#[mlflow::trace(root, experiment = "audits", links = [order], log_level = "WARNING", inputs(cents))]
fn audit(order: &SpanHandle, cents: u32) -> bool {
    order.is_recording() && cents > 0
}

#[mlflow::trace]
fn reserve(sku: &str) -> Result<u32, OutOfStock> {
    Err(OutOfStock { sku: sku.to_owned(), cause: EmptyShelf })
}

#[mlflow::trace]
fn refused_order(sku: &str) -> Result<u32, OutOfStock> {
    Ok(reserve(sku)? + 1)
}

#[mlflow::trace]
fn forgiven_order(sku: &str) -> u32 {
    reserve(sku).unwrap_or(0)
}

#[mlflow::trace]
fn light_fuse(seconds: u32) -> u32 {
    assert!(seconds > 3, "too short a fuse: {seconds}");
    seconds
}

#[mlflow::trace]
fn explosion(seconds: u32) -> u32 {
    light_fuse(seconds)
}

#[mlflow::trace(span_type = "TASK")]
async fn wire(cents: u32) -> Result<String, OutOfStock> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(format!("{cents} sent"))
}

#[mlflow::trace]
async fn ask_bank(cents: u32) -> Result<String, OutOfStock> {
    let dial = mlflow::span("dial").run_async(async |span| {
        tokio::task::yield_now().await;
        span.set_attribute("number", "0800");
        wire(cents).await
    });
    dial.await
}

#[mlflow::trace]
async fn slow_bank(cents: u32) -> String {
    tokio::time::sleep(Duration::from_secs(60)).await;
    format!("{cents} never sent")
}

#[mlflow::trace]
async fn checkout(cents: u32) -> String {
    let told = ask_bank(cents).await.unwrap_or_default();
    let late = tokio::time::timeout(Duration::from_millis(20), slow_bank(cents)).await;
    format!("{told}, slow bank answered: {}", late.is_ok())
}

#[mlflow::trace]
fn pack(parcel: u32) -> u32 {
    parcel * 10
}

#[mlflow::trace]
async fn deliver(parcel: u32, all_under_way: Arc<tokio::sync::Barrier>) -> u32 {
    // No task goes on before all three have begun: they are under way at the same time.
    all_under_way.wait().await;
    let packed = pack(parcel);
    tokio::task::yield_now().await;
    packed
}

#[mlflow::trace(skip_all)]
async fn fan_out() -> u32 {
    let barrier = Arc::new(tokio::sync::Barrier::new(3));
    let tasks: Vec<_> =
        (1..=3).map(|parcel| tokio::spawn(deliver(parcel, barrier.clone()).in_current_span())).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("a delivery does not panic");
    }
    sum
}

#[mlflow::trace]
fn serve(customer: u32, all_began: &Barrier) -> u32 {
    all_began.wait();
    pack(customer)
}

#[mlflow::trace(skip_all)]
fn crew() -> u32 {
    let workers: Vec<_> =
        (1..=2).map(|parcel| std::thread::spawn((move || pack(parcel)).in_current_span())).collect();
    workers.into_iter().map(|worker| worker.join().expect("packing does not panic")).sum()
}

#[derive(Clone, Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

#[mlflow::trace(span_type = SpanType::ChatModel)]
fn complete(messages: &[Message], turn: u64) -> Message {
    let span = mlflow::current_span();
    span.set_model("house-model").set_provider("house");
    span.set_token_usage(TokenUsage::new(10 * turn, turn).cache_read(2));
    span.set_cost(Cost::new(0.5, 0.25));
    Message { role: "assistant", content: format!("turn {turn} on {} messages", messages.len()) }
}

#[derive(Serialize)]
struct Conversation {
    messages: Vec<Message>,
}

#[mlflow::trace]
fn talk(messages: Vec<Message>) -> Conversation {
    let first = complete(&messages, 1);
    let second = complete(&messages, 2);
    Conversation { messages: vec![first, second] }
}

#[mlflow::trace]
fn long_text(text: &str) -> String {
    text.to_owned()
}

#[mlflow::trace]
fn previews(secret: &str) -> String {
    mlflow::update_current_trace().request_preview("what was asked").response_preview("what was said");
    secret.to_uppercase()
}

#[mlflow::trace]
fn noted(sku: &str) {
    let span = mlflow::current_span();
    span.set_inputs(serde_json::json!({"replaced": sku}));
    span.record_error(&OutOfStock { sku: sku.to_owned(), cause: EmptyShelf });
    span.set_outputs("set inside the body");
}

async fn asynchronous_part() {
    println!("checkout: {}", checkout(1250).await);
    println!("fan out: {}", fan_out().await);
}

fn main() {
    let items = [("coffee", 5), ("tea", 3)];
    let items = items.map(|(sku, count)| Item { sku: sku.to_owned(), count }).to_vec();
    println!("result: {}", order("Käthe", items).cents);
    println!("refused: {}", refused_order("tea").is_err());
    println!("forgiven: {}", forgiven_order("tea"));
    // The program's own affair: it expects the panic and does not want it printed.
    std::panic::set_hook(Box::new(|_| {}));
    println!("exploded: {}", catch_unwind(AssertUnwindSafe(|| explosion(2))).is_err());
    let _ = std::panic::take_hook();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    runtime.expect("a runtime starts").block_on(asynchronous_part());

    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for customer in 1..=8 {
            let barrier = &barrier;
            scope.spawn(move || serve(customer, barrier));
        }
    });
    println!("crew: {}", crew());
    let said = |role, content: &str| Message { role, content: content.to_owned() };
    talk(vec![said("system", "Be brief."), said("user", "Was ist »MLflow«?")]);
    long_text(&"ü".repeat(3000));
    previews("quiet");
    noted("tea");
}
