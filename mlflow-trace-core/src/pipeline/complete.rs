//! A trace that is complete: its spans, and what MLflow keeps about the whole, out of its records.

use std::sync::Arc;

use super::attached::TraceAttachments;
use super::describe::{Source, TraceNotes, describe};
use super::price::add_model_and_cost;
use super::process::Processed;
use super::records::Records;
use super::span_build::build_span;
use crate::buffer::journal::SettleMark;
use crate::buffer::stash::Stashed;
use crate::exporters::{Finished, Held};
use crate::model::{Completeness, Span, SpanId, Trace, TraceId, TraceInfo, span_json_length};

/// All that was recorded of a trace. Nothing is added any more.
pub(super) struct CompleteTrace {
    /// In durable mode: says that the trace need not be recovered any more when it is dropped.
    #[allow(dead_code, reason = "it acts when it is dropped")]
    pub(super) mark: Option<SettleMark>,
    pub(super) trace_id: TraceId,
    pub(super) completeness: Completeness,
    /// The root, if it is among the records.
    pub(super) root: Option<u64>,
    pub(super) records: Records,
    /// Content that the records refer to, by id.
    pub(super) stashed: Vec<(u128, Arc<Stashed>)>,
    pub(super) notes: TraceNotes,
    /// Turns the records' times into wall time.
    pub(super) wall_offset: u64,
    /// Spans of the trace that were dropped.
    pub(super) lost_spans: u64,
    pub(super) source: Arc<Source>,
    /// What the program's processors left of the spans, where there are any: then the records are gone.
    pub(super) processed: Option<Processed>,
}

impl CompleteTrace {
    /// Memory beside its own size.
    pub(super) fn bytes(&self) -> usize {
        let processed = self.processed.as_ref().map_or(0, Processed::bytes);
        self.records.bytes() + self.notes.bytes() + processed
    }

    /// When the trace began, as far as it is here.
    pub(super) fn start(&self) -> u64 {
        let root = self.records.spans().iter().find(|span| Some(span.id) == self.root || span.parent == 0);
        root.map_or(0, |span| span.start)
    }

    /// The trace: the same one at each call.
    pub(super) fn build(&self) -> Trace {
        let Processed { mut spans, mut open_root, sent, mut attachments } = match &self.processed {
            Some(processed) => processed.clone(),
            None => self.as_recorded(),
        };
        for redactor in &self.source.redactors {
            spans.iter_mut().chain(&mut open_root).for_each(|span| redactor.span(span));
        }
        // After the redactors, so that nothing is made of what they kept out.
        if self.processed.is_some() {
            // Extracted before the processors saw it; what they took out goes with its value.
            attachments.keep_mentioned(&spans.iter().chain(&open_root));
        } else {
            let redactors = &self.source.redactors;
            spans.iter_mut().chain(&mut open_root).for_each(|span| attachments.extract(span, redactors));
        }
        let attachments = attachments.finish(&mut spans, &self.source.redactors);
        let sizes = spans.iter().map(span_json_length).collect();
        let prices = &self.source.prices;
        spans.iter_mut().chain(&mut open_root).for_each(|span| add_model_and_cost(span, prices));
        spans.sort_by_key(|span: &Span| (span.parent_id.is_some(), span.start_unix_nanos));
        let mut info = TraceInfo::new(self.trace_id);
        describe(&mut info, &spans, open_root.as_ref(), &self.notes, self.lost_spans, &self.source, sizes);
        self.source.redactors.iter().for_each(|redactor| redactor.info(&mut info));
        let mut trace = Trace::new(info, spans, self.completeness);
        trace.attachments = attachments;
        if self.completeness != Completeness::Running {
            trace.sent_while_running = sent;
        }
        trace
    }

    /// The spans that have ended, and the root if it has not.
    fn as_recorded(&self) -> Processed {
        let (mut spans, mut open_root) = (Vec::with_capacity(self.records.spans().len()), None);
        let mut attachments = TraceAttachments::new(&self.stashed, self.source.attachments);
        for record in self.records.spans().iter().filter(|record| !record.is_left_out) {
            let is_open_root = !record.has_ended() && Some(record.id) == self.root;
            if !record.has_ended() && !is_open_root {
                continue;
            }
            let said = self.records.said_of(record);
            let span = build_span(record, &said, self.trace_id, self.wall_offset, &mut attachments);
            if is_open_root {
                open_root = span;
            } else {
                spans.extend(span);
            }
        }
        let sent = self.records.spans().iter().filter(|record| record.was_sent);
        let sent = sent.filter_map(|record| SpanId::from_u64(record.id)).collect();
        Processed { spans, open_root, sent, attachments }
    }
}

/// A trace that is done, with the route it came by.
pub(super) struct Done {
    pub(super) finished: Finished,
    pub(super) route: u32,
    pub(super) start: u64,
}

impl Done {
    pub(super) fn new(mut complete: CompleteTrace, spans: usize, route: u32, held: &Arc<Held>) -> Self {
        let start = complete.start();
        let spans = match &complete.processed {
            Some(processed) => {
                complete.records = Records::default();
                // Of a running trace they are counted where the trace keeps them.
                if complete.completeness == Completeness::Running { spans } else { processed.spans.len() }
            }
            None => spans,
        };
        let bytes = complete.bytes();
        let (trace_id, completeness) = (complete.trace_id, complete.completeness);
        let stay = complete.mark.as_ref().map(SettleMark::stay);
        let finished = Finished::new(trace_id, completeness, spans, bytes, held, move || complete.build());
        let finished = finished.in_journal(stay);
        Self { finished, route, start }
    }
}
