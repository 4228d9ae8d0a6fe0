//! The journal of `durable`: every finished span is on disk before the call that it stands for returns.
//!
//! Each thread appends its records to a file of its own. Nothing is synced: what is written survives the process, not
//! the machine. What all destinations have is marked as settled (`settled`); files in which everything is settled are
//! removed by the worker. After the death of the process another one reads what is left (`read`).
//!
//! The records are written as the recorder made them: rules of redaction run when traces are built of them.

mod frame;
mod home;
mod read;
mod settled;
mod thread;

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) use read::{DeadJournal, journal_folders};
pub(crate) use settled::{SettleMark, Settled};

use super::Callsite;
use super::hub::lock;
use crate::policy::{clock, notice};
use thread::{Due, LogFile, ThreadJournal};

/// A file with records is closed when it has so many bytes.
const FILE_BYTES: u64 = 1 << 20;
/// The files are looked through whenever so many bytes were written.
const TIDY_EVERY: u64 = 1 << 20;
/// A record may stand unread in its thread's log for a moment, so that nothing younger than this is taken for settled,
/// in nanoseconds.
const SLACK: u64 = 10_000_000_000;

/// The journal of this process.
pub(crate) struct Journal {
    folder: PathBuf,
    limit_bytes: u64,
    /// Held while the process lives.
    _lock: File,
    threads: Mutex<Threads>,
    callsites: Mutex<File>,
    settled: Arc<Settled>,
    next_file: AtomicU64,
    since_tidied: AtomicU64,
    /// Records that could not be written.
    failed_writes: AtomicU64,
    has_said_failed: AtomicBool,
    has_said_dropped: AtomicBool,
    process: u32,
}

type Shared = Arc<Mutex<ThreadJournal>>;

/// All threads' parts, those that wait for another thread, and full files.
#[derive(Default)]
struct Threads {
    all: Vec<Shared>,
    free: Vec<Shared>,
    closed: Vec<LogFile>,
}

/// A thread's hold on its part, which another thread goes on with afterwards.
struct Hold {
    part: Shared,
    journal: Arc<Journal>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.journal.threads).free.push(Arc::clone(&self.part));
    }
}

thread_local! {
    static HOLD: RefCell<Option<Hold>> = const { RefCell::new(None) };
}

impl Journal {
    /// Begins the journal of this process in a folder of its own under `journals`, at most so large.
    pub(crate) fn begin(journals: &Path, limit_bytes: u64) -> io::Result<Arc<Self>> {
        let (folder, owner) = home::make(journals, clock::wall_offset())?;
        let callsites = home::create(&folder.join(home::CALLSITES))?;
        Ok(Arc::new(Self {
            settled: Settled::of_this_process(folder.clone()),
            folder,
            limit_bytes,
            _lock: owner,
            threads: Mutex::default(),
            callsites: Mutex::new(callsites),
            next_file: AtomicU64::new(0),
            since_tidied: AtomicU64::new(0),
            failed_writes: AtomicU64::new(0),
            has_said_failed: AtomicBool::new(false),
            has_said_dropped: AtomicBool::new(false),
            process: std::process::id(),
        }))
    }

    pub(crate) fn settled(&self) -> &Arc<Settled> {
        &self.settled
    }

    /// Writes of records that failed; the spans in them are not durable.
    pub(crate) fn failed_writes(&self) -> u64 {
        self.failed_writes.load(Ordering::Relaxed)
    }

    // ----- the threads of the program -----

    /// Takes a record; when it returns, every span that has ended is on disk.
    pub(super) fn record(self: &Arc<Self>, head: &[u64], payload: &[u8]) {
        // A child made by `fork` has the files but must not write to them.
        if self.process != std::process::id() {
            return;
        }
        let due = HOLD.try_with(|cell| {
            let mut slot = cell.try_borrow_mut().ok()?;
            let hold = slot.get_or_insert_with(|| self.hold());
            Some(self.take(&hold.part, head, payload))
        });
        let due = match due {
            Ok(Some(due)) => due,
            // The thread is ending and has no values of its own any more.
            _ => {
                let part = self.hold();
                self.take(&part.part, head, payload)
            }
        };
        if let Due::Others | Due::All(_) = due {
            self.write_all_parts(if let Due::All(span) = due { span } else { 0 });
        }
    }

    fn hold(self: &Arc<Self>) -> Hold {
        let mut threads = lock(&self.threads);
        let part = threads.free.pop().unwrap_or_else(|| {
            let part = Arc::new(Mutex::new(ThreadJournal::new()));
            threads.all.push(Arc::clone(&part));
            part
        });
        Hold { part, journal: Arc::clone(self) }
    }

    fn take(&self, part: &Shared, head: &[u64], payload: &[u8]) -> Due {
        let mut part = lock(part);
        let due = part.take(head, payload);
        if let Due::Own | Due::All(_) = due {
            self.write(&mut part);
        }
        due
    }

    /// Writes what all threads have put aside; `span`, if it is not zero, has ended on another thread than its own.
    fn write_all_parts(&self, span: u64) {
        let all = lock(&self.threads).all.clone();
        for part in &all {
            let mut part = lock(part);
            part.forget(span);
            self.write(&mut part);
        }
    }

    fn write(&self, part: &mut ThreadJournal) {
        let begin = || {
            let number = self.next_file.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!("{number:08}{}", home::RECORDS));
            Ok((home::create(&path)?, LogFile { path, bytes: 0, first: u64::MAX, last: 0 }))
        };
        match part.write(begin) {
            Ok(bytes) => {
                self.since_tidied.fetch_add(bytes, Ordering::Relaxed);
            }
            Err(error) => {
                self.failed_writes.fetch_add(1, Ordering::Relaxed);
                self.say_failed(&error);
            }
        }
        if let Some((_, log)) = part.file.take_if(|(_, log)| log.bytes >= FILE_BYTES) {
            lock(&self.threads).closed.push(log);
        }
    }

    #[cold]
    fn say_failed(&self, error: &io::Error) {
        if !self.has_said_failed.swap(true, Ordering::Relaxed) {
            notice::warn(&format!(
                "spans are not durable because {} can't be written ({error}); tracing goes on without. Free space, or \
                 set MLFLOW_TRACE_SPOOL_DIRECTORY to another folder.",
                self.folder.display()
            ));
        }
    }

    /// Writes what is known about an annotated function, before any record names it by its number.
    pub(super) fn register(&self, number: u32, callsite: &Callsite) {
        if self.process == std::process::id()
            && let Err(error) = lock(&self.callsites).write_all(&read::callsite_frame(number, callsite))
        {
            self.failed_writes.fetch_add(1, Ordering::Relaxed);
            self.say_failed(&error);
        }
    }

    // ----- the worker -----

    /// Keeps which program the traces come from, for whoever delivers them.
    pub(crate) fn keep_source(&self, texts: &[&str]) {
        if let Ok(mut file) = home::create(&self.folder.join(home::SOURCE)) {
            // Without it the program that delivers them is named.
            let _ = file.write_all(&read::texts_frame(texts));
        }
    }

    /// What is said of spans that this process leaves in the journal when it ends.
    pub(crate) fn farewell(&self, spans: usize) -> String {
        let spans = if spans == 1 { "1 span stays".to_owned() } else { format!("{spans} spans stay") };
        format!(
            "{spans} in the journal in {} because the destination had not taken everything when the program ended; the \
             next process with the same settings delivers what is there, and so does `mlflow-trace drain` where no \
             redaction is set.",
            self.folder.display()
        )
    }

    /// Whether enough was written for [`tidy`](Self::tidy) to be worth its time.
    pub(crate) fn wants_tidying(&self) -> bool {
        self.since_tidied.load(Ordering::Relaxed) >= TIDY_EVERY
    }

    /// Removes the files in which everything is settled. `oldest_held` is when the oldest span that the worker holds
    /// began.
    pub(crate) fn tidy(&self, oldest_held: Option<u64>) {
        self.tidy_before(oldest_held, clock::reading().saturating_sub(SLACK));
    }

    fn tidy_before(&self, oldest_held: Option<u64>, unread: u64) {
        self.since_tidied.store(0, Ordering::Relaxed);
        let bound = [oldest_held, self.settled.oldest_on_its_way(), Some(unread)].into_iter().flatten().min();
        let bound = bound.unwrap_or(0);
        let all = lock(&self.threads).all.clone();
        let (mut first, mut bytes) = (u64::MAX, 0);
        for part in &all {
            let mut part = lock(part);
            let is_settled = |log: &LogFile| log.last < bound;
            if let Some((_, log)) = part.file.take_if(|(_, log)| is_settled(log)) {
                let _ = fs::remove_file(log.path);
            }
            if let Some((_, log)) = &part.file {
                (first, bytes) = (first.min(log.first), bytes + log.bytes);
            }
        }
        let mut threads = lock(&self.threads);
        threads.closed.retain(|log| {
            let is_needed = log.last >= bound;
            if is_needed {
                (first, bytes) = (first.min(log.first), bytes + log.bytes);
            } else {
                let _ = fs::remove_file(&log.path);
            }
            is_needed
        });
        while bytes > self.limit_bytes && !threads.closed.is_empty() {
            let oldest = threads.closed.remove(0);
            bytes = bytes.saturating_sub(oldest.bytes);
            let _ = fs::remove_file(&oldest.path);
            if !self.has_said_dropped.swap(true, Ordering::Relaxed) {
                notice::warn(
                    "the journal has reached its bound, so the oldest spans in it are not durable any more; raise \
                     MLFLOW_TRACE_SPOOL_MAX_BYTES.",
                );
            }
        }
        drop(threads);
        self.settled.tidy(first);
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
