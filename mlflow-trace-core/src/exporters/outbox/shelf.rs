//! The disk queue as the outbox uses it: how many of its entries are this process's own, and what to do when the disk
//! refuses.

use std::collections::BTreeSet;

use crate::config::Experiment;
use crate::exporters::{DropReason, Tally};
use crate::model::Trace;
use crate::spool::{Entry, Position, Spool, Waiting};

use crate::exporters::voice::Voice;

/// What became of a trace that was to go on disk.
pub(super) enum Put {
    Placed(Position),
    /// There is no room for this one, ever; for others there may be.
    TooLarge,
    /// There is no disk queue, or the disk takes nothing.
    Refused,
}

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

    /// Puts a trace on disk.
    pub(super) fn put(&mut self, trace: &Trace, experiment: &Experiment, voice: &mut Voice) -> Put {
        let Some(spool) = self.spool.as_mut() else { return Put::Refused };
        match spool.append(trace, experiment) {
            Ok(position) => {
                self.own += 1;
                self.own_files.insert(position.file());
                self.refuses = false;
                Put::Placed(position)
            }
            Err(failure) => {
                voice.say(&failure.sentence);
                if failure.is_too_large {
                    return Put::TooLarge;
                }
                self.refuses = true;
                Put::Refused
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
        self.own_files.retain(|file| spool.has_file(*file));
    }

    /// Takes over some of what ended processes have left, and says whether there may be more.
    pub(super) fn adopt_some(&mut self) -> bool {
        self.spool.as_mut().is_some_and(Spool::adopt_some)
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
