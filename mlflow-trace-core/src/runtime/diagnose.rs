//! Looking at the configuration as a whole: what is set, where it came from, and whether each destination answers.

use std::thread;
use std::time::Duration;
#[cfg(feature = "http")]
use std::time::Instant;

use super::{destinations, started};
#[cfg(feature = "http")]
use crate::config::MetricsDestination;
use crate::config::{Choices, Destination, FoundSetting, Settings, environment};
use crate::context;

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
    Findings {
        destinations: check_all(&settings),
        problems,
        remarks: settings.remarks.clone(),
        is_off: settings.off_by_environment || !settings.enabled,
        settings: settings.found,
    }
}

/// Asks all destinations at the same time, on threads that no runtime of the program's has.
fn check_all(settings: &Settings) -> Vec<Checked> {
    thread::scope(|scope| {
        let mut asked = Vec::new();
        for destination in &settings.destinations {
            let name = destinations::name(destination);
            asked.push((
                name,
                thread::Builder::new().spawn_scoped(scope, move || silently(|| check(destination))),
            ));
        }
        #[cfg(feature = "http")]
        if let Some(metrics) = &settings.metrics {
            let name = format!("metrics, {}", metrics.connection.base);
            asked.push((
                name,
                thread::Builder::new().spawn_scoped(scope, || silently(|| check_metrics(metrics))),
            ));
        }
        let result = |thread: std::io::Result<thread::ScopedJoinHandle<'_, Answer>>| match thread
            .map(|one| one.join())
        {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err("an internal error ended the check. Please report it.".to_owned()),
            Err(error) => Err(format!("the system gave no thread for the check: {error}.")),
        };
        asked.into_iter().map(|(name, thread)| Checked { name, result: result(thread) }).collect()
    })
}

type Answer = Result<String, String>;

/// Nothing of a check is traced.
fn silently(check: impl FnOnce() -> Answer) -> Answer {
    context::silence_this_thread();
    check()
}

#[cfg(feature = "http")]
fn check_metrics(metrics: &MetricsDestination) -> Answer {
    crate::exporters::check_metrics(metrics, Instant::now() + LIMIT)
        .map_err(|failure| metrics.connection.hide(&failure.sentence))
}

fn check(destination: &Destination) -> Answer {
    match destination {
        Destination::Local { file, .. } => check_file(file),
        #[cfg(feature = "http")]
        Destination::Server(_) | Destination::Otlp(_) => {
            let mut sender = destinations::sender(destination).map_err(|error| error.to_string())?;
            sender
                .check(Instant::now() + LIMIT)
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
