//! Every environment variable that is honoured, in one table, and those of Python's tracing client that are not. The
//! README's table is made of it.

/// An environment variable, or several that mean the same for different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvironmentVariable {
    /// Its names; where there are several, the first that is set counts.
    pub names: &'static [&'static str],
    /// What sets the same in code; empty where nothing does.
    pub in_code: &'static str,
    /// What holds where nothing is set; empty where that is nothing.
    pub default: &'static str,
    /// What it does; for one that is not honoured, why.
    pub meaning: &'static str,
    /// False for those that Python's client honours and this library does not.
    pub is_honoured: bool,
}

/// All environment variables that this library honours, and those of Python's tracing client (MLflow 3.17.2) that it does
/// not, with the reason. `mlflow-trace env` prints them.
pub fn environment_variables() -> impl Iterator<Item = EnvironmentVariable> {
    let honoured = HONOURED.iter().map(|(names, in_code, default, meaning)| EnvironmentVariable {
        names,
        in_code,
        default,
        meaning,
        is_honoured: true,
    });
    let others = NOT_HONOURED.iter().map(|(names, why)| EnvironmentVariable {
        names,
        in_code: "",
        default: "",
        meaning: why,
        is_honoured: false,
    });
    honoured.chain(others)
}

type Names = &'static [&'static str];

#[rustfmt::skip]
const HONOURED: &[(Names, &str, &str, &str)] = &[
    (&["MLFLOW_TRACKING_URI"], "`.tracking_uri(\"http://localhost:5000\")`", "`sqlite:///mlflow.db`", "where traces go: `sqlite:///relative.db`, `sqlite:////abs/path.db`, `http(s)://[user:password@]host[:port][/path]`, `databricks`, `databricks://profile`. With anything else: one warning, and the local file"),
    (&["MLFLOW_EXPERIMENT_NAME"], "`.experiment(\"support-bot\")`", "`Default`", "the experiment, created when it is missing"),
    (&["MLFLOW_EXPERIMENT_ID"], "`.experiment_id(\"7\")`", "`0`", "the experiment by id. With a name as well: in the environment the name wins with a warning, in code it is an error"),
    (&["MLFLOW_TRACING_DESTINATION"], "", "", "an experiment's id, before the two above; beats an OTLP endpoint, as in Python"),
    (&["MLFLOW_RUN_ID"], "", "", "the run that traces belong to"),
    (&["MLFLOW_TRACING_ENABLED"], "`.enabled(false)`", "`true`", "whether anything is traced at all (this library's own)"),
    (&["OTEL_SDK_DISABLED"], "", "`false`", "`true` or `1` switches off as well"),
    (&["MLFLOW_TRACE_SAMPLING_RATIO"], "`.sampling_ratio(0.1)`", "`1.0`", "which share of traces is kept; decided at the root, children follow"),
    (&["MLFLOW_TRACE_CAPTURE"], "`.capture(Capture::None)`", "`all`", "`none` leaves arguments and results out unless they are set by hand; a misspelt value means `none` (own)"),
    (&["MLFLOW_TRACE_TIMEOUT_SECONDS"], "`.trace_timeout(duration)`", "", "a trace that runs longer is ended with an error and delivered, its open spans with it"),
    (&["MLFLOW_TRACE_BUFFER_TTL_SECONDS"], "", "", "a trace that is open for longer is ended with an error and delivered (Python drops it). Where it is not set, spans that were never ended are ended and said an hour after their trace began, once its root is over"),
    (&["MLFLOW_TRACE_BUFFER_MAX_SIZE"], "", "", "when more traces are open, the oldest are ended with an error and delivered (Python drops them); memory is bounded by the four below in any case"),
    (&["MLFLOW_TRACE_MAX_VALUE_BYTES"], "`.max_value_bytes(n)`", "1 MiB", "the size over which a value is cut (own)"),
    (&["MLFLOW_TRACE_MAX_SPAN_BYTES"], "`.max_span_bytes(n)`", "4 MiB", "all values of a span together (own)"),
    (&["MLFLOW_TRACE_MAX_MEMORY_BYTES"], "`.max_memory_bytes(n)`", "64 MiB", "recorded data that waits in memory; beyond it new spans are dropped and counted (own)"),
    (&["MLFLOW_TRACE_MAX_SPANS"], "`.max_spans(n)`", "100,000", "spans that wait in memory; counted when the worker reads them, so a burst can exceed it by some thousands (own)"),
    (&["MLFLOW_TRACE_EXTRACT_ATTACHMENTS"], "`.extract_attachments(b)`", "`true`, but for OTLP receivers alone", "`false` leaves base64 in its value instead of making attachments of it"),
    (&["MLFLOW_TRACE_MAX_ATTACHMENT_SIZE"], "`.max_attachment_bytes(n)`", "20 MiB", "in the place of a larger attachment stands a note; `0` takes the bound away (Python has none)"),
    (&["MLFLOW_TRACE_SPOOL_DIRECTORY"], "`.spool_directory(path)`, `.spool(false)`", "`~/.local/state/mlflow-trace/spool`", "the disk queue of network destinations, below `XDG_STATE_HOME` where that is set; `off` for none (own)"),
    (&["MLFLOW_TRACE_SPOOL_MAX_BYTES"], "`.spool_max_bytes(n)`", "512 MiB", "bytes on disk for each destination; beyond, the oldest traces make room and are counted (own)"),
    (&["MLFLOW_TRACE_DURABLE"], "`.durable(true)`", "`false`", "each span is on disk before its call returns ([below](#no-span-lost-even-by-kill--9)); with `.redact(..)` or `.processor(..)` it takes `.durable_unredacted(true)` (own)"),
    (&["MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"], "", "", "basic authentication; each may stand in `~/.mlflow/credentials` instead; wins over the token"),
    (&["MLFLOW_TRACKING_TOKEN"], "", "", "bearer token"),
    (&["MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"], "", "", "PEM file or directory of trusted authorities, instead of the machine's"),
    (&["MLFLOW_TRACKING_INSECURE_TLS"], "", "`false`", "`true`: the certificate is not checked; not together with the one above"),
    (&["MLFLOW_TRACKING_CLIENT_CERT_PATH"], "", "", "PEM file with client certificate and key"),
    (&["MLFLOW_HTTP_REQUEST_TIMEOUT"], "", "`120`", "seconds for one request"),
    (&["MLFLOW_ALLOW_HTTP_REDIRECTS"], "", "`true`", "a POST is followed only on the same host, by 307 and 308"),
    (&["MLFLOW_WORKSPACE"], "", "", "the server's workspace"),
    (&["DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"], "", "", "Databricks: the host with a token, or with the id and secret of a service principal"),
    (&["DATABRICKS_CONFIG_FILE", "DATABRICKS_CONFIG_PROFILE"], "", "`~/.databrickscfg`, `DEFAULT`", "where the same stands otherwise"),
    (&["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"], "`.also(Otlp::new(url))`", "", "an OTLP receiver: the first as written, the second with `/v1/traces` behind it"),
    (&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], "`.protocol(..)`", "`http/protobuf`", "(Python's default is `grpc`) or `http/json`, `grpc` (feature `grpc`)"),
    (&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], "`.header(name, value)`", "", "`key=value,key2=value2`, values percent-encoded"),
    (&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"], "", "`gzip`", "or `none`"),
    (&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], "", "`10000`", "milliseconds for one request"),
    (&["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"], "", "", "PEM file of trusted authorities"),
    (&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], "", "", "PEM file with the client's certificate"),
    (&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"], "", "", "PEM file with its key"),
    (&["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"], "", "`false`", "`true`: an endpoint without a scheme is `http://`"),
    (&["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"], "", "", "what is said about the program"),
    (&["MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT"], "", "`false`", "`true` sends to the tracking URI as well when an OTLP endpoint is set"),
    (&["MLFLOW_ENABLE_OTLP_EXPORTER"], "", "`true`", "`false`: no spans go to the OTLP endpoint"),
    (&["MLFLOW_ENABLE_OTEL_GENAI_SEMCONV"], "`.profile(..)`", "`false`", "`true` sends OpenTelemetry's GenAI conventions (`gen_ai.*`) to the OTLP endpoint: calls of models and agents as messages, by `mlflow.message.format` (`openai`, `anthropic`, `gemini`, `bedrock`) or by their shape. What the conventions have no place for stays in `mlflow.spanInputs` and `mlflow.spanOutputs`"),
    (&["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"], "", "", "where the durations of spans are reported; else the general endpoint with `/v1/metrics` behind it"),
    (&["OTEL_METRIC_EXPORT_INTERVAL"], "", "`60000`", "milliseconds from one report to the next"),
    (&["OTEL_METRICS_EXPORTER"], "", "`otlp`", "`none` reports no durations"),
    (&["MLFLOW_LOGGING_LEVEL"], "", "`WARNING`", "what this library says of itself: `DEBUG`, `INFO`, `WARNING`, `ERROR`, `CRITICAL`"),
    (&["MLFLOW_CONFIGURE_LOGGING"], "", "`true`", "`false` leaves standard error alone"),
    (&["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"], "", "", "proxies (http, https, socks), also in small letters; loopback never uses one"),
];

#[rustfmt::skip]
const NOT_HONOURED: &[(Names, &str)] = &[
    (&["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"], "they name Python plug-ins; an error says so"),
    (&["MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT"], "what can't be delivered waits on disk and is tried again until it can, so tries are not counted; `Retry-After` is always followed"),
    (&["MLFLOW_HTTP_POOL_CONNECTIONS", "MLFLOW_HTTP_POOL_MAXSIZE", "MLFLOW_HTTP_TCP_KEEPALIVE", "MLFLOW_HTTP_TCP_KEEPALIVE_IDLE", "MLFLOW_HTTP_TCP_KEEPALIVE_INTERVAL", "MLFLOW_HTTP_TCP_KEEPALIVE_COUNT"], "each destination has one thread and one connection"),
    (&["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "MLFLOW_USE_BATCH_SPAN_PROCESSOR", "MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS", "MLFLOW_ASYNC_TRACE_LOGGING_MAX_QUEUE_SIZE", "MLFLOW_ASYNC_TRACE_LOGGING_MAX_SPAN_BATCH_SIZE", "MLFLOW_ASYNC_TRACE_LOGGING_MAX_INTERVAL_MILLIS", "MLFLOW_ASYNC_TRACE_LOGGING_RETRY_TIMEOUT"], "delivery is always in the background, in batches; its queue is bounded by bytes, on disk too. `flush()` waits"),
    (&["MLFLOW_TRACE_TIMEOUT_CHECK_INTERVAL_SECONDS"], "traces are looked at twice a second"),
    (&["MLFLOW_USE_DEFAULT_TRACER_PROVIDER", "MLFLOW_TRACE_PROPAGATE_TO_OTEL_CONTEXT"], "no OpenTelemetry SDK is inside whose provider or context could be shared"),
    (&["MLFLOW_TRACE_USE_ISOLATED_RANDOM_ID_GENERATOR"], "ids never depend on what the program seeds"),
    (&["MLFLOW_ACTIVE_MODEL_ID"], "there is no active model to link; `update_current_trace().model_id(..)` names the one of a trace"),
    (&["MLFLOW_SEARCH_TRACES_MAX_THREADS", "MLFLOW_SEARCH_TRACES_MAX_BATCH_SIZE", "MLFLOW_DELETE_TRACES_MAX_BATCH_SIZE", "MLFLOW_GET_TRACE_OTEL_RETRY_TIMEOUT_SECONDS", "MLFLOW_GET_TRACE_OTEL_INITIAL_RETRY_INTERVAL_SECONDS", "MLFLOW_GET_TRACE_OTEL_MAX_RETRY_INTERVAL_SECONDS"], "traces are read and deleted in batches of the sizes that servers take, one after the other"),
    (&["MLFLOW_TRACING_SQL_WAREHOUSE_ID"], "it is about traces in Unity Catalog, which this library does not write"),
    (&["MLFLOW_PROMPT_CACHE_MAX_SIZE", "MLFLOW_ALIAS_PROMPT_CACHE_TTL_SECONDS", "MLFLOW_VERSION_PROMPT_CACHE_TTL_SECONDS"], "prompts are not loaded"),
    (&["MLFLOW_MAX_TRACES_TO_DISPLAY_IN_NOTEBOOK", "MLFLOW_NOTEBOOK_TRACE_RENDERER_BASE_URL"], "there are no notebooks"),
];

#[cfg(test)]
#[path = "variable_table_tests.rs"]
mod tests;
