//! The few sentences that we say: on standard error, or through the program's own logger, and to the program itself if it
//! listens.
//!
//! What is said while a sentence is being said, because the program's logger or listener is itself traced, is not said:
//! else one sentence could go on for ever.

use std::cell::Cell;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

/// What the program does with a sentence.
pub(crate) type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// How much a sentence matters. Most say that something is not as it should be, and are warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Level {
    Info = 20,
    Warning = 30,
}

/// Which sentences are said, and where: `MLFLOW_LOGGING_LEVEL` and `MLFLOW_CONFIGURE_LOGGING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speech {
    /// The least level that is said, as Python numbers levels.
    pub(crate) least: u8,
    /// Whether standard error is ours to write to where the program has no logger.
    pub(crate) on_stderr: bool,
}

impl Default for Speech {
    fn default() -> Self {
        Self { least: Level::Warning as u8, on_stderr: true }
    }
}

static LISTENER: OnceLock<Listener> = OnceLock::new();
static LEAST: AtomicU8 = AtomicU8::new(Level::Warning as u8);
static ON_STDERR: AtomicBool = AtomicBool::new(true);

thread_local! {
    static IS_SPEAKING: Cell<bool> = const { Cell::new(false) };
}

/// Lets the program hear what is said from now on. The first one stays.
pub(crate) fn listen(listener: Listener) {
    let _ = LISTENER.set(listener);
}

/// Sets what is said from now on.
pub(crate) fn set_speech(speech: Speech) {
    LEAST.store(speech.least, Ordering::Relaxed);
    ON_STDERR.store(speech.on_stderr, Ordering::Relaxed);
}

/// Says one sentence about what is not as it should be. Never panics, not even when standard error is closed or the
/// program's listener panics. The listener hears it whatever the level is.
pub(crate) fn warn(sentence: &str) {
    once_at_a_time(|| {
        if let Some(listener) = LISTENER.get() {
            let _ = catch_unwind(AssertUnwindSafe(|| listener(sentence)));
        }
        say(Level::Warning, sentence);
    });
}

/// Says one sentence about what is as it should be; by default nobody hears it.
pub(crate) fn info(sentence: &str) {
    if LEAST.load(Ordering::Relaxed) <= Level::Info as u8 {
        once_at_a_time(|| say(Level::Info, sentence));
    }
}

fn once_at_a_time(speak: impl FnOnce()) {
    // A thread that is being taken down has no such flag, and runs nobody's logger any more.
    if IS_SPEAKING.try_with(|flag| flag.replace(true)).unwrap_or(false) {
        return;
    }
    speak();
    let _ = IS_SPEAKING.try_with(|flag| flag.set(false));
}

fn say(level: Level, sentence: &str) {
    if LEAST.load(Ordering::Relaxed) > level as u8 {
        return;
    }
    if !logged(level, sentence) && ON_STDERR.load(Ordering::Relaxed) {
        let _ = writeln!(std::io::stderr().lock(), "[mlflow-trace] {sentence}");
    }
}

/// Whether the program's own logger has taken the sentence.
#[cfg(feature = "log")]
fn logged(level: Level, sentence: &str) -> bool {
    let level = match level {
        Level::Info => log::Level::Info,
        Level::Warning => log::Level::Warn,
    };
    let is_taken = log::log_enabled!(target: "mlflow_trace", level);
    is_taken
        && catch_unwind(AssertUnwindSafe(|| log::log!(target: "mlflow_trace", level, "{sentence}"))).is_ok()
}

#[cfg(not(feature = "log"))]
fn logged(_level: Level, _sentence: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn what_is_said_while_a_sentence_is_said_is_not_said() {
        listen(Arc::new(|sentence| {
            // Other tests of this process are heard too.
            if sentence.starts_with("of this test") {
                HEARD.lock().unwrap().push(sentence.to_owned());
                warn("of this test: inside");
                info("of this test: inside");
            }
        }));
        warn("of this test: first");
        warn("of this test: second");
        assert_eq!(*HEARD.lock().unwrap(), ["of this test: first", "of this test: second"]);
    }
}
