//! Which program the traces come from: user, name, and the git repository that it runs in.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::environment;
use crate::pipeline::Source;

/// Looks at the process and its working directory. Touches files, so it belongs on the worker.
pub(super) fn describe() -> Source {
    let mut source = Source { user: environment::user(), name: environment::program(), ..Source::default() };
    if let Some(git) = GitFolder::find(&environment::working_directory()) {
        git.fill(&mut source);
    }
    source
}

/// The `.git` folder of a checkout. MLflow keeps commit, branch and remote with each trace.
struct GitFolder {
    /// Of this worktree: has HEAD.
    own: PathBuf,
    /// Of the repository: has refs and config.
    common: PathBuf,
}

impl GitFolder {
    fn find(from: &Path) -> Option<Self> {
        from.ancestors().find_map(|folder| {
            let git = folder.join(".git");
            let own = if git.is_dir() {
                git
            } else {
                // A worktree or submodule: a file that names the folder.
                folder.join(fs::read_to_string(git).ok()?.strip_prefix("gitdir:")?.trim())
            };
            let common = match fs::read_to_string(own.join("commondir")) {
                Ok(path) => own.join(path.trim()),
                Err(_) => own.clone(),
            };
            Some(Self { own, common })
        })
    }

    fn fill(&self, source: &mut Source) {
        let head = fs::read_to_string(self.own.join("HEAD")).unwrap_or_default();
        match head.trim().strip_prefix("ref: ") {
            Some(reference) => {
                source.git_branch = reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned();
                source.git_commit = self.commit(reference).unwrap_or_default();
            }
            None => source.git_commit = head.trim().to_owned(),
        }
        source.git_repo_url = self.remote().unwrap_or_default();
    }

    fn commit(&self, reference: &str) -> Option<String> {
        let loose = [&self.own, &self.common].into_iter().find_map(|folder| {
            fs::read_to_string(folder.join(reference)).ok().map(|text| text.trim().to_owned())
        });
        loose.or_else(|| {
            let packed = fs::read_to_string(self.common.join("packed-refs")).ok()?;
            packed.lines().find_map(|line| {
                let (commit, name) = line.split_once(' ')?;
                (name == reference).then(|| commit.to_owned())
            })
        })
    }

    /// The URL of the first remote, without credentials.
    fn remote(&self) -> Option<String> {
        let config = fs::read_to_string(self.common.join("config")).ok()?;
        let mut in_remote = false;
        for line in config.lines().map(str::trim) {
            if line.starts_with('[') {
                in_remote = line.starts_with("[remote ");
            } else if in_remote
                && let Some((key, value)) = line.split_once('=')
                && key.trim() == "url"
            {
                return Some(without_credentials(value.trim()));
            }
        }
        None
    }
}

/// An address with a scheme may hold a password; `git@host:path` names no secret and stays as git writes it.
fn without_credentials(url: &str) -> String {
    if url.contains("://") { environment::without_secrets(url) } else { url.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_tells_commit_branch_and_remote() {
        let folder = std::env::temp_dir().join(format!("mlflow-trace-git-{}", std::process::id()));
        let git = folder.join(".git");
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::create_dir_all(folder.join("deep/er")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(git.join("packed-refs"), "# pack-refs\nabc123 refs/heads/main\n").unwrap();
        fs::write(
            git.join("config"),
            "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://me:token@example.com/a.git\n",
        )
        .unwrap();
        let mut source = Source::default();
        GitFolder::find(&folder.join("deep/er")).unwrap().fill(&mut source);
        fs::write(git.join("refs/heads/main"), "def456\n").unwrap();
        let mut newer = Source::default();
        GitFolder::find(&folder).unwrap().fill(&mut newer);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((source.git_branch.as_str(), source.git_commit.as_str()), ("main", "abc123"));
        assert_eq!(source.git_repo_url, "https://example.com/a.git");
        assert_eq!(newer.git_commit, "def456");
    }
}
