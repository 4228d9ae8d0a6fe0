//! How long one call of the exporter may take.

use std::time::{Duration, Instant};

use crate::exporters::Urgency;

/// The time of one call. A call is kept short while nobody waits for it, because the end of the program may come at
/// any moment and its last call has to wait for this one.
pub(super) struct Budget {
    pub(super) urgency: Urgency,
    pub(super) started: Instant,
}

impl Budget {
    pub(super) fn new(urgency: Urgency) -> Self {
        Self { urgency, started: Instant::now() }
    }

    /// What is left for writing and waiting.
    pub(super) fn left(&self) -> Duration {
        let total = match self.urgency {
            Urgency::Relaxed => RELAXED,
            Urgency::Flush => FLUSH,
            Urgency::Final => FINAL,
        };
        total.saturating_sub(self.started.elapsed())
    }

    /// How long to wait for a lock. At the end only half of what is left, so that the second file has its turn.
    pub(super) fn busy_timeout(&self) -> Duration {
        match self.urgency {
            Urgency::Relaxed | Urgency::Flush => self.left().max(BUSY_AT_LEAST),
            Urgency::Final => self.left() / 2,
        }
    }
}

const RELAXED: Duration = Duration::from_millis(500);
const FLUSH: Duration = Duration::from_secs(5);
const FINAL: Duration = Duration::from_secs(4);
const BUSY_AT_LEAST: Duration = Duration::from_millis(50);
