//! Running code inside a span: once for a function, at each poll for a future.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use super::failure::write_panic;
use super::spans::{OpenSpan, Recorder};
use crate::buffer::record::Section;
use crate::context::attach;

/// Where what ends a span finds the recorder: a type without size, so that futures carry nothing for it.
pub trait FindRecorder {
    /// The recorder, if tracing has started.
    fn recorder() -> Option<&'static Recorder>;
}

/// Ends a span with what its body returned.
pub trait Tell<R>: FindRecorder {
    /// Called once, when the body has returned.
    fn tell(self, recorder: &Recorder, span: &OpenSpan, value: &R);
}

/// Runs the body inside the span, unless tracing is off, and ends the span with its outcome. A panic is told and goes on.
#[inline]
pub(crate) fn run<R, T: Tell<R>>(off: bool, span: OpenSpan, body: impl FnOnce() -> R, tell: T) -> R {
    if off || !span.enters() {
        return body();
    }
    let attached = attach(span.inside);
    // The panic is passed on as it is; the program sees what it would see without us.
    let result = catch_unwind(AssertUnwindSafe(body));
    drop(attached);
    match result {
        Ok(value) => {
            if let Some(recorder) = T::recorder() {
                tell.tell(recorder, &span, &value);
            }
            value
        }
        Err(panic) => end_panicked(T::recorder(), &span, panic),
    }
}

#[cold]
pub(crate) fn end_panicked(recorder: Option<&Recorder>, span: &OpenSpan, panic: Box<dyn Any + Send>) -> ! {
    if let Some(recorder) = recorder {
        let limit = recorder.limits().debug_bytes;
        recorder.end(span, &mut |payload| write_panic(payload, &*panic, limit));
    }
    resume_unwind(panic)
}

/// A future inside a span: the span is current while the future is polled or dropped, and ends with it.
///
/// The future itself stays pinned where it was made, so that calls which are not recorded move no memory; and all
/// fields are `Send` by themselves: the compiler's work for deep chains of async calls, and its recursion limit, depend
/// on it.
#[must_use = "futures do nothing unless polled"]
pub struct RunAsync<'a, F, T: FindRecorder> {
    /// Empty once the future has ended inside a span.
    body: Pin<&'a mut Option<F>>,
    tell: Option<T>,
    span: OpenSpan,
}

// The body is pinned elsewhere, and nothing here is pinned through `Pin<&mut Self>`.
impl<F, T: FindRecorder> Unpin for RunAsync<'_, F, T> {}

impl<'a, F, T: FindRecorder> RunAsync<'a, F, T> {
    #[inline]
    pub(crate) fn new(span: OpenSpan, body: Pin<&'a mut Option<F>>, tell: T) -> Self {
        Self { body, tell: Some(tell), span }
    }
}

impl<R, F: Future<Output = R>, T: Tell<R>> Future for RunAsync<'_, F, T> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<R> {
        let this = self.get_mut();
        poll_inside(this.body.as_mut(), &this.span, &mut this.tell, cx)
    }
}

impl<F, T: FindRecorder> Drop for RunAsync<'_, F, T> {
    #[inline]
    fn drop(&mut self) {
        drop_inside(self.body.as_mut(), self.span, T::recorder(), Section::Cancelled);
    }
}

/// Polls a future inside its span, and ends the span when the future is ready. Nothing is told after that.
#[inline]
pub(super) fn poll_inside<R, F: Future<Output = R>, T: Tell<R>>(
    mut body: Pin<&mut Option<F>>,
    span: &OpenSpan,
    tell: &mut Option<T>,
    cx: &mut TaskContext<'_>,
) -> Poll<R> {
    let Some(future) = body.as_mut().as_pin_mut() else {
        // Polled again after it was ready, against the contract of futures.
        return Poll::Pending;
    };
    if !span.enters() {
        return future.poll(cx);
    }
    let attached = attach(span.inside);
    let result = catch_unwind(AssertUnwindSafe(|| future.poll(cx)));
    drop(attached);
    match result {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => {
            if let Some(tell) = tell.take()
                && let Some(recorder) = T::recorder()
            {
                tell.tell(recorder, span, &value);
            }
            empty(body);
            Poll::Ready(value)
        }
        Err(panic) => {
            empty(body);
            end_panicked(T::recorder(), span, panic)
        }
    }
}

/// Drops a future that has ended. In a function of its own, since without optimization what is assigned takes as much of
/// the stack as the future, at each level of a deep chain.
#[cfg_attr(feature = "disabled", inline)]
#[cfg_attr(not(feature = "disabled"), inline(never))]
fn empty<F>(mut body: Pin<&mut Option<F>>) {
    body.set(None);
}

/// Drops a future inside its span, unless it has ended, and ends the span with a word about how.
#[inline]
pub(super) fn drop_inside<F>(
    body: Pin<&mut Option<F>>,
    span: OpenSpan,
    recorder: Option<&'static Recorder>,
    how: Section,
) {
    if body.is_some() && span.enters() {
        cut_off(body, span, recorder, how);
    }
}

#[cold]
fn cut_off<F>(
    mut body: Pin<&mut Option<F>>,
    span: OpenSpan,
    recorder: Option<&'static Recorder>,
    how: Section,
) {
    // The future's own drops belong to the span; the span ends also when one of them panics.
    let ending = EndCutOff { recorder, span, how };
    let attached = attach(span.inside);
    body.set(None);
    drop(attached);
    drop(ending);
}

struct EndCutOff {
    recorder: Option<&'static Recorder>,
    span: OpenSpan,
    how: Section,
}

impl Drop for EndCutOff {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder {
            recorder.end(&self.span, &mut |payload| payload.texts(self.how, &[]));
        }
    }
}
