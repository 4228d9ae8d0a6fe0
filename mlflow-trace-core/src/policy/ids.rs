//! Random trace and span ids, made without a lock or a system call.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};

thread_local! {
    /// The state of this thread's generator (xoroshiro128++); all zero until it is first used.
    /// Without a destructor, so that ids can be made while a thread ends.
    static STATE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// A span id, never zero.
pub(crate) fn span_id() -> u64 {
    loop {
        match next() {
            0 => {}
            id => return id,
        }
    }
}

/// The two halves of a trace id, never both zero.
pub(crate) fn trace_id() -> (u64, u64) {
    (span_id(), span_id())
}

fn next() -> u64 {
    STATE.with(|cell| {
        let (mut a, mut b) = cell.get();
        if a | b == 0 {
            (a, b) = seed();
        }
        let result = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        b ^= a;
        cell.set((a.rotate_left(49) ^ b ^ (b << 21), b.rotate_left(28)));
        result
    })
}

/// Two words from the standard library's hash keys, which come from the operating system.
#[cold]
fn seed() -> (u64, u64) {
    let keys = RandomState::new();
    let process = std::process::id();
    (keys.hash_one((0_u8, process)) | 1, keys.hash_one((1_u8, process)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_within_and_between_threads() {
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..10_000).map(|_| span_id()).collect::<Vec<_>>()))
            .collect();
        let ids: HashSet<u64> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        assert_eq!(ids.len(), 80_000);
        assert!(!ids.contains(&0));
    }

    #[test]
    fn bits_are_balanced() {
        let ones: u32 = (0..10_000).map(|_| span_id().count_ones()).sum();
        assert!((310_000..330_000).contains(&ones), "{ones} of 640000 bits set");
    }
}
