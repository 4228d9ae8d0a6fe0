//! What became of the traces that a destination was given: counters that anybody may read at any time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why spans were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The memory for traces was full when the span began, so it was not recorded.
    MemoryFull,
    /// The destination's queue was full, and there is no queue on disk.
    QueueFull,
    /// The queue on disk had reached its bound, so the oldest traces in it made room.
    SpoolFull,
    /// The queue on disk was damaged.
    Damaged,
    /// The destination does not take them.
    Refused,
    /// The destination did not take them in the time it was given, and there is no queue on disk.
    OutOfTime,
    /// A mistake of this library's.
    Internal,
}

impl DropReason {
    /// All reasons, in the order in which they are shown.
    pub(crate) const ALL: [Self; 7] = [
        Self::MemoryFull,
        Self::QueueFull,
        Self::SpoolFull,
        Self::Damaged,
        Self::Refused,
        Self::OutOfTime,
        Self::Internal,
    ];

    /// A few words for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MemoryFull => "memory full",
            Self::QueueFull => "queue full",
            Self::SpoolFull => "disk queue full",
            Self::Damaged => "disk queue damaged",
            Self::Refused => "refused by the destination",
            Self::OutOfTime => "out of time",
            Self::Internal => "internal error",
        }
    }
}

/// The counters of one destination. Counts grow; `queued` and `spooled` say how it is now.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What people call the destination; no secrets.
    pub(crate) name: String,
    pub(crate) delivered_traces: AtomicU64,
    pub(crate) delivered_spans: AtomicU64,
    /// Tries that did not succeed and will be repeated.
    pub(crate) retries: AtomicU64,
    pub(crate) requests: AtomicU64,
    /// Bytes of request bodies.
    pub(crate) sent_bytes: AtomicU64,
    pub(crate) queued_traces: AtomicU64,
    pub(crate) queued_spans: AtomicU64,
    pub(crate) spooled_traces: AtomicU64,
    pub(crate) spooled_spans: AtomicU64,
    pub(crate) spooled_bytes: AtomicU64,
    /// Changes of tags of delivered traces that were given up.
    pub(crate) lost_tag_changes: AtomicU64,
    /// Assessments, and changes of them, that were given up.
    pub(crate) lost_assessments: AtomicU64,
    dropped: [AtomicU64; DropReason::ALL.len()],
    last_failure: Mutex<Option<String>>,
}

impl Tally {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub(crate) fn count_delivered(&self, traces: u64, spans: u64) {
        self.delivered_traces.fetch_add(traces, Ordering::Relaxed);
        self.delivered_spans.fetch_add(spans, Ordering::Relaxed);
    }

    pub(crate) fn count_dropped(&self, reason: DropReason, spans: u64) {
        if let Some(count) = self.dropped.get(reason as usize) {
            count.fetch_add(spans, Ordering::Relaxed);
        }
    }

    #[cfg(any(feature = "http", feature = "sqlite"))]
    pub(crate) fn count_lost_tag_changes(&self, changes: u64) {
        self.lost_tag_changes.fetch_add(changes, Ordering::Relaxed);
    }

    #[cfg(any(feature = "http", feature = "sqlite"))]
    pub(crate) fn count_lost_assessments(&self, assessments: u64) {
        self.lost_assessments.fetch_add(assessments, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped.get(reason as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(crate) fn all_dropped(&self) -> u64 {
        self.dropped.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    #[cfg(feature = "http")]
    pub(crate) fn set_last_failure(&self, sentence: Option<String>) {
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = sentence;
    }

    pub(crate) fn last_failure(&self) -> Option<String> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
