//! A trace as bytes: every field, in the order of the types, numbers in little endian, texts with their length.
//!
//! The form belongs to the version in the head of the file. Whoever changes it changes the version, and reads the older
//! ones on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        self.array().and_then(|bytes| usize::try_from(u32::from_le_bytes(bytes)).ok())
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<String> {
        str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    fn attachment(&mut self) -> Option<Attachment> {
        let id = u128::from_le_bytes(self.array()?);
        let content_type = self.text()?;
        Some(Attachment::from_parts(id, &content_type, Arc::new(self.bytes()?.to_vec())))
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        // An item has at least eight bytes, so that a wrong count asks for no more memory than there are bytes.
        let mut items = Vec::with_capacity(count.min(self.0.len() / 8));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    fn trace_id(&mut self) -> Option<TraceId> {
        TraceId::from_u128(u128::from_le_bytes(self.array()?))
    }

    fn span_id(&mut self) -> Option<SpanId> {
        SpanId::from_u64(self.number()?)
    }

    fn map(&mut self) -> Option<BTreeMap<String, String>> {
        Some(self.list(|from| Some((from.text()?, from.text()?)))?.into_iter().collect())
    }

    fn attributes(&mut self) -> Option<Vec<(String, Json)>> {
        self.list(|from| Some((from.text()?, Json::from_valid(from.text()?))))
    }

    // Fields are read in the order in which they stand below, as Rust evaluates them.

    fn info(&mut self) -> Option<TraceInfo> {
        Some(TraceInfo {
            trace_id: self.trace_id()?,
            name: self.text()?,
            start_unix_nanos: self.number()?,
            duration_nanos: self.option(Self::number)?,
            state: match self.byte()? {
                0 => TraceState::Ok,
                1 => TraceState::Error,
                2 => TraceState::InProgress,
                _ => return None,
            },
            request_preview: self.option(Self::text)?,
            response_preview: self.option(Self::text)?,
            client_request_id: self.option(Self::text)?,
            session: self.option(Self::text)?,
            experiment: self.option(Self::text)?,
            experiment_id: None,
            token_usage: match self.byte()? {
                0 => None,
                form @ (1 | 2) => Some(TokenUsage {
                    input_tokens: self.number()?,
                    output_tokens: self.number()?,
                    total_tokens: self.number()?,
                    cache_read_input_tokens: self.option(Self::number)?,
                    cache_creation_input_tokens: self.option(Self::number)?,
                    cache_creation_input_tokens_above_1hr: match form {
                        1 => None,
                        _ => self.option(Self::number)?,
                    },
                }),
                _ => return None,
            },
            cost: self.option(|from| {
                let mut dollars = || from.number().map(f64::from_bits);
                Some(Cost { input_cost: dollars()?, output_cost: dollars()?, total_cost: dollars()? })
            })?,
            tags: self.map()?,
            metadata: self.map()?,
        })
    }

    fn span(&mut self) -> Option<Span> {
        Some(Span {
            trace_id: self.trace_id()?,
            span_id: self.span_id()?,
            parent_id: SpanId::from_u64(self.number()?),
            name: self.text()?,
            span_type: match self.byte()? {
                CUSTOM_SPAN_TYPE => SpanType::from(self.text()?),
                number => SPAN_TYPES.get(usize::from(number))?.clone(),
            },
            start_unix_nanos: self.number()?,
            end_unix_nanos: self.number()?,
            status: Status {
                code: match self.byte()? {
                    0 => StatusCode::Unset,
                    1 => StatusCode::Ok,
                    2 => StatusCode::Error,
                    _ => return None,
                },
                message: self.text()?,
            },
            attributes: self.attributes()?,
            events: self.list(|from| {
                Some(Event {
                    name: from.text()?,
                    time_unix_nanos: from.number()?,
                    attributes: from.attributes()?,
                })
            })?,
            links: self.list(|from| {
                Some(Link {
                    trace_id: from.trace_id()?,
                    span_id: from.span_id()?,
                    attributes: from.attributes()?,
                })
            })?,
        })
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
pub(super) mod tests;
