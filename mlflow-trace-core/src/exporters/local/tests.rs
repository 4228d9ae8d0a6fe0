//! The exporter's decisions: wait, divert, come back, and never lose silently.

use std::fs;
use std::sync::{Arc, Mutex};

use super::*;
use crate::client::LocalTraces;
use crate::model::TraceInfo;
use crate::store::tests::{Folder, trace_with};

/// An exporter whose sentences can be read.
struct Harness {
    folder: Folder,
    exporter: LocalExporter,
    queue: VecDeque<Arc<Finished>>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Harness {
    fn new() -> Self {
        Self::in_folder(Folder::new())
    }

    fn in_folder(folder: Folder) -> Self {
        let mut exporter = LocalExporter::new(&folder.file("mlflow.db"), Experiment::Default, Arc::default());
        let said = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&said);
        exporter.say = Box::new(move |sentence| copy.lock().unwrap().push(sentence.to_owned()));
        Self { folder, exporter, queue: VecDeque::new(), said }
    }

    fn primary(&self) -> PathBuf {
        self.folder.file("mlflow.db")
    }

    fn second(&self) -> PathBuf {
        self.folder.file("mlflow-trace.db")
    }

    fn export(&mut self, numbers: std::ops::Range<u64>, urgency: Urgency) -> ExportOutcome {
        self.queue.extend(numbers.map(trace_with).map(|trace| Arc::new(Finished::from(trace))));
        self.exporter.export(&mut self.queue, urgency)
    }

    /// Exports as the pipeline does: again and again, as long as the outcome asks for it.
    fn export_all(&mut self, numbers: std::ops::Range<u64>) -> ExportOutcome {
        let mut sum = self.export(numbers, Urgency::Relaxed);
        while let Some(wait) = sum.retry_after.take() {
            thread::sleep(wait);
            let next = self.export(0..0, Urgency::Relaxed);
            sum.delivered_traces += next.delivered_traces;
            sum.delivered_spans += next.delivered_spans;
            sum.dropped_spans += next.dropped_spans;
            sum.retry_after = next.retry_after;
        }
        sum
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Makes a file that is refused at once.
    fn corrupt_primary(&self) {
        fs::write(self.primary(), vec![7; 9000]).unwrap();
    }
}

fn stored(path: &Path) -> usize {
    LocalTraces::open(path).map_or(0, |traces| traces.list(usize::MAX).unwrap().len())
}

fn lock(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    connection
}

#[test]
fn traces_go_to_the_database_in_batches() {
    let mut harness = Harness::new();
    let outcome = harness.export_all(0..450);
    assert_eq!((outcome.delivered_traces, outcome.delivered_spans), (450, 2250));
    assert_eq!((outcome.dropped_spans, outcome.retry_after), (0, None));
    assert!(harness.queue.is_empty());
    assert_eq!(stored(&harness.primary()), 450);
    let files = fs::read_dir(harness.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(files.into_iter().all(|name| name.to_string_lossy().starts_with("mlflow.db")));
    assert_eq!(harness.said(), Vec::<String>::new());
}

#[test]
fn the_last_call_leaves_one_file_without_a_log() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Relaxed);
    assert!(harness.folder.file("mlflow.db-wal").exists());
    harness.export(1..2, Urgency::Final);
    assert!(!harness.folder.file("mlflow.db-wal").exists());
    assert_eq!(stored(&harness.primary()), 2);
}

#[test]
fn a_refused_database_is_left_alone_and_the_second_file_is_named_once_with_its_command() {
    let mut harness = Harness::new();
    harness.corrupt_primary();
    for number in 0..3 {
        let outcome = harness.export(number..number + 1, Urgency::Relaxed);
        assert_eq!((outcome.delivered_spans, outcome.dropped_spans), (5, 0));
    }
    assert_eq!(fs::read(harness.primary()).unwrap(), vec![7; 9000]);
    assert_eq!(stored(&harness.second()), 3);
    let said = harness.said();
    assert_eq!(said.len(), 1, "{said:?}");
    let command = format!("`mlflow ui --backend-store-uri sqlite:///{}`", harness.second().display());
    assert!(said[0].contains(&command), "{said:?}");
}

#[test]
fn a_locked_database_is_waited_for_and_diverted_from_after_the_time_of_holding() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Final);
    let other = lock(&harness.primary());
    harness.exporter.hold = Duration::from_secs(6);
    let outcome = harness.export(1..2, Urgency::Flush);
    assert_eq!(outcome.delivered_spans, 0);
    assert!(outcome.retry_after.is_some_and(|wait| wait <= Duration::from_secs(1)), "{outcome:?}");
    assert_eq!(harness.queue.len(), 1);
    assert_eq!(harness.said(), Vec::<String>::new());

    let outcome = harness.export(2..3, Urgency::Flush);
    assert_eq!((outcome.delivered_traces, outcome.retry_after), (2, None));
    assert_eq!(stored(&harness.second()), 2);
    assert!(harness.said()[0].contains("locked by another process"), "{:?}", harness.said());
    drop(other);
    assert_eq!(stored(&harness.primary()), 3);
}

#[test]
fn a_locked_database_does_not_keep_the_worker_for_long_when_nobody_waits() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Final);
    let _other = lock(&harness.primary());
    let started = Instant::now();
    let outcome = harness.export(1..2, Urgency::Relaxed);
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
    assert!(outcome.retry_after.is_some());
    assert_eq!(harness.queue.len(), 1);
}

#[test]
fn a_flush_waits_while_another_process_holds_the_lock_for_a_moment() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Final);
    let other = lock(&harness.primary());
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        drop(other);
    });
    let outcome = harness.export(1..2, Urgency::Flush);
    assert_eq!((outcome.delivered_traces, outcome.retry_after), (1, None));
    assert_eq!(stored(&harness.primary()), 2);
    release.join().unwrap();
}

#[test]
fn at_the_end_a_locked_database_is_diverted_from_within_the_time_that_an_exit_has() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Final);
    let _other = lock(&harness.primary());
    let started = Instant::now();
    let outcome = harness.export(1..4, Urgency::Final);
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    assert_eq!((outcome.delivered_traces, outcome.dropped_spans), (3, 0));
    assert_eq!(stored(&harness.second()), 3);
}

#[test]
fn a_database_that_is_well_again_gets_the_traces_again() {
    let mut harness = Harness::new();
    harness.corrupt_primary();
    harness.export(0..1, Urgency::Relaxed);
    fs::remove_file(harness.primary()).unwrap();
    harness.export(1..2, Urgency::Relaxed);
    assert!(!harness.primary().exists(), "looked again too soon");
    harness.exporter.look_again_at = Some(Instant::now());

    let mut late = trace_with(1);
    late.spans.truncate(1);
    late.spans[0].name = "later".to_owned();
    late.info = TraceInfo::new(late.info.trace_id);
    late.completeness = Completeness::LateSpans;
    harness.queue.push_back(Arc::new(late.into()));
    let outcome = harness.export(2..3, Urgency::Relaxed);
    assert_eq!((outcome.delivered_traces, outcome.delivered_spans), (1, 6));
    harness.export(3..3, Urgency::Final);
    let only = |path: &Path| LocalTraces::open(path).unwrap().list(9).unwrap().len();
    assert_eq!(only(&harness.second()), 2);
    fs::remove_file(harness.second()).unwrap();
    assert_eq!(only(&harness.primary()), 1);
}

#[test]
fn a_database_that_was_deleted_is_made_again() {
    let mut harness = Harness::new();
    harness.export(0..2, Urgency::Relaxed);
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(harness.folder.file(&format!("mlflow.db{suffix}"))).unwrap();
    }
    let outcome = harness.export(2..3, Urgency::Relaxed);
    assert_eq!((outcome.delivered_traces, outcome.retry_after), (1, None));
    assert_eq!(stored(&harness.primary()), 1);
    assert_eq!(harness.said(), Vec::<String>::new());
}

#[test]
fn a_database_that_was_replaced_gets_the_traces_in_its_new_file() {
    let mut harness = Harness::new();
    let mut other = Harness::new();
    other.export(10..14, Urgency::Final);
    harness.export(0..1, Urgency::Relaxed);
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(harness.folder.file(&format!("mlflow.db{suffix}"))).unwrap();
    }
    fs::copy(other.primary(), harness.primary()).unwrap();
    harness.export(1..2, Urgency::Relaxed);
    assert_eq!(stored(&harness.primary()), 5);
}

#[test]
fn where_nothing_can_be_written_traces_wait_and_their_loss_is_counted_and_said_at_the_end() {
    let folder = Folder::new();
    // A file where a folder is needed stops everybody, even the superuser, whom permissions don't stop.
    fs::write(folder.file("blocked"), "").unwrap();
    let path = folder.file("blocked").join("mlflow.db");
    let mut harness = Harness::in_folder(folder);
    harness.exporter.primary = Target::new(path.clone(), String::new());
    harness.exporter.second = Target::new(second_file(&path), String::new());
    for _ in 0..2 {
        let outcome = harness.export(0..1, Urgency::Relaxed);
        assert_eq!(outcome.dropped_spans, 0);
        assert!(outcome.retry_after.is_some());
    }
    assert_eq!(harness.queue.len(), 2);
    assert_eq!(harness.said().len(), 1, "{:?}", harness.said());
    assert!(harness.said()[0].contains("traces wait in memory"), "{:?}", harness.said());

    let outcome = harness.export(0..0, Urgency::Final);
    assert_eq!((outcome.delivered_spans, outcome.dropped_spans), (0, 10));
    assert!(harness.queue.is_empty());
    assert_eq!(harness.said().len(), 2, "{:?}", harness.said());
    assert!(harness.said()[1].ends_with("10 spans are lost."), "{:?}", harness.said());
}

#[test]
fn a_full_disk_takes_what_fits_and_holds_the_other_traces_until_there_is_room() {
    let mut harness = Harness::new();
    harness.export(0..1, Urgency::Relaxed);
    // SQLite answers a page limit of its own as it answers a full disk.
    harness.exporter.primary.is_disk_full = true;
    harness.exporter.primary.writer().unwrap().limit_pages();
    let outcome = harness.export(1..300, Urgency::Relaxed);
    assert!(outcome.retry_after.is_some(), "{outcome:?}");
    assert!(!harness.second().exists());
    assert!(harness.said()[0].contains("the disk is full"), "{:?}", harness.said());
    assert!(harness.queue.len() > 250, "{} of 299 traces wait", harness.queue.len());
    harness.exporter.primary.is_disk_full = false;
    harness.export_all(0..0);
    assert_eq!(stored(&harness.primary()), 300);
}

#[test]
fn a_rollback_journal_is_given_a_pause_between_commits() {
    let mut harness = Harness::new();
    let connection = rusqlite::Connection::open(harness.primary()).unwrap();
    connection.execute_batch("PRAGMA user_version = 1").unwrap();
    drop(connection);
    let started = Instant::now();
    harness.export_all(0..401);
    assert!(started.elapsed() >= 2 * Duration::from_millis(100), "took {:?}", started.elapsed());
    assert_eq!(stored(&harness.primary()), 401);
}

#[test]
fn a_folder_of_the_old_file_store_that_hides_the_database_is_told_of_once() {
    let mut harness = Harness::new();
    harness.exporter.working_folder = harness.folder.path().to_owned();
    fs::create_dir_all(harness.folder.file("mlruns/0")).unwrap();
    harness.export(0..1, Urgency::Relaxed);
    assert_eq!(harness.said(), Vec::<String>::new(), "a folder without meta.yaml hides nothing");

    let mut harness = Harness::in_folder(harness.folder);
    harness.exporter.working_folder = harness.folder.path().to_owned();
    fs::write(harness.folder.file("mlruns/0/meta.yaml"), "name: Default").unwrap();
    harness.export(1..2, Urgency::Relaxed);
    harness.export(2..3, Urgency::Relaxed);
    let said = harness.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("`mlflow ui --backend-store-uri sqlite:///mlflow.db`"), "{said:?}");
    assert_eq!(stored(&harness.primary()), 3);
}

#[test]
fn the_command_that_opens_a_path_with_spaces_is_quoted() {
    let sentence = messages::diverted(
        Path::new("/a b/mlflow.db"),
        &StoreError::Refused("is damaged".to_owned()),
        Path::new("/a b/mlflow-trace.db"),
    );
    assert_eq!(
        sentence,
        "/a b/mlflow.db is damaged; traces go to /a b/mlflow-trace.db instead, which `mlflow ui --backend-store-uri \
         'sqlite:////a b/mlflow-trace.db'` opens."
    );
}
