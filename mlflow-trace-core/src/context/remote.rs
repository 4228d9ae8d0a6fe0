//! A span of another process, by the headers that it sent along, and what we send along ourselves.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use super::entry::{ContextGuard, ContextSource, Entry, private};
use super::surroundings::{Scope, Surroundings, current_scope};
use super::w3c::{TRACEPARENT, TRACESTATE, TraceParent, read_state};
use super::{Context, Mode, current};
use crate::model::{SpanId, TraceId};
use crate::policy::ids;

/// The span of another process that called us, or nothing when it named none.
///
/// Made by [`extract`](crate::propagation::extract). Entered with [`attach`](Self::attach) or, in async code, with
/// [`with_context`](crate::WithContext::with_context), it makes the spans that start there children of that span. If
/// that process does not record its trace, nothing is recorded here either. A parent that is nothing changes nothing.
#[derive(Clone, Default)]
pub struct RemoteParent {
    // Of the feature `disabled` there is none.
    #[cfg(not(feature = "disabled"))]
    parent: Option<(TraceParent, Option<Arc<str>>)>,
}

impl RemoteParent {
    /// Out of the values of the two headers, in the order in which they came.
    pub(crate) fn read<'a>(
        parents: impl IntoIterator<Item = &'a [u8]>,
        states: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let mut parents = parents.into_iter();
        // Two different parents are none.
        let parent = match (parents.next(), parents.next()) {
            (Some(value), None) => TraceParent::read(value),
            _ => None,
        };
        Self::new(parent.map(|parent| (parent, read_state(states).map(Arc::from))))
    }

    #[cfg(not(feature = "disabled"))]
    fn new(parent: Option<(TraceParent, Option<Arc<str>>)>) -> Self {
        Self { parent }
    }

    #[cfg(feature = "disabled")]
    fn new(_: Option<(TraceParent, Option<Arc<str>>)>) -> Self {
        Self {}
    }

    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn parent(&self) -> Option<&(TraceParent, Option<Arc<str>>)> {
        self.parent.as_ref()
    }

    #[cfg(feature = "disabled")]
    #[inline]
    fn parent(&self) -> Option<&(TraceParent, Option<Arc<str>>)> {
        None
    }

    /// Whether headers named a span.
    #[inline]
    pub fn is_some(&self) -> bool {
        self.parent().is_some()
    }

    /// The trace that goes on here.
    #[inline]
    pub fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_u128(self.parent()?.0.trace_id)
    }

    /// The span that called.
    #[inline]
    pub fn span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.parent()?.0.span_id)
    }

    /// Whether the other process records the trace.
    #[inline]
    pub fn is_sampled(&self) -> bool {
        self.parent().is_some_and(|(parent, _)| parent.is_sampled)
    }

    /// What services on the way want passed on (`tracestate`). It is sent along with [`headers`](crate::propagation::headers).
    #[inline]
    pub fn trace_state(&self) -> Option<&str> {
        self.parent()?.1.as_deref()
    }

    /// Makes it the parent of the spans that start on this thread, until the guard is dropped.
    #[inline]
    pub fn attach(&self) -> ContextGuard {
        self.entry().attach()
    }
}

impl private::Sealed for RemoteParent {}
impl private::Sealed for &RemoteParent {}

impl ContextSource for &RemoteParent {
    #[inline]
    fn entry(self) -> Entry {
        let Some((parent, state)) = self.parent() else {
            return Entry::new(None, Surroundings::current());
        };
        let here = current();
        let context = inside(here, *parent);
        let outer = current_scope();
        let had_state = outer.as_ref().is_some_and(|scope| scope.trace_state.is_some());
        if state.is_none() && !had_state && here.mode() != Mode::Paused {
            return Entry::new(Some(context), Surroundings::current());
        }
        let mut scope = outer.map_or_else(Scope::default, Arc::unwrap_or_clone);
        scope.trace_state = state.clone().map(|state| (parent.trace_id, state));
        // A scope that is kept out stays so, and the trace goes through it.
        let context = match here.mode() {
            Mode::Paused => {
                scope.paused = Some(context);
                here
            }
            _ => context,
        };
        Entry::new(Some(context), Surroundings::new(scope))
    }
}

impl ContextSource for RemoteParent {
    #[inline]
    fn entry(self) -> Entry {
        (&self).entry()
    }
}

/// The context below a remote span.
fn inside(here: Context, parent: TraceParent) -> Context {
    let mode = match here.mode() {
        // Code of ours, or a value's own code that we run, stays what it is.
        Mode::Silent => return here,
        _ if parent.is_sampled => Mode::Remote,
        _ => Mode::Unsampled,
    };
    let (high, low) = ((parent.trace_id >> 64) as u64, parent.trace_id as u64);
    here.in_trace(high, low).in_span(parent.span_id).with_mode(mode)
}

impl Debug for RemoteParent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.trace_id(), self.span_id()) {
            (Some(trace), Some(span)) => write!(f, "RemoteParent({trace}, {span})"),
            _ => f.write_str("RemoteParent(none)"),
        }
    }
}

/// The headers that name the span that is current, at most two.
pub(crate) fn outgoing() -> [Option<(&'static str, String)>; 2] {
    let here = current();
    let scope = if here.mode() == Mode::Outside { None } else { current_scope() };
    let here = match here.mode() {
        // As in Python, where a scope that is kept out does not hide the span around it.
        Mode::Paused => scope.as_ref().and_then(|scope| scope.paused).unwrap_or(Context::OUTSIDE),
        _ => here,
    };
    let is_sampled = match here.mode() {
        Mode::Recording | Mode::InLostSpan | Mode::Remote => true,
        Mode::Unsampled => false,
        // Nobody will ever see the root of a trace that was lost, so what is called begins a trace of its own.
        Mode::Outside | Mode::Silent | Mode::Paused | Mode::Lost => return [None, None],
    };
    let trace_id = here.trace_id();
    if trace_id == 0 {
        return [None, None];
    }
    // A trace that is not sampled has no spans, but the header needs the id of one.
    let span_id = if here.span == 0 { ids::span_id() } else { here.span };
    let parent = TraceParent { trace_id, span_id, is_sampled };
    let state = scope.as_ref().and_then(|scope| scope.trace_state.as_ref());
    let state = state.filter(|(of_trace, _)| *of_trace == trace_id).map(|(_, state)| state.to_string());
    [Some((TRACEPARENT, parent.to_header())), state.map(|state| (TRACESTATE, state))]
}
