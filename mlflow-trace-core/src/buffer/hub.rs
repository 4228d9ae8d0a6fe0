//! What all writers and the worker share: the threads' logs, spare chunks, the bounds, and the count of losses.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use super::journal::{Journal, Settled};
use super::last_root::{Ended, LastRoot};
use super::stash::Stash;
use super::{Callsite, chunk::Chunk};
use crate::policy::notice;

/// The first chunk of a thread, in words of 8 bytes: small, since many threads trace little.
const FIRST_CHUNK: usize = 1024;
/// Later chunks.
pub(super) const CHUNK: usize = 4096;
/// Spare chunks that are kept for reuse while the program is busy: 16 MiB, since filling fresh memory costs the caller
/// more than anything else does.
pub(super) const SPARE_CHUNKS: usize = 512;
/// Those that are kept when nothing happens.
const SPARE_CHUNKS_AT_REST: usize = 8;
/// The worker is woken early when this much is waiting for it, in bytes.
const EAGER_BYTES: usize = 1 << 20;
/// Traces for which lost spans are counted one by one.
const LOSSES_BY_TRACE: usize = 10_000;

/// The worker sleeps until it is woken.
const WORKER_IDLES: u8 = 1;
/// Records go to the journal too.
const IS_DURABLE: u8 = 2;

/// The bounds of what is kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) memory_bytes: usize,
    pub(crate) spans: usize,
    /// Bytes of all that is said about one span.
    pub(crate) span_bytes: usize,
}

/// One thread's chunks, oldest first; the last one is being written.
pub(super) struct Log {
    pub(super) chunks: Mutex<VecDeque<Arc<Chunk>>>,
    /// How many words of the oldest chunk the worker has read.
    pub(super) read_words: AtomicUsize,
    pub(super) ended: AtomicBool,
    pub(super) last_root: LastRoot,
}

/// The meeting point of writers and worker.
pub(crate) struct Hub {
    pub(super) limits: Limits,
    pub(super) logs: Mutex<Vec<Arc<Log>>>,
    pub(super) spare: Mutex<Vec<Arc<Chunk>>>,
    callsites: Mutex<Vec<Option<&'static Callsite>>>,
    /// Bytes in chunks that hold unread records.
    pub(super) chunk_bytes: AtomicUsize,
    /// Bytes in chunks that are kept for reuse.
    spare_bytes: AtomicUsize,
    /// Threads whose logs are open.
    pub(super) live_logs: AtomicUsize,
    /// What the worker holds, as it last said; spans that wait for the destination are not among these.
    held_bytes: AtomicUsize,
    held_spans: AtomicUsize,
    pub(super) held_ended: AtomicUsize,
    /// Spans that wait for the destination, at this moment.
    queued_spans: Arc<AtomicUsize>,
    /// Whether new spans must be dropped.
    full: AtomicBool,
    /// What a thread has to do beside writing its record, which is usually nothing.
    attention: AtomicU8,
    pub(super) journal: Option<Arc<Journal>>,
    /// Where it is marked what need not be recovered any more.
    settled: Option<Arc<Settled>>,
    worker: OnceLock<Thread>,
    process: u32,
    said_forked: AtomicBool,
    lost_spans: AtomicU64,
    losses: Mutex<BTreeMap<u128, u64>>,
    cut_values: AtomicU64,
    /// Attachments.
    pub(super) stash: Stash,
    /// Of the threads that are gone.
    pub(super) last_root: Mutex<Ended>,
}

impl Hub {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            logs: Mutex::default(),
            spare: Mutex::default(),
            callsites: Mutex::default(),
            chunk_bytes: AtomicUsize::new(0),
            spare_bytes: AtomicUsize::new(0),
            live_logs: AtomicUsize::new(0),
            held_bytes: AtomicUsize::new(0),
            held_spans: AtomicUsize::new(0),
            held_ended: AtomicUsize::new(0),
            queued_spans: Arc::default(),
            full: AtomicBool::new(false),
            attention: AtomicU8::new(0),
            journal: None,
            settled: None,
            worker: OnceLock::new(),
            process: std::process::id(),
            said_forked: AtomicBool::new(false),
            lost_spans: AtomicU64::new(0),
            losses: Mutex::default(),
            cut_values: AtomicU64::new(0),
            // Whatever is attached, half of the memory is left for spans.
            stash: Stash::new(limits.memory_bytes / 2),
            last_root: Mutex::default(),
        }
    }

    /// With a journal, into which every record goes too.
    pub(crate) fn with_journal(mut self, journal: Arc<Journal>) -> Self {
        self.attention = AtomicU8::new(IS_DURABLE);
        self.settled = Some(Arc::clone(journal.settled()));
        self.journal = Some(journal);
        self
    }

    /// For the records of a process that has ended: its callsites, and where it is marked what is settled.
    pub(crate) fn of_dead_process(
        limits: Limits,
        callsites: Vec<Option<&'static Callsite>>,
        settled: Arc<Settled>,
    ) -> Self {
        Self { callsites: Mutex::new(callsites), settled: Some(settled), ..Self::new(limits) }
    }

    pub(crate) fn journal(&self) -> Option<&Arc<Journal>> {
        self.journal.as_ref()
    }

    pub(crate) fn settled(&self) -> Option<&Arc<Settled>> {
        self.settled.as_ref()
    }

    // ----- the writers' side -----

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether a span that starts now must be dropped.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Counts a span that could not be kept in a trace of which nothing is kept.
    #[cold]
    pub(crate) fn count_lost(&self) {
        self.lost_spans.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a span that could not be kept in a trace of which other spans are.
    #[cold]
    pub(crate) fn count_lost_span(&self, trace_id: u128) {
        self.count_lost();
        // The count by trace only decorates the trace, so a moment's contention may leave it out.
        if let Ok(mut losses) = self.losses.try_lock()
            && (losses.len() < LOSSES_BY_TRACE || losses.contains_key(&trace_id))
        {
            *losses.entry(trace_id).or_default() += 1;
        }
    }

    /// Counts a value that was left out or cut because memory was full.
    #[cold]
    pub(crate) fn count_cut_value(&self) {
        self.cut_values.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn register(&self, callsite: &'static Callsite, publish: impl FnOnce(u32)) -> u32 {
        let mut callsites = lock(&self.callsites);
        // Another thread may have been first.
        if callsite.known_number() == 0 {
            callsites.push(Some(callsite));
            let number = u32::try_from(callsites.len()).unwrap_or(0);
            if let Some(journal) = &self.journal {
                journal.register(number, callsite);
            }
            publish(number);
        }
        callsite.known_number()
    }

    pub(super) fn open_log(&self) -> (Arc<Log>, Arc<Chunk>) {
        let chunk = self.take_chunk(FIRST_CHUNK);
        let log = Arc::new(Log {
            chunks: Mutex::new(VecDeque::from([Arc::clone(&chunk)])),
            read_words: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            last_root: LastRoot::default(),
        });
        self.live_logs.fetch_add(1, Ordering::Relaxed);
        lock(&self.logs).push(Arc::clone(&log));
        (log, chunk)
    }

    /// An empty chunk of at least so many words, counted as in use.
    pub(super) fn take_chunk(&self, words: usize) -> Arc<Chunk> {
        let spare = (words == CHUNK).then(|| self.spare.try_lock().ok()).flatten().and_then(|mut spare| {
            let chunk = spare.pop();
            self.count_spare(&spare);
            chunk
        });
        let chunk = spare.unwrap_or_else(|| Arc::new(Chunk::new(words)));
        let in_use =
            self.chunk_bytes.fetch_add(chunk.capacity() * 8, Ordering::Relaxed) + chunk.capacity() * 8;
        self.judge_fullness();
        if in_use > EAGER_BYTES {
            self.wake_worker();
        }
        chunk
    }

    /// Called with each record once it is written: wakes the worker if it sleeps, keeps the journal if there is one; one
    /// relaxed load if there is neither.
    #[inline(always)]
    pub(super) fn attend(&self, head: &[u64], payload: &[u8]) {
        if self.attention.load(Ordering::Relaxed) != 0 {
            self.attend_to(head, payload);
        }
    }

    #[cold]
    #[inline(never)]
    fn attend_to(&self, head: &[u64], payload: &[u8]) {
        if let Some(journal) = &self.journal {
            journal.record(head, payload);
        }
        if self.attention.load(Ordering::Relaxed) & WORKER_IDLES != 0 {
            self.wake_worker();
        }
    }

    #[cold]
    pub(crate) fn wake_worker(&self) {
        self.set_idle(false);
        if let Some(worker) = self.worker.get() {
            worker.unpark();
        }
    }

    /// The trace whose root ended last on any thread; zero if there is none.
    pub(crate) fn last_root(&self) -> u128 {
        let logs = lock(&self.logs);
        let of_threads = logs.iter().map(|log| log.last_root.get()).max().unwrap_or_default();
        of_threads.max(*lock(&self.last_root)).1
    }

    // ----- the worker's side -----

    /// Makes this thread the one that reads, and that is woken.
    pub(crate) fn become_worker(&self) {
        let _ = self.worker.set(std::thread::current());
    }

    /// Whether this is the process that the worker lives in, and not a child made by `fork`, which has none.
    pub(super) fn is_this_process(&self) -> bool {
        let is_this = self.process == std::process::id();
        if !is_this && !self.said_forked.swap(true, Ordering::Relaxed) {
            notice::warn(
                "this process was made by fork() from one that traces, and has no thread that delivers traces: it is \
                 not traced. Start tracing after the fork, or start the child with exec().",
            );
        }
        is_this
    }

    pub(crate) fn set_idle(&self, idle: bool) {
        if idle {
            self.attention.fetch_or(WORKER_IDLES, Ordering::SeqCst);
        } else {
            self.attention.fetch_and(!WORKER_IDLES, Ordering::SeqCst);
        }
    }

    /// Says what the worker holds, so that new spans are refused when it is too much: bytes; spans beside those that
    /// wait for the destination; and how many of these have ended.
    pub(crate) fn set_held(&self, bytes: usize, spans: usize, ended: usize) {
        self.held_bytes.store(bytes, Ordering::Relaxed);
        self.held_spans.store(spans, Ordering::Relaxed);
        self.held_ended.store(ended, Ordering::Relaxed);
        self.judge_fullness();
    }

    /// Counts the spans that wait for the destination.
    pub(crate) fn queued_spans(&self) -> &Arc<AtomicUsize> {
        &self.queued_spans
    }

    /// Spans that the worker holds: those that wait for the destination, and the others when it last said so.
    pub(crate) fn held_spans(&self) -> usize {
        self.held_spans.load(Ordering::Relaxed) + self.queued_spans.load(Ordering::Relaxed)
    }

    pub(super) fn judge_fullness(&self) {
        // The chunk that a thread writes at the moment is there anyway, read or not.
        let current = self.live_logs.load(Ordering::Relaxed) * CHUNK * 8;
        let unread = self.chunk_bytes.load(Ordering::Relaxed).saturating_sub(current);
        let bytes = unread
            + self.spare_bytes.load(Ordering::Relaxed)
            + self.held_bytes.load(Ordering::Relaxed)
            + self.stash.bytes();
        // What has been read is copied, and the memory of its chunk does not come back at once: so what waits to be
        // read may only be a part of all.
        let full = bytes >= self.limits.memory_bytes
            || unread >= self.limits.memory_bytes / 4
            || self.held_spans() >= self.limits.spans;
        if self.full.load(Ordering::Relaxed) != full {
            self.full.store(full, Ordering::Relaxed);
        }
    }

    pub(crate) fn lost_spans(&self) -> u64 {
        self.lost_spans.load(Ordering::Relaxed)
    }

    pub(crate) fn cut_values(&self) -> u64 {
        self.cut_values.load(Ordering::Relaxed)
    }

    /// How many spans of this trace were lost; forgets the answer.
    pub(crate) fn take_losses(&self, trace_id: u128) -> u64 {
        if self.lost_spans() == 0 {
            return 0;
        }
        lock(&self.losses).remove(&trace_id).unwrap_or(0)
    }

    /// The callsite with this number.
    pub(crate) fn callsite(&self, number: u32) -> Option<&'static Callsite> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        lock(&self.callsites).get(index).copied().flatten()
    }

    /// Gives most of the spare memory back; called when nothing happens.
    pub(crate) fn shed_spare(&self) {
        let mut spare = lock(&self.spare);
        let kept = spare.len().min(SPARE_CHUNKS_AT_REST);
        let shed = spare.split_off(kept);
        self.count_spare(&spare);
        spare.shrink_to_fit();
        // Freeing is done without the lock that writers try.
        drop(spare);
        drop(shed);
    }

    /// Called with the lock held, so that counts come in the order of the changes.
    pub(super) fn count_spare(&self, spare: &[Arc<Chunk>]) {
        self.spare_bytes.store(spare.len() * CHUNK * 8, Ordering::Relaxed);
    }
}

/// Locks without ever failing: a panic of another holder leaves these plain collections usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
