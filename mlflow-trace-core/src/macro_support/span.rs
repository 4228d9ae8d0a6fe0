//! A span of an annotated function.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::buffer::Callsite;
use crate::recorder::{self, AsyncSpan, OpenSpan, Payload, PollInside, Recorder};
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

fn recorder() -> Option<&'static Recorder> {
    started().map(|runtime| &runtime.recorder)
}

/// Runs a function's body inside its span.
#[inline]
pub fn run<R>(span: Span, body: impl FnOnce() -> R, outcome: impl FnOnce(&mut Outcome<'_>, &R)) -> R {
    if !span.0.enters {
        return body();
    }
    recorder::run(recorder(), span.0, body, |payload, value| outcome(&mut Outcome(payload), value))
}

/// The span of an async function's future; its body is pinned after it and polled by [`run_async`].
#[inline]
pub fn async_span(span: Span) -> AsyncSpan {
    AsyncSpan::new(recorder, span.0)
}

/// Runs an async function's body inside its span.
#[inline]
pub fn run_async<'a, F, O>(
    span: &'a mut AsyncSpan,
    body: Pin<&'a mut F>,
    outcome: O,
) -> Instrumented<'a, F, O>
where
    F: Future,
    O: FnOnce(&mut Outcome<'_>, &F::Output),
{
    PollInside::new(span, body, Tell(outcome))
}

/// What an annotated async function awaits.
pub type Instrumented<'a, F, O> = PollInside<'a, F, Tell<O>>;

/// Generated code's closure, which knows the outcome but not the payload.
#[derive(Debug)]
pub struct Tell<O>(O);

impl<F, O> Future for PollInside<'_, F, Tell<O>>
where
    F: Future,
    O: FnOnce(&mut Outcome<'_>, &F::Output),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.get_mut().poll_with(cx, |Tell(outcome), payload, value| outcome(&mut Outcome(payload), value))
    }
}
