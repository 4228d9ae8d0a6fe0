//! A span as the JSON text that MLflow stores (`spans.content`, and the elements of `traces.json`).

use std::fmt::Write as _;

use super::{Span, StatusCode};

/// The span in MLflow's stored form: ids as base64 of their bytes, attribute values as JSON text inside strings.
pub(crate) fn span_json(span: &Span) -> String {
    let payload: usize =
        span.attributes.iter().map(|(key, value)| key.len() + value.as_str().len() + 8).sum();
    let mut out = String::with_capacity(payload + payload / 8 + 512);
    out.push_str("{\"trace_id\": \"");
    out.push_str(&base64(&span.trace_id.to_u128().to_be_bytes()));
    out.push_str("\", \"span_id\": \"");
    out.push_str(&base64(&span.span_id.to_u64().to_be_bytes()));
    out.push_str("\", \"parent_span_id\": ");
    match span.parent_id {
        Some(parent) => {
            out.push('"');
            out.push_str(&base64(&parent.to_u64().to_be_bytes()));
            out.push('"');
        }
        None => out.push_str("null"),
    }
    out.push_str(", \"name\": ");
    push_string(&mut out, &span.name);
    // Writing into a String can't fail.
    let _ = write!(
        out,
        ", \"start_time_unix_nano\": {}, \"end_time_unix_nano\": {}, \"events\": [",
        span.start_unix_nanos, span.end_unix_nanos
    );
    for (index, event) in span.events.iter().enumerate() {
        out.push_str(if index == 0 { "{\"name\": " } else { ", {\"name\": " });
        push_string(&mut out, &event.name);
        let _ = write!(out, ", \"time_unix_nano\": {}, \"attributes\": {{", event.time_unix_nanos);
        for (index, (key, value)) in event.attributes.iter().enumerate() {
            push_key(&mut out, index, key);
            out.push_str(value.as_str());
        }
        out.push_str("}}");
    }
    out.push_str("], \"status\": {\"code\": \"STATUS_CODE_");
    out.push_str(span.status.code.as_str());
    out.push_str("\", \"message\": ");
    push_string(&mut out, if span.status.code == StatusCode::Error { &span.status.message } else { "" });
    out.push_str("}, \"attributes\": {");
    for (index, (key, value)) in span.attributes.iter().enumerate() {
        push_key(&mut out, index, key);
        push_string(&mut out, value.as_str());
    }
    out.push_str("}, \"links\": [");
    for (index, link) in span.links.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let (trace_id, span_id) = (link.trace_id, link.span_id);
        let _ = write!(
            out,
            "{separator}{{\"trace_id\": \"{trace_id}\", \"span_id\": \"{span_id}\", \"attributes\": "
        );
        // As Python writes a link of which nothing is said.
        if link.attributes.is_empty() {
            out.push_str("null}");
            continue;
        }
        out.push('{');
        for (index, (key, value)) in link.attributes.iter().enumerate() {
            push_key(&mut out, index, key);
            out.push_str(value.as_str());
        }
        out.push_str("}}");
    }
    out.push_str("]}");
    out
}

fn push_key(out: &mut String, index: usize, key: &str) {
    if index > 0 {
        out.push_str(", ");
    }
    push_string(out, key);
    out.push_str(": ");
}

/// Appends a JSON string. Only what JSON demands is escaped: MLflow's text filters search this column with LIKE.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut clean_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[clean_from..index]);
        clean_from = index + 1;
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[clean_from..]);
    out.push('"');
}

/// Standard base64 with padding, for the two fixed sizes of ids.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = u32::from(chunk[0]) << 16
            | u32::from(chunk.get(1).copied().unwrap_or(0)) << 8
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for position in 0..4 {
            out.push(if position <= chunk.len() {
                char::from(DIGITS[(word >> (18 - 6 * position) & 63) as usize])
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_base64_as_rfc_4648_pads_it() {
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(&[0xcd, 0x1e, 0x65, 0x19, 0xd2, 0x28, 0x83, 0x05]), "zR5lGdIogwU=");
        assert_eq!(
            base64(&0x3d45fc53414386d3f4af6844ae299fb4_u128.to_be_bytes()),
            "PUX8U0FDhtP0r2hErimftA=="
        );
    }

    #[test]
    fn strings_are_escaped_as_json_demands_and_no_more() {
        let mut out = String::new();
        push_string(&mut out, "a\"b\\c\n\u{1}ü\u{7f}");
        assert_eq!(out, "\"a\\\"b\\\\c\\n\\u0001ü\u{7f}\"");
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), "a\"b\\c\n\u{1}ü\u{7f}");
    }
}
