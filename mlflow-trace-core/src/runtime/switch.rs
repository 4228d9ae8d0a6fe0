//! The switch that every traced call looks at first: one relaxed load.

use std::sync::atomic::{AtomicU8, Ordering};

/// Tracing has not been asked for yet; the next span starts it.
const FRESH: u8 = 0;
const ON: u8 = 1;
/// Switched off by the program; it may switch on again.
const DISABLED: u8 = 2;
/// Switched off for good: by the environment, or because it could not start.
const OFF: u8 = 3;

/// Switched off because `init()` failed, until an `init()` succeeds.
const REFUSED: u8 = 4;

static STATE: AtomicU8 = AtomicU8::new(FRESH);

/// Whether a span that starts now is nothing.
#[inline(always)]
pub fn is_off() -> bool {
    cfg!(feature = "disabled") || STATE.load(Ordering::Relaxed) >= DISABLED
}

/// The program's own switch. What was switched off for good stays off.
#[inline]
pub(crate) fn set_enabled(enabled: bool) {
    if cfg!(feature = "disabled") {
        return;
    }
    let (from, to) = if enabled { ([DISABLED, DISABLED], FRESH) } else { ([FRESH, ON], DISABLED) };
    for from in from {
        // FRESH after `enable()` is right too: the next span finds the runtime that is there.
        if STATE.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return;
        }
    }
}

/// Whether spans are recorded by a runtime that is there.
#[inline(always)]
pub(crate) fn is_on() -> bool {
    !cfg!(feature = "disabled") && STATE.load(Ordering::Relaxed) == ON
}

pub(super) fn set_on() {
    let _ = STATE.compare_exchange(FRESH, ON, Ordering::Relaxed, Ordering::Relaxed);
}

/// After an `init()` with settings that can't be used.
pub(super) fn refuse_start() {
    let _ = STATE.compare_exchange(FRESH, REFUSED, Ordering::Relaxed, Ordering::Relaxed);
}

/// Before an `init()` with settings that can be used.
pub(super) fn allow_start() {
    let _ = STATE.compare_exchange(REFUSED, FRESH, Ordering::Relaxed, Ordering::Relaxed);
}

/// Whether an `init()` failed and none has succeeded since.
pub(super) fn is_refused() -> bool {
    STATE.load(Ordering::Relaxed) == REFUSED
}

pub(super) fn set_off_for_good() {
    STATE.store(OFF, Ordering::Relaxed);
}
