//! What the work of a thread or task carries beside the current span: what its traces are given when they begin, and
//! what another service wants passed on. A plain span never looks at it.

#[cfg(not(feature = "disabled"))]
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use crate::policy::sampler::Sampler;

/// What holds for the traces that begin in a scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) session: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) sampler: Option<Sampler>,
    /// Set where nothing is recorded: what was current outside, and is again where a scope inside asks for recording.
    pub(crate) paused: Option<Context>,
    /// Of a trace that came from elsewhere: its id, and what the services before us want passed on with it.
    pub(crate) trace_state: Option<(u128, Arc<str>)>,
}

/// The scope of a piece of work, shared by all that was started in it. Most work has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings(#[cfg(not(feature = "disabled"))] Option<Arc<Scope>>);

#[cfg(not(feature = "disabled"))]
thread_local! {
    static CURRENT: Cell<Option<Arc<Scope>>> = const { Cell::new(None) };
    /// Whether there is one. Without a destructor, so that asking costs one load.
    static IS_SET: Cell<bool> = const { Cell::new(false) };
}

#[cfg(not(feature = "disabled"))]
impl Surroundings {
    pub(crate) fn new(scope: Scope) -> Self {
        Self(Some(Arc::new(scope)))
    }

    /// Those of this thread.
    #[inline]
    pub(crate) fn current() -> Self {
        Self(current_scope())
    }

    /// Exchanges these with the thread's own.
    #[inline]
    pub(super) fn swap(&mut self) {
        if self.0.is_some() || in_scope() {
            self.swap_what_is_there();
        }
    }

    fn swap_what_is_there(&mut self) {
        // While a thread ends there are none any more.
        let _ = CURRENT.try_with(|cell| {
            IS_SET.with(|is_set| is_set.set(self.0.is_some()));
            self.0 = cell.replace(self.0.take());
        });
    }
}

/// Whether this thread's work has a scope: one load.
#[inline]
pub(crate) fn in_scope() -> bool {
    #[cfg(not(feature = "disabled"))]
    return IS_SET.with(Cell::get);
    #[cfg(feature = "disabled")]
    return false;
}

/// The scope of this thread's work, if there is one.
#[cfg(not(feature = "disabled"))]
#[inline]
pub(crate) fn current_scope() -> Option<Arc<Scope>> {
    if in_scope() { read() } else { None }
}

#[cfg(not(feature = "disabled"))]
#[cold]
fn read() -> Option<Arc<Scope>> {
    let read = |cell: &Cell<Option<Arc<Scope>>>| {
        let scope = cell.take();
        cell.set(scope.clone());
        scope
    };
    CURRENT.try_with(read).ok().flatten()
}

#[cfg(feature = "disabled")]
impl Surroundings {
    pub(crate) fn new(_: Scope) -> Self {
        Self()
    }

    #[inline]
    pub(crate) fn current() -> Self {
        Self()
    }

    #[inline]
    pub(super) fn swap(&mut self) {}
}

#[cfg(feature = "disabled")]
#[inline]
pub(crate) fn current_scope() -> Option<Arc<Scope>> {
    None
}
