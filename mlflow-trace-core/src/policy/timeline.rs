//! Turns readings of the clock into nanoseconds, on the worker.
//!
//! The counter's speed is not known beforehand, and measuring it at the start would hold up the program. So the worker
//! looks at both clocks whenever it has read records, and draws a line from look to look. The line is only ever
//! extended behind everything that was asked of it: a reading has one value for ever, and later readings never get
//! earlier values, however the speed's estimate improves.

use std::collections::VecDeque;

use super::clock::{self, Anchor, Reading};

/// Pieces that are kept; a reading is at most some seconds old when the worker sees it.
const KEPT: usize = 128;
/// The shortest stretch on which a speed is measured, in nanoseconds; below it the looks are most of what is measured.
const SHORTEST: f64 = 20e3;
/// How far the line is drawn ahead before it is drawn anew.
const AHEAD: f64 = 10e6;
/// The longest stretch on which a speed is measured.
const LONGEST: f64 = 60e9;

/// The line from ticks to nanoseconds.
pub(crate) struct Timeline {
    origin: Anchor,
    /// Where the present speed is measured from.
    base: (u64, f64),
    /// The last look; nothing behind it was asked.
    looked: u64,
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
        Self { origin, base: (origin.ticks, 0.0), looked: origin.ticks, pieces: VecDeque::new() }
    }

    /// Looks at both clocks. Called when records were read and before their readings are converted, so that the line
    /// changes only behind them.
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
        let Some(&last) = self.pieces.back() else {
            let ticks = now.ticks.saturating_sub(self.origin.ticks).max(1);
            self.push(self.origin.ticks, 0.0, truth / ticks as f64);
            self.looked = now.ticks;
            return;
        };
        if now.ticks <= self.looked {
            // The counter began anew: the machine slept.
            self.pieces.clear();
            self.begin_anew(now.ticks, truth, last.nanos_per_tick);
            return;
        }
        let looked = std::mem::replace(&mut self.looked, now.ticks);
        // At first the speed is a guess from a short stretch, which is drawn less far ahead.
        if truth - last.nanos < (truth / 8.0).min(AHEAD) {
            return;
        }
        // What came since the last look lies between two looks, what comes now is ahead of them.
        let here = last.at(looked);
        let between = ((truth - here) / (now.ticks - looked) as f64).max(0.0);
        self.push(looked, here, between);
        let here = here.max(truth);
        let (elapsed, ticks) = (truth - self.base.1, now.ticks.saturating_sub(self.base.0).max(1));
        let speed = elapsed / ticks as f64;
        if (speed / last.nanos_per_tick - 1.0).abs() > 0.1 && truth > AHEAD {
            // The counter went on while the machine slept and the clock did not.
            self.begin_anew(now.ticks, here, last.nanos_per_tick);
            return;
        }
        self.push(now.ticks, here, speed);
        if elapsed > LONGEST {
            self.base = (now.ticks, truth);
        }
    }

    fn begin_anew(&mut self, ticks: u64, nanos: f64, nanos_per_tick: f64) {
        self.base = (ticks, nanos);
        self.looked = ticks;
        self.push(ticks, nanos, nanos_per_tick);
    }

    fn push(&mut self, from: u64, nanos: f64, nanos_per_tick: f64) {
        self.pieces.push_back(Piece { from, nanos, nanos_per_tick });
        if self.pieces.len() > KEPT {
            self.pieces.pop_front();
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
    fn after_an_hour_without_a_look_the_time_is_right_at_once() {
        // The system's clock was slowed by 400 millionths for that hour, as its keepers may do.
        let mut timeline = Timeline::new();
        let start = timeline.origin;
        let mut look = |seconds: f64, of_clock: f64| {
            let at = Duration::from_secs_f64(of_clock);
            let ticks = start.ticks + (seconds * 2e9) as u64;
            timeline.extend(Anchor { ticks, instant: start.instant + at });
            timeline.nanos(ticks.saturating_sub(2_000_000) | IS_TICKS) as f64 / 1e9
        };
        for step in 1..100 {
            let _ = look(f64::from(step), f64::from(step));
        }
        let hour = look(3700.0, 99.0 + 3601.0 * 0.9996);
        assert!((hour - (99.0 + 3600.999 * 0.9996)).abs() < 0.001, "{hour}");
        let next = look(3701.0, 99.0 + 3602.0 * 0.9996);
        assert!((next - hour - 0.9996).abs() < 0.001, "{next} after {hour}");
    }

    #[test]
    fn a_machine_that_slept_goes_on_with_the_right_time() {
        for counted_on in [true, false] {
            let mut timeline = Timeline::new();
            let start = timeline.origin;
            let mut look = |ticks: u64, seconds: f64| {
                let at = start.instant + Duration::from_secs_f64(seconds);
                timeline.extend(Anchor { ticks, instant: at });
                timeline.nanos(ticks | IS_TICKS) as f64 / 1e9
            };
            for step in 1..100_u32 {
                let _ = look(start.ticks + u64::from(step) * 200_000_000, f64::from(step) / 10.0);
            }
            // An hour of sleep that the clock does not know of.
            let woke = if counted_on { start.ticks + 3_610 * 2_000_000_000 } else { 1_000 };
            for step in 0..100_u32 {
                let seconds = 10.0 + f64::from(step) / 10.0;
                let got = look(woke + u64::from(step) * 200_000_000, seconds);
                assert!((got - seconds).abs() < 0.001, "{got} at {seconds}, counted on: {counted_on}");
            }
        }
    }

    #[test]
    fn nanoseconds_stay_what_they_are() {
        assert_eq!(Timeline::new().nanos(12_345), 12_345);
    }

    #[test]
    fn a_real_reading_is_close_to_the_real_time() {
        clock::choose(false);
        let mut timeline = Timeline::new();
        std::thread::sleep(Duration::from_millis(20));
        let (reading, truth) = (clock::reading(), clock::origin().instant.elapsed());
        timeline.advance();
        let error = timeline.nanos(reading).abs_diff(truth.as_nanos() as u64);
        // Whoever interrupts between the two lines above is in the figure too.
        assert!(error < 5_000_000, "{error} ns");
    }
}
