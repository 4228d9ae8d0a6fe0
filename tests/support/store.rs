//! Reads a store with Python's `sqlite3`, which shares no code with us and needs no MLflow.

use std::collections::BTreeMap;
use std::path::Path;

use super::python;

/// A row of `trace_info` with its spans.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct StoredTrace {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) request_preview: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// `num_spans` of the size statistics, by which MLflow tells whether a trace is complete.
    pub(crate) counted_spans: Option<usize>,
    pub(crate) spans: Vec<StoredSpan>,
}

/// A row of `spans`.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct StoredSpan {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) attributes: serde_json::Map<String, serde_json::Value>,
    pub(crate) events: Vec<serde_json::Value>,
}

impl StoredTrace {
    /// The span with this name.
    #[track_caller]
    pub(crate) fn span(&self, name: &str) -> &StoredSpan {
        let span = self.spans.iter().find(|span| span.name == name);
        span.unwrap_or_else(|| panic!("no span `{name}` in {self:#?}"))
    }
}

/// All traces of a file, oldest first; none when the file is not there.
#[track_caller]
pub(crate) fn stored_traces(file: &Path) -> Vec<StoredTrace> {
    if !file.exists() {
        return Vec::new();
    }
    let ran = python("store.py").arg("dump").arg(file).run().quiet(0);
    serde_json::from_str(&ran.stdout).expect("store.py prints JSON")
}

/// Fails unless SQLite finds the file sound, foreign keys included.
#[track_caller]
pub(crate) fn journal_is_consistent(file: &Path) {
    python("store.py").arg("check").arg(file).run().quiet(0);
}
