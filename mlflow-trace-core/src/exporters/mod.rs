//! Destinations: what the worker hands finished traces to.

mod finished;
#[cfg(feature = "sqlite")]
mod local;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod sender;

use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use finished::Finished;
#[cfg(feature = "sqlite")]
pub(crate) use local::LocalExporter;

/// A destination for finished traces.
///
/// Called from the worker thread only, never concurrently. A call must end in bounded time and must not panic on
/// account of what it is given. Retrying belongs to the exporter; keeping what waits belongs to the pipeline, which
/// calls again with the same queue.
pub(crate) trait Exporter: Send {
    /// Takes traces from the front of the queue and delivers them.
    ///
    /// A trace that is delivered, or given up for good, is removed and counted in the outcome. One that may succeed
    /// later stays in the queue, and the outcome says when to call again. The final call comes even for an empty queue,
    /// so that files can be closed.
    fn export(&mut self, queue: &mut VecDeque<Finished>, urgency: Urgency) -> ExportOutcome;
}

/// How long an exporter may wait for a destination that is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// There will be other calls.
    Relaxed,
    /// Somebody waits for this call in `flush()`.
    Flush,
    /// The process ends: what is not delivered now is lost.
    Final,
}

/// What became of the traces of one call.
#[derive(Debug, Default)]
pub(crate) struct ExportOutcome {
    pub(crate) delivered_traces: u64,
    pub(crate) delivered_spans: u64,
    /// Spans of traces that were given up for good.
    pub(crate) dropped_spans: u64,
    /// When to call again for what is still in the queue.
    pub(crate) retry_after: Option<Duration>,
}

/// The destination of builds without any: says so once and counts.
#[cfg(not(feature = "sqlite"))]
#[derive(Default)]
pub(crate) struct Nowhere {
    said: bool,
}

#[cfg(not(feature = "sqlite"))]
impl Exporter for Nowhere {
    fn export(&mut self, queue: &mut VecDeque<Finished>, _urgency: Urgency) -> ExportOutcome {
        if !std::mem::replace(&mut self.said, true) {
            crate::policy::notice::warn(
                "traces are dropped: this build has no destination. Enable the feature `sqlite` of mlflow-trace.",
            );
        }
        let dropped_spans = queue.drain(..).map(|trace| trace.spans as u64).sum();
        ExportOutcome { dropped_spans, ..ExportOutcome::default() }
    }
}
