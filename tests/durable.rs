//! In durable mode a process that is killed at any moment loses no span whose call had returned.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use support::{Folder, Process, StoredTrace, journal_is_consistent, rust_program, say, soak, stored_traces};

fn program(folder: &Folder, arg: &str) -> Process {
    rust_program("durable")
        .arg(arg)
        .env("MLFLOW_TRACE_DURABLE", "true")
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"))
        .within(folder.path())
}

/// How often each span is stored, by name and number.
fn stored(traces: &[StoredTrace]) -> BTreeMap<(String, u64), usize> {
    let mut found = BTreeMap::new();
    for span in traces.iter().flat_map(|trace| &trace.spans) {
        let inputs = span.attributes.get("mlflow.spanInputs").map(ToString::to_string).unwrap_or_default();
        let digits: String = inputs.chars().filter(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse() {
            *found.entry((span.name.clone(), number)).or_default() += 1;
        }
    }
    found
}

fn returned(stdout: &str) -> Vec<(String, u64)> {
    let read = |line: &str| {
        let (name, number) = line.strip_prefix("returned ")?.strip_suffix('.')?.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    stdout.lines().filter_map(read).collect()
}

#[test]
fn no_finished_span_is_lost_or_doubled_by_kills_at_random_moments() {
    let kills = if soak() { 100 } else { 20 };
    let folder = Folder::new("durable-kills");
    let mut said = Vec::new();
    for kill in 0..kills {
        let running = program(&folder, &(kill * 1_000_000).to_string()).start();
        // Spread over the worker's pace, from before its first look to after its deliveries.
        std::thread::sleep(Duration::from_millis(30 + kill * 37 % 230));
        said.extend(returned(&running.killed().stdout));
    }
    program(&folder, "recover").limit(Duration::from_secs(900)).run().quiet(0);
    let file = folder.file("mlflow.db");
    journal_is_consistent(&file);
    let traces = stored_traces(&file);
    let found = stored(&traces);
    assert!(said.len() > 1000, "only {} calls returned", said.len());
    let lost: Vec<_> = said.iter().filter(|span| !found.contains_key(*span)).collect();
    assert!(lost.is_empty(), "{} of {} were lost: {:?}", lost.len(), said.len(), &lost[..lost.len().min(20)]);
    say(&format!("{kills} kills: {} spans whose calls had returned, none lost", said.len()));
    let doubled: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{} of {} came twice: {doubled:?}", doubled.len(), found.len());
    for trace in &traces {
        assert_eq!(trace.counted_spans, Some(trace.spans.len()), "num_spans of {trace:#?}");
    }
    let endless = traces.iter().filter(|trace| trace.status == "IN_PROGRESS").count();
    assert!(endless >= 1, "the endless ones are in progress");
}

#[test]
fn a_journal_that_cannot_be_written_is_said_once_and_tracing_goes_on() {
    let folder = Folder::new("durable-unwritable");
    std::fs::write(folder.file("spool"), "not a folder").expect("the test's folder can be written");
    let ran = program(&folder, "recover").run().succeeded();
    assert_eq!(ran.stderr.matches("not durable").count(), 1, "{ran}");
    assert!(ran.stderr.contains("MLFLOW_TRACE_SPOOL_DIRECTORY"), "{ran}");
    assert_eq!(stored_traces(&folder.file("mlflow.db")).len(), 1);
}

#[test]
fn a_damaged_journal_costs_what_is_damaged_and_is_said() {
    let folder = Folder::new("durable-damaged");
    let running = program(&folder, "0").start();
    std::thread::sleep(Duration::from_millis(60));
    let said = returned(&running.killed().stdout);
    for path in files_under(&folder.file("spool")) {
        if path.extension().is_some_and(|end| end == "records") {
            let mut bytes = std::fs::read(&path).expect("a journal can be read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes).expect("a journal can be written");
        }
    }
    let ran = program(&folder, "recover").run().succeeded();
    assert!(ran.stderr.contains("damaged"), "{ran}");
    let found = stored(&stored_traces(&folder.file("mlflow.db")));
    let lost = said.iter().filter(|span| !found.contains_key(*span)).count();
    assert!(lost * 2 < said.len(), "{lost} of {} were lost", said.len());
}

fn files_under(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}
