//! How much we say, as the environment wants it, and that a traced logger does not make one sentence go on for ever.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{Folder, Ran, rust_program};

fn run(name: &str, variables: &[(&str, &str)]) -> Ran {
    let folder = Folder::new(&format!("own-words-{name}"));
    let program = rust_program("errand").within(folder.path());
    variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run().succeeded()
}

/// A setting that is worth a warning.
const WRONG: (&str, &str) = ("MLFLOW_TRACE_MAX_SPANS", "many");

#[test]
fn only_warnings_are_said_by_default() {
    assert_eq!(run("default", &[]).stderr, "");
    let ran = run("warning", &[WRONG]);
    assert!(ran.stderr.starts_with("[mlflow-trace] MLFLOW_TRACE_MAX_SPANS is `many`"), "{ran}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
}

#[test]
fn at_info_the_start_is_said_too() {
    let ran = run("info", &[("MLFLOW_LOGGING_LEVEL", "info")]);
    assert!(ran.stderr.contains("tracing was started by") && ran.stderr.contains("mlflow.db"), "{ran}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
}

#[test]
fn above_warnings_and_without_standard_error_nothing_is_said() {
    assert_eq!(run("error", &[WRONG, ("MLFLOW_LOGGING_LEVEL", "ERROR")]).stderr, "");
    assert_eq!(run("elsewhere", &[WRONG, ("MLFLOW_CONFIGURE_LOGGING", "false")]).stderr, "");
}

#[test]
fn a_level_that_is_none_is_said() {
    let ran = run("none", &[("MLFLOW_LOGGING_LEVEL", "LOUD")]);
    assert!(ran.stderr.contains("MLFLOW_LOGGING_LEVEL is `LOUD`; accepted are DEBUG"), "{ran}");
}
