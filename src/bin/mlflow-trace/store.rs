//! Which database is read: the one that was asked for, or the one that traces go to when nobody says otherwise.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;

use mlflow_trace_core::client::LocalTraces;
use mlflow_trace_core::{Trace, TraceId};

use crate::Failure;

/// Opens the database, and with it the second file beside it.
pub(crate) fn open(asked: Option<&str>) -> Result<LocalTraces, Failure> {
    let path = match asked {
        Some(text) => database_path(text).ok_or_else(|| {
            Failure::Sentence(format!(
                "`{text}` is not a local database; --store takes a path or sqlite:///path."
            ))
        })?,
        None => default_path(),
    };
    // The whole path, so that a sentence about a missing file says where it was looked for.
    let path = std::path::absolute(&path).unwrap_or(path);
    let traces = LocalTraces::open(path)?;
    for reason in traces.unread() {
        // Nothing is lost when standard error is closed.
        let _ = writeln!(std::io::stderr(), "mlflow-trace: {reason}");
    }
    Ok(traces)
}

/// The trace with this id, or the newest one for `last`.
pub(crate) fn find(traces: &LocalTraces, wanted: &str) -> Result<Trace, Failure> {
    if wanted == "last" {
        return traces.last()?.ok_or_else(|| nothing_yet(traces));
    }
    let id: TraceId = wanted.parse()?;
    traces.get(id)?.ok_or_else(|| {
        Failure::Sentence(format!(
            "There is no trace {id} in {}. `mlflow-trace list` shows what is there.",
            files(traces)
        ))
    })
}

/// What to say when there is no trace at all.
pub(crate) fn nothing_yet(traces: &LocalTraces) -> Failure {
    Failure::Sentence(format!("There is no trace in {} yet. Run a traced program first.", files(traces)))
}

fn files(traces: &LocalTraces) -> String {
    let paths: Vec<String> = traces.paths().map(|path| path.display().to_string()).collect();
    paths.join(" and ")
}

fn default_path() -> PathBuf {
    let uri = env::var("MLFLOW_TRACKING_URI").unwrap_or_default();
    uri.starts_with("sqlite:").then(|| database_path(&uri)).flatten().unwrap_or_else(|| "mlflow.db".into())
}

/// The file behind a path or `sqlite:///path` (three slashes: relative, four: absolute); `None` for other schemes.
fn database_path(text: &str) -> Option<PathBuf> {
    let path = match text.split_once("://") {
        Some(("sqlite", rest)) => rest.strip_prefix('/')?.split('?').next()?,
        Some(_) => return None,
        None => text,
    };
    (!path.is_empty()).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_path_or_an_sqlite_uri_as_mlflow_writes_it() {
        assert_eq!(database_path("some/file.db"), Some("some/file.db".into()));
        assert_eq!(database_path("sqlite:///rel.db"), Some("rel.db".into()));
        assert_eq!(database_path("sqlite:////abs/file.db?timeout=5"), Some("/abs/file.db".into()));
        assert_eq!(database_path("http://localhost:5000"), None);
        assert_eq!(database_path("sqlite://"), None);
        assert_eq!(database_path(""), None);
    }
}
