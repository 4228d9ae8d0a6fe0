//! Makes the spans of `gen_ai_cases.json`, each a trace of its own: the Rust twin of `tests/python/gen_ai_twin.py`.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    case: String,
    name: String,
    span_type: String,
    attributes: BTreeMap<String, Value>,
    inputs: Value,
    outputs: Value,
}

fn main() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("gen_ai_cases.json")).expect("the cases are JSON of this form");
    for case in cases {
        let span = mlflow::span(&case.name).span_type(case.span_type).attribute("case", case.case);
        let span = case.attributes.iter().fold(span, |span, (key, value)| span.attribute(key, value));
        span.inputs(&case.inputs).run(|span| {
            span.set_outputs(&case.outputs);
        });
    }
    assert!(mlflow::flush().is_complete(), "all spans are delivered");
}
