//! From what was chosen in code and what the environment says to the destinations.

use std::path::{Path, PathBuf};

use super::reading::{Reading, origin};
use super::{Choices, Destination, Experiment, Further, environment, variables as var};
#[cfg(feature = "http")]
use super::{Connection, ServerChoice, network};

/// All destinations, in their order: the tracking URI's, the environment's OTLP receiver, the further ones in code.
pub(super) fn resolve(
    choices: &Choices,
    experiment: &Experiment,
    reading: &mut Reading<'_>,
) -> Vec<Destination> {
    let mut destinations = Vec::new();
    let otlp = of_environment(reading);
    let is_dual = reading.flag(var::OTLP_DUAL_EXPORT) == Some(true);
    // As in Python: a receiver of the environment takes the place of the tracking URI, unless that was chosen in code.
    let is_chosen = choices.tracking_uri.is_some()
        || reading.variable(var::TRACING_DESTINATION).is_some_and(|id| !id.contains('.'));
    if otlp.is_none() || is_chosen || is_dual {
        let (uri, source) = match &choices.tracking_uri {
            Some(uri) => (Some(uri.to_string()), "tracking_uri in code"),
            None => (reading.variable(var::TRACKING_URI), var::TRACKING_URI),
        };
        let from = origin(choices.tracking_uri.is_some(), uri.is_some());
        let destination = match &uri {
            Some(uri) => by_uri(uri, source, experiment, reading),
            None => default_file(reading.working_directory),
        };
        let shown = uri.map_or("sqlite:///mlflow.db".to_owned(), |uri| environment::without_secrets(&uri));
        reading.note(var::TRACKING_URI, shown, from);
        destinations.push(destination);
    }
    if !is_chosen || is_dual {
        destinations.extend(otlp);
    }
    for further in &choices.further {
        destinations.extend(one_more(further, experiment, reading));
    }
    destinations
}

fn default_file(working_directory: &Path) -> Destination {
    Destination::Local { file: working_directory.join("mlflow.db"), is_default: true }
}

/// SQLAlchemy's form: three slashes and a relative path, four and an absolute one.
fn sqlite_file(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("sqlite:///")?.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

/// The destination of a tracking URI; the local file, and a sentence, where there is none.
#[cfg_attr(not(feature = "http"), allow(unused_variables))]
fn by_uri(uri: &str, source: &str, experiment: &Experiment, reading: &mut Reading<'_>) -> Destination {
    let fallback = default_file(reading.working_directory);
    if let Some(path) = sqlite_file(uri) {
        return Destination::Local { file: reading.working_directory.join(path), is_default: false };
    }
    #[cfg(feature = "http")]
    if Connection::is_for(uri) {
        let choice = ServerChoice { uri: uri.into(), ..ServerChoice::default() };
        return match network::server(&choice, source, experiment, reading) {
            Ok(destination) => destination,
            Err(problem) => {
                reading.problem(source != var::TRACKING_URI, problem);
                fallback
            }
        };
    }
    let sentence = format!(
        "this version can't send traces to `{}` ({source}); they go to {} (accepted are {}).",
        environment::without_secrets(uri),
        match &fallback {
            Destination::Local { file, .. } => file.display().to_string(),
            #[cfg(feature = "http")]
            _ => String::new(),
        },
        accepted()
    );
    // In the environment a store of Python's may stand there for Python.
    if source == var::TRACKING_URI && is_of_python(uri) {
        reading.remark(sentence);
    } else {
        reading.problem(source != var::TRACKING_URI, sentence);
    }
    fallback
}

/// Whether MLflow's Python client keeps traces there: a folder, or a database behind SQLAlchemy.
fn is_of_python(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once("://") else { return !uri.starts_with("sqlite:") };
    let scheme = scheme.split('+').next().unwrap_or_default().to_ascii_lowercase();
    ["file", "postgresql", "mysql", "mssql", "databricks-uc", "uc"].contains(&scheme.as_str())
}

fn accepted() -> &'static str {
    if cfg!(feature = "http") {
        "sqlite:///relative.db, sqlite:////absolute/path.db, http://host, https://host, databricks and \
         databricks://profile"
    } else {
        "sqlite:///relative.db and sqlite:////absolute/path.db; the feature http adds servers"
    }
}

#[cfg_attr(not(feature = "http"), allow(unused_variables))]
fn one_more(further: &Further, experiment: &Experiment, reading: &mut Reading<'_>) -> Option<Destination> {
    let result = match further {
        Further::Uri(uri) => match sqlite_file(uri) {
            Some(path) => {
                Ok(Destination::Local { file: reading.working_directory.join(path), is_default: false })
            }
            #[cfg(feature = "http")]
            None if Connection::is_for(uri) => {
                let choice = ServerChoice { uri: uri.clone(), ..ServerChoice::default() };
                network::server(&choice, "also(..) in code", experiment, reading)
            }
            None => Err(format!(
                "also(..) in code names `{}`; accepted are {}.",
                environment::without_secrets(uri),
                accepted()
            )),
        },
        #[cfg(feature = "http")]
        Further::Server(choice) if !Connection::is_for(&choice.uri) => Err(format!(
            "TrackingServer in code has the address `{}`; accepted are http://host, https://host, databricks and \
             databricks://profile.",
            environment::without_secrets(&choice.uri)
        )),
        #[cfg(feature = "http")]
        Further::Server(choice) => network::server(choice, "TrackingServer in code", experiment, reading),
        #[cfg(feature = "http")]
        Further::Otlp(choice) => network::otlp_in_code(choice, reading),
    };
    result.map_err(|problem| reading.problems.in_code.push(problem)).ok()
}

/// Where traces of this tracking URI are read, or of the environment's; an OTLP receiver gives none back.
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(super) fn to_read_from(
    uri: Option<&str>,
    experiment: &Experiment,
    reading: &mut Reading<'_>,
) -> Result<Destination, String> {
    let (uri, source) = match uri {
        Some(uri) => (uri.to_owned(), "the address in code"),
        None => match reading.variable(var::TRACKING_URI) {
            Some(uri) => (uri, var::TRACKING_URI),
            None => return Ok(default_file(reading.working_directory)),
        },
    };
    if let Some(path) = sqlite_file(&uri) {
        return Ok(Destination::Local { file: reading.working_directory.join(path), is_default: false });
    }
    #[cfg(feature = "http")]
    if Connection::is_for(&uri) {
        let choice = ServerChoice { uri: uri.into(), ..ServerChoice::default() };
        return network::server(&choice, source, experiment, reading);
    }
    let _ = experiment;
    Err(format!(
        "traces can't be read from `{}` ({source}); accepted are {}.",
        environment::without_secrets(&uri),
        accepted()
    ))
}

#[cfg(feature = "http")]
fn of_environment(reading: &mut Reading<'_>) -> Option<Destination> {
    network::otlp_of_environment(reading)
}

#[cfg(not(feature = "http"))]
fn of_environment(_reading: &mut Reading<'_>) -> Option<Destination> {
    None
}
