//! Why a trace could not be put on disk, in words that say what to do.

use std::io::{self, ErrorKind};
use std::path::Path;

/// Why a trace could not be put into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpoolFailure {
    /// What happened and what to do about it.
    pub(crate) sentence: String,
    /// This one trace is larger than the queue may be; others may fit.
    pub(crate) is_too_large: bool,
}

impl SpoolFailure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), is_too_large: false }
    }

    /// For a trace of so many bytes.
    pub(super) fn too_large(size: u64, limit: u64) -> Self {
        Self {
            is_too_large: true,
            ..Self::new(format!(
                "a trace of {size} bytes is larger than the queue on disk may be ({limit} bytes), so it waits in \
                 memory alone: raise MLFLOW_TRACE_SPOOL_MAX_BYTES."
            ))
        }
    }

    /// From what the system said when something was to be written to this folder.
    pub(super) fn writing(folder: &Path, error: &io::Error) -> Self {
        let folder = folder.display();
        Self::new(match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => format!(
                "traces can't wait in {folder} because the disk is full ({error}): free space, or set \
                 MLFLOW_TRACE_SPOOL_DIRECTORY to a folder on another disk."
            ),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => format!(
                "traces can't wait in {folder} because it can't be written ({error}): set \
                 MLFLOW_TRACE_SPOOL_DIRECTORY to a folder that this program may write, or to off."
            ),
            ErrorKind::Unsupported => format!(
                "traces can't wait in {folder} because its file system has no file locks: set \
                 MLFLOW_TRACE_SPOOL_DIRECTORY to a folder on a local disk."
            ),
            _ => format!(
                "traces can't wait in {folder} ({error}): set MLFLOW_TRACE_SPOOL_DIRECTORY to a folder that this \
                 program may write, or to off."
            ),
        })
    }
}
