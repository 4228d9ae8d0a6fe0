//! The traces in MLflow's local database, for reading only.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};
use crate::model::{Trace, TraceId, TraceInfo};
use crate::store::{StoreError, StoreReader, second_file};

/// The traces in a local MLflow database and in the file beside it, `mlflow-trace.db`, that takes traces which the
/// database could not take.
///
/// Works at every schema revision since MLflow 3.3. Never writes, and never creates a file.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::client::LocalTraces;
/// let traces = LocalTraces::open("mlflow.db")?;
/// for trace in traces.list(10)? {
///     println!("{} {} ({} spans)", trace.info.trace_id, trace.info.name, trace.span_count);
/// }
/// # Ok(())
/// # }
/// ```
pub struct LocalTraces {
    pub(super) files: Vec<(PathBuf, StoreReader)>,
    unread: Vec<Error>,
}

/// A trace as lists show it: without its spans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceSummary {
    /// What MLflow keeps about the trace as a whole; times in whole milliseconds.
    pub info: TraceInfo,
    /// How many spans are stored.
    pub span_count: u64,
}

impl LocalTraces {
    /// Opens the database at this path, and the file beside it when there is one.
    ///
    /// # Errors
    /// When neither file is there, or none of them can be read as a database of MLflow 3.3 or newer.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut files = Vec::new();
        let mut unread = Vec::new();
        for path in [path.to_owned(), second_file(path)].into_iter().filter(|path| path.exists()) {
            match StoreReader::open(&path) {
                Ok(reader) => files.push((path, reader)),
                Err(error) => unread.push(unreadable(&path, &error)),
            }
        }
        if !files.is_empty() {
            return Ok(Self { files, unread });
        }
        match unread.into_iter().next() {
            Some(failure) => Err(failure),
            None => Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "there is no {} yet; run a traced program in that folder, or name another database",
                    path.display()
                ),
            )),
        }
    }

    /// The files that are read: the database, the file beside it, or both.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// Why one of the files is left out, when the other one can be read.
    pub fn unread(&self) -> impl Iterator<Item = &Error> {
        self.unread.iter()
    }

    /// The newest traces, the newest first, at most so many.
    ///
    /// # Errors
    /// When a file can't be read now, because it is locked, being migrated or damaged.
    pub fn list(&self, limit: usize) -> Result<Vec<TraceSummary>, Error> {
        let mut all = Vec::new();
        for (path, reader) in &self.files {
            let newest = reader.newest(limit).map_err(|error| unreadable(path, &error))?;
            all.extend(newest.into_iter().map(|(info, span_count)| TraceSummary { info, span_count }));
        }
        all.sort_by_key(|trace| std::cmp::Reverse(trace.info.start_unix_nanos));
        all.truncate(limit);
        Ok(all)
    }

    /// The trace with this id, with all its stored spans; `None` when it is in none of the files.
    ///
    /// # Errors
    /// As [`LocalTraces::list`].
    pub fn get(&self, id: TraceId) -> Result<Option<Trace>, Error> {
        for (path, reader) in &self.files {
            if let Some(trace) = reader.trace(id).map_err(|error| unreadable(path, &error))? {
                return Ok(Some(trace));
            }
        }
        Ok(None)
    }

    /// The newest trace, with all its stored spans.
    ///
    /// # Errors
    /// As [`LocalTraces::list`].
    pub fn last(&self) -> Result<Option<Trace>, Error> {
        match self.list(1)?.first() {
            Some(newest) => self.get(newest.info.trace_id),
            None => Ok(None),
        }
    }
}

pub(super) fn unreadable(path: &Path, error: &StoreError) -> Error {
    let advice = match error {
        StoreError::NotReady(_) => "try again in a moment",
        StoreError::Refused(_) => "name another database",
        StoreError::Full(_) | StoreError::Unusable(_) => "look at the permissions of the file and its folder",
    };
    Error::new(ErrorKind::Destination, format!("{} {}; {advice}", path.display(), error.reason()))
}
