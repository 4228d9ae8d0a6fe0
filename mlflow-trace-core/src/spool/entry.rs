//! What waits in the queue, and how much of it.

use crate::config::Experiment;
use crate::model::Trace;

/// The place of a trace in the queue; no other trace ever has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    pub(super) file: u64,
    pub(super) offset: u32,
}

impl Position {
    /// The number of the file in this process.
    pub(crate) fn file(self) -> u64 {
        self.file
    }
}

/// A trace that waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) trace: Trace,
    /// Where the process that recorded it wants it, unless the trace itself names an experiment.
    pub(crate) experiment: Experiment,
}

/// How much waits, or is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) traces: u64,
    pub(crate) spans: u64,
    pub(crate) bytes: u64,
}

impl Waiting {
    pub(super) fn add(&mut self, more: Self) {
        self.traces += more.traces;
        self.spans += more.spans;
        self.bytes += more.bytes;
    }
}
