//! Running code inside a span: once for a function, at each poll for a future.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::failure::write_panic;
use super::payload::Payload;
use super::spans::{OpenSpan, Recorder};
use crate::buffer::record::Section;
use crate::context::attach;

/// Runs the body inside the span and ends the span with its outcome. A panic is told and goes on.
#[inline]
pub(crate) fn run<R>(
    recorder: Option<&'static Recorder>,
    span: OpenSpan,
    body: impl FnOnce() -> R,
    outcome: impl FnOnce(&mut Payload, &R),
) -> R {
    let Some(recorder) = recorder.filter(|_| span.enters) else { return body() };
    let attached = attach(span.inside);
    // The panic is passed on as it is; the program sees what it would see without us.
    let result = catch_unwind(AssertUnwindSafe(body));
    drop(attached);
    match result {
        Ok(value) => {
            let mut outcome = Some(outcome);
            recorder.end(&span, &mut |payload| {
                if let Some(outcome) = outcome.take() {
                    outcome(payload, &value);
                }
            });
            value
        }
        Err(panic) => end_panicked(recorder, &span, panic),
    }
}

/// Runs the body inside the span, which stays open unless the body panics.
#[inline]
pub(crate) fn run_open<R>(
    recorder: Option<&'static Recorder>,
    span: OpenSpan,
    body: impl FnOnce() -> R,
) -> R {
    let Some(recorder) = recorder.filter(|_| span.enters) else { return body() };
    let attached = attach(span.inside);
    let result = catch_unwind(AssertUnwindSafe(body));
    drop(attached);
    result.unwrap_or_else(|panic| end_panicked(recorder, &span, panic))
}

#[cold]
fn end_panicked(recorder: &Recorder, span: &OpenSpan, panic: Box<dyn Any + Send>) -> ! {
    let limit = recorder.limits().debug_bytes;
    recorder.end(span, &mut |payload| write_panic(payload, &*panic, limit));
    resume_unwind(panic)
}

pin_project! {
    /// A future inside a span: the span is current while the future is polled or dropped, and ends with it.
    ///
    /// One layer around the future, and fields that are `Send` by themselves: the compiler's work for deep chains of
    /// async calls, and its recursion limit, depend on it.
    #[must_use = "futures do nothing unless polled"]
    pub struct RunAsync<F, O> {
        // Empty once the future has ended inside a span.
        #[pin]
        body: Option<F>,
        outcome: Option<O>,
        span: OpenSpan,
        recorder: fn() -> Option<&'static Recorder>,
    }

    impl<F, O> PinnedDrop for RunAsync<F, O> {
        fn drop(this: Pin<&mut Self>) {
            this.drop_inside(Section::Cancelled);
        }
    }
}

/// Ends a span whose future was dropped, and says so.
struct EndDropped {
    recorder: Option<&'static Recorder>,
    span: OpenSpan,
    how: Section,
}

impl Drop for EndDropped {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder {
            recorder.end(&self.span, &mut |payload| payload.texts(self.how, &[]));
        }
    }
}

impl<F, O> RunAsync<F, O> {
    pub(crate) fn new(
        recorder: fn() -> Option<&'static Recorder>,
        span: OpenSpan,
        body: F,
        outcome: O,
    ) -> Self {
        Self { body: Some(body), outcome: Some(outcome), span, recorder }
    }

    /// Polls the future inside the span; `tell` writes the outcome with what was kept for that.
    pub(crate) fn poll_with<R>(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        tell: impl FnOnce(O, &mut Payload, &R),
    ) -> Poll<R>
    where
        F: Future<Output = R>,
    {
        let Poll::Ready(value) = self.as_mut().poll_open(cx) else { return Poll::Pending };
        let this = self.project();
        if this.span.enters
            && let Some(recorder) = (this.recorder)()
        {
            let mut teller = this.outcome.take().map(|outcome| (tell, outcome));
            recorder.end(this.span, &mut |payload| {
                if let Some((tell, outcome)) = teller.take() {
                    tell(outcome, payload, &value);
                }
            });
        }
        Poll::Ready(value)
    }

    /// Polls the future inside the span, which stays open when the future is ready.
    #[inline]
    pub(crate) fn poll_open<R>(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<R>
    where
        F: Future<Output = R>,
    {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            // Polled again after it was ready, against the contract of futures.
            return Poll::Pending;
        };
        if !this.span.enters {
            return body.poll(cx);
        }
        let span = *this.span;
        let attached = attach(span.inside);
        let result = catch_unwind(AssertUnwindSafe(|| body.poll(cx)));
        drop(attached);
        if matches!(result, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        this.body.set(None);
        match (result, (this.recorder)()) {
            (Ok(polled), _) => polled,
            (Err(panic), Some(recorder)) => end_panicked(recorder, &span, panic),
            (Err(panic), None) => resume_unwind(panic),
        }
    }

    /// Drops a future that was never polled.
    pub(super) fn drop_unpolled(mut self: Pin<&mut Self>) {
        let span = self.as_mut().project().span;
        *span = span.unmentioned();
        self.drop_inside(Section::NeverPolled);
    }

    /// Drops the future inside the span, unless it has ended, and ends the span with a word about how.
    fn drop_inside(self: Pin<&mut Self>, how: Section) {
        let mut this = self.project();
        if this.body.is_none() || !this.span.enters {
            return;
        }
        // The future's own drops belong to the span; the span ends also when one of them panics.
        let ending = EndDropped { recorder: (this.recorder)(), span: *this.span, how };
        let attached = attach(this.span.inside);
        this.body.set(None);
        drop(attached);
        drop(ending);
    }
}
