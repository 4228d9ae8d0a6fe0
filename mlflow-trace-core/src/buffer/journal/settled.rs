//! What need not be recovered any more: spans that every destination has, or has put on disk itself.
//!
//! A trace on its way to the destinations carries a [`SettleMark`]. When the last of them lets go of the trace the mark
//! is written, so that whoever reads the journal after this process leaves those spans out. What a destination did not
//! take in its time is told to stay ([`SettleMark::stay`]): it is not marked, so the next process delivers it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::super::hub::lock;
use super::frame;
use super::home::{SETTLED, create};
use crate::policy::clock;

/// A file of marks is closed when it has so many bytes.
const FILE_BYTES: u64 = 1 << 20;

/// Where marks are written.
pub(crate) struct Settled {
    folder: PathBuf,
    /// The folder goes with this value: it is that of a dead process, and all that was found in it is settled.
    removes_folder: bool,
    /// Held until then.
    _lock: Option<File>,
    marks: Mutex<Marks>,
    /// Spans that were told to stay.
    left_spans: AtomicUsize,
}

#[derive(Default)]
struct Marks {
    file: Option<(File, PathBuf, u64)>,
    /// Closed files, with the time of their last mark.
    closed: Vec<(PathBuf, u64)>,
    next_number: u64,
    /// When traces that are on their way began, and how many began then.
    on_their_way: BTreeMap<u64, u32>,
}

impl Settled {
    pub(super) fn of_this_process(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            folder,
            removes_folder: false,
            _lock: None,
            marks: Mutex::default(),
            left_spans: AtomicUsize::new(0),
        })
    }

    /// Of a dead process, whose `lock` is ours now. `next_number` is that of the next file of marks.
    pub(super) fn of_dead_process(folder: PathBuf, lock: File, next_number: u64) -> Arc<Self> {
        let marks = Mutex::new(Marks { next_number, ..Marks::default() });
        Arc::new(Self {
            folder,
            removes_folder: true,
            _lock: Some(lock),
            marks,
            left_spans: AtomicUsize::new(0),
        })
    }

    /// When the oldest trace that is on its way began.
    pub(super) fn oldest_on_its_way(&self) -> Option<u64> {
        lock(&self.marks).on_their_way.keys().next().copied()
    }

    /// Spans that no destination will get from this process, and the next one will read.
    pub(crate) fn left_spans(&self) -> usize {
        self.left_spans.load(Ordering::Relaxed)
    }

    /// Traces that are not settled: those that are on their way, and those that were told to stay.
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "`drain` counts them"))]
    pub(crate) fn unsettled_traces(&self) -> usize {
        lock(&self.marks).on_their_way.values().map(|count| *count as usize).sum()
    }

    /// Removes marks that no file with records needs: those have no record before `first`.
    pub(super) fn tidy(&self, first: u64) {
        let mut marks = lock(&self.marks);
        marks.closed.retain(|(path, last)| {
            let is_needed = *last >= first;
            if !is_needed {
                let _ = fs::remove_file(path);
            }
            is_needed
        });
    }

    fn write(&self, mark: &SettleMark) {
        // A panic of ours is no delivery either.
        if mark.stays.load(Ordering::Relaxed) || std::thread::panicking() {
            self.left_spans.fetch_add(mark.spans.len(), Ordering::Relaxed);
            return;
        }
        let mut content = Vec::with_capacity(16 + mark.spans.len() * 8);
        content.extend_from_slice(&mark.trace_id.to_le_bytes());
        content.extend(mark.spans.iter().flat_map(|span| span.to_le_bytes()));
        let mut marks = lock(&self.marks);
        if let Some(count) = marks.on_their_way.get_mut(&mark.start) {
            *count -= 1;
            if *count == 0 {
                marks.on_their_way.remove(&mark.start);
            }
        }
        if mark.spans.is_empty() {
            return;
        }
        if marks.file.is_none() {
            marks.next_number += 1;
            let path = self.folder.join(format!("{}{SETTLED}", marks.next_number));
            marks.file = create(&path).ok().map(|file| (file, path, 0));
        }
        // A mark that can't be written makes a trace come twice after a crash, which is the better mistake.
        let Some((file, _, bytes)) = &mut marks.file else { return };
        let frame = frame::frame(&content);
        match file.write_all(&frame) {
            Ok(()) => *bytes += frame.len() as u64,
            Err(_) => {
                let _ = file.set_len(*bytes);
            }
        }
        if *bytes >= FILE_BYTES
            && let Some((_, path, _)) = marks.file.take()
        {
            marks.closed.push((path, clock::reading()));
        }
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        if self.removes_folder && *self.left_spans.get_mut() == 0 {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Goes with a trace; written when it is dropped.
pub(crate) struct SettleMark {
    settled: Arc<Settled>,
    trace_id: u128,
    spans: Box<[u64]>,
    start: u64,
    stays: Arc<AtomicBool>,
}

impl SettleMark {
    /// For these spans of a trace, none of which began before `start`.
    pub(crate) fn new(settled: &Arc<Settled>, trace_id: u128, spans: Box<[u64]>, start: u64) -> Self {
        *lock(&settled.marks).on_their_way.entry(start).or_default() += 1;
        Self { settled: Arc::clone(settled), trace_id, spans, start, stays: Arc::default() }
    }

    /// Set to true, this leaves the trace in the journal when the mark is dropped.
    pub(crate) fn stay(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stays)
    }
}

impl Drop for SettleMark {
    fn drop(&mut self) {
        self.settled.write(self);
    }
}
