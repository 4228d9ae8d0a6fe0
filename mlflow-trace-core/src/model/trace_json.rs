//! A trace as the JSON that MLflow's `Trace.to_json` makes: what is known of the whole, and the spans.

use serde::Serialize;

use super::node::Node;
use super::{Trace, TraceInfo, keys, push_string, rfc_3339, span_json};

/// The JSON text, spaced as Python spaces it.
pub(crate) fn trace_json(trace: &Trace) -> String {
    let mut out = String::from("{\"info\": {");
    write_info(&mut out, &trace.info, trace.info.experiment_id.as_deref());
    out.push_str("}, \"data\": {\"spans\": [");
    for (index, span) in trace.spans.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&span_json(span));
    }
    out.push_str("]}}");
    out
}

fn write_info(out: &mut String, info: &TraceInfo, experiment_id: Option<&str>) {
    text(out, "trace_id", &info.trace_id.to_string());
    if let Some(id) = &info.client_request_id {
        text(out, "client_request_id", id);
    }
    match experiment_id {
        Some(id) => {
            key(out, "trace_location");
            out.push('{');
            text(out, "type", "MLFLOW_EXPERIMENT");
            key(out, "mlflow_experiment");
            out.push('{');
            text(out, "experiment_id", id);
            out.push_str("}}");
        }
        None => {
            key(out, "trace_location");
            out.push('{');
            text(out, "type", "TRACE_LOCATION_TYPE_UNSPECIFIED");
            out.push('}');
        }
    }
    text(out, "request_time", &rfc_3339(info.start_unix_nanos));
    text(out, "state", info.state.as_str());
    key(out, "trace_metadata");
    out.push('{');
    info.metadata.iter().for_each(|(name, value)| text(out, name, value));
    if let Some(session) = &info.session {
        text(out, keys::META_TRACE_SESSION, session);
    }
    if let Some(usage) = info.token_usage.and_then(|usage| spaced(&usage)) {
        text(out, keys::META_TOKEN_USAGE, &usage);
    }
    if let Some(cost) = info.cost.and_then(|cost| spaced(&cost)) {
        text(out, keys::META_COST, &cost);
    }
    out.push('}');
    key(out, "tags");
    out.push('{');
    info.tags.iter().for_each(|(name, value)| text(out, name, value));
    if !info.name.is_empty() {
        text(out, keys::TAG_TRACE_NAME, &info.name);
    }
    out.push('}');
    for (name, preview) in
        [("request_preview", &info.request_preview), ("response_preview", &info.response_preview)]
    {
        if let Some(preview) = preview {
            text(out, name, preview);
        }
    }
    if let Some(nanos) = info.duration_nanos {
        key(out, "execution_duration_ms");
        out.push_str(&(nanos / 1_000_000).to_string());
    }
}

/// Numbers under names, spaced as Python spaces JSON.
fn spaced(value: &impl Serialize) -> Option<String> {
    let json = serde_json::to_string(value).ok()?;
    serde_json::from_str::<Node>(&json).ok().map(|node| node.to_string())
}

/// A field whose value is a text.
fn text(out: &mut String, name: &str, value: &str) {
    key(out, name);
    push_string(out, value);
}

fn key(out: &mut String, name: &str) {
    if !out.ends_with('{') {
        out.push_str(", ");
    }
    push_string(out, name);
    out.push_str(": ");
}
