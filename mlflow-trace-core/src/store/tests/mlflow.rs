//! A real MLflow, run in the tests' virtual environment.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::Folder;

/// The Python that has MLflow.
pub(crate) struct Mlflow;

impl Mlflow {
    /// A Python command for one of the scripts beside this file, with no setting of ours or of MLflow's in its way.
    pub(crate) fn command(script: &str) -> Command {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let venv =
            std::env::var_os("MLFLOW_TRACE_VENV").map_or_else(|| root.join("../target/venv"), PathBuf::from);
        let python = venv.join("bin/python");
        assert!(python.exists(), "run `bash tests/run` once: it makes target/venv");
        let mut command = Command::new(python);
        command.arg(root.join("src/store/tests/python").join(script));
        command.env_remove("MLFLOW_TRACKING_URI").env("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false");
        command
    }

    /// Runs a script to its end; its standard output is JSON.
    pub(crate) fn run(script: &str, arguments: &[&Path]) -> Value {
        let folder = Folder::new();
        let output = Self::command(script)
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} failed:\n{errors}");
        let last =
            output.stdout.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
        serde_json::from_slice(last).unwrap_or_else(|error| panic!("{script}: {error}\n{errors}"))
    }

    /// Every trace of a database as the Python client returns it, by id. MLflow upgrades the file on the way.
    pub(crate) fn read_back(path: &Path) -> Value {
        Self::run("read_back.py", &[path])
    }
}

/// A folder with a file `<revision>.db` for some revisions, and `columns.json` for all of them: MLflow's own
/// migrations, stopped on the way. Made once for each state of the script, and kept under `target/`.
pub(crate) fn revision_files() -> &'static Path {
    static FILES: OnceLock<PathBuf> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        include_str!("python/make_files.py").hash(&mut hasher);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let kept = target.join(format!("mlflow-files-{AT_3_17}-{:016x}", hasher.finish()));
        if !kept.exists() {
            let fresh = target.join(format!("mlflow-files-{}", std::process::id()));
            std::fs::create_dir_all(&fresh).unwrap();
            Mlflow::run("make_files.py", &[&fresh]);
            if std::fs::rename(&fresh, &kept).is_err() {
                // Another test process was faster.
                std::fs::remove_dir_all(&fresh).unwrap();
            }
        }
        kept
    })
}

/// A copy of the file at a revision.
pub(super) fn copy_of(revision: &str, folder: &Folder) -> PathBuf {
    let copy = folder.file("mlflow.db");
    std::fs::copy(revision_files().join(format!("{revision}.db")), &copy).unwrap();
    copy
}

/// A file as the newest MLflow makes it.
pub(crate) fn newest_mlflow_file(folder: &Folder) -> PathBuf {
    copy_of(AT_3_17, folder)
}

pub(super) const AT_3_3: &str = "1a0cddfcaa16";
pub(super) const AT_3_9: &str = "d3e4f5a6b7c8";
pub(super) const AT_3_10: &str = "1b5f0d9ad7c1";
pub(super) const AT_3_16: &str = "b7e2c1a4d9f3";
pub(super) const AT_3_17: &str = "dc11669786a5";
