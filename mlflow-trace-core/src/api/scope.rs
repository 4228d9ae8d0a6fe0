//! Spans around blocks of code.

use std::ops::AsyncFnOnce;

use serde::Serialize;

use super::SpanHandle;
use crate::buffer::record::Section;
use crate::context::{Context, Mode, current};
use crate::model::SpanType;
use crate::recorder::{DrawnTrace, FindRecorder, OpenSpan, Payload, Recorder, RunAsync, Tell, run};
use crate::runtime::{is_off, runtime, started};

/// Begins a span for a block of code; it starts with [`SpanBuilder::run`] or [`SpanBuilder::run_async`].
///
/// ```
/// let best = mlflow_trace_core::span("rerank").span_type("RERANKER").inputs(&["a", "b"]).run(|span| {
///     span.set_attribute("model", "overlap");
///     span.set_outputs("b");
///     "b"
/// });
/// assert_eq!(best, "b");
/// ```
pub fn span(name: impl AsRef<str>) -> SpanBuilder {
    let name = name.as_ref();
    builder(name, &|| format!("the first call of mlflow::span(\"{name}\")"))
}

/// A span to be; `by` says what it starts tracing with.
pub(super) fn builder(name: &str, by: &dyn Fn() -> String) -> SpanBuilder {
    let mut builder = SpanBuilder { recording: None, drawn: None };
    if is_off() {
        return builder;
    }
    let Some(recorder) = runtime(&by).map(|runtime| &runtime.recorder).filter(|_| !is_off()) else {
        return builder;
    };
    let outer = current();
    let is_recorded = match outer.mode() {
        Mode::Recording | Mode::InLostSpan => true,
        Mode::Silent | Mode::Unsampled => false,
        // The loss of this span is counted when it starts.
        Mode::Lost => true,
        // Drawn now, so that nothing is taken down for a trace that is not sampled.
        Mode::Outside => builder.drawn.insert(recorder.draw(&outer)).is_sampled,
    };
    let mut payload = Payload::new(recorder.limits());
    if is_recorded {
        payload.texts(Section::Name, &[name]);
    }
    builder.recording = Some(Recording { recorder, payload, is_recorded });
    builder
}

/// A span that has not started.
#[must_use = "the span starts with `run` or `run_async`"]
pub struct SpanBuilder {
    recording: Option<Recording>,
    drawn: Option<DrawnTrace>,
}

struct Recording {
    recorder: &'static Recorder,
    payload: Payload,
    is_recorded: bool,
}

impl SpanBuilder {
    fn fill(mut self, fill: impl FnOnce(&mut Payload)) -> Self {
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.is_recorded) {
            fill(&mut recording.payload);
        }
        self
    }

    pub(super) fn name(self, name: &str) -> Self {
        self.fill(|payload| payload.texts(Section::Name, &[name]))
    }

    /// Says what the span stands for: a [`SpanType`] or any text.
    pub fn span_type(self, span_type: impl Into<SpanType>) -> Self {
        let span_type = span_type.into();
        self.fill(|payload| payload.texts(Section::SpanType, &[span_type.as_str()]))
    }

    /// Sets an attribute.
    pub fn attribute(self, key: &str, value: impl Serialize) -> Self {
        self.fill(|payload| payload.serialized(Section::Attribute, Some(key), &value))
    }

    /// Sets the inputs.
    pub fn inputs(self, inputs: impl Serialize) -> Self {
        self.fill(|payload| payload.serialized(Section::Inputs, None, &inputs))
    }

    /// Runs a block inside the span, which ends with the block. A panic ends it as an error and goes on.
    ///
    /// The block's value is not recorded; say what matters with [`SpanHandle::set_outputs`].
    pub fn run<R>(self, block: impl FnOnce(SpanHandle) -> R) -> R {
        let span = self.start();
        run(span, || block(SpanHandle::new(inside_of(&span))), Untold)
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
        let span = self.start();
        let handle = SpanHandle::new(inside_of(&span));
        // Called inside the span, as part of the body.
        let body = std::pin::pin!(Some(async move { block(handle).await }));
        RunAsync::new(span, body, Untold).await
    }

    pub(super) fn start(self) -> OpenSpan {
        let Some(Recording { recorder, payload, is_recorded }) = self.recording else {
            return OpenSpan::OFF;
        };
        if !is_recorded {
            // Decided when the builder was made; what it should have taken down is not there.
            let outer = current();
            let is_silent = outer.mode() == Mode::Silent;
            return OpenSpan::silent(if is_silent { outer } else { Context::UNSAMPLED });
        }
        recorder.start(None, self.drawn, &mut |filled| filled.append(payload.bytes()))
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
fn inside_of(span: &OpenSpan) -> Context {
    if span.records() { span.inside } else { Context::SILENT }
}
