//! Time: monotonic in the caller's thread, turned into wall time by the worker.
//!
//! A record carries nanoseconds since a moment shortly before the process first traced. The worker adds the distance
//! to 1970 once a trace, so that all spans of a trace share one reading of the wall clock and ends never precede
//! starts, whatever happens to the system's clock.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

static ORIGIN: OnceLock<Instant> = OnceLock::new();

/// Nanoseconds since the process's origin; never zero, so that zero can mean "not yet".
pub(crate) fn now() -> u64 {
    let elapsed = ORIGIN.get_or_init(Instant::now).elapsed();
    elapsed.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(elapsed.subsec_nanos())) | 1
}

/// What must be added to [`now`] to get nanoseconds since 1970.
pub(crate) fn wall_offset() -> u64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX).saturating_sub(now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_runs_backwards_and_is_never_zero() {
        let mut last = 0;
        for _ in 0..10_000 {
            let next = now();
            assert!(next >= last && next > 0);
            last = next;
        }
    }

    #[test]
    fn the_offset_leads_to_wall_time() {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!((now() + wall_offset()).abs_diff(wall) < 1_000_000_000);
    }
}
