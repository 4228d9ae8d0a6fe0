//! What this thread is working on: the trace and span that new spans become children of.

mod carry;
mod entry;
mod remote;
mod surroundings;
mod w3c;

use std::cell::Cell;
use std::marker::PhantomData;

pub use carry::{CarriedFuture, InCurrentSpanClosure, InCurrentSpanFuture, WithContext};
pub use entry::{ContextGuard, ContextSource};
pub(crate) use entry::{Entry, private};
pub use remote::RemoteParent;
pub(crate) use remote::outgoing;
#[cfg(not(feature = "disabled"))]
pub(crate) use surroundings::Scope;
pub(crate) use surroundings::{Surroundings, current_scope, in_scope};
pub(crate) use w3c::{TRACEPARENT, TRACESTATE};

/// The trace and span that a piece of work belongs to. Plain data: it may be carried to any thread.
///
/// Whole words only: it is copied at every span, and the compiler copies odd sizes piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace_high: u64,
    pub(crate) trace_low: u64,
    /// The span that new spans become children of; zero for none.
    pub(crate) span: u64,
    /// A [`Mode`] in the low half, the route in the high one.
    mode_and_route: u64,
}

/// What is done with spans that start in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Mode {
    /// There is no trace here; a span that starts becomes the root of a new one.
    Outside = 0,
    /// Inside a trace that is recorded.
    Recording,
    /// Inside a span that was lost for want of memory, in a trace that is recorded: spans that start here become
    /// children of the nearest span that was kept, and what is said about the current span is said of none.
    InLostSpan,
    /// In code of ours, or a value's own code that we run: nothing is recorded, whatever is asked for.
    Silent,
    /// Inside a trace whose root was lost for want of memory: spans are counted as lost.
    Lost,
    /// Inside a trace that was not sampled: nothing is recorded, but a span that chooses its own trace may start.
    Unsampled,
    /// In a scope that the program keeps out: nothing is recorded until a scope inside asks for it.
    Paused,
    /// Below a span of another process: spans that start here become its children, and nothing can be said about it.
    Remote,
}

impl Context {
    /// Outside any trace.
    pub(crate) const OUTSIDE: Self = Self::of(Mode::Outside);
    /// Nothing is recorded: the user's `Serialize` and `Debug` run in it, and our worker.
    pub(crate) const SILENT: Self = Self::of(Mode::Silent);

    const fn of(mode: Mode) -> Self {
        Self { trace_high: 0, trace_low: 0, span: 0, mode_and_route: mode as u64 }
    }

    /// Outside any trace, on a route of the testing kit.
    #[cfg(feature = "testing")]
    pub(crate) const fn on_route(route: u32) -> Self {
        Self { mode_and_route: (route as u64) << 32, ..Self::OUTSIDE }
    }

    /// Outside any trace, on the same route.
    pub(crate) const fn outside(self) -> Self {
        Self { mode_and_route: self.mode_and_route, ..Self::OUTSIDE }.with_mode(Mode::Outside)
    }

    /// The same in another mode.
    #[inline]
    pub(crate) const fn with_mode(self, mode: Mode) -> Self {
        Self { mode_and_route: self.mode_and_route >> 32 << 32 | mode as u64, ..self }
    }

    /// The same, inside another span.
    #[inline]
    pub(crate) const fn in_span(self, span: u64) -> Self {
        Self { span, ..self }
    }

    /// The same, in another trace.
    pub(crate) const fn in_trace(self, trace_high: u64, trace_low: u64) -> Self {
        Self { trace_high, trace_low, ..self }
    }

    /// What is done with spans that start here.
    #[inline]
    pub(crate) const fn mode(&self) -> Mode {
        match self.mode_and_route as u32 {
            0 => Mode::Outside,
            1 => Mode::Recording,
            2 => Mode::InLostSpan,
            4 => Mode::Lost,
            5 => Mode::Unsampled,
            6 => Mode::Paused,
            7 => Mode::Remote,
            _ => Mode::Silent,
        }
    }

    /// Whether spans that start here become children of [`span`](Self::span).
    #[inline]
    pub(crate) const fn is_recording(&self) -> bool {
        self.mode_and_route as u32 == Mode::Recording as u32
    }

    /// Whether spans that start here are nothing.
    #[inline]
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self.mode(), Mode::Silent | Mode::Unsampled | Mode::Paused)
    }

    /// Where the trace goes: 0 for the configured destinations, else a capture of the testing kit.
    #[inline]
    pub(crate) const fn route(&self) -> u32 {
        (self.mode_and_route >> 32) as u32
    }

    pub(crate) fn trace_id(&self) -> u128 {
        u128::from(self.trace_high) << 64 | u128::from(self.trace_low)
    }
}

thread_local! {
    /// Without a destructor, so that it can be read while a thread ends.
    static CURRENT: Cell<Context> = const { Cell::new(Context::OUTSIDE) };
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// The context of this thread.
#[inline]
pub(crate) fn current() -> Context {
    if cfg!(feature = "disabled") { Context::OUTSIDE } else { CURRENT.with(Cell::get) }
}

/// Makes a context this thread's own until the guard is dropped.
#[inline]
pub(crate) fn attach(context: Context) -> Attached {
    let previous =
        if cfg!(feature = "disabled") { context } else { CURRENT.with(|cell| cell.replace(context)) };
    Attached { previous, not_send: PhantomData }
}

/// Makes this thread one of ours: nothing of what it does from now on is recorded.
pub(crate) fn silence_this_thread() {
    CURRENT.with(|cell| cell.set(Context::SILENT));
    IS_OURS.with(|cell| cell.set(true));
}

/// Whether this is a thread of ours, which must not wait for another one of ours.
pub(crate) fn is_our_thread() -> bool {
    IS_OURS.with(Cell::get)
}

/// Restores the context that was there before.
#[must_use = "the context is left again when this is dropped"]
pub(crate) struct Attached {
    previous: Context,
    not_send: PhantomData<*const ()>,
}

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        if !cfg!(feature = "disabled") {
            CURRENT.with(|cell| cell.set(self.previous));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_what_was_set_and_leaves_the_rest() {
        let (inside, outside) =
            ([Mode::Recording, Mode::InLostSpan, Mode::Lost], [Mode::Outside, Mode::Remote]);
        for mode in inside.into_iter().chain(outside).chain([Mode::Silent, Mode::Unsampled, Mode::Paused]) {
            let context = Context { mode_and_route: 7 << 32, ..Context::SILENT }.with_mode(mode);
            assert_eq!((context.mode(), context.route()), (mode, 7));
            assert_eq!(context.is_recording(), mode == Mode::Recording);
        }
    }

    #[test]
    fn guards_nest_and_restore() {
        let one = Context { span: 1, ..Context::OUTSIDE }.with_mode(Mode::Recording);
        let outer = attach(one);
        {
            let _inner = attach(Context::SILENT);
            assert_eq!(current(), Context::SILENT);
        }
        assert_eq!(current(), one);
        drop(outer);
        assert_eq!(current(), Context::OUTSIDE);
    }
}
