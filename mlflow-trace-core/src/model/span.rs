//! A finished span.

use super::{Event, Json, Link, SpanId, SpanType, Status, TraceId, keys};

/// One finished span, as MLflow stores it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// The trace that the span belongs to.
    pub trace_id: TraceId,
    /// The span's own id.
    pub span_id: SpanId,
    /// The span that this one was started in; `None` for the root.
    pub parent_id: Option<SpanId>,
    /// The name that MLflow shows.
    pub name: String,
    /// What the span stands for.
    pub span_type: SpanType,
    /// The start, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// The end, in nanoseconds since 1970; never before the start.
    pub end_unix_nanos: u64,
    /// How it ended.
    pub status: Status,
    /// All attributes in the order of their first setting, MLflow's own (`mlflow.*`) included.
    pub attributes: Vec<(String, Json)>,
    /// Events in the order of their times.
    pub events: Vec<Event>,
    /// Spans that this one has to do with, in whatever trace they are.
    pub links: Vec<Link>,
}

impl Span {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Json> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// What was recorded as inputs (`mlflow.spanInputs`).
    pub fn inputs(&self) -> Option<&Json> {
        self.attribute(keys::SPAN_INPUTS)
    }

    /// What was recorded as outputs (`mlflow.spanOutputs`).
    pub fn outputs(&self) -> Option<&Json> {
        self.attribute(keys::SPAN_OUTPUTS)
    }

    /// How long the span took.
    pub fn duration(&self) -> std::time::Duration {
        std::time::Duration::from_nanos(self.end_unix_nanos.saturating_sub(self.start_unix_nanos))
    }
}
