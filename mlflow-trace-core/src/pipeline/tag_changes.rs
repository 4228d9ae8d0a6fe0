//! Tags that are set or deleted by a trace's id, whether the trace is open, on its way or delivered.
//!
//! Of a trace that is open they become part of what is delivered. Else they go to the destinations behind the trace, as
//! a hand-over of their own.

use std::sync::Arc;

use super::complete::Done;
use super::describe::{Source, TraceNotes};
use crate::buffer::record::{Section, Sections};
use crate::exporters::{Finished, Held};
use crate::model::{Completeness, Trace, TraceId, TraceInfo};

/// Changes for one trace that are not with it yet.
pub(super) struct TagChanges {
    /// The pass in which the first was read.
    pub(super) since: u64,
    pub(super) route: u32,
    pub(super) notes: TraceNotes,
}

/// The route by which the change goes; nothing when this is something else that is said about a trace.
pub(super) fn route_of_change(payload: &[u8]) -> Option<u32> {
    let mut fields = Sections::new(payload);
    match fields.tag()? {
        Section::TagSet => {
            let _ = (fields.bytes(), fields.bytes());
        }
        Section::TagDeleted => {
            let _ = fields.bytes();
        }
        _ => return None,
    }
    fields.text().parse().ok()
}

impl TagChanges {
    pub(super) fn new(since: u64, route: u32) -> Self {
        Self { since, route, notes: TraceNotes::default() }
    }

    /// A hand-over of the changes alone.
    pub(super) fn into_done(self, trace_id: TraceId, source: &Arc<Source>, held: &Arc<Held>) -> Done {
        let Self { route, notes, .. } = self;
        let (bytes, source) = (notes.bytes(), source.on_route(route));
        let build = move || {
            let mut trace = Trace::new(TraceInfo::new(trace_id), Vec::new(), Completeness::Tags);
            (trace.info.tags, trace.deleted_tags) = notes.tag_changes();
            source.redactors.iter().for_each(|redactor| redactor.info(&mut trace.info));
            trace
        };
        let finished = Finished::new(trace_id, Completeness::Tags, 0, bytes, held, build);
        Done { finished, route, start: u64::MAX }
    }
}
