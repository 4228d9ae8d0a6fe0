//! The journal of a process, written and read again.

use super::*;
use crate::buffer::record::Head;
use crate::model::SpanType;

/// A folder that is removed with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("mlflow-trace-journal-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn files(&self, end: &str) -> usize {
        let all = journal_folders(&self.0).into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        all.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(end)).count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const LIMIT: u64 = 64 << 20;

/// A root that begins and ends at these times.
fn write_root(journal: &Arc<Journal>, span: u64, times: std::ops::Range<u64>) {
    journal.record(&Head::start(3, [0, span], span, 0, times.start, 1, 0), b"say");
    journal.record(&Head::end(0, span, times.end, true), b"");
}

/// What the next process finds. Another test may start a process at this moment, which has our lock until it is another
/// program, so that the first try may come too early.
fn take_over(folder: &Folder) -> DeadJournal {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let path = journal_folders(&folder.0).remove(0);
        if let Some(journal) = DeadJournal::take_over(path).unwrap() {
            return journal;
        }
        assert!(std::time::Instant::now() < end, "the lock stays taken");
    }
}

fn words(journal: &DeadJournal) -> Vec<u64> {
    let mut words = Vec::new();
    assert_eq!(journal.each_row(|row| words.extend_from_slice(row)), 0);
    words
}

#[test]
fn what_was_recorded_is_read_after_the_process_has_ended_and_not_before() {
    static CALLSITE: Callsite = Callsite::new("name", "function", SpanType::custom("T"), "what it does");
    let folder = Folder::new("read");
    let journal = Journal::begin(&folder.0, LIMIT).unwrap();
    journal.register(1, &CALLSITE);
    write_root(&journal, 7, 10..20);
    let path = journal_folders(&folder.0).remove(0);
    assert!(DeadJournal::take_over(path).unwrap().is_none());
    HOLD.with(|hold| hold.take());
    drop(journal);
    let dead = take_over(&folder);
    let start = Head::start(3, [0, 7], 7, 0, 10, 1, 0);
    let payload = u64::from_le_bytes(*b"say\0\0\0\0\0");
    assert_eq!(words(&dead), [&start[..], &[payload], &Head::end(0, 7, 20, true)[..]].concat());
    let callsite = dead.callsites[0].unwrap();
    assert_eq!(
        (callsite.name, callsite.function, callsite.description),
        ("name", "function", "what it does")
    );
    assert_eq!(callsite.span_type.as_str(), "T");
    drop(dead);
    assert!(journal_folders(&folder.0).is_empty());
}

#[test]
fn marks_of_a_dropped_trace_are_read_and_those_of_a_kept_one_are_not_there() {
    let folder = Folder::new("marks");
    let journal = Journal::begin(&folder.0, LIMIT).unwrap();
    let kept = SettleMark::new(journal.settled(), 1, Box::new([11]), 5);
    drop(SettleMark::new(journal.settled(), 2, Box::new([21, 22]), 6));
    // The process dies with the one that it holds.
    std::mem::forget(kept);
    drop(journal);
    let dead = take_over(&folder);
    assert_eq!(dead.settled_traces.iter().copied().collect::<Vec<_>>(), [2]);
    assert!(dead.settled_spans.contains(&21) && dead.settled_spans.contains(&22));
    assert!(!dead.settled_spans.contains(&11));
}

#[test]
fn files_go_when_all_in_them_is_settled_and_marks_go_with_them() {
    let folder = Folder::new("tidy");
    let journal = Journal::begin(&folder.0, LIMIT).unwrap();
    write_root(&journal, 1, 10..20);
    let mark = SettleMark::new(journal.settled(), 1, Box::new([1]), 10);
    journal.tidy_before(None, 1000);
    assert_eq!(folder.files(home::RECORDS), 1, "its trace is on its way");
    drop(mark);
    journal.tidy_before(Some(15), 1000);
    assert_eq!(folder.files(home::RECORDS), 1, "the worker holds something as old");
    journal.tidy_before(Some(21), 1000);
    assert_eq!(folder.files(home::RECORDS), 0);
    write_root(&journal, 2, 30..40);
    assert_eq!(folder.files(home::RECORDS), 1);
    HOLD.with(|hold| hold.take());
}

#[test]
fn beyond_the_bound_the_oldest_full_files_go() {
    let folder = Folder::new("bound");
    let journal = Journal::begin(&folder.0, 2 * FILE_BYTES).unwrap();
    let payload = vec![b'x'; 256 << 10];
    for span in 1..=20 {
        journal.record(&Head::start(payload.len(), [0, span], span, 0, span * 10, 0, 0), &payload);
        journal.record(&Head::end(0, span, span * 10 + 5, true), b"");
    }
    assert_eq!(folder.files(home::RECORDS), 6);
    assert!(journal.wants_tidying());
    journal.tidy_before(Some(1), 1000);
    assert_eq!(folder.files(home::RECORDS), 2);
    HOLD.with(|hold| hold.take());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_durability_and_is_counted() {
    let folder = Folder::new("full");
    let journal = Journal::begin(&folder.0, LIMIT).unwrap();
    write_root(&journal, 1, 10..20);
    {
        let hold = HOLD.with(|hold| hold.take()).unwrap();
        let full = File::options().append(true).open("/dev/full").unwrap();
        let mut part = lock(&hold.part);
        part.file.as_mut().unwrap().0 = full;
    }
    write_root(&journal, 2, 30..40);
    assert_eq!(journal.failed_writes(), 1);
    HOLD.with(|hold| hold.take());
}

#[test]
fn a_journal_of_another_version_is_left_alone_and_said() {
    let folder = Folder::new("version");
    drop(Journal::begin(&folder.0, LIMIT).unwrap());
    let path = journal_folders(&folder.0).remove(0);
    fs::write(path.join(home::OWNER), b"mlfjrnl\x03........").unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let sentence = loop {
        match DeadJournal::take_over(path.clone()) {
            Err(sentence) => break sentence,
            Ok(_) => assert!(std::time::Instant::now() < end, "the lock stays taken"),
        }
    };
    assert!(sentence.contains("another version"), "{sentence}");
    assert_eq!(journal_folders(&folder.0).len(), 1);
}
