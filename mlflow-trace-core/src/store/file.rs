//! What the file system tells about a database file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which file a path named when it was opened, to notice that it was deleted or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// The file that the path names now, if there is one.
    pub(super) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::from_metadata(&metadata))
    }

    #[cfg(unix)]
    fn from_metadata(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn from_metadata(metadata: &fs::Metadata) -> Self {
        let created =
            metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self(created.map_or(0, |time| time.as_nanos() as u64), 0)
    }
}

/// The file beside a database that takes the traces which the database does not take.
pub(crate) fn second_file(path: &Path) -> PathBuf {
    let second = path.with_file_name("mlflow-trace.db");
    if second == path { path.with_file_name("mlflow-trace-2.db") } else { second }
}

/// Whether there is no file, or one without a byte in it.
pub(super) fn is_absent_or_blank(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

/// Gives a process that has just made the file a moment to begin filling it. MLflow looks for its tables before it
/// creates them; if we created them in between, it would fail.
pub(super) fn await_first_bytes(path: &Path) {
    while path.exists() && is_absent_or_blank(path) && changed_within(path, MOMENT) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether somebody wrote to the database within so long, its journals included.
pub(super) fn changed_within(path: &Path, period: Duration) -> bool {
    ["", "-journal", "-wal"].iter().any(|suffix| {
        let modified = fs::metadata(beside(path, suffix)).and_then(|metadata| metadata.modified());
        // A time in the future is as recent as can be.
        modified.is_ok_and(|time| time.elapsed().unwrap_or_default() < period)
    })
}

/// The path with something appended to the file's name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

const MOMENT: Duration = Duration::from_secs(1);
