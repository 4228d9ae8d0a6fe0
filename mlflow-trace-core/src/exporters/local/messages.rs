//! The sentences for the person who runs the program.

use std::fs;
use std::path::Path;

use crate::store::StoreError;

/// Traces go to the second file.
pub(super) fn diverted(primary: &Path, error: &StoreError, second: &Path) -> String {
    format!(
        "{} {}; traces go to {} instead, which `{}` opens.",
        primary.display(),
        error.reason(),
        second.display(),
        open_command(second)
    )
}

/// Nothing can be written now.
pub(super) fn waiting(path: &Path, error: &StoreError) -> String {
    format!(
        "{} {}; traces wait in memory until it can be written. MLFLOW_TRACKING_URI=sqlite:////another/place.db names \
         another database.",
        path.display(),
        error.reason()
    )
}

/// The process ends with traces that no file took.
pub(super) fn lost(path: &Path, reason: &str, spans: u64, tag_changes: u64, assessments: u64) -> String {
    if spans == 0 {
        let path = path.display();
        return format!(
            "{path} {reason} (MLFLOW_TRACKING_URI names another database); {tag_changes} changes of tags and \
             {assessments} assessments are lost."
        );
    }
    let spans = if spans == 1 { "1 span is lost".to_owned() } else { format!("{spans} spans are lost") };
    format!("{} {reason} (MLFLOW_TRACKING_URI names another database); {spans}.", path.display())
}

/// A folder of MLflow's old file store hides the database from an MLflow that is started without arguments.
pub(super) fn shadowed(database: &Path, working_folder: &Path) -> Option<String> {
    if database != working_folder.join("mlflow.db") {
        return None;
    }
    let is_digits = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let has_experiment = fs::read_dir(working_folder.join("mlruns")).ok()?.flatten().any(|entry| {
        is_digits(&entry.file_name().to_string_lossy()) && entry.path().join("meta.yaml").exists()
    });
    has_experiment.then(|| {
        "the folder ./mlruns hides mlflow.db from MLflow; to see these traces, run `mlflow ui --backend-store-uri \
         sqlite:///mlflow.db`."
            .to_owned()
    })
}

/// The command that shows a database in MLflow's UI.
fn open_command(path: &Path) -> String {
    let uri = format!("sqlite:///{}", path.to_string_lossy().replace('\\', "/"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:._-+".contains(c);
    if uri.chars().all(is_plain) {
        format!("mlflow ui --backend-store-uri {uri}")
    } else {
        format!("mlflow ui --backend-store-uri '{uri}'")
    }
}
