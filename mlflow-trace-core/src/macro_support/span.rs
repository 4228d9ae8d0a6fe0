//! A span of an annotated function.

use std::pin::Pin;

use crate::buffer::Callsite;
use crate::recorder::{self, Fill, FindRecorder, OpenSpan, Payload, Recorder, RunAsync, Tell};
use crate::runtime::{is_off, is_on, runtime, started};

/// A span that has started, or nothing. Plain data.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub(super) OpenSpan);

impl Span {
    /// Nothing is recorded.
    pub const OFF: Self = Self(OpenSpan::OFF);

    /// Whether nothing is recorded and nothing changes.
    #[inline]
    pub fn is_nothing(self) -> bool {
        !self.0.enters()
    }
}

/// Where arguments and attributes are written.
pub struct Inputs<'a>(pub(super) &'a mut Payload);

/// Where the outcome is written.
pub struct Outcome<'a>(pub(super) &'a mut Payload);

/// Starts a span below the current one, of which nothing is taken down at the start.
#[inline]
pub fn start_bare(callsite: &'static Callsite) -> Span {
    if is_off() {
        return Span::OFF;
    }
    start_bare_on(callsite)
}

/// As [`start_bare`], where tracing is on. `inputs` is called only when the span is recorded.
#[inline(never)]
pub fn start(callsite: &'static Callsite, inputs: &mut dyn FnMut(&mut Inputs<'_>)) -> Span {
    let fill: Fill<'_> = &mut |payload| inputs(&mut Inputs(payload));
    match started() {
        Some(runtime) if is_on() => Span(runtime.recorder.start(Some(callsite), None, fill)),
        _ => start_first(callsite, fill),
    }
}

#[inline(never)]
fn start_bare_on(callsite: &'static Callsite) -> Span {
    match started() {
        Some(runtime) if is_on() => Span(runtime.recorder.start_bare(callsite)),
        _ => start_first(callsite, &mut |_| {}),
    }
}

#[cold]
fn start_first(callsite: &'static Callsite, fill: Fill<'_>) -> Span {
    let by = || format!("the first call of the traced function `{}`", callsite.function);
    match runtime(&by) {
        // The runtime may have found tracing switched off.
        Some(runtime) if !is_off() => Span(runtime.recorder.start(Some(callsite), None, fill)),
        _ => Span::OFF,
    }
}

/// Runs a function's body inside its span.
///
/// What tells the outcome is a plain function, so that all that follows the body is compiled once for each type that is
/// returned, and not for each traced function.
///
/// With tracing `off`, which the caller has asked before it made the span, nothing but that stands before the body.
#[inline]
pub fn run<R>(off: bool, span: Span, body: impl FnOnce() -> R, outcome: fn(&mut Outcome<'_>, &R)) -> R {
    recorder::run(off, span.0, body, Told(outcome))
}

/// As [`run`], for a function that returns nothing: `tell` is [`Unit`] or [`Bare`].
#[inline]
pub fn run_unit(off: bool, span: Span, body: impl FnOnce(), tell: impl Tell<()>) {
    recorder::run(off, span.0, body, tell);
}

/// Runs a function's body inside a span of which nothing is taken down at the start. With tracing off, nothing stands
/// between the call and the body.
#[inline]
pub fn run_bare<R>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    outcome: fn(&mut Outcome<'_>, &R),
) -> R {
    if is_off() { body() } else { recorder::run(false, start_bare_on(callsite).0, body, Told(outcome)) }
}

/// As [`run_bare`], for a function that returns nothing.
#[inline]
pub fn run_bare_unit(callsite: &'static Callsite, body: impl FnOnce(), tell: impl Tell<()>) {
    if is_off() { body() } else { recorder::run(false, start_bare_on(callsite).0, body, tell) }
}

/// Calls a closure that is not needed any more. Calling it by its name would borrow it, when all that it holds can be
/// copied, and what was borrowed keeps its room in a future.
#[inline]
pub fn call<R>(make: impl FnOnce() -> R) -> R {
    make()
}

/// As [`call`], for what becomes a body to run.
#[inline]
pub fn some<R>(make: impl FnOnce() -> R) -> Option<R> {
    Some(make())
}

/// Runs an async function's body inside its span.
#[inline]
pub fn run_async<F: Future>(
    span: Span,
    body: Pin<&mut Option<F>>,
    outcome: fn(&mut Outcome<'_>, &F::Output),
) -> RunAsync<'_, F, Told<F::Output>> {
    RunAsync::new(span.0, body, Told(outcome))
}

/// As [`run_async`], for a function that returns nothing.
#[inline]
pub fn run_async_unit<F, T>(span: Span, body: Pin<&mut Option<F>>, tell: T) -> RunAsync<'_, F, T>
where
    F: Future<Output = ()>,
    T: Tell<()>,
{
    RunAsync::new(span.0, body, tell)
}

pub(super) fn recorder() -> Option<&'static Recorder> {
    started().map(|runtime| &runtime.recorder)
}

/// Generated code, which tells the outcome.
#[derive(Debug)]
pub struct Told<R>(pub(super) fn(&mut Outcome<'_>, &R));

impl<R> FindRecorder for Told<R> {
    fn recorder() -> Option<&'static Recorder> {
        recorder()
    }
}

impl<R> Tell<R> for Told<R> {
    #[inline(never)]
    fn tell(self, recorder: &Recorder, span: &OpenSpan, value: &R) {
        recorder.end(span, &mut |payload| (self.0)(&mut Outcome(payload), value));
    }
}

/// The outcome of a function that returns nothing: null, as MLflow has it.
#[derive(Debug)]
pub struct Unit;

/// No outcome.
#[derive(Debug)]
pub struct Bare;

macro_rules! constant_outcome {
    ($($name:ident $end:ident),*) => {$(
        impl FindRecorder for $name {
            fn recorder() -> Option<&'static Recorder> {
                recorder()
            }
        }

        impl Tell<()> for $name {
            #[inline]
            fn tell(self, recorder: &Recorder, span: &OpenSpan, (): &()) {
                recorder.$end(span);
            }
        }
    )*};
}

constant_outcome!(Unit end_unit, Bare end_bare);
