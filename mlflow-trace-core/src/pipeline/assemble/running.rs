//! Traces that go on: what of them has finished.

use std::sync::Arc;

use super::{Assembler, Done, Hub, RUNNING_FOR, Source, TraceId};

impl Assembler {
    /// All logs are about to be read, and what has finished in running traces is to be handed over.
    pub(in crate::pipeline) fn expect_a_reading(&mut self) {
        self.traces.values_mut().for_each(|trace| trace.records.expect_a_reading());
    }

    /// The finished spans of traces that have been running for a while, as far as they were not handed over before. The
    /// traces keep them, since what is said about the whole needs them all.
    ///
    /// Only spans whose end was read before [`expect_a_reading`](Self::expect_a_reading) and the reading after it.
    pub(in crate::pipeline) fn running_parts(&mut self, source: &Arc<Source>, hub: &Hub) -> Vec<Done> {
        let now = self.now;
        let due = self.traces.iter_mut().filter(|(_, trace)| now.duration_since(trace.since) >= RUNNING_FOR);
        let (finished, left_out, held_bytes) = (&self.finished, &mut self.left_out, &mut self.held_bytes);
        due.filter_map(|(id, trace)| {
            let part = trace.running_part(TraceId::from_u128(*id)?, source, finished, left_out, hub);
            trace.count(held_bytes);
            part
        })
        .collect()
    }
}
