//! More that can be said about an open span, and code that runs inside one.

use std::future::Future;
use std::time::SystemTime;

use serde::Serialize;

use super::span_options::unix_nanos;
use super::{SpanHandle, TraceUpdate};
use crate::buffer::record::Section;
use crate::context::{CarriedFuture, Context, Entry, Mode, attach, current};
use crate::model::{Link, LinkTarget, LogLevel, keys};
use crate::recorder::{CaptureLimits, json_of};

impl SpanHandle {
    /// Adds an event that happened at a moment of its own.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// mlflow_trace_core::current_span().add_event_at("first byte", SystemTime::now(), [("bytes", 512)]);
    /// ```
    #[inline]
    pub fn add_event_at<K: AsRef<str>, V: Serialize>(
        &self,
        name: &str,
        time: SystemTime,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        self.update(|payload| payload.event_at(unix_nanos(time), name, attributes))
    }

    /// Links a span that this one has to do with: a handle, a [`Link`], a pair of ids.
    ///
    /// ```
    /// use mlflow_trace_core::{Link, SpanId, TraceId, current_span};
    /// let (trace, span) = (TraceId::from_u128(7).unwrap(), SpanId::from_u64(9).unwrap());
    /// current_span().add_link(Link::new(trace, span).attribute("why", "the same request, tried again"));
    /// ```
    #[inline]
    pub fn add_link(&self, target: impl LinkTarget) -> &Self {
        self.update(|payload| target.link().iter().for_each(|link| payload.link(link)))
    }

    /// Sets how much the span matters. An `exception` event that comes later raises it to
    /// [`Error`](LogLevel::Error).
    #[inline]
    pub fn set_log_level(&self, level: LogLevel) -> &Self {
        self.update(|payload| payload.texts(Section::LogLevel, &[level.number()]))
    }

    /// Sets a sentence about the span, which is shown beside it (`mlflow.spanDescription`).
    #[inline]
    pub fn set_description(&self, text: &str) -> &Self {
        self.update(|payload| payload.text_value(Section::Attribute, Some(keys::SPAN_DESCRIPTION), text))
    }

    /// The trace that the span belongs to, to say something about the whole.
    #[inline]
    pub fn update_trace(&self) -> TraceUpdate {
        TraceUpdate { inside: self.context() }
    }

    /// Runs code inside the span: it is current there, and spans that start there become its children. The span does not
    /// end with it. A handle from outside of all spans changes nothing.
    #[inline]
    pub fn run<R>(&self, block: impl FnOnce() -> R) -> R {
        if cfg!(feature = "disabled") {
            return block();
        }
        let _attached = attach(self.or_current());
        block()
    }

    #[inline]
    fn or_current(&self) -> Context {
        let current = current();
        let is_kept_out = matches!(current.mode(), Mode::Silent | Mode::Paused);
        if is_kept_out || self.context().mode() == Mode::Outside { current } else { self.context() }
    }
}

/// Runs a future inside a span.
///
/// ```
/// use mlflow_trace_core::{prelude::*, span};
///
/// # async fn work() {}
/// async fn background() {
///     let span = span("background").start_detached();
///     work().in_span(&span).await;
///     span.end();
/// }
/// ```
pub trait InSpanFuture: Future + Sized {
    /// The span is current while this future is polled or dropped, and spans that start in it become its children. The
    /// span does not end with the future.
    #[inline]
    fn in_span(self, span: &SpanHandle) -> CarriedFuture<Self> {
        CarriedFuture::entering(Entry::here().in_context(span.or_current()), self)
    }
}

impl<F: Future> InSpanFuture for F {}

impl Link {
    /// Says something about the link.
    ///
    /// ```
    /// use mlflow_trace_core::{Link, SpanId, TraceId};
    /// let link = Link::new(TraceId::from_u128(7).unwrap(), SpanId::from_u64(9).unwrap()).attribute("tries", 2);
    /// assert_eq!(link.attributes[0].1.as_str(), "2");
    /// ```
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        if !cfg!(feature = "disabled") {
            self.attributes.push((key.into(), json_of(&value, LINK_LIMITS)));
        }
        self
    }
}

/// Links are little: what is said about one is far below this.
const LINK_LIMITS: CaptureLimits = CaptureLimits {
    value_bytes: 1 << 16,
    span_bytes: 1 << 16,
    debug_bytes: 1 << 13,
    attachment_bytes: 0,
    automatic: true,
    extracts: false,
};
