//! Starting and ending spans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, TryLockError};

use super::payload::{CaptureLimits, Payload, panic_text};
use crate::buffer::record::{Head, Section};
use crate::buffer::{Callsite, Hub, append};
use crate::context::{Context, Mode, current};
use crate::model::TraceId;
use crate::policy::sampler::Sampler;
use crate::policy::{clock, fixed, ids};

/// Writes records for the threads of the program.
pub(crate) struct Recorder {
    hub: Arc<Hub>,
    limits: CaptureLimits,
    sampler: Sampler,
    last_root: Mutex<u128>,
}

/// A span between its start and its end, or the fact that nothing is recorded. Plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenSpan {
    /// The context inside the span.
    pub(crate) inside: Context,
    /// Whether `inside` has to be made current: false when it is what is current anyway.
    pub(crate) enters: bool,
    /// Whether a record of the start was written, so that one of the end must follow.
    pub(crate) records: bool,
    is_root: bool,
}

/// The id of a trace that has not begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawnTrace {
    high: u64,
    low: u64,
    pub(crate) is_sampled: bool,
}

impl OpenSpan {
    /// Nothing is recorded and nothing changes.
    pub(crate) const OFF: Self =
        Self { inside: Context::OUTSIDE, enters: false, records: false, is_root: false };

    pub(crate) const fn silent(inside: Context) -> Self {
        Self { inside, enters: true, records: false, is_root: false }
    }
}

impl Recorder {
    pub(crate) fn new(hub: Arc<Hub>, limits: CaptureLimits, sampler: Sampler) -> Self {
        Self { hub, limits, sampler, last_root: Mutex::new(0) }
    }

    pub(crate) fn limits(&self) -> CaptureLimits {
        self.limits
    }

    /// Starts a span below the current one, or a trace. `fill` writes what is known at the start and is called only
    /// when the span is recorded.
    pub(crate) fn start(
        &self,
        callsite: Option<&'static Callsite>,
        drawn: Option<DrawnTrace>,
        fill: &mut dyn FnMut(&mut Payload),
    ) -> OpenSpan {
        let outer = current();
        let (trace_high, trace_low, is_root) = match outer.mode {
            Mode::Recording | Mode::InLostSpan => (outer.trace_high, outer.trace_low, false),
            Mode::Silent => return OpenSpan::OFF,
            Mode::Lost => {
                self.hub.count_lost();
                return OpenSpan::OFF;
            }
            Mode::Outside => {
                let drawn = drawn.unwrap_or_else(|| self.draw(&outer));
                if !drawn.is_sampled {
                    return OpenSpan::silent(Context::SILENT);
                }
                (drawn.high, drawn.low, true)
            }
        };
        let inside = Context { trace_high, trace_low, span: 0, mode: Mode::Recording, route: outer.route };
        if self.hub.is_full() {
            // Those inside of a lost root are lost with it; those inside of a lost child become its parent's children.
            if is_root {
                self.hub.count_lost();
                return OpenSpan::silent(Context { mode: Mode::Lost, ..inside });
            }
            self.hub.count_lost_span(inside.trace_id());
            return OpenSpan::silent(Context { mode: Mode::InLostSpan, span: outer.span, ..inside });
        }
        let inside = Context { span: self.new_span_id(outer.route), ..inside };
        let mut payload = Payload::new(self.limits);
        fill_safely(&mut payload, fill);
        let head = Head::Start {
            trace_id: inside.trace_id(),
            span: inside.span,
            parent: if is_root { 0 } else { outer.span },
            // Read last, so that taking down the arguments does not count as the span's own time.
            time: self.now(outer.route),
            callsite: callsite.map_or(0, |callsite| callsite.number(&self.hub)),
            route: outer.route,
        };
        append(&self.hub, head.words(payload.bytes().len(), &mut [0; 7]), payload.bytes());
        OpenSpan { inside, enters: true, records: true, is_root }
    }

    /// Ends a span now. `fill` writes the outcome.
    pub(crate) fn end(&self, span: &OpenSpan, fill: &mut dyn FnMut(&mut Payload)) {
        if !span.records {
            return;
        }
        let time = self.now(span.inside.route);
        let limits = if self.hub.is_full() {
            // How a span ends is small and is kept; a value is left out.
            self.hub.count_cut_value();
            CaptureLimits { value_bytes: 1024, span_bytes: 4096, debug_bytes: 1024, automatic: false }
        } else {
            self.limits
        };
        let mut payload = Payload::new(limits);
        fill_safely(&mut payload, fill);
        let head = Head::End { span: span.inside.span, time };
        append(&self.hub, head.words(payload.bytes().len(), &mut [0; 7]), payload.bytes());
        if span.is_root && span.inside.route == 0 {
            match self.last_root.try_lock() {
                Ok(mut last) => *last = span.inside.trace_id(),
                Err(TryLockError::Poisoned(last)) => *last.into_inner() = span.inside.trace_id(),
                // Another root ended in the same moment; either may be called the last.
                Err(TryLockError::WouldBlock) => {}
            }
        }
    }

    /// Says something about an open span.
    pub(crate) fn update(&self, inside: &Context, fill: impl FnOnce(&mut Payload)) {
        if inside.mode == Mode::Recording {
            self.say(inside, fill, |time| Head::Update { span: inside.span, time });
        }
    }

    /// Says something about the trace of a context.
    pub(crate) fn update_trace(&self, inside: &Context, fill: impl FnOnce(&mut Payload)) {
        if matches!(inside.mode, Mode::Recording | Mode::InLostSpan) {
            self.say(inside, fill, |time| Head::Trace { trace_id: inside.trace_id(), time });
        }
    }

    fn say(&self, inside: &Context, fill: impl FnOnce(&mut Payload), head: impl FnOnce(u64) -> Head) {
        if self.hub.is_full() {
            self.hub.count_cut_value();
            return;
        }
        let mut payload = Payload::new(self.limits);
        fill(&mut payload);
        let head = head(self.now(inside.route));
        append(&self.hub, head.words(payload.bytes().len(), &mut [0; 7]), payload.bytes());
    }

    /// The trace whose root ended last.
    pub(crate) fn last_trace_id(&self) -> Option<TraceId> {
        let last = self.last_root.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        TraceId::from_u128(*last)
    }

    /// Draws the id of a new trace, and with it whether the trace is recorded. The testing kit records all.
    pub(crate) fn draw(&self, outer: &Context) -> DrawnTrace {
        match fixed::trace_id(outer.route) {
            Some((high, low)) => DrawnTrace { high, low, is_sampled: true },
            None => {
                let (high, low) = ids::trace_id();
                DrawnTrace { high, low, is_sampled: self.sampler.samples(low) }
            }
        }
    }

    fn new_span_id(&self, route: u32) -> u64 {
        fixed::span_id(route).unwrap_or_else(ids::span_id)
    }

    fn now(&self, route: u32) -> u64 {
        fixed::now(route).unwrap_or_else(clock::reading)
    }
}

/// Lets code of the user's write what it knows. If it panics, the record is written with what is there, since a span
/// whose start or end is missing would hold up its trace.
fn fill_safely(payload: &mut Payload, fill: &mut dyn FnMut(&mut Payload)) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| fill(payload))) {
        let why = format!("its own code panicked: {}", panic_text(&*panic));
        payload.texts(Section::Problem, &["a value", &why]);
    }
}
