//! Where the queue on disk and the journals are, and how large it may become.

use std::path::{Path, PathBuf};

use super::variables as var;

/// The queue on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpoolPlace {
    /// `None` where the queue is switched off.
    pub(crate) folder: Option<PathBuf>,
    /// The folder of the journals of `durable`, which is there in any case.
    pub(crate) journals: PathBuf,
    /// Bytes for each destination, over all processes; and for the journal of a process.
    pub(crate) max_bytes: u64,
}

/// The folder of the journals, beside those of the destinations.
const JOURNALS: &str = "journal";

/// Bytes for each destination where nothing is said.
const MAX_BYTES: u64 = 512 << 20;

impl SpoolPlace {
    /// Works it out: `MLFLOW_TRACE_SPOOL_DIRECTORY` (`off` for none), else `$XDG_STATE_HOME/mlflow-trace/spool`, else
    /// `~/.local/state/mlflow-trace/spool`, else a folder of the user's in `temporary`. What can't be used is said in
    /// `problems`.
    pub(crate) fn resolve(
        variable: &impl Fn(&str) -> Option<String>,
        working_directory: &Path,
        temporary: &Path,
        user: &str,
        problems: &mut Vec<String>,
    ) -> Self {
        let max_bytes = variable(var::SPOOL_MAX_BYTES)
            .and_then(|text| var::count(var::SPOOL_MAX_BYTES, &text).map_err(|why| problems.push(why)).ok());
        let folder = match variable(var::SPOOL_DIRECTORY) {
            Some(text) if text.eq_ignore_ascii_case("off") => None,
            Some(text) => Some(working_directory.join(text)),
            None => Some(default_folder(variable, temporary, user)),
        };
        let journals =
            folder.clone().unwrap_or_else(|| default_folder(variable, temporary, user)).join(JOURNALS);
        // A count fits: usize is not larger than u64 anywhere.
        Self { folder, journals, max_bytes: max_bytes.map_or(MAX_BYTES, |bytes| bytes as u64) }
    }

    /// The same with this folder.
    pub(super) fn at(self, folder: PathBuf) -> Self {
        Self { journals: folder.join(JOURNALS), folder: Some(folder), ..self }
    }
}

fn default_folder(variable: &impl Fn(&str) -> Option<String>, temporary: &Path, user: &str) -> PathBuf {
    // By the rules of XDG a relative path is as good as none.
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    match state {
        Some(state) => state.join("mlflow-trace/spool"),
        None => {
            let user: String =
                user.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
            temporary.join(format!("mlflow-trace-{user}/spool"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)]) -> (SpoolPlace, Vec<String>) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut problems = Vec::new();
        let place =
            SpoolPlace::resolve(&variable, Path::new("/work"), Path::new("/tmp"), "a/b", &mut problems);
        (place, problems)
    }

    #[test]
    fn the_folder_is_the_first_of_those_that_are_known() {
        let folder = |variables: &[(&str, &str)]| resolve(variables).0.folder.unwrap();
        let all = [("MLFLOW_TRACE_SPOOL_DIRECTORY", "s"), ("XDG_STATE_HOME", "/state"), ("HOME", "/home/me")];
        assert_eq!(folder(&all), PathBuf::from("/work/s"));
        assert_eq!(folder(&all[1..]), PathBuf::from("/state/mlflow-trace/spool"));
        assert_eq!(folder(&all[2..]), PathBuf::from("/home/me/.local/state/mlflow-trace/spool"));
        assert_eq!(folder(&[]), PathBuf::from("/tmp/mlflow-trace-a_b/spool"));
        assert_eq!(
            folder(&[("XDG_STATE_HOME", "x"), ("HOME", "/h")]),
            PathBuf::from("/h/.local/state/mlflow-trace/spool")
        );
    }

    #[test]
    fn off_means_no_queue() {
        let (place, _) = resolve(&[("MLFLOW_TRACE_SPOOL_DIRECTORY", "OFF"), ("XDG_STATE_HOME", "/state")]);
        assert_eq!(place.folder, None);
        assert_eq!(place.journals, PathBuf::from("/state/mlflow-trace/spool/journal"));
    }

    #[test]
    fn the_bound_is_512_mib_unless_it_is_set_and_a_bad_one_is_said() {
        assert_eq!(resolve(&[]).0.max_bytes, 512 << 20);
        assert_eq!(resolve(&[("MLFLOW_TRACE_SPOOL_MAX_BYTES", "7")]).0.max_bytes, 7);
        let (place, problems) = resolve(&[("MLFLOW_TRACE_SPOOL_MAX_BYTES", "much")]);
        assert_eq!((place.max_bytes, problems.len()), (512 << 20, 1));
    }
}
