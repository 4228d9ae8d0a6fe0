//! A stretch of memory that one thread writes and another one reads while it is being written.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Words that are written front to back by one thread and published by their count.
///
/// The words are atomics so that sharing them needs no lock and no unsafe code; relaxed stores of whole words cost
/// what plain stores cost. The publishing store releases, the reading load acquires.
pub(crate) struct Chunk {
    words: Box<[AtomicU64]>,
    published: AtomicUsize,
}

impl Chunk {
    pub(crate) fn new(words: usize) -> Self {
        let mut storage = Vec::new();
        storage.resize_with(words, AtomicU64::default);
        Self { words: storage.into_boxed_slice(), published: AtomicUsize::new(0) }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.words.len()
    }

    /// Writes words behind `at`, publishes them, and returns where they end; nothing if they do not fit. The caller is
    /// the one writer.
    #[inline(always)]
    pub(crate) fn write_head<const N: usize>(&self, at: usize, head: &[u64; N]) -> Option<usize> {
        let slots = self.words.get(at..)?.first_chunk::<N>()?;
        for (slot, word) in slots.iter().zip(head) {
            slot.store(*word, Ordering::Relaxed);
        }
        self.published.store(at + N, Ordering::Release);
        Some(at + N)
    }

    /// As [`write_head`](Self::write_head), with bytes behind the words, padded with zeros to whole words.
    #[inline]
    pub(crate) fn write<const N: usize>(&self, at: usize, head: &[u64; N], payload: &[u8]) -> Option<usize> {
        let end = at + N + payload.len().div_ceil(8);
        let (for_head, for_payload) = self.words.get(at..end)?.split_first_chunk::<N>()?;
        for (slot, word) in for_head.iter().zip(head) {
            slot.store(*word, Ordering::Relaxed);
        }
        write_bytes(for_payload, payload);
        self.published.store(end, Ordering::Release);
        Some(end)
    }

    /// How many words are published.
    pub(crate) fn published(&self) -> usize {
        self.published.load(Ordering::Acquire)
    }

    /// Appends the published words from `from` on to `out` and returns where they end.
    pub(crate) fn read(&self, from: usize, out: &mut Vec<u64>) -> usize {
        let end = self.published();
        let words = self.words.get(from..end).unwrap_or_default();
        out.extend(words.iter().map(|word| word.load(Ordering::Relaxed)));
        end
    }

    /// Makes a chunk that nobody else holds ready for another writer.
    pub(crate) fn reset(&mut self) {
        *self.published.get_mut() = 0;
    }
}

/// Four words a step: the compiler does not unroll stores of atomics by itself.
const STEP: usize = 4;

fn write_bytes(words: &[AtomicU64], payload: &[u8]) {
    let (blocks, rest) = payload.as_chunks::<{ STEP * 8 }>();
    for (slots, block) in words.chunks_exact(STEP).zip(blocks) {
        for (slot, bytes) in slots.iter().zip(block.as_chunks::<8>().0) {
            slot.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
        }
    }
    let words = words.get(blocks.len() * STEP..).unwrap_or_default();
    let (whole, end) = rest.as_chunks::<8>();
    for (slot, bytes) in words.iter().zip(whole) {
        slot.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
    }
    if !end.is_empty()
        && let Some(slot) = words.get(whole.len())
    {
        slot.store(last_word(payload, end), Ordering::Relaxed);
    }
}

/// The bytes behind the last whole word, with zeros behind them.
#[inline]
fn last_word(payload: &[u8], end: &[u8]) -> u64 {
    match payload.last_chunk::<8>() {
        // The bytes before them fill a whole word and are shifted out.
        Some(bytes) => u64::from_le_bytes(*bytes) >> (64 - 8 * end.len()),
        None => end.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_order() {
        let chunk = Chunk::new(16);
        let at = chunk.write(0, &[1, 2], b"12345678abc").unwrap();
        assert_eq!(at, 4);
        let at = chunk.write_head(at, &[9]).unwrap();
        let mut out = Vec::new();
        assert_eq!(chunk.read(0, &mut out), 5);
        assert_eq!(out[..2], [1, 2]);
        assert_eq!(out[2].to_le_bytes(), *b"12345678");
        assert_eq!(out[3].to_le_bytes(), *b"abc\0\0\0\0\0");
        assert_eq!((at, out[4]), (5, 9));
        assert_eq!(chunk.write(at, &[1], &[0; 81]), None);
        assert_eq!(chunk.write_head(15, &[1, 2]), None);
        assert_eq!(chunk.published(), 5);
    }

    #[test]
    fn a_reader_sees_only_whole_records_while_a_writer_writes() {
        let chunk = std::sync::Arc::new(Chunk::new(40_000));
        let writer = std::thread::spawn({
            let chunk = std::sync::Arc::clone(&chunk);
            move || {
                let mut at = 0;
                for value in 0..10_000 {
                    at = chunk.write(at, &[value, value, value], &value.to_le_bytes()).unwrap();
                }
            }
        });
        let (mut out, mut from) = (Vec::new(), 0);
        while from < 40_000 {
            from = chunk.read(from, &mut out);
            assert_eq!(out.len() % 4, 0);
        }
        writer.join().unwrap();
        assert!(
            out.chunks(4).enumerate().all(|(index, record)| record.iter().all(|word| *word == index as u64))
        );
    }
}
