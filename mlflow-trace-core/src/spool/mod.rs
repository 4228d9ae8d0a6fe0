//! The disk queue: what a network destination can't take now waits here, across restarts.
//!
//! Each destination has a folder, which all processes share. Each process appends to files of its own and takes over
//! those of processes that have ended (`home`). A file is a row of checksummed records (`segment`), each a trace
//! (`codec`) or a note that traces are settled; a file of which all traces are settled is removed. Nothing is synced:
//! what is written survives the process, not the machine.

mod adopt;
mod codec;
mod entry;
mod failure;
mod home;
mod queue;
mod segment;

use std::path::{Path, PathBuf};

pub(crate) use entry::{Entry, Position, Waiting};
pub(crate) use failure::SpoolFailure;

use crate::config::Experiment;
use crate::model::Trace;
use crate::policy::fingerprint::fingerprint;
use home::Home;
use queue::{QueueFile, Reading};

/// A file is closed when it has so many bytes.
const FILE_BYTES: u64 = 4 << 20;
/// A file is not larger than this part of the bound, which is given up file by file.
const FILES_IN_BOUND: u64 = 8;

/// The disk queue of one destination in this process.
pub(crate) struct Spool {
    folder: PathBuf,
    limit_bytes: u64,
    file_bytes: u64,
    home: Option<Home>,
    /// Ours, oldest first.
    files: Vec<QueueFile>,
    /// The file that is appended to: its number.
    open: Option<u64>,
    next_number: u64,
    /// Of the files that others own, as last seen.
    bytes_of_others: u64,
    dropped: Waiting,
    damaged: Waiting,
    remarks: Vec<String>,
    /// Files of which a remark was made that holds on.
    left_alone: Vec<String>,
    /// Reused for encoding.
    record: Vec<u8>,
}

impl Spool {
    /// The queue in this folder for the destination that the text identifies; the text is not to be read off the disk.
    /// Touches no disk until it is used.
    pub(crate) fn new(folder: &Path, destination: &str, limit_bytes: u64) -> Self {
        Self {
            folder: folder.join(fingerprint(destination)),
            limit_bytes,
            file_bytes: FILE_BYTES.min(limit_bytes / FILES_IN_BOUND),
            home: None,
            files: Vec::new(),
            open: None,
            next_number: 0,
            bytes_of_others: 0,
            dropped: Waiting::default(),
            damaged: Waiting::default(),
            remarks: Vec::new(),
            left_alone: Vec::new(),
            record: Vec::new(),
        }
    }

    /// Puts a trace at the end of the queue: once this returns, the death of the process does not lose it. Where the
    /// bound is reached the oldest traces make room.
    pub(crate) fn append(
        &mut self,
        trace: &Trace,
        experiment: &Experiment,
    ) -> Result<Position, SpoolFailure> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        segment::put_trace(&mut record, trace.spans.len(), |out| codec::encode(trace, experiment, out));
        let result = self.append_record(&record, trace.spans.len() as u64);
        // A single large trace is not to occupy the memory for good.
        if record.capacity() <= 1 << 20 {
            self.record = record;
        }
        result
    }

    fn append_record(&mut self, record: &[u8], spans: u64) -> Result<Position, SpoolFailure> {
        self.notice_removal();
        let size = record.len() as u64;
        self.make_room(size)?;
        let most = self.file_bytes;
        if self.open_file().is_some_and(|file| !file.is_fresh() && file.bytes + size > most) {
            self.close_open_file();
        }
        let folder = self.folder.clone();
        let file = match self.open {
            Some(_) => self.open_file(),
            None => Some(self.begin_file()?),
        };
        // Invariant: `open` names a file of the list; this sentence is never said.
        let file = file.ok_or_else(|| SpoolFailure::new("the queue on disk lost its place."))?;
        match file.append(record, spans) {
            Ok(offset) => Ok(Position { file: file.number, offset }),
            Err(error) => {
                // What stands behind a write that failed is not known.
                self.close_open_file();
                Err(SpoolFailure::writing(&folder, &error))
            }
        }
    }

    /// The oldest traces that are not settled, in their order: at least one if there is any, beyond that not more than
    /// `most_traces` and `most_bytes`, as they lie on the disk. They stay in the queue.
    pub(crate) fn oldest(&mut self, most_traces: usize, most_bytes: usize) -> Vec<Entry> {
        let mut reading =
            Reading { entries: Vec::new(), left_traces: most_traces.max(1), left_bytes: most_bytes.max(1) };
        for file in &mut self.files {
            let damaged = file.read(&mut reading);
            if damaged.traces > 0 {
                self.damaged.add(damaged);
                self.remarks.push(format!(
                    "{} traces with {} spans that waited in {} are damaged and are skipped.",
                    damaged.traces,
                    damaged.spans,
                    file.path.display()
                ));
            }
            if reading.is_full() {
                break;
            }
        }
        self.remove_settled();
        reading.entries
    }

    /// Delivered, or given up: these are never read again, by nobody.
    pub(crate) fn settle(&mut self, positions: &[Position]) {
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions.dedup();
        for of_file in positions.chunk_by(|one, next| one.file == next.file) {
            let number = of_file.first().map(|position| position.file);
            let Some(file) = self.files.iter_mut().find(|file| Some(file.number) == number) else { continue };
            let offsets: Vec<u32> = of_file.iter().map(|position| position.offset).collect();
            if let Err(error) = file.settle(&offsets) {
                self.remarks.push(format!(
                    "it could not be noted in {} what was delivered ({error}); what this process does not deliver of \
                     that file itself may be delivered twice.",
                    file.path.display()
                ));
            }
        }
        self.remove_settled();
    }

    /// What waits in this process: its own traces and those that it took over.
    pub(crate) fn waiting(&self) -> Waiting {
        let mut all = Waiting::default();
        self.files.iter().for_each(|file| all.add(file.waiting));
        all
    }

    /// Whether this file of ours still has traces that wait.
    pub(crate) fn has_file(&self, number: u64) -> bool {
        self.files.iter().any(|file| file.number == number)
    }

    /// What was dropped since this was last asked, because the bound was reached.
    pub(crate) fn take_dropped(&mut self) -> Waiting {
        std::mem::take(&mut self.dropped)
    }

    /// What was lost since this was last asked because files were damaged or removed. Of what can't be read any more
    /// only the bytes are known.
    pub(crate) fn take_damaged(&mut self) -> Waiting {
        std::mem::take(&mut self.damaged)
    }

    /// Sentences that are worth saying once: damaged parts that were skipped, files of a newer version.
    pub(crate) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    // ----- files -----

    fn home(&mut self) -> Result<&Home, SpoolFailure> {
        if self.home.is_none() {
            self.home = Some(Home::open(&self.folder)?);
        }
        // Invariant: it was just filled; this sentence is never said.
        self.home.as_ref().ok_or_else(|| SpoolFailure::new("the queue on disk has no folder."))
    }

    fn take_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    fn open_file(&mut self) -> Option<&mut QueueFile> {
        let open = self.open?;
        self.files.iter_mut().find(|file| file.number == open)
    }

    fn close_open_file(&mut self) {
        if let Some(file) = self.open_file() {
            file.close();
        }
        self.open = None;
        self.remove_settled();
    }

    fn begin_file(&mut self) -> Result<&mut QueueFile, SpoolFailure> {
        let number = self.take_number();
        let time = home::now();
        let path = self.home()?.path(time, number);
        let file =
            QueueFile::begin(number, path).map_err(|error| SpoolFailure::writing(&self.folder, &error))?;
        self.look_at_others();
        self.open = Some(number);
        self.files.push(file);
        // Invariant: it was just put there; this sentence is never said.
        self.files.last_mut().ok_or_else(|| SpoolFailure::new("the queue on disk has no file."))
    }

    /// Removes the files of which nothing waits any more.
    fn remove_settled(&mut self) {
        let open = self.open;
        self.files.retain(|file| {
            // A file that was just begun waits for its first trace.
            let stays = file.waiting.traces > 0 || (Some(file.number) == open && file.is_fresh());
            if !stays {
                file.remove();
            }
            stays
        });
        if self.open_file().is_none() {
            self.open = None;
        }
    }

    fn own_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn look_at_others(&mut self) {
        self.bytes_of_others = home::bytes_in(&self.folder).saturating_sub(self.own_bytes());
    }

    /// Drops the oldest files until so many bytes fit.
    fn make_room(&mut self, size: u64) -> Result<(), SpoolFailure> {
        let needed = size + segment::HEAD as u64;
        if needed > self.limit_bytes {
            return Err(SpoolFailure::too_large(size, self.limit_bytes));
        }
        if self.own_bytes() + self.bytes_of_others + needed <= self.limit_bytes {
            return Ok(());
        }
        // What the dead left is older than what is ours.
        self.adopt();
        self.look_at_others();
        // Nothing of ours is given up for room that others hold.
        if self.bytes_of_others + needed > self.limit_bytes {
            return Err(SpoolFailure::new(format!(
                "traces can't wait in {} because other programs' traces for the same destination fill it ({} bytes): \
                 raise MLFLOW_TRACE_SPOOL_MAX_BYTES.",
                self.folder.display(),
                self.limit_bytes
            )));
        }
        while self.own_bytes() + self.bytes_of_others + needed > self.limit_bytes && !self.files.is_empty() {
            let oldest = self.files.remove(0);
            oldest.remove();
            self.dropped.add(oldest.waiting);
            if self.open == Some(oldest.number) {
                self.open = None;
            }
        }
        Ok(())
    }

    /// Somebody may have removed the folder: then what was in it is lost, and a new one is made.
    fn notice_removal(&mut self) {
        let is_gone = self.home.as_ref().is_some_and(|home| !home.is_there());
        if !is_gone {
            return;
        }
        let lost = self.waiting();
        self.home = None;
        self.open = None;
        self.files.clear();
        if lost.traces > 0 {
            self.damaged.add(lost);
            self.remarks.push(format!(
                "somebody removed {}, and with it {} traces with {} spans that waited there.",
                self.folder.display(),
                lost.traces,
                lost.spans
            ));
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.open = None;
        self.remove_settled();
        if let Some(home) = self.home.take().filter(|_| self.files.is_empty()) {
            home.leave();
        }
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod process_tests;
#[cfg(test)]
#[path = "property_tests.rs"]
mod property_tests;
#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
