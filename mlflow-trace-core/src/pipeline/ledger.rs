//! The books of the process: what became of its spans, over all destinations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::exporters::Tally;

/// The counters of all destinations, and of what was lost before any of them.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) tallies: Vec<Arc<Tally>>,
    /// Spans that a mistake of ours cost while they were being assembled.
    lost_inside: AtomicU64,
}

/// Spans and traces by what became of them, since the process began, summed over the destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) delivered_traces: u64,
    pub(crate) delivered_spans: u64,
    pub(crate) pending_spans: u64,
    /// On disk, for later.
    pub(crate) spooled_spans: u64,
    pub(crate) dropped_spans: u64,
}

impl Ledger {
    pub(crate) fn new(tallies: Vec<Arc<Tally>>) -> Self {
        Self { tallies, lost_inside: AtomicU64::new(0) }
    }

    pub(super) fn count_lost_inside(&self, spans: u64) {
        self.lost_inside.fetch_add(spans, Ordering::Relaxed);
    }

    /// Spans that a mistake of ours cost.
    pub(crate) fn lost_inside(&self) -> u64 {
        self.lost_inside.load(Ordering::Relaxed)
    }

    /// The sums. `pending` waits in memory, `lost` was never recorded.
    pub(crate) fn counts(&self, pending: u64, lost: u64) -> Counts {
        let sum = |count: fn(&Tally) -> u64| self.tallies.iter().map(|tally| count(tally)).sum::<u64>();
        Counts {
            delivered_traces: sum(|tally| tally.delivered_traces.load(Ordering::Relaxed)),
            delivered_spans: sum(|tally| tally.delivered_spans.load(Ordering::Relaxed)),
            pending_spans: pending,
            spooled_spans: sum(|tally| tally.spooled_spans.load(Ordering::Relaxed)),
            dropped_spans: sum(Tally::all_dropped) + lost + self.lost_inside(),
        }
    }
}
