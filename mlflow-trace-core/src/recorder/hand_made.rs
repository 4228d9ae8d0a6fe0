//! A future that a function has made and returned, inside the span of that function's call.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::run::{FindRecorder, Tell, end_panicked};
use super::spans::{OpenSpan, Recorder};
use crate::buffer::record::Section;
use crate::context::attach;

pin_project! {
    /// The span has started when the function was called. When the future is never polled, the span is left out,
    /// unless something was recorded below it.
    #[must_use = "futures do nothing unless polled"]
    pub struct HandMade<F, T>
    where
        T: FindRecorder,
    {
        // Empty once the future has ended inside a span.
        #[pin]
        body: Option<F>,
        tell: Option<T>,
        span: OpenSpan,
        was_polled: bool,
    }

    impl<F, T> PinnedDrop for HandMade<F, T>
    where
        T: FindRecorder,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.body.is_none() || !this.span.enters() {
                return;
            }
            let (span, how) = if *this.was_polled {
                (*this.span, Section::Cancelled)
            } else {
                (this.span.unmentioned(), Section::NeverPolled)
            };
            // The future's own drops belong to the span; the span ends also when one of them panics.
            let ending = EndDropped { recorder: T::recorder(), span, how };
            let attached = attach(span.inside);
            this.body.set(None);
            drop(attached);
            drop(ending);
        }
    }
}

impl<F, T: FindRecorder> HandMade<F, T> {
    pub(crate) fn new(span: OpenSpan, body: F, tell: T) -> Self {
        Self { body: Some(body), tell: Some(tell), span, was_polled: false }
    }
}

impl<R, F: Future<Output = R>, T: Tell<R>> Future for HandMade<F, T> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<R> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            // Polled again after it was ready, against the contract of futures.
            return Poll::Pending;
        };
        if !this.span.enters() {
            return body.poll(cx);
        }
        *this.was_polled = true;
        let attached = attach(this.span.inside);
        let result = catch_unwind(AssertUnwindSafe(|| body.poll(cx)));
        drop(attached);
        if matches!(result, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        this.body.set(None);
        match result {
            Ok(polled) => polled.map(|value| {
                if let Some(tell) = this.tell.take()
                    && let Some(recorder) = T::recorder()
                {
                    tell.tell(recorder, this.span, &value);
                }
                value
            }),
            Err(panic) => end_panicked(T::recorder(), this.span, panic),
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
