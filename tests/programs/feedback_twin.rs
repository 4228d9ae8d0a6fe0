//! The Rust twin of `tests/python/feedback_twin.py`: the same feedback and expectations, logged while a trace is open and
//! later, and updated, overridden and deleted.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::time::Duration;

use mlflow::{AssessmentError, AssessmentSource, Expectation, Feedback, SpanId, TraceId};
use serde_json::{Value, json};

fn flush() {
    assert!(mlflow::flush_within(Duration::from_secs(60)).is_complete(), "it is delivered");
}

fn judge() -> AssessmentSource {
    AssessmentSource::llm_judge("gpt-4o")
}

fn reviewer() -> AssessmentSource {
    AssessmentSource::human("u-17")
}

fn rated_while_open() {
    mlflow::span("rated while open").run(|span| {
        let (trace, id) = (span.trace_id().expect("it is recorded"), span.span_id().expect("it is recorded"));
        let feedback = Feedback::new("correctness", true).rationale("Größe “stimmt”").source(reviewer());
        mlflow::log_feedback(trace, feedback.metadata("k", "v").metadata("ä", "ö").span(id));
        mlflow::log_expectation(trace, Expectation::new("answer", "Paris").metadata("k", "v"));
    });
    flush();
}

/// A trace that has been delivered.
fn delivered(name: &str) -> (TraceId, SpanId) {
    let ids = mlflow::span(name).run(|span| (span.trace_id(), span.span_id()));
    flush();
    (ids.0.expect("it is recorded"), ids.1.expect("it is recorded"))
}

fn feedback_of_every_shape() {
    let (trace, span) = delivered("feedback of every shape");
    let values = [
        json!(true),
        json!(false),
        json!(1),
        json!(-0.1),
        json!(1e-7),
        json!(1e16),
        json!("yes"),
        json!(" No "),
        json!("ü \"quoted\"\n"),
        json!(["a", 1, true]),
        json!({"a": 0.5, "b": "c"}),
        Value::Null,
    ];
    for (number, value) in values.into_iter().enumerate() {
        mlflow::log_feedback(trace, Feedback::new(format!("value {number:02}"), value));
    }
    mlflow::log_feedback(trace, Feedback::of(3));
    let limit =
        AssessmentError::new("RATE_LIMIT_EXCEEDED").message("Too many.").stack_trace("line 1\nline 2");
    mlflow::log_feedback(trace, Feedback::failed("failed", limit).source(judge()).span(span));
    let feedback = Feedback::new("of a run", 0.5).source(AssessmentSource::code("checks/length"));
    mlflow::log_assessment(trace, feedback.metadata("mlflow.assessment.sourceRunId", "0123456789abcdef"));
}

fn expectations_of_every_shape() {
    let (trace, span) = delivered("expectations of every shape");
    let values = [
        json!("Paris"),
        json!(42),
        json!(0.25),
        json!(true),
        json!(["ü", 1]),
        json!({"calls": [{"id": 1, "name": "add"}], "role": "assistant"}),
    ];
    for (number, value) in values.into_iter().enumerate() {
        mlflow::log_expectation(trace, Expectation::new(format!("value {number}"), value));
    }
    mlflow::log_assessment(trace, Expectation::new("of the span", "x").source(reviewer()).span(span));
}

fn changed() {
    let (trace, span) = delivered("changed");
    let grade = mlflow::log_feedback(trace, Feedback::new("relevance", 0.6).source(judge()).span(span));
    let better = Feedback::of(0.9).source(reviewer()).rationale("The judge missed a line.");
    mlflow::override_feedback(trace, grade, better.metadata("confidence", "high"));

    let wrong = mlflow::log_feedback(trace, Feedback::new("restored", "no").source(judge()));
    let override_id = mlflow::override_feedback(trace, wrong, Feedback::of("yes").source(reviewer()));
    mlflow::delete_assessment(trace, override_id);
    mlflow::delete_assessment(trace, override_id);

    let doomed = mlflow::log_feedback(trace, Feedback::new("doomed", 1));
    mlflow::delete_assessment(trace, doomed);

    let first = Feedback::new("first", 1).rationale("At first.").metadata("a", "1").metadata("b", "1");
    let first = mlflow::log_feedback(trace, first);
    let second =
        Feedback::new("second", 2).rationale("On second thoughts.").metadata("b", "2").metadata("c", "2");
    mlflow::update_assessment(trace, first, second);

    let expected = mlflow::log_expectation(trace, Expectation::new("expected", 42).metadata("a", "1"));
    mlflow::update_assessment(trace, expected, Expectation::new("expected", json!({"answer": 43})));
}

fn main() {
    rated_while_open();
    feedback_of_every_shape();
    expectations_of_every_shape();
    changed();
}
