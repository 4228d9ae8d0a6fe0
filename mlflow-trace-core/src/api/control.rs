//! Switching tracing, and waiting until traces are delivered.

use std::time::Duration;

use crate::model::TraceId;
use crate::pipeline::Counts;
use crate::runtime;

/// How long [`flush`] waits.
const FLUSH_LIMIT: Duration = Duration::from_secs(10);

/// Switches tracing off: from now on a traced call costs one load and records nothing. Spans that are open finish.
///
/// ```
/// mlflow_trace_core::disable();
/// mlflow_trace_core::enable();
/// ```
#[inline]
pub fn disable() {
    runtime::set_enabled(false);
}

/// Switches tracing on again after [`disable`]. What the environment switched off (`MLFLOW_TRACING_ENABLED=false`,
/// `OTEL_SDK_DISABLED=true`) stays off.
#[inline]
pub fn enable() {
    runtime::set_enabled(true);
}

/// The trace whose root span ended last in this process, from any thread.
#[inline]
pub fn last_trace_id() -> Option<TraceId> {
    runtime::started()?.recorder.last_trace_id()
}

/// Waits until everything that has ended so far is delivered, at most 10 s.
///
/// A trace whose root has ended is delivered with the spans that have ended; one whose root is open is not delivered
/// and counts as pending. Works in any thread, inside and outside of async runtimes; it blocks the thread it is called
/// on. There is no need to call it before the program ends.
///
/// ```
/// let report = mlflow_trace_core::flush();
/// assert!(report.is_complete());
/// ```
#[inline]
pub fn flush() -> FlushReport {
    flush_within(FLUSH_LIMIT)
}

/// [`flush`] with a limit of one's own.
#[inline]
pub fn flush_within(limit: Duration) -> FlushReport {
    match runtime::flush(limit) {
        Ok(counts) => FlushReport { counts, answered: true },
        Err(counts) => FlushReport { counts, answered: false },
    }
}

/// Delivers what has ended when SIGTERM or SIGINT ends the process, then ends it as the signal would have.
///
/// Without it such a signal ends the process at once, and what ended in the last moments is not delivered. For
/// programs that have no handlers of their own for these signals; one that has calls [`flush`] in its own way out.
/// Waits for the destination at most some seconds.
///
/// # Errors
/// When the system refuses the handlers.
#[cfg(all(feature = "signals", unix))]
#[inline]
pub fn flush_on_signals() -> Result<(), crate::Error> {
    if cfg!(feature = "disabled") { Ok(()) } else { runtime::deliver_on_signals() }
}

/// What became of this process's traces so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the report says whether anything was lost or is still waiting"]
pub struct FlushReport {
    counts: Counts,
    answered: bool,
}

impl FlushReport {
    /// Traces that destinations have taken since the process began, added up over all of them;
    /// [`stats`](crate::stats) has each one's.
    #[inline]
    pub fn delivered_traces(&self) -> u64 {
        self.counts.delivered_traces
    }

    /// Spans that destinations have taken since the process began, added up over all of them.
    #[inline]
    pub fn delivered_spans(&self) -> u64 {
        self.counts.delivered_spans
    }

    /// Spans that are recorded and not delivered: open ones, finished ones of traces that are open, and those that a
    /// destination could not take yet.
    #[inline]
    pub fn pending_spans(&self) -> u64 {
        self.counts.pending_spans
    }

    /// Spans that wait on disk for a destination that can't take them now, those of earlier processes among them. They
    /// are delivered later, by this process or by the next one.
    #[inline]
    pub fn spooled_spans(&self) -> u64 {
        self.counts.spooled_spans
    }

    /// Spans that were lost since the process began; the reasons were said on standard error.
    #[inline]
    pub fn dropped_spans(&self) -> u64 {
        self.counts.dropped_spans
    }

    /// Whether the worker answered within the limit; [`FlushReport::pending_spans`] says whether everything was
    /// delivered. If it did not, the counts are those of a moment ago and the delivery goes on.
    #[inline]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// Whether the flush ended within its limit, nothing waits in memory or on disk, and nothing was lost.
    #[inline]
    pub fn is_complete(&self) -> bool {
        let Counts { pending_spans, spooled_spans, dropped_spans, .. } = self.counts;
        self.answered && pending_spans == 0 && spooled_spans == 0 && dropped_spans == 0
    }
}
