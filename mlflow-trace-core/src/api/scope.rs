//! Spans around blocks of code.

use std::ops::AsyncFnOnce;

use serde::Serialize;

use super::SpanHandle;
use super::recording::Recording;
use crate::buffer::record::Section;
use crate::context::Context;
use crate::model::SpanType;
use crate::recorder::{FindRecorder, OpenSpan, Payload, Recorder, RunAsync, Tell, run};
use crate::runtime::{is_off, started};

/// Begins a span for a block of code; it starts with [`SpanBuilder::run`], [`SpanBuilder::run_async`] or
/// [`SpanBuilder::start_detached`].
///
/// ```
/// let best = mlflow_trace_core::span("rerank").span_type("RERANKER").inputs(&["a", "b"]).run(|span| {
///     span.set_attribute("model", "overlap");
///     span.set_outputs("b");
///     "b"
/// });
/// assert_eq!(best, "b");
/// ```
#[inline]
pub fn span(name: impl AsRef<str>) -> SpanBuilder {
    let name = name.as_ref();
    builder(name, &|| format!("the first call of mlflow::span(\"{name}\")"))
}

/// A span to be; `by` says what it starts tracing with.
#[inline]
pub(super) fn builder(name: &str, by: &dyn Fn() -> String) -> SpanBuilder {
    SpanBuilder { recording: if is_off() { None } else { Recording::begin(name, by) } }
}

/// A span that has not started.
#[must_use = "the span starts with `run`, `run_async` or `start_detached`"]
pub struct SpanBuilder {
    pub(super) recording: Option<Recording>,
}

impl SpanBuilder {
    #[inline]
    pub(super) fn fill(mut self, fill: impl FnOnce(&mut Payload)) -> Self {
        if let Some(payload) = self.recording.as_mut().and_then(Recording::payload) {
            fill(payload);
        }
        self
    }

    pub(super) fn name(self, name: &str) -> Self {
        self.fill(|payload| payload.texts(Section::Name, &[name]))
    }

    /// Says what the span stands for: a [`SpanType`] or any text.
    #[inline]
    pub fn span_type(self, span_type: impl Into<SpanType>) -> Self {
        let span_type = span_type.into();
        self.fill(|payload| payload.texts(Section::SpanType, &[span_type.as_str()]))
    }

    /// Sets an attribute.
    #[inline]
    pub fn attribute(self, key: &str, value: impl Serialize) -> Self {
        self.fill(|payload| payload.serialized(Section::Attribute, Some(key), &value))
    }

    /// Sets the inputs.
    #[inline]
    pub fn inputs(self, inputs: impl Serialize) -> Self {
        self.fill(|payload| payload.serialized(Section::Inputs, None, &inputs))
    }

    /// Runs a block inside the span, which ends with the block. A panic ends it as an error and goes on.
    ///
    /// The block's value is not recorded; say what matters with [`SpanHandle::set_outputs`].
    #[inline]
    pub fn run<R>(self, block: impl FnOnce(SpanHandle) -> R) -> R {
        if cfg!(feature = "disabled") {
            return block(SpanHandle::new(Context::SILENT));
        }
        let span = self.start();
        run(false, span, || block(SpanHandle::new(inside_of(&span))), Untold)
    }

    /// Runs an async block inside the span. The span starts when the future is polled first and ends with it; a future
    /// that is dropped early ends the span as cancelled.
    ///
    /// ```
    /// # async fn example() {
    /// let text = mlflow_trace_core::span("stream").run_async(async |span| {
    ///     span.set_outputs("done");
    ///     "done"
    /// }).await;
    /// # }
    /// ```
    pub async fn run_async<R, F: AsyncFnOnce(SpanHandle) -> R>(self, block: F) -> R {
        if cfg!(feature = "disabled") {
            return block(SpanHandle::new(Context::SILENT)).await;
        }
        let span = self.start();
        let handle = SpanHandle::new(inside_of(&span));
        // Called inside the span, as part of the body.
        let body = std::pin::pin!(Some(async move { block(handle).await }));
        RunAsync::new(span, body, Untold).await
    }

    #[inline]
    pub(super) fn start(self) -> OpenSpan {
        self.recording.map_or(OpenSpan::OFF, Recording::start)
    }
}

/// The outcome of a block: what matters was said by hand.
struct Untold;

impl FindRecorder for Untold {
    fn recorder() -> Option<&'static Recorder> {
        recorder_now()
    }
}

impl<R> Tell<R> for Untold {
    fn tell(self, recorder: &Recorder, span: &OpenSpan, _: &R) {
        recorder.end_bare(span);
    }
}

pub(super) fn recorder_now() -> Option<&'static Recorder> {
    started().map(|runtime| &runtime.recorder)
}

/// The context that a handle on this span speaks for.
pub(super) fn inside_of(span: &OpenSpan) -> Context {
    // Of a span that is not recorded, children find here what becomes of them.
    if span.enters() { span.inside } else { Context::SILENT }
}
