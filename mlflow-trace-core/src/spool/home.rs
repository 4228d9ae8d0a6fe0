//! The folder of one destination, which all processes share, and who owns which of its files.
//!
//! A process that waits for the destination holds a lock on a file of its own, `<owner>.owner`, and the files of the
//! queue carry the owner's name: `<time>-<number>.<owner>.spool`. The system lets go of the lock when the process ends,
//! however it ends. Whoever then gets the lock owns the files and renames them to its own, one by one, which can be
//! interrupted anywhere: a file has one name at any time, and with it one owner.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::SpoolFailure;

const OWNER: &str = ".owner";
const SPOOL: &str = ".spool";

/// The right to write and read some files of the folder; ends with this value.
pub(super) struct Home {
    folder: PathBuf,
    owner: String,
    /// Holds the lock.
    _lock: File,
}

impl Home {
    /// Makes the folder if it is missing, and becomes an owner in it.
    pub(super) fn open(folder: &Path) -> Result<Self, SpoolFailure> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let failure = |error: io::Error| SpoolFailure::writing(folder, &error);
        make_folder(folder).map_err(failure)?;
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let owner = format!("{}-{:x}-{number}", std::process::id(), now());
            let path = folder.join(format!("{owner}{OWNER}"));
            let file = create(&path).map_err(failure)?;
            if let Err(failure) = check_user(folder, &file) {
                let _ = fs::remove_file(&path);
                return Err(failure);
            }
            match file.try_lock() {
                // Who removes such a file holds its lock: as it is still there, it stays.
                Ok(()) if path.exists() => return Ok(Self { folder: folder.to_owned(), owner, _lock: file }),
                // Another process took it for that of a dead one between our two steps.
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    let _ = fs::remove_file(&path);
                    return Err(failure(error));
                }
            }
        }
    }

    /// Whether the folder is still as we made it.
    pub(super) fn is_there(&self) -> bool {
        self.owner_file().exists()
    }

    fn owner_file(&self) -> PathBuf {
        self.folder.join(format!("{}{OWNER}", self.owner))
    }

    /// A name for a file of ours that sorts by this time.
    pub(super) fn path(&self, time: u128, number: u64) -> PathBuf {
        self.folder.join(format!("{time:020}-{number}.{}{SPOOL}", self.owner))
    }

    /// Gives a file of a dead process, whose lock the caller holds, to us.
    pub(super) fn take_over(&self, path: &Path) -> io::Result<PathBuf> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let time = name.split('.').next().unwrap_or_default();
        let ours = self.folder.join(format!("{time}.{}{SPOOL}", self.owner));
        // Times are not unique over all processes.
        let ours = if ours.exists() {
            self.folder.join(format!("{time}-{}.{}{SPOOL}", now(), self.owner))
        } else {
            ours
        };
        fs::rename(path, &ours)?;
        Ok(ours)
    }

    /// Says that none of our files is left.
    pub(super) fn leave(&self) {
        let _ = fs::remove_file(self.owner_file());
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }
}

/// The files of a process that has ended, until this value ends.
pub(super) struct Estate {
    pub(super) files: Vec<PathBuf>,
    lock_path: PathBuf,
    _lock: File,
}

impl Estate {
    /// Says that none of the files is left.
    pub(super) fn close(self) {
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// The owners in a folder, with their files, oldest first.
pub(super) fn owners(folder: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut owners: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some(owner) = name.strip_suffix(OWNER) {
            owners.entry(owner.to_owned()).or_default();
        } else if let Some((_, owner)) = name.strip_suffix(SPOOL).and_then(|name| name.split_once('.')) {
            owners.entry(owner.to_owned()).or_default().push(path);
        }
    }
    owners.values_mut().for_each(|files| files.sort());
    owners
}

/// The files of this owner, if it has ended.
pub(super) fn estate(folder: &Path, owner: &str, files: Vec<PathBuf>) -> Option<Estate> {
    let lock_path = folder.join(format!("{owner}{OWNER}"));
    // Where only the lock's file is missing it is made again, so that one process alone takes the files.
    let lock =
        private().read(true).write(true).create(!files.is_empty()).truncate(false).open(&lock_path).ok()?;
    lock.try_lock().ok()?;
    Some(Estate { files, lock_path, _lock: lock })
}

/// Bytes of all files in a folder.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}

/// Nanoseconds since 1970.
pub(super) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// A new file that only this user reads: it holds what users of the program said.
pub(super) fn create(path: &Path) -> io::Result<File> {
    private().append(true).create_new(true).open(path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Someone else's folder is not used: whoever owns it could read along, and put traces there.
#[cfg(unix)]
fn check_user(folder: &Path, ours: &File) -> Result<(), SpoolFailure> {
    use std::os::unix::fs::MetadataExt as _;

    let owners = fs::metadata(folder).and_then(|folder| Ok((folder.uid(), ours.metadata()?.uid())));
    match owners {
        Ok((folder_owner, our_user)) if folder_owner != our_user => Err(SpoolFailure::new(format!(
            "traces can't wait in {} because the folder belongs to another user: set \
             MLFLOW_TRACE_SPOOL_DIRECTORY to a folder of the user that runs this program, or to off.",
            folder.display()
        ))),
        Ok(_) => Ok(()),
        Err(error) => Err(SpoolFailure::writing(folder, &error)),
    }
}

#[cfg(not(unix))]
fn check_user(_folder: &Path, _ours: &File) -> Result<(), SpoolFailure> {
    Ok(())
}
