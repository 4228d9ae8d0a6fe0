//! The writing end: each thread's own log.

use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::Hub;
use super::chunk::Chunk;
use super::hub::{CHUNK, Log, lock};

/// A thread's place in its log.
struct Writer {
    hub: Arc<Hub>,
    log: Arc<Log>,
    chunk: Arc<Chunk>,
    at: usize,
}

thread_local! {
    static WRITER: RefCell<Option<Writer>> = const { RefCell::new(None) };
}

/// Used by threads whose own writer is gone already because they are ending.
static LAST_WORDS: Mutex<Option<Writer>> = Mutex::new(None);

/// Hands a record over to the worker: words that begin with the record's head, and bytes behind them.
///
/// Takes no lock that anybody holds for long, never waits, and runs no code of the user's.
pub(crate) fn append(hub: &Arc<Hub>, head: &[u64], payload: &[u8]) {
    let written = WRITER.try_with(|cell| match cell.try_borrow_mut() {
        Ok(mut slot) => {
            match &mut *slot {
                Some(writer) => writer.append(head, payload),
                None => *slot = Writer::open(hub, head, payload),
            }
            true
        }
        // Only a signal handler or an allocator that traces could get here.
        Err(_) => false,
    });
    if !written.unwrap_or(false) {
        let mut slot = lock(&LAST_WORDS);
        match &mut *slot {
            Some(writer) => writer.append(head, payload),
            None => *slot = Writer::open(hub, head, payload),
        }
    }
    hub.nudge();
}

impl Writer {
    /// Begins a log with a first record; none in a child made by `fork`, where nobody would read it.
    #[cold]
    fn open(hub: &Arc<Hub>, head: &[u64], payload: &[u8]) -> Option<Self> {
        if !hub.is_this_process() {
            return None;
        }
        let (log, chunk) = hub.open_log();
        let mut writer = Self { hub: Arc::clone(hub), log, chunk, at: 0 };
        writer.append(head, payload);
        Some(writer)
    }

    #[inline]
    fn append(&mut self, head: &[u64], payload: &[u8]) {
        let words = head.len() + payload.len().div_ceil(8);
        if self.at + words > self.chunk.capacity() && !self.next_chunk(words) {
            return;
        }
        self.at = self.chunk.write(self.at, head, payload);
    }

    #[cold]
    fn next_chunk(&mut self, words: usize) -> bool {
        if !self.hub.is_this_process() {
            return false;
        }
        let chunk = self.hub.take_chunk(words.max(CHUNK));
        lock(&self.log.chunks).push_back(Arc::clone(&chunk));
        self.chunk = chunk;
        self.at = 0;
        true
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.log.ended.store(true, Ordering::Release);
    }
}
