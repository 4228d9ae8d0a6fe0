//! What this thread is working on: the trace and span that new spans become children of.

mod carry;

use std::cell::Cell;
use std::marker::PhantomData;

pub use carry::{CarriedFuture, InCurrentSpanClosure, InCurrentSpanFuture};

/// The trace and span that a piece of work belongs to. Plain data: it may be carried to any thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace_high: u64,
    pub(crate) trace_low: u64,
    /// The span that new spans become children of; zero for none.
    pub(crate) span: u64,
    /// What is done with spans that start here.
    pub(crate) mode: Mode,
    /// Where the trace goes: 0 for the configured destinations, else a capture of the testing kit.
    pub(crate) route: u32,
}

/// What is done with spans that start in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// There is no trace here; a span that starts becomes the root of a new one.
    Outside,
    /// Inside a trace that is recorded.
    Recording,
    /// Inside a span that was lost for want of memory, in a trace that is recorded: spans that start here become
    /// children of the nearest span that was kept, and what is said about the current span is said of none.
    InLostSpan,
    /// Inside a trace that was not sampled, or in code of ours: nothing is recorded.
    Silent,
    /// Inside a trace whose root was lost for want of memory: spans are counted as lost.
    Lost,
}

impl Context {
    /// Outside any trace.
    pub(crate) const OUTSIDE: Self = Self::with_mode(Mode::Outside);
    /// Nothing is recorded: the user's `Serialize` and `Debug` run in it, and our worker.
    pub(crate) const SILENT: Self = Self::with_mode(Mode::Silent);

    const fn with_mode(mode: Mode) -> Self {
        Self { trace_high: 0, trace_low: 0, span: 0, mode, route: 0 }
    }

    pub(crate) fn trace_id(&self) -> u128 {
        u128::from(self.trace_high) << 64 | u128::from(self.trace_low)
    }
}

thread_local! {
    /// Without a destructor, so that it can be read while a thread ends.
    static CURRENT: Cell<Context> = const { Cell::new(Context::OUTSIDE) };
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

/// Makes a context this thread's own for good, and gives back what was there.
pub(crate) fn replace(context: Context) -> Context {
    if cfg!(feature = "disabled") { context } else { CURRENT.with(|cell| cell.replace(context)) }
}

/// Records nothing of what this thread does from now on.
pub(crate) fn silence_this_thread() {
    CURRENT.with(|cell| cell.set(Context::SILENT));
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
    fn guards_nest_and_restore() {
        let one = Context { span: 1, mode: Mode::Recording, ..Context::OUTSIDE };
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
