//! A span of an annotated function.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::buffer::Callsite;
use crate::recorder::{self, OpenSpan, Payload, Recorder, RunAsync};
use crate::runtime::{is_off, runtime, started};

/// A span that has started, or nothing. Plain data.
#[derive(Clone, Copy, Debug)]
pub struct Span(OpenSpan);

/// Where arguments and attributes are written.
pub struct Inputs<'a>(pub(super) &'a mut Payload);

/// Where the outcome is written.
pub struct Outcome<'a>(pub(super) &'a mut Payload);

/// Starts a span below the current one. `inputs` is called only when the span is recorded.
#[inline]
pub fn start(callsite: &'static Callsite, inputs: impl FnOnce(&mut Inputs<'_>)) -> Span {
    if is_off() {
        return Span(OpenSpan::OFF);
    }
    let mut inputs = Some(inputs);
    start_on(callsite, &mut |payload| {
        if let Some(inputs) = inputs.take() {
            inputs(&mut Inputs(payload));
        }
    })
}

#[inline(never)]
fn start_on(callsite: &'static Callsite, fill: &mut dyn FnMut(&mut Payload)) -> Span {
    let by = || format!("the first call of the traced function `{}`", callsite.function);
    match runtime(&by) {
        // The runtime may have found tracing switched off.
        Some(runtime) if !is_off() => Span(runtime.recorder.start(Some(callsite), None, fill)),
        _ => Span(OpenSpan::OFF),
    }
}

fn recorder_of(span: &Span) -> Option<&'static Recorder> {
    if span.0.enters { started().map(|runtime| &runtime.recorder) } else { None }
}

/// Runs a function's body inside its span.
#[inline]
pub fn run<R>(span: Span, body: impl FnOnce() -> R, outcome: impl FnOnce(&mut Outcome<'_>, &R)) -> R {
    if !span.0.enters {
        return body();
    }
    recorder::run(recorder_of(&span), span.0, body, |payload, value| outcome(&mut Outcome(payload), value))
}

/// Runs an async function's body inside its span.
#[inline]
pub fn run_async<F, O>(span: Span, body: F, outcome: O) -> Instrumented<F, O>
where
    F: Future,
    O: FnOnce(&mut Outcome<'_>, &F::Output),
{
    Instrumented { inner: RunAsync::new(recorder_of(&span), span.0, body, OutcomeOf(outcome)) }
}

/// Adapts generated code's closure, which must not know the payload.
struct OutcomeOf<O>(O);

pin_project! {
    /// The future of an annotated async function.
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F, O> {
        #[pin]
        inner: RunAsync<F, OutcomeOf<O>>,
    }
}

impl<F, O> Future for Instrumented<F, O>
where
    F: Future,
    O: FnOnce(&mut Outcome<'_>, &F::Output),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project()
            .inner
            .poll_with(cx, |OutcomeOf(outcome), payload, value| outcome(&mut Outcome(payload), value))
    }
}
