//! MLflow's reserved names (MLflow 3.17, `mlflow/tracing/constant.py`).

pub(crate) const TRACE_REQUEST_ID: &str = "mlflow.traceRequestId";
pub(crate) const SPAN_TYPE: &str = "mlflow.spanType";
pub(crate) const SPAN_FUNCTION_NAME: &str = "mlflow.spanFunctionName";
pub(crate) const SPAN_INPUTS: &str = "mlflow.spanInputs";
pub(crate) const SPAN_OUTPUTS: &str = "mlflow.spanOutputs";
pub(crate) const SPAN_LOG_LEVEL: &str = "mlflow.spanLogLevel";
pub(crate) const SPAN_START_TIME: &str = "mlflow.spanStartTimeNs";
pub(crate) const INTERMEDIATE_OUTPUTS: &str = "mlflow.trace.intermediate_outputs";
pub(crate) const SPAN_DESCRIPTION: &str = "mlflow.spanDescription";
pub(crate) const TOKEN_USAGE: &str = "mlflow.chat.tokenUsage";
pub(crate) const LLM_MODEL: &str = "mlflow.llm.model";
pub(crate) const LLM_PROVIDER: &str = "mlflow.llm.provider";
/// Whose messages the inputs and outputs hold: `openai`, `anthropic` …
pub(crate) const MESSAGE_FORMAT: &str = "mlflow.message.format";
/// The tools that a model may use, as OpenAI defines tools.
pub(crate) const CHAT_TOOLS: &str = "mlflow.chat.tools";
pub(crate) const LLM_COST: &str = "mlflow.llm.cost";

pub(crate) const META_SCHEMA_VERSION: &str = "mlflow.trace_schema.version";
pub(crate) const META_USER: &str = "mlflow.user";
pub(crate) const META_SOURCE_NAME: &str = "mlflow.source.name";
pub(crate) const META_SOURCE_TYPE: &str = "mlflow.source.type";
pub(crate) const META_GIT_COMMIT: &str = "mlflow.source.git.commit";
pub(crate) const META_GIT_BRANCH: &str = "mlflow.source.git.branch";
pub(crate) const META_GIT_REPO_URL: &str = "mlflow.source.git.repoURL";
pub(crate) const META_TRACE_USER: &str = "mlflow.trace.user";
pub(crate) const META_TRACE_SESSION: &str = "mlflow.trace.session";
pub(crate) const META_TRACE_INPUTS: &str = "mlflow.traceInputs";
pub(crate) const META_TRACE_OUTPUTS: &str = "mlflow.traceOutputs";
pub(crate) const META_TOKEN_USAGE: &str = "mlflow.trace.tokenUsage";
pub(crate) const META_COST: &str = "mlflow.trace.cost";
pub(crate) const META_SIZE_STATS: &str = "mlflow.trace.sizeStats";
pub(crate) const META_SIZE_BYTES: &str = "mlflow.trace.sizeBytes";
pub(crate) const META_INFO_FINALIZED: &str = "mlflow.trace.infoFinalized";
/// The version of the application, which MLflow keeps as a logged model.
pub(crate) const META_MODEL_ID: &str = "mlflow.modelId";
/// The run that the trace belongs to.
pub(crate) const META_SOURCE_RUN: &str = "mlflow.sourceRun";
/// Ours: how many spans of the trace were lost, when any were.
pub(crate) const META_LOST_SPANS: &str = "mlflow_trace.lost_spans";

/// The run that an assessment comes from.
#[cfg(feature = "sqlite")]
pub(crate) const META_ASSESSMENT_RUN: &str = "mlflow.assessment.sourceRunId";
/// Characters of an assessment's name, and of its source.
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) const MAX_ASSESSMENT_TEXT: usize = 250;

pub(crate) const TAG_TRACE_NAME: &str = "mlflow.traceName";
pub(crate) const TAG_ARTIFACT_LOCATION: &str = "mlflow.artifactLocation";
/// JSON text: a list of the prompts of the registry that were used. Also an attribute of spans.
pub(crate) const LINKED_PROMPTS: &str = "mlflow.linkedPrompts";
/// Tags that MLflow takes from nobody but itself.
pub(crate) const IMMUTABLE_TAGS: [&str; 5] = [
    "mlflow.user",
    TAG_ARTIFACT_LOCATION,
    TAG_SPANS_LOCATION,
    "mlflow.trace.archiveLocation",
    TAG_ARCHIVAL_FAILURE,
];
/// The one of them that people may delete, so that MLflow tries again.
pub(crate) const TAG_ARCHIVAL_FAILURE: &str = "mlflow.trace.archivalFailure";
pub(crate) const TAG_SPANS_LOCATION: &str = "mlflow.trace.spansLocation";

/// The event of a stream's item, with its number behind it.
pub(crate) const CHUNK_EVENT: &str = "mlflow.chunk.item.";
pub(crate) const CHUNK_VALUE: &str = "mlflow.chunk.value";
/// Ours: the future or stream was dropped before its end.
pub(crate) const CANCELLED: &str = "mlflow_trace.cancelled";
/// Ours: how many items of a stream were not kept.
pub(crate) const CHUNKS_LEFT_OUT: &str = "mlflow_trace.chunks_left_out";

/// Ours: a processor panicked, so the span's content is not here.
pub(crate) const PROCESSOR_FAILED: &str = "mlflow_trace.processor_failed";

/// Limits that MLflow's Python client applies before it stores (characters).
pub(crate) const MAX_METADATA_KEY: usize = 250;
pub(crate) const MAX_METADATA_VALUE: usize = 250;
pub(crate) const MAX_TAG_KEY: usize = 250;
pub(crate) const MAX_TAG_VALUE: usize = 4096;
pub(crate) const MAX_PREVIEW: usize = 1000;
pub(crate) const MAX_CLIENT_REQUEST_ID: usize = 50;
pub(crate) const MAX_SESSION: usize = 250;
/// The column `experiments.name`.
pub(crate) const MAX_EXPERIMENT: usize = 256;
