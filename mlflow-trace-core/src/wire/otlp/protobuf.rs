//! Protobuf, written by hand: a value's length stands before it, and is known beforehand for all but lists, maps, texts
//! with escapes, spans and requests. Those are written behind a gap that is filled when their end is reached.

use super::content::{Content, Value};
use super::lengths::{bytes, bytes_length, close, fixed64, growth, open, varint, varint_length};
use super::{Encoding, batches};
use crate::model::{SpanId, TraceId};
use crate::wire::json_text::{Cursor, Word};

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
    /// Of a `KeyValue`.
    pub(super) const KEY: u8 = 0x0a;
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
    /// Where the lengths of the resource's and the scope's spans belong.
    gaps: [usize; 2],
    width: usize,
}

impl Request {
    /// A request that will have about so many bytes.
    pub(super) fn new(encoding: &Encoding, expected: usize) -> Self {
        let mut attributes = Vec::new();
        for (key, value) in &encoding.resource {
            text(&mut attributes, Owner { tag: tag::RESOURCE_ATTRIBUTES, key: Some(key) }, value, "");
        }
        let mut resource = Vec::new();
        bytes(&mut resource, tag::RESOURCE_SPANS_RESOURCE, &attributes);
        let mut scope = Vec::new();
        if !encoding.scope.is_empty() {
            let mut name = Vec::new();
            bytes(&mut name, tag::SCOPE_NAME, encoding.scope.as_bytes());
            bytes(&mut scope, tag::SCOPE_SPANS_SCOPE, &name);
        }
        let width = varint_length(expected as u64);
        let out = Vec::with_capacity(expected + expected / 32 + resource.len() + scope.len() + 16);
        let mut request = Self { out, resource, scope, gaps: [0; 2], width };
        request.open();
        request
    }

    fn open(&mut self) {
        let resource_spans = open(&mut self.out, tag::REQUEST_RESOURCE_SPANS, self.width);
        self.out.extend_from_slice(&self.resource);
        let scope_spans = open(&mut self.out, tag::RESOURCE_SPANS_SCOPE_SPANS, self.width);
        self.out.extend_from_slice(&self.scope);
        self.gaps = [resource_spans, scope_spans];
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
        self.out.len() + growth(&self.gaps, self.width, self.out.len())
    }

    fn split(&mut self, at: usize) -> (Vec<u8>, usize) {
        let mut next = Self {
            out: Vec::with_capacity(self.out.capacity()),
            resource: std::mem::take(&mut self.resource),
            scope: std::mem::take(&mut self.scope),
            ..*self
        };
        next.open();
        let begin = next.out.len();
        next.out.extend_from_slice(self.out.get(at..).unwrap_or_default());
        self.out.truncate(at);
        close(&mut self.out, &self.gaps, self.width);
        (std::mem::replace(self, next).out, begin)
    }

    fn finish(mut self) -> Vec<u8> {
        close(&mut self.out, &self.gaps, self.width);
        // The last one may be much shorter than those before, and wait for long.
        self.out.shrink_to_fit();
        self.out
    }
}

fn write_span(out: &mut Vec<u8>, content: &Content<'_>) {
    let span = content.span;
    let expected = content.expected_bytes();
    out.reserve(expected);
    let width = varint_length(expected as u64);
    let message = open(out, tag::SCOPE_SPANS_SPANS, width);
    ids(out, [tag::SPAN_TRACE_ID, tag::SPAN_SPAN_ID], span.trace_id, span.span_id);
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
        let message = open(out, tag::SPAN_EVENTS, USUAL);
        fixed64(out, tag::EVENT_TIME, event.time_unix_nanos);
        bytes(out, tag::EVENT_NAME, event.name.as_bytes());
        content.each_detail(&event.attributes, |key, value| {
            attribute(out, tag::EVENT_ATTRIBUTES, key, value);
        });
        close(out, &[message], USUAL);
    }
    for link in &span.links {
        let message = open(out, tag::SPAN_LINKS, USUAL);
        ids(out, [tag::LINK_TRACE_ID, tag::LINK_SPAN_ID], link.trace_id, link.span_id);
        content.each_detail(&link.attributes, |key, value| attribute(out, tag::LINK_ATTRIBUTES, key, value));
        close(out, &[message], USUAL);
    }
    if let Some((code, message)) = content.status() {
        let message_length = if message.is_empty() { 0 } else { bytes_length(message.len()) };
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
    close(out, &[message], width);
}

/// The width of the length of a message that is short, most often.
const USUAL: usize = 1;

fn ids(out: &mut Vec<u8>, tags: [u8; 2], trace_id: TraceId, span_id: SpanId) {
    bytes(out, tags[0], &trace_id.to_u128().to_be_bytes());
    bytes(out, tags[1], &span_id.to_u64().to_be_bytes());
}

/// A `KeyValue` as the field with this tag.
fn attribute(out: &mut Vec<u8>, tag: u8, key: &str, value: &Value<'_>) {
    let owner = Owner { tag, key: Some(key) };
    match value {
        Value::Text(said, end) => text(out, owner, said, end),
        Value::Json(json) => {
            let start = out.len();
            let is_written =
                any_value(out, owner, &mut Cursor::new(json), varint_length(json.len() as u64), 0);
            // Text that is no JSON, which does not happen, is sent as it is.
            if is_written.is_none() {
                out.truncate(start);
                text(out, owner, json, "");
            }
        }
    }
}

/// What an `AnyValue` is part of: a `KeyValue` with this tag and key, or without a key the list that it is an element of.
#[derive(Clone, Copy)]
struct Owner<'a> {
    tag: u8,
    key: Option<&'a str>,
}

impl Owner<'_> {
    /// What stands before an `AnyValue` of this length.
    fn head(self, out: &mut Vec<u8>, length: usize) {
        let Some(key) = self.key else {
            out.push(self.tag);
            return varint(out, length as u64);
        };
        let all = bytes_length(key.len()) + bytes_length(length);
        if all < 0x80 {
            // So are the lengths inside, and most attributes are like this.
            out.extend_from_slice(&[self.tag, all as u8, tag::KEY, key.len() as u8]);
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(&[tag::VALUE, length as u8]);
        } else {
            out.push(self.tag);
            varint(out, all as u64);
            bytes(out, tag::KEY, key.as_bytes());
            out.push(tag::VALUE);
            varint(out, length as u64);
        }
    }

    /// What stands before an `AnyValue` of unknown length whose only field is a message or text with this tag. `write`
    /// writes that.
    fn around<T>(
        self,
        out: &mut Vec<u8>,
        value: u8,
        width: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Option<T>,
    ) -> Option<T> {
        let owner = open(out, self.tag, width);
        let Some(key) = self.key else {
            let value = open(out, value, width);
            let written = write(out)?;
            close(out, &[owner, value], width);
            return Some(written);
        };
        bytes(out, tag::KEY, key.as_bytes());
        let any = open(out, tag::VALUE, width);
        let value = open(out, value, width);
        let written = write(out)?;
        close(out, &[owner, any, value], width);
        Some(written)
    }
}

/// An `AnyValue` of the next JSON value, whose length probably takes so many bytes. `None` when the text is no JSON.
fn any_value(
    out: &mut Vec<u8>,
    owner: Owner<'_>,
    cursor: &mut Cursor<'_>,
    width: usize,
    depth: usize,
) -> Option<()> {
    match cursor.peek()? {
        b'"' => {
            cursor.take(b'"')?;
            let (run, is_whole) = cursor.run()?;
            if is_whole {
                text(out, owner, run, "");
                return Some(());
            }
            owner.around(out, tag::ANY_STRING, width, |out| {
                out.extend_from_slice(run.as_bytes());
                loop {
                    cursor.escape(|letter| out.extend_from_slice(letter.as_bytes()))?;
                    let (run, is_end) = cursor.run()?;
                    out.extend_from_slice(run.as_bytes());
                    if is_end {
                        return Some(());
                    }
                }
            })
        }
        b'{' | b'[' if depth >= MAX_NESTING => {
            text(out, owner, cursor.value()?, "");
            Some(())
        }
        b'{' => {
            cursor.take(b'{')?;
            owner.around(out, tag::ANY_MAP, width, |out| {
                let mut elements = Elements::default();
                while cursor.has_next(elements.is_first(), b'}')? {
                    let key = cursor.string()?.text();
                    cursor.take(b':')?;
                    elements.write(out, Some(&key), cursor, depth)?;
                }
                Some(())
            })
        }
        b'[' => {
            cursor.take(b'[')?;
            owner.around(out, tag::ANY_LIST, width, |out| {
                let mut elements = Elements::default();
                while cursor.has_next(elements.is_first(), b']')? {
                    elements.write(out, None, cursor, depth)?;
                }
                Some(())
            })
        }
        _ => {
            word(out, owner, Word::read(cursor.word()?)?);
            Some(())
        }
    }
}

/// The elements of a list or map while they are written.
#[derive(Default)]
struct Elements {
    /// What the one before took in bytes, which the next is likely to take too. Zero before the first.
    last: usize,
}

impl Elements {
    fn is_first(&self) -> bool {
        self.last == 0
    }

    fn write(
        &mut self,
        out: &mut Vec<u8>,
        key: Option<&str>,
        cursor: &mut Cursor<'_>,
        depth: usize,
    ) -> Option<()> {
        let start = out.len();
        let width = varint_length(self.last as u64);
        any_value(out, Owner { tag: tag::ELEMENTS, key }, cursor, width, depth + 1)?;
        self.last = out.len() - start;
        Some(())
    }
}

fn word(out: &mut Vec<u8>, owner: Owner<'_>, word: Word<'_>) {
    match word {
        Word::Null => owner.head(out, 0),
        Word::Bool(value) => {
            owner.head(out, 2);
            out.extend_from_slice(&[tag::ANY_BOOL, u8::from(value)]);
        }
        Word::Int(value) => {
            // A negative number as the two's complement that it is.
            let value = value as u64;
            owner.head(out, 1 + varint_length(value));
            out.push(tag::ANY_INT);
            varint(out, value);
        }
        Word::Double(value) => {
            owner.head(out, 9);
            fixed64(out, tag::ANY_DOUBLE, value.to_bits());
        }
        Word::Digits(digits) => text(out, owner, digits, ""),
    }
}

/// A text, and what stands behind it.
fn text(out: &mut Vec<u8>, owner: Owner<'_>, text: &str, end: &str) {
    let length = text.len() + end.len();
    owner.head(out, bytes_length(length));
    out.push(tag::ANY_STRING);
    varint(out, length as u64);
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(end.as_bytes());
}
