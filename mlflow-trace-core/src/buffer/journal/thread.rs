//! One thread's part of the journal: the records that it has written, and those that it is about to.
//!
//! A record is put aside until a span ends, and then written together with the end, so that a span costs one write. The
//! records of a span may come from several threads: what this thread can't know to be on the disk is written, or asked
//! for, before the end counts.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use super::frame::{self, FRAME_HEAD};
use crate::buffer::record::Kind;

/// Put-aside records are written when they reach so many bytes, ended or not.
const MOST_PENDING: usize = 64 << 10;
/// Memory that is kept for them.
const KEPT_CAPACITY: usize = 256 << 10;
/// Open spans that are remembered as this thread's.
const MOST_OPEN: usize = 4096;

/// What must be on the disk before the call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// What this thread has put aside.
    Own,
    /// What other threads have put aside.
    Others,
    /// Both, and this span has ended.
    All(u64),
}

/// A file with records.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// The times of the earliest and of the latest record in it.
    pub(super) first: u64,
    pub(super) last: u64,
}

/// One thread's records.
pub(super) struct ThreadJournal {
    pub(super) file: Option<(File, LogFile)>,
    /// The frame that is to be written, with room for its head.
    pending: Vec<u8>,
    /// The earliest and the latest time in it.
    times: (u64, u64),
    /// Spans that began on this thread and have not ended, as far as it knows.
    open: Vec<u64>,
}

impl ThreadJournal {
    pub(super) fn new() -> Self {
        Self { file: None, pending: Vec::new(), times: (u64::MAX, 0), open: Vec::new() }
    }

    pub(super) fn has_pending(&self) -> bool {
        self.pending.len() > FRAME_HEAD
    }

    /// Puts a record aside and says what is due.
    pub(super) fn take(&mut self, head: &[u64], payload: &[u8]) -> Due {
        let Some(first) = head.first() else { return Due::Nothing };
        let word = |index: usize| head.get(index).copied().unwrap_or_default();
        let kind = Kind::of(*first);
        self.put_aside(head, payload, word(if kind == Some(Kind::Start) { 5 } else { head.len() - 1 }));
        let is_much = self.pending.len() >= MOST_PENDING;
        match kind {
            Some(Kind::Start) => {
                let (span, parent) = (word(3), word(4));
                let is_own = parent == 0 || self.open.contains(&parent);
                if self.open.len() == MOST_OPEN {
                    // Its end will look like that of another thread's span.
                    self.open.remove(0);
                }
                self.open.push(span);
                match (is_own, is_much) {
                    // Of a trace that began elsewhere the beginning is to be known.
                    (false, _) => Due::Others,
                    (true, true) => Due::Own,
                    (true, false) => Due::Nothing,
                }
            }
            Some(Kind::Update) if self.open.contains(&word(1)) && !is_much => Due::Nothing,
            Some(Kind::Update | Kind::AboutTrace) => Due::Own,
            Some(Kind::End | Kind::EndUnit) => {
                if self.forget(word(1)) {
                    Due::Own
                } else {
                    Due::All(word(1))
                }
            }
            None => Due::Nothing,
        }
    }

    fn put_aside(&mut self, head: &[u64], payload: &[u8], time: u64) {
        if self.pending.is_empty() {
            self.pending.resize(FRAME_HEAD, 0);
        }
        head.iter().for_each(|word| self.pending.extend_from_slice(&word.to_le_bytes()));
        self.pending.extend_from_slice(payload);
        // Records are whole words.
        let end = FRAME_HEAD + (self.pending.len() - FRAME_HEAD).next_multiple_of(8);
        self.pending.resize(end, 0);
        self.times = (self.times.0.min(time), self.times.1.max(time));
    }

    /// Whether the span is one that began here; it is not looked for any more.
    pub(super) fn forget(&mut self, span: u64) -> bool {
        // The one that began last usually ends first.
        let place = self.open.iter().rposition(|open| *open == span);
        place.map(|place| self.open.remove(place)).is_some()
    }

    /// Writes what was put aside, by one call, into the file that `begin` makes if there is none. What could not be
    /// written is not kept.
    pub(super) fn write(
        &mut self,
        begin: impl FnOnce() -> std::io::Result<(File, LogFile)>,
    ) -> std::io::Result<u64> {
        if !self.has_pending() {
            return Ok(0);
        }
        frame::close(&mut self.pending);
        let written = self.write_frame(begin);
        self.pending.clear();
        self.pending.shrink_to(KEPT_CAPACITY);
        self.times = (u64::MAX, 0);
        written
    }

    fn write_frame(
        &mut self,
        begin: impl FnOnce() -> std::io::Result<(File, LogFile)>,
    ) -> std::io::Result<u64> {
        if self.file.is_none() {
            self.file = Some(begin()?);
        }
        let Some((file, log)) = &mut self.file else { return Ok(0) };
        if let Err(error) = file.write_all(&self.pending) {
            // A part may have been written, where the disk became full.
            let _ = file.set_len(log.bytes);
            return Err(error);
        }
        log.bytes += self.pending.len() as u64;
        log.first = log.first.min(self.times.0);
        log.last = log.last.max(self.times.1);
        Ok(self.pending.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::record::Head;

    fn start(span: u64, parent: u64) -> [u64; 7] {
        Head::start(0, [1, 1], span, parent, 5, 0, 0)
    }

    #[test]
    fn a_span_that_begins_and_ends_on_one_thread_is_due_at_its_end_alone() {
        let mut thread = ThreadJournal::new();
        assert_eq!(thread.take(&start(1, 0), b""), Due::Nothing);
        assert_eq!(thread.take(&start(2, 1), b"input"), Due::Nothing);
        assert_eq!(thread.take(&Head::update(0, 2, 6), b""), Due::Nothing);
        assert_eq!(thread.take(&Head::end(0, 2, 7, true), b""), Due::Own);
        assert_eq!(thread.take(&Head::end(0, 1, 8, true), b""), Due::Own);
    }

    #[test]
    fn what_another_thread_began_asks_for_what_that_thread_has_put_aside() {
        let mut thread = ThreadJournal::new();
        assert_eq!(thread.take(&start(2, 1), b""), Due::Others);
        assert_eq!(thread.take(&Head::update(0, 1, 6), b""), Due::Own);
        assert_eq!(thread.take(&Head::end(0, 1, 7, true), b""), Due::All(1));
    }
}
