//! Changes of tags by a trace's id: joined to the trace while it is here, else handed over alone.

use std::sync::Arc;

use super::Assembler;
use crate::buffer::record::{Section, Sections};
use crate::model::{TraceId, keys};
use crate::pipeline::complete::Done;
use crate::pipeline::describe::Source;
use crate::pipeline::tag_changes::TagChanges;
use crate::policy::notice;

impl Assembler {
    /// Keeps a change until it is known whether the trace is here: its start may stand in a log that is read later.
    pub(super) fn change_tags(&mut self, trace_id: u128, time: u64, payload: &[u8], route: u32) {
        if is_immutable(payload) {
            if !std::mem::replace(&mut self.has_said_immutable, true) {
                let keys = keys::IMMUTABLE_TAGS.join(", ");
                notice::warn(&format!(
                    "set_trace_tag and delete_trace_tag leave MLflow's own tags alone: {keys}."
                ));
            }
            return;
        }
        let since = self.pass;
        let changes = self.tag_changes.entry(trace_id).or_insert_with(|| TagChanges::new(since, route));
        let before = changes.notes.bytes();
        changes.notes.take(time, payload);
        self.held_bytes = self.held_bytes + changes.notes.bytes() - before;
    }

    /// Adds changes to the traces that are here and whole: what comes late brings no tags along.
    pub(super) fn join_tag_changes(&mut self) {
        if self.tag_changes.is_empty() {
            return;
        }
        let (traces, held_bytes) = (&mut self.traces, &mut self.held_bytes);
        self.tag_changes.retain(|id, changes| match traces.get_mut(id).filter(|trace| !trace.is_late_part) {
            Some(trace) => {
                trace.notes.take_all(&changes.notes);
                *held_bytes = held_bytes.saturating_sub(changes.notes.bytes());
                trace.count(held_bytes);
                false
            }
            None => true,
        });
    }

    /// The changes that were read before this pass, in which the start of their trace would have been read.
    pub(super) fn tag_changes_before(&mut self, pass: u64, source: &Arc<Source>) -> Vec<Done> {
        // A part of a trace that began elsewhere brings the trace along, and no tags.
        let waits = |id: &u128| self.traces.get(id).is_some_and(|trace| !trace.was_handed_over());
        let old = self.tag_changes.iter().filter(|(id, one)| one.since < pass && !waits(id));
        let old: Vec<u128> = old.map(|(id, _)| *id).collect();
        let mut done = Vec::new();
        for id in old {
            let Some(changes) = self.tag_changes.remove(&id) else { continue };
            self.held_bytes = self.held_bytes.saturating_sub(changes.notes.bytes());
            // Nobody has a trace that was not kept.
            if self.left_out.has_trace(id) {
                continue;
            }
            done.extend(TraceId::from_u128(id).map(|id| changes.into_done(id, source, &self.finished)));
        }
        done
    }
}

/// Whether the change is about a tag that MLflow takes from nobody.
fn is_immutable(payload: &[u8]) -> bool {
    let mut fields = Sections::new(payload);
    let is_deleted = fields.tag() == Some(Section::TagDeleted);
    let key = fields.text();
    keys::IMMUTABLE_TAGS.contains(&key.as_str()) && !(is_deleted && key == keys::TAG_ARCHIVAL_FAILURE)
}
