//! The environment variables that are honoured, and how their texts are read.

/// Where traces go: `sqlite:///relative.db`, `sqlite:////absolute.db`.
pub(super) const TRACKING_URI: &str = "MLFLOW_TRACKING_URI";
/// The experiment by name; created when it is missing.
pub(super) const EXPERIMENT_NAME: &str = "MLFLOW_EXPERIMENT_NAME";
/// The experiment by id; it must exist.
pub(super) const EXPERIMENT_ID: &str = "MLFLOW_EXPERIMENT_ID";
/// The id of an experiment, as MLflow's `set_destination` takes it; beats the name and the other id.
pub(super) const TRACING_DESTINATION: &str = "MLFLOW_TRACING_DESTINATION";
/// `true` sends to the tracking URI as well when an OTLP endpoint is set.
pub(super) const OTLP_DUAL_EXPORT: &str = "MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT";
/// `false` ignores the OTLP endpoint.
#[cfg(feature = "http")]
pub(super) const ENABLE_OTLP: &str = "MLFLOW_ENABLE_OTLP_EXPORTER";
/// `true` sends OpenTelemetry's GenAI conventions to the OTLP endpoint in place of MLflow's attributes.
#[cfg(feature = "http")]
pub(super) const GENAI_SEMCONV: &str = "MLFLOW_ENABLE_OTEL_GENAI_SEMCONV";
/// Where an OTLP receiver is.
#[cfg(feature = "http")]
pub(super) const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// How OTLP is spoken: `http/protobuf`, `http/json`, `grpc`.
#[cfg(feature = "http")]
pub(super) const OTLP_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
/// The same for traces alone.
#[cfg(feature = "http")]
pub(super) const OTLP_TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
/// The same for metrics alone.
#[cfg(feature = "http")]
pub(super) const OTLP_METRICS_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL";
/// Where metrics go, as it is.
#[cfg(feature = "http")]
pub(super) const OTLP_METRICS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
/// Milliseconds from one report of metrics to the next.
#[cfg(feature = "http")]
pub(super) const METRIC_EXPORT_INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";
/// `none` switches metrics off; `otlp` is the default where an endpoint is set.
#[cfg(feature = "http")]
pub(super) const METRICS_EXPORTER: &str = "OTEL_METRICS_EXPORTER";
/// `gzip` or `none`.
#[cfg(feature = "http")]
pub(super) const OTLP_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
/// The same for traces alone.
#[cfg(feature = "http")]
pub(super) const OTLP_TRACES_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION";
/// The same for metrics alone.
#[cfg(feature = "http")]
pub(super) const OTLP_METRICS_COMPRESSION: &str = "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION";
/// The service's name.
#[cfg(feature = "http")]
pub(super) const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
/// What is said about the program: `key=value,…`, percent-encoded.
#[cfg(feature = "http")]
pub(super) const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
/// The run that traces belong to.
pub(super) const RUN_ID: &str = "MLFLOW_RUN_ID";
/// `false` switches tracing off.
pub(super) const TRACING_ENABLED: &str = "MLFLOW_TRACING_ENABLED";
/// `true` switches tracing off, as it does for OpenTelemetry's SDKs.
pub(super) const SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
/// The share of traces that is recorded, 0.0 to 1.0.
pub(super) const SAMPLING_RATIO: &str = "MLFLOW_TRACE_SAMPLING_RATIO";
/// `none` keeps arguments and return values out unless they are set by hand; `all` is the default.
pub(super) const CAPTURE: &str = "MLFLOW_TRACE_CAPTURE";
/// Bytes of traces in memory.
pub(super) const MAX_MEMORY_BYTES: &str = "MLFLOW_TRACE_MAX_MEMORY_BYTES";
/// Spans in memory.
pub(super) const MAX_SPANS: &str = "MLFLOW_TRACE_MAX_SPANS";
/// Bytes of one value.
pub(super) const MAX_VALUE_BYTES: &str = "MLFLOW_TRACE_MAX_VALUE_BYTES";
/// Bytes of all values of a span.
pub(super) const MAX_SPAN_BYTES: &str = "MLFLOW_TRACE_MAX_SPAN_BYTES";
/// The folder of the queue on disk; `off` for none.
pub(super) const SPOOL_DIRECTORY: &str = "MLFLOW_TRACE_SPOOL_DIRECTORY";
/// Bytes of the queue on disk, for each destination.
pub(super) const SPOOL_MAX_BYTES: &str = "MLFLOW_TRACE_SPOOL_MAX_BYTES";
/// Which of our sentences are said: `DEBUG` to `CRITICAL`, as for Python's loggers.
pub(super) const LOGGING_LEVEL: &str = "MLFLOW_LOGGING_LEVEL";
/// `false` leaves standard error alone: sentences go to the program's own logger and listener.
pub(super) const CONFIGURE_LOGGING: &str = "MLFLOW_CONFIGURE_LOGGING";
/// `true` writes each span to disk before the call that it stands for returns.
pub(super) const DURABLE: &str = "MLFLOW_TRACE_DURABLE";

/// A boolean as MLflow reads it.
pub(super) fn boolean(name: &str, text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("{name} is `{text}`; accepted are true, false, 1 and 0; it is not used.")),
    }
}

/// A boolean of a network destination, which can't be reached without it.
#[cfg(feature = "http")]
pub(super) fn switch(name: &str, text: &str) -> Result<bool, String> {
    boolean(name, text)
        .map_err(|_| format!("{name} is `{}`; accepted are true, false, 1 and 0.", text.escape_debug()))
}

/// A share from 0 to 1.
pub(super) fn ratio(name: &str, text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|ratio| (0.0..=1.0).contains(ratio))
        .ok_or_else(|| format!("{name} is `{text}`; accepted is a number from 0.0 to 1.0; it is not used."))
}

/// A size or count above zero.
pub(super) fn count(name: &str, text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count >= 1).ok_or_else(|| {
        format!("{name} is `{text}`; accepted is a whole number of at least 1; it is not used.")
    })
}
