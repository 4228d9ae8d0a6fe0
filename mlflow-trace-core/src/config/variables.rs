//! The environment variables that are honoured, and how their texts are read.

/// Where traces go: `sqlite:///relative.db`, `sqlite:////absolute.db`.
pub(super) const TRACKING_URI: &str = "MLFLOW_TRACKING_URI";
/// The experiment by name; created when it is missing.
pub(super) const EXPERIMENT_NAME: &str = "MLFLOW_EXPERIMENT_NAME";
/// The experiment by id; it must exist.
pub(super) const EXPERIMENT_ID: &str = "MLFLOW_EXPERIMENT_ID";
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
