//! Reads OTLP requests by itself, so that what the library sends is not judged by the library: protobuf and JSON.

use serde_json::Value;

use super::Received;

/// A span as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SentSpan {
    /// In hex.
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The spans of a request to `/v1/traces`.
///
/// # Errors
/// What is wrong with the body, or with a span in it: real receivers take nearly everything, so this one looks closely.
pub(crate) fn spans_of(request: &Received) -> Result<Vec<SentSpan>, String> {
    let body = request.plain_body();
    let spans = match request.header("content-type") {
        Some("application/x-protobuf") => of_protobuf(&body)?,
        Some("application/json") => of_json(&body)?,
        other => return Err(format!("the content type {other:?}")),
    };
    for span in &spans {
        let is_good_id = |id: &str, length| id.len() == length && id.bytes().any(|digit| digit != b'0');
        let parent_is_good = span.parent.is_empty() || is_good_id(&span.parent, 16);
        let are_good = is_good_id(&span.trace, 32) && is_good_id(&span.id, 16) && parent_is_good;
        if !are_good || span.name.is_empty() || span.start == 0 || span.end < span.start {
            return Err(format!("a span that should not be: {span:?}"));
        }
    }
    Ok(spans)
}

// `ExportTraceServiceRequest.resource_spans = 1`, `ResourceSpans.scope_spans = 2`, `ScopeSpans.spans = 2`.
fn of_protobuf(body: &[u8]) -> Result<Vec<SentSpan>, String> {
    let mut spans = Vec::new();
    for resource in messages(body, 1)? {
        for scope in messages(resource, 2)? {
            for span in messages(scope, 2)? {
                spans.push(span_of_protobuf(span)?);
            }
        }
    }
    Ok(spans)
}

fn span_of_protobuf(bytes: &[u8]) -> Result<SentSpan, String> {
    let mut span = SentSpan::default();
    for field in fields(bytes)? {
        match field {
            (1, Content::Bytes(id)) => span.trace = hex(id),
            (2, Content::Bytes(id)) => span.id = hex(id),
            (4, Content::Bytes(id)) => span.parent = hex(id),
            (5, Content::Bytes(name)) => span.name = String::from_utf8_lossy(name).into_owned(),
            (7, Content::Number(nanos)) => span.start = nanos,
            (8, Content::Number(nanos)) => span.end = nanos,
            _ => {}
        }
    }
    Ok(span)
}

enum Content<'a> {
    Bytes(&'a [u8]),
    Number(u64),
}

fn messages(bytes: &[u8], wanted: u64) -> Result<Vec<&[u8]>, String> {
    let of_wanted = |field| match field {
        (number, Content::Bytes(bytes)) if number == wanted => Some(bytes),
        _ => None,
    };
    Ok(fields(bytes)?.into_iter().filter_map(of_wanted).collect())
}

fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, Content<'_>)>, String> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let content = match tag & 7 {
            0 => Content::Number(varint(&mut bytes)?),
            1 => Content::Number(fixed::<8>(&mut bytes).map(u64::from_le_bytes)?),
            2 => {
                let length = varint(&mut bytes)? as usize;
                let (content, rest) = bytes.split_at_checked(length).ok_or("a field that is cut")?;
                bytes = rest;
                Content::Bytes(content)
            }
            5 => Content::Number(fixed::<4>(&mut bytes).map(u32::from_le_bytes)?.into()),
            kind => return Err(format!("a field of kind {kind}")),
        };
        found.push((tag >> 3, content));
    }
    Ok(found)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or("a number that is cut")?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number without an end".to_owned())
}

fn fixed<const SIZE: usize>(bytes: &mut &[u8]) -> Result<[u8; SIZE], String> {
    let (first, rest) = bytes.split_first_chunk::<SIZE>().ok_or("a number that is cut")?;
    *bytes = rest;
    Ok(*first)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_json(body: &[u8]) -> Result<Vec<SentSpan>, String> {
    let request: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let each = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut spans = Vec::new();
    for resource in each(&request, "resourceSpans") {
        for scope in each(&resource, "scopeSpans") {
            for span in each(&scope, "spans") {
                // 64-bit numbers are texts in protobuf's JSON.
                let nanos = |key: &str| text(&span[key]).parse().unwrap_or_default();
                spans.push(SentSpan {
                    trace: text(&span["traceId"]),
                    id: text(&span["spanId"]),
                    parent: text(&span["parentSpanId"]),
                    name: text(&span["name"]),
                    start: nanos("startTimeUnixNano"),
                    end: nanos("endTimeUnixNano"),
                });
            }
        }
    }
    Ok(spans)
}
