//! A stream inside a span.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::items::{Items, TellItem};

pin_project! {
    /// A stream inside a span: the span is current while an item is made and while the stream is dropped, and ends
    /// with the last item or with the stream.
    #[must_use = "streams do nothing unless polled"]
    pub struct TracedStream<S, T>
    where
        S: Stream,
        T: TellItem<S::Item>,
    {
        // Empty only while it is dropped.
        #[pin]
        stream: Option<S>,
        items: Items,
        tell: T,
    }

    impl<S, T> PinnedDrop for TracedStream<S, T>
    where
        S: Stream,
        T: TellItem<S::Item>,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let (mut stream, tell) = (this.stream, this.tell);
            this.items.drop_inside(|| stream.set(None), |payload| tell.total(payload));
        }
    }
}

impl<S: Stream, T: TellItem<S::Item>> TracedStream<S, T> {
    pub(crate) fn new(items: Items, stream: S, tell: T) -> Self {
        Self { stream: Some(stream), items, tell }
    }

    /// Starts recording.
    pub(crate) fn begin(self: Pin<&mut Self>, items: Items) {
        *self.project().items = items;
    }
}

impl<S: Stream, T: TellItem<S::Item>> Stream for TracedStream<S, T> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else { return Poll::Ready(None) };
        let polled = this.items.make(|| stream.poll_next(cx));
        if let Poll::Ready(came) = &polled {
            this.items.record(came.as_ref(), this.tell);
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: FusedStream, T: TellItem<S::Item>> FusedStream for TracedStream<S, T> {
    fn is_terminated(&self) -> bool {
        self.stream.as_ref().is_none_or(FusedStream::is_terminated)
    }
}
