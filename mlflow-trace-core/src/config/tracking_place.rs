//! Where traces are read back from: a tracking URI and the experiment that is meant when none is named.

use std::path::Path;

use super::reading::Reading;
use super::{Destination, Experiment, destinations, settings};

/// The place of this tracking URI; without one, that of the environment, and where that names none, MLflow's own file.
///
/// # Errors
/// A sentence when there is nothing at that address that traces can be read from, or a setting of it can't be used.
pub(crate) fn tracking_place(
    uri: Option<&str>,
    variable: &dyn Fn(&str) -> Option<String>,
    working_directory: &Path,
) -> Result<(Destination, Experiment), String> {
    let mut reading = Reading::new(variable, working_directory);
    let experiment = settings::experiment(&Default::default(), &mut reading);
    let destination = destinations::to_read_from(uri, &experiment, &mut reading)?;
    Ok((destination, experiment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(uri: Option<&str>, variables: &[(&str, &str)]) -> Result<(Destination, Experiment), String> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        tracking_place(uri, &find, Path::new("/work"))
    }

    fn file(path: &str, is_default: bool) -> Destination {
        Destination::Local { file: path.into(), is_default }
    }

    #[test]
    fn the_address_in_code_comes_before_the_environments_and_that_before_the_default() {
        let variables = [("MLFLOW_TRACKING_URI", "sqlite:///env.db"), ("MLFLOW_EXPERIMENT_NAME", "bots")];
        let bots = Experiment::Name("bots".to_owned());
        assert_eq!(
            place(Some("sqlite:////code.db"), &variables),
            Ok((file("/code.db", false), bots.clone()))
        );
        assert_eq!(place(None, &variables), Ok((file("/work/env.db", false), bots)));
        assert_eq!(place(None, &[]), Ok((file("/work/mlflow.db", true), Experiment::Default)));
    }

    #[test]
    fn a_receiver_of_otlp_in_the_environment_does_not_hide_the_place_to_read() {
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")];
        assert_eq!(place(None, &variables).unwrap().0, file("/work/mlflow.db", true));
    }

    #[test]
    fn an_address_that_nothing_is_read_from_is_an_error() {
        let error = place(None, &[("MLFLOW_TRACKING_URI", "postgresql://u:secret@h/db")]).unwrap_err();
        assert!(error.contains("MLFLOW_TRACKING_URI") && error.contains("sqlite:///"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_server_is_reached_as_it_is_for_writing() {
        let variables =
            [("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000/"), ("MLFLOW_TRACKING_TOKEN", "a token")];
        let Ok((Destination::Server(server), _)) = place(None, &variables) else { panic!("no server") };
        assert_eq!(server.connection.base, "http://127.0.0.1:5000");
        assert!(matches!(server.connection.credentials, crate::config::Credentials::Bearer(_)));
    }
}
