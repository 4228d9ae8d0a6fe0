//! All settings of a process, worked out once.

use std::path::{Path, PathBuf};

use super::{Experiment, SpoolPlace, environment, variables as var};

/// Whether arguments and return values are kept without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Capture {
    /// `#[mlflow::trace]` keeps arguments and return values, but for those that are skipped.
    #[default]
    All,
    /// Only what is set by hand (`set_inputs`, `set_outputs`, attributes) is kept.
    None,
}

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// MLflow's local database file.
    pub(crate) file: PathBuf,
    /// Whether it is the file that MLflow uses when it is told nothing: `./mlflow.db`.
    pub(crate) is_default: bool,
}

/// What the program chose in code; what it did not choose comes from the environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choices {
    pub(crate) tracking_uri: Option<String>,
    pub(crate) experiment_name: Option<String>,
    pub(crate) experiment_id: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) sampling_ratio: Option<f64>,
    pub(crate) capture: Option<Capture>,
    pub(crate) max_memory_bytes: Option<usize>,
    pub(crate) max_spans: Option<usize>,
    pub(crate) max_value_bytes: Option<usize>,
    pub(crate) max_span_bytes: Option<usize>,
    pub(crate) durable: Option<bool>,
}

/// All settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// The environment switched tracing off, for good.
    pub(crate) off_by_environment: bool,
    /// The program's own switch.
    pub(crate) enabled: bool,
    pub(crate) destination: Destination,
    pub(crate) experiment: Experiment,
    pub(crate) sampling_ratio: f64,
    pub(crate) capture: Capture,
    pub(crate) max_memory_bytes: usize,
    pub(crate) max_spans: usize,
    pub(crate) max_value_bytes: usize,
    pub(crate) max_span_bytes: usize,
    pub(crate) max_debug_bytes: usize,
    /// Each span is on disk before the call that it stands for returns.
    pub(crate) durable: bool,
    pub(crate) spool: SpoolPlace,
    /// Sentences to say once.
    pub(crate) remarks: Vec<String>,
}

/// A setting that can't be used, in a sentence, and whether the program goes on with another value.
pub(crate) struct Problems {
    /// What the code chose and can't be used.
    pub(crate) in_code: Vec<String>,
    /// What the environment says and can't be used.
    pub(crate) in_environment: Vec<String>,
}

/// Bytes of one text that comes from `Debug`.
const MAX_DEBUG_BYTES: usize = 8 << 10;

impl Settings {
    /// Works out the settings. What can't be used is replaced by its default and said in the problems.
    pub(crate) fn resolve(
        choices: &Choices,
        variable: impl Fn(&str) -> Option<String>,
        working_directory: &Path,
    ) -> (Self, Problems) {
        let mut problems = Problems { in_code: Vec::new(), in_environment: Vec::new() };
        let mut remarks = Vec::new();
        let in_environment = &mut problems.in_environment;
        let flag = |name: &str, in_environment: &mut Vec<String>| {
            variable(name).and_then(|text| keep(var::boolean(name, &text), in_environment))
        };
        let size = |name: &str, choice: Option<usize>, default: usize, problems: &mut Problems| {
            if choice == Some(0) {
                problems
                    .in_code
                    .push(format!("the setting that {name} stands for is 0; accepted is at least 1."));
            }
            choice
                .or_else(|| {
                    variable(name)
                        .and_then(|text| keep(var::count(name, &text), &mut problems.in_environment))
                })
                .unwrap_or(default)
        };
        let off_by_environment = flag(var::TRACING_ENABLED, in_environment) == Some(false)
            || flag(var::SDK_DISABLED, in_environment) == Some(true);
        let durable = choices.durable.or_else(|| flag(var::DURABLE, in_environment)).unwrap_or(false);
        let spool = SpoolPlace::resolve(&variable, working_directory, in_environment);
        let from_environment = variable(var::SAMPLING_RATIO)
            .and_then(|text| keep(var::ratio(var::SAMPLING_RATIO, &text), in_environment));
        let capture =
            choices.capture.or_else(|| match variable(var::CAPTURE)?.to_ascii_lowercase().as_str() {
                "all" => Some(Capture::All),
                "none" => Some(Capture::None),
                other => {
                    let name = var::CAPTURE;
                    in_environment
                        .push(format!("{name} is `{other}`; accepted are all and none; none is used."));
                    // Whoever sets it means to keep something out.
                    Some(Capture::None)
                }
            });
        let settings = Self {
            off_by_environment,
            enabled: choices.enabled.unwrap_or(true),
            experiment: experiment(choices, &variable, &mut problems.in_code, &mut remarks),
            sampling_ratio: match choices.sampling_ratio {
                Some(ratio) if !(0.0..=1.0).contains(&ratio) => {
                    problems
                        .in_code
                        .push(format!("sampling_ratio is {ratio}; accepted is a number from 0.0 to 1.0."));
                    1.0
                }
                chosen => chosen.or(from_environment).unwrap_or(1.0),
            },
            capture: capture.unwrap_or_default(),
            max_memory_bytes: size(var::MAX_MEMORY_BYTES, choices.max_memory_bytes, 64 << 20, &mut problems),
            max_spans: size(var::MAX_SPANS, choices.max_spans, 100_000, &mut problems),
            max_value_bytes: size(var::MAX_VALUE_BYTES, choices.max_value_bytes, 1 << 20, &mut problems),
            max_span_bytes: size(var::MAX_SPAN_BYTES, choices.max_span_bytes, 4 << 20, &mut problems),
            max_debug_bytes: MAX_DEBUG_BYTES,
            durable,
            spool,
            destination: destination(choices, &variable, working_directory, &mut remarks),
            remarks,
        };
        (settings, problems)
    }
}

fn keep<T>(result: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn experiment(
    choices: &Choices,
    variable: &impl Fn(&str) -> Option<String>,
    in_code: &mut Vec<String>,
    remarks: &mut Vec<String>,
) -> Experiment {
    if [&choices.experiment_name, &choices.experiment_id].iter().any(|text| text.as_deref() == Some("")) {
        in_code.push("the experiment is an empty text; give its name or id.".to_owned());
        return Experiment::Default;
    }
    match (&choices.experiment_name, &choices.experiment_id) {
        (Some(_), Some(_)) => {
            in_code.push("both experiment and experiment_id are set; set one of them.".to_owned());
            return Experiment::Default;
        }
        (Some(name), None) => return Experiment::Name(name.clone()),
        (None, Some(id)) => return Experiment::Id(id.clone()),
        (None, None) => {}
    }
    match (variable(var::EXPERIMENT_NAME), variable(var::EXPERIMENT_ID)) {
        (Some(name), id) => {
            if id.is_some() {
                let (name, id) = (var::EXPERIMENT_NAME, var::EXPERIMENT_ID);
                remarks.push(format!("both {name} and {id} are set; {name} is used."));
            }
            Experiment::Name(name)
        }
        (None, Some(id)) => Experiment::Id(id),
        (None, None) => Experiment::Default,
    }
}

fn destination(
    choices: &Choices,
    variable: &impl Fn(&str) -> Option<String>,
    working_directory: &Path,
    remarks: &mut Vec<String>,
) -> Destination {
    let fallback = || Destination { file: working_directory.join("mlflow.db"), is_default: true };
    let Some(uri) = choices.tracking_uri.clone().or_else(|| variable(var::TRACKING_URI)) else {
        return fallback();
    };
    // SQLAlchemy's form: three slashes and a relative path, four and an absolute one.
    match uri.strip_prefix("sqlite:///").map(|path| path.split('?').next().unwrap_or_default()) {
        Some(path) if !path.is_empty() && path != ":memory:" => {
            Destination { file: working_directory.join(path), is_default: false }
        }
        _ => {
            let place = fallback();
            remarks.push(format!(
                "this version can't send traces to the tracking URI `{}`; they go to {} (accepted are \
                 sqlite:///relative.db and sqlite:////absolute/path.db).",
                environment::without_secrets(&uri),
                place.file.display()
            ));
            place
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(choices: &Choices, variables: &[(&str, &str)]) -> (Settings, Problems) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::resolve(choices, variable, Path::new("/work"))
    }

    #[test]
    fn nothing_said_means_the_local_file_of_mlflow() {
        let (settings, problems) = resolve(&Choices::default(), &[]);
        assert_eq!(settings.destination, Destination { file: "/work/mlflow.db".into(), is_default: true });
        assert_eq!(settings.experiment, Experiment::Default);
        assert!(settings.enabled && !settings.off_by_environment && settings.remarks.is_empty());
        assert!(problems.in_code.is_empty() && problems.in_environment.is_empty());
    }

    #[test]
    fn sqlite_uris_are_read_as_sqlalchemy_reads_them() {
        let file = |uri| resolve(&Choices::default(), &[("MLFLOW_TRACKING_URI", uri)]).0.destination.file;
        assert_eq!(file("sqlite:///a/b.db"), PathBuf::from("/work/a/b.db"));
        assert_eq!(file("sqlite:////tmp/b.db"), PathBuf::from("/tmp/b.db"));
        assert_eq!(file("sqlite:////tmp/b.db?timeout=5"), PathBuf::from("/tmp/b.db"));
    }

    #[test]
    fn an_address_that_is_not_served_yet_is_said_without_its_secrets() {
        let (settings, _) = resolve(
            &Choices::default(),
            &[("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example.com/base?token=secret")],
        );
        assert!(settings.destination.is_default);
        assert_eq!(settings.remarks.len(), 1);
        assert!(settings.remarks[0].contains("https://mlflow.example.com/base"), "{}", settings.remarks[0]);
        assert!(!settings.remarks[0].contains("secret"));
    }

    #[test]
    fn a_password_may_hold_any_character_and_is_never_said() {
        for uri in [
            "https://me:se/cret@host/x",
            "postgresql://me:se#cret@host/x",
            "https://me:se@cret@host/x",
            "me:se?cret@host/x",
        ] {
            let said = environment::without_secrets(uri);
            assert!(
                said.ends_with("host/x") && !said.contains("cret") && !said.contains("se"),
                "{uri}: {said}"
            );
        }
        assert_eq!(environment::without_secrets("git@example.com:a/b.git"), "example.com:a/b.git");
    }

    #[test]
    fn code_beats_the_environment() {
        let choices = Choices {
            tracking_uri: Some("sqlite:///code.db".into()),
            experiment_name: Some("code".into()),
            sampling_ratio: Some(0.5),
            max_spans: Some(7),
            ..Choices::default()
        };
        let (settings, _) = resolve(
            &choices,
            &[
                ("MLFLOW_TRACKING_URI", "sqlite:///env.db"),
                ("MLFLOW_EXPERIMENT_ID", "3"),
                ("MLFLOW_TRACE_SAMPLING_RATIO", "0.1"),
                ("MLFLOW_TRACE_MAX_SPANS", "9"),
            ],
        );
        assert_eq!(settings.destination.file, PathBuf::from("/work/code.db"));
        assert_eq!(settings.experiment, Experiment::Name("code".into()));
        assert_eq!((settings.sampling_ratio, settings.max_spans), (0.5, 7));
    }

    #[test]
    fn the_name_wins_over_the_id_in_the_environment_and_it_is_said() {
        let (settings, _) =
            resolve(&Choices::default(), &[("MLFLOW_EXPERIMENT_NAME", "n"), ("MLFLOW_EXPERIMENT_ID", "1")]);
        assert_eq!(settings.experiment, Experiment::Name("n".into()));
        assert!(settings.remarks[0].contains("MLFLOW_EXPERIMENT_ID"));
    }

    #[test]
    fn name_and_id_in_code_are_an_error() {
        let choices = Choices {
            experiment_name: Some("n".into()),
            experiment_id: Some("1".into()),
            ..Choices::default()
        };
        assert_eq!(resolve(&choices, &[]).1.in_code.len(), 1);
    }

    #[test]
    fn either_variable_switches_off() {
        for variables in [("MLFLOW_TRACING_ENABLED", "False"), ("OTEL_SDK_DISABLED", "true")] {
            assert!(resolve(&Choices::default(), &[variables]).0.off_by_environment, "{variables:?}");
        }
    }

    #[test]
    fn a_misspelt_capture_keeps_everything_out() {
        let (settings, problems) = resolve(&Choices::default(), &[("MLFLOW_TRACE_CAPTURE", "noen")]);
        assert_eq!((settings.capture, problems.in_environment.len()), (Capture::None, 1));
    }

    #[test]
    fn a_bound_of_nothing_and_an_experiment_without_a_name_are_errors_in_code() {
        for choices in [
            Choices { max_spans: Some(0), ..Choices::default() },
            Choices { max_value_bytes: Some(0), ..Choices::default() },
            Choices { experiment_name: Some(String::new()), ..Choices::default() },
        ] {
            assert_eq!(resolve(&choices, &[]).1.in_code.len(), 1, "{choices:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_named_with_what_is_accepted() {
        let (settings, problems) = resolve(
            &Choices::default(),
            &[
                ("MLFLOW_TRACING_ENABLED", "perhaps"),
                ("MLFLOW_TRACE_SAMPLING_RATIO", "2"),
                ("MLFLOW_TRACE_CAPTURE", "some"),
                ("MLFLOW_TRACE_MAX_SPANS", "-1"),
            ],
        );
        assert!(!settings.off_by_environment && settings.sampling_ratio == 1.0);
        let said = problems.in_environment.join("\n");
        for words in
            ["MLFLOW_TRACING_ENABLED is `perhaps`", "0.0 to 1.0", "all and none", "MLFLOW_TRACE_MAX_SPANS"]
        {
            assert!(said.contains(words), "{said}");
        }
    }
}
