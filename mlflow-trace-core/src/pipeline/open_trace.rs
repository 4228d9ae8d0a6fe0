//! A trace that is not complete yet.

use std::sync::Arc;
use std::time::Instant;

use super::complete::{CompleteTrace, Done};
use super::describe::{Source, TraceNotes};
use super::left_out::LeftOut;
use super::process::{Earlier, Verdict};
use super::records::Records;
use crate::buffer::Hub;
use crate::exporters::Held;
use crate::model::{Completeness, TraceId};

/// A trace of which spans are open, or which waits for them.
pub(super) struct OpenTrace {
    pub(super) route: u32,
    pub(super) wall_offset: u64,
    /// The root is in another record than this, or came with an earlier part of the trace.
    pub(super) is_late_part: bool,
    /// An earlier part of it was handed over.
    pub(super) is_rest: bool,
    pub(super) root: Option<u64>,
    pub(super) open: usize,
    pub(super) records: Records,
    /// The pass in which something of it was last started or ended.
    pub(super) touched: u64,
    /// When the first of it was read.
    pub(super) since: Instant,
    /// It was handed over as a running trace.
    pub(super) is_announced: bool,
    /// When the root's end was read, and in which pass.
    pub(super) root_ended: Option<(Instant, u64)>,
    pub(super) notes: TraceNotes,
    /// What is counted as held for it.
    pub(super) held_bytes: usize,
    /// What the program's processors left of what was handed over as running.
    pub(super) earlier: Earlier,
    /// An earlier part of it was dropped whole, and so is what comes.
    pub(super) is_dropped: bool,
}

impl OpenTrace {
    /// Whether destinations have heard of the trace, and more of it follows.
    pub(super) fn was_handed_over(&self) -> bool {
        self.is_late_part && (self.is_rest || self.root.is_some())
    }

    /// Brings what is counted as held for it up to date.
    #[inline]
    pub(super) fn count(&mut self, held_bytes: &mut usize) {
        // A map is at least half full, save for a moment.
        let bytes = self.records.bytes() + self.notes.bytes() + self.earlier.bytes() + 2 * size_of::<Self>();
        *held_bytes = held_bytes.wrapping_add(bytes).wrapping_sub(self.held_bytes);
        self.held_bytes = bytes;
    }

    pub(super) fn has_ended_spans(&self) -> bool {
        self.records.spans().len() > self.open
    }

    /// What has finished while the trace goes on and was not handed over before; nothing when there is no such thing, or
    /// the trace does not go on. The trace keeps it, since what is said about the whole needs all spans.
    pub(super) fn running_part(
        &mut self,
        trace_id: TraceId,
        source: &Arc<Source>,
        finished: &Arc<Held>,
        left_out: &mut LeftOut,
        hub: &Hub,
    ) -> Option<Done> {
        let is_running = self.route == 0 && !self.is_late_part && self.root_ended.is_none();
        let root = self.root.filter(|_| is_running)?;
        let records = self.records.take_running(root);
        let spans = records.spans().len().saturating_sub(1);
        if std::mem::replace(&mut self.is_announced, true) && spans == 0 {
            return None;
        }
        let mut complete = CompleteTrace {
            // The trace keeps these spans.
            mark: None,
            trace_id,
            completeness: Completeness::Running,
            root: Some(root),
            records,
            stashed: hub.stash().of_trace(trace_id.to_u128()),
            notes: self.notes.clone(),
            wall_offset: self.wall_offset,
            lost_spans: 0,
            source: Arc::clone(source),
            processed: None,
        };
        if !source.processing.is_nothing()
            && complete.process(&mut self.earlier, left_out, true) == Verdict::Drop
        {
            return None;
        }
        // Counted where the trace keeps them: they come again with the whole if this part is lost.
        Some(Done::new(complete, 0, self.route, finished))
    }
}
