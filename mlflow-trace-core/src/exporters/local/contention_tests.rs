//! Two exporters and a Python program write into one database at the same time.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::LocalExporter;
use crate::client::LocalTraces;
use crate::config::Experiment;
use crate::exporters::{Exporter, Finished, Urgency};
use crate::store::tests::{Folder, Mlflow, newest_mlflow_file, open_store, trace_with};

/// Hands traces over a few at a time, as a busy program does, for as long as Python is at work. Gives their number.
fn export_while(is_python_at_work: &AtomicBool, path: &Path, first: u64) -> usize {
    let mut exporter = LocalExporter::new(path, Experiment::Default, Arc::default());
    exporter.say = Box::new(|sentence| panic!("nothing is to be said, but: {sentence}"));
    let mut queue = VecDeque::new();
    let mut next = first;
    let mut delivered = 0;
    while is_python_at_work.load(Ordering::Relaxed) || !queue.is_empty() {
        if is_python_at_work.load(Ordering::Relaxed) {
            queue.extend((next..next + 10).map(trace_with).map(|trace| Arc::new(Finished::from(trace))));
            next += 10;
        }
        let outcome = exporter.export(&mut queue, Urgency::Relaxed);
        assert_eq!(outcome.dropped_spans, 0);
        delivered += outcome.delivered_spans;
        thread::sleep(outcome.retry_after.unwrap_or(Duration::from_millis(10)));
    }
    assert_eq!(delivered, (next - first) * 5);
    (next - first) as usize
}

fn write_together(path: &Path) {
    let mut python = Mlflow::command("write_traces.py")
        .arg(path)
        .arg(BY_PYTHON.to_string())
        .current_dir(path.parent().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(python.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let is_python_at_work = AtomicBool::new(true);
    let at_work = &is_python_at_work;
    let ours = thread::scope(|scope| {
        let exporters = [0, 1_000_000].map(|first| scope.spawn(move || export_while(at_work, path, first)));
        let output = python.wait_with_output().unwrap();
        is_python_at_work.store(false, Ordering::Relaxed);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        assert!(!errors.contains("database is locked"), "{errors}");
        exporters.map(|exporter| exporter.join().unwrap())
    });
    println!("{ours:?} traces beside {BY_PYTHON} of Python");
    // Shares, not speeds: how many fit into Python's time depends on the machine and on what else it does.
    let (least, most) = (ours.iter().min().unwrap(), ours.iter().max().unwrap());
    assert!(*least >= BY_PYTHON && *most <= 4 * least, "{ours:?}");
    let traces = LocalTraces::open(path).unwrap().list(usize::MAX).unwrap();
    assert!(traces.iter().all(|trace| trace.span_count == 5));
    let by_python = traces.iter().filter(|trace| trace.info.name == "python").count();
    assert_eq!((by_python, traces.len() - by_python), (BY_PYTHON, ours.iter().sum::<usize>()));
}

const BY_PYTHON: usize = 40;

#[test]
fn nobody_starves_on_a_file_that_we_made() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    drop(open_store(&path).unwrap());
    write_together(&path);
}

#[test]
fn nobody_starves_on_a_file_that_python_made() {
    let folder = Folder::new();
    let path = newest_mlflow_file(&folder);
    write_together(&path);
}
