//! Records that are read before the one that they belong to, because another thread's log comes first.

use super::{Assembler, OpenTrace};
use crate::buffer::Hub;
use crate::pipeline::records::Said;

/// What was read of a span while none of that id was open.
pub(super) struct Early {
    since: u64,
    pub(super) pieces: Vec<(u64, Box<[u8]>)>,
    pub(super) end: Option<u64>,
}

impl Early {
    pub(super) fn bytes(&self) -> usize {
        2 * size_of::<Self>() + self.pieces.iter().map(|(_, payload)| payload.len() + 64).sum::<usize>()
    }
}

impl Assembler {
    pub(super) fn keep_early(&mut self, id: u64, said: Said<'_>, end: Option<u64>) {
        let since = self.pass;
        let early = self.early.entry(id).or_insert_with(|| {
            let early = Early { since, pieces: Vec::new(), end: None };
            self.held_bytes += early.bytes();
            early
        });
        let before = early.bytes();
        if !said.payload.is_empty() {
            early.pieces.push((said.time, said.payload.into()));
        }
        early.end = end.or(early.end);
        self.held_bytes = self.held_bytes + early.bytes() - before;
    }

    /// Adds to a trace what was said about its spans before their end but read after it.
    pub(super) fn join_early(&mut self, trace: &mut OpenTrace, hub: &Hub) {
        for index in 0..trace.records.spans().len() {
            let early = trace.records.spans().get(index).and_then(|span| self.early.remove(&span.id));
            let Some(early) = early else { continue };
            self.held_bytes = self.held_bytes.saturating_sub(early.bytes());
            for (time, payload) in &early.pieces {
                let said = Said { time: *time, payload };
                if !trace.records.say_within(index, said, hub.limits().span_bytes) {
                    hub.count_cut_value();
                }
            }
        }
        trace.count(&mut self.held_bytes);
    }

    /// Drops what waited in vain. A start comes at most one pass after what followed it; what still waits belongs to a
    /// span that has ended, or is gone.
    pub(super) fn drop_early(&mut self, hub: &Hub) {
        let pass = self.pass;
        let is_over = |since: u64| since + 2 <= pass;
        if self.early.values().any(|early| is_over(early.since)) {
            let mut traces = std::mem::take(&mut self.traces);
            traces.values_mut().for_each(|trace| self.join_early(trace, hub));
            self.traces = traces;
        }
        let mut freed = 0;
        self.early.retain(|_, early| {
            freed += if is_over(early.since) { early.bytes() } else { 0 };
            !is_over(early.since)
        });
        self.early_notes.retain(|_, (since, notes)| {
            freed += if is_over(*since) { notes.bytes() } else { 0 };
            !is_over(*since)
        });
        self.held_bytes = self.held_bytes.saturating_sub(freed);
    }
}
