//! Which root span ended last: written by each thread for itself without waiting, read by whoever asks.

use std::sync::atomic::{AtomicU64, Ordering, fence};

/// A reading of the clock and a trace id.
pub(super) type Ended = (u64, u128);

/// The root that ended last on one thread: words that only this thread writes, with a version that is odd meanwhile.
#[derive(Default)]
pub(super) struct LastRoot {
    version: AtomicU64,
    time: AtomicU64,
    high: AtomicU64,
    low: AtomicU64,
}

impl LastRoot {
    /// Called by the one writer.
    #[inline]
    pub(super) fn set(&self, trace_id: u128, time: u64) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version + 1, Ordering::Relaxed);
        // Nobody may see the new words beside the old version.
        fence(Ordering::Release);
        self.time.store(time, Ordering::Relaxed);
        self.high.store((trace_id >> 64) as u64, Ordering::Relaxed);
        self.low.store(trace_id as u64, Ordering::Relaxed);
        self.version.store(version + 2, Ordering::Release);
    }

    /// When and which; zeros if there was none.
    pub(super) fn get(&self) -> Ended {
        loop {
            let before = self.version.load(Ordering::Acquire);
            let time = self.time.load(Ordering::Relaxed);
            let (high, low) = (self.high.load(Ordering::Relaxed), self.low.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == before {
                return (time, u128::from(high) << 64 | u128::from(low));
            }
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_never_sees_halves_of_two_roots() {
        let last = std::sync::Arc::new(LastRoot::default());
        let writer = std::thread::spawn({
            let last = std::sync::Arc::clone(&last);
            move || {
                (1..100_000).for_each(|step: u64| last.set(u128::from(step) << 64 | u128::from(step), step));
            }
        });
        while !writer.is_finished() {
            let (time, trace_id) = last.get();
            assert_eq!(u128::from(time) << 64 | u128::from(time), trace_id);
        }
        writer.join().unwrap();
        assert_eq!(last.get().0, 99_999);
    }
}
