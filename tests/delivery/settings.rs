//! Settings that can't be used: one error from `init()`, one warning from the automatic set-up, each with the setting, the
//! place where it stands and what is accepted; the program goes on.

use std::fs;

use crate::support::{Folder, Process, Ran, rust_program, stored_traces};

struct Case {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    /// What the sentence must have: the setting that has to be changed, and what is accepted.
    words: &'static [&'static str],
}

const fn case(
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
    words: &'static [&'static str],
) -> Case {
    Case { name, variables, words }
}

const SERVER: (&str, &str) = ("MLFLOW_TRACKING_URI", "http://127.0.0.1:9");
const OTLP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");

const CASES: &[Case] = &[
    case(
        "unknown-scheme",
        &[("MLFLOW_TRACKING_URI", "htp://host")],
        &["MLFLOW_TRACKING_URI", "`htp://host`", "http://host"],
    ),
    case(
        "bad-url",
        &[("MLFLOW_TRACKING_URI", "http://host:port/")],
        &["MLFLOW_TRACKING_URI", "http://host:port"],
    ),
    case("no-host", &[("MLFLOW_TRACKING_URI", "https://")], &["MLFLOW_TRACKING_URI", "https://host"]),
    case("uri-query", &[("MLFLOW_TRACKING_URI", "http://host/?a=b")], &["MLFLOW_TRACKING_URI", "query"]),
    case(
        "otlp-scheme",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")],
        &["OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:port"],
    ),
    case(
        "otlp-traces-scheme",
        &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "tcp://host")],
        &["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:port"],
    ),
    case(
        "otlp-protocol",
        &[OTLP, ("OTEL_EXPORTER_OTLP_PROTOCOL", "thrift")],
        &["OTEL_EXPORTER_OTLP_PROTOCOL", "`thrift`", "http/protobuf"],
    ),
    case(
        "otlp-compression",
        &[OTLP, ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip")],
        &["OTEL_EXPORTER_OTLP_COMPRESSION", "`zip`", "gzip and none"],
    ),
    case(
        "otlp-timeout",
        &[OTLP, ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")],
        &["OTEL_EXPORTER_OTLP_TIMEOUT", "`soon`", "milliseconds"],
    ),
    case(
        "header-newline",
        &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%0Ab")],
        &["OTEL_EXPORTER_OTLP_HEADERS", "`x-key`", "line break"],
    ),
    case(
        "header-name",
        &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "x key=a")],
        &["OTEL_EXPORTER_OTLP_HEADERS", "`x key`", "letters"],
    ),
    case(
        "header-form",
        &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "a=b,c")],
        &["OTEL_EXPORTER_OTLP_HEADERS", "entry 2", "key=value"],
    ),
    case(
        "timeout",
        &[SERVER, ("MLFLOW_HTTP_REQUEST_TIMEOUT", "0")],
        &["MLFLOW_HTTP_REQUEST_TIMEOUT", "`0`", "seconds"],
    ),
    case(
        "contradicting-tls",
        &[SERVER, ("MLFLOW_TRACKING_INSECURE_TLS", "true"), ("MLFLOW_TRACKING_SERVER_CERT_PATH", "ca.pem")],
        &["MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_TRACKING_SERVER_CERT_PATH", "one of them"],
    ),
    case(
        "insecure-tls",
        &[SERVER, ("MLFLOW_TRACKING_INSECURE_TLS", "maybe")],
        &["MLFLOW_TRACKING_INSECURE_TLS", "`maybe`", "true, false"],
    ),
    case(
        "plug-in",
        &[SERVER, ("MLFLOW_TRACKING_AUTH", "kubernetes")],
        &["MLFLOW_TRACKING_AUTH", "`kubernetes`", "MLFLOW_TRACKING_TOKEN"],
    ),
    case(
        "databricks-host",
        &[("MLFLOW_TRACKING_URI", "databricks")],
        &["MLFLOW_TRACKING_URI", "DATABRICKS_HOST"],
    ),
    case(
        "databricks-credentials",
        &[("MLFLOW_TRACKING_URI", "databricks"), ("DATABRICKS_HOST", "https://host")],
        &["MLFLOW_TRACKING_URI", "DATABRICKS_TOKEN"],
    ),
    case(
        "databricks-profile",
        &[("MLFLOW_TRACKING_URI", "databricks://work")],
        &["`work`", "DATABRICKS_CONFIG_FILE"],
    ),
    case(
        "spool-bound",
        &[("MLFLOW_TRACE_SPOOL_MAX_BYTES", "much")],
        &["MLFLOW_TRACE_SPOOL_MAX_BYTES", "`much`", "whole number"],
    ),
    case(
        "resource",
        &[OTLP, ("OTEL_RESOURCE_ATTRIBUTES", "team")],
        &["OTEL_RESOURCE_ATTRIBUTES", "`team`", "key=value"],
    ),
    case(
        "missing-ca",
        &[SERVER, ("MLFLOW_TRACKING_SERVER_CERT_PATH", "missing.pem")],
        &["MLFLOW_TRACKING_SERVER_CERT_PATH", "missing.pem"],
    ),
    case(
        "unusable-ca",
        &[SERVER, ("MLFLOW_TRACKING_SERVER_CERT_PATH", "nonsense.pem")],
        &["MLFLOW_TRACKING_SERVER_CERT_PATH", "nonsense.pem", "certificate"],
    ),
    case(
        "otlp-missing-ca",
        &[OTLP, ("OTEL_EXPORTER_OTLP_CERTIFICATE", "missing.pem")],
        &["OTEL_EXPORTER_OTLP_CERTIFICATE", "missing.pem"],
    ),
    case(
        "otlp-key-alone",
        &[OTLP, ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "nonsense.pem")],
        &["OTEL_EXPORTER_OTLP_CLIENT_KEY", "certificate"],
    ),
    case(
        "proxy",
        &[("MLFLOW_TRACKING_URI", "http://mlflow.invalid"), ("HTTP_PROXY", "ftp://proxy")],
        &["HTTP_PROXY", "http://host:port"],
    ),
];

fn shows(case: &Case, how: &str) -> (Ran, Folder) {
    let folder = Folder::new(&format!("delivery-settings-{}-{how}", case.name));
    fs::write(folder.file("nonsense.pem"), "this is my diary\n").unwrap();
    fs::create_dir(folder.file("home")).unwrap();
    let program: Process = rust_program("shows").arg("environment").arg(how).within(folder.path());
    let program = program.env("HOME", folder.file("home")).env("MLFLOW_TRACE_SPOOL_DIRECTORY", "spool");
    let program = program.env("OTEL_METRICS_EXPORTER", "none");
    let program = case.variables.iter().fold(program, |program, (name, value)| program.env(name, value));
    (program.run(), folder)
}

#[track_caller]
fn assert_says(case: &Case, sentence: &str, ran: &Ran) {
    let missing: Vec<_> = case.words.iter().filter(|word| !sentence.contains(**word)).collect();
    assert!(missing.is_empty(), "{}: {missing:?} is not in: {sentence}\n{ran}", case.name);
    let accepted =
        ["accepted", "name ", "check ", "set ", "unset "].iter().any(|word| sentence.contains(word));
    assert!(accepted, "{}: what to do is not in: {sentence}\n{ran}", case.name);
}

#[test]
fn init_gives_one_error_for_each_setting_that_can_t_be_used() {
    for case in CASES {
        let (ran, folder) = shows(case, "start");
        assert!(ran.code == Some(0) && ran.stdout.contains("result: 6"), "{}: {ran}", case.name);
        let errors: Vec<&str> = ran.stdout.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        assert!(errors.len() == 1, "{}: one error was expected\n{ran}", case.name);
        assert_says(case, errors[0], &ran);
        assert!(ran.stderr.is_empty(), "{}: the error says it all\n{ran}", case.name);
        // What was chosen may be there to keep something out.
        assert_eq!(folder.names(), ["home", "nonsense.pem"], "{}: nothing is traced\n{ran}", case.name);
    }
}

#[test]
fn the_automatic_set_up_warns_once_of_each_setting_that_can_t_be_used_and_goes_on() {
    for case in CASES {
        let (ran, folder) = shows(case, "by-itself");
        assert!(ran.code == Some(0) && ran.stdout.contains("result: 6"), "{}: {ran}", case.name);
        let said: Vec<&str> = ran.stderr.lines().collect();
        let about: Vec<&&str> =
            said.iter().filter(|line| case.words.iter().all(|word| line.contains(word))).collect();
        assert!(about.len() == 1, "{}: one warning with {:?} was expected\n{ran}", case.name, case.words);
        assert_says(case, about[0], &ran);
        // Where the destination itself is in doubt nothing else is wrong; else the one of port 9 does not answer.
        assert!(said.len() <= 2, "{}: more words\n{ran}", case.name);
        let kept = stored_traces(&folder.file("mlflow.db")).len();
        let waits = folder.file("spool").exists();
        assert!(
            kept == 3 || waits,
            "{}: the traces are neither in the file nor in the queue\n{ran}",
            case.name
        );
    }
}

#[test]
fn name_and_id_of_an_experiment_together_are_said_and_the_name_is_used() {
    let both = case(
        "name-and-id",
        &[("MLFLOW_EXPERIMENT_NAME", "bots"), ("MLFLOW_EXPERIMENT_ID", "7")],
        &["MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "is used"],
    );
    for how in ["start", "by-itself"] {
        let (ran, folder) = shows(&both, how);
        let sentence = ran.one_sentence();
        assert!(both.words.iter().all(|word| sentence.contains(word)), "{ran}");
        assert_eq!(stored_traces(&folder.file("mlflow.db")).len(), 3, "{ran}");
    }
}
