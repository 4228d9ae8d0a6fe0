//! A finished trace on its way to its destinations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::model::{Completeness, Trace, TraceId};

/// A finished trace that waits in the form in which it was recorded, which is small and costs nothing to make. Each
/// destination has the [`Trace`] built when it sends or stores it; all of them share this one.
pub(crate) struct Finished {
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub(crate) trace_id: TraceId,
    pub(crate) completeness: Completeness,
    /// How many spans the trace has.
    pub(crate) spans: usize,
    /// Memory that it occupies while it waits.
    pub(crate) bytes: usize,
    held: Arc<Held>,
    /// In durable mode: true leaves it in the journal when it is dropped.
    stay: Option<Arc<AtomicBool>>,
    build: Box<dyn Fn() -> Trace + Send + Sync>,
}

/// What all finished traces that are in memory occupy together.
#[derive(Debug, Default)]
pub(crate) struct Held {
    bytes: AtomicUsize,
    spans: Arc<AtomicUsize>,
}

impl Held {
    /// Counts the spans where others can see them.
    pub(crate) fn new(spans: Arc<AtomicUsize>) -> Self {
        Self { bytes: AtomicUsize::new(0), spans }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans.load(Ordering::Relaxed)
    }
}

impl Finished {
    pub(crate) fn new(
        trace_id: TraceId,
        completeness: Completeness,
        spans: usize,
        bytes: usize,
        held: &Arc<Held>,
        build: impl Fn() -> Trace + Send + Sync + 'static,
    ) -> Self {
        let bytes = bytes + size_of::<Self>() + size_of_val(&build);
        held.bytes.fetch_add(bytes, Ordering::Relaxed);
        held.spans.fetch_add(spans, Ordering::Relaxed);
        Self {
            trace_id,
            completeness,
            spans,
            bytes,
            held: Arc::clone(held),
            stay: None,
            build: Box::new(build),
        }
    }

    /// With what leaves it in the journal.
    pub(crate) fn in_journal(mut self, stay: Option<Arc<AtomicBool>>) -> Self {
        self.stay = stay;
        self
    }

    /// Gives it up for this process. True when it stays in a journal, out of which another process delivers it; else its
    /// spans are lost with it.
    pub(crate) fn stays_in_journal(&self) -> bool {
        if let Some(stay) = &self.stay {
            stay.store(true, Ordering::Relaxed);
        }
        self.stay.is_some()
    }

    /// The spans that are lost when it is dropped now.
    pub(crate) fn spans_to_lose(&self) -> u64 {
        if self.stays_in_journal() { 0 } else { self.spans as u64 }
    }

    /// The trace: the same one whenever it is asked for, built anew each time.
    #[cfg_attr(not(any(feature = "sqlite", feature = "http", feature = "testing")), allow(dead_code))]
    pub(crate) fn build(&self) -> Trace {
        (self.build)()
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        self.held.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.held.spans.fetch_sub(self.spans, Ordering::Relaxed);
    }
}

#[cfg(all(test, any(feature = "sqlite", feature = "http")))]
impl From<Trace> for Finished {
    fn from(trace: Trace) -> Self {
        let (id, completeness, spans) = (trace.info.trace_id, trace.completeness, trace.spans.len());
        Self::new(id, completeness, spans, 0, &Arc::default(), move || trace.clone())
    }
}
