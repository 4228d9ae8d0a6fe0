//! The few sentences that we say: on standard error, or through the program's own logger, and to the program itself if it
//! listens.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// What the program does with a sentence.
pub(crate) type Listener = Arc<dyn Fn(&str) + Send + Sync>;

static LISTENER: OnceLock<Listener> = OnceLock::new();

/// Lets the program hear what is said from now on. The first one stays.
pub(crate) fn listen(listener: Listener) {
    let _ = LISTENER.set(listener);
}

/// Says one sentence. Never panics, not even when standard error is closed or the program's listener panics.
pub(crate) fn warn(sentence: &str) {
    if let Some(listener) = LISTENER.get() {
        let _ = catch_unwind(AssertUnwindSafe(|| listener(sentence)));
    }
    if !logged(sentence) {
        let _ = writeln!(std::io::stderr().lock(), "[mlflow-trace] {sentence}");
    }
}

/// Whether the program's own logger has taken the sentence.
#[cfg(feature = "log")]
fn logged(sentence: &str) -> bool {
    let is_taken = log::log_enabled!(target: "mlflow_trace", log::Level::Warn);
    is_taken && catch_unwind(AssertUnwindSafe(|| log::warn!(target: "mlflow_trace", "{sentence}"))).is_ok()
}

#[cfg(not(feature = "log"))]
fn logged(_sentence: &str) -> bool {
    false
}
