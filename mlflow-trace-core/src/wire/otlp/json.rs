//! OTLP/JSON: ids in hex, 64-bit numbers as text, enums as numbers, nothing that is null.

use super::content::{Content, Value};
use super::protobuf::MAX_NESTING;
use super::{Encoding, batches};
use crate::model::{digits, push_string};
use crate::wire::json_text::{Cursor, Quoted, Word};

const TAIL: &str = "]}]}]}";

/// A request with one resource and one scope.
pub(super) struct Request {
    out: String,
    head: String,
}

impl Request {
    /// A request that would have about so many bytes in protobuf.
    pub(super) fn new(encoding: &Encoding, expected: usize) -> Self {
        let mut head = String::from("{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
        for (index, (key, value)) in encoding.resource.iter().enumerate() {
            attribute(&mut head, index == 0, key, &Value::Text(value.into(), ""));
        }
        head.push_str("]},\"scopeSpans\":[{");
        if !encoding.scope.is_empty() {
            head.push_str("\"scope\":{\"name\":");
            push_string(&mut head, encoding.scope);
            head.push_str("},");
        }
        head.push_str("\"spans\":[");
        let mut out = String::with_capacity(head.len() + expected + expected / 4);
        out.push_str(&head);
        Self { out, head }
    }
}

impl batches::Request for Request {
    fn push(&mut self, span: &Content<'_>) {
        if self.out.len() > self.head.len() {
            self.out.push(',');
        }
        write_span(&mut self.out, span);
    }

    fn written(&self) -> usize {
        self.out.len()
    }

    fn size(&self) -> usize {
        self.out.len() + TAIL.len()
    }

    fn split(&mut self, at: usize) -> (Vec<u8>, usize) {
        let mut next = String::with_capacity(self.out.capacity());
        next.push_str(&self.head);
        let rest = self.out.get(at..).unwrap_or_default();
        // The first span has no comma, so that all behind it moves by one more byte.
        let first = rest.strip_prefix(',').unwrap_or(rest);
        let begin = next.len() + first.len() - rest.len();
        next.push_str(first);
        self.out.truncate(at);
        self.out.push_str(TAIL);
        (std::mem::replace(&mut self.out, next).into_bytes(), begin)
    }

    fn finish(mut self) -> Vec<u8> {
        self.out.push_str(TAIL);
        self.out.shrink_to_fit();
        self.out.into_bytes()
    }
}

fn write_span(out: &mut String, content: &Content<'_>) {
    let span = content.span;
    out.push_str("{\"traceId\":\"");
    hex(out, &span.trace_id.to_u128().to_be_bytes());
    out.push_str("\",\"spanId\":\"");
    hex(out, &span.span_id.to_u64().to_be_bytes());
    if let Some(parent) = span.parent_id {
        out.push_str("\",\"parentSpanId\":\"");
        hex(out, &parent.to_u64().to_be_bytes());
    }
    out.push_str("\",\"name\":");
    push_string(out, &content.name);
    if content.kind != 0 {
        out.push_str(",\"kind\":");
        out.push_str(digits(content.kind.into(), &mut [0; 20]));
    }
    if content.flags != 0 {
        out.push_str(",\"flags\":");
        out.push_str(digits(content.flags.into(), &mut [0; 20]));
    }
    out.push_str(",\"startTimeUnixNano\":\"");
    out.push_str(digits(span.start_unix_nanos, &mut [0; 20]));
    out.push_str("\",\"endTimeUnixNano\":\"");
    out.push_str(digits(content.end_unix_nanos(), &mut [0; 20]));
    out.push_str("\",\"attributes\":[");
    let mut is_first = true;
    content.each_attribute(|key, value| attribute(out, std::mem::take(&mut is_first), key, value));
    out.push_str("],\"events\":[");
    for (index, event) in span.events.iter().enumerate() {
        out.push_str(if index == 0 { "{\"timeUnixNano\":\"" } else { ",{\"timeUnixNano\":\"" });
        out.push_str(digits(event.time_unix_nanos, &mut [0; 20]));
        out.push_str("\",\"name\":");
        push_string(out, &event.name);
        out.push_str(",\"attributes\":[");
        let mut is_first = true;
        content.each_detail(&event.attributes, |key, value| {
            attribute(out, std::mem::take(&mut is_first), key, value);
        });
        out.push_str("]}");
    }
    out.push_str("],\"links\":[");
    for (index, link) in span.links.iter().enumerate() {
        out.push_str(if index == 0 { "{\"traceId\":\"" } else { ",{\"traceId\":\"" });
        hex(out, &link.trace_id.to_u128().to_be_bytes());
        out.push_str("\",\"spanId\":\"");
        hex(out, &link.span_id.to_u64().to_be_bytes());
        out.push_str("\",\"attributes\":[");
        let mut is_first = true;
        content.each_detail(&link.attributes, |key, value| {
            attribute(out, std::mem::take(&mut is_first), key, value);
        });
        out.push_str("]}");
    }
    out.push(']');
    if let Some((code, message)) = content.status() {
        out.push_str(",\"status\":{\"code\":");
        out.push_str(digits(code.into(), &mut [0; 20]));
        if !message.is_empty() {
            out.push_str(",\"message\":");
            push_string(out, message);
        }
        out.push('}');
    }
    out.push('}');
}

fn attribute(out: &mut String, is_first: bool, key: &str, value: &Value<'_>) {
    out.push_str(if is_first { "{\"key\":" } else { ",{\"key\":" });
    push_string(out, key);
    out.push_str(",\"value\":");
    match value {
        Value::Text(text, "") => string_value(out, text),
        Value::Text(text, end) => string_value(out, &format!("{text}{end}")),
        Value::Json(json) => {
            let start = out.len();
            // Text that is no JSON, which does not happen, is sent as it is.
            if any_value(out, &mut Cursor::new(json), 0).is_none() {
                out.truncate(start);
                string_value(out, json);
            }
        }
    }
    out.push('}');
}

fn hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 0xf)]));
    }
}

/// A JSON string as it stands in other JSON. Half a surrogate pair, which readers choke on, becomes U+FFFD.
fn string(out: &mut String, quoted: Quoted<'_>) {
    if quoted.has_numbered {
        return push_string(out, &quoted.text());
    }
    out.push('"');
    out.push_str(quoted.inner);
    out.push('"');
}

fn string_value(out: &mut String, text: &str) {
    out.push_str("{\"stringValue\":");
    push_string(out, text);
    out.push('}');
}

fn any_value(out: &mut String, cursor: &mut Cursor<'_>, depth: usize) -> Option<()> {
    match cursor.peek()? {
        b'"' => {
            out.push_str("{\"stringValue\":");
            string(out, cursor.string()?);
            out.push('}');
        }
        b'{' | b'[' if depth >= MAX_NESTING => string_value(out, cursor.value()?),
        b'{' => {
            cursor.take(b'{')?;
            out.push_str("{\"kvlistValue\":{\"values\":[");
            let mut is_first = true;
            while cursor.has_next(is_first, b'}')? {
                out.push_str(if is_first { "{\"key\":" } else { ",{\"key\":" });
                is_first = false;
                string(out, cursor.string()?);
                cursor.take(b':')?;
                out.push_str(",\"value\":");
                any_value(out, cursor, depth + 1)?;
                out.push('}');
            }
            out.push_str("]}}");
        }
        b'[' => {
            cursor.take(b'[')?;
            out.push_str("{\"arrayValue\":{\"values\":[");
            let mut is_first = true;
            while cursor.has_next(is_first, b']')? {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                any_value(out, cursor, depth + 1)?;
            }
            out.push_str("]}}");
        }
        _ => {
            let word = cursor.word()?;
            match Word::read(word)? {
                Word::Null => out.push_str("{}"),
                Word::Bool(_) => around(out, "{\"boolValue\":", word, "}"),
                Word::Int(value) => {
                    out.push_str(if value < 0 { "{\"intValue\":\"-" } else { "{\"intValue\":\"" });
                    around(out, "", digits(value.unsigned_abs(), &mut [0; 20]), "\"}");
                }
                Word::Double(_) => around(out, "{\"doubleValue\":", word, "}"),
                Word::Digits(digits) => around(out, "{\"stringValue\":\"", digits, "\"}"),
            }
        }
    }
    Some(())
}

fn around(out: &mut String, before: &str, word: &str, after: &str) {
    out.push_str(before);
    out.push_str(word);
    out.push_str(after);
}
