//! Spans and traces out of the JSON that MLflow's `Span.to_dict` and `Trace.to_json` make, of this version and of
//! earlier ones.

use std::collections::BTreeMap;

use super::node::Node;
use super::span_content::SpanContent;
use super::timestamp::{clamp_nanos, parse_rfc_3339};
use super::{
    Completeness, Cost, Span, SpanId, SpanType, Status, StatusCode, TokenUsage, Trace, TraceId, TraceInfo,
    TraceState, keys,
};

/// A span; else what is wrong with it.
pub(crate) fn read_span(text: &str) -> Result<Span, String> {
    span(json(text)?)
}

/// A trace; else what is wrong with it.
pub(crate) fn read_trace(text: &str) -> Result<Trace, String> {
    trace(json(text)?)
}

fn json(text: &str) -> Result<Node, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))
}

pub(super) fn trace(node: Node) -> Result<Trace, String> {
    let mut fields = Fields::of(node);
    let (Some(info), Some(data)) = (fields.take("info"), fields.take("data")) else {
        return Err("it has no `info` and `data`".to_owned());
    };
    let Some(Node::Array(spans)) = Fields::of(data).take("spans") else {
        return Err("its `data` has no list `spans`".to_owned());
    };
    let mut info = Fields::of(info);
    let experiment_id = info
        .object("trace_location")
        .object("mlflow_experiment")
        .text("experiment_id")
        .or_else(|| info.text("experiment_id"));
    let spans = spans.into_iter().map(span).collect::<Result<Vec<_>, _>>()?;
    let mut info = trace_info(info)?;
    // The info has milliseconds; the root knows better.
    if let Some(root) = spans.iter().find(|span| span.parent_id.is_none())
        && root.start_unix_nanos / MILLI == info.start_unix_nanos / MILLI
    {
        info.start_unix_nanos = root.start_unix_nanos;
        let duration = root.end_unix_nanos.saturating_sub(root.start_unix_nanos);
        info.duration_nanos = info.duration_nanos.map(|nanos| {
            // The two ends were cut to milliseconds each for itself, or their difference was.
            if nanos.abs_diff(duration) < 2 * MILLI { duration } else { nanos }
        });
    }
    Ok(Trace::new(TraceInfo { experiment_id, ..info }, spans, Completeness::Whole))
}

const MILLI: u64 = 1_000_000;

fn trace_info(mut info: Fields) -> Result<TraceInfo, String> {
    let id = info.text("trace_id").or_else(|| info.text("request_id"));
    let id = id.ok_or("its info has no `trace_id`")?;
    let trace_id = trace_id(&id)
        .ok_or_else(|| format!("`{id}` is not a trace id; expected `tr-` and 32 hex digits, not all zero"))?;
    let mut tags = info.object("tags").into_texts();
    let mut metadata = info.object("trace_metadata").into_texts();
    metadata.extend(info.object("request_metadata").into_texts());
    let mut read = TraceInfo::new(trace_id);
    read.start_unix_nanos = info
        .text("request_time")
        .and_then(|text| parse_rfc_3339(&text))
        .or_else(|| info.number("timestamp_ms").map(millis))
        .unwrap_or(0);
    let duration = info.number("execution_duration_ms").or_else(|| info.number("execution_time_ms"));
    read.duration_nanos = duration.map(millis);
    let state = info.text("state").or_else(|| info.text("status"));
    read.state = match state.as_deref() {
        Some("OK") => TraceState::Ok,
        Some("ERROR") => TraceState::Error,
        _ => TraceState::InProgress,
    };
    read.client_request_id = info.text("client_request_id");
    read.request_preview = info.text("request_preview");
    read.response_preview = info.text("response_preview");
    read.name = tags.remove(keys::TAG_TRACE_NAME).unwrap_or_default();
    read.session = metadata.remove(keys::META_TRACE_SESSION);
    read.token_usage = metadata.remove(keys::META_TOKEN_USAGE).and_then(|text| token_usage(&text));
    read.cost = metadata.remove(keys::META_COST).and_then(|text| cost(&text));
    (read.tags, read.metadata) = (tags, metadata);
    Ok(read)
}

fn token_usage(text: &str) -> Option<TokenUsage> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let count = |key: &str| value[key].as_u64();
    let mut usage = TokenUsage::new(count("input_tokens").unwrap_or(0), count("output_tokens").unwrap_or(0));
    usage.total_tokens = count("total_tokens").unwrap_or(usage.total_tokens);
    usage.cache_read_input_tokens = count("cache_read_input_tokens");
    usage.cache_creation_input_tokens = count("cache_creation_input_tokens");
    value.is_object().then_some(usage)
}

fn cost(text: &str) -> Option<Cost> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let dollars = |key: &str| value[key].as_f64();
    let mut cost = Cost::new(dollars("input_cost").unwrap_or(0.0), dollars("output_cost").unwrap_or(0.0));
    cost.total_cost = dollars("total_cost").unwrap_or(cost.total_cost);
    value.is_object().then_some(cost)
}

fn millis(millis: u64) -> u64 {
    clamp_nanos(u128::from(millis) * u128::from(MILLI))
}

pub(super) fn span(node: Node) -> Result<Span, String> {
    let mut fields = Fields::of(node);
    let name = fields.text("name").ok_or("a span has no `name`")?;
    let wrong = |what: &str| format!("the span `{name}` has no valid `{what}`");
    // Before MLflow 3 the ids stood in an object of their own.
    let mut context = fields.object("context");
    let mut id = |key: &str| fields.text(key).or_else(|| context.text(key));
    let trace_id = id("trace_id").and_then(|text| trace_id(&text)).ok_or_else(|| wrong("trace_id"))?;
    let span_id = id("span_id").and_then(|text| span_id(&text)).ok_or_else(|| wrong("span_id"))?;
    let parent = fields.text("parent_span_id").or_else(|| fields.text("parent_id"));
    let parent_id = match parent.filter(|text| !text.is_empty()) {
        Some(text) => Some(self::span_id(&text).ok_or_else(|| wrong("parent_span_id"))?),
        None => None,
    };
    let start = fields.number("start_time_unix_nano").or_else(|| fields.number("start_time"));
    let start = start.ok_or_else(|| wrong("start_time_unix_nano"))?;
    let end = fields.number("end_time_unix_nano").or_else(|| fields.number("end_time"));
    let (code, message) = match fields.take("status") {
        Some(status) => {
            let mut status = Fields::of(status);
            (status.text("code"), status.text("message"))
        }
        None => (fields.text("status_code"), fields.text("status_message")),
    };
    let code = match code.as_deref().map(|code| code.trim_start_matches("STATUS_CODE_")) {
        Some("OK") => StatusCode::Ok,
        Some("ERROR") => StatusCode::Error,
        _ => StatusCode::Unset,
    };
    let content = SpanContent::of(fields.0);
    let span_type = content
        .attributes
        .iter()
        .find(|(key, _)| key == keys::SPAN_TYPE)
        .and_then(|(_, value)| value.to_value().as_str().map(str::to_owned));
    let start = clamp_nanos(start.into());
    Ok(Span {
        trace_id,
        span_id,
        parent_id,
        span_type: span_type.map_or(SpanType::Unknown, SpanType::stored),
        start_unix_nanos: start,
        end_unix_nanos: end.map_or(start, |end| clamp_nanos(end.into()).max(start)),
        status: Status { code, message: message.unwrap_or_default() },
        attributes: content.attributes,
        events: content.events,
        links: content.links,
        name,
    })
}

/// `tr-` and hex digits, the digits alone, base64 of the bytes, or Databricks' form with a place before the digits.
fn trace_id(text: &str) -> Option<TraceId> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let last = text.rsplit('/').next().unwrap_or(text);
    TraceId::parse(text).or_else(|| decoded(text)).or_else(|| TraceId::parse(last))
}

fn decoded(text: &str) -> Option<TraceId> {
    let bytes: [u8; 16] = base64_bytes(text)?.try_into().ok()?;
    TraceId::from_u128(u128::from_be_bytes(bytes))
}

/// Hex digits, or base64 of the bytes.
fn span_id(text: &str) -> Option<SpanId> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = match is_hex {
        true => u64::from_str_radix(digits, 16).ok()?,
        false => u64::from_be_bytes(base64_bytes(text)?.try_into().ok()?),
    };
    SpanId::from_u64(number)
}

/// The bytes of standard base64 with padding. For ids alone, so that there is nothing to depend on.
fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    (text.len().is_multiple_of(4) && text.len() - digits.len() < 3).then_some(bytes)
}

/// The fields of an object that are not read yet.
struct Fields(Vec<(String, Node)>);

impl Fields {
    fn of(node: Node) -> Self {
        Self(node.into_fields())
    }

    fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    fn object(&mut self, key: &str) -> Self {
        self.take(key).map_or_else(|| Self(Vec::new()), Self::of)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key)?.into_text()
    }

    fn number(&mut self, key: &str) -> Option<u64> {
        self.take(key)?.to_u64()
    }

    fn into_texts(self) -> BTreeMap<String, String> {
        let text = |node: Node| match node {
            Node::Text(text) => text,
            other => other.to_string(),
        };
        self.0.into_iter().map(|(key, node)| (key, text(node))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trace_json;

    const TRACE: &str = include_str!("remote_trace.json");

    /// As MLflow's TypeScript writes it: values are no JSON texts, a root's parent is empty.
    #[test]
    fn a_span_of_the_typescript_library_is_read() {
        let span = read_span(
            r#"{"trace_id": "t5O4AypPsY26t2HiBf+JfQ==", "span_id": "Sz++1Bu9+1o=", "parent_span_id": "", "name": "a",
                "start_time_unix_nano": 1700000000000000000, "end_time_unix_nano": 1700000000000000007,
                "status": {"code": "ERROR", "message": "no"}, "events": [], "links": [],
                "attributes": {"mlflow.spanType": "TOOL", "mlflow.spanInputs": {"q": ["x"]}, "n": 5}}"#,
        )
        .unwrap();
        assert_eq!(
            (span.parent_id, span.span_type.as_str(), span.status.code),
            (None, "TOOL", StatusCode::Error)
        );
        assert_eq!(span.inputs().unwrap().as_str(), r#"{"q": ["x"]}"#);
        assert_eq!(span.trace_id.to_string(), "tr-b793b8032a4fb18dbab761e205ff897d");
        assert_eq!(span.end_unix_nanos - span.start_unix_nanos, 7);
    }

    #[test]
    fn a_span_of_mlflow_2_and_one_of_3_5_are_read() {
        let old = r#"{"name": "a", "context": {"trace_id": "0xb793b8032a4fb18dbab761e205ff897d", "span_id": "0x4b3fbed41bbdfb5a"},
            "parent_id": "0x0000000000000007", "start_time": 5, "end_time": 9, "status_code": "OK", "status_message": "",
            "attributes": {}, "events": [{"name": "e", "timestamp": 6, "attributes": {}}]}"#;
        let old = read_span(old).unwrap();
        assert_eq!((old.parent_id.unwrap().to_u64(), old.start_unix_nanos, old.end_unix_nanos), (7, 5, 9));
        assert_eq!((old.status.code, old.events[0].time_unix_nanos), (StatusCode::Ok, 6));
        let newer = r#"{"name": "a", "trace_id": "trace:/main.traces/b793b8032a4fb18dbab761e205ff897d", "span_id": "4b3fbed41bbdfb5a",
            "parent_span_id": null, "start_time_unix_nano": "5", "end_time_unix_nano": null, "status": {"code": "OK"},
            "attributes": {}}"#;
        let newer = read_span(newer).unwrap();
        assert_eq!((newer.trace_id, newer.span_id), (old.trace_id, old.span_id));
        assert_eq!(newer.end_unix_nanos, 5);
    }

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        let trace = read_trace(TRACE).unwrap();
        assert_eq!((trace.info.name.as_str(), trace.info.experiment_id.as_deref()), ("answer", Some("0")));
        assert_eq!(trace.info.duration_nanos, Some(1_234_000_000));
        assert_eq!(read_trace(&trace_json(&trace)).unwrap(), trace);
    }

    #[test]
    fn whatever_is_missing_cut_or_of_another_type_is_read_or_refused() {
        for cut in (0..TRACE.len()).step_by(7) {
            if let Some(text) = TRACE.get(..cut) {
                let _ = read_trace(text);
            }
        }
        let texts: Vec<&str> = TRACE.split('"').skip(1).step_by(2).collect();
        for text in texts {
            for other in ["null", "7", "-1e300", "[]", "{\"a\": []}", "\"\\u0000\""] {
                let _ = read_trace(&TRACE.replace(&format!("\"{text}\""), other));
            }
            let _ = read_trace(&TRACE.replace(text, ""));
        }
        for (from, to) in [("1700000000000000000", "18446744073709551615"), ("2023", "9999"), ("1234", "-7")]
        {
            let trace = read_trace(&TRACE.replace(from, to));
            assert!(trace.is_err() || trace.is_ok_and(|trace| read_trace(&trace_json(&trace)).is_ok()));
        }
    }
}
