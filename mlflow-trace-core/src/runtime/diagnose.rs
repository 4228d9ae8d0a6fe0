//! Looking at the configuration as a whole: what is set, where it came from, and whether each destination answers.

use std::time::Duration;

use super::{destinations, started};
use crate::config::{Choices, Destination, FoundSetting, Settings, environment};

/// How long one destination may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) settings: Vec<FoundSetting>,
    /// Settings that can't be used.
    pub(crate) problems: Vec<String>,
    pub(crate) remarks: Vec<String>,
    pub(crate) is_off: bool,
    pub(crate) destinations: Vec<Checked>,
}

/// One destination: its name, and what one round trip brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) name: String,
    pub(crate) result: Result<String, String>,
}

/// Resolves the settings anew, or takes those that tracing was started with, and asks each destination.
pub(crate) fn diagnose() -> Findings {
    let (settings, problems) = match started() {
        Some(runtime) => (runtime.settings.clone(), Vec::new()),
        None => {
            let variable = environment::variable;
            let (settings, problems) =
                Settings::resolve(&Choices::default(), variable, &environment::working_directory());
            (settings, problems.in_code.into_iter().chain(problems.in_environment).collect())
        }
    };
    let destinations = settings
        .destinations
        .iter()
        .map(|destination| Checked { name: destinations::name(destination), result: check(destination) });
    Findings {
        destinations: destinations.collect(),
        problems,
        remarks: settings.remarks.clone(),
        is_off: settings.off_by_environment || !settings.enabled,
        settings: settings.found,
    }
}

fn check(destination: &Destination) -> Result<String, String> {
    match destination {
        Destination::Local { file, .. } => check_file(file),
        #[cfg(feature = "http")]
        Destination::Server(_) | Destination::Otlp(_) => {
            let mut sender = destinations::sender(destination).map_err(|error| error.to_string())?;
            sender
                .check(std::time::Instant::now() + LIMIT)
                .map_err(|failure| destinations::hide(destination, &failure.sentence))
        }
    }
}

#[cfg(feature = "sqlite")]
fn check_file(file: &std::path::Path) -> Result<String, String> {
    crate::exporters::check_file(file, LIMIT)
}

#[cfg(not(feature = "sqlite"))]
fn check_file(_file: &std::path::Path) -> Result<String, String> {
    let _ = LIMIT;
    Err("this build has no local store; enable the feature `sqlite` of mlflow-trace, or set MLFLOW_TRACKING_URI to a \
         server."
        .to_owned())
}
