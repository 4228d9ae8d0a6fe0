//! Reading changes nothing, whatever state the files are in.

#[cfg(feature = "http")]
mod real;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::LocalTraces;
use crate::ErrorKind;
use crate::store::tests::{Folder, open_store, trace_with, write_store};

/// The names, sizes and times of a folder's files.
fn listing(folder: &Path) -> Vec<(String, u64, std::time::SystemTime)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            (entry.file_name().to_string_lossy().into_owned(), metadata.len(), metadata.modified().unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_database_that_nobody_has_open_is_read_without_touching_its_folder() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    write_store(&path, &[trace_with(1), trace_with(2)]).unwrap();
    let before = listing(folder.path());
    assert_eq!(before.len(), 1);
    let traces = LocalTraces::open(&path).unwrap();
    assert_eq!(traces.list(10).unwrap().len(), 2);
    assert_eq!(traces.last().unwrap().unwrap().spans, trace_with(2).spans);
    assert_eq!(traces.get(trace_with(9).info.trace_id).unwrap(), None);
    assert_eq!(listing(folder.path()), before);
}

#[test]
fn what_a_running_program_has_written_is_there_to_read() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut writer = open_store(&path).unwrap();
    writer.write([trace_with(1)].iter(), &Default::default()).unwrap();
    let names = |folder: &Path| listing(folder).into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    let before = names(folder.path());
    let traces = LocalTraces::open(&path).unwrap();
    assert_eq!(traces.list(10).unwrap()[0].span_count, 5);
    writer.write([trace_with(2)].iter(), &Default::default()).unwrap();
    assert_eq!(traces.list(10).unwrap().len(), 2);
    assert_eq!(names(folder.path()), before);
}

#[test]
fn the_log_of_a_program_that_was_killed_is_read_too() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut writer = open_store(&path).unwrap();
    writer.write([trace_with(1)].iter(), &Default::default()).unwrap();
    // The files as a killed process leaves them.
    let left = Folder::new();
    for name in ["mlflow.db", "mlflow.db-wal", "mlflow.db-shm"] {
        fs::copy(folder.file(name), left.file(name)).unwrap();
    }
    drop(writer);
    assert_eq!(LocalTraces::open(left.file("mlflow.db")).unwrap().list(10).unwrap().len(), 1);
}

#[test]
fn readers_see_whole_traces_while_programs_come_and_go() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    write_store(&path, &[trace_with(0)]).unwrap();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..60 {
                write_store(&path, &[trace_with(number)]).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            is_done.store(true, Ordering::Relaxed);
        });
        let mut seen = 0;
        while !is_done.load(Ordering::Relaxed) {
            let traces = LocalTraces::open(&path).unwrap().list(1000).unwrap();
            assert!(traces.iter().all(|trace| trace.span_count == 5));
            assert!(traces.len() >= seen, "{} after {seen}", traces.len());
            seen = traces.len();
        }
    });
    assert_eq!(LocalTraces::open(&path).unwrap().list(1000).unwrap().len(), 60);
}

#[test]
fn both_files_are_read_as_one() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    write_store(&path, &[trace_with(1), trace_with(3)]).unwrap();
    write_store(&folder.file("mlflow-trace.db"), &[trace_with(2)]).unwrap();
    let traces = LocalTraces::open(&path).unwrap();
    let ids: Vec<_> = traces.list(10).unwrap().iter().map(|trace| trace.info.trace_id).collect();
    assert_eq!(ids, [3, 2, 1].map(|number| trace_with(number).info.trace_id));
    assert!(traces.get(trace_with(2).info.trace_id).unwrap().is_some());
    assert_eq!(traces.list(2).unwrap().len(), 2);
    assert_eq!(traces.paths().count(), 2);
}

#[test]
fn a_refused_database_does_not_hide_the_file_beside_it() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    fs::write(&path, [7; 5000]).unwrap();
    write_store(&folder.file("mlflow-trace.db"), &[trace_with(1)]).unwrap();
    assert_eq!(LocalTraces::open(&path).unwrap().list(10).unwrap().len(), 1);
}

#[test]
fn a_path_with_the_characters_of_uris_is_read() {
    let folder = Folder::new();
    let inner = folder.file("a b?c#d%20é");
    fs::create_dir(&inner).unwrap();
    write_store(&inner.join("mlflow.db"), &[trace_with(1)]).unwrap();
    assert_eq!(LocalTraces::open(inner.join("mlflow.db")).unwrap().list(10).unwrap().len(), 1);
    assert_eq!(listing(&inner).len(), 1);
}

#[test]
fn what_is_not_there_or_not_mlflows_is_told_in_a_sentence() {
    let folder = Folder::new();
    let missing = folder.file("mlflow.db");
    let error = LocalTraces::open(&missing).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().starts_with(&format!("there is no {} yet", missing.display())), "{error}");
    assert!(!missing.exists(), "reading created the file");

    fs::write(&missing, [7; 5000]).unwrap();
    let error = LocalTraces::open(&missing).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert!(error.to_string().contains("not a SQLite database"), "{error}");

    fs::remove_file(&missing).unwrap();
    rusqlite::Connection::open(&missing).unwrap().execute_batch("CREATE TABLE recipes (id INTEGER)").unwrap();
    let error = LocalTraces::open(&missing).err().unwrap();
    assert!(error.to_string().contains("is not a database of MLflow"), "{error}");
}
