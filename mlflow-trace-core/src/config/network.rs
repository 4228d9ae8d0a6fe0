//! Network destinations out of the environment and of the code: tracking servers and OTLP receivers.

use std::time::Duration;

use super::otlp::{OtlpEndpoint, OtlpSignal};
use super::reading::{Origin, Reading};
use super::resource::resource;
use super::{
    Connection, Destination, Experiment, MetricsDestination, OtlpChoice, OtlpDestination, OtlpProfile,
    OtlpProtocol, Secret, ServerChoice, ServerDestination, variables as var,
};
use crate::policy::Redactor;

/// Bytes of one request that every known backend takes.
const MAX_REQUEST_BYTES: usize = 1_000_000;

/// From one report of metrics to the next, in milliseconds (OpenTelemetry specification, "Periodic exporting
/// MetricReader").
const METRIC_INTERVAL: usize = 60_000;

/// The tracking server that a choice stands for; `source` is the setting that gave its address.
pub(super) fn server(
    choice: &ServerChoice,
    source: &str,
    experiment: &Experiment,
    reading: &mut Reading<'_>,
) -> Result<Destination, String> {
    let mut connection = Connection::to_mlflow_server(&choice.uri, source, &reading.sources())?;
    if let Some(credentials) = &choice.credentials {
        connection.credentials = credentials.clone();
        source.clone_into(&mut connection.credentials_from);
    }
    connection.headers.extend(choice.headers.iter().cloned());
    connection.timeout = choice.timeout.unwrap_or(connection.timeout);
    let experiment = match (&choice.experiment_name, &choice.experiment_id) {
        (Some(_), Some(_)) => {
            return Err(format!("{source} has both an experiment and an experiment_id; set one of them."));
        }
        (Some(name), None) => Experiment::Name(name.clone()),
        (None, Some(id)) => Experiment::Id(id.clone()),
        (None, None) => experiment.clone(),
    };
    Ok(Destination::Server(Box::new(ServerDestination {
        connection,
        is_databricks: choice.uri.to_ascii_lowercase().starts_with("databricks"),
        experiment,
        run_id: reading.variable(var::RUN_ID),
        redactor: redactor(choice.redactor.as_ref(), reading),
        resource: resource(reading, false),
    })))
}

/// The OTLP receiver of the environment, if there is one and it is not switched off.
pub(super) fn otlp_of_environment(reading: &mut Reading<'_>) -> Option<Destination> {
    if reading.flag(var::ENABLE_OTLP) == Some(false) {
        return None;
    }
    match Connection::to_otlp(OtlpSignal::Traces, &reading.sources()) {
        Ok(None) => None,
        Ok(Some(endpoint)) => {
            reading.note(var::OTLP_ENDPOINT, endpoint.connection.base.clone(), Origin::Environment);
            Some(otlp(endpoint, &OtlpChoice::default(), reading))
        }
        Err(problem) => {
            reading.problem(false, problem);
            None
        }
    }
}

/// The OTLP receiver that a choice in code stands for.
pub(super) fn otlp_in_code(choice: &OtlpChoice, reading: &mut Reading<'_>) -> Result<Destination, String> {
    let url = choice.url.trim().trim_end_matches('/');
    let is_complete = choice.is_exact || url.ends_with("/v1/traces") || url.contains('?');
    let url = if is_complete { choice.url.to_string() } else { format!("{url}/v1/traces") };
    let headers: Vec<_> =
        choice.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect();
    let endpoint = Connection::to_otlp_in_code(&url, &headers, "Otlp in code", &reading.sources())?;
    Ok(otlp(endpoint, choice, reading))
}

fn otlp(endpoint: OtlpEndpoint, choice: &OtlpChoice, reading: &mut Reading<'_>) -> Destination {
    let protocol = choice.protocol.unwrap_or_else(|| protocol(OtlpSignal::Traces, reading));
    let (mut connection, path) = spoken(endpoint, OtlpSignal::Traces, protocol, reading);
    connection.timeout = choice.timeout.unwrap_or(connection.timeout);
    let is_genai = reading.flag(var::GENAI_SEMCONV) == Some(true);
    let profile = if is_genai { OtlpProfile::GenAi } else { OtlpProfile::Mlflow };
    Destination::Otlp(Box::new(OtlpDestination {
        connection,
        path,
        protocol,
        profile: choice.profile.unwrap_or(profile),
        gzip: choice.gzip.unwrap_or_else(|| gzip(OtlpSignal::Traces, reading)),
        max_request_bytes: choice.max_request_bytes.unwrap_or(MAX_REQUEST_BYTES).max(1),
        max_attribute_bytes: choice.max_attribute_bytes,
        redactor: redactor(choice.redactor.as_ref(), reading),
        resource: resource(reading, true),
    }))
}

/// The redactor, and what is wrong with it.
fn redactor(chosen: Option<&Redactor>, reading: &mut Reading<'_>) -> Option<Redactor> {
    let chosen = chosen?;
    chosen.problems().iter().for_each(|problem| reading.problem(true, problem.clone()));
    Some(chosen.clone())
}

/// Where the durations of spans are reported to. As in Python `MLFLOW_ENABLE_OTLP_EXPORTER` says nothing about it, and the
/// base endpoint, set for traces, brings it along; `OTEL_METRICS_EXPORTER=none` is how one is had without the other.
pub(super) fn metrics_of_environment(reading: &mut Reading<'_>) -> Option<Box<MetricsDestination>> {
    const SIGNAL: OtlpSignal = OtlpSignal::Metrics;
    if reading.variable(var::METRICS_EXPORTER).is_some_and(|text| text.eq_ignore_ascii_case("none")) {
        return None;
    }
    let endpoint = match Connection::to_otlp(SIGNAL, &reading.sources()) {
        Ok(endpoint) => endpoint?,
        Err(problem) => {
            reading.problem(false, problem);
            return None;
        }
    };
    reading.note(var::OTLP_METRICS_ENDPOINT, endpoint.connection.base.clone(), Origin::Environment);
    let protocol = protocol(SIGNAL, reading);
    let (connection, path) = spoken(endpoint, SIGNAL, protocol, reading);
    let interval = reading.count(var::METRIC_EXPORT_INTERVAL).unwrap_or(METRIC_INTERVAL);
    Some(Box::new(MetricsDestination {
        connection,
        path,
        protocol,
        gzip: gzip(SIGNAL, reading),
        resource: resource(reading, true),
        interval: Duration::from_millis(interval as u64),
    }))
}

/// The connection and path of an endpoint for this protocol: requests of gRPC go to its method, whatever the path.
fn spoken(
    endpoint: OtlpEndpoint,
    signal: OtlpSignal,
    protocol: OtlpProtocol,
    reading: &mut Reading<'_>,
) -> (Connection, Secret) {
    #[cfg(feature = "grpc")]
    if protocol == OtlpProtocol::Grpc {
        return (endpoint.connection, Secret::new(signal.grpc_path()));
    }
    let _ = (signal, protocol);
    endpoint.remarks.into_iter().for_each(|remark| reading.remark(remark));
    (endpoint.connection, endpoint.path)
}

/// The signal's own variable beats the general one.
fn protocol(signal: OtlpSignal, reading: &mut Reading<'_>) -> OtlpProtocol {
    let read = |name: &str, text: &str| match text.to_ascii_lowercase().as_str() {
        "http/protobuf" => Ok(OtlpProtocol::HttpProtobuf),
        "http/json" => Ok(OtlpProtocol::HttpJson),
        #[cfg(feature = "grpc")]
        "grpc" => Ok(OtlpProtocol::Grpc),
        #[cfg(not(feature = "grpc"))]
        "grpc" => Err(format!(
            "{name} is `grpc`, which this build does not speak; enable the feature `grpc` of mlflow-trace, or set it \
             to http/protobuf; http/protobuf is used."
        )),
        _ => Err(format!(
            "{name} is `{text}`; accepted are http/protobuf, http/json and grpc; http/protobuf is used."
        )),
    };
    let own = match signal {
        OtlpSignal::Traces => var::OTLP_TRACES_PROTOCOL,
        OtlpSignal::Metrics => var::OTLP_METRICS_PROTOCOL,
    };
    reading.read(own, read).or_else(|| reading.read(var::OTLP_PROTOCOL, read)).unwrap_or_default()
}

fn gzip(signal: OtlpSignal, reading: &mut Reading<'_>) -> bool {
    let read = |name: &str, text: &str| match text.to_ascii_lowercase().as_str() {
        "gzip" => Ok(true),
        "none" => Ok(false),
        _ => Err(format!("{name} is `{text}`; accepted are gzip and none; gzip is used.")),
    };
    let own = match signal {
        OtlpSignal::Traces => var::OTLP_TRACES_COMPRESSION,
        OtlpSignal::Metrics => var::OTLP_METRICS_COMPRESSION,
    };
    reading.read(own, read).or_else(|| reading.read(var::OTLP_COMPRESSION, read)).unwrap_or(true)
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
