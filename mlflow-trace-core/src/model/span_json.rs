//! A span as the JSON text that MLflow stores (`spans.content`, and the elements of `traces.json`).

use super::json_string::{ascii_length, ascii_string_length, push_string};
use super::{Json, Span, StatusCode};

/// The span in MLflow's stored form: ids as base64 of their bytes, attribute values as JSON text inside strings.
pub(crate) fn span_json(span: &Span) -> String {
    let payload: usize =
        span.attributes.iter().map(|(key, value)| key.len() + value.as_str().len() + 8).sum();
    let mut out = String::with_capacity(payload + payload / 8 + 512);
    write_span(&mut out, span);
    out
}

/// The length in bytes of that form when each character outside of ASCII is escaped, which is how MLflow measures.
pub(crate) fn span_json_length(span: &Span) -> usize {
    let mut length = Length(0);
    write_span(&mut length, span);
    length.0
}

/// What the form is written to.
trait Write {
    /// JSON of nothing but ASCII.
    fn plain(&mut self, json: &str);
    fn json(&mut self, json: &str);
    fn string(&mut self, text: &str);
}

impl Write for String {
    fn plain(&mut self, json: &str) {
        self.push_str(json);
    }

    fn json(&mut self, json: &str) {
        self.push_str(json);
    }

    fn string(&mut self, text: &str) {
        push_string(self, text);
    }
}

/// Only counts.
struct Length(usize);

impl Write for Length {
    fn plain(&mut self, json: &str) {
        self.0 += json.len();
    }

    fn json(&mut self, json: &str) {
        self.0 += ascii_length(json);
    }

    fn string(&mut self, text: &str) {
        self.0 += ascii_string_length(text);
    }
}

fn write_span(out: &mut impl Write, span: &Span) {
    out.plain("{\"trace_id\": \"");
    out.plain(base64(&span.trace_id.to_u128().to_be_bytes(), &mut [0; 24]));
    out.plain("\", \"span_id\": \"");
    out.plain(base64(&span.span_id.to_u64().to_be_bytes(), &mut [0; 24]));
    out.plain("\", \"parent_span_id\": ");
    match span.parent_id {
        Some(parent) => {
            out.plain("\"");
            out.plain(base64(&parent.to_u64().to_be_bytes(), &mut [0; 24]));
            out.plain("\"");
        }
        None => out.plain("null"),
    }
    out.plain(", \"name\": ");
    out.string(&span.name);
    out.plain(", \"start_time_unix_nano\": ");
    out.plain(digits(span.start_unix_nanos, &mut [0; 20]));
    out.plain(", \"end_time_unix_nano\": ");
    out.plain(digits(span.end_unix_nanos, &mut [0; 20]));
    out.plain(", \"events\": [");
    for (index, event) in span.events.iter().enumerate() {
        out.plain(if index == 0 { "{\"name\": " } else { ", {\"name\": " });
        out.string(&event.name);
        out.plain(", \"time_unix_nano\": ");
        out.plain(digits(event.time_unix_nanos, &mut [0; 20]));
        out.plain(", \"attributes\": {");
        write_values(out, &event.attributes);
        out.plain("}}");
    }
    out.plain("], \"status\": {\"code\": \"STATUS_CODE_");
    out.plain(span.status.code.as_str());
    out.plain("\", \"message\": ");
    out.string(if span.status.code == StatusCode::Error { &span.status.message } else { "" });
    out.plain("}, \"attributes\": {");
    for (index, (key, value)) in span.attributes.iter().enumerate() {
        write_key(out, index, key);
        out.string(value.as_str());
    }
    out.plain("}, \"links\": [");
    for (index, link) in span.links.iter().enumerate() {
        out.plain(if index == 0 { "{\"trace_id\": \"" } else { ", {\"trace_id\": \"" });
        out.plain(&link.trace_id.to_string());
        out.plain("\", \"span_id\": \"");
        out.plain(&link.span_id.to_string());
        out.plain("\", \"attributes\": ");
        // As Python writes a link of which nothing is said.
        if link.attributes.is_empty() {
            out.plain("null}");
            continue;
        }
        out.plain("{");
        write_values(out, &link.attributes);
        out.plain("}}");
    }
    out.plain("]}");
}

fn write_values(out: &mut impl Write, pairs: &[(String, Json)]) {
    for (index, (key, value)) in pairs.iter().enumerate() {
        write_key(out, index, key);
        out.json(value.as_str());
    }
}

fn write_key(out: &mut impl Write, index: usize, key: &str) {
    if index > 0 {
        out.plain(", ");
    }
    out.string(key);
    out.plain(": ");
}

/// The number in decimal digits.
pub(crate) fn digits(mut number: u64, text: &mut [u8; 20]) -> &str {
    let mut from = text.len();
    for place in text.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        from -= 1;
        if number == 0 {
            break;
        }
    }
    text.get(from..).and_then(|digits| str::from_utf8(digits).ok()).unwrap_or("0")
}

/// Standard base64 with padding, for the two fixed sizes of ids.
fn base64<'a>(bytes: &[u8], text: &'a mut [u8; 24]) -> &'a str {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut length = 0;
    for (chunk, places) in bytes.chunks(3).zip(text.as_chunks_mut::<4>().0) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (position, place) in places.iter_mut().enumerate() {
            let digit = DIGITS[(word >> (18 - 6 * position) & 63) as usize];
            *place = if position <= chunk.len() { digit } else { b'=' };
        }
        length += 4;
    }
    text.get(..length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Link, SpanId, SpanType, Status, TraceId};

    #[test]
    fn ids_are_base64_as_rfc_4648_pads_it() {
        assert_eq!(base64(b"foobar", &mut [0; 24]), "Zm9vYmFy");
        assert_eq!(base64(&[0xcd, 0x1e, 0x65, 0x19, 0xd2, 0x28, 0x83, 0x05], &mut [0; 24]), "zR5lGdIogwU=");
        assert_eq!(
            base64(&0x3d45fc53414386d3f4af6844ae299fb4_u128.to_be_bytes(), &mut [0; 24]),
            "PUX8U0FDhtP0r2hErimftA=="
        );
    }

    #[test]
    fn numbers_are_written_as_digits() {
        for number in [0, 7, 10, 1_763_942_263_123_456_789, u64::MAX] {
            assert_eq!(digits(number, &mut [0; 20]), number.to_string());
        }
    }

    #[test]
    fn the_length_is_that_of_the_text_with_escapes_for_all_but_ascii() {
        let id = |number| SpanId::from_u64(number).unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), Json::from_valid(value.to_owned()));
        let trace_id = TraceId::from_u128(7).unwrap();
        let mut link = Link::new(trace_id, id(3));
        link.attributes.push(pair("wh\u{fc}", "\"\u{e4}\""));
        let span = Span {
            trace_id,
            span_id: id(1),
            parent_id: Some(id(2)),
            name: "n\u{1f600}\n".to_owned(),
            span_type: SpanType::Unknown,
            start_unix_nanos: 1,
            end_unix_nanos: 1_000,
            status: Status { code: StatusCode::Error, message: "n\u{f6}\"".to_owned() },
            attributes: vec![pair("k\u{e9}", "{\"a\": \"\\n\u{20ac}\"}"), pair("b", "1")],
            events: vec![Event {
                name: "e\t".to_owned(),
                time_unix_nanos: 12,
                attributes: vec![pair("c", "\"\u{e7}\""), pair("d", "[1, 2]")],
            }],
            links: vec![link, Link::new(trace_id, id(4))],
        };
        let json = span_json(&span);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        let ascii: usize = json.chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum();
        assert_eq!(span_json_length(&span), ascii);
    }
}
