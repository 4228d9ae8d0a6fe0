//! What the program itself does to finished spans before anybody sees them: its processors, and its rule of which traces
//! are kept.

mod finished_span;
mod keep;
#[cfg(feature = "testing")]
pub(crate) mod scoped;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::notice;
use crate::model::Span;

pub use finished_span::FinishedSpan;
pub use keep::Keep;

/// A function of the program's over a finished span.
pub(crate) type Processor = Arc<dyn Fn(&mut FinishedSpan) + Send + Sync>;

/// The program's functions, in the order in which they run.
#[derive(Clone, Default)]
pub(crate) struct Processors(Vec<Processor>);

impl Processors {
    pub(crate) fn push(&mut self, processor: Processor) {
        self.0.push(processor);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Functions say nothing about themselves.
impl fmt::Debug for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} processors", self.0.len())
    }
}

impl PartialEq for Processors {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, two)| Arc::ptr_eq(one, two))
    }
}

/// What runs over finished spans, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Processing {
    processors: Processors,
    keep: Option<Keep>,
    has_said_panic: AtomicBool,
    dropped_spans: AtomicU64,
    unkept_traces: AtomicU64,
    unkept_spans: AtomicU64,
}

/// Of one process there is one.
impl PartialEq for Processing {
    fn eq(&self, other: &Self) -> bool {
        self.processors == other.processors && self.keep == other.keep
    }
}

impl Eq for Processing {}

impl Processing {
    pub(crate) fn new(processors: Processors, keep: Option<Keep>) -> Self {
        Self { processors, keep, ..Self::default() }
    }

    /// Whether spans stay as they were recorded, all of them.
    pub(crate) fn is_nothing(&self) -> bool {
        self.processors.0.is_empty() && self.keep.is_none()
    }

    pub(crate) fn keep(&self) -> Option<&Keep> {
        self.keep.as_ref()
    }

    /// What the processors leave of a span, and whether it is to be dropped. One that panics costs the span its content.
    pub(crate) fn run(&self, span: Span) -> (Span, bool) {
        let mut span = FinishedSpan::new(span);
        for (index, processor) in self.processors.0.iter().enumerate() {
            if catch_unwind(AssertUnwindSafe(|| processor(&mut span))).is_err() {
                span.remove_content();
                self.say_panic(index);
                break;
            }
        }
        span.into_parts()
    }

    fn say_panic(&self, index: usize) {
        if !self.has_said_panic.swap(true, Ordering::Relaxed) {
            notice::warn(&format!(
                "the span processor number {} panicked, so the span that it was given is delivered without its name, \
                 inputs, outputs and attributes, and so is every other that a processor panics on; mend the processor.",
                index + 1
            ));
        }
    }

    pub(crate) fn count_dropped(&self, spans: u64) {
        self.dropped_spans.fetch_add(spans, Ordering::Relaxed);
    }

    /// Counts a trace, or a late part of one, that the rule did not keep.
    pub(crate) fn count_unkept(&self, traces: u64, spans: u64) {
        self.unkept_traces.fetch_add(traces, Ordering::Relaxed);
        self.unkept_spans.fetch_add(spans, Ordering::Relaxed);
    }

    /// Spans that processors dropped.
    pub(crate) fn dropped_spans(&self) -> u64 {
        self.dropped_spans.load(Ordering::Relaxed)
    }

    /// Traces that the rule did not keep, and their spans.
    pub(crate) fn unkept(&self) -> (u64, u64) {
        (self.unkept_traces.load(Ordering::Relaxed), self.unkept_spans.load(Ordering::Relaxed))
    }

    /// The processors of both in their order, and the other's rule if it has one.
    #[cfg(feature = "testing")]
    fn and_then(&self, other: &Self) -> Self {
        let processors = self.processors.0.iter().chain(&other.processors.0).cloned().collect();
        Self::new(Processors(processors), other.keep.or(self.keep))
    }
}
