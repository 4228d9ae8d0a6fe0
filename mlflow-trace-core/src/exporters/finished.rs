//! A finished trace on its way to a destination.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{Completeness, Trace, TraceId};

/// A finished trace that waits in the form in which it was recorded, which is small and costs nothing to make. The
/// destination that stores it has the [`Trace`] built.
pub(crate) struct Finished {
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub(crate) trace_id: TraceId,
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub(crate) completeness: Completeness,
    /// How many spans the trace has.
    pub(crate) spans: usize,
    /// Memory that it occupies while it waits.
    pub(crate) bytes: usize,
    build: Box<dyn Fn() -> Trace + Send>,
    /// Where its spans are counted as waiting, as long as it lives.
    waiting: Option<Arc<AtomicUsize>>,
}

impl Finished {
    pub(crate) fn new(
        trace_id: TraceId,
        completeness: Completeness,
        spans: usize,
        bytes: usize,
        build: impl Fn() -> Trace + Send + 'static,
    ) -> Self {
        let bytes = bytes + size_of::<Self>() + size_of_val(&build);
        Self { trace_id, completeness, spans, bytes, build: Box::new(build), waiting: None }
    }

    /// Counts its spans here until somebody has taken it.
    pub(crate) fn counted_in(mut self, waiting: &Arc<AtomicUsize>) -> Self {
        waiting.fetch_add(self.spans, Ordering::Relaxed);
        self.waiting = Some(Arc::clone(waiting));
        self
    }

    /// The trace: the same one whenever it is asked for, built anew each time.
    #[cfg_attr(not(any(feature = "sqlite", feature = "testing")), allow(dead_code))]
    pub(crate) fn build(&self) -> Trace {
        (self.build)()
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.fetch_sub(self.spans, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
impl From<Trace> for Finished {
    fn from(trace: Trace) -> Self {
        Self::new(trace.info.trace_id, trace.completeness, trace.spans.len(), 0, move || trace.clone())
    }
}
