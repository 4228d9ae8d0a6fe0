//! Functions with the attribute.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde_json::json;

use crate::Refused;

#[mlflow::trace]
pub(crate) fn adds(a: i64, b: i64) -> i64 {
    a + b
}

#[mlflow::trace]
pub(crate) fn gives_nothing(text: &str) {
    std::hint::black_box(text);
}

#[mlflow::trace]
pub(crate) fn takes_nothing() -> &'static str {
    "something"
}

#[mlflow::trace(name = "a name of its own")]
pub(crate) fn renamed(x: u8) -> u8 {
    x
}

#[mlflow::trace]
pub(crate) fn child(number: u32) -> u32 {
    number + 1
}

#[mlflow::trace]
pub(crate) fn calls(number: u32) -> u32 {
    child(child(number))
}

#[mlflow::trace]
pub(crate) fn calls_deep(number: u32) -> u32 {
    calls(number)
}

#[mlflow::trace]
pub(crate) fn calls_itself(depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + calls_itself(depth - 1) }
}

#[mlflow::trace(attributes(text = "t", number = 7, share = 0.5, yes = true, list = [1, 2]))]
pub(crate) fn has_attributes() -> bool {
    true
}

#[mlflow::trace]
pub(crate) fn sets_attributes() {
    let span = mlflow::current_span();
    span.set_attribute("first", "old")
        .set_attribute("object", json!({"a": [1, null]}))
        .set_attribute("first", "new");
    span.set_attributes([("x", 1.5), ("y", -2.0)]);
}

#[mlflow::trace]
pub(crate) fn sets_values(secret: &str) -> usize {
    mlflow::current_span().set_inputs(json!({"length": secret.len()})).set_outputs(json!(["chosen", 1]));
    secret.len()
}

#[derive(Serialize)]
pub(crate) struct Order {
    pub(crate) sku: &'static str,
    pub(crate) count: u32,
    pub(crate) price: f64,
    pub(crate) gift: Option<&'static str>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) sizes: BTreeMap<&'static str, f64>,
}

#[mlflow::trace]
pub(crate) fn takes_structures(order: &Order, pairs: &[(&str, i64)]) -> serde_json::Value {
    json!({"sku": order.sku, "total": f64::from(order.count) * order.price, "pairs": pairs.len()})
}

#[mlflow::trace]
pub(crate) fn speaks_languages(text: &str) -> String {
    format!("{text} ✓ \"quoted\" \\ \n\t €")
}

#[mlflow::trace]
pub(crate) fn gives_numbers() -> Vec<f64> {
    vec![0.1, 1e21, -0.0, 1.0, 123_456_789.123, 5e-324]
}

#[mlflow::trace]
pub(crate) fn speaks_at_length(text: &str) -> String {
    text.repeat(3)
}

#[mlflow::trace]
pub(crate) fn fails(reason: &'static str) -> Result<(), Refused> {
    Err(Refused(reason))
}

#[mlflow::trace]
pub(crate) fn recovers() -> String {
    fails("not today").map_or_else(|error| error.to_string(), |()| String::new())
}

#[mlflow::trace]
pub(crate) fn passes_on() -> Result<u8, Refused> {
    fails("passed on")?;
    Ok(1)
}

#[mlflow::trace]
pub(crate) async fn sleeps(number: u32) -> u32 {
    tokio::time::sleep(Duration::from_millis(2)).await;
    number
}

#[mlflow::trace]
pub(crate) async fn awaits() -> u32 {
    sleeps(1).await + sleeps(2).await
}

#[mlflow::trace]
pub(crate) fn streams(count: u32) -> impl Stream<Item = String> {
    stream::iter((0..count).map(|number| format!("part {number}")))
}

pub(crate) fn joined(so_far: &mut String, part: &str) {
    if !so_far.is_empty() {
        so_far.push('+');
    }
    so_far.push_str(part);
}

#[mlflow::trace(output_reducer = joined)]
pub(crate) fn streams_reduced(count: u32) -> impl Stream<Item = String> {
    stream::iter((0..count).map(|number| format!("part {number}")))
}

#[mlflow::trace(log_level = "WARNING")]
pub(crate) fn warns() -> u8 {
    1
}

#[mlflow::trace(span_type = "RETRIEVER")]
pub(crate) fn retrieves(query: &str) -> serde_json::Value {
    json!([{"page_content": query, "metadata": {"doc_uri": "a.md", "chunk_id": "1"}, "id": "d-1"}])
}

#[mlflow::trace(span_type = "CHAT_MODEL")]
pub(crate) fn chats(messages: &serde_json::Value) -> serde_json::Value {
    let said = messages.as_array().map_or(0, Vec::len);
    json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": format!("heard {said}")}}]})
}
