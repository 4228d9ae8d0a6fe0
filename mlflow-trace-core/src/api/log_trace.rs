//! A trace of one span, logged whole.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{SpanBuilder, span};
use crate::buffer::record::Section;
use crate::model::{SpanType, TraceId, keys};

/// Logs a trace with a single span, for a request and its response that are known already; nothing is logged before
/// [`LogTrace::log`].
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let trace_id = mlflow_trace_core::log_trace("answer")
///     .request("Does MLflow trace?")
///     .response("Yes.")
///     .intermediate_outputs([("documents", ["Tracing"])].into_iter().collect::<std::collections::BTreeMap<_, _>>())
///     .tag("tier", "gold")
///     .start_time(SystemTime::now() - Duration::from_secs(60))
///     .execution_time(Duration::from_millis(512))
///     .log();
/// ```
#[inline]
pub fn log_trace(name: impl AsRef<str>) -> LogTrace {
    LogTrace { span: span(name).root(), tags: Vec::new(), start: None, time: None }
}

/// A trace that is about to be logged.
#[must_use = "the trace is logged by `log`"]
pub struct LogTrace {
    span: SpanBuilder,
    tags: Vec<(String, String)>,
    start: Option<SystemTime>,
    time: Option<Duration>,
}

impl LogTrace {
    #[inline]
    fn with(mut self, change: impl FnOnce(SpanBuilder) -> SpanBuilder) -> Self {
        self.span = change(self.span);
        self
    }

    /// What was asked: the span's inputs.
    #[inline]
    pub fn request(self, request: impl Serialize) -> Self {
        self.with(|span| span.inputs(request))
    }

    /// What was answered: the span's outputs.
    #[inline]
    pub fn response(self, response: impl Serialize) -> Self {
        self.with(|span| span.fill(|payload| payload.serialized(Section::Outputs, None, &response)))
    }

    /// What came out in between, by name: a map (`mlflow.trace.intermediate_outputs`).
    #[inline]
    pub fn intermediate_outputs(self, outputs: impl Serialize) -> Self {
        self.attribute(keys::INTERMEDIATE_OUTPUTS, outputs)
    }

    /// Sets an attribute of the span.
    #[inline]
    pub fn attribute(self, key: &str, value: impl Serialize) -> Self {
        self.with(|span| span.attribute(key, value))
    }

    /// Says what the span stands for.
    #[inline]
    pub fn span_type(self, span_type: impl Into<SpanType>) -> Self {
        self.with(|span| span.span_type(span_type))
    }

    /// Sets a tag of the trace.
    #[inline]
    pub fn tag(mut self, key: &str, value: impl AsRef<str>) -> Self {
        if !cfg!(feature = "disabled") {
            self.tags.push((key.to_owned(), value.as_ref().to_owned()));
        }
        self
    }

    /// Says when it began; else it began so long before now as it took.
    #[inline]
    pub fn start_time(mut self, time: SystemTime) -> Self {
        self.start = Some(time);
        self
    }

    /// Says how long it took; else it ends now.
    #[inline]
    pub fn execution_time(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Logs the trace and gives its id; none when tracing is off or the trace is not sampled.
    #[inline]
    pub fn log(self) -> Option<TraceId> {
        if cfg!(feature = "disabled") { None } else { self.log_now() }
    }

    fn log_now(self) -> Option<TraceId> {
        let Self { mut span, tags, start, time } = self;
        let began = start.or_else(|| SystemTime::now().checked_sub(time?));
        if let Some(began) = began {
            span = span.start_time(began);
        }
        let span = span.start_detached();
        let trace_id = span.trace_id();
        let mut trace = span.update_trace();
        for (key, value) in tags {
            trace = trace.tag(&key, value);
        }
        match began.zip(time).and_then(|(began, time)| began.checked_add(time)) {
            Some(end) => span.end_at(end),
            None => span.end(),
        }
        trace_id
    }
}
