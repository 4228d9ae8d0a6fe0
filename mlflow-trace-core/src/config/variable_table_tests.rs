//! Nothing is read that the table does not name.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::config::{Choices, Settings};

#[cfg(feature = "grpc")]
fn honoured() -> BTreeSet<&'static str> {
    environment_variables().filter(|one| one.is_honoured).flat_map(|one| one.names).copied().collect()
}

/// The texts in the sources of the settings that look like a variable's name.
fn names_in_sources() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".rs") || name.starts_with("variable_table") || name.ends_with("_tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let is_name = |text: &&str| {
            ["MLFLOW_", "OTEL_", "DATABRICKS_"].iter().any(|start| text.starts_with(start))
                && text.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'_')
                && !text.ends_with('_')
        };
        names.extend(text.split('"').filter(is_name).map(str::to_owned));
    }
    names
}

#[test]
fn every_name_in_the_sources_of_the_settings_is_in_the_table() {
    let known: BTreeSet<&str> = environment_variables().flat_map(|one| one.names).copied().collect();
    let names = names_in_sources();
    assert!(names.len() > 40 && names.contains("MLFLOW_RUN_ID"), "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "not in config/variable_table.rs: {missing:?}");
}

/// What is asked for when these are set.
fn asked(set: &[(&str, &str)]) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let variable = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let _ = Settings::resolve(&Choices::default(), variable, Path::new("/nowhere"));
    asked.into_inner()
}

#[test]
fn every_variable_that_is_asked_for_is_in_the_table() {
    let mut all = asked(&[]);
    all.extend(asked(&[("MLFLOW_TRACKING_URI", "http://h:1")]));
    all.extend(asked(&[("MLFLOW_TRACKING_URI", "databricks")]));
    all.extend(asked(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://h:1")]));
    let known: BTreeSet<&str> = environment_variables().flat_map(|one| one.names).copied().collect();
    // Of the system's, and of CGI's, by which a proxy of a request is told from one of the program.
    let others = ["HOME", "XDG_STATE_HOME", "REQUEST_METHOD"];
    let missing: Vec<_> = all
        .iter()
        .filter(|name| !known.contains(name.to_uppercase().as_str()) && !others.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in config/variable_table.rs: {missing:?}");
}

#[cfg(feature = "grpc")]
#[test]
fn no_variable_of_the_table_is_named_in_vain() {
    let mut all = asked(&[("MLFLOW_TRACKING_URI", "http://h:1")]);
    all.extend(asked(&[("MLFLOW_TRACKING_URI", "http://h:1"), ("MLFLOW_TRACE_DURABLE", "x")]));
    all.extend(asked(&[("MLFLOW_TRACKING_URI", "databricks")]));
    all.extend(asked(&[
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "https://h"),
        ("DATABRICKS_CLIENT_ID", "i"),
    ]));
    for url in ["https://h:1", "http://h:1"] {
        all.extend(asked(&[("OTEL_EXPORTER_OTLP_ENDPOINT", url)]));
    }
    all.extend(names_in_sources());
    let all: BTreeSet<String> = all.into_iter().map(|name| name.to_uppercase()).collect();
    let in_vain: Vec<_> = honoured().into_iter().filter(|name| !all.contains(*name)).collect();
    assert!(in_vain.is_empty(), "nothing asks for {in_vain:?}");
}
