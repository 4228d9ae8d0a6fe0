//! Spans around streams and iterators that the program has in hand.

use std::error::Error;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;
use serde::Serialize;

use super::scope::{SpanBuilder, builder, recorder_now};
use crate::buffer::record::Section;
use crate::context::{Context as Place, Mode, attach, current};
use crate::model::SpanType;
use crate::recorder::{
    ErrorText, Items, OpenSpan, Payload, TellItem, TracedIterator, TracedStream, write_serialized_error,
};

/// Puts a stream inside a span, which starts when the stream is polled first and ends with it. A stream that is never
/// polled makes no span.
///
/// The span is a child of the one that is current here, or, where there is none, at the first poll. It is current
/// while an item is made and while the stream is dropped, and nowhere else. Each item becomes an event, and all of them
/// the outputs. Items are anything that can be serialized, or a `Result` of it with an error that is an
/// [`Error`], holds one, as `anyhow::Error` and boxed errors do, or can be serialized, as a text: an
/// `Err` is recorded as an exception and fails the span, and the stream goes on.
///
/// ```
/// # use futures_core::Stream;
/// # fn tokens() -> impl Stream<Item = String> + Send { Empty }
/// # struct Empty;
/// # impl Stream for Empty {
/// #     type Item = String;
/// #     fn poll_next(
/// #         self: std::pin::Pin<&mut Self>,
/// #         _: &mut std::task::Context<'_>,
/// #     ) -> std::task::Poll<Option<String>> {
/// #         std::task::Poll::Ready(None)
/// #     }
/// # }
/// fn answer(question: &str) -> impl Stream<Item = String> + Send + use<> {
///     mlflow_trace_core::trace_stream(tokens()).name("answer").span_type("LLM").inputs(question)
/// }
/// # drop(answer("?"));
/// ```
pub fn trace_stream<S, K>(stream: S) -> TraceStream<S, K>
where
    S: Stream,
    S::Item: StreamItem<K>,
{
    let start = Start::new("stream", "mlflow::trace_stream");
    TraceStream { stream: TracedStream::new(not_begun(), stream, Tell(PhantomData)), start: Some(start) }
}

/// [`trace_stream`] for an iterator: the span starts when the first item is asked for.
///
/// ```
/// let squares = mlflow_trace_core::trace_iterator((0..3_u32).map(|n| n * n)).name("squares");
/// assert_eq!(squares.sum::<u32>(), 5);
/// ```
pub fn trace_iterator<I, K>(iterator: I) -> TraceIterator<I, K>
where
    I: Iterator,
    I::Item: StreamItem<K>,
{
    let start = Start::new("iterator", "mlflow::trace_iterator");
    TraceIterator {
        iterator: TracedIterator::new(not_begun(), iterator, Tell(PhantomData)),
        start: Some(start),
    }
}

/// What can be an item of a stream that is traced by hand; see [`trace_stream`].
///
/// `K` is how the item is read, which the compiler finds by itself, unless the error of a `Result` is an [`Error`] and
/// can be serialized as well: then `trace_stream::<_, ResultItems>(stream)` says which of the two counts.
pub trait StreamItem<K> {
    #[doc(hidden)]
    fn mlflow_tell(&self, payload: &mut Payload);
}

/// Items that are serialized. See [`StreamItem`].
#[derive(Debug)]
pub enum ValueItems {}

/// Items that are results, with an error that is an [`Error`]. See [`StreamItem`].
#[derive(Debug)]
pub enum ResultItems {}

/// Items that are results, with an error that holds one. See [`StreamItem`].
#[derive(Debug)]
pub enum BoxedResultItems {}

impl<T: Serialize> StreamItem<ValueItems> for T {
    fn mlflow_tell(&self, payload: &mut Payload) {
        if !write_serialized_error(payload, self) && payload.is_automatic() {
            payload.serialized(Section::Returned, None, self);
        }
    }
}

impl<T: Serialize, E: Error> StreamItem<ResultItems> for Result<T, E> {
    fn mlflow_tell(&self, payload: &mut Payload) {
        match self {
            Ok(value) => StreamItem::<ValueItems>::mlflow_tell(value, payload),
            Err(error) => {
                let text = ErrorText::from_error(&error, payload.text_limit());
                text.write(payload, std::any::type_name::<E>());
            }
        }
    }
}

impl<T: Serialize, E: AsRef<dyn Error + Send + Sync>> StreamItem<BoxedResultItems> for Result<T, E> {
    fn mlflow_tell(&self, payload: &mut Payload) {
        match self {
            Ok(value) => StreamItem::<ValueItems>::mlflow_tell(value, payload),
            Err(error) => {
                let text = ErrorText::from_chain(error.as_ref(), payload.text_limit());
                text.write(payload, std::any::type_name::<E>());
            }
        }
    }
}

struct Tell<K>(PhantomData<fn() -> K>);

impl<K, I: StreamItem<K>> TellItem<I> for Tell<K> {
    fn item(&mut self, payload: &mut Payload, item: &I) {
        item.mlflow_tell(payload);
    }

    fn total(&mut self, _: &mut Payload) {}
}

/// A span that starts later.
struct Start {
    builder: SpanBuilder,
    /// Where it was made.
    place: Place,
}

impl Start {
    fn new(name: &str, function: &str) -> Self {
        Self { builder: builder(name, &|| format!("the first call of {function}")), place: current() }
    }

    fn begin(self) -> Items {
        let here = current();
        let place = if self.place.mode() == Mode::Outside { here } else { self.place };
        let _attached = attach(place);
        let span = self.builder.start();
        Items::new(recorder_now, span, true)
    }
}

fn not_begun() -> Items {
    Items::new(recorder_now, OpenSpan::OFF, true)
}

pin_project! {
    /// The stream that [`trace_stream`] returns.
    #[must_use = "streams do nothing unless polled"]
    pub struct TraceStream<S, K>
    where
        S: Stream,
        S::Item: StreamItem<K>,
    {
        #[pin]
        stream: TracedStream<S, Tell<K>>,
        start: Option<Start>,
    }
}

/// The iterator that [`trace_iterator`] returns.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct TraceIterator<I, K>
where
    I: Iterator,
    I::Item: StreamItem<K>,
{
    iterator: TracedIterator<I, Tell<K>>,
    start: Option<Start>,
}

macro_rules! settings {
    ($type:ident, $the_trait:ident) => {
        impl<S, K> $type<S, K>
        where
            S: $the_trait,
            S::Item: StreamItem<K>,
        {
            fn set(mut self, set: impl FnOnce(SpanBuilder) -> SpanBuilder) -> Self {
                self.start = self.start.map(|start| Start { builder: set(start.builder), ..start });
                self
            }

            /// Names the span.
            pub fn name(self, name: impl AsRef<str>) -> Self {
                self.set(|builder| builder.name(name.as_ref()))
            }

            /// Says what the span stands for: a [`SpanType`] or any text.
            pub fn span_type(self, span_type: impl Into<SpanType>) -> Self {
                self.set(|builder| builder.span_type(span_type))
            }

            /// Sets an attribute.
            pub fn attribute(self, key: &str, value: impl Serialize) -> Self {
                self.set(|builder| builder.attribute(key, value))
            }

            /// Sets the inputs.
            pub fn inputs(self, inputs: impl Serialize) -> Self {
                self.set(|builder| builder.inputs(inputs))
            }
        }
    };
}

settings!(TraceStream, Stream);
settings!(TraceIterator, Iterator);

impl<S, K> Stream for TraceStream<S, K>
where
    S: Stream,
    S::Item: StreamItem<K>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        if let Some(start) = this.start.take() {
            this.stream.as_mut().begin(start.begin());
        }
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S, K> FusedStream for TraceStream<S, K>
where
    S: FusedStream,
    S::Item: StreamItem<K>,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<I, K> TraceIterator<I, K>
where
    I: Iterator,
    I::Item: StreamItem<K>,
{
    fn begun(&mut self) -> &mut TracedIterator<I, Tell<K>> {
        if let Some(start) = self.start.take() {
            self.iterator.begin(start.begin());
        }
        &mut self.iterator
    }
}

impl<I, K> Iterator for TraceIterator<I, K>
where
    I: Iterator,
    I::Item: StreamItem<K>,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.begun().next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iterator.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<I::Item> {
        self.begun().nth(n)
    }
}

impl<I, K> DoubleEndedIterator for TraceIterator<I, K>
where
    I: DoubleEndedIterator,
    I::Item: StreamItem<K>,
{
    fn next_back(&mut self) -> Option<I::Item> {
        self.begun().next_back()
    }

    fn nth_back(&mut self, n: usize) -> Option<I::Item> {
        self.begun().nth_back(n)
    }
}

impl<I, K> ExactSizeIterator for TraceIterator<I, K>
where
    I: ExactSizeIterator,
    I::Item: StreamItem<K>,
{
    fn len(&self) -> usize {
        self.iterator.len()
    }
}

impl<I, K> FusedIterator for TraceIterator<I, K>
where
    I: FusedIterator,
    I::Item: StreamItem<K>,
{
}
