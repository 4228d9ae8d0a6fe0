//! A clock and ids that are the same in every run, for traces that the testing kit captures.
//!
//! Such traces carry a route above zero. All others pay one comparison here, and none without the feature `testing`.

/// The wall time at which a captured trace begins: 2026-01-01T00:00:00Z, in nanoseconds since 1970.
pub(crate) const WALL_START: u64 = 1_767_225_600_000_000_000;
/// Each reading of the clock is this much later than the one before: 1 ms.
#[cfg(feature = "testing")]
const STEP: u64 = 1_000_000;

#[cfg(not(feature = "testing"))]
mod answers {
    #[inline]
    pub(crate) fn trace_id(_route: u32) -> Option<(u64, u64)> {
        None
    }

    #[inline]
    pub(crate) fn span_id(_route: u32) -> Option<u64> {
        None
    }

    #[inline]
    pub(crate) fn now(_route: u32) -> Option<u64> {
        None
    }
}

#[cfg(feature = "testing")]
mod answers {
    use std::collections::HashMap;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::STEP;

    /// What the next id or reading of a route will be.
    #[derive(Default)]
    struct Counters {
        traces: u64,
        spans: u64,
        readings: u64,
    }

    static ROUTES: Mutex<Option<HashMap<u32, Counters>>> = Mutex::new(None);

    fn routes() -> MutexGuard<'static, Option<HashMap<u32, Counters>>> {
        ROUTES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(route: u32, pick: impl FnOnce(&mut Counters) -> &mut u64) -> Option<u64> {
        if route == 0 {
            return None;
        }
        let mut routes = routes();
        let counter = pick(routes.get_or_insert_default().entry(route).or_default());
        *counter += 1;
        Some(*counter)
    }

    /// The high half names the route, so that captures that run at the same time never share a trace.
    #[inline]
    pub(crate) fn trace_id(route: u32) -> Option<(u64, u64)> {
        Some((u64::from(route), count(route, |counters| &mut counters.traces)?))
    }

    #[inline]
    pub(crate) fn span_id(route: u32) -> Option<u64> {
        Some(u64::from(route) << 32 | count(route, |counters| &mut counters.spans)?)
    }

    #[inline]
    pub(crate) fn now(route: u32) -> Option<u64> {
        Some(count(route, |counters| &mut counters.readings)? * STEP)
    }

    /// Forgets a route's counters.
    pub(crate) fn forget(route: u32) {
        if let Some(routes) = routes().as_mut() {
            routes.remove(&route);
        }
    }
}

#[cfg(feature = "testing")]
pub(crate) use answers::forget;
pub(crate) use answers::{now, span_id, trace_id};
