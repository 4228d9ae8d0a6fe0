//! Spans for blocks of code: inputs, outputs, attributes, events and a status, all set by hand.
//!
//! `cargo run --example by_hand`, then `cargo run --features cli --bin mlflow-trace -- show last`.

use mlflow::{SpanType, StatusCode, TokenUsage};

fn main() {
    let words = mlflow::span("tokenize")
        .span_type(SpanType::Parser)
        .attribute("language", "en")
        .inputs("What is a trace?")
        .run(|span| {
            let words: Vec<&str> = "What is a trace?".split(' ').collect();
            span.set_attribute("words", words.len());
            span.set_outputs(&words);

            // A span inside a span: the call stack decides, not a variable.
            mlflow::span("count_tokens").span_type(SpanType::Llm).run(|span| {
                span.set_model("counter-1");
                span.set_token_usage(TokenUsage::new(4, 1));
                span.add_event("counted", [("tokens", 4)]);
            });
            words
        });

    // The span that is current here; a call without one does nothing.
    mlflow::span("check").span_type(SpanType::Guardrail).run(|_| {
        if words.len() < 10 {
            mlflow::current_span().set_status(StatusCode::Error, "the question is short");
        }
    });
}
