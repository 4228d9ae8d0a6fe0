//! Protobuf, written by hand: a value's length stands before it, and is known beforehand for all but lists, maps, spans
//! and requests. Those are written behind a gap of about the right size, which is filled when their end is reached.

use super::content::{Content, Value};
use super::lengths::{Before, Layer, bytes, close, fixed64, head_length, heads, open, varint, varint_length};
use super::{Encoding, batches};
use crate::wire::json_text::{Cursor, Word, unescape};

/// Lists and maps inside one another, beyond which the rest is sent as JSON text: decoders of protobuf give up at 100
/// messages and those of JSON at 128 brackets, and with them the whole request is lost. A map is up to four of those.
pub(super) const MAX_NESTING: usize = 24;

/// Tags of `opentelemetry/proto/{trace,common,resource}/v1`: the field's number and how it is encoded.
mod tag {
    pub(super) const REQUEST_RESOURCE_SPANS: u8 = 0x0a;
    pub(super) const RESOURCE_SPANS_RESOURCE: u8 = 0x0a;
    pub(super) const RESOURCE_SPANS_SCOPE_SPANS: u8 = 0x12;
    pub(super) const RESOURCE_ATTRIBUTES: u8 = 0x0a;
    pub(super) const SCOPE_SPANS_SCOPE: u8 = 0x0a;
    pub(super) const SCOPE_SPANS_SPANS: u8 = 0x12;
    pub(super) const SCOPE_NAME: u8 = 0x0a;
    pub(super) const SPAN_TRACE_ID: u8 = 0x0a;
    pub(super) const SPAN_SPAN_ID: u8 = 0x12;
    pub(super) const SPAN_PARENT: u8 = 0x22;
    pub(super) const SPAN_NAME: u8 = 0x2a;
    pub(super) const SPAN_KIND: u8 = 0x30;
    pub(super) const SPAN_START: u8 = 0x39;
    pub(super) const SPAN_END: u8 = 0x41;
    pub(super) const SPAN_ATTRIBUTES: u8 = 0x4a;
    pub(super) const SPAN_EVENTS: u8 = 0x5a;
    pub(super) const SPAN_LINKS: u8 = 0x6a;
    pub(super) const SPAN_STATUS: u8 = 0x7a;
    /// Field 16 takes two bytes.
    pub(super) const SPAN_FLAGS: [u8; 2] = [0x85, 0x01];
    pub(super) const EVENT_TIME: u8 = 0x09;
    pub(super) const EVENT_NAME: u8 = 0x12;
    pub(super) const EVENT_ATTRIBUTES: u8 = 0x1a;
    pub(super) const LINK_TRACE_ID: u8 = 0x0a;
    pub(super) const LINK_SPAN_ID: u8 = 0x12;
    pub(super) const LINK_ATTRIBUTES: u8 = 0x22;
    pub(super) const STATUS_MESSAGE: u8 = 0x12;
    pub(super) const STATUS_CODE: u8 = 0x18;
    pub(super) const VALUE: u8 = 0x12;
    pub(super) const ANY_STRING: u8 = 0x0a;
    pub(super) const ANY_BOOL: u8 = 0x10;
    pub(super) const ANY_INT: u8 = 0x18;
    pub(super) const ANY_DOUBLE: u8 = 0x21;
    pub(super) const ANY_LIST: u8 = 0x2a;
    pub(super) const ANY_MAP: u8 = 0x32;
    /// Of both lists and maps.
    pub(super) const ELEMENTS: u8 = 0x0a;
}

/// An `ExportTraceServiceRequest` with one resource and one scope.
pub(super) struct Request {
    out: Vec<u8>,
    /// The resource as the field that it is, and the scope.
    resource: Vec<u8>,
    scope: Vec<u8>,
    gap: usize,
}

/// What most requests' spans have in bytes, within a factor of ten.
const USUAL_REQUEST: usize = 1 << 17;

impl Request {
    pub(super) fn new(encoding: &Encoding) -> Self {
        let mut attributes = Vec::new();
        for (key, value) in &encoding.resource {
            key_text(&mut attributes, tag::RESOURCE_ATTRIBUTES, key, value, "");
        }
        let mut resource = Vec::new();
        bytes(&mut resource, tag::RESOURCE_SPANS_RESOURCE, &attributes);
        let mut scope = Vec::new();
        if !encoding.scope.is_empty() {
            let mut name = Vec::new();
            bytes(&mut name, tag::SCOPE_NAME, encoding.scope.as_bytes());
            bytes(&mut scope, tag::SCOPE_SPANS_SCOPE, &name);
        }
        let mut request = Self { out: Vec::new(), resource, scope, gap: 0 };
        request.open();
        request
    }

    fn layers(resource: &[u8]) -> [Layer<'_>; 2] {
        [
            Layer { before: Before::Nothing, tag: tag::REQUEST_RESOURCE_SPANS },
            Layer { before: Before::Bytes(resource), tag: tag::RESOURCE_SPANS_SCOPE_SPANS },
        ]
    }

    fn open(&mut self) {
        self.gap = open(&mut self.out, &Self::layers(&self.resource), USUAL_REQUEST);
        self.out.extend_from_slice(&self.scope);
    }
}

impl batches::Request for Request {
    fn push(&mut self, span: &Content<'_>) {
        write_span(&mut self.out, span);
    }

    fn written(&self) -> usize {
        self.out.len()
    }

    fn size(&self) -> usize {
        let spans = self.out.len() - self.gap;
        spans + head_length(&Self::layers(&self.resource), spans)
    }

    fn split(&mut self, at: usize) -> (Vec<u8>, usize) {
        let mut next = Self {
            out: Vec::with_capacity(self.out.len() + self.out.len() / 8),
            resource: std::mem::take(&mut self.resource),
            scope: std::mem::take(&mut self.scope),
            gap: 0,
        };
        next.open();
        let begin = next.out.len();
        next.out.extend_from_slice(self.out.get(at..).unwrap_or_default());
        self.out.truncate(at);
        close(&mut self.out, 0, self.gap, &Self::layers(&next.resource));
        (std::mem::replace(self, next).out, begin)
    }

    fn finish(mut self) -> Vec<u8> {
        close(&mut self.out, 0, self.gap, &Self::layers(&self.resource));
        self.out
    }
}

fn write_span(out: &mut Vec<u8>, content: &Content<'_>) {
    let span = content.span;
    let layers = [Layer { before: Before::Nothing, tag: tag::SCOPE_SPANS_SPANS }];
    let payload: usize = span.attributes.iter().map(|(key, json)| key.len() + json.as_str().len() + 12).sum();
    out.reserve(payload + 160);
    let (start, gap) = (out.len(), open(out, &layers, payload + 100));
    bytes(out, tag::SPAN_TRACE_ID, &span.trace_id.to_u128().to_be_bytes());
    bytes(out, tag::SPAN_SPAN_ID, &span.span_id.to_u64().to_be_bytes());
    if let Some(parent) = span.parent_id {
        bytes(out, tag::SPAN_PARENT, &parent.to_u64().to_be_bytes());
    }
    if !content.name.is_empty() {
        bytes(out, tag::SPAN_NAME, content.name.as_bytes());
    }
    if content.kind != 0 {
        out.extend_from_slice(&[tag::SPAN_KIND, content.kind]);
    }
    fixed64(out, tag::SPAN_START, span.start_unix_nanos);
    fixed64(out, tag::SPAN_END, content.end_unix_nanos());
    content.each_attribute(|key, value| attribute(out, tag::SPAN_ATTRIBUTES, key, value));
    for event in &span.events {
        let layers = [Layer { before: Before::Nothing, tag: tag::SPAN_EVENTS }];
        let (start, gap) = (out.len(), open(out, &layers, 200));
        fixed64(out, tag::EVENT_TIME, event.time_unix_nanos);
        bytes(out, tag::EVENT_NAME, event.name.as_bytes());
        content.each_detail(&event.attributes, |key, value| {
            attribute(out, tag::EVENT_ATTRIBUTES, key, value);
        });
        close(out, start, gap, &layers);
    }
    for link in &span.links {
        let layers = [Layer { before: Before::Nothing, tag: tag::SPAN_LINKS }];
        let (start, gap) = (out.len(), open(out, &layers, 28));
        bytes(out, tag::LINK_TRACE_ID, &link.trace_id.to_u128().to_be_bytes());
        bytes(out, tag::LINK_SPAN_ID, &link.span_id.to_u64().to_be_bytes());
        content.each_detail(&link.attributes, |key, value| attribute(out, tag::LINK_ATTRIBUTES, key, value));
        close(out, start, gap, &layers);
    }
    if let Some((code, message)) = content.status() {
        let message_length =
            if message.is_empty() { 0 } else { 1 + varint_length(message.len() as u64) + message.len() };
        out.push(tag::SPAN_STATUS);
        varint(out, (message_length + 2) as u64);
        if !message.is_empty() {
            bytes(out, tag::STATUS_MESSAGE, message.as_bytes());
        }
        out.extend_from_slice(&[tag::STATUS_CODE, code]);
    }
    if content.flags != 0 {
        out.extend_from_slice(&tag::SPAN_FLAGS);
        out.extend_from_slice(&content.flags.to_le_bytes());
    }
    close(out, start, gap, &layers);
}

/// A `KeyValue` as the field with this tag.
fn attribute(out: &mut Vec<u8>, tag: u8, key: &str, value: &Value<'_>) {
    match value {
        Value::Text(text, end) => key_text(out, tag, key, text, end),
        Value::Json(json) => {
            let start = out.len();
            let layers =
                [Layer { before: Before::Nothing, tag }, Layer { before: Before::Key(key), tag: tag::VALUE }];
            let is_written = any_value(out, &layers, &mut Cursor::new(json), json.len(), 0);
            // Text that is no JSON, which does not happen, is sent as it is.
            if is_written.is_none() {
                out.truncate(start);
                key_text(out, tag, key, json, "");
            }
        }
    }
}

/// An `AnyValue` of the next JSON value, below these layers. `None` when the text is no JSON.
fn any_value(
    out: &mut Vec<u8>,
    layers: &[Layer<'_>],
    cursor: &mut Cursor<'_>,
    usual: usize,
    depth: usize,
) -> Option<()> {
    match cursor.peek()? {
        b'"' => {
            let quoted = cursor.string()?;
            if quoted.has_escapes {
                let mut text = String::new();
                unescape(&mut text, quoted.inner);
                scalar(out, layers, &Scalar::Text(&text));
            } else {
                scalar(out, layers, &Scalar::Text(quoted.inner));
            }
        }
        b'{' | b'[' if depth >= MAX_NESTING => {
            scalar(out, layers, &Scalar::Text(cursor.value()?));
        }
        b'{' => {
            cursor.take(b'{')?;
            let inside = Layer { before: Before::Nothing, tag: tag::ANY_MAP };
            let (start, gaps) =
                (out.len(), (open(out, layers, usual), open(out, std::slice::from_ref(&inside), usual)));
            let mut is_first = true;
            while cursor.has_next(is_first, b'}')? {
                is_first = false;
                let key = cursor.string()?.text();
                cursor.take(b':')?;
                let layers = [
                    Layer { before: Before::Nothing, tag: tag::ELEMENTS },
                    Layer { before: Before::Key(&key), tag: tag::VALUE },
                ];
                any_value(out, &layers, cursor, SHORT, depth + 1)?;
            }
            close(out, start + gaps.0, gaps.1, std::slice::from_ref(&inside));
            close(out, start, gaps.0, layers);
        }
        b'[' => {
            cursor.take(b'[')?;
            let inside = Layer { before: Before::Nothing, tag: tag::ANY_LIST };
            let (start, gaps) =
                (out.len(), (open(out, layers, usual), open(out, std::slice::from_ref(&inside), usual)));
            let mut is_first = true;
            while cursor.has_next(is_first, b']')? {
                is_first = false;
                let layers = [Layer { before: Before::Nothing, tag: tag::ELEMENTS }];
                any_value(out, &layers, cursor, SHORT, depth + 1)?;
            }
            close(out, start + gaps.0, gaps.1, std::slice::from_ref(&inside));
            close(out, start, gaps.0, layers);
        }
        _ => match Word::read(cursor.word()?)? {
            Word::Null => scalar(out, layers, &Scalar::Nothing),
            Word::Bool(value) => scalar(out, layers, &Scalar::Bool(value)),
            Word::Int(value) => scalar(out, layers, &Scalar::Int(value)),
            Word::Double(value) => scalar(out, layers, &Scalar::Double(value)),
            Word::Digits(digits) => scalar(out, layers, &Scalar::Text(digits)),
        },
    }
    Some(())
}

/// What a list or map inside another has in bytes, unless it is a long one.
const SHORT: usize = 64;

/// A value whose length is known before it is written.
enum Scalar<'a> {
    Nothing,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
}

fn scalar(out: &mut Vec<u8>, layers: &[Layer<'_>], value: &Scalar<'_>) {
    let length = match value {
        Scalar::Nothing => 0,
        Scalar::Bool(_) => 2,
        Scalar::Int(value) => 1 + varint_length(*value as u64),
        Scalar::Double(_) => 9,
        Scalar::Text(text) => 1 + varint_length(text.len() as u64) + text.len(),
    };
    heads(out, layers, length);
    match value {
        Scalar::Nothing => {}
        Scalar::Bool(value) => out.extend_from_slice(&[tag::ANY_BOOL, u8::from(*value)]),
        Scalar::Int(value) => {
            out.push(tag::ANY_INT);
            varint(out, *value as u64);
        }
        Scalar::Double(value) => fixed64(out, tag::ANY_DOUBLE, value.to_bits()),
        Scalar::Text(text) => bytes(out, tag::ANY_STRING, text.as_bytes()),
    }
}

/// A `KeyValue` with a text, and what stands behind the text.
fn key_text(out: &mut Vec<u8>, tag: u8, key: &str, text: &str, end: &str) {
    let length = text.len() + end.len();
    let layers = [
        Layer { before: Before::Nothing, tag },
        Layer { before: Before::Key(key), tag: tag::VALUE },
        Layer { before: Before::Nothing, tag: tag::ANY_STRING },
    ];
    heads(out, &layers, length);
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(end.as_bytes());
}
