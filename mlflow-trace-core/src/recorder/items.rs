//! The span of a stream or an iterator: it stays open while items come, and each of them becomes an event.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::failure::write_panic;
use super::payload::{CaptureLimits, Payload};
use super::spans::{OpenSpan, Recorder, fill_safely};
use crate::buffer::record::Section;
use crate::context::attach;

/// So many items of a stream are kept; together they may be as large as one value.
const MAX_CHUNKS: u64 = 1_000;
/// So many errors among the items are told.
const MAX_ERRORS: u32 = 100;

/// Says what is recorded of an item.
pub trait TellItem<I: ?Sized> {
    /// Writes the item's value, or its error if it is one.
    fn item(&mut self, payload: &mut Payload, item: &I);
    /// Writes what the items came to, if that is asked for.
    fn total(&mut self, payload: &mut Payload);
}

/// How a stream ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Exhausted,
    Dropped,
}

/// An open span that gathers items.
pub(crate) struct Items {
    span: OpenSpan,
    recorder: fn() -> Option<&'static Recorder>,
    /// Whether the outputs are the list of items.
    lists: bool,
    has_ended: bool,
    kept: u64,
    kept_bytes: usize,
    left_out: u64,
    errors: u32,
    /// Errors that could not be said when they came; the end says them.
    unsaid: Vec<u8>,
}

impl Items {
    pub(crate) fn new(recorder: fn() -> Option<&'static Recorder>, span: OpenSpan, lists: bool) -> Self {
        let has_ended = !span.enters();
        let unsaid = Vec::new();
        Self { span, recorder, lists, has_ended, kept: 0, kept_bytes: 0, left_out: 0, errors: 0, unsaid }
    }

    /// Makes an item inside the span. A panic ends the span and goes on.
    #[inline]
    pub(super) fn make<R>(&mut self, make: impl FnOnce() -> R) -> R {
        if self.has_ended {
            return make();
        }
        let attached = attach(self.span.inside);
        let result = catch_unwind(AssertUnwindSafe(make));
        drop(attached);
        match result {
            Ok(made) => made,
            Err(panic) => {
                self.end(|payload, limits| write_panic(payload, &*panic, limits.debug_bytes));
                resume_unwind(panic)
            }
        }
    }

    /// Records what came: an item, or the end.
    #[inline]
    pub(super) fn record<I>(&mut self, came: Option<&I>, tell: &mut impl TellItem<I>) {
        if self.has_ended {
            return;
        }
        match came {
            Some(item) => self.record_item(item, tell),
            None => self.end_well(Ending::Exhausted, |payload| tell.total(payload)),
        }
    }

    fn record_item<I>(&mut self, item: &I, tell: &mut impl TellItem<I>) {
        let Some(recorder) = (self.recorder)().filter(|_| self.span.records()) else { return };
        let limits = recorder.limits();
        let is_full = self.kept >= MAX_CHUNKS || self.kept_bytes >= limits.value_bytes;
        let room = limits.value_bytes.saturating_sub(self.kept_bytes);
        let automatic = limits.automatic && !is_full;
        // Items share the room of one value, so only the first one may be larger than what is left.
        let extracts = limits.extracts && self.kept_bytes == 0;
        let mut payload = Payload::new(CaptureLimits { automatic, value_bytes: room, extracts, ..limits });
        fill_safely(&mut payload, &mut |payload| tell.item(payload, item));
        if payload.begins_with(Section::Returned) {
            payload.number(Section::Chunk, self.kept);
            if recorder.say_written(&self.span.inside, &mut payload) {
                self.kept += 1;
                self.kept_bytes += payload.bytes().len();
            } else {
                self.left_out += 1;
            }
        } else if payload.begins_with(Section::Exception) {
            self.errors += 1;
            if self.errors > MAX_ERRORS {
                self.left_out += 1;
            } else if !recorder.say_written(&self.span.inside, &mut payload) && self.unsaid.is_empty() {
                self.unsaid.extend_from_slice(payload.bytes());
            }
        } else if payload.begins_with(Section::Problem) {
            // The item itself could not be recorded; the event says why.
            self.left_out += 1;
            recorder.say_written(&self.span.inside, &mut payload);
        } else if is_full {
            self.left_out += 1;
        }
    }

    /// The stream is being dropped: `discard` drops it inside the span, which ends then, even after a panic.
    pub(super) fn drop_inside(&mut self, discard: impl FnOnce(), total: impl FnOnce(&mut Payload)) {
        if self.has_ended {
            return discard();
        }
        let ending = EndDropped { items: self, total: Some(total) };
        let attached = attach(ending.items.span.inside);
        discard();
        drop(attached);
        drop(ending);
    }

    fn end_well(&mut self, how: Ending, total: impl FnOnce(&mut Payload)) {
        let lists = self.lists;
        self.end(|payload, limits| {
            if how == Ending::Dropped {
                payload.texts(Section::StoppedEarly, &[]);
            }
            if lists && limits.automatic {
                total(payload);
            }
        });
    }

    #[cold]
    fn end(&mut self, tell: impl FnOnce(&mut Payload, CaptureLimits)) {
        self.has_ended = true;
        let Some(recorder) = (self.recorder)() else { return };
        let (limits, mut tell) = (recorder.limits(), Some(tell));
        recorder.end(&self.span, &mut |payload| {
            payload.texts(Section::Stream, &[]);
            payload.append(&self.unsaid);
            if self.lists && limits.automatic {
                payload.number(Section::Chunks, self.left_out);
            }
            if let Some(tell) = tell.take() {
                tell(payload, limits);
            }
        });
    }
}

struct EndDropped<'a, T: FnOnce(&mut Payload)> {
    items: &'a mut Items,
    total: Option<T>,
}

impl<T: FnOnce(&mut Payload)> Drop for EndDropped<'_, T> {
    fn drop(&mut self) {
        if let Some(total) = self.total.take() {
            self.items.end_well(Ending::Dropped, total);
        }
    }
}
