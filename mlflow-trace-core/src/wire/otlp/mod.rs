//! OTLP trace requests (opentelemetry-proto `collector/trace/v1`): what is asked for, and the requests that come of it.

mod stand_in;

use std::ops::Range;

pub(crate) use stand_in::encode;

/// How an attribute's JSON becomes an OTLP value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// As the value that it is: text, number, list, map. What MLflow's server is sent.
    Structured,
    /// As a text that holds JSON. What MLflow's Python client sends to other backends.
    JsonText,
}

/// Which attributes are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// MLflow's own (`mlflow.*`) and the user's.
    #[default]
    Mlflow,
    /// OpenTelemetry's GenAI conventions (`gen_ai.*`) in place of MLflow's, and the user's.
    GenAi,
    /// Both.
    Both,
}

/// How the request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/x-protobuf`.
    #[default]
    Protobuf,
    /// `application/json`, with ids in hex as OTLP/JSON wants them.
    Json,
}

/// How traces are encoded for one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) form: Form,
    pub(crate) values: ValueForm,
    pub(crate) profile: Profile,
    /// Longer attribute values are cut, in bytes.
    pub(crate) max_attribute_bytes: Option<usize>,
    /// Attributes of the resource.
    pub(crate) resource: Vec<(String, String)>,
    /// The instrumentation scope's name; empty for none.
    pub(crate) scope: &'static str,
    /// Whether the trace's tags ride on its root as `mlflow.traceTag.<key>`, for destinations that are sent no trace info.
    pub(crate) tags_on_root: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) body: Vec<u8>,
    pub(crate) spans: usize,
    /// Which of the traces it has spans of.
    pub(crate) traces: Range<usize>,
}
// STUB
pub(crate) fn partial_success(_c: &str, _b: &[u8]) -> Option<(u64, String)> {
    None
}
