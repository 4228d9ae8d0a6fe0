//! Time: one cheap reading in the caller's thread, turned into wall time by the worker.
//!
//! A record carries a *reading*: where the kernel itself keeps time by the processor's time stamp counter, the counter's
//! value with the top bit set, else nanoseconds since the process's origin. Reading the counter costs half of what
//! `Instant` costs, and two readings are most of a span's price. [`Timeline`](super::timeline::Timeline) turns
//! readings into nanoseconds since the origin; the distance from there to 1970 is taken once a trace, so that all spans
//! of a trace share one reading of the wall clock and ends never precede starts, whatever happens to the system's clock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Marks a reading as ticks of the counter.
const IS_TICKS: u64 = 1 << 63;

static USES_TICKS: AtomicBool = AtomicBool::new(false);
static ORIGIN: OnceLock<Anchor> = OnceLock::new();

/// One moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    pub(super) ticks: u64,
    pub(super) instant: Instant,
}

/// A reading, as the worker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Ticks(u64),
    Nanos(u64),
}

/// Decides which clock is read. Called once, before the first record; until then it is the slower one. It stays the
/// slower one where `others_read` the readings, since what the ticks of a counter mean is known to this process alone.
pub(crate) fn choose(others_read: bool) {
    let _ = origin();
    USES_TICKS.store(!others_read && counter::is_the_kernels(), Ordering::Relaxed);
}

/// Whether readings are ticks.
#[inline]
pub(super) fn uses_ticks() -> bool {
    USES_TICKS.load(Ordering::Relaxed)
}

/// A reading for a record; never zero.
#[inline]
pub(crate) fn reading() -> u64 {
    if uses_ticks() { counter::ticks() | IS_TICKS } else { nanos() | 1 }
}

/// What must be added to nanoseconds since the origin to get nanoseconds since 1970.
pub(crate) fn wall_offset() -> u64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX).saturating_sub(nanos())
}

pub(super) fn parse(reading: u64) -> Reading {
    if reading & IS_TICKS == 0 { Reading::Nanos(reading) } else { Reading::Ticks(reading & !IS_TICKS) }
}

/// When the process first asked for the time.
pub(super) fn origin() -> Anchor {
    *ORIGIN.get_or_init(anchor)
}

/// Both clocks now: the tightest of a few tries, since the thread may be interrupted between the two.
pub(super) fn anchor() -> Anchor {
    let mut best = (u64::MAX, Anchor { ticks: 0, instant: Instant::now() });
    for _ in 0..3 {
        let before = counter::ticks();
        let instant = Instant::now();
        let width = counter::ticks().saturating_sub(before);
        if width < best.0 {
            best = (width, Anchor { ticks: before + width / 2, instant });
        }
    }
    best.1
}

/// Nanoseconds since the origin, by the slower clock.
pub(crate) fn nanos() -> u64 {
    u64::try_from(origin().instant.elapsed().as_nanos()).unwrap_or(u64::MAX >> 1)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod counter {
    /// Whether the kernel found the counter steady and equal on all cores, and reads it itself.
    pub(super) fn is_the_kernels() -> bool {
        std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
    }

    #[inline]
    pub(super) fn ticks() -> u64 {
        safe_arch::read_timestamp_counter()
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod counter {
    pub(super) fn is_the_kernels() -> bool {
        false
    }

    #[inline]
    pub(super) fn ticks() -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_never_run_backwards_and_are_never_zero() {
        let mut last = 0;
        for _ in 0..10_000 {
            let next = reading();
            assert!(next >= last && next > 0);
            last = next;
        }
    }

    #[test]
    fn the_offset_leads_to_wall_time() {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!((nanos() + wall_offset()).abs_diff(wall) < 1_000_000_000);
    }
}
