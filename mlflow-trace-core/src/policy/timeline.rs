//! Turns readings of the clock into nanoseconds, on the worker.
//!
//! The counter's speed is not known beforehand, and measuring it at the start would hold up the program. So the worker
//! notes both clocks now and then and draws a line between the notes. The line is a polygon that is only ever extended
//! behind everything that was asked of it: a reading has one value for ever, and later readings never get earlier
//! values, however the speed's estimate improves.

use std::collections::VecDeque;

use super::clock::{self, Anchor, Reading};

/// Pieces that are kept; a reading is at most some seconds old when the worker sees it.
const KEPT: usize = 64;
/// The longest stretch without a look at the system's clock, in nanoseconds.
const LONGEST: f64 = 1e9;
/// The shortest; below it the look itself would be most of what is measured.
const SHORTEST: f64 = 20e3;

/// The line from ticks to nanoseconds.
pub(crate) struct Timeline {
    origin: Anchor,
    /// Where the present speed is measured from.
    base: (u64, f64),
    pieces: VecDeque<Piece>,
}

/// The line from one tick on.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: u64,
    nanos: f64,
    nanos_per_tick: f64,
}

impl Piece {
    fn at(&self, ticks: u64) -> f64 {
        // Ticks before the first piece are on its line too.
        let distance = ticks.wrapping_sub(self.from).cast_signed();
        self.nanos + distance as f64 * self.nanos_per_tick
    }
}

impl Timeline {
    pub(crate) fn new() -> Self {
        let origin = clock::origin();
        Self { origin, base: (origin.ticks, 0.0), pieces: VecDeque::new() }
    }

    /// Looks at both clocks if it is time to. Called when records were read and before their readings are converted, so
    /// that the line changes only behind them.
    pub(crate) fn advance(&mut self) {
        if !clock::uses_ticks() {
            return;
        }
        let mut now = clock::anchor();
        while self.pieces.is_empty() && self.nanos_at(now) < SHORTEST {
            // Only in the first microseconds of tracing.
            std::hint::spin_loop();
            now = clock::anchor();
        }
        self.extend(now);
    }

    fn nanos_at(&self, anchor: Anchor) -> f64 {
        anchor.instant.duration_since(self.origin.instant).as_nanos() as f64
    }

    fn extend(&mut self, now: Anchor) {
        let truth = self.nanos_at(now);
        let (since, elapsed) = (now.ticks.saturating_sub(self.base.0), truth - self.base.1);
        if since == 0 || elapsed < SHORTEST {
            return;
        }
        let speed = elapsed / since as f64;
        let Some(last) = self.pieces.back() else {
            self.pieces.push_back(Piece { from: self.origin.ticks, nanos: 0.0, nanos_per_tick: speed });
            return;
        };
        let here = last.at(now.ticks);
        // At first the speed is a guess from a short stretch: look again soon, then ever more seldom.
        let pause = (truth / 8.0).min(LONGEST);
        if here - last.nanos < pause || now.ticks <= last.from {
            return;
        }
        // The new piece begins where the last one is and aims at where it should be after as long again.
        let correction = ((truth - here) / (pause / speed)).clamp(-speed / 2.0, speed / 2.0);
        self.pieces.push_back(Piece { from: now.ticks, nanos: here, nanos_per_tick: speed + correction });
        if self.pieces.len() > KEPT {
            self.pieces.pop_front();
        }
        if elapsed > 2.0 * LONGEST {
            self.base = (now.ticks, truth);
        }
    }

    /// Nanoseconds since the origin; never zero.
    pub(crate) fn nanos(&self, reading: u64) -> u64 {
        match clock::parse(reading) {
            Reading::Nanos(nanos) => nanos,
            Reading::Ticks(ticks) => {
                let piece = self.pieces.iter().rev().find(|piece| piece.from <= ticks);
                let nanos = piece.or(self.pieces.front()).map_or(0.0, |piece| piece.at(ticks));
                (nanos as u64).max(1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const IS_TICKS: u64 = 1 << 63;

    /// A timeline whose counter runs at `per_second` and was looked at after these times.
    fn looked_at(per_second: f64, looks: &[Duration]) -> (Timeline, impl Fn(Duration) -> u64) {
        let mut timeline = Timeline::new();
        let start = timeline.origin;
        let ticks = move |at: Duration| start.ticks + (at.as_secs_f64() * per_second) as u64;
        for at in looks {
            timeline.extend(Anchor { ticks: ticks(*at), instant: start.instant + *at });
        }
        (timeline, move |at| ticks(at) | IS_TICKS)
    }

    #[test]
    fn readings_become_the_time_that_passed() {
        for per_second in [1e7, 2.1e9, 5e9] {
            let looks: Vec<_> = (1..500).map(|look| Duration::from_millis(look * 100)).collect();
            let (timeline, reading) = looked_at(per_second, &looks);
            let at = Duration::from_millis(49_950);
            let error = timeline.nanos(reading(at)).abs_diff(at.as_nanos() as u64);
            assert!(error < 1_000, "{error} ns off at {per_second} ticks a second");
        }
    }

    #[test]
    fn a_reading_keeps_its_value_and_later_ones_are_not_earlier_though_the_looks_are_inexact() {
        let mut timeline = Timeline::new();
        let start = timeline.origin;
        let mut known: Vec<(u64, u64)> = Vec::new();
        for step in 1..200_u64 {
            let at = step * 37_000;
            let wrong = if step % 3 == 0 { 900 } else { 0 };
            timeline.extend(Anchor {
                ticks: start.ticks + at * 2,
                instant: start.instant + Duration::from_nanos(at + wrong),
            });
            let reading = (start.ticks + at * 2 - 100) | IS_TICKS;
            known.push((reading, timeline.nanos(reading)));
            // Sixty-four pieces are kept; this run makes fewer.
            assert!(known.iter().all(|(reading, nanos)| timeline.nanos(*reading) == *nanos), "step {step}");
        }
        assert!(known.is_sorted_by_key(|(_, nanos)| *nanos));
    }

    #[test]
    fn nanoseconds_stay_what_they_are() {
        assert_eq!(Timeline::new().nanos(12_345), 12_345);
    }

    #[test]
    fn a_real_reading_is_close_to_the_real_time() {
        clock::choose();
        let mut timeline = Timeline::new();
        std::thread::sleep(Duration::from_millis(20));
        let (reading, truth) = (clock::reading(), clock::origin().instant.elapsed());
        timeline.advance();
        let error = timeline.nanos(reading).abs_diff(truth.as_nanos() as u64);
        // Whoever interrupts between the two lines above is in the figure too.
        assert!(error < 5_000_000, "{error} ns");
    }
}
