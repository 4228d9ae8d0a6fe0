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

#[cold]
fn end_panicked(recorder: &Recorder, span: &OpenSpan, panic: Box<dyn Any + Send>) -> ! {
    let limit = recorder.limits().debug_bytes;
    recorder.end(span, &mut |payload| write_panic(payload, &*panic, limit));
    resume_unwind(panic)
}

pin_project! {
    /// A future inside a span: the span is current while the future is polled or dropped, and ends with it.
    pub(crate) struct RunAsync<F, O> {
        #[pin]
        body: Option<F>,
        outcome: Option<O>,
        span: OpenSpan,
        recorder: Option<&'static Recorder>,
    }

    impl<F, O> PinnedDrop for RunAsync<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(recorder) = this.recorder.take() else { return };
            // The future's own drops belong to the span; the span ends also when one of them panics.
            let ending = EndCancelled { recorder, span: *this.span };
            let attached = attach(this.span.inside);
            this.body.set(None);
            drop(attached);
            drop(ending);
        }
    }
}

struct EndCancelled {
    recorder: &'static Recorder,
    span: OpenSpan,
}

impl Drop for EndCancelled {
    fn drop(&mut self) {
        self.recorder.end(&self.span, &mut |payload| payload.texts(Section::Cancelled, &[]));
    }
}

impl<F, O> RunAsync<F, O> {
    pub(crate) fn new(recorder: Option<&'static Recorder>, span: OpenSpan, body: F, outcome: O) -> Self {
        let recorder = recorder.filter(|_| span.enters);
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
            // Only reached when polled after it was ready, where the body would panic too.
            return Poll::Pending;
        };
        let Some(recorder) = *this.recorder else { return body.poll(cx) };
        let attached = attach(this.span.inside);
        let result = catch_unwind(AssertUnwindSafe(|| body.poll(cx)));
        drop(attached);
        match result {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => {
                *this.recorder = None;
                let mut teller = this.outcome.take().map(|outcome| (tell, outcome));
                recorder.end(this.span, &mut |payload| {
                    if let Some((tell, outcome)) = teller.take() {
                        tell(outcome, payload, &value);
                    }
                });
                Poll::Ready(value)
            }
            Err(panic) => {
                *this.recorder = None;
                end_panicked(recorder, this.span, panic)
            }
        }
    }
}
