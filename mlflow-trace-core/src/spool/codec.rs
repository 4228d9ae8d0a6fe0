//! A trace as bytes: every field, in the order of the types, numbers in little endian, texts with their length.
//!
//! The form belongs to the version in the head of the file. Whoever changes it changes the version, and reads the older
//! ones on.

mod bytes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::config::Experiment;
use crate::model::{
    AssessmentChange, Attachment, Completeness, Cost, Event, Json, Link, Span, SpanId, SpanType, Status,
    StatusCode, TokenUsage, Trace, TraceId, TraceInfo, TraceState,
};

/// Span types by their number. Numbers stay what they are.
const SPAN_TYPES: [SpanType; 15] = [
    SpanType::Unknown,
    SpanType::Llm,
    SpanType::Chain,
    SpanType::Agent,
    SpanType::Tool,
    SpanType::ChatModel,
    SpanType::Retriever,
    SpanType::Parser,
    SpanType::Embedding,
    SpanType::Reranker,
    SpanType::Memory,
    SpanType::Workflow,
    SpanType::Task,
    SpanType::Guardrail,
    SpanType::Evaluator,
];
/// A text follows.
const CUSTOM_SPAN_TYPE: u8 = 255;

/// Appends the trace, and where it is to go.
pub(super) fn encode(trace: &Trace, experiment: &Experiment, out: &mut Vec<u8>) {
    // Taken apart by name, so that a new field can't be forgotten here.
    let Trace { info, spans, completeness, attachments, sent_while_running, deleted_tags, assessment } =
        trace;
    match experiment {
        Experiment::Default => out.push(0),
        Experiment::Name(name) => put_tagged_text(out, 1, name),
        Experiment::Id(id) => put_tagged_text(out, 2, id),
    }
    out.push(match completeness {
        Completeness::Whole => 0,
        Completeness::LateSpans => 1,
        Completeness::Running => 2,
        Completeness::Tags => 3,
        Completeness::Assessment => 4,
    });
    put_info(out, info);
    put_list(out, spans, put_span);
    put_count(out, sent_while_running.len());
    sent_while_running.iter().for_each(|id| put_number(out, id.to_u64()));
    if *completeness == Completeness::Tags {
        put_count(out, deleted_tags.len());
        deleted_tags.iter().for_each(|key| put_text(out, key));
    }
    if let Some(change) = assessment.as_ref().filter(|_| *completeness == Completeness::Assessment) {
        // Texts and numbers: there is always a JSON form.
        put_text(out, &serde_json::to_string(change).unwrap_or_default());
        put_option(out, change.value.as_ref(), |out, value| put_text(out, value.as_str()));
    }
    put_list(out, attachments, |out, attachment| {
        out.extend_from_slice(&attachment.number().to_le_bytes());
        put_text(out, attachment.content_type());
        put_bytes(out, attachment.content());
    });
}

/// Reads what [`encode`] wrote; nothing if it is anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<(Trace, Experiment)> {
    let mut from = Bytes(bytes);
    let experiment = match from.byte()? {
        0 => Experiment::Default,
        1 => Experiment::Name(from.text()?),
        2 => Experiment::Id(from.text()?),
        _ => return None,
    };
    let completeness = match from.byte()? {
        0 => Completeness::Whole,
        1 => Completeness::LateSpans,
        2 => Completeness::Running,
        3 => Completeness::Tags,
        4 => Completeness::Assessment,
        _ => return None,
    };
    let info = from.info()?;
    let spans = from.list(Bytes::span)?;
    let mut trace = Trace::new(info, spans, completeness);
    trace.sent_while_running = from.list(Bytes::span_id)?.into_iter().collect::<BTreeSet<_>>();
    if completeness == Completeness::Tags {
        trace.deleted_tags = from.list(Bytes::text)?.into_iter().collect();
    }
    if completeness == Completeness::Assessment {
        let mut change: AssessmentChange = serde_json::from_str(&from.text()?).ok()?;
        change.value = from.option(Bytes::text)?.map(Json::from_valid);
        trace.assessment = Some(Box::new(change));
    }
    // The first version had none.
    if !from.0.is_empty() {
        trace.attachments = from.list(Bytes::attachment)?;
    }
    from.0.is_empty().then_some((trace, experiment))
}

fn put_info(out: &mut Vec<u8>, info: &TraceInfo) {
    let TraceInfo {
        trace_id,
        name,
        start_unix_nanos,
        duration_nanos,
        state,
        request_preview,
        response_preview,
        client_request_id,
        session,
        experiment,
        // Known only where a trace was read back; such traces do not wait here.
        experiment_id: _,
        token_usage,
        cost,
        tags,
        metadata,
    } = info;
    out.extend_from_slice(&trace_id.to_u128().to_le_bytes());
    put_text(out, name);
    put_number(out, *start_unix_nanos);
    put_option(out, duration_nanos.as_ref(), |out, nanos| put_number(out, *nanos));
    out.push(match state {
        TraceState::Ok => 0,
        TraceState::Error => 1,
        TraceState::InProgress => 2,
    });
    for text in [request_preview, response_preview, client_request_id, session, experiment] {
        put_option(out, text.as_ref(), |out, text| put_text(out, text));
    }
    // Its mark is 2 since the tokens that stay in a cache for an hour are there.
    out.push(if token_usage.is_some() { 2 } else { 0 });
    if let Some(usage) = token_usage {
        let TokenUsage {
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            cache_creation_input_tokens_above_1hr,
        } = usage;
        [input_tokens, output_tokens, total_tokens].into_iter().for_each(|count| put_number(out, *count));
        let cached =
            [cache_read_input_tokens, cache_creation_input_tokens, cache_creation_input_tokens_above_1hr];
        for count in cached {
            put_option(out, count.as_ref(), |out, count| put_number(out, *count));
        }
    }
    put_option(out, cost.as_ref(), |out, cost| {
        let Cost { input_cost, output_cost, total_cost } = cost;
        [input_cost, output_cost, total_cost].into_iter().for_each(|cost| put_number(out, cost.to_bits()));
    });
    for map in [tags, metadata] {
        put_count(out, map.len());
        for (key, value) in map {
            put_text(out, key);
            put_text(out, value);
        }
    }
}

fn put_span(out: &mut Vec<u8>, span: &Span) {
    let Span {
        trace_id,
        span_id,
        parent_id,
        name,
        span_type,
        start_unix_nanos,
        end_unix_nanos,
        status: Status { code, message },
        attributes,
        events,
        links,
    } = span;
    out.extend_from_slice(&trace_id.to_u128().to_le_bytes());
    put_number(out, span_id.to_u64());
    put_number(out, parent_id.map_or(0, SpanId::to_u64));
    put_text(out, name);
    // Below 16: the list is that long.
    match SPAN_TYPES.iter().position(|known| known == span_type) {
        Some(number) => out.push(number as u8),
        None => put_tagged_text(out, CUSTOM_SPAN_TYPE, span_type.as_str()),
    }
    put_number(out, *start_unix_nanos);
    put_number(out, *end_unix_nanos);
    out.push(match code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
    });
    put_text(out, message);
    put_attributes(out, attributes);
    put_list(out, events, |out, Event { name, time_unix_nanos, attributes }| {
        put_text(out, name);
        put_number(out, *time_unix_nanos);
        put_attributes(out, attributes);
    });
    put_list(out, links, |out, Link { trace_id, span_id, attributes }| {
        out.extend_from_slice(&trace_id.to_u128().to_le_bytes());
        put_number(out, span_id.to_u64());
        put_attributes(out, attributes);
    });
}

fn put_attributes(out: &mut Vec<u8>, attributes: &[(String, Json)]) {
    put_list(out, attributes, |out, (key, value)| {
        put_text(out, key);
        put_text(out, value.as_str());
    });
}

fn put_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Traces are bounded far below 4 GiB.
fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_tagged_text(out: &mut Vec<u8>, tag: u8, text: &str) {
    out.push(tag);
    put_text(out, text);
}

fn put_option<T>(out: &mut Vec<u8>, value: Option<&T>, put: impl FnOnce(&mut Vec<u8>, &T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

fn put_list<T>(out: &mut Vec<u8>, items: &[T], mut put: impl FnMut(&mut Vec<u8>, &T)) {
    put_count(out, items.len());
    items.iter().for_each(|item| put(out, item));
}

#[cfg(test)]
#[path = "codec_tests.rs"]
pub(super) mod tests;
