//! Destinations: what the worker hands finished traces to.

#[cfg(any(feature = "sqlite", feature = "http"))]
mod attachment_files;
mod finished;
#[cfg(feature = "sqlite")]
mod local;
#[cfg(feature = "http")]
mod metrics;
#[cfg(feature = "http")]
mod otlp;
#[cfg(feature = "http")]
mod outbox;
#[cfg(feature = "http")]
mod sender;
#[cfg(feature = "http")]
mod server;
mod tally;
#[cfg(feature = "http")]
mod voice;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use finished::{Finished, Held};
#[cfg(feature = "sqlite")]
pub(crate) use local::{LocalExporter, check_file};
#[cfg(feature = "http")]
pub(crate) use metrics::{MetricsExporter, MetricsSettings, check_metrics};
#[cfg(feature = "http")]
pub(crate) use otlp::OtlpSender;
#[cfg(feature = "http")]
pub(crate) use outbox::{MakeSender, Outbox, OutboxSettings, Prepare};
#[cfg(feature = "http")]
pub(crate) use sender::{Cause, Failure, Fate, Parcel, Sender, Sent};
#[cfg(feature = "http")]
pub(crate) use server::ServerSender;
/// Real servers, for other modules' tests.
#[cfg(all(test, feature = "http", feature = "sqlite"))]
pub(crate) mod server_tests {
    pub(crate) use super::server::tests::real::{python, start};
    pub(crate) use super::server::tests::sender;
}
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

    /// Whether it can change the tags and assessments of a trace that it has taken ([`Completeness::Tags`]).
    ///
    /// [`Completeness::Tags`]: crate::model::Completeness::Tags
    fn takes_tags(&self) -> bool;

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

/// The local file of builds without a local store: says so once and counts.
#[cfg(not(feature = "sqlite"))]
pub(crate) struct Nowhere {
    said: bool,
    tally: Arc<Tally>,
}

#[cfg(not(feature = "sqlite"))]
impl Nowhere {
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        Self { said: false, tally }
    }
}

#[cfg(not(feature = "sqlite"))]
impl Exporter for Nowhere {
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, _urgency: Urgency) -> ExportOutcome {
        if !queue.is_empty() && !std::mem::replace(&mut self.said, true) {
            crate::policy::notice::warn(
                "traces are dropped: this build has no local store. Enable the feature `sqlite` of mlflow-trace, or set \
                 MLFLOW_TRACKING_URI to a server.",
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

    fn takes_tags(&self) -> bool {
        false
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}
