//! The records of one trace, kept as they were written, in three lists that grow together.
//!
//! Nothing is asked of the memory for a single span, and what the lists occupy is known exactly.

use crate::buffer::Callsite;
use crate::buffer::record::{Section, push_tag, push_text};

/// The end of a chain of pieces.
const NONE: u32 = u32::MAX;

/// A span as far as its records have come; what was said about it lies elsewhere.
#[derive(Clone)]
pub(super) struct SpanRecord {
    pub(super) id: u64,
    /// Zero for a root.
    pub(super) parent: u64,
    pub(super) start: u64,
    /// Zero while it is open.
    pub(super) end: u64,
    pub(super) callsite: Option<&'static Callsite>,
    /// The first and the last thing that was said about it.
    first: u32,
    last: u32,
    /// Bytes of all that was said about it.
    said: usize,
    /// Something was left out because the span had become too large.
    is_over_limit: bool,
    /// It is the span of a future that nobody polled.
    pub(super) is_unpolled: bool,
    /// It is not delivered.
    pub(super) is_left_out: bool,
    /// It was handed over while its trace was running.
    pub(super) was_sent: bool,
    /// Its end was read before the last reading of all logs, so nothing that was said before it is missing.
    is_whole: bool,
}

impl SpanRecord {
    pub(super) fn new(id: u64, parent: u64, start: u64, callsite: Option<&'static Callsite>) -> Self {
        Self {
            id,
            parent,
            start,
            end: 0,
            callsite,
            first: NONE,
            last: NONE,
            said: 0,
            is_over_limit: false,
            is_unpolled: false,
            is_left_out: false,
            was_sent: false,
            is_whole: false,
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end != 0
    }
}

/// What was said about a span at one moment: a part of the bytes, and the next thing that was said.
#[derive(Clone)]
struct Piece {
    time: u64,
    from: usize,
    length: u32,
    next: u32,
}

/// What is said about a span, and when.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) time: u64,
    pub(super) payload: &'a [u8],
}

/// Spans in the order in which their starts were read, and all that was said about them.
#[derive(Default)]
pub(super) struct Records {
    spans: Vec<SpanRecord>,
    pieces: Vec<Piece>,
    payloads: Vec<u8>,
    /// Whether a span of them is that of a future that nobody polled.
    has_unpolled: bool,
}

impl Records {
    pub(super) fn spans(&self) -> &[SpanRecord] {
        &self.spans
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut SpanRecord> {
        self.spans.get_mut(index)
    }

    /// Memory that the records occupy.
    pub(super) fn bytes(&self) -> usize {
        self.spans.capacity() * size_of::<SpanRecord>()
            + self.pieces.capacity() * size_of::<Piece>()
            + self.payloads.capacity()
    }

    /// Adds a span and returns its index.
    pub(super) fn add(&mut self, span: SpanRecord) -> usize {
        make_room(&mut self.spans, 1);
        self.spans.push(span);
        self.spans.len() - 1
    }

    /// Adds what was said about a span.
    pub(super) fn say(&mut self, index: usize, said: Said<'_>) {
        // Both counts are far below their types' bounds: memory is.
        let (Ok(number), Ok(length)) = (u32::try_from(self.pieces.len()), u32::try_from(said.payload.len()))
        else {
            return;
        };
        let Some(span) = self.spans.get_mut(index) else { return };
        match self.pieces.get_mut(span.last as usize) {
            Some(last) => last.next = number,
            None => span.first = number,
        }
        span.last = number;
        span.said += size_of::<Piece>() + said.payload.len();
        if said.payload.first() == Some(&(Section::NeverPolled as u8)) {
            span.is_unpolled = true;
            self.has_unpolled = true;
        }
        make_room(&mut self.pieces, 1);
        make_room(&mut self.payloads, said.payload.len());
        self.pieces.push(Piece { time: said.time, from: self.payloads.len(), length, next: NONE });
        self.payloads.extend_from_slice(said.payload);
    }

    /// As [`say`](Self::say), unless the span becomes larger than `most` bytes by it: then the span says so, once, and
    /// the answer is `false`.
    pub(super) fn say_within(&mut self, index: usize, said: Said<'_>, most: usize) -> bool {
        let Some(span) = self.spans.get_mut(index) else { return true };
        // Bounded as attachments are, and only ever read out of a journal.
        if said.payload.first() == Some(&(Section::AttachedContent as u8)) {
            self.say(index, said);
            return true;
        }
        let fits = size_of::<SpanRecord>() + span.said + size_of::<Piece>() + said.payload.len() <= most;
        if fits {
            self.say(index, said);
        } else if !std::mem::replace(&mut span.is_over_limit, true) {
            let mut note = Vec::new();
            push_tag(&mut note, Section::Problem);
            push_text(&mut note, "a later value");
            push_text(&mut note, "all values of the span are over its limit");
            self.say(index, Said { time: said.time, payload: &note });
        }
        fits
    }

    /// What was said about a span, in the order of the times: threads are read one after the other, so it was read out
    /// of order.
    pub(super) fn said_of(&self, span: &SpanRecord) -> Vec<Said<'_>> {
        let mut all = Vec::new();
        let mut next = self.pieces.get(span.first as usize);
        while let Some(piece) = next {
            let payload = self.payloads.get(piece.from..piece.from + piece.length as usize);
            all.push(Said { time: piece.time, payload: payload.unwrap_or_default() });
            next = self.pieces.get(piece.next as usize);
        }
        if !all.is_sorted_by_key(|said| said.time) {
            all.sort_by_key(|said| said.time);
        }
        all
    }

    /// The spans that are still open, with what was said about them.
    pub(super) fn open_ones(&self) -> Self {
        self.those_that(|span| !span.has_ended())
    }

    /// All logs are about to be read.
    pub(super) fn expect_a_reading(&mut self) {
        self.spans.iter_mut().for_each(|span| span.is_whole = span.has_ended());
    }

    /// The spans that have ended and were not handed over before, and the root, which goes on. They count as handed
    /// over from now on.
    pub(super) fn take_running(&mut self, root: u64) -> Self {
        let is_new = |span: &SpanRecord| span.is_whole && !span.was_sent && !span.is_unpolled;
        let running = self.those_that(|span| span.id == root || is_new(span));
        for span in self.spans.iter_mut().filter(|span| is_new(span)) {
            span.was_sent = true;
        }
        running
    }

    /// A copy of some of the spans, with what was said about them.
    fn those_that(&self, are_wanted: impl Fn(&SpanRecord) -> bool) -> Self {
        let mut chosen = Self::default();
        for span in self.spans.iter().filter(|span| are_wanted(span)) {
            let copy = SpanRecord { first: NONE, last: NONE, said: 0, ..span.clone() };
            let index = chosen.add(copy);
            for said in self.said_of(span) {
                chosen.say(index, said);
            }
        }
        chosen
    }

    /// Leaves out the spans of futures that were never polled. Those with something below them stay, so that it has a
    /// place.
    pub(super) fn leave_out_unpolled(&mut self) {
        while self.has_unpolled {
            let has_nothing_below =
                |id: u64| !self.spans.iter().any(|span| !span.is_left_out && span.parent == id);
            let is_empty =
                |span: &SpanRecord| span.is_unpolled && !span.is_left_out && has_nothing_below(span.id);
            let Some(index) = self.spans.iter().position(is_empty) else { return };
            if let Some(span) = self.spans.get_mut(index) {
                span.is_left_out = true;
            }
        }
    }
}

/// Makes room for so many more items. A long list grows by a quarter, so that it is never much larger than what is in
/// it.
fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        let step = if list.len() * size_of::<T>() < 4096 { list.len() } else { list.len() / 4 };
        list.reserve_exact(step.max(more));
    }
}
