//! What becomes of errors: an `Err` marks its span, so does a panic, and an event keeps what was handled.
//!
//! `cargo run --example errors`, then `cargo run --features cli --bin mlflow-trace -- show last`.

use std::num::ParseIntError;

/// `Err` is recorded with its message and its sources, decided on the value: aliases of `Result` work too.
#[mlflow::trace]
fn parse(text: &str) -> Result<i32, ParseIntError> {
    text.parse()
}

/// The panic goes on to the caller; the span ends with the message.
#[mlflow::trace]
fn index(list: &[i32], at: usize) -> i32 {
    list[at]
}

#[mlflow::trace]
fn sum(texts: &[&str]) -> i32 {
    let mut sum = 0;
    for text in texts {
        match parse(text) {
            Ok(number) => sum += number,
            // Handled, so this span stays OK; the event says what was left out.
            Err(error) => {
                mlflow::current_span().add_event("skipped", [("reason", error.to_string())]);
            }
        }
    }
    sum += std::panic::catch_unwind(|| index(&[1, 2, 3], 7)).unwrap_or(0);
    sum
}

fn main() {
    assert_eq!(sum(&["4", "five", "6"]), 10);
}
