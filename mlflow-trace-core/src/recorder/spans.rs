//! Starting and ending spans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::payload::{CaptureLimits, Payload, panic_text};
use crate::buffer::record::{Head, Section};
use crate::buffer::{Callsite, Hub, append, note_root_end};
use crate::context::{Context, Mode, current, current_scope, in_scope};
use crate::model::TraceId;
use crate::policy::sampler::Sampler;
use crate::policy::{clock, fixed, ids};

/// Writes records for the threads of the program.
pub struct Recorder {
    hub: Arc<Hub>,
    limits: CaptureLimits,
    sampler: Sampler,
}

/// A span between its start and its end, or the fact that nothing is recorded. Plain data, in whole words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSpan {
    /// The context inside the span.
    pub(crate) inside: Context,
    flags: u64,
}

/// `inside` has to be made current; else it is what is current anyway.
const ENTERS: u64 = 1;
/// A record of the start was written, so that one of the end must follow.
const RECORDS: u64 = 2;
const IS_ROOT: u64 = 4;

/// Code that writes what is known of a span; called only when the span is recorded.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&mut Payload);

/// The id of a trace that has not begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawnTrace {
    high: u64,
    low: u64,
    pub(crate) is_sampled: bool,
}

impl DrawnTrace {
    /// The context inside of it when it is not recorded: it keeps its id, which is sent along to other services so that
    /// they don't record it either.
    pub(crate) fn unsampled(self, outer: &Context) -> Context {
        outer.outside().in_trace(self.high, self.low).with_mode(Mode::Unsampled)
    }
}

impl OpenSpan {
    /// Nothing is recorded and nothing changes.
    pub(crate) const OFF: Self = Self { inside: Context::OUTSIDE, flags: 0 };

    /// The same span, of which [`Recorder::last_trace_id`] is not to speak.
    pub(super) const fn unmentioned(self) -> Self {
        Self { flags: self.flags & !IS_ROOT, ..self }
    }

    pub(crate) const fn silent(inside: Context) -> Self {
        Self { inside, flags: ENTERS }
    }

    /// Whether its context has to be made current.
    #[inline]
    pub(crate) const fn enters(&self) -> bool {
        self.flags & ENTERS != 0
    }

    /// Whether it started and must end.
    #[inline]
    pub(crate) const fn records(&self) -> bool {
        self.flags & RECORDS != 0
    }

    /// Whether a trace began with it.
    #[cfg_attr(feature = "disabled", allow(dead_code))]
    pub(crate) const fn is_root(&self) -> bool {
        self.flags & IS_ROOT != 0
    }
}

impl Recorder {
    pub(crate) fn new(hub: Arc<Hub>, limits: CaptureLimits, sampler: Sampler) -> Self {
        Self { hub, limits, sampler }
    }

    pub(crate) fn limits(&self) -> CaptureLimits {
        self.limits
    }

    /// Starts a span below the current one, or a trace, of which nothing more is known.
    pub(crate) fn start_bare(&self, callsite: &'static Callsite) -> OpenSpan {
        let (open, parent) = self.place(None);
        if open.records() {
            self.write_start(&open, parent, Some(callsite), &[]);
        }
        open
    }

    /// Starts a span below the current one, or a trace.
    pub(crate) fn start(
        &self,
        callsite: Option<&'static Callsite>,
        drawn: Option<DrawnTrace>,
        fill: Fill<'_>,
    ) -> OpenSpan {
        let (open, parent) = self.place(drawn);
        if open.records() {
            let mut payload = Payload::new(self.limits);
            fill_safely(&mut payload, fill);
            self.attach(&open.inside, &mut payload, None);
            self.write_start(&open, parent, callsite, payload.bytes());
        }
        open
    }

    /// The span that starts here, and its parent or zero.
    #[inline(always)]
    fn place(&self, drawn: Option<DrawnTrace>) -> (OpenSpan, u64) {
        let outer = current();
        if outer.is_recording() && !self.hub.is_full() {
            let inside = outer.in_span(new_span_id(outer.route()));
            return (OpenSpan { inside, flags: ENTERS | RECORDS }, outer.span);
        }
        self.start_otherwise(&outer, drawn)
    }

    #[inline(always)]
    fn write_start(&self, open: &OpenSpan, parent: u64, callsite: Option<&'static Callsite>, payload: &[u8]) {
        let Context { trace_high, trace_low, span, .. } = open.inside;
        let route = open.inside.route();
        let callsite = callsite.map_or(0, |callsite| callsite.number(&self.hub));
        // Read last, so that taking down the arguments does not count as the span's own time.
        let time = now(route);
        let head = Head::start(payload.len(), [trace_high, trace_low], span, parent, time, callsite, route);
        append(&self.hub, &head, payload);
    }

    /// Where a span belongs that is not simply a child of a recorded one.
    #[inline(never)]
    fn start_otherwise(&self, outer: &Context, drawn: Option<DrawnTrace>) -> (OpenSpan, u64) {
        if outer.is_silent() { (OpenSpan::OFF, 0) } else { self.begin_or_lose(outer, drawn) }
    }

    #[inline(never)]
    fn begin_or_lose(&self, outer: &Context, drawn: Option<DrawnTrace>) -> (OpenSpan, u64) {
        let unrecorded = |open| (open, 0);
        let inside = match outer.mode() {
            Mode::Recording | Mode::InLostSpan | Mode::Remote => outer.with_mode(Mode::Recording),
            Mode::Silent | Mode::Unsampled | Mode::Paused => return unrecorded(OpenSpan::OFF),
            Mode::Lost => {
                self.hub.count_lost();
                return unrecorded(OpenSpan::OFF);
            }
            Mode::Outside => {
                let drawn = drawn.unwrap_or_else(|| self.draw(outer));
                if !drawn.is_sampled {
                    return unrecorded(OpenSpan::silent(drawn.unsampled(outer)));
                }
                outer.in_trace(drawn.high, drawn.low).with_mode(Mode::Recording)
            }
        };
        let is_root = outer.mode() == Mode::Outside;
        if self.hub.is_full() {
            // Those inside of a lost root are lost with it, also where the root is elsewhere and this would be the first
            // span of the trace here; those inside of a lost child become its parent's children.
            if is_root || outer.mode() == Mode::Remote {
                self.hub.count_lost();
                return unrecorded(OpenSpan::silent(inside.with_mode(Mode::Lost)));
            }
            self.hub.count_lost_span(inside.trace_id());
            return unrecorded(OpenSpan::silent(inside.with_mode(Mode::InLostSpan)));
        }
        let inside = inside.in_span(new_span_id(outer.route()));
        if is_root && in_scope() {
            self.say_scope(&inside);
        }
        let flags = if is_root { ENTERS | RECORDS | IS_ROOT } else { ENTERS | RECORDS };
        (OpenSpan { inside, flags }, if is_root { 0 } else { outer.span })
    }

    /// Writes the start and the end of a span that has ended elsewhere, as a child of the context's; `fill` writes
    /// what is known of it, its times included. False when it was lost, which is counted.
    pub(crate) fn finished(&self, parent: &Context, id: u64, fill: Fill<'_>) -> bool {
        if self.hub.is_full() {
            self.hub.count_lost_span(parent.trace_id());
            return false;
        }
        let open = OpenSpan { inside: parent.with_mode(Mode::Recording).in_span(id), flags: RECORDS };
        let mut payload = Payload::new(self.limits);
        fill_safely(&mut payload, fill);
        self.write_start(&open, parent.span, None, payload.bytes());
        self.end_bare(&open);
        true
    }

    /// The id of a span that is to be written.
    pub(crate) fn draw_span_id(&self, parent: &Context) -> u64 {
        new_span_id(parent.route())
    }

    /// Counts spans that could not be recorded, since their trace was lost.
    pub(crate) fn count_lost(&self, spans: usize) {
        (0..spans).for_each(|_| self.hub.count_lost());
    }

    /// Ends a span now, and says nothing about it.
    pub(crate) fn end_bare(&self, span: &OpenSpan) {
        if span.records() {
            self.write_end(span, now(span.inside.route()), false, &[]);
        }
    }

    /// Ends a span now that returned `()`.
    pub(crate) fn end_unit(&self, span: &OpenSpan) {
        if span.records() {
            self.write_end(span, now(span.inside.route()), self.limits.automatic, &[]);
        }
    }

    /// Ends a span now; `fill` writes the outcome.
    pub(crate) fn end(&self, span: &OpenSpan, fill: Fill<'_>) {
        if !span.records() {
            return;
        }
        let time = now(span.inside.route());
        let mut payload = Payload::new(if self.hub.is_full() { self.short_of_memory() } else { self.limits });
        fill_safely(&mut payload, fill);
        self.attach(&span.inside, &mut payload, Some(time));
        self.write_end(span, time, false, payload.bytes());
    }

    /// How a span ends is small and is kept; a value is left out.
    #[cold]
    fn short_of_memory(&self) -> CaptureLimits {
        self.hub.count_cut_value();
        CaptureLimits {
            value_bytes: 1024,
            span_bytes: 4096,
            debug_bytes: 1024,
            automatic: false,
            extracts: false,
            ..self.limits
        }
    }

    #[inline(always)]
    fn write_end(&self, span: &OpenSpan, time: u64, unit: bool, payload: &[u8]) {
        let head = Head::end(payload.len(), span.inside.span, time, unit);
        append(&self.hub, &head, payload);
        if span.flags & IS_ROOT != 0 && span.inside.route() == 0 {
            note_root_end(span.inside.trace_id(), time);
        }
    }

    /// Says something about an open span.
    pub(crate) fn update(&self, inside: &Context, fill: impl FnOnce(&mut Payload)) {
        if inside.is_recording() {
            self.say(inside, fill, |payload, time| {
                append(&self.hub, &Head::update(payload.len(), inside.span, time), payload);
            });
        }
    }

    /// Says something about the trace of a context.
    pub(crate) fn update_trace(&self, inside: &Context, fill: impl FnOnce(&mut Payload)) {
        if matches!(inside.mode(), Mode::Recording | Mode::InLostSpan) {
            self.say(inside, fill, |payload, time| {
                let trace = [inside.trace_high, inside.trace_low];
                append(&self.hub, &Head::about_trace(payload.len(), trace, time), payload);
            });
        }
    }

    /// What a scope says of the traces that begin in it. It is written before the root, so that a span without a scope
    /// has nothing to ask; what the program says later wins.
    #[cold]
    fn say_scope(&self, inside: &Context) {
        let Some(scope) = current_scope() else { return };
        let say = |tag, fields: &[&str]| self.update_trace(inside, |payload| payload.texts(tag, fields));
        let (tags, metadata) = (&scope.tags, &scope.metadata);
        metadata.iter().for_each(|(key, value)| say(Section::TraceMetadata, &[key, value]));
        tags.iter().for_each(|(key, value)| say(Section::TraceTag, &[key, value]));
        scope.session.iter().for_each(|session| say(Section::Session, &[session]));
        scope.user.iter().for_each(|user| say(Section::User, &[user]));
    }

    /// Says something about a trace by its id.
    pub(crate) fn about_trace(&self, trace_id: u128, fill: impl FnOnce(&mut Payload)) {
        self.say(&Context::OUTSIDE, fill, |payload, time| {
            let trace = [(trace_id >> 64) as u64, trace_id as u64];
            append(&self.hub, &Head::about_trace(payload.len(), trace, time), payload);
        });
    }

    /// Says what was written about an open span; false when it is left out, and counted, for want of memory.
    pub(super) fn say_written(&self, inside: &Context, payload: &mut Payload) -> bool {
        if self.hub.is_full() {
            self.hub.count_cut_value();
            return false;
        }
        self.attach(inside, payload, None);
        let bytes = payload.bytes();
        append(&self.hub, &Head::update(bytes.len(), inside.span, now(inside.route())), bytes);
        true
    }

    fn say(&self, inside: &Context, fill: impl FnOnce(&mut Payload), write: impl FnOnce(&[u8], u64)) {
        if self.hub.is_full() {
            self.hub.count_cut_value();
            return;
        }
        let mut payload = Payload::new(self.limits);
        fill(&mut payload);
        self.attach(inside, &mut payload, None);
        write(payload.bytes(), now(inside.route()));
    }

    /// Stashes what the values of a span bring along. `time` is that of the record, if it is known.
    #[inline(always)]
    fn attach(&self, inside: &Context, payload: &mut Payload, time: Option<u64>) {
        if payload.has_attached() {
            self.attach_now(inside, payload, time);
        }
    }

    // Out of line, so that spans without attachments do not pay for its registers.
    #[cold]
    #[inline(never)]
    fn attach_now(&self, inside: &Context, payload: &mut Payload, time: Option<u64>) {
        let time = time.unwrap_or_else(|| now(inside.route()));
        payload.settle_attached(|id, content| {
            self.hub.attach(inside.trace_id(), inside.span, time, id, content);
        });
    }

    /// The trace whose root ended last.
    pub(crate) fn last_trace_id(&self) -> Option<TraceId> {
        TraceId::from_u128(self.hub.last_root())
    }

    /// As [`Recorder::draw`], with a sampler of the span's own.
    pub(crate) fn draw_with(&self, outer: &Context, sampler: Sampler) -> DrawnTrace {
        let drawn = self.draw(outer);
        DrawnTrace { is_sampled: outer.route() != 0 || sampler.samples(drawn.low), ..drawn }
    }

    #[cold]
    fn sampler_of_scope(&self) -> Sampler {
        current_scope().and_then(|scope| scope.sampler).unwrap_or(self.sampler)
    }

    /// Draws the id of a new trace, and with it whether the trace is recorded. The testing kit records all.
    pub(crate) fn draw(&self, outer: &Context) -> DrawnTrace {
        match fixed::trace_id(outer.route()) {
            Some((high, low)) => DrawnTrace { high, low, is_sampled: true },
            None => {
                let (high, low) = ids::trace_id();
                let sampler = if in_scope() { self.sampler_of_scope() } else { self.sampler };
                DrawnTrace { high, low, is_sampled: sampler.samples(low) }
            }
        }
    }
}

#[inline]
fn new_span_id(route: u32) -> u64 {
    fixed::span_id(route).unwrap_or_else(ids::span_id)
}

#[inline]
fn now(route: u32) -> u64 {
    fixed::now(route).unwrap_or_else(clock::reading)
}

/// Lets code of the user's write what it knows. If it panics, the record is written with what is there, since a span
/// whose start or end is missing would hold up its trace.
#[inline]
pub(super) fn fill_safely(payload: &mut Payload, fill: Fill<'_>) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| fill(payload))) {
        let why = format!("its own code panicked: {}", panic_text(&*panic));
        payload.texts(Section::Problem, &["a value", &why]);
    }
}
