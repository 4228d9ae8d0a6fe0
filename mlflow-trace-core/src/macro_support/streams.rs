//! Spans that stay open after their function has returned: of streams, of iterators, of futures made by hand.

use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;
use serde::Serialize;

use super::span::{Outcome, Span, Told, recorder};
use crate::buffer::record::Section;
use crate::context::{Context, attach};
use crate::recorder::{
    self, FindRecorder, HandMade, Items, OpenSpan, Payload, Recorder, RunAsync, Tell, TellItem,
    TracedIterator, TracedStream,
};

/// Runs a function's body inside its span, which stays open.
#[inline]
pub fn run_open<R>(span: Span, body: impl FnOnce() -> R) -> R {
    recorder::run(false, span.0, body, StaysOpen)
}

/// Runs an async function's body inside its span, which stays open.
#[inline]
pub fn run_open_async<F: Future>(span: Span, body: Pin<&mut Option<F>>) -> RunAsync<'_, F, StaysOpen> {
    RunAsync::new(span.0, body, StaysOpen)
}

/// Tells nothing of a body whose span outlives it.
#[derive(Debug)]
pub struct StaysOpen;

impl FindRecorder for StaysOpen {
    fn recorder() -> Option<&'static Recorder> {
        recorder()
    }
}

impl<R> Tell<R> for StaysOpen {
    #[inline]
    fn tell(self, _: &Recorder, _: &OpenSpan, _: &R) {}
}

/// A future that a function has made, inside the function's span.
#[inline]
pub fn future<R, F: Future<Output = R>>(
    span: Span,
    future: F,
    outcome: fn(&mut Outcome<'_>, &R),
) -> HandMade<F, Told<R>> {
    HandMade::new(span.0, future, Told(outcome))
}

/// A future that a function has made, inside the function's span, which stays open.
#[inline]
pub fn open_future<R, F: Future<Output = R>>(span: Span, future: F) -> HandMade<F, StaysOpen> {
    HandMade::new(span.0, future, StaysOpen)
}

/// A stream inside a span that has started. `lists` says whether its items are kept.
#[inline]
pub fn stream<I, S, O>(span: Span, stream: S, lists: bool, tell: O) -> TracedStream<S, Each<O>>
where
    S: Stream<Item = I>,
    O: FnMut(&mut Outcome<'_>, &I),
{
    TracedStream::new(Items::new(recorder, span.0, lists), stream, Each(tell))
}

/// An iterator inside a span that has started.
#[inline]
pub fn iterator<I, S, O>(span: Span, iterator: S, lists: bool, tell: O) -> TracedIterator<S, Each<O>>
where
    S: Iterator<Item = I>,
    O: FnMut(&mut Outcome<'_>, &I),
{
    TracedIterator::new(Items::new(recorder, span.0, lists), iterator, Each(tell))
}

/// A stream inside a span, whose outputs are what `fold` makes of the items.
#[inline]
pub fn stream_folded<I, A, S, O, F>(
    span: Span,
    stream: S,
    lists: bool,
    tell: O,
    fold: F,
) -> TracedStream<S, Folded<O, F, A>>
where
    A: Default + Serialize,
    S: Stream<Item = I>,
    O: FnMut(&mut Outcome<'_>, &I),
    F: FnMut(&I, &mut A),
{
    TracedStream::new(Items::new(recorder, span.0, lists), stream, Folded::new(tell, fold))
}

/// An iterator inside a span, whose outputs are what `fold` makes of the items.
#[inline]
pub fn iterator_folded<I, A, S, O, F>(
    span: Span,
    iterator: S,
    lists: bool,
    tell: O,
    fold: F,
) -> TracedIterator<S, Folded<O, F, A>>
where
    A: Default + Serialize,
    S: Iterator<Item = I>,
    O: FnMut(&mut Outcome<'_>, &I),
    F: FnMut(&I, &mut A),
{
    TracedIterator::new(Items::new(recorder, span.0, lists), iterator, Folded::new(tell, fold))
}

/// What the user's function for the outputs has to look like.
#[inline]
pub fn reducer<A: Default + Serialize, T: ?Sized>(reducer: fn(&mut A, &T)) -> fn(&mut A, &T) {
    reducer
}

/// Ends a span that has no stream in the end, since the function failed.
pub fn end(span: Span, tell: impl FnOnce(&mut Outcome<'_>)) {
    let Some(recorder) = recorder() else { return };
    let mut tell = Some(tell);
    recorder.end(&span.0, &mut |payload| {
        if let Some(tell) = tell.take() {
            tell(&mut Outcome(payload));
        }
    });
}

/// Ends a span that has no stream in the end, since the function returned `None`.
pub fn end_without(span: Span, lists: bool) {
    end(span, |Outcome(payload)| {
        if lists && payload.is_automatic() {
            payload.serialized(Section::Returned, None, &());
        }
    });
}

/// Records each item by generated code's closure.
#[derive(Debug)]
pub struct Each<O>(O);

impl<I, O: FnMut(&mut Outcome<'_>, &I)> TellItem<I> for Each<O> {
    fn item(&mut self, payload: &mut Payload, item: &I) {
        (self.0)(&mut Outcome(payload), item);
    }

    fn total(&mut self, _: &mut Payload) {}
}

/// Records each item, and what a function of the user's makes of them.
#[derive(Debug)]
pub struct Folded<O, F, A> {
    tell: O,
    fold: F,
    /// Made with the first item; taken out while the user's function has it, so that it is gone after a panic.
    total: Option<A>,
    has_begun: bool,
}

impl<O, F, A: Default> Folded<O, F, A> {
    fn new(tell: O, fold: F) -> Self {
        Self { tell, fold, total: None, has_begun: false }
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.total = Some(A::default());
        }
    }
}

impl<I, O, F, A> TellItem<I> for Folded<O, F, A>
where
    A: Default + Serialize,
    O: FnMut(&mut Outcome<'_>, &I),
    F: FnMut(&I, &mut A),
{
    fn item(&mut self, payload: &mut Payload, item: &I) {
        (self.tell)(&mut Outcome(payload), item);
        let _silent = attach(Context::SILENT);
        self.begin();
        if let Some(mut total) = self.total.take() {
            (self.fold)(item, &mut total);
            self.total = Some(total);
        }
    }

    fn total(&mut self, payload: &mut Payload) {
        self.begin();
        // After a panic of the user's function the list of items stays.
        if let Some(total) = &self.total {
            payload.serialized(Section::Returned, None, total);
        }
    }
}
