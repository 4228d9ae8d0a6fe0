//! Spans that no block surrounds: started in one place, ended in another.

use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;
use std::time::SystemTime;

use super::SpanHandle;
use super::recording::Recording;
use super::scope::{inside_of, recorder_now};
use super::span_options::unix_nanos;
use crate::buffer::record::Section;
use crate::model::{Link, LinkTarget, SpanId};
use crate::recorder::{OpenSpan, Payload};

/// A span that is open until [`end`](Self::end) or the drop. It may be sent to another thread or task, and it is the
/// current span of nobody, except of what runs inside it ([`SpanHandle::run`], `future.in_span(&span)`).
///
/// It has all methods of [`SpanHandle`].
///
/// ```
/// use mlflow_trace_core::{prelude::*, span};
///
/// # async fn parts() -> u32 { 3 }
/// async fn upload() {
///     let span = span("upload").start_detached();
///     let parts = parts().in_span(&span).await;
///     span.set_outputs(parts);
///     span.end();
/// }
/// ```
#[must_use = "the span ends when this is dropped"]
pub struct DetachedSpan {
    span: OpenSpan,
    handle: SpanHandle,
    parent: u64,
}

impl DetachedSpan {
    #[inline]
    pub(super) fn new(recording: Option<Recording>) -> Self {
        let (span, parent) = recording.map_or((OpenSpan::OFF, 0), Recording::start_below);
        Self { span, handle: SpanHandle::new(inside_of(&span)), parent }
    }

    /// A handle on the span, to be kept wherever it is needed. After the span's end it has no effect, but for children,
    /// which may come late.
    #[inline]
    pub fn handle(&self) -> SpanHandle {
        self.handle.clone()
    }

    /// The span that this one is a child of; `None` for a root and for a span that is not recorded.
    #[inline]
    pub fn parent_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.parent)
    }

    /// Ends the span now.
    #[inline]
    pub fn end(mut self) {
        self.close(|_| {});
    }

    /// Ends the span at a moment of the past or the future; an end before the start counts as the start.
    #[inline]
    pub fn end_at(mut self, time: SystemTime) {
        self.close(|payload| payload.number(Section::EndedAt, unix_nanos(time)));
    }

    #[inline]
    fn close(&mut self, fill: impl Fn(&mut Payload)) {
        let span = std::mem::replace(&mut self.span, OpenSpan::OFF);
        if !cfg!(feature = "disabled")
            && span.records()
            && let Some(recorder) = recorder_now()
        {
            recorder.end(&span, &mut |payload| fill(payload));
        }
    }
}

impl Drop for DetachedSpan {
    #[inline]
    fn drop(&mut self) {
        // What a panic drops did not end well, whatever it was.
        self.close(|payload| {
            if std::thread::panicking() {
                payload.texts(Section::Failed, &["panic: the span was dropped by a panic"]);
            }
        });
    }
}

impl Deref for DetachedSpan {
    type Target = SpanHandle;

    #[inline]
    fn deref(&self) -> &SpanHandle {
        &self.handle
    }
}

impl Debug for DetachedSpan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.handle, f)
    }
}

impl LinkTarget for DetachedSpan {
    fn link(&self) -> Option<Link> {
        self.handle.link()
    }
}
