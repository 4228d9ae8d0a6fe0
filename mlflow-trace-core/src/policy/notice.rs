//! The few sentences that we say on standard error.

use std::io::Write as _;

/// Says one sentence. Never panics, not even when standard error is closed.
pub(crate) fn warn(sentence: &str) {
    let _ = writeln!(std::io::stderr().lock(), "[mlflow-trace] {sentence}");
}
