//! Attachments as files, where MLflow looks for them: in the folder `attachments` of a trace's artifacts.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::model::Attachment;

/// The folder that a place of artifacts names on this machine; nothing when it is elsewhere. A relative one is below the
/// folder that the program works in, as for MLflow's Python client.
pub(super) fn local_folder(location: &str, working_folder: &Path) -> Option<PathBuf> {
    let path = match location.split_once(':') {
        Some(("file", path)) => decoded(path.strip_prefix("//").unwrap_or(path))?,
        // A single letter is a drive.
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains(['/', '\\']) => return None,
        _ => location.to_owned(),
    };
    (!path.is_empty()).then(|| working_folder.join(path))
}

/// Writes those that are not there, each of them whole or not at all.
///
/// # Errors
/// The first that can't be written; the others are tried all the same.
pub(super) fn write(folder: &Path, attachments: &[Attachment]) -> io::Result<()> {
    let folder = folder.join("attachments");
    fs::create_dir_all(&folder)?;
    attachments.iter().map(|attachment| write_one(&folder, attachment)).fold(Ok(()), Result::and)
}

fn write_one(folder: &Path, attachment: &Attachment) -> io::Result<()> {
    let path = folder.join(attachment.id());
    let is_there = |found: fs::Metadata| found.len() == attachment.content().len() as u64;
    if fs::metadata(&path).is_ok_and(is_there) {
        return Ok(());
    }
    let unfinished = folder.join(format!(".{}.{}", attachment.id(), std::process::id()));
    let written = fs::File::create(&unfinished)
        .and_then(|mut file| file.write_all(attachment.content()))
        .and_then(|()| fs::rename(&unfinished, &path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// A path in an address, where a percent sign and two digits stand for a byte.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_this_machine_are_told_from_others() {
        let folder = |location| local_folder(location, Path::new("/work"));
        assert_eq!(folder("/data/mlruns/0/x"), Some("/data/mlruns/0/x".into()));
        assert_eq!(folder("mlruns/0/x"), Some("/work/mlruns/0/x".into()));
        assert_eq!(folder("file:///data/my%20runs/0"), Some("/data/my runs/0".into()));
        assert_eq!(folder("file:/data/0"), Some("/data/0".into()));
        for elsewhere in ["s3://bucket/0", "mlflow-artifacts:/0/x", "mlflow-artifacts://host/0", ""] {
            assert_eq!(folder(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_file_is_written_whole_and_left_alone_when_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let attachment = Attachment::new("image/png", *b"abc");
        let path = folder.path().join("attachments").join(attachment.id());
        for _ in 0..2 {
            write(folder.path(), std::slice::from_ref(&attachment)).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"abc");
        }
        fs::write(&path, b"a").unwrap();
        write(folder.path(), &[attachment]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
