//! Saying what was lost before any destination saw it.

use crate::buffer::Hub;
use crate::policy::notice;

/// What was said of losses.
#[derive(Default)]
pub(super) struct Losses {
    has_said: bool,
}

impl Losses {
    /// Says once that spans are being lost, and at the end how many it were.
    pub(super) fn say(&mut self, hub: &Hub, is_final: bool) {
        let lost = hub.lost_spans();
        if lost > 0 && !std::mem::replace(&mut self.has_said, true) {
            notice::warn(
                "the memory for traces is full, so new spans are dropped until the destination keeps up; raise \
                 MLFLOW_TRACE_MAX_MEMORY_BYTES or MLFLOW_TRACE_MAX_SPANS, or lower MLFLOW_TRACE_SAMPLING_RATIO.",
            );
        }
        let cut = hub.cut_values();
        let undurable = hub.journal().map_or(0, |journal| journal.failed_writes());
        if is_final && undurable > 0 {
            notice::warn(&format!(
                "writes to the journal that failed: {undurable}; the spans in them were not durable."
            ));
        }
        if is_final && (lost > 0 || cut > 0) {
            notice::warn(&format!(
                "spans dropped: {lost}, values left out: {cut}, because the bounds for traces in memory were \
                 reached."
            ));
        }
    }
}
