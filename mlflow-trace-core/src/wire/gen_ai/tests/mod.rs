//! Spans of every provider and of no provider, with the attributes that they become.

mod hostile;
mod providers;
mod shapes;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Said, translate};
use crate::model::{Json, Span, SpanId, Status, StatusCode, TraceId, keys};

fn span(span_type: &str, format: Option<&str>, inputs: &str, outputs: &str) -> Span {
    let json = |text: &str| Json::from_valid(text.to_owned());
    let mut attributes =
        vec![(keys::SPAN_INPUTS.to_owned(), json(inputs)), (keys::SPAN_OUTPUTS.to_owned(), json(outputs))];
    attributes.extend(format.map(|format| (keys::MESSAGE_FORMAT.to_owned(), Json::string(format))));
    Span {
        trace_id: TraceId::from_u128(1).unwrap(),
        span_id: SpanId::from_u64(1).unwrap(),
        parent_id: None,
        name: "own name".to_owned(),
        span_type: span_type.to_owned().into(),
        start_unix_nanos: 1,
        end_unix_nanos: 2,
        status: Status { code: StatusCode::Ok, message: String::new() },
        attributes,
        events: Vec::new(),
        links: Vec::new(),
    }
}

/// What is sent of a span, the texts of JSON among it read; the operation's name left out.
fn sent(span: &Span) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (key, said) in translate(span, true).attributes {
        let value = match said {
            Said::Text(text) => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            Said::Json(json) => serde_json::from_str(&json).unwrap(),
        };
        assert_eq!(found.insert(key.clone().into_owned(), value), None, "{key} is sent twice");
    }
    found.remove("gen_ai.operation.name");
    found
}

#[track_caller]
fn check(span_type: &str, format: Option<&str>, inputs: &Value, outputs: &Value, expected: &Value) {
    let found = sent(&span(span_type, format, &inputs.to_string(), &outputs.to_string()));
    let found: Value = json!(found);
    assert_eq!(&found, expected, "\nfound    {found}\nexpected {expected}\n");
}
