//! Destinations: what the worker hands finished traces to.

mod finished;
#[cfg(feature = "sqlite")]
mod local;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod sender;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the outbox that calls it is being built")]
mod server;
mod tally;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use finished::{Finished, Held};
#[cfg(feature = "sqlite")]
pub(crate) use local::LocalExporter;
pub use tally::DropReason;
pub(crate) use tally::Tally;

/// A destination for finished traces.
///
/// Called from the worker thread only, never concurrently. A call must not panic on account of what it is given. One
/// that writes to the disk of this machine does its work in the call, which ends in bounded time; one that goes over
/// the network takes the traces into a queue of its own and works in a thread of its own, so that it never delays
/// another.
pub(crate) trait Exporter: Send {
    /// Takes traces from the front of the queue.
    ///
    /// What is removed is delivered or given up, and counted in the outcome; or it is the exporter's own to keep and
    /// to count in its tally. What stays in the queue is offered again, after the time that the outcome says. Calls come even for an empty queue: regularly, and a final
    /// one so that files can be closed.
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, urgency: Urgency) -> ExportOutcome;

    /// How many of the traces that were taken are neither delivered nor given up nor left on disk for later.
    fn unsettled(&self) -> u64;

    /// Whether it wants the finished spans of traces that go on ([`Completeness::Running`]).
    ///
    /// [`Completeness::Running`]: crate::model::Completeness::Running
    fn takes_running_parts(&self) -> bool;

    /// Its counters.
    fn tally(&self) -> &Arc<Tally>;
}

/// How long an exporter may wait for a destination that is not ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// There will be other calls.
    #[default]
    Relaxed,
    /// Somebody waits for this call in `flush()`.
    Flush,
    /// The process ends: what is not delivered now is lost, or has to wait on disk.
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
#[cfg(not(any(feature = "sqlite", feature = "http")))]
#[derive(Default)]
pub(crate) struct Nowhere {
    said: bool,
    tally: Arc<Tally>,
}

#[cfg(not(any(feature = "sqlite", feature = "http")))]
impl Exporter for Nowhere {
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, _urgency: Urgency) -> ExportOutcome {
        if !queue.is_empty() && !std::mem::replace(&mut self.said, true) {
            crate::policy::notice::warn(
                "traces are dropped: this build has no destination. Enable the feature `sqlite` or `http` of \
                 mlflow-trace.",
            );
        }
        let dropped_spans = queue.drain(..).map(|trace| trace.spans as u64).sum();
        ExportOutcome { dropped_spans, ..ExportOutcome::default() }
    }

    fn unsettled(&self) -> u64 {
        0
    }

    fn takes_running_parts(&self) -> bool {
        false
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}
