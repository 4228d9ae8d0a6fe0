//! Links: spans of this or another trace that a span has to do with, without being their child.

use super::{Json, SpanId, TraceId};

/// A span that another one has to do with, in whatever trace it is.
///
/// ```
/// use mlflow_trace_core::{Link, SpanId, TraceId};
///
/// let link = Link::new(TraceId::from_u128(7).unwrap(), SpanId::from_u64(9).unwrap());
/// assert_eq!(link.span_id.to_string(), "0000000000000009");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// The trace of the linked span.
    pub trace_id: TraceId,
    /// The linked span.
    pub span_id: SpanId,
    /// What is said about the link; links that this library makes say nothing.
    pub attributes: Vec<(String, Json)>,
}

impl Link {
    /// A link to a span.
    pub const fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        Self { trace_id, span_id, attributes: Vec::new() }
    }
}

/// What can be linked: a [`Link`], a span's handle, or a pair of ids.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no span that can be linked",
    label = "expected items of the type `SpanHandle`, `Link` or `(TraceId, SpanId)`"
)]
pub trait LinkTarget {
    /// The link, or `None` for a handle that stands for no recorded span.
    fn link(&self) -> Option<Link>;
}

impl LinkTarget for Link {
    fn link(&self) -> Option<Link> {
        Some(self.clone())
    }
}

impl LinkTarget for (TraceId, SpanId) {
    fn link(&self) -> Option<Link> {
        Some(Link::new(self.0, self.1))
    }
}

impl<T: LinkTarget + ?Sized> LinkTarget for &T {
    fn link(&self) -> Option<Link> {
        T::link(self)
    }
}
