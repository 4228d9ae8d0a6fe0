//! Network destinations out of the environment and of the code.

use std::path::Path;

use super::*;
use crate::config::{Choices, Further, Settings};

fn resolve(choices: &Choices, variables: &[(&str, &str)]) -> (Settings, crate::config::Problems) {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Settings::resolve(choices, variable, Path::new("/work"))
}

/// The kinds of the destinations and where they are.
fn places(settings: &Settings) -> Vec<String> {
    let place = |destination: &Destination| match destination {
        Destination::Local { file, .. } => format!("local {}", file.display()),
        Destination::Server(server) => format!("server {}", server.connection.base),
        Destination::Otlp(otlp) => format!("otlp {}{}", otlp.connection.base, otlp.path.reveal()),
    };
    settings.destinations.iter().map(place).collect()
}

const OTLP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
const SERVER: (&str, &str) = ("MLFLOW_TRACKING_URI", "http://mlflow:5000/");

#[test]
fn a_tracking_uri_over_http_is_a_server() {
    let (settings, problems) = resolve(&Choices::default(), &[SERVER, ("MLFLOW_RUN_ID", "r1")]);
    assert_eq!(places(&settings), ["server http://mlflow:5000"]);
    assert!(settings.shows_running_traces() && problems.in_environment.is_empty());
    let Destination::Server(server) = &settings.destinations[0] else { panic!("it is a server") };
    assert_eq!(server.run_id.as_deref(), Some("r1"));
}

#[test]
fn an_otlp_endpoint_takes_the_place_of_the_tracking_uri_as_in_python() {
    let (settings, _) = resolve(&Choices::default(), &[SERVER, OTLP]);
    assert_eq!(places(&settings), ["otlp http://collector:4318/v1/traces"]);
    let dual = ("MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT", "true");
    let (settings, _) = resolve(&Choices::default(), &[SERVER, OTLP, dual]);
    assert_eq!(places(&settings), ["server http://mlflow:5000", "otlp http://collector:4318/v1/traces"]);
    let off = ("MLFLOW_ENABLE_OTLP_EXPORTER", "false");
    let (settings, _) = resolve(&Choices::default(), &[SERVER, OTLP, off]);
    assert_eq!(places(&settings), ["server http://mlflow:5000"]);
}

#[test]
fn what_was_chosen_in_code_beats_the_otlp_endpoint_of_the_environment() {
    let choices = Choices { tracking_uri: Some("sqlite:///a.db".into()), ..Choices::default() };
    assert_eq!(places(&resolve(&choices, &[OTLP]).0), ["local /work/a.db"]);
    let destination = ("MLFLOW_TRACING_DESTINATION", "7");
    let (settings, _) = resolve(&Choices::default(), &[SERVER, OTLP, destination]);
    assert_eq!(places(&settings), ["server http://mlflow:5000"]);
    assert_eq!(settings.experiment, Experiment::Id("7".into()));
}

#[test]
fn tables_of_unity_catalog_are_said_and_beat_nothing() {
    let tables = ("MLFLOW_TRACING_DESTINATION", "main.traces");
    let (settings, problems) =
        resolve(&Choices::default(), &[SERVER, OTLP, tables, ("MLFLOW_EXPERIMENT_NAME", "bot")]);
    assert_eq!(places(&settings), ["otlp http://collector:4318/v1/traces"]);
    assert_eq!(settings.experiment, Experiment::Name("bot".into()));
    assert!(problems.in_environment[0].contains("main.traces"), "{problems:?}");
}

#[test]
fn further_destinations_come_after_the_first_and_have_their_own_settings() {
    let otlp = OtlpChoice {
        url: "https://cloud.langfuse.com/api/public/otel".into(),
        protocol: Some(OtlpProtocol::HttpJson),
        profile: Some(OtlpProfile::Both),
        gzip: Some(false),
        max_attribute_bytes: Some(100),
        ..OtlpChoice::default()
    };
    let server = ServerChoice {
        uri: "https://team".into(),
        experiment_name: Some("e".into()),
        ..ServerChoice::default()
    };
    let further = vec![Further::Otlp(otlp), Further::Server(server), Further::Uri("sqlite:///b.db".into())];
    let (settings, problems) = resolve(&Choices { further, ..Choices::default() }, &[]);
    assert!(problems.in_code.is_empty(), "{problems:?}");
    assert_eq!(
        places(&settings),
        [
            "local /work/mlflow.db",
            "otlp https://cloud.langfuse.com/api/public/otel/v1/traces",
            "server https://team",
            "local /work/b.db"
        ]
    );
    let Destination::Otlp(otlp) = &settings.destinations[1] else { panic!("it is OTLP") };
    assert_eq!((otlp.protocol, otlp.profile, otlp.gzip), (OtlpProtocol::HttpJson, OtlpProfile::Both, false));
    assert_eq!((otlp.max_attribute_bytes, otlp.max_request_bytes), (Some(100), MAX_REQUEST_BYTES));
    let Destination::Server(server) = &settings.destinations[2] else { panic!("it is a server") };
    assert_eq!(server.experiment, Experiment::Name("e".into()));
}

#[test]
fn destinations_in_code_that_can_t_be_used_are_errors_that_name_them() {
    let of = |further| resolve(&Choices { further: vec![further], ..Choices::default() }, &[]).1.in_code;
    let otlp = |url: &str| Further::Otlp(OtlpChoice { url: url.into(), ..OtlpChoice::default() });
    for (further, words) in [
        (otlp("ftp://x"), "Otlp in code"),
        (otlp(""), "Otlp in code"),
        (Further::Uri("postgresql://me:secret@x/y".into()), "also(..) in code"),
        (Further::Server(ServerChoice { uri: "mlflow".into(), ..ServerChoice::default() }), "TrackingServer"),
        (
            Further::Server(ServerChoice {
                uri: "http://x".into(),
                experiment_name: Some("a".into()),
                experiment_id: Some("1".into()),
                ..ServerChoice::default()
            }),
            "experiment_id",
        ),
    ] {
        let said = of(further.clone()).join(" ");
        assert!(said.contains(words) && !said.contains("secret"), "{further:?}: {said}");
    }
}

#[test]
fn a_protocol_or_compression_that_is_not_known_is_said_with_what_is_accepted() {
    let variables =
        [OTLP, ("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip")];
    let (settings, problems) = resolve(&Choices::default(), &variables);
    assert_eq!(settings.destinations.len(), 1);
    let said = problems.in_environment.join(" ");
    assert!(said.contains("http/json") && said.contains("gzip and none"), "{said}");
}

#[test]
fn the_settings_of_traces_beat_the_general_ones() {
    let variables = [
        OTLP,
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
        ("MLFLOW_ENABLE_OTEL_GENAI_SEMCONV", "true"),
    ];
    let (settings, _) = resolve(&Choices::default(), &variables);
    let Destination::Otlp(otlp) = &settings.destinations[0] else { panic!("it is OTLP") };
    let found = (otlp.protocol, otlp.gzip, otlp.profile);
    assert_eq!(found, (OtlpProtocol::HttpJson, false, OtlpProfile::GenAi));
}

#[test]
fn the_disk_queue_is_on_unless_it_is_switched_off() {
    let folder = |choices: &Choices, variables: &[(&str, &str)]| resolve(choices, variables).0.spool.folder;
    let here = [("MLFLOW_TRACE_SPOOL_DIRECTORY", "spool")];
    assert_eq!(folder(&Choices::default(), &here), Some("/work/spool".into()));
    assert_eq!(folder(&Choices { spool: Some(false), ..Choices::default() }, &here), None);
    let off = [("MLFLOW_TRACE_SPOOL_DIRECTORY", "off")];
    assert_eq!(folder(&Choices::default(), &off), None);
    let on = Choices { spool: Some(true), ..Choices::default() };
    assert_eq!(resolve(&on, &off).1.in_code.len(), 1, "code and environment contradict each other");
}

/// Where metrics go: address and path.
fn metrics(variables: &[(&str, &str)]) -> Option<String> {
    let (settings, problems) = resolve(&Choices::default(), variables);
    assert!(problems.in_environment.is_empty(), "{problems:?}");
    settings.metrics.map(|metrics| format!("{}{}", metrics.connection.base, metrics.path.reveal()))
}

#[test]
fn metrics_go_to_their_own_endpoint_or_the_one_for_all_and_can_be_switched_off() {
    assert_eq!(metrics(&[]), None);
    assert_eq!(metrics(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/x")]), None);
    assert_eq!(metrics(&[OTLP]).as_deref(), Some("http://collector:4318/v1/metrics"));
    let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m.example/in");
    assert_eq!(metrics(&[OTLP, own]).as_deref(), Some("https://m.example/in"));
    let python_leaves_them_on = ("MLFLOW_ENABLE_OTLP_EXPORTER", "false");
    assert_eq!(metrics(&[own, python_leaves_them_on]).as_deref(), Some("https://m.example/in"));
    assert_eq!(metrics(&[OTLP, own, ("OTEL_METRICS_EXPORTER", "none")]), None);
}

#[test]
fn metrics_have_variables_of_their_own_before_those_for_all() {
    let variables = [
        OTLP,
        ("OTEL_EXPORTER_OTLP_HEADERS", "k=all"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "k=own"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "700"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
    ];
    let (settings, _) = resolve(&Choices::default(), &variables);
    let metrics = settings.metrics.unwrap();
    assert_eq!(metrics.connection.headers, [("k".to_owned(), Secret::new("own"))]);
    assert_eq!((metrics.protocol, metrics.gzip), (OtlpProtocol::HttpJson, false));
    assert_eq!(metrics.connection.timeout, Duration::from_millis(700));
    assert_eq!(metrics.interval, Duration::from_millis(1500));
    let Destination::Otlp(traces) = &settings.destinations[0] else { panic!("it is a receiver") };
    assert_eq!((traces.protocol, traces.gzip), (OtlpProtocol::HttpProtobuf, true));
}

#[test]
fn what_is_wrong_for_traces_and_metrics_is_said_once() {
    let wrong = ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon");
    let (_, problems) = resolve(&Choices::default(), &[OTLP, wrong]);
    assert_eq!(problems.in_environment.len(), 1, "{problems:?}");
}

#[cfg(feature = "grpc")]
#[test]
fn requests_of_grpc_go_to_its_methods_whatever_the_path() {
    let (settings, problems) = resolve(&Choices::default(), &[OTLP, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    assert_eq!(
        places(&settings),
        ["otlp http://collector:4318/opentelemetry.proto.collector.trace.v1.TraceService/Export"]
    );
    let path = settings.metrics.unwrap().path;
    assert_eq!(path.reveal(), "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
    assert!(problems.in_environment.is_empty());
}
