//! Carrying the current span to other threads and tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::{Context, attach, current};

/// Gives a future the span that is current now, wherever it is polled.
///
/// ```no_run
/// # async fn work() {}
/// use mlflow_trace_core::prelude::*;
/// # async fn example() {
/// tokio::spawn(work().in_current_span());
/// # }
/// # mod tokio { pub fn spawn<F>(_: F) {} }
/// ```
pub trait InCurrentSpanFuture: Future + Sized {
    /// Spans that start while this future is polled become children of the span that is current now.
    #[inline]
    fn in_current_span(self) -> CarriedFuture<Self> {
        CarriedFuture::new(current(), self)
    }
}

impl<F: Future> InCurrentSpanFuture for F {}

/// Gives a closure the span that is current now, on whatever thread it is called.
///
/// ```
/// use mlflow_trace_core::prelude::*;
/// let thread = std::thread::spawn((|| 1 + 1).in_current_span());
/// assert_eq!(thread.join().unwrap(), 2);
/// ```
pub trait InCurrentSpanClosure<R>: FnOnce() -> R + Sized {
    /// Spans that start while this closure runs become children of the span that is current now.
    #[inline]
    fn in_current_span(self) -> impl FnOnce() -> R + use<Self, R> {
        let context = current();
        move || {
            let _attached = attach(context);
            self()
        }
    }
}

impl<R, F: FnOnce() -> R> InCurrentSpanClosure<R> for F {}

pin_project! {
    /// The future that [`InCurrentSpanFuture::in_current_span`] returns.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct CarriedFuture<F> {
        context: Context,
        // Empty only while it is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for CarriedFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the future drops belongs to the span as well.
            let _attached = attach(*this.context);
            this.future.set(None);
        }
    }
}

impl<F> CarriedFuture<F> {
    pub(crate) fn new(context: Context, future: F) -> Self {
        Self { context, future: Some(future) }
    }
}

impl<F: Future> Future for CarriedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _attached = attach(*this.context);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // Only while it is dropped.
            None => Poll::Pending,
        }
    }
}
