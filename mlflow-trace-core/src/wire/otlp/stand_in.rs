//! A simple encoder that stands in until the real one is merged.

use serde_json::Value;

use super::{Batch, Encoding};
use crate::model::{Json, Span, StatusCode, Trace};

/// The requests that carry these traces' unsent spans.
pub(crate) fn encode(traces: &[&Trace], encoding: &Encoding, max_bytes: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    let (mut spans, mut count, mut first) = (Vec::new(), 0, 0);
    for (index, trace) in traces.iter().enumerate() {
        let own: Vec<Vec<u8>> = trace.unsent_spans().map(span).collect();
        let size: usize = own.iter().map(|span| span.len() + 8).sum();
        if count > 0 && spans.len() + size > max_bytes {
            batches.push(Batch {
                body: request(&std::mem::take(&mut spans), encoding),
                spans: count,
                traces: first..index,
            });
            count = 0;
        }
        for bytes in own {
            if count > 0 && spans.len() + bytes.len() > max_bytes {
                batches.push(Batch {
                    body: request(&std::mem::take(&mut spans), encoding),
                    spans: count,
                    traces: first..index + 1,
                });
                count = 0;
            }
            if count == 0 {
                first = index;
            }
            message(&mut spans, 2, &bytes);
            count += 1;
        }
    }
    if count > 0 {
        batches.push(Batch { body: request(&spans, encoding), spans: count, traces: first..traces.len() });
    }
    batches
}

fn request(spans: &[u8], encoding: &Encoding) -> Vec<u8> {
    let (mut resource, mut inner, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for (key, value) in &encoding.resource {
        pair(&mut resource, 1, key, &Value::from(value.as_str()));
    }
    message(&mut inner, 1, &resource);
    message(&mut inner, 2, spans);
    message(&mut out, 1, &inner);
    out
}

fn span(span: &Span) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, 1, &span.trace_id.to_u128().to_be_bytes());
    message(&mut out, 2, &span.span_id.to_u64().to_be_bytes());
    if let Some(parent) = span.parent_id {
        message(&mut out, 4, &parent.to_u64().to_be_bytes());
    }
    message(&mut out, 5, span.name.as_bytes());
    fixed(&mut out, 7, span.start_unix_nanos);
    fixed(&mut out, 8, span.end_unix_nanos);
    attributes(&mut out, 9, &span.attributes);
    for event in &span.events {
        let mut inner = Vec::new();
        fixed(&mut inner, 1, event.time_unix_nanos);
        message(&mut inner, 2, event.name.as_bytes());
        attributes(&mut inner, 3, &event.attributes);
        message(&mut out, 11, &inner);
    }
    for link in &span.links {
        let mut inner = Vec::new();
        message(&mut inner, 1, &link.trace_id.to_u128().to_be_bytes());
        message(&mut inner, 2, &link.span_id.to_u64().to_be_bytes());
        attributes(&mut inner, 4, &link.attributes);
        message(&mut out, 13, &inner);
    }
    let mut status = Vec::new();
    message(&mut status, 2, span.status.message.as_bytes());
    varint(&mut status, 3 << 3);
    varint(
        &mut status,
        match span.status.code {
            StatusCode::Unset => 0,
            StatusCode::Ok => 1,
            StatusCode::Error => 2,
        },
    );
    message(&mut out, 15, &status);
    out
}

fn attributes(out: &mut Vec<u8>, field: u64, pairs: &[(String, Json)]) {
    for (key, json) in pairs {
        pair(out, field, key, &json.to_value());
    }
}

fn pair(out: &mut Vec<u8>, field: u64, key: &str, json: &Value) {
    let mut inner = Vec::new();
    message(&mut inner, 1, key.as_bytes());
    message(&mut inner, 2, &value(json));
    message(out, field, &inner);
}

fn value(json: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match json {
        Value::Null => {}
        Value::Bool(is) => {
            varint(&mut out, 2 << 3);
            varint(&mut out, u64::from(*is));
        }
        Value::Number(number) => match number.as_i64() {
            Some(int) => {
                varint(&mut out, 3 << 3);
                varint(&mut out, int as u64);
            }
            None => {
                varint(&mut out, 4 << 3 | 1);
                out.extend(number.as_f64().unwrap_or(0.0).to_le_bytes());
            }
        },
        Value::String(text) => message(&mut out, 1, text.as_bytes()),
        Value::Array(items) => {
            let mut inner = Vec::new();
            items.iter().for_each(|item| message(&mut inner, 1, &value(item)));
            message(&mut out, 5, &inner);
        }
        Value::Object(fields) => {
            let mut inner = Vec::new();
            fields.iter().for_each(|(key, field)| pair(&mut inner, 1, key, field));
            message(&mut out, 6, &inner);
        }
    }
    out
}

fn fixed(out: &mut Vec<u8>, field: u64, number: u64) {
    varint(out, field << 3 | 1);
    out.extend(number.to_le_bytes());
}

fn message(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}
