//! Connections from variables, files and code.

mod databricks;
mod mlflow_server;
mod otlp;

use std::io;
use std::path::Path;

use super::Sources;

/// Hands `then` sources of these variables and files, the home directory `/home/me`.
fn with<T>(variables: &[(&str, &str)], files: &[(&str, &str)], then: impl FnOnce(&Sources<'_>) -> T) -> T {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let read = |path: &Path| {
        let file = files.iter().find(|(known, _)| Path::new(known) == path);
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    then(&Sources { variable: &variable, read: &read, home: Some("/home/me".into()) })
}

/// Checks that a refusal names what it must, and shows no secret.
#[track_caller]
fn assert_says(refusal: &str, words: &[&str]) {
    for word in words {
        assert!(refusal.contains(word), "`{word}` is missing: {refusal}");
    }
    assert!(!refusal.contains("s3cret"), "{refusal}");
    assert!(refusal.contains("accepted"), "{refusal}");
}
