//! The folder of one process's journal, its files, and the lock that says whether the process lives.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file whose lock the process holds while it lives; says how times become wall time.
pub(super) const OWNER: &str = "owner";
/// The annotated functions by number.
pub(super) const CALLSITES: &str = "callsites";
/// The program that the traces come from.
pub(super) const SOURCE: &str = "source";
/// Ends of names: files with records, and with marks of what is settled.
pub(super) const RECORDS: &str = ".records";
pub(super) const SETTLED: &str = ".settled";

/// The first bytes of the owner's file; the last one is the version.
const MAGIC: [u8; 8] = *b"mlfjrnl\x02";

/// Makes the folder of this process, and locks it. `wall_offset` turns times into nanoseconds since 1970.
pub(super) fn make(journals: &Path, wall_offset: u64) -> io::Result<(PathBuf, File)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let folder = journals.join(format!("{}-{now:x}", std::process::id()));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    // The lock comes before the name: nobody finds a file whose process seems dead.
    let unlocked = folder.join("owner.new");
    let mut owner = create(&unlocked)?;
    owner.try_lock().map_err(io::Error::from)?;
    let head = [MAGIC, wall_offset.to_le_bytes()].concat();
    io::Write::write_all(&mut owner, &head)?;
    fs::rename(unlocked, folder.join(OWNER))?;
    Ok((folder, owner))
}

/// A new file that only this user reads: it holds what users of the program said.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The folders of processes.
pub(super) fn folders(journals: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(journals).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join(OWNER).exists()).collect();
    folders.sort();
    folders
}

/// The lock of a process that has ended, and its wall offset; `None` while it lives.
///
/// # Errors
/// A sentence, when the journal can't be read by this version.
pub(super) fn take_lock(folder: &Path) -> Result<Option<(File, u64)>, String> {
    let path = folder.join(OWNER);
    let Ok(owner) = OpenOptions::new().read(true).write(true).open(&path) else { return Ok(None) };
    // Who had it before us has removed the folder, or has died and left it.
    if owner.try_lock().is_err() || !path.exists() {
        return Ok(None);
    }
    let head = fs::read(&path).unwrap_or_default();
    match head.split_first_chunk::<8>() {
        Some((magic, rest)) if *magic == MAGIC => {
            Ok(rest.first_chunk().map(|offset| (owner, u64::from_le_bytes(*offset))))
        }
        _ => Err(format!(
            "the journal in {} was written by another version of mlflow-trace, or is damaged, and is left alone: start \
             a program with that version to have its spans delivered.",
            folder.display()
        )),
    }
}
