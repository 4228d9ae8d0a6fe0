//! How many spans have ended and are not delivered, counted from outside of the worker: for the end of a process whose
//! destination did not take them in time.

use std::sync::atomic::Ordering;

use super::hub::{Hub, lock};
use super::record::{Head, split_first};

impl Hub {
    /// Spans that the destination did not take in its time and that stay in the journal.
    pub(crate) fn left_spans(&self) -> usize {
        self.settled().map_or(0, |settled| settled.left_spans())
    }

    /// Spans that wait for the destination, that stay in the journal, that the worker holds until their trace is done, or that it has not read.
    ///
    /// Exact while the worker stands still; while it reads, what it is reading may be missing or there twice.
    pub(crate) fn undelivered_spans(&self) -> usize {
        let queued = self.queued_spans().load(Ordering::Relaxed);
        queued + self.left_spans() + self.held_ended.load(Ordering::Relaxed) + self.unread_ends()
    }

    /// Ends of spans in records that the worker has not read. A span whose start was dropped has none.
    fn unread_ends(&self) -> usize {
        let logs = lock(&self.logs).clone();
        let (mut words, mut payload, mut ends) = (Vec::new(), Vec::new(), 0);
        for log in logs {
            let chunks: Vec<_> = lock(&log.chunks).iter().cloned().collect();
            let mut from = log.read_words.load(Ordering::Relaxed);
            for chunk in chunks {
                words.clear();
                chunk.read(std::mem::take(&mut from), &mut words);
                let mut rest = words.as_slice();
                while let Some((head, behind)) = split_first(rest, &mut payload) {
                    ends += usize::from(matches!(head, Head::End { .. }));
                    rest = behind;
                }
            }
        }
        ends
    }
}
