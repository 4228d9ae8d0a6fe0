//! Which files are written to, which are waited for, and which are refused without a byte being changed.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::fixtures::{self, Folder, trace_with};
use super::mlflow::{AT_3_10, AT_3_16, AT_3_17, copy_of};
use crate::store::StoreError;

fn change(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// As if nobody had touched the file for a while.
fn let_rest(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
}

/// Writes to a file that must not change; gives the error.
fn refused_write(path: &Path) -> StoreError {
    let before = std::fs::read(path).unwrap();
    let error = fixtures::write(path, &[trace_with(1)]).unwrap_err();
    assert_eq!(std::fs::read(path).unwrap(), before, "the file was changed");
    error
}

fn assert_refused(error: &StoreError, words: &str) {
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(error.reason().contains(words), "{error:?}");
}

fn assert_not_ready(error: &StoreError, words: &str) {
    assert!(matches!(error, StoreError::NotReady(_)), "{error:?}");
    assert!(error.reason().contains(words), "{error:?}");
}

#[test]
fn an_unknown_revision_with_known_columns_is_written_with_a_remark() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    change(
        &path,
        "UPDATE alembic_version SET version_num = 'f00dfeed0001'; CREATE TABLE novelty (id INTEGER)",
    );
    let batch = fixtures::write(&path, &[trace_with(1)]).unwrap();
    assert_eq!(batch.stored_spans, 5);
    assert_eq!(batch.remarks.len(), 1);
    assert!(batch.remarks[0].contains("revision f00dfeed0001"), "{:?}", batch.remarks);
}

#[test]
fn an_unknown_revision_with_unknown_columns_is_refused() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    change(&path, "UPDATE alembic_version SET version_num = 'f00dfeed0001'; ALTER TABLE spans ADD mood TEXT");
    assert_not_ready(&refused_write(&path), "f00dfeed0001");
    let_rest(&path);
    assert_refused(&refused_write(&path), "f00dfeed0001");
}

#[test]
fn a_half_migrated_file_is_waited_for() {
    let folder = Folder::new();
    let path = copy_of(AT_3_16, &folder);
    change(&path, "ALTER TABLE trace_info ADD trace_name VARCHAR(4096)");
    let_rest(&path);
    assert_not_ready(&refused_write(&path), AT_3_16);
}

#[test]
fn a_migration_that_begins_while_the_file_is_open_is_noticed() {
    let folder = Folder::new();
    let path = copy_of(AT_3_10, &folder);
    let mut writer = fixtures::open(&path).unwrap();
    let mut write = |number| writer.write([trace_with(number)].iter(), &Default::default());
    write(1).unwrap();
    change(&path, "ALTER TABLE trace_info ADD db_payload_generation INTEGER DEFAULT '0' NOT NULL");
    assert_not_ready(&write(2).unwrap_err(), AT_3_10);
    change(&path, "UPDATE alembic_version SET version_num = 'da6fb0208061'");
    assert_eq!(write(2).unwrap().stored_traces, 1);
}

#[test]
fn a_file_without_a_revision_is_refused_when_it_is_at_rest() {
    let folder = Folder::new();
    let path = copy_of(AT_3_10, &folder);
    change(&path, "DROP TABLE alembic_version");
    assert_not_ready(&refused_write(&path), "no schema revision");
    let_rest(&path);
    assert_refused(&refused_write(&path), "no schema revision");
}

#[test]
fn a_file_older_than_the_table_of_spans_is_refused_when_it_is_at_rest() {
    let folder = Folder::new();
    let path = copy_of(AT_3_10, &folder);
    change(&path, "DROP TABLE spans; UPDATE alembic_version SET version_num = '770bee3ae1dd'");
    let_rest(&path);
    assert_refused(&refused_write(&path), "older than MLflow 3.3");
}

#[test]
fn somebody_elses_database_is_refused() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    change(&path, "CREATE TABLE recipes (id INTEGER)");
    let_rest(&path);
    assert_refused(&refused_write(&path), "no schema revision");
}

#[test]
fn a_corrupt_file_is_refused() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for length in [100, 20_000] {
        std::fs::write(&path, &noise[..length]).unwrap();
        assert_refused(&refused_write(&path), "not a SQLite database");
    }
}

#[test]
fn a_lock_is_waited_for_and_then_reported() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let started = Instant::now();
    assert_not_ready(&refused_write(&path), "locked");
    assert!(started.elapsed() >= Duration::from_millis(250), "waited only {:?}", started.elapsed());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(fixtures::write(&path, &[trace_with(1)]).unwrap().stored_traces, 1);
}

#[test]
fn blank_files_and_headers_without_tables_are_filled() {
    let folder = Folder::new();
    let blank = folder.file("blank.db");
    std::fs::write(&blank, "").unwrap();
    let header = folder.file("header.db");
    change(&header, "PRAGMA journal_mode = WAL");
    assert!(std::fs::metadata(&header).unwrap().len() > 0);
    for path in [blank, header] {
        assert_eq!(fixtures::write(&path, &[trace_with(1)]).unwrap().stored_traces, 1);
        assert_eq!(fixtures::ask(&path, "SELECT version_num FROM alembic_version"), AT_3_10);
    }
}

#[test]
fn many_creators_at_once_make_one_file() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let experiment = crate::config::Experiment::Name("shared".to_owned());
                let deadline = Instant::now() + Duration::from_secs(20);
                loop {
                    let result = fixtures::open(path)
                        .and_then(|mut w| w.write([trace_with(number)].iter(), &experiment));
                    match result {
                        Ok(_) => break,
                        Err(StoreError::NotReady(_)) if Instant::now() < deadline => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(fixtures::ask(&path, "SELECT count(*) FROM trace_info"), "8");
    assert_eq!(fixtures::ask(&path, "SELECT name FROM experiments"), "Default\nshared");
}

#[test]
fn a_trace_that_the_database_rejects_does_not_take_the_others_along() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    drop(fixtures::open(&path).unwrap());
    change(
        &path,
        "CREATE TRIGGER picky BEFORE INSERT ON spans WHEN NEW.name = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    let mut bad = trace_with(2);
    bad.spans[3].name = "bad".to_owned();
    let batch = fixtures::write(&path, &[trace_with(1), bad, trace_with(3)]).unwrap();
    assert_eq!((batch.stored_traces, batch.rejected_spans), (2, 5));
    assert_eq!(fixtures::ask(&path, "SELECT count(*) FROM trace_info"), "2");
    assert_eq!(fixtures::ask(&path, "SELECT count(*) FROM spans"), "10");
}
