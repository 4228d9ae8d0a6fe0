//! MLflow creates or upgrades the file while we write to it.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::existing_files::{assert_facts, assert_span_analytics};
use super::fixtures::{self, Folder, trace_with};
use super::mlflow::{AT_3_3, AT_3_17, Mlflow, copy_of};
use crate::config::Experiment;
use crate::store::{StoreError, StoreWriter};

const TRACES: u64 = 500;

/// Who finds or makes the file first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Ours,
    Mlflow,
}

/// Writes traces one by one, waiting as the exporter does, until MLflow has ended and all are written. Gives how often
/// the file was not ready.
fn write_while_mlflow_opens(path: &Path, first_opener: First) -> u32 {
    let mut mlflow = Mlflow::command("open_database.py")
        .arg(path)
        .current_dir(path.parent().unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if first_opener == First::Mlflow {
        while !path.exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    let mut writer: Option<StoreWriter> = None;
    let (mut next, mut refusals) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(90);
    while next < TRACES {
        assert!(Instant::now() < deadline, "{next} traces written, {refusals} times not ready");
        let opened = match writer.take() {
            Some(writer) => Ok(writer),
            None => fixtures::open(path),
        };
        let result = opened.and_then(|mut open| {
            open.write([trace_with(next)].iter(), &Experiment::Default)?;
            Ok(open)
        });
        match result {
            Ok(open) => {
                writer = Some(open);
                next += 1;
                // The last traces come after MLflow is done, the first ones before it has begun.
                let is_running = mlflow.try_wait().unwrap().is_none();
                std::thread::sleep(Duration::from_millis(if is_running { 12 } else { 0 }));
            }
            Err(StoreError::NotReady(_)) => {
                refusals += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let output = mlflow.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("database is locked"), "{errors}");
    refusals
}

fn assert_all_whole(path: &Path, has_span_analytics: bool) {
    assert_eq!(fixtures::ask(path, "SELECT version_num FROM alembic_version"), AT_3_17);
    assert_eq!(fixtures::ask(path, "PRAGMA integrity_check"), "ok");
    assert_eq!(fixtures::ask(path, "PRAGMA foreign_key_check"), "");
    let read: Value = Mlflow::read_back(path);
    assert_eq!(read.as_object().unwrap().len() as u64, TRACES);
    for number in 0..TRACES {
        assert_facts(&read, number);
        if has_span_analytics {
            assert_span_analytics(&read, number);
        }
    }
}

#[test]
fn no_trace_is_lost_or_degraded_while_mlflow_upgrades_a_file_of_ours() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    drop(fixtures::open(&path).unwrap());
    let refusals = write_while_mlflow_opens(&path, First::Ours);
    println!("not ready {refusals} times");
    assert_all_whole(&path, true);
}

#[test]
fn no_trace_is_lost_or_degraded_while_mlflow_upgrades_a_file_of_3_3() {
    let folder = Folder::new();
    let path = copy_of(AT_3_3, &folder);
    let refusals = write_while_mlflow_opens(&path, First::Ours);
    println!("not ready {refusals} times");
    assert_all_whole(&path, false);
}

#[test]
fn no_trace_is_lost_while_mlflow_creates_the_file() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let refusals = write_while_mlflow_opens(&path, First::Mlflow);
    assert!(refusals > 0, "the file was never seen half made");
    // Some were written while the file was at the revision of a release before 3.10.
    assert_all_whole(&path, false);
}
