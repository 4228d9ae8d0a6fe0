//! The disk queue as the outbox uses it: how many of its entries are this process's own, and what to do when the disk
//! refuses.

use std::collections::BTreeSet;

use crate::config::Experiment;
use crate::exporters::{DropReason, Tally};
use crate::model::Trace;
use crate::spool::{Entry, Position, Spool, Waiting};

use crate::exporters::voice::Voice;

/// The disk queue, or none.
pub(super) struct Shelf {
    spool: Option<Spool>,
    /// Entries that this process has put there and that are not settled.
    own: u64,
    /// The files that this process has begun.
    own_files: BTreeSet<u64>,
    /// The last try to write failed; what waits stays in memory until one succeeds.
    refuses: bool,
}

impl Shelf {
    pub(super) fn new(spool: Option<Spool>) -> Self {
        Self { spool, own: 0, own_files: BTreeSet::new(), refuses: false }
    }

    pub(super) fn exists(&self) -> bool {
        self.spool.is_some()
    }

    /// Whether it can be written to, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.spool.is_some() && !self.refuses
    }

    pub(super) fn own(&self) -> u64 {
        self.own
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.spool.as_ref().map(Spool::waiting).unwrap_or_default()
    }

    /// Puts a trace on disk; nothing when there is no disk queue or the disk refuses.
    pub(super) fn put(
        &mut self,
        trace: &Trace,
        experiment: &Experiment,
        voice: &mut Voice,
    ) -> Option<Position> {
        match self.spool.as_mut()?.append(trace, experiment) {
            Ok(position) => {
                self.own += 1;
                self.own_files.insert(position.file());
                self.refuses = false;
                Some(position)
            }
            Err(failure) => {
                self.refuses = true;
                voice.say(&failure.sentence);
                None
            }
        }
    }

    /// The oldest entries, which stay.
    pub(super) fn oldest(&mut self, most_traces: usize, most_bytes: usize) -> Vec<Entry> {
        self.spool.as_mut().map(|spool| spool.oldest(most_traces, most_bytes)).unwrap_or_default()
    }

    /// These are delivered or given up.
    pub(super) fn settle(&mut self, positions: &[Position]) {
        let Some(spool) = &mut self.spool else { return };
        let own =
            positions.iter().filter(|position| self.own_files.contains(&position.file())).count() as u64;
        self.own = self.own.saturating_sub(own);
        spool.settle(positions);
    }

    /// Takes over what ended processes have left.
    pub(super) fn adopt(&mut self) {
        if let Some(spool) = &mut self.spool {
            spool.adopt();
        }
    }

    /// Counts what had to make room, and says what is worth saying.
    pub(super) fn account(&mut self, tally: &Tally, voice: &mut Voice) {
        let Some(spool) = &mut self.spool else { return };
        let dropped = spool.take_dropped();
        if dropped.traces > 0 {
            tally.count_dropped(DropReason::SpoolFull, dropped.spans);
            voice.say_about(
                "spool full",
                &format!(
                    "{} does not take traces and the disk queue has reached its bound, so the oldest traces are \
                     dropped ({} spans so far); raise MLFLOW_TRACE_SPOOL_MAX_BYTES.",
                    tally.name,
                    tally.dropped(DropReason::SpoolFull)
                ),
            );
        }
        let damaged = spool.take_damaged();
        if damaged.spans > 0 {
            tally.count_dropped(DropReason::Damaged, damaged.spans);
        }
        self.own = self.own.min(spool.waiting().traces);
        for remark in spool.take_remarks() {
            voice.say(&remark);
        }
    }
}
