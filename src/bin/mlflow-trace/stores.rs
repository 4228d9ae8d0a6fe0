//! Which database files are read, and the traces of all of them as one list.

use std::env;
use std::path::{Path, PathBuf};

use mlflow_trace_core::client::{LocalTraces, TraceSummary};
use mlflow_trace_core::{Trace, TraceId};

use crate::{Failure, terminal};

/// The file that MLflow uses by default.
const DEFAULT_FILE: &str = "mlflow.db";
/// The file beside it that takes the traces when the first one may not be written.
const SECOND_FILE: &str = "mlflow-trace.db";

/// The open database files.
pub(crate) struct Stores {
    open: Vec<LocalTraces>,
    main: PathBuf,
}

impl Stores {
    /// Opens the database that was asked for, or the default one, and the second file beside it.
    pub(crate) fn open(asked: Option<&str>) -> Result<Self, Failure> {
        let main = match asked {
            Some(text) => database_path(text).ok_or_else(|| {
                Failure::Sentence(format!(
                    "`{text}` is not a local database; --store takes a path or sqlite:///path."
                ))
            })?,
            None => default_path(),
        };
        let second = main.with_file_name(SECOND_FILE);
        let mut files = vec![main.clone()];
        if second != main {
            files.push(second);
        }
        files.retain(|file| file.exists());
        if files.is_empty() {
            return Err(Failure::Sentence(format!(
                "There is no database at {}. Run a traced program first, or name its database with --store.",
                shown(&main)
            )));
        }
        let mut open = Vec::new();
        let mut refused = Vec::new();
        for file in &files {
            match LocalTraces::open(file) {
                Ok(traces) => open.push(traces),
                Err(error) => refused.push(format!("{} could not be read: {error}", shown(file))),
            }
        }
        if open.is_empty() {
            return Err(Failure::Sentence(refused.join(" ")));
        }
        refused.iter().for_each(|sentence| terminal::complain(sentence));
        Ok(Self { open, main })
    }

    /// The newest traces of all files, at most so many.
    pub(crate) fn list(&self, limit: usize) -> Result<Vec<TraceSummary>, Failure> {
        let mut all = Vec::new();
        for store in &self.open {
            all.extend(store.list(limit)?);
        }
        all.sort_by_key(|found| std::cmp::Reverse(found.info.start_unix_nanos));
        all.truncate(limit);
        Ok(all)
    }

    /// What to say when there is no trace at all.
    pub(crate) fn nothing_yet(&self) -> Failure {
        Failure::Sentence(format!(
            "There is no trace in {} yet. Run a traced program first.",
            shown(&self.main)
        ))
    }

    /// The trace with this id, or the newest one for `last`.
    pub(crate) fn find(&self, wanted: &str) -> Result<Trace, Failure> {
        let id = match wanted {
            "last" => self.list(1)?.first().map(|newest| newest.info.trace_id),
            id => Some(id.parse::<TraceId>()?),
        };
        let Some(id) = id else { return Err(self.nothing_yet()) };
        for store in &self.open {
            if let Some(trace) = store.get(id)? {
                return Ok(trace);
            }
        }
        Err(Failure::Sentence(format!(
            "There is no trace {id} in {}. `mlflow-trace list` shows what is there.",
            shown(&self.main)
        )))
    }
}

fn default_path() -> PathBuf {
    let uri = env::var("MLFLOW_TRACKING_URI").unwrap_or_default();
    uri.starts_with("sqlite:").then(|| database_path(&uri)).flatten().unwrap_or_else(|| DEFAULT_FILE.into())
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

/// The path as the user can find it again.
fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
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
