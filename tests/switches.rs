//! Tracing that is switched off costs no thread and no file, and a program that never calls us does not know us.

mod support;

use support::{Folder, Ran, rust_program, stored_traces};

/// Runs a program in an empty folder with these variables set.
fn run(test: &str, program: &str, arg: &str, variables: &[(&str, &str)]) -> (Folder, Ran) {
    let folder = Folder::new(&format!("switches-{test}"));
    let mut process = rust_program(program).arg(arg).within(folder.path());
    for (name, value) in variables {
        process = process.env(name, value);
    }
    let ran = process.run();
    (folder, ran)
}

/// Fails unless the program had its own thread only and left nothing behind.
#[track_caller]
fn assert_untouched(folder: &Folder, ran: Ran) {
    let ran = ran.quiet(0);
    assert_eq!(ran.printed("threads"), "1", "{ran}");
    assert_eq!(folder.names(), [""; 0], "files that nobody asked for");
}

fn inputs_of_roots(folder: &Folder) -> Vec<String> {
    let traces = stored_traces(&folder.file("mlflow.db"));
    traces.iter().filter_map(|trace| trace.request_preview.clone()).collect()
}

#[test]
fn a_process_that_never_calls_us_starts_no_thread_and_opens_no_file() {
    let (folder, ran) = run("never-called", "silent", "-", &[]);
    assert_untouched(&folder, ran);
}

#[test]
fn a_process_that_calls_us_starts_one_thread_and_makes_one_file() {
    let (folder, ran) = run("called", "switched", "once", &[]);
    let ran = ran.quiet(0);
    assert_eq!(ran.printed("threads"), "2", "{ran}");
    assert_eq!(folder.names(), ["mlflow.db"]);
    assert_eq!(inputs_of_roots(&folder), [r#"{"step": "first"}"#]);
}

#[test]
fn the_environment_switches_off() {
    for (index, value) in ["false", "0", "FALSE"].into_iter().enumerate() {
        let (folder, ran) =
            run(&format!("off-{index}"), "switched", "once", &[("MLFLOW_TRACING_ENABLED", value)]);
        assert_untouched(&folder, ran);
    }
}

#[test]
fn the_switch_of_opentelemetry_switches_off() {
    let (folder, ran) = run("otel", "switched", "once", &[("OTEL_SDK_DISABLED", "true")]);
    assert_untouched(&folder, ran);
}

#[test]
fn true_leaves_tracing_on() {
    for (index, value) in ["true", "1"].into_iter().enumerate() {
        let (folder, ran) =
            run(&format!("on-{index}"), "switched", "once", &[("MLFLOW_TRACING_ENABLED", value)]);
        ran.quiet(0);
        assert_eq!(inputs_of_roots(&folder).len(), 1);
    }
}

#[test]
fn what_the_environment_switched_off_enable_does_not_switch_on() {
    let (folder, ran) = run("enable", "switched", "enable", &[("MLFLOW_TRACING_ENABLED", "false")]);
    assert_untouched(&folder, ran);
}

#[test]
fn a_value_that_is_no_switch_gets_one_warning_and_tracing_stays_on() {
    let (folder, ran) = run("perhaps", "switched", "once", &[("MLFLOW_TRACING_ENABLED", "perhaps")]);
    let ran = ran.succeeded();
    let sentence = ran.one_sentence();
    assert!(sentence.contains("MLFLOW_TRACING_ENABLED") && sentence.contains("perhaps"), "{sentence}");
    assert_eq!(inputs_of_roots(&folder).len(), 1);
}

#[test]
fn a_sampling_ratio_of_nothing_records_nothing() {
    let (folder, ran) = run("sampled-out", "switched", "once", &[("MLFLOW_TRACE_SAMPLING_RATIO", "0.0")]);
    ran.quiet(0);
    assert!(inputs_of_roots(&folder).is_empty());
}

#[test]
fn disable_and_enable_decide_which_calls_are_recorded_while_open_spans_finish() {
    let (folder, ran) = run("toggle", "switched", "toggle", &[]);
    ran.quiet(0);
    let traces = stored_traces(&folder.file("mlflow.db"));
    let steps: Vec<_> =
        traces.iter().map(|trace| trace.request_preview.as_deref().unwrap_or_default()).collect();
    assert_eq!(steps, [r#"{"step": "first"}"#, r#"{"step": "on again"}"#, r#"{"step": "open span"}"#]);
    let names: Vec<Vec<&str>> =
        traces.iter().map(|trace| trace.spans.iter().map(|span| span.name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["call", "inner"], vec!["call", "inner"], vec!["turns_off_inside"]]);
}
