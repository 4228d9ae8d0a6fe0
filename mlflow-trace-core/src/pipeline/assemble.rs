//! Spans to traces: which traces are open, and when one is done.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use super::describe::{Source, TraceNotes, describe};
use super::span_build::{Piece, SpanRecords};
use crate::buffer::record::Head;
use crate::buffer::{Callsite, Hub};
use crate::model::{Completeness, Span, Trace, TraceId, TraceInfo};
use crate::policy::{clock, fixed};

/// How long a trace whose root has ended waits for spans that are still open.
const WAIT_FOR_OPEN_SPANS: Duration = Duration::from_secs(5);

/// Ids are random, so they are their own hash.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }
    fn write_u128(&mut self, value: u128) {
        self.0 ^= (value >> 64) as u64 ^ value as u64;
    }
}

type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A trace of which spans are open, or which waits for them.
struct OpenTrace {
    route: u32,
    wall_offset: u64,
    /// The root is in another record than this, or came with an earlier part of the trace.
    is_late_part: bool,
    root: Option<u64>,
    open: usize,
    spans: Vec<u64>,
    /// The pass in which something of it was last started or ended.
    touched: u64,
    /// When the root's end was read, and in which pass.
    root_ended: Option<(Instant, u64)>,
    notes: TraceNotes,
}

/// What was read of a span before its start.
struct Early {
    since: u64,
    pieces: Vec<Piece>,
    end: Option<u64>,
}

/// Joins the records of all threads.
pub(super) struct Assembler {
    traces: IdMap<u128, OpenTrace>,
    spans: IdMap<u64, SpanRecords>,
    /// Records whose start has not been read: another thread's log came first.
    early: IdMap<u64, Early>,
    early_notes: IdMap<u128, (u64, TraceNotes)>,
    callsites: Vec<Option<&'static Callsite>>,
    held_bytes: usize,
    pass: u64,
}

/// A trace that is done, with the route it came by.
pub(super) struct Done {
    pub(super) trace: Trace,
    pub(super) route: u32,
    /// Of the bytes that were held for it.
    pub(super) bytes: usize,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Self {
            traces: IdMap::default(),
            spans: IdMap::default(),
            early: IdMap::default(),
            early_notes: IdMap::default(),
            callsites: Vec::new(),
            held_bytes: 0,
            pass: 0,
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    pub(super) fn held_spans(&self) -> usize {
        self.spans.len()
    }

    /// A new reading of all logs begins.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
    }

    pub(super) fn take(&mut self, head: Head, payload: &[u8], hub: &Hub) {
        match head {
            Head::Start { trace_id, span, parent, time, callsite, route } => {
                let callsite = self.callsite(callsite, hub);
                let mut records = SpanRecords {
                    trace_id,
                    parent,
                    start: time,
                    end: None,
                    callsite,
                    pieces: Vec::new(),
                    is_over_limit: false,
                };
                if !payload.is_empty() {
                    records.pieces.push(Piece { time, payload: payload.into() });
                }
                self.start(span, records, route, hub);
            }
            Head::End { span, time } => {
                let piece = (!payload.is_empty()).then(|| Piece { time, payload: payload.into() });
                self.end(span, time, piece);
            }
            Head::Update { span, time } => self.update(span, Piece { time, payload: payload.into() }, hub),
            Head::Trace { trace_id, time } => {
                let notes = match self.traces.get_mut(&trace_id) {
                    Some(trace) => &mut trace.notes,
                    None => {
                        &mut self.early_notes.entry(trace_id).or_insert((self.pass, TraceNotes::default())).1
                    }
                };
                let before = notes.bytes();
                notes.take(time, payload);
                self.held_bytes = self.held_bytes + notes.bytes() - before;
            }
        }
    }

    fn callsite(&mut self, number: u32, hub: &Hub) -> Option<&'static Callsite> {
        if number == 0 {
            return None;
        }
        let index = number as usize;
        if index >= self.callsites.len() {
            self.callsites.resize(index + 1, None);
        }
        let known = &mut self.callsites[index];
        if known.is_none() {
            *known = hub.callsite(number);
        }
        *known
    }

    fn start(&mut self, id: u64, records: SpanRecords, route: u32, hub: &Hub) {
        let trace_id = records.trace_id;
        let is_root = records.parent == 0;
        let (early_notes, pass) = (&mut self.early_notes, self.pass);
        let trace = self.traces.entry(trace_id).or_insert_with(|| OpenTrace {
            route,
            wall_offset: if route == 0 { clock::wall_offset() } else { fixed::WALL_START },
            is_late_part: true,
            root: None,
            open: 0,
            spans: Vec::new(),
            touched: pass,
            root_ended: None,
            notes: early_notes.remove(&trace_id).map(|(_, notes)| notes).unwrap_or_default(),
        });
        if is_root {
            trace.root = Some(id);
            trace.is_late_part = false;
        }
        trace.open += 1;
        trace.touched = pass;
        trace.spans.push(id);
        self.held_bytes += records.bytes();
        self.spans.insert(id, records);
        if let Some(Early { pieces, end, .. }) = self.early.remove(&id) {
            for piece in pieces {
                self.held_bytes = self.held_bytes.saturating_sub(piece.bytes());
                self.update(id, piece, hub);
            }
            if let Some(time) = end {
                self.end(id, time, None);
            }
        }
    }

    fn update(&mut self, id: u64, piece: Piece, hub: &Hub) {
        match self.spans.get_mut(&id) {
            Some(records) if records.bytes() + piece.bytes() > hub.limits().span_bytes => {
                if !std::mem::replace(&mut records.is_over_limit, true) {
                    let note = Piece::problem(
                        piece.time,
                        "a later value",
                        "all values of the span are over its limit",
                    );
                    self.held_bytes += note.bytes();
                    records.pieces.push(note);
                }
                hub.count_cut_value();
            }
            Some(records) => {
                self.held_bytes += piece.bytes();
                records.pieces.push(piece);
            }
            None => self.keep_early(id, Some(piece), None),
        }
    }

    fn end(&mut self, id: u64, time: u64, piece: Option<Piece>) {
        let Some(records) = self.spans.get_mut(&id) else { return self.keep_early(id, piece, Some(time)) };
        if let Some(piece) = piece {
            self.held_bytes += piece.bytes();
            records.pieces.push(piece);
        }
        if records.end.replace(time).is_some() {
            return;
        }
        let trace_id = records.trace_id;
        if let Some(trace) = self.traces.get_mut(&trace_id) {
            trace.open = trace.open.saturating_sub(1);
            trace.touched = self.pass;
            if trace.root == Some(id) {
                trace.root_ended = Some((Instant::now(), self.pass));
            }
        }
    }

    fn keep_early(&mut self, id: u64, piece: Option<Piece>, end: Option<u64>) {
        let entry = self.early.entry(id).or_insert(Early { since: self.pass, pieces: Vec::new(), end: None });
        self.held_bytes += piece.as_ref().map_or(0, Piece::bytes);
        entry.pieces.extend(piece);
        entry.end = end.or(entry.end);
    }

    /// Takes out the traces that are done. `hurry` does not wait for open spans of traces whose root has ended.
    ///
    /// A trace is done when its root has ended and no span is open, judged after one more reading of all logs: a span
    /// that was started before the root ended may stand in a log that had been read already.
    pub(super) fn settle(&mut self, hurry: bool, source: &Source, hub: &Hub) -> Vec<Done> {
        let pass = self.pass;
        // A start comes at most one pass after what followed it; what still waits belongs to a span that is gone.
        let mut freed = 0;
        self.early.retain(|_, early| {
            let stays = early.since + 2 > pass;
            freed += if stays { 0 } else { early.pieces.iter().map(Piece::bytes).sum() };
            stays
        });
        self.early_notes.retain(|_, (since, notes)| {
            let stays = *since + 2 > pass;
            freed += if stays { 0 } else { notes.bytes() };
            stays
        });
        self.held_bytes = self.held_bytes.saturating_sub(freed);
        let ready: Vec<u128> = self
            .traces
            .iter()
            .filter(|(_, trace)| match trace.root_ended {
                Some((when, in_pass)) => {
                    (trace.open == 0 && in_pass < pass) || hurry || when.elapsed() >= WAIT_FOR_OPEN_SPANS
                }
                // A part that came late goes on as soon as nothing of it is open.
                None => trace.is_late_part && trace.open == 0 && (trace.touched < pass || hurry),
            })
            .map(|(id, _)| *id)
            .collect();
        self.finish_all(ready, source, hub)
    }

    /// Takes out everything that has ended, whatever is still open. Roots that are open make traces in progress.
    pub(super) fn settle_all(&mut self, source: &Source, hub: &Hub) -> Vec<Done> {
        let all: Vec<u128> = self.traces.keys().copied().collect();
        self.finish_all(all, source, hub)
    }

    /// In the order in which the traces began, which a destination keeps where times are equal.
    fn finish_all(&mut self, ids: Vec<u128>, source: &Source, hub: &Hub) -> Vec<Done> {
        let mut done: Vec<Done> = ids.into_iter().filter_map(|id| self.finish(id, source, hub)).collect();
        done.sort_by_key(|done| done.trace.info.start_unix_nanos);
        done
    }

    fn finish(&mut self, id: u128, source: &Source, hub: &Hub) -> Option<Done> {
        let trace_id = TraceId::from_u128(id)?;
        let mut open_trace = self.traces.remove(&id)?;
        let mut bytes = open_trace.notes.bytes();
        let mut spans: Vec<Span> = Vec::with_capacity(open_trace.spans.len());
        let (mut still_open, mut root_in_progress) = (Vec::new(), None);
        self.leave_out_unpolled(&mut open_trace);
        for span_id in std::mem::take(&mut open_trace.spans) {
            let Some(records) = self.spans.get(&span_id) else { continue };
            if records.end.is_none() {
                if open_trace.root == Some(span_id) {
                    root_in_progress = self.glimpse(span_id, open_trace.wall_offset);
                }
                still_open.push(span_id);
                continue;
            }
            let Some(records) = self.spans.remove(&span_id) else { continue };
            bytes += records.bytes();
            spans.extend(records.build(span_id, open_trace.wall_offset));
        }
        self.held_bytes = self.held_bytes.saturating_sub(bytes);
        spans.sort_by_key(|span| (span.parent_id.is_some(), span.start_unix_nanos));
        let mut info = TraceInfo::new(trace_id);
        let completeness =
            if open_trace.is_late_part { Completeness::LateSpans } else { Completeness::Whole };
        describe(
            &mut info,
            &spans,
            root_in_progress.as_ref(),
            &open_trace.notes,
            hub.take_losses(id),
            source,
        );
        let route = open_trace.route;
        if !still_open.is_empty() {
            // What ends later goes on as a late part of the same trace.
            self.traces.insert(
                id,
                OpenTrace {
                    open: still_open.len(),
                    spans: still_open,
                    is_late_part: true,
                    root_ended: None,
                    notes: TraceNotes::default(),
                    ..open_trace
                },
            );
        }
        // A trace of which nothing has ended says nothing yet.
        (!spans.is_empty()).then_some(Done { trace: Trace { info, spans, completeness }, route, bytes })
    }

    /// Takes out the spans of futures that were never polled. Those with something below them stay, so that it has a
    /// place.
    fn leave_out_unpolled(&mut self, trace: &mut OpenTrace) {
        while !trace.is_late_part {
            let records = || trace.spans.iter().filter_map(|id| Some((*id, self.spans.get(id)?)));
            let has_nothing_below = |id: u64| records().all(|(_, span)| span.parent != id);
            let found = records().find(|(id, span)| span.was_never_polled() && has_nothing_below(*id));
            let Some((id, _)) = found else { return };
            trace.spans.retain(|known| *known != id);
            let freed = self.spans.remove(&id).map_or(0, |records| records.bytes());
            self.held_bytes = self.held_bytes.saturating_sub(freed);
        }
    }

    /// A span that is still open, as far as it is known.
    fn glimpse(&self, id: u64, wall_offset: u64) -> Option<Span> {
        self.spans.get(&id)?.clone().build(id, wall_offset)
    }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
