//! How much a span matters to people who filter traces.

/// How much a span matters (`mlflow.spanLogLevel`): MLflow's UI hides what is below the chosen level.
///
/// Without a choice it is [`Info`](Self::Info) for the types `LLM`, `CHAT_MODEL`, `TOOL`, `RETRIEVER`, `AGENT` and
/// `EMBEDDING`, else [`Debug`](Self::Debug); an `exception` event raises it to [`Error`](Self::Error).
///
/// ```
/// use mlflow_trace_core::{LogLevel, span};
/// span("cache lookup").log_level(LogLevel::Debug).run(|span| {
///     span.set_log_level(LogLevel::Warning);
/// });
/// assert!(LogLevel::Warning < LogLevel::Error);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// 10: what matters to those who look for a mistake.
    Debug = 10,
    /// 20: what people want to see.
    Info = 20,
    /// 30: something is odd.
    Warning = 30,
    /// 40: something failed.
    Error = 40,
    /// 50: nothing goes on.
    Critical = 50,
}

impl LogLevel {
    /// MLflow's name of the level: `DEBUG` to `CRITICAL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }

    /// MLflow's number as the text that records carry.
    pub(crate) const fn number(self) -> &'static str {
        match self {
            Self::Debug => "10",
            Self::Info => "20",
            Self::Warning => "30",
            Self::Error => "40",
            Self::Critical => "50",
        }
    }

    /// The level with MLflow's number, if there is one.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            10 => Some(Self::Debug),
            20 => Some(Self::Info),
            30 => Some(Self::Warning),
            40 => Some(Self::Error),
            50 => Some(Self::Critical),
            _ => None,
        }
    }

    /// The level of a name, whatever its letters' case and the blanks around it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];
        all.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(name.trim()))
    }
}
