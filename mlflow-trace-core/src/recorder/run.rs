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
use crate::context::{Context, attach, replace};

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
            let mut this = this.project();
            if this.body.is_none() || !this.span.enters {
                return;
            }
            // The future's own drops belong to the span; the span ends also when one of them panics.
            let ending = EndCancelled { recorder: (this.recorder)(), span: *this.span };
            let attached = attach(this.span.inside);
            this.body.set(None);
            drop(attached);
            drop(ending);
        }
    }
}

struct EndCancelled {
    recorder: Option<&'static Recorder>,
    span: OpenSpan,
}

impl Drop for EndCancelled {
    fn drop(&mut self) {
        if let Some(recorder) = self.recorder {
            recorder.end(&self.span, &mut |payload| payload.texts(Section::Cancelled, &[]));
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
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        tell: impl FnOnce(O, &mut Payload, &R),
    ) -> Poll<R>
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
        let result = match result {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        this.body.set(None);
        let (recorder, mut teller) = ((this.recorder)(), this.outcome.take().map(|outcome| (tell, outcome)));
        match (result, recorder) {
            (Ok(value), Some(recorder)) => {
                recorder.end(&span, &mut |payload| {
                    if let Some((tell, outcome)) = teller.take() {
                        tell(outcome, payload, &value);
                    }
                });
                Poll::Ready(value)
            }
            (Ok(value), None) => Poll::Ready(value),
            (Err(panic), Some(recorder)) => end_panicked(recorder, &span, panic),
            (Err(panic), None) => resume_unwind(panic),
        }
    }
}

/// The span of an async function's future: declared before the body, so that it is dropped behind it.
pub struct AsyncSpan {
    span: OpenSpan,
    recorder: fn() -> Option<&'static Recorder>,
    has_ended: bool,
    /// What was current before the body was dropped.
    outside: Option<Context>,
}

impl AsyncSpan {
    pub(crate) fn new(recorder: fn() -> Option<&'static Recorder>, span: OpenSpan) -> Self {
        Self { span, recorder, has_ended: !span.enters, outside: None }
    }
}

impl Drop for AsyncSpan {
    fn drop(&mut self) {
        if let Some(outside) = self.outside.take() {
            replace(outside);
        }
        if !self.has_ended
            && let Some(recorder) = (self.recorder)()
        {
            recorder.end(&self.span, &mut |payload| payload.texts(Section::Cancelled, &[]));
        }
    }
}

/// Polls the body inside the span.
///
/// It borrows the body rather than hold it: each type that stands around a future takes from the compiler's recursion
/// limit in deep chains of async calls, and one that stands beside it does not.
#[must_use = "futures do nothing unless polled"]
pub struct PollInside<'a, F, O> {
    body: Pin<&'a mut F>,
    outcome: Option<O>,
    span: &'a mut AsyncSpan,
}

impl<F, O> Unpin for PollInside<'_, F, O> {}

impl<F, O> Drop for PollInside<'_, F, O> {
    fn drop(&mut self) {
        // The body is dropped next; its own drops belong to the span.
        if !self.span.has_ended {
            self.span.outside = Some(replace(self.span.span.inside));
        }
    }
}

impl<'a, F, O> PollInside<'a, F, O> {
    pub(crate) fn new(span: &'a mut AsyncSpan, body: Pin<&'a mut F>, outcome: O) -> Self {
        Self { body, outcome: Some(outcome), span }
    }

    pub(crate) fn poll_with<R>(
        &mut self,
        cx: &mut TaskContext<'_>,
        tell: impl FnOnce(O, &mut Payload, &R),
    ) -> Poll<R>
    where
        F: Future<Output = R>,
    {
        if !self.span.span.enters {
            return self.body.as_mut().poll(cx);
        }
        let span = self.span.span;
        let attached = attach(span.inside);
        let result = catch_unwind(AssertUnwindSafe(|| self.body.as_mut().poll(cx)));
        drop(attached);
        let result = match result {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        self.span.has_ended = true;
        let (recorder, mut teller) =
            ((self.span.recorder)(), self.outcome.take().map(|outcome| (tell, outcome)));
        match (result, recorder) {
            (Ok(value), Some(recorder)) => {
                recorder.end(&span, &mut |payload| {
                    if let Some((tell, outcome)) = teller.take() {
                        tell(outcome, payload, &value);
                    }
                });
                Poll::Ready(value)
            }
            (Ok(value), None) => Poll::Ready(value),
            (Err(panic), Some(recorder)) => end_panicked(recorder, &span, panic),
            (Err(panic), None) => resume_unwind(panic),
        }
    }
}
