//! However a process ends, every span that had finished is in the file: no guard, no sleep, seven threads parked.

mod support;

use support::{Folder, Ran, StoredTrace, journal_is_consistent, python, rust_program, soak, stored_traces};

/// Threads that park, and tasks of a runtime that wait for ever.
const THREADS: usize = 7;
const TASKS: usize = 2;

/// Ends a process in this way as often as is asked for, and hands the traces of each run to `verify`.
fn end_by(ending: &str, shape: &str, code: i32, verify: impl Fn(&[StoredTrace])) {
    let runs = if soak() { 50 } else { 3 };
    for run in 0..runs {
        let folder = Folder::new(&format!("exit-{ending}-{shape}"));
        let ran = rust_program("exits").arg(ending).arg(shape).within(folder.path()).run();
        assert!(ran.code == Some(code), "run {run}: expected code {code}\n{ran}");
        assert_eq!(ran.stdout, "result: 42\n", "run {run}: the program's own output\n{ran}");
        assert!(!ran.stderr.contains("[mlflow-trace]"), "run {run}: we had to complain\n{ran}");
        assert!(ran.took.as_secs() < 5, "run {run}: the end was held up\n{ran}");
        let file = folder.file("mlflow.db");
        journal_is_consistent(&file);
        let traces = stored_traces(&file);
        for trace in &traces {
            assert_eq!(trace.counted_spans, Some(trace.spans.len()), "run {run}: num_spans of {trace:#?}");
        }
        verify(&traces);
    }
}

fn named<'a>(traces: &'a [StoredTrace], status: &str, span: &str) -> Vec<&'a StoredTrace> {
    let has =
        |trace: &&StoredTrace| trace.status == status && trace.spans.iter().any(|found| found.name == span);
    traces.iter().filter(has).collect()
}

/// Every worker's span is a trace of its own, and so is that of main.
fn expect_own_traces(others: usize) -> impl Fn(&[StoredTrace]) {
    move |traces| {
        assert_eq!(traces.len(), others + 1, "{traces:#?}");
        assert_eq!(named(traces, "OK", "finished").len(), others + 1, "{traces:#?}");
        assert!(traces.iter().all(|trace| trace.spans.len() == 1), "{traces:#?}");
    }
}

/// Every worker's span is the finished child of a root that never ended.
fn expect_open_roots(others: usize) -> impl Fn(&[StoredTrace]) {
    move |traces| {
        assert_eq!(traces.len(), others + 1, "{traces:#?}");
        assert_eq!(named(traces, "IN_PROGRESS", "finished").len(), others, "{traces:#?}");
        let of_main = named(traces, "OK", "finished");
        assert_eq!(of_main.len(), 1, "{traces:#?}");
        for trace in named(traces, "IN_PROGRESS", "finished") {
            let finished = trace.span("finished");
            assert!(finished.status == "OK" && finished.parent.is_some(), "{trace:#?}");
        }
    }
}

#[test]
fn return_from_main_keeps_the_traces_of_parked_threads() {
    end_by("return", "own", 0, expect_own_traces(THREADS));
}

#[test]
fn return_from_main_keeps_finished_children_of_open_roots() {
    end_by("return", "open", 0, expect_open_roots(THREADS));
}

#[test]
fn exit_keeps_the_traces_of_parked_threads() {
    end_by("exit", "own", 3, expect_own_traces(THREADS));
}

#[test]
fn exit_keeps_finished_children_of_open_roots() {
    end_by("exit", "open", 3, expect_open_roots(THREADS));
}

#[test]
fn a_panic_in_main_keeps_the_traces_of_parked_threads() {
    end_by("panic", "own", 101, expect_own_traces(THREADS));
}

#[test]
fn a_panic_in_main_keeps_finished_children_of_open_roots() {
    end_by("panic", "open", 101, expect_open_roots(THREADS));
}

#[test]
fn a_dropped_runtime_keeps_the_traces_of_its_tasks() {
    end_by("dropped-runtime", "own", 0, expect_own_traces(THREADS + TASKS));
}

#[test]
fn a_dropped_runtime_ends_the_open_roots_of_its_tasks_as_cancelled() {
    end_by("dropped-runtime", "open", 0, |traces| {
        assert_eq!(traces.len(), THREADS + TASKS + 1, "{traces:#?}");
        let cancelled = named(traces, "ERROR", "open root");
        assert_eq!(cancelled.len(), TASKS, "{traces:#?}");
        assert!(cancelled.iter().all(|trace| trace.span("finished").status == "OK"), "{traces:#?}");
        assert_eq!(named(traces, "IN_PROGRESS", "finished").len(), THREADS, "{traces:#?}");
    });
}

#[test]
fn exit_within_a_runtime_keeps_the_traces_of_its_tasks() {
    end_by("exit-in-runtime", "own", 3, expect_own_traces(THREADS + TASKS));
}

#[test]
fn exit_within_a_runtime_keeps_finished_children_of_open_roots() {
    end_by("exit-in-runtime", "open", 3, expect_open_roots(THREADS + TASKS));
}

#[test]
fn a_flush_before_the_end_leaves_one_file_too() {
    let folder = Folder::new("exit-after-flush");
    let writer = rust_program("writer").arg("label").arg("3").arg("0").arg("0").env("WRITER_FLUSH", "1");
    let ran = writer.within(folder.path()).run().quiet(0);
    assert_eq!(ran.printed("delivered"), "15", "{ran}");
    // With the log beside it, a copy of mlflow.db alone would miss the traces.
    assert_eq!(folder.names(), ["mlflow.db"], "{ran}");
}

/// The number that stands before or after these words in a sentence of ours; zero when nothing of the kind was said.
fn said(ran: &Ran, before: &str, after: &str) -> usize {
    let numbers = ran.stderr.lines().filter_map(|line| {
        let (left, right) = line.split_once(before)?;
        let text = if after.is_empty() { left.rsplit(' ').next() } else { right.split(after).next() };
        text.and_then(|text| text.trim().parse::<usize>().ok())
    });
    numbers.sum()
}

#[test]
fn what_an_ending_program_could_not_deliver_in_time_is_counted_to_the_span() {
    let folder = Folder::new("exit-flood");
    let ran = rust_program("flood").arg("2000").within(folder.path()).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    let stored: usize = stored_traces(&folder.file("mlflow.db")).iter().map(|trace| trace.spans.len()).sum();
    let lost = said(&ran, " spans are lost", "")
        + said(&ran, "spans lost: ", ",")
        + said(&ran, "spans dropped: ", ",");
    assert_eq!(
        stored + lost,
        ran.printed("made").parse::<usize>().unwrap(),
        "{stored} stored, {lost} lost\n{ran}"
    );
    assert!(
        stored > 0 && lost > 0,
        "{stored} stored, {lost} lost: this machine is too fast for the test\n{ran}"
    );
}

#[test]
fn a_destination_that_blocks_beyond_the_end_costs_a_number_of_spans_that_is_said() {
    let folder = Folder::new("exit-blocked");
    rust_program("flood").arg("1").within(folder.path()).run().quiet(0);
    let (file, ready) = (folder.file("mlflow.db"), folder.file("locked"));
    let mut lock = python("lock.py").arg(&file).arg("60").arg(&ready).start();
    lock.wait_for_file(&ready);
    let ran = rust_program("flood").arg("20").env("FLOOD_FLUSHING", "1").within(folder.path()).run();
    drop(lock);
    assert_eq!(ran.printed("made"), "2000", "{ran}");
    let sentence = ran.one_sentence();
    assert!(sentence.contains("spans lost: 2000,") && sentence.contains("flush_within"), "{sentence}");
    assert!(ran.took.as_secs() < 8, "the end was held up\n{ran}");
    assert_eq!(stored_traces(&file).len(), 1, "{ran}");
}
