//! Settings from code and environment.

use super::*;
use crate::config::environment;

fn resolve(choices: &Choices, variables: &[(&str, &str)]) -> (Settings, Problems) {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Settings::resolve(choices, variable, Path::new("/work"))
}

fn file_of(settings: &Settings) -> PathBuf {
    match &settings.destinations[..] {
        [Destination::Local { file, .. }] => file.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_said_means_the_local_file_of_mlflow() {
    let (settings, problems) = resolve(&Choices::default(), &[]);
    assert_eq!(
        settings.destinations,
        [Destination::Local { file: "/work/mlflow.db".into(), is_default: true }]
    );
    assert_eq!(settings.experiment, Experiment::Default);
    assert!(settings.enabled && !settings.off_by_environment && settings.remarks.is_empty());
    assert!(problems.in_code.is_empty() && problems.in_environment.is_empty());
}

#[test]
fn sqlite_uris_are_read_as_sqlalchemy_reads_them() {
    let file = |uri| file_of(&resolve(&Choices::default(), &[("MLFLOW_TRACKING_URI", uri)]).0);
    assert_eq!(file("sqlite:///a/b.db"), PathBuf::from("/work/a/b.db"));
    assert_eq!(file("sqlite:////tmp/b.db"), PathBuf::from("/tmp/b.db"));
    assert_eq!(file("sqlite:////tmp/b.db?timeout=5"), PathBuf::from("/tmp/b.db"));
}

#[test]
fn an_address_that_is_not_served_is_said_without_its_secrets() {
    let (settings, _) = resolve(
        &Choices::default(),
        &[("MLFLOW_TRACKING_URI", "postgresql://me:secret@db.example.com/base?token=secret")],
    );
    assert_eq!(file_of(&settings), PathBuf::from("/work/mlflow.db"));
    assert_eq!(settings.remarks.len(), 1);
    assert!(settings.remarks[0].contains("postgresql://db.example.com/base"), "{}", settings.remarks[0]);
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
        assert!(said.ends_with("host/x") && !said.contains("cret") && !said.contains("se"), "{uri}: {said}");
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
    assert_eq!(file_of(&settings), PathBuf::from("/work/code.db"));
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
    let choices =
        Choices { experiment_name: Some("n".into()), experiment_id: Some("1".into()), ..Choices::default() };
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

#[test]
fn a_journal_that_is_not_redacted_has_to_be_accepted_by_name() {
    let choices = Choices { redactors: vec![Redactor::keys(["password"])], ..Choices::default() };
    let problems = |choices: &Choices| resolve(choices, &[("MLFLOW_TRACE_DURABLE", "true")]).1.in_code;
    let said = problems(&choices).join("\n");
    assert!(said.contains("redact()") && said.contains("MLFLOW_TRACE_DURABLE"), "{said}");
    assert!(said.contains("durable_unredacted(true)"), "{said}");
    assert!(problems(&Choices { durable_unredacted: true, ..choices }).is_empty());
    assert!(problems(&Choices::default()).is_empty());
}

#[test]
fn what_becomes_of_attachments_is_read_as_mlflow_reads_it() {
    let of = |choices: &Choices, variables: &[(&str, &str)]| resolve(choices, variables).0.attachments;
    let default = of(&Choices::default(), &[]);
    assert_eq!((default.extracts, default.max_bytes), (true, 20 << 20));
    let (extract, size) = ("MLFLOW_TRACE_EXTRACT_ATTACHMENTS", "MLFLOW_TRACE_MAX_ATTACHMENT_SIZE");
    let said = of(&Choices::default(), &[(extract, "false"), (size, "7")]);
    assert_eq!((said.extracts, said.max_bytes), (false, 7));
    assert_eq!(of(&Choices::default(), &[(size, "0")]).max_bytes, u32::MAX as usize);
    let choices =
        Choices { extract_attachments: Some(true), max_attachment_bytes: Some(9), ..Choices::default() };
    let chosen = of(&choices, &[(extract, "false"), (size, "7")]);
    assert_eq!((chosen.extracts, chosen.max_bytes), (true, 9));
    let (settings, problems) = resolve(&Choices::default(), &[(size, "much")]);
    assert_eq!(settings.attachments.max_bytes, 20 << 20);
    assert!(problems.in_environment[0].contains(size), "{problems:?}");
    let nothing = Choices { max_attachment_bytes: Some(0), ..Choices::default() };
    assert_eq!(resolve(&nothing, &[]).1.in_code.len(), 1);
}
