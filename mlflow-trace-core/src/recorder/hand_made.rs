//! A future that a function has made and returned, inside the span of that function's call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::run::RunAsync;

pin_project! {
    /// The span has started when the function was called. When the future is never polled, the span is left out,
    /// unless something was recorded below it.
    #[must_use = "futures do nothing unless polled"]
    pub struct HandMade<F, O> {
        #[pin]
        running: RunAsync<F, O>,
        was_polled: bool,
    }

    impl<F, O> PinnedDrop for HandMade<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.was_polled {
                this.running.drop_unpolled();
            }
        }
    }
}

impl<F, O> HandMade<F, O> {
    pub(crate) fn new(running: RunAsync<F, O>) -> Self {
        Self { running, was_polled: false }
    }
}

impl<F, O> Future for HandMade<F, O>
where
    RunAsync<F, O>: Future,
{
    type Output = <RunAsync<F, O> as Future>::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        *this.was_polled = true;
        this.running.poll(cx)
    }
}
