//! What became of the program's traces, destination by destination.

use std::fmt;
use std::sync::atomic::Ordering;

use crate::exporters::{DropReason, Tally};
use crate::runtime;

/// The counters of this moment. Costs a few loads a destination; waits for nothing.
///
/// ```
/// let stats = mlflow_trace_core::stats();
/// assert_eq!(stats.lost_spans(), 0);
/// println!("{stats}");
/// ```
#[inline]
pub fn stats() -> Stats {
    let Some(runtime) = runtime::started() else { return Stats::default() };
    let (pending_spans, lost_spans) = (runtime.pending_spans(), runtime.lost_spans());
    let destinations = runtime.ledger.tallies.iter().map(|tally| DestinationStats::read(tally)).collect();
    let (dropped_spans, (unkept_traces, unkept_spans)) =
        (runtime.processing.dropped_spans(), runtime.processing.unkept());
    Stats { pending_spans, lost_spans, dropped_spans, unkept_traces, unkept_spans, destinations }
}

/// What became of the program's spans since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    pending_spans: u64,
    lost_spans: u64,
    dropped_spans: u64,
    unkept_traces: u64,
    unkept_spans: u64,
    destinations: Vec<DestinationStats>,
}

impl Stats {
    /// Spans in memory: open ones, finished ones of traces that are open, and those on their way.
    #[inline]
    pub fn pending_spans(&self) -> u64 {
        self.pending_spans
    }

    /// Spans that were lost before any destination saw them, because the memory for traces was full.
    #[inline]
    pub fn lost_spans(&self) -> u64 {
        self.lost_spans
    }

    /// Spans that the program's processors dropped ([`Init::processor`](crate::Init::processor)): no loss.
    #[inline]
    pub fn spans_dropped_by_processors(&self) -> u64 {
        self.dropped_spans
    }

    /// Traces that the program's rule did not keep ([`Init::keep`](crate::Init::keep)): no loss.
    #[inline]
    pub fn unkept_traces(&self) -> u64 {
        self.unkept_traces
    }

    /// Spans of those, late ones included.
    #[inline]
    pub fn unkept_spans(&self) -> u64 {
        self.unkept_spans
    }

    /// Each destination, in the order in which they were set up.
    #[inline]
    pub fn destinations(&self) -> &[DestinationStats] {
        &self.destinations
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans in memory, {} lost", self.pending_spans, self.lost_spans)?;
        if self.dropped_spans > 0 {
            write!(f, ", {} dropped by processors", self.dropped_spans)?;
        }
        if self.unkept_traces > 0 {
            write!(f, ", {} traces ({} spans) not kept by the rule", self.unkept_traces, self.unkept_spans)?;
        }
        self.destinations.iter().try_for_each(|destination| write!(f, "\n{destination}"))
    }
}

/// What became of the spans that one destination was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DestinationStats {
    /// What messages call it: a file, or an address without secrets.
    pub name: String,
    /// Traces that it has taken.
    pub delivered_traces: u64,
    /// Spans that it has taken.
    pub delivered_spans: u64,
    /// Traces that wait in memory for it. Always 0 for the local file, for which traces wait in common.
    pub queued_traces: u64,
    /// Spans of those.
    pub queued_spans: u64,
    /// Traces that wait for it on disk, those of earlier processes among them.
    pub spooled_traces: u64,
    /// Spans of those.
    pub spooled_spans: u64,
    /// Bytes of the disk queue.
    pub spooled_bytes: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Tries that failed and are repeated.
    pub retries: u64,
    /// Bytes of the bodies of those requests, as they went over the network.
    pub sent_bytes: u64,
    /// Changes of tags ([`set_trace_tag`](crate::set_trace_tag)) that it does not take, or could not be given in time.
    pub lost_tag_changes: u64,
    /// Assessments ([`log_feedback`](crate::log_feedback)), and changes of them, that it does not take, or could not be
    /// given in time.
    pub lost_assessments: u64,
    /// Why the last try failed, if it did.
    pub last_failure: Option<String>,
    dropped: Vec<(DropReason, u64)>,
}

impl DestinationStats {
    fn read(tally: &Tally) -> Self {
        let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let dropped = DropReason::ALL.map(|reason| (reason, tally.dropped(reason)));
        Self {
            name: tally.name.clone(),
            delivered_traces: read(&tally.delivered_traces),
            delivered_spans: read(&tally.delivered_spans),
            queued_traces: read(&tally.queued_traces),
            queued_spans: read(&tally.queued_spans),
            spooled_traces: read(&tally.spooled_traces),
            spooled_spans: read(&tally.spooled_spans),
            spooled_bytes: read(&tally.spooled_bytes),
            requests: read(&tally.requests),
            retries: read(&tally.retries),
            sent_bytes: read(&tally.sent_bytes),
            lost_tag_changes: read(&tally.lost_tag_changes),
            lost_assessments: read(&tally.lost_assessments),
            last_failure: tally.last_failure(),
            dropped: dropped.into_iter().filter(|(_, spans)| *spans > 0).collect(),
        }
    }

    /// Spans that were given up, by reason.
    #[inline]
    pub fn dropped(&self) -> &[(DropReason, u64)] {
        &self.dropped
    }

    /// Spans that were given up, for whatever reason.
    #[inline]
    pub fn dropped_spans(&self) -> u64 {
        self.dropped.iter().map(|(_, spans)| spans).sum()
    }
}

impl fmt::Display for DestinationStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} traces ({} spans) delivered",
            self.name, self.delivered_traces, self.delivered_spans
        )?;
        if self.queued_spans > 0 {
            write!(f, ", {} spans waiting", self.queued_spans)?;
        }
        if self.spooled_spans > 0 {
            write!(f, ", {} spans on disk", self.spooled_spans)?;
        }
        for (reason, spans) in &self.dropped {
            write!(f, ", {spans} spans dropped ({})", reason.as_str())?;
        }
        if self.lost_tag_changes > 0 {
            write!(f, ", {} changes of tags lost", self.lost_tag_changes)?;
        }
        if self.lost_assessments > 0 {
            write!(f, ", {} assessments lost", self.lost_assessments)?;
        }
        match &self.last_failure {
            Some(failure) => write!(f, "; last failure: {failure}"),
            None => Ok(()),
        }
    }
}
