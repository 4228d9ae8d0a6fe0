//! Spans to traces: which traces are open, and when one is done.

mod assessments;
mod early;
mod expire;
mod running;
mod tags;

use std::sync::Arc;
use std::time::{Duration, Instant};

use early::Early;
use expire::Expiry;

use super::complete::{CompleteTrace, Done};
use super::describe::{Source, TraceNotes};
use super::id_map::IdMap;
use super::left_out::LeftOut;
use super::open_trace::OpenTrace;
use super::process::{Earlier, Verdict};
use super::records::{Records, Said, SpanRecord};
use super::tag_changes::{TagChanges, route_of_change};
use crate::buffer::journal::SettleMark;
use crate::buffer::record::Head;
use crate::buffer::{Callsite, Hub};
use crate::exporters::Held;
use crate::model::{Completeness, TraceId};
use crate::policy::{clock, fixed};
use assessments::Assessments;

/// How long a trace whose root has ended waits for spans that are still open.
const WAIT_FOR_OPEN_SPANS: Duration = Duration::from_secs(5);

/// How long a trace must have been running before its finished spans are handed over.
const RUNNING_FOR: Duration = Duration::from_secs(3);

/// Where an open span's record is.
struct Place {
    trace_id: u128,
    index: usize,
}

/// Joins the records of all threads.
pub(super) struct Assembler {
    traces: IdMap<u128, OpenTrace>,
    /// Of the spans that are open.
    places: IdMap<u64, Place>,
    /// Records whose start has not been read, because another thread's log came first; and what was said about spans
    /// before their end but read after it.
    early: IdMap<u64, Early>,
    early_notes: IdMap<u128, (u64, TraceNotes)>,
    /// Changes of tags of traces that may have been handed over.
    tag_changes: IdMap<u128, TagChanges>,
    has_said_immutable: bool,
    /// Assessments wait for their traces to be handed over.
    assessments: IdMap<u128, Assessments>,
    callsites: Vec<Option<&'static Callsite>>,
    held_bytes: usize,
    held_spans: usize,
    /// Counts what is finished and waits in memory.
    finished: Arc<Held>,
    left_out: LeftOut,
    expiry: Expiry,
    pass: u64,
    /// When the pass began.
    now: Instant,
    /// The way from the records' times to wall time, once it was asked for in this pass.
    wall_offset: Option<u64>,
}

impl Assembler {
    pub(super) fn new(finished: Arc<Held>) -> Self {
        Self {
            traces: IdMap::default(),
            places: IdMap::default(),
            early: IdMap::default(),
            early_notes: IdMap::default(),
            tag_changes: IdMap::default(),
            has_said_immutable: false,
            assessments: IdMap::default(),
            callsites: Vec::new(),
            held_bytes: 0,
            held_spans: 0,
            finished,
            left_out: LeftOut::default(),
            expiry: Expiry::default(),
            pass: 0,
            now: Instant::now(),
            wall_offset: None,
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes + self.places.len() * 2 * size_of::<(u64, Place)>()
    }

    pub(super) fn held_spans(&self) -> usize {
        self.held_spans
    }

    pub(super) fn held_ended_spans(&self) -> usize {
        self.held_spans.saturating_sub(self.places.len())
    }

    /// A new reading of all logs begins.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
        self.now = Instant::now();
        self.wall_offset = None;
        // What a burst left behind is given back.
        if self.places.capacity() > 4096 && self.places.len() < self.places.capacity() / 8 {
            self.places.shrink_to(self.places.len() * 2);
        }
        if self.traces.capacity() > 1024 && self.traces.len() < self.traces.capacity() / 8 {
            self.traces.shrink_to(self.traces.len() * 2);
        }
    }

    pub(super) fn take(&mut self, head: Head, payload: &[u8], hub: &Hub) {
        match head {
            Head::Start { trace_id, span, parent, time, callsite, route } => {
                let callsite = self.callsite(callsite, hub);
                let record = SpanRecord::new(span, parent, time, callsite);
                self.start(trace_id, record, Said { time, payload }, route, hub);
            }
            Head::End { span, time } => self.end(span, time, Said { time, payload }),
            Head::Update { span, time } => self.update(span, Said { time, payload }, hub),
            Head::Trace { trace_id, time } if let Some(route) = route_of_change(payload) => {
                self.change_tags(trace_id, time, payload, route);
            }
            Head::Trace { trace_id, time } if let Some(route) = assessments::route(payload) => {
                self.assess(trace_id, time, payload, route, hub);
            }
            Head::Trace { trace_id, time } => match self.traces.get_mut(&trace_id) {
                Some(trace) => {
                    trace.notes.take(time, payload);
                    trace.count(&mut self.held_bytes);
                }
                None => {
                    let early = self.early_notes.entry(trace_id);
                    let notes = &mut early.or_insert((self.pass, TraceNotes::default())).1;
                    let before = notes.bytes();
                    notes.take(time, payload);
                    self.held_bytes = self.held_bytes + notes.bytes() - before;
                }
            },
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
        *known = known.or_else(|| hub.callsite(number));
        *known
    }

    /// Of records that another process made; in this pass.
    pub(super) fn set_wall_offset(&mut self, wall_offset: u64) {
        self.wall_offset = Some(wall_offset);
    }

    /// Of this trace a part has been handed over by another process.
    pub(super) fn continue_earlier(&mut self, trace_id: u128) {
        if let Some(trace) = self.traces.get_mut(&trace_id) {
            (trace.is_late_part, trace.is_rest) = (true, true);
        }
    }

    /// When the oldest span began that is held.
    pub(super) fn oldest_start(&self) -> Option<u64> {
        let spans = self.traces.values().flat_map(|trace| trace.records.spans());
        spans.map(|span| span.start).min()
    }

    fn wall_offset(&mut self, route: u32) -> u64 {
        if route == 0 { *self.wall_offset.get_or_insert_with(clock::wall_offset) } else { fixed::WALL_START }
    }

    fn start(&mut self, trace_id: u128, record: SpanRecord, said: Said<'_>, route: u32, hub: &Hub) {
        let id = record.id;
        if id == 0 || trace_id == 0 {
            return;
        }
        let trace = match self.traces.get_mut(&trace_id) {
            Some(trace) => trace,
            None => {
                let wall_offset = self.wall_offset(route);
                let notes = self.early_notes.remove(&trace_id).map(|(_, notes)| notes).unwrap_or_default();
                let trace = OpenTrace {
                    route,
                    wall_offset,
                    is_late_part: true,
                    is_rest: false,
                    root: None,
                    open: 0,
                    records: Records::default(),
                    touched: self.pass,
                    since: self.now,
                    is_announced: false,
                    root_ended: None,
                    // What came early was counted when it came.
                    held_bytes: notes.bytes(),
                    notes,
                    earlier: Earlier::default(),
                    is_dropped: false,
                };
                self.traces.entry(trace_id).or_insert(trace)
            }
        };
        if record.parent == 0 {
            trace.root = Some(id);
            trace.is_late_part = false;
        }
        trace.open += 1;
        trace.touched = self.pass;
        let index = trace.records.add(record);
        if !said.payload.is_empty() {
            trace.records.say(index, said);
        }
        trace.count(&mut self.held_bytes);
        self.held_spans += 1;
        self.places.insert(id, Place { trace_id, index });
        if !self.early.is_empty()
            && let Some(early) = self.early.remove(&id)
        {
            self.held_bytes = self.held_bytes.saturating_sub(early.bytes());
            for (time, payload) in &early.pieces {
                self.update(id, Said { time: *time, payload }, hub);
            }
            if let Some(time) = early.end {
                self.end(id, time, Said { time, payload: &[] });
            }
        }
    }

    fn update(&mut self, id: u64, said: Said<'_>, hub: &Hub) {
        let Some(place) = self.places.get(&id) else { return self.keep_early(id, said, None) };
        let Some(trace) = self.traces.get_mut(&place.trace_id) else { return };
        if !trace.records.say_within(place.index, said, hub.limits().span_bytes) {
            hub.count_cut_value();
        }
        trace.count(&mut self.held_bytes);
    }

    fn end(&mut self, id: u64, time: u64, said: Said<'_>) {
        let Some(place) = self.places.remove(&id) else { return self.keep_early(id, said, Some(time)) };
        let Some(trace) = self.traces.get_mut(&place.trace_id) else { return };
        if !said.payload.is_empty() {
            trace.records.say(place.index, said);
            trace.count(&mut self.held_bytes);
        }
        if let Some(record) = trace.records.get_mut(place.index) {
            record.end = time.max(1);
        }
        trace.open = trace.open.saturating_sub(1);
        trace.touched = self.pass;
        if trace.root == Some(id) {
            trace.root_ended = Some((self.now, self.pass));
        }
    }

    /// Takes out the traces that are done. `hurry` does not wait for open spans of traces whose root has ended.
    ///
    /// A trace is done when its root has ended and no span is open, judged after one more reading of all logs: a span
    /// that was started before the root ended may stand in a log that had been read already.
    pub(super) fn settle(&mut self, hurry: bool, source: &Arc<Source>, hub: &Hub) -> Vec<Done> {
        self.drop_early(hub);
        self.join_tag_changes();
        self.expire(&source.bounds);
        hub.stash().sweep(|trace| self.traces.contains_key(&trace));
        let (pass, now) = (self.pass, self.now);
        let ready: Vec<u128> = self
            .traces
            .iter()
            .filter(|(_, trace)| match trace.root_ended {
                Some((when, in_pass)) => {
                    let is_over = now.duration_since(when) >= WAIT_FOR_OPEN_SPANS;
                    (trace.open == 0 && in_pass < pass) || hurry || is_over
                }
                // A part that came late, or whose root is in another process, goes on as soon as nothing of it is open,
                // and what has ended of it in any case after a while: such a trace may never be without open spans.
                None if trace.is_late_part => {
                    let is_over = trace.has_ended_spans() && now.duration_since(trace.since) >= RUNNING_FOR;
                    (trace.open == 0 && (trace.touched < pass || hurry)) || is_over
                }
                None => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let mut done = self.finish_all(ready, source, hub);
        // Behind the traces that they are about.
        done.extend(self.tag_changes_before(pass, source));
        done.extend(self.assessments_before(pass, source));
        done
    }

    /// Takes out everything that has ended, whatever is still open. Roots that are open make traces in progress.
    pub(super) fn settle_all(&mut self, source: &Arc<Source>, hub: &Hub) -> Vec<Done> {
        self.join_tag_changes();
        let all: Vec<u128> = self.traces.keys().copied().collect();
        let mut done = self.finish_all(all, source, hub);
        done.extend(self.tag_changes_before(u64::MAX, source));
        done.extend(self.assessments_before(u64::MAX, source));
        done
    }

    /// In the order in which the traces began, which a destination keeps where times are equal.
    fn finish_all(&mut self, ids: Vec<u128>, source: &Arc<Source>, hub: &Hub) -> Vec<Done> {
        let mut done: Vec<Done> = ids.into_iter().filter_map(|id| self.finish(id, source, hub)).collect();
        done.sort_by_key(|done| done.start);
        done
    }

    fn finish(&mut self, id: u128, source: &Arc<Source>, hub: &Hub) -> Option<Done> {
        let trace_id = TraceId::from_u128(id)?;
        let mut trace = self.traces.remove(&id)?;
        if !self.early.is_empty() {
            self.join_early(&mut trace, hub);
        }
        self.held_bytes = self.held_bytes.saturating_sub(trace.held_bytes);
        if !trace.is_late_part {
            trace.records.leave_out_unpolled();
        }
        let spans = trace.records.spans();
        let (read, open) = (spans.len(), spans.iter().filter(|span| !span.has_ended()).count());
        let left_out = spans.iter().filter(|span| span.is_left_out).count();
        let ended = read.saturating_sub(open + left_out);
        self.held_spans = self.held_spans.saturating_sub(read - open);
        let (route, still_open) = (trace.route, (open > 0).then(|| trace.records.open_ones()));
        let mark = hub.settled().map(|settled| {
            let ended: Box<[u64]> =
                spans.iter().filter(|span| span.has_ended()).map(|span| span.id).collect();
            SettleMark::new(settled, id, ended, spans.iter().map(|span| span.start).min().unwrap_or(0))
        });
        let source = source.on_route(route);
        let mut complete = CompleteTrace {
            mark,
            trace_id,
            completeness: if trace.is_late_part { Completeness::LateSpans } else { Completeness::Whole },
            root: trace.root,
            records: trace.records,
            stashed: hub.stash().of_trace(id),
            notes: std::mem::take(&mut trace.notes),
            wall_offset: trace.wall_offset,
            lost_spans: hub.take_losses(id),
            source,
            processed: None,
        };
        let (mut earlier, was_announced) = (std::mem::take(&mut trace.earlier), trace.is_announced);
        let is_dropped = trace.is_dropped || (trace.is_late_part && self.left_out.has_trace(id));
        if still_open.is_none() {
            hub.stash().release(id, self.now);
        }
        if let Some(records) = still_open {
            for (index, span) in records.spans().iter().enumerate() {
                self.places.insert(span.id, Place { trace_id: id, index });
            }
            // What ends later goes on as a late part of the same trace.
            let mut rest = OpenTrace {
                open: records.spans().len(),
                records,
                is_late_part: true,
                is_rest: true,
                since: self.now,
                root_ended: None,
                notes: TraceNotes::default(),
                held_bytes: 0,
                ..trace
            };
            rest.count(&mut self.held_bytes);
            self.traces.insert(id, rest);
        }
        // A trace of which nothing has ended says nothing yet.
        if ended == 0 {
            return None;
        }
        if !complete.source.processing.is_nothing() {
            if is_dropped {
                complete.source.processing.count_unkept(0, ended as u64);
                return None;
            }
            if complete.process(&mut earlier, &mut self.left_out, was_announced) == Verdict::Drop {
                let is_dropped = self.left_out.has_trace(id);
                self.traces.get_mut(&id).into_iter().for_each(|rest| rest.is_dropped = is_dropped);
                return None;
            }
        }
        Some(Done::new(complete, ended, route, &self.finished))
    }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
