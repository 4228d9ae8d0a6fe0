//! What OTLP/JSON demands beyond JSON: ids in hex, 64-bit numbers as text, enums as numbers, nothing that is null.

use serde_json::Value;

/// Fails on a request that a strict reader would not take. Names of the user's are values in OTLP, never keys.
pub(super) fn check(json: &Value) {
    match json {
        Value::Object(members) => {
            for (key, value) in members {
                let text = value.as_str().unwrap_or_default();
                let is_hex = |digits| {
                    text.len() == digits
                        && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
                };
                let is_strict = match key.as_str() {
                    "traceId" => is_hex(32),
                    "spanId" | "parentSpanId" => is_hex(16),
                    "timeUnixNano" | "startTimeUnixNano" | "endTimeUnixNano" => text.parse::<u64>().is_ok(),
                    "intValue" => text.parse::<i64>().is_ok_and(|number| number.to_string() == text),
                    "kind" | "code" | "flags" => value.is_u64(),
                    "doubleValue" => value.is_number(),
                    "boolValue" => value.is_boolean(),
                    "name" | "key" | "message" | "stringValue" => value.is_string(),
                    "attributes" | "events" | "links" | "values" | "spans" | "scopeSpans"
                    | "resourceSpans" => value.is_array(),
                    "value" | "arrayValue" | "kvlistValue" | "status" | "scope" | "resource" => {
                        value.is_object()
                    }
                    _ => false,
                };
                assert!(is_strict, "{key}: {value}");
                check(value);
            }
        }
        Value::Array(items) => items.iter().for_each(check),
        Value::Null => panic!("a null"),
        _ => {}
    }
}
