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

/// Hands a record over to the worker: the words of its head, and bytes behind them.
///
/// Takes no lock that anybody holds for long, never waits, and runs no code of the user's.
#[inline(always)]
pub(crate) fn append<const N: usize>(hub: &Arc<Hub>, head: &[u64; N], payload: &[u8]) {
    if payload.is_empty() {
        // Small enough to become part of its caller.
        hand_over(hub, head, &[], |writer| writer.append_head(head));
    } else {
        hand_over(hub, head, payload, |writer| writer.append(head, payload));
    }
}

#[inline(always)]
fn hand_over<const N: usize>(
    hub: &Arc<Hub>,
    head: &[u64; N],
    payload: &[u8],
    append: impl FnOnce(&mut Writer) -> bool,
) {
    let written = WRITER.try_with(|cell| match cell.try_borrow_mut() {
        Ok(mut slot) => slot.as_mut().is_some_and(append),
        // Only a signal handler or an allocator that traces could get here.
        Err(_) => false,
    });
    if written != Ok(true) {
        append_otherwise(hub, head, payload);
    }
    hub.attend(head, payload);
}

/// When the thread has no writer, no room in its chunk, or no thread-local values any more.
#[inline(never)]
fn append_otherwise<const N: usize>(hub: &Arc<Hub>, head: &[u64; N], payload: &[u8]) {
    let write = |slot: &mut Option<Writer>| match slot {
        Some(writer) => writer.append_with_room(head, payload),
        None => {
            *slot = Writer::open(hub);
            if let Some(writer) = slot {
                writer.append_with_room(head, payload);
            }
        }
    };
    let written = WRITER.try_with(|cell| match cell.try_borrow_mut() {
        Ok(mut slot) => {
            write(&mut slot);
            true
        }
        Err(_) => false,
    });
    if written != Ok(true) {
        write(&mut lock(&LAST_WORDS));
    }
}

/// Notes that this thread's last record was the end of a root.
pub(crate) fn note_root_end(trace_id: u128, time: u64) {
    let noted = WRITER.try_with(|cell| {
        if let Ok(slot) = cell.try_borrow()
            && let Some(writer) = &*slot
        {
            writer.log.last_root.set(trace_id, time);
        }
    });
    if noted.is_err()
        && let Some(writer) = &*lock(&LAST_WORDS)
    {
        writer.log.last_root.set(trace_id, time);
    }
}

impl Writer {
    /// Begins a log; none in a child made by `fork`, where nobody would read it.
    fn open(hub: &Arc<Hub>) -> Option<Self> {
        if !hub.is_this_process() {
            return None;
        }
        let (log, chunk) = hub.open_log();
        Some(Self { hub: Arc::clone(hub), log, chunk, at: 0 })
    }

    /// Writes a head if there is room.
    #[inline(always)]
    fn append_head<const N: usize>(&mut self, head: &[u64; N]) -> bool {
        let end = self.chunk.write_head(self.at, head);
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    /// Writes a head and a payload if there is room.
    #[inline]
    fn append<const N: usize>(&mut self, head: &[u64; N], payload: &[u8]) -> bool {
        let end = self.chunk.write(self.at, head, payload);
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    /// Makes room first if it must.
    fn append_with_room<const N: usize>(&mut self, head: &[u64; N], payload: &[u8]) {
        if !self.append(head, payload) && self.next_chunk(N + payload.len().div_ceil(8)) {
            let _ = self.append(head, payload);
        }
    }

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
