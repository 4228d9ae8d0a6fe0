//! What ended before a signal is stored, and the process ends as the signal would have ended it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mlflow::client::LocalTraces;

fn ends_by(name: &str, number: i32) {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let program = program.parent().unwrap().parent().unwrap().join("examples/signalled");
    let mut child = Command::new(program).current_dir(&folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(number));
    let traces = LocalTraces::open(folder.path().join("mlflow.db")).unwrap().list(10).unwrap();
    let mut stored: Vec<(&str, &str, u64)> = traces
        .iter()
        .map(|trace| (trace.info.name.as_str(), trace.info.state.as_str(), trace.span_count))
        .collect();
    stored.sort_unstable();
    assert_eq!(stored, [("ended", "OK", 1), ("open", "IN_PROGRESS", 1)]);
}

#[test]
fn sigterm_ends_the_process_after_its_traces_are_stored() {
    ends_by("-TERM", 15);
}

#[test]
fn sigint_ends_the_process_after_its_traces_are_stored() {
    ends_by("-INT", 2);
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = std::env::current_exe().unwrap();
    let program = program.parent().unwrap().parent().unwrap().join("examples/signalled");
    let mut child = Command::new(program)
        .current_dir(&folder)
        .env("MLFLOW_TRACKING_URI", format!("http://{}", silent.local_addr().unwrap()))
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let kill = || Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill().success());
    std::thread::sleep(Duration::from_millis(500));
    let begin = Instant::now();
    assert!(kill().success(), "the first signal did not wait for the server");
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    // The server would have been waited for three seconds longer.
    assert!(begin.elapsed() < Duration::from_millis(2500), "{:?}", begin.elapsed());
}
