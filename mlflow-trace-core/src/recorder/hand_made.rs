//! A future that a function has made and returned, inside the span of that function's call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::run::{FindRecorder, Tell, drop_inside, poll_inside};
use super::spans::OpenSpan;
use crate::buffer::record::Section;

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
            let this = this.project();
            if *this.was_polled {
                drop_inside(this.body, *this.span, T::recorder(), Section::Cancelled);
            } else {
                drop_inside(this.body, this.span.unmentioned(), T::recorder(), Section::NeverPolled);
            }
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

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        *this.was_polled = true;
        poll_inside(this.body, this.span, this.tell, cx)
    }
}
