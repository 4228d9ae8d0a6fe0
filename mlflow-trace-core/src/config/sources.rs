//! What settings are read from beside code: variables, files, the home directory. Tests hand in their own.

use std::io;
use std::path::{Path, PathBuf};

/// Where settings come from.
#[derive(Clone)]
pub(crate) struct Sources<'a> {
    /// An environment variable that is set and not empty.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file.
    pub(crate) read: &'a dyn Fn(&Path) -> io::Result<String>,
    pub(crate) home: Option<PathBuf>,
}

impl Sources<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// The first of these variables that is set, with its name.
    pub(super) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| self.variable(name).map(|value| (*name, value)))
    }
}
