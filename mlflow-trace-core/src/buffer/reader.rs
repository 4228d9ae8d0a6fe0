//! The worker's reading of the threads' logs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Hub;
use super::chunk::Chunk;
use super::hub::{CHUNK, Log, SPARE_CHUNKS, lock};

/// The reading thread's reusable memory.
#[derive(Default)]
pub(crate) struct Reader {
    words: Vec<u64>,
}

impl Hub {
    /// Reads all that is published in all logs; `visit` gets each thread's records in their order.
    pub(crate) fn drain(&self, reader: &mut Reader, mut visit: impl FnMut(&[u64])) -> bool {
        let logs: Vec<Arc<Log>> = lock(&self.logs).clone();
        let mut any = false;
        for log in &logs {
            // Read before the chunks: what was written before the thread ended is then among them.
            let ended = log.ended.load(Ordering::Acquire);
            // What comes meanwhile is for the next reading, or a program that writes as fast as we read would keep us
            // from delivering.
            let mut left = lock(&log.chunks).len();
            while left > 0 {
                let Some(chunk) = lock(&log.chunks).front().cloned() else { break };
                let words = &mut reader.words;
                words.clear();
                let read_words = chunk.read(log.read_words.load(Ordering::Relaxed), words);
                log.read_words.store(read_words, Ordering::Relaxed);
                if !words.is_empty() {
                    any = true;
                    visit(words);
                }
                let mut chunks = lock(&log.chunks);
                if chunks.len() == 1 && !ended && chunk.published() < chunk.capacity() {
                    break;
                }
                // A chunk that is full, has a successor, or whose thread is gone, is final; it may have grown since we
                // read it.
                if chunk.published() == read_words {
                    log.read_words.store(0, Ordering::Relaxed);
                    left -= 1;
                    chunks.pop_front();
                    drop(chunks);
                    self.recycle(chunk);
                }
            }
        }
        lock(&self.logs).retain(|log| {
            let is_done = log.ended.load(Ordering::Acquire) && lock(&log.chunks).is_empty();
            if is_done {
                self.live_logs.fetch_sub(1, Ordering::Relaxed);
                let mut last = lock(&self.last_root);
                *last = log.last_root.get().max(*last);
            }
            !is_done
        });
        self.judge_fullness();
        any
    }

    fn recycle(&self, mut chunk: Arc<Chunk>) {
        self.chunk_bytes.fetch_sub(chunk.capacity() * 8, Ordering::Relaxed);
        // The writer lets go of its chunk right after it opened the next one; if it has not yet, the chunk is freed.
        if chunk.capacity() == CHUNK
            && let Some(alone) = Arc::get_mut(&mut chunk)
        {
            alone.reset();
            let mut spare = lock(&self.spare);
            if spare.len() < SPARE_CHUNKS.min(self.limits.memory_bytes / 4 / (CHUNK * 8)) {
                spare.push(chunk);
                self.count_spare(&spare);
            }
        }
    }
}
