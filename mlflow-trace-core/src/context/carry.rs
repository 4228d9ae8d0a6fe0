//! Carrying the current span to other threads and tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::entry::{ContextSource, Entry};
use super::surroundings::Surroundings;
use super::{Attached, Context, attach};

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
        CarriedFuture::entering(Entry::here(), self)
    }
}

impl<F: Future> InCurrentSpanFuture for F {}

/// Gives a future a context of its own, wherever it is polled: that of [`context()`](crate::context()), or a
/// [`RemoteParent`](crate::propagation::RemoteParent).
///
/// ```no_run
/// # async fn answer() {}
/// use mlflow_trace_core::prelude::*;
/// # async fn example() {
/// answer().with_context(mlflow_trace_core::context().session("s-4")).await;
/// # }
/// ```
pub trait WithContext: Future + Sized {
    /// The future works in the context, which is put together now: scopes around this call count.
    #[inline]
    fn with_context(self, context: impl ContextSource) -> CarriedFuture<Self> {
        CarriedFuture::entering(context.entry(), self)
    }
}

impl<F: Future> WithContext for F {}

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
        let here = Entry::here();
        move || {
            let _attached = here.attach();
            self()
        }
    }
}

impl<R, F: FnOnce() -> R> InCurrentSpanClosure<R> for F {}

pin_project! {
    /// The future that [`InCurrentSpanFuture::in_current_span`] and [`WithContext::with_context`] return.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct CarriedFuture<F> {
        // `None` leaves what is current where the future is polled.
        context: Option<Context>,
        // While the future is polled, those of whoever polls it.
        surroundings: Surroundings,
        // Empty only while it is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for CarriedFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the future drops belongs to the span as well.
            let _entered = Entered::new(*this.context, this.surroundings);
            this.future.set(None);
        }
    }
}

impl<F> CarriedFuture<F> {
    #[inline]
    pub(crate) fn entering(entry: Entry, future: F) -> Self {
        let Entry { context, surroundings } = entry;
        Self { context, surroundings, future: Some(future) }
    }
}

/// Inside the context of a future, for the length of a poll.
struct Entered<'a> {
    surroundings: &'a mut Surroundings,
    _attached: Option<Attached>,
}

impl<'a> Entered<'a> {
    #[inline]
    fn new(context: Option<Context>, surroundings: &'a mut Surroundings) -> Self {
        surroundings.swap();
        Self { surroundings, _attached: context.map(attach) }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.surroundings.swap();
    }
}

impl<F: Future> Future for CarriedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = Entered::new(*this.context, this.surroundings);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // Only while it is dropped.
            None => Poll::Pending,
        }
    }
}
