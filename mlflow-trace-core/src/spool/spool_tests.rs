//! The queue, case by case.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::model::{Completeness, Span, SpanId, SpanType, Status, TraceId, TraceInfo};

const LIMIT: u64 = 1 << 30;

/// A folder that is removed with this value.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("mlflow-trace-spool-{}-{number}", std::process::id())))
    }

    pub(super) fn spool_files(&self) -> Vec<PathBuf> {
        all_files(&self.0)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "spool"))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

fn files_in(folder: &Path) -> usize {
    all_files(folder).len()
}

/// The end of a process by SIGKILL: no destructor runs, the system lets go of the lock.
pub(super) fn die(mut spool: Spool) {
    spool.home = None;
    spool.files.clear();
}

/// Takes over until so many traces came. A process that another test starts has our locks for a moment, between `fork`
/// and `exec`, so that the first try may come too early.
pub(super) fn adopt(spool: &mut Spool, expected: u64) -> u64 {
    let end = Instant::now() + Duration::from_secs(10);
    let mut adopted = spool.adopt();
    while adopted < expected && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
        adopted += spool.adopt();
    }
    adopted
}

/// A trace of two spans that can be told from others.
pub(super) fn trace_number(number: u64) -> Trace {
    let trace_id = TraceId::from_u128(u128::from(number) + 1).unwrap();
    let span = |id: u64, parent: u64| Span {
        trace_id,
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        name: format!("span {number}"),
        span_type: SpanType::Tool,
        start_unix_nanos: number,
        end_unix_nanos: number,
        status: Status::default(),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    };
    let mut info = TraceInfo::new(trace_id);
    info.start_unix_nanos = number;
    Trace::new(info, vec![span(1, 0), span(2, 1)], Completeness::Whole)
}

fn spool_in(folder: &Folder) -> Spool {
    Spool::new(&folder.0, "https://example.com", LIMIT)
}

fn fill(spool: &mut Spool, numbers: std::ops::Range<u64>) {
    for number in numbers {
        spool.append(&trace_number(number), &Experiment::Default).unwrap();
    }
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.trace.info.start_unix_nanos).collect()
}

fn positions(entries: &[Entry]) -> Vec<Position> {
    entries.iter().map(|entry| entry.position).collect()
}

#[test]
fn traces_come_back_in_their_order_until_they_are_settled() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..5);
    let entries = spool.oldest(3, usize::MAX);
    assert_eq!(numbers(&entries), [0, 1, 2]);
    assert_eq!(numbers(&spool.oldest(3, usize::MAX)), [0, 1, 2]);
    spool.settle(&[entries[1].position, entries[1].position]);
    assert_eq!(numbers(&spool.oldest(9, usize::MAX)), [0, 2, 3, 4]);
    let waiting = spool.waiting();
    assert_eq!((waiting.traces, waiting.spans), (4, 8));
}

#[test]
fn one_trace_is_brought_however_large_it_is_and_no_more_than_fit() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..4);
    let each = spool.waiting().bytes as usize / 4;
    assert_eq!(spool.oldest(9, 1).len(), 1);
    assert_eq!(spool.oldest(9, each * 2).len(), 2);
    assert_eq!(spool.oldest(9, each * 3 - 1).len(), 2);
    assert_eq!(spool.oldest(0, 0).len(), 1);
}

#[test]
fn an_unused_queue_touches_no_disk_and_a_settled_one_leaves_no_file() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    assert_eq!((spool.adopt(), spool.oldest(9, 9).len()), (0, 0));
    assert!(!folder.0.exists());
    fill(&mut spool, 0..3);
    let entries = spool.oldest(9, usize::MAX);
    spool.settle(&positions(&entries));
    assert!(folder.spool_files().is_empty());
    assert_eq!(spool.waiting(), Waiting::default());
    drop(spool);
    assert_eq!(files_in(&folder.0), 0);
}

#[test]
fn what_an_ended_process_left_is_taken_over_oldest_first_and_nothing_of_a_living_one() {
    let folder = Folder::new();
    let (mut first, mut second, mut third) = (spool_in(&folder), spool_in(&folder), spool_in(&folder));
    fill(&mut first, 0..2);
    fill(&mut third, 2..4);
    assert_eq!(second.adopt(), 0);
    let entries = first.oldest(1, usize::MAX);
    first.settle(&positions(&entries));
    die(first);
    assert_eq!(adopt(&mut third, 1), 1);
    assert_eq!(second.adopt(), 0);
    assert_eq!(numbers(&third.oldest(9, usize::MAX)), [1, 2, 3]);
    drop(third);
    assert_eq!(adopt(&mut second, 3), 3);
    assert_eq!(numbers(&second.oldest(9, usize::MAX)), [1, 2, 3]);
}

#[test]
fn another_destination_is_another_queue() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..1);
    die(spool);
    assert_eq!(Spool::new(&folder.0, "https://example.org", LIMIT).adopt(), 0);
    assert_eq!(adopt(&mut spool_in(&folder), 1), 1);
}

#[test]
fn beyond_the_bound_the_oldest_are_dropped_and_counted() {
    let folder = Folder::new();
    let mut spool = Spool::new(&folder.0, "d", 8000);
    fill(&mut spool, 0..100);
    let (waiting, dropped) = (spool.waiting(), spool.take_dropped());
    assert_eq!((waiting.traces + dropped.traces, waiting.spans + dropped.spans), (100, 200));
    assert!(waiting.bytes > 5000, "{waiting:?}");
    let on_disk: u64 = all_files(&folder.0).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(on_disk <= 8000, "{on_disk}");
    assert_eq!(spool.take_dropped(), Waiting::default());
    let left = numbers(&spool.oldest(1000, usize::MAX));
    assert_eq!(left, (dropped.traces..100).collect::<Vec<_>>());
}

#[test]
fn what_ended_processes_left_is_dropped_first_and_what_living_ones_have_is_not() {
    let folder = Folder::new();
    let spool = || Spool::new(&folder.0, "d", 8000);
    let (mut dead, mut living, mut own) = (spool(), spool(), spool());
    fill(&mut dead, 0..5);
    fill(&mut living, 5..10);
    die(dead);
    assert_eq!(adopt(&mut own, 5), 5);
    fill(&mut own, 10..40);
    let dropped = own.take_dropped().traces;
    assert!(dropped >= 5, "{dropped}");
    assert_eq!(numbers(&living.oldest(9, usize::MAX)), [5, 6, 7, 8, 9]);
    assert_eq!(own.waiting().traces + dropped, 35);
}

#[test]
fn a_trace_that_is_larger_than_the_bound_and_a_folder_that_others_fill_are_said() {
    let folder = Folder::new();
    let mut small = Spool::new(&folder.0, "d", 100);
    let failure = small.append(&trace_number(0), &Experiment::Default).unwrap_err();
    assert!(failure.sentence.contains("MLFLOW_TRACE_SPOOL_MAX_BYTES"), "{}", failure.sentence);
    let mut other = Spool::new(&folder.0, "d", LIMIT);
    fill(&mut other, 0..20);
    let mut own = Spool::new(&folder.0, "d", 2000);
    own.look_at_others();
    let failure = own.append(&trace_number(0), &Experiment::Default).unwrap_err();
    assert!(failure.sentence.contains("other programs"), "{}", failure.sentence);
}

#[test]
fn a_record_that_was_cut_off_by_a_kill_is_passed_over_silently() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..3);
    die(spool);
    let path = folder.spool_files().remove(0);
    let length = fs::metadata(&path).unwrap().len();
    File::options().write(true).open(&path).unwrap().set_len(length - 7).unwrap();
    let mut spool = spool_in(&folder);
    assert_eq!(adopt(&mut spool, 2), 2);
    assert_eq!((spool.take_remarks().len(), spool.take_damaged()), (0, Waiting::default()));
    // What is noted behind it is found again.
    let entries = spool.oldest(1, usize::MAX);
    spool.settle(&positions(&entries));
    die(spool);
    let mut spool = spool_in(&folder);
    assert_eq!(adopt(&mut spool, 1), 1);
    assert_eq!(spool.take_remarks().len(), 0);
}

#[test]
fn damage_in_the_middle_costs_what_it_hits_and_is_said() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..3);
    let size = spool.waiting().bytes as usize / 3;
    die(spool);
    let path = folder.spool_files().remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[segment::HEAD + size + 20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut spool = spool_in(&folder);
    assert_eq!(adopt(&mut spool, 2), 2);
    assert_eq!(numbers(&spool.oldest(9, usize::MAX)), [0, 2]);
    assert_eq!(spool.take_damaged().bytes, size as u64);
    let remarks = spool.take_remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("damaged"), "{remarks:?}");
}

#[test]
fn damage_while_the_process_lives_costs_what_it_hits_and_is_counted() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..3);
    let path = folder.spool_files().remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[segment::HEAD + 30] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(numbers(&spool.oldest(9, usize::MAX)), [1, 2]);
    let damaged = spool.take_damaged();
    assert_eq!((damaged.traces, damaged.spans, spool.waiting().traces), (1, 2, 2));
    assert_eq!(spool.take_remarks().len(), 1);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone_and_said_once() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..1);
    die(spool);
    let path = folder.spool_files().remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[..segment::HEAD].copy_from_slice(&segment::head_of_version(segment::VERSION + 1));
    fs::write(&path, &bytes).unwrap();
    let mut spool = spool_in(&folder);
    assert_eq!((spool.adopt(), spool.adopt()), (0, 0));
    let remarks = spool.take_remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("version 3"), "{remarks:?}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
    // Whoever knows the version gets it.
    bytes[..segment::HEAD].copy_from_slice(&segment::head());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(adopt(&mut spool, 1), 1);
}

#[test]
fn a_folder_that_is_removed_costs_what_was_in_it_and_the_queue_goes_on() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..3);
    fs::remove_dir_all(&folder.0).unwrap();
    fill(&mut spool, 3..5);
    assert_eq!(spool.take_damaged().traces, 3);
    assert_eq!(numbers(&spool.oldest(9, usize::MAX)), [3, 4]);
    assert!(spool.take_remarks()[0].contains("removed"));
}

#[test]
fn a_folder_that_cannot_be_made_is_said_with_the_setting_to_change() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("file"), "").unwrap();
    let mut spool = Spool::new(&folder.0.join("file"), "d", LIMIT);
    let failure = spool.append(&trace_number(0), &Experiment::Default).unwrap_err();
    assert!(failure.sentence.contains("MLFLOW_TRACE_SPOOL_DIRECTORY"), "{}", failure.sentence);
    assert_eq!(spool.waiting(), Waiting::default());
}

/// A file system that becomes full; `/dev/full` says so at each write.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_the_queue_stays_readable() {
    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..2);
    let open = spool.open.unwrap();
    let file = spool.files.iter_mut().find(|file| file.number == open).unwrap();
    file.write_to_a_full_disk();
    let failure = spool.append(&trace_number(2), &Experiment::Default).unwrap_err();
    assert!(failure.sentence.contains("disk is full"), "{}", failure.sentence);
    fill(&mut spool, 3..4);
    assert_eq!(numbers(&spool.oldest(9, usize::MAX)), [0, 1, 3]);
}

#[cfg(unix)]
#[test]
fn only_this_user_can_read_what_waits() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let mut spool = spool_in(&folder);
    fill(&mut spool, 0..1);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let file = folder.spool_files().remove(0);
    assert_eq!((mode(&folder.0), mode(file.parent().unwrap()), mode(&file)), (0o700, 0o700, 0o600));
    assert!(!file.display().to_string().contains("example"));
}
