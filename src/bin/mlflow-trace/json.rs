//! `--json`: the same facts for programs. Recorded values keep their own JSON, digit by digit.

use std::collections::BTreeMap;
use std::io::{self, Write};

use mlflow_trace_core::client::TraceSummary;
use mlflow_trace_core::{Event, Json, Span, Trace, TraceInfo};
use serde::Serialize;
use serde_json::value::RawValue;

/// Writes an array of traces without their spans.
pub(crate) fn write_list(out: &mut impl Write, found: &[TraceSummary]) -> io::Result<()> {
    let traces: Vec<_> =
        found.iter().map(|summary| TraceJson::new(&summary.info, summary.span_count, None)).collect();
    write(out, &traces)
}

/// Writes one trace with its spans.
pub(crate) fn write_trace(out: &mut impl Write, trace: &Trace) -> io::Result<()> {
    let spans: Vec<_> = trace.spans.iter().map(SpanJson::new).collect();
    write(out, &TraceJson::new(&trace.info, spans.len() as u64, Some(spans)))
}

fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

#[derive(Serialize)]
struct TraceJson<'a> {
    trace_id: String,
    name: &'a str,
    state: &'static str,
    start_time_unix_nano: u64,
    duration_ns: Option<u64>,
    span_count: u64,
    request_preview: Option<&'a str>,
    response_preview: Option<&'a str>,
    client_request_id: Option<&'a str>,
    session: Option<&'a str>,
    token_usage: Option<UsageJson>,
    cost: Option<CostJson>,
    tags: &'a BTreeMap<String, String>,
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spans: Option<Vec<SpanJson<'a>>>,
}

#[derive(Serialize)]
struct UsageJson {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation_input_tokens: Option<u64>,
}

#[derive(Serialize)]
struct CostJson {
    input_cost: f64,
    output_cost: f64,
    total_cost: f64,
}

#[derive(Serialize)]
struct SpanJson<'a> {
    span_id: String,
    parent_id: Option<String>,
    name: &'a str,
    span_type: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    status_message: &'a str,
    start_time_unix_nano: u64,
    end_time_unix_nano: u64,
    inputs: Option<Box<RawValue>>,
    outputs: Option<Box<RawValue>>,
    attributes: BTreeMap<&'a str, Box<RawValue>>,
    events: Vec<EventJson<'a>>,
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: &'a str,
    time_unix_nano: u64,
    attributes: BTreeMap<&'a str, Box<RawValue>>,
}

impl<'a> TraceJson<'a> {
    fn new(info: &'a TraceInfo, span_count: u64, spans: Option<Vec<SpanJson<'a>>>) -> Self {
        Self {
            trace_id: info.trace_id.to_string(),
            name: &info.name,
            state: info.state.as_str(),
            start_time_unix_nano: info.start_unix_nanos,
            duration_ns: info.duration_nanos,
            span_count,
            request_preview: info.request_preview.as_deref(),
            response_preview: info.response_preview.as_deref(),
            client_request_id: info.client_request_id.as_deref(),
            session: info.session.as_deref(),
            token_usage: info.token_usage.map(|usage| UsageJson {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                total_tokens: usage.total_tokens,
                cache_read_input_tokens: usage.cache_read_input_tokens,
                cache_creation_input_tokens: usage.cache_creation_input_tokens,
            }),
            cost: info.cost.map(|cost| CostJson {
                input_cost: cost.input_cost,
                output_cost: cost.output_cost,
                total_cost: cost.total_cost,
            }),
            tags: &info.tags,
            metadata: &info.metadata,
            spans,
        }
    }
}

impl<'a> SpanJson<'a> {
    fn new(span: &'a Span) -> Self {
        Self {
            span_id: span.span_id.to_string(),
            parent_id: span.parent_id.map(|id| id.to_string()),
            name: &span.name,
            span_type: span.span_type.as_str(),
            status: span.status.code.as_str(),
            status_message: &span.status.message,
            start_time_unix_nano: span.start_unix_nanos,
            end_time_unix_nano: span.end_unix_nanos,
            inputs: span.inputs().map(raw),
            outputs: span.outputs().map(raw),
            attributes: attributes(&span.attributes),
            events: span.events.iter().map(EventJson::new).collect(),
        }
    }
}

impl<'a> EventJson<'a> {
    fn new(event: &'a Event) -> Self {
        Self {
            name: &event.name,
            time_unix_nano: event.time_unix_nanos,
            attributes: attributes(&event.attributes),
        }
    }
}

fn attributes(list: &[(String, Json)]) -> BTreeMap<&str, Box<RawValue>> {
    list.iter().map(|(key, value)| (key.as_str(), raw(value))).collect()
}

/// The value's own text. Python may have stored what is no JSON (`NaN`); that becomes a string.
fn raw(json: &Json) -> Box<RawValue> {
    let text = json.as_str().to_owned();
    RawValue::from_string(text)
        .or_else(|_| RawValue::from_string(Json::string(json.as_str()).to_string()))
        .unwrap_or_default()
}
