//! OTLP trace requests (opentelemetry-proto `collector/trace/v1`): what is asked for, and the requests that come of it.
//!
//! A request is written straight from the model in one pass. `content` says what of a span is sent, `protobuf` and
//! `json` write it down, `batches` decides where one request ends and the next begins. `answer` reads what comes back.

mod again;
mod answer;
mod batches;
mod content;
mod json;
mod lengths;
mod metrics;
mod protobuf;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use again::again;
pub(crate) use answer::partial_success;
pub(crate) use metrics::{BOUNDS, Header, Histogram, Label, Labels, encode_durations};

use crate::model::Trace;

/// How an attribute's JSON becomes an OTLP value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// As the value that it is: text, number, list, map. What MLflow's server is sent.
    Structured,
    /// As a text that holds JSON. What MLflow's Python client sends to other backends. What is said about events and
    /// links stays as it is even then, as far as it is text, number, truth value or a list of those.
    JsonText,
}

/// Which attributes are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// MLflow's own (`mlflow.*`) and the user's.
    #[default]
    Mlflow,
    /// OpenTelemetry's GenAI conventions (`gen_ai.*`) in place of MLflow's, and the user's. Spans of models, tools and
    /// agents get the names that the conventions want. Inputs and outputs, or what of them the conventions have no
    /// place for, stay under MLflow's names.
    GenAi,
    /// Both; spans keep their names.
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
    /// The instrumentation scope's name. Empty for MLflow's server, which as from Python is told neither a scope nor a
    /// span's kind and flags; others are told that spans are INTERNAL and that their parents are local.
    pub(crate) scope: &'static str,
    /// Whether the trace's tags ride on its root as `mlflow.traceTag.<key>`, for destinations that are sent no trace
    /// info. The trace's name (as the tag `mlflow.traceName`), session and user (`session.id`, `user.id`) ride along.
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

/// The requests that carry these traces' unsent spans, each of at most so many bytes.
///
/// Whole traces go together as long as they fit. A trace that is larger than a request is split between its spans, and
/// a span that is larger goes alone.
pub(crate) fn encode(traces: &[&Trace], encoding: &Encoding, max_bytes: usize) -> Vec<Batch> {
    let expected = traces.iter().map(|trace| batches::expected_bytes(trace)).sum::<usize>().min(max_bytes);
    match encoding.form {
        Form::Protobuf => {
            batches::batches(protobuf::Request::new(encoding, expected), traces, encoding, max_bytes)
        }
        Form::Json => batches::batches(json::Request::new(encoding, expected), traces, encoding, max_bytes),
    }
}
