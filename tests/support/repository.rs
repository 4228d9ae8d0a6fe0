//! A place for twin programs, which both say of what repository they are.

use std::path::Path;

use super::{Folder, Process};

/// A folder in a Git repository with one commit, the same in each: both twins say where they were run.
pub(crate) fn repository(name: &str) -> Folder {
    let folder = Folder::new(name);
    let script = "git init --quiet --initial-branch=twins .
        git remote add origin https://example.org/twins.git
        git -c user.name=twin -c user.email=twin@example.org commit --quiet --allow-empty --message=twins";
    let shell = Process::new(Path::new("/bin/sh")).arg("-ec").arg(script).within(folder.path());
    let date = "2026-01-01T00:00:00Z";
    shell.env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date).run().quiet(0);
    folder
}
