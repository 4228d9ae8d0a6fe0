//! The README's table "What Python and TypeScript have" is whole: no public name is missing, every row says what is here,
//! and the tests that it names exist.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::python;

/// What the TypeScript SDK exports (`libs/typescript/core/src/index.ts`, November 2026), types of options left out.
const OF_TYPESCRIPT: [&str; 16] = [
    "init",
    "startSpan",
    "trace",
    "withSpan",
    "getCurrentActiveSpan",
    "getLastActiveTraceId",
    "updateCurrentTrace",
    "flushTraces",
    "MlflowClient",
    "LiveSpan",
    "Span",
    "Trace",
    "TraceInfo",
    "TokenUsage",
    "TraceData",
    "SpanStatusCode",
];

struct Row {
    python: Vec<String>,
    typescript: Vec<String>,
    ours: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme.split_once("<!-- parity:begin -->").expect("the README has the table");
    let (table, _) = table.split_once("<!-- parity:end -->").expect("the table has an end");
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let rows: Vec<Row> = lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let [python, typescript, ours, tests] = cells[..] else { panic!("four cells: {line}") };
            Row {
                python: quoted(python).iter().flat_map(|name| spread(name)).collect(),
                typescript: quoted(typescript),
                ours: ours.trim().to_owned(),
                tests: quoted(tests),
            }
        })
        .collect();
    assert!(rows.len() > 40, "the table was not found: {} rows", rows.len());
    rows
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The texts between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// `f(a, b)` stands for `f`, `f(a)` and `f(b)`; `A.{x, y}` for `A.x` and `A.y`.
fn spread(name: &str) -> Vec<String> {
    let within = |text: &str, close: char| -> Vec<String> {
        text.trim_end_matches(close).split(',').map(|part| part.trim().to_owned()).collect()
    };
    if let Some((owner, members)) = name.split_once(".{") {
        return within(members, '}').iter().map(|member| format!("{owner}.{member}")).collect();
    }
    let Some((function, arguments)) = name.split_once('(') else { return vec![name.to_owned()] };
    let arguments = within(arguments, ')').into_iter().map(|argument| format!("{function}({argument})"));
    std::iter::once(function.to_owned()).chain(arguments).collect()
}

/// The sources of tests below a folder, in one text.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") && path.to_string_lossy().contains("test") {
            all.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_public_name_of_python_has_a_row() {
    let printed = python("public_names.py").run().succeeded().stdout;
    let rows = rows();
    let there: BTreeSet<&str> = rows.iter().flat_map(|row| &row.python).map(String::as_str).collect();
    let missing: Vec<&str> = printed.lines().filter(|name| !there.contains(name)).collect();
    assert!(missing.is_empty(), "without a row: {missing:#?}");
    let known: BTreeSet<&str> = printed.lines().collect();
    let unknown: Vec<&&str> = there.iter().filter(|name| !known.contains(**name)).collect();
    assert!(unknown.is_empty(), "Python has no such names: {unknown:#?}");
}

#[test]
fn every_export_of_the_typescript_sdk_has_a_row() {
    let rows = rows();
    let there: BTreeSet<&str> = rows.iter().flat_map(|row| &row.typescript).map(String::as_str).collect();
    let missing: Vec<&&str> = OF_TYPESCRIPT.iter().filter(|name| !there.contains(**name)).collect();
    assert!(missing.is_empty(), "without a row: {missing:#?}");
}

#[test]
fn every_row_says_what_is_here_and_by_which_test() {
    let mut all = String::new();
    for folder in ["tests", "src", "mlflow-trace-core/src"] {
        sources(&root().join(folder), &mut all);
    }
    let words: BTreeSet<&str> =
        all.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).collect();
    for Row { python, ours, tests, .. } in rows() {
        assert!(!ours.is_empty(), "{python:?}");
        let has_reason = ours.starts_with("not here: ");
        assert!(has_reason || !tests.is_empty(), "{python:?} has no test");
        for test in tests {
            let is_there = match test.ends_with(".rs") {
                true => root().join(&test).exists(),
                false => words.contains(test.as_str()),
            };
            assert!(is_there, "{python:?}: there is no test `{test}`");
        }
    }
}
