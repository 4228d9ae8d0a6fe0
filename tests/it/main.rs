//! What traced programs see in their traces, one file a theme. All tests capture in memory.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod by_hand;
mod cancellation;
mod choices;
mod futures;
mod impl_blocks;
mod iterators;
mod leftovers;
mod llm;
mod options;
mod outcome;
mod streams;
mod streams_by_hand;
mod tags;
mod threads;
mod trace_facts;
mod values;

use mlflow::Span;

/// The inputs as JSON.
fn inputs(span: &Span) -> serde_json::Value {
    span.inputs().map_or(serde_json::Value::Null, mlflow::Json::to_value)
}

/// The outputs as JSON text.
fn outputs(span: &Span) -> &str {
    span.outputs().map_or("nothing", mlflow::Json::as_str)
}

/// The names and values of the events of a stream's items.
fn chunks(span: &Span) -> Vec<(String, String)> {
    let chunks = span.events.iter().filter(|event| event.name.starts_with("mlflow.chunk"));
    let value = |event: &mlflow::Event| {
        assert_eq!(event.attributes.len(), 1);
        let (key, value) = &event.attributes[0];
        assert_eq!(key, "mlflow.chunk.value");
        value.to_value().as_str().expect("the value is JSON in a text").to_owned()
    };
    chunks.map(|event| (event.name.clone(), value(event))).collect()
}

/// The value of an attribute of the span's exception event.
fn exception(span: &Span, key: &str) -> String {
    let event = span.events.iter().find(|event| event.name == "exception").expect("an exception event");
    let value = event.attributes.iter().find(|(name, _)| name == key);
    value.map_or_else(String::new, |(_, value)| value.to_value().as_str().unwrap_or_default().to_owned())
}
