//! An empty working directory for each test, under cargo's own directory for such things.

use std::fs;
use std::path::{Path, PathBuf};

/// A directory of its own for one test. It is emptied at the start and left behind at the end, to be looked at.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// `name` must be unique among all tests; that of the test itself is.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                panic!("can't empty {}: {error}", path.display())
            }
            _ => fs::create_dir_all(&path).expect("cargo's directory for test files can be written"),
        }
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file of this name in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the test's folder can be read");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}
