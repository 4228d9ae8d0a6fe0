//! What a receiver says about a request that it took (`ExportTraceServiceResponse`): spans that it refused all the same.
//!
//! The answer's form is told by its bytes: receivers answer JSON with protobuf and the reverse, and MLflow's servers of
//! 2025 name two types at once. What is neither says nothing.

use serde_json::Value;

/// How many spans the receiver refused and why; `None` when nothing is said. No spans and a sentence is a warning.
pub(crate) fn partial_success(content_type: &str, body: &[u8]) -> Option<(u64, String)> {
    // No message of protobuf is JSON text: behind its first byte, a line break, there is never the start of an object.
    let (refused, message) = match serde_json::from_slice::<Value>(body) {
        Ok(answer) => from_json(&answer)?,
        // Pages and sentences for people are none.
        Err(_) if content_type.trim_start().starts_with("text/") => return None,
        Err(_) => from_protobuf(body)?,
    };
    (refused > 0 || !message.is_empty()).then_some((refused, message))
}

fn from_json(answer: &Value) -> Option<(u64, String)> {
    let said = answer.get("partialSuccess").or_else(|| answer.get("partial_success"))?;
    let refused = said.get("rejectedSpans").or_else(|| said.get("rejected_spans"));
    let message = said.get("errorMessage").or_else(|| said.get("error_message"));
    let refused = match refused {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(digits)) => digits.trim().parse().ok(),
        _ => None,
    };
    Some((refused.unwrap_or_default(), message.and_then(Value::as_str).unwrap_or_default().to_owned()))
}

fn from_protobuf(body: &[u8]) -> Option<(u64, String)> {
    let (mut refused, mut message) = (0, String::new());
    let mut answer = Fields(body);
    while let Some(field) = answer.next()? {
        if let Field::Bytes(1, said) = field {
            let mut said = Fields(said);
            while let Some(field) = said.next()? {
                match field {
                    // A signed number; fewer than none are none.
                    Field::Number(1, number) => refused = u64::try_from(number as i64).unwrap_or_default(),
                    Field::Bytes(2, text) => message = String::from_utf8_lossy(text).into_owned(),
                    _ => {}
                }
            }
        }
    }
    Some((refused, message))
}

/// A field of a message, by its number.
enum Field<'a> {
    Number(u64, u64),
    Bytes(u64, &'a [u8]),
    Other,
}

/// What of a message is still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// `Some(None)` at the end, `None` where this is no message.
    fn next(&mut self) -> Option<Option<Field<'a>>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let tag = self.varint()?;
        Some(Some(match tag & 7 {
            0 => Field::Number(tag >> 3, self.varint()?),
            1 => self.take(8).map(|_| Field::Other)?,
            2 => {
                let length = self.varint()?;
                Field::Bytes(tag >> 3, self.take(usize::try_from(length).ok()?)?)
            }
            5 => self.take(4).map(|_| Field::Other)?,
            _ => return None,
        }))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JSON: &str = "application/json";
    const PROTOBUF: &str = "application/x-protobuf";

    fn said(refused: u64, message: &str) -> Option<(u64, String)> {
        Some((refused, message.to_owned()))
    }

    #[test]
    fn refused_spans_are_read_from_json_in_either_spelling() {
        for body in [
            r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#,
            r#"{"partialSuccess": {"errorMessage": "too old", "rejectedSpans": 3}}"#,
            r#"{"partial_success":{"rejected_spans":3,"error_message":"too old"},"more":[1]}"#,
            "\n {\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"too old\"}}\n",
        ] {
            for content_type in [JSON, PROTOBUF, "", "text/plain"] {
                assert_eq!(partial_success(content_type, body.as_bytes()), said(3, "too old"), "{body}");
            }
        }
        assert_eq!(
            partial_success(JSON, br#"{"partialSuccess":{"errorMessage":"slow down"}}"#),
            said(0, "slow down")
        );
    }

    #[test]
    fn refused_spans_are_read_from_protobuf_whatever_the_type_says() {
        // Also with fields of a later version: a number, eight bytes, four bytes, a text.
        let plain = b"\x0a\x0d\x08\xac\x02\x12\x08too old!";
        let later =
            b"\x10\x07\x0a\x20\x08\xac\x02\x19\0\0\0\0\0\0\0\0\x12\x08too old!\x25\0\0\0\0\x1a\x03new";
        for body in [plain.as_slice(), later.as_slice()] {
            for content_type in [PROTOBUF, JSON, ""] {
                assert_eq!(partial_success(content_type, body), said(300, "too old!"));
            }
        }
    }

    #[test]
    fn answers_that_refuse_nothing_say_nothing() {
        let bodies: [&[u8]; 13] = [
            b"",
            b" ",
            b"{}",
            b"null",
            b"[]",
            br#"{"partialSuccess":null}"#,
            br#"{"partialSuccess":{}}"#,
            br#"{"partialSuccess":{"rejectedSpans":"-1"}}"#,
            br#"{"partialSuccess":{"rejectedSpans":"many","errorMessage":""}}"#,
            b"\x0a\x00",
            b"\x0a\x02\x08\x00",
            // -1 and a message that ends too early.
            b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0a\x0d\x08\xac\x02",
        ];
        for body in bodies {
            for content_type in [JSON, PROTOBUF, "text/html", ""] {
                assert_eq!(partial_success(content_type, body), None, "{body:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reading_fail(body: Vec<u8>, frame in 0_u8..4) {
            let framed: Vec<u8> = [0x0a, body.len() as u8, 0x08, frame].into_iter().chain(body.clone()).collect();
            for body in [&body, &framed] {
                let _ = partial_success(PROTOBUF, body);
            }
        }
    }
}
