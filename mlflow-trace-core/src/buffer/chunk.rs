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

    /// Writes words and bytes (padded with zeros to whole words) behind `at` and publishes them. The caller is the one
    /// writer and has checked that they fit.
    pub(crate) fn write(&self, at: usize, head: &[u64], payload: &[u8]) -> usize {
        let words = self.words.get(at..).unwrap_or_default();
        let (for_head, for_payload) = words.split_at(head.len().min(words.len()));
        for (slot, word) in for_head.iter().zip(head) {
            slot.store(*word, Ordering::Relaxed);
        }
        let (whole, rest) = payload.as_chunks::<8>();
        for (slot, bytes) in for_payload.iter().zip(whole) {
            slot.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
        }
        if !rest.is_empty()
            && let Some(slot) = for_payload.get(whole.len())
        {
            let mut bytes = [0; 8];
            bytes[..rest.len()].copy_from_slice(rest);
            slot.store(u64::from_le_bytes(bytes), Ordering::Relaxed);
        }
        let end = at + head.len() + payload.len().div_ceil(8);
        self.published.store(end, Ordering::Release);
        end
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_order() {
        let chunk = Chunk::new(16);
        let at = chunk.write(0, &[1, 2], b"12345678abc");
        assert_eq!(at, 4);
        let at = chunk.write(at, &[9], b"");
        let mut out = Vec::new();
        assert_eq!(chunk.read(0, &mut out), 5);
        assert_eq!(out[..2], [1, 2]);
        assert_eq!(out[2].to_le_bytes(), *b"12345678");
        assert_eq!(out[3].to_le_bytes(), *b"abc\0\0\0\0\0");
        assert_eq!((at, out[4]), (5, 9));
    }

    #[test]
    fn a_reader_sees_only_whole_records_while_a_writer_writes() {
        let chunk = std::sync::Arc::new(Chunk::new(40_000));
        let writer = std::thread::spawn({
            let chunk = std::sync::Arc::clone(&chunk);
            move || {
                let mut at = 0;
                for value in 0..10_000 {
                    at = chunk.write(at, &[value, value, value], &value.to_le_bytes());
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
