//! How a span ended.

/// The outcome of a span, as OpenTelemetry and MLflow name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusCode {
    /// Nothing was said.
    #[default]
    Unset,
    /// The operation succeeded.
    Ok,
    /// The operation failed.
    Error,
}

impl StatusCode {
    /// MLflow's short spelling, as in the column `spans.status`: `UNSET`, `OK` or `ERROR`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

/// The outcome of a span with the message that explains a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How the span ended.
    pub code: StatusCode,
    /// What went wrong; empty unless the code is [`StatusCode::Error`].
    pub message: String,
}
