//! Spans as servers give them back: with values in the form of OTLP's JSON (`traces/get`, `traces/batchGet`), or as the
//! file `traces.json` keeps them. Both become the same spans.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{
    Event, Json, Link, Node, Span, SpanContent, SpanId, SpanType, Status, StatusCode, TraceId, keys,
    push_string,
};

/// The spans of such a file; `None` when it is none.
pub(crate) fn spans_of_file(body: &[u8]) -> Option<Vec<Span>> {
    #[derive(serde::Deserialize)]
    struct File {
        spans: Spans,
    }
    let File { spans: Spans(spans) } = serde_json::from_slice(body).ok()?;
    Some(spans)
}

/// Spans, the root first, then by their start.
#[derive(Default)]
pub(super) struct Spans(pub(super) Vec<Span>);

impl<'de> serde::Deserialize<'de> for Spans {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let nodes = Vec::<Node>::deserialize(deserializer)?;
        let mut spans: Vec<Span> = nodes.into_iter().filter_map(span).collect();
        spans.sort_by_key(|span| (span.parent_id.is_some(), span.start_unix_nanos));
        Ok(Self(spans))
    }
}

/// One span; `None` for what has no ids.
fn span(node: Node) -> Option<Span> {
    let (mut trace_id, mut span_id, mut parent_id) = (None, None, None);
    let (mut name, mut code) = (String::new(), StatusCode::Unset);
    let (mut start, mut end) = (0, None);
    let (mut of_file, mut attributes, mut events, mut links) = (Vec::new(), None, Vec::new(), Vec::new());
    for (key, node) in object(node) {
        match (key.as_str(), node) {
            ("trace_id", Node::Text(id)) => trace_id = self::trace_id(&id),
            ("span_id", Node::Text(id)) => span_id = self::span_id(&id),
            ("parent_span_id", Node::Text(id)) => parent_id = self::span_id(&id),
            ("name", Node::Text(text)) => name = text,
            ("start_time_unix_nano", time) => start = number(&time).unwrap_or(0),
            ("end_time_unix_nano", time) => end = number(&time),
            ("attributes", Node::Array(pairs)) => attributes = Some(values(pairs)),
            ("events", Node::Array(nodes)) => events = nodes,
            ("links", Node::Array(nodes)) => links = nodes,
            ("status", Node::Object(fields)) => {
                if let Some((_, Node::Text(text))) = fields.iter().find(|(key, _)| key == "code") {
                    code = StatusCode::read(text);
                }
                of_file.push(("status".to_owned(), Node::Object(fields)));
            }
            ("attributes", fields) => of_file.push((key, fields)),
            _ => {}
        }
    }
    let mut content = SpanContent::of(of_file);
    content.attributes = attributes.unwrap_or(content.attributes);
    let span_type = content.attributes.iter().find(|(key, _)| key == keys::SPAN_TYPE);
    let span_type = span_type.and_then(|(_, json)| json.to_value().as_str().map(str::to_owned));
    Some(Span {
        trace_id: trace_id?,
        span_id: span_id?,
        parent_id,
        name,
        span_type: span_type.map_or(SpanType::Unknown, SpanType::stored),
        start_unix_nanos: start,
        end_unix_nanos: end.unwrap_or(start),
        status: Status { code, message: content.status_message },
        attributes: content.attributes,
        events: events.into_iter().map(event).collect(),
        links: links.into_iter().filter_map(link).collect(),
    })
}

fn event(node: Node) -> Event {
    let mut event = Event { name: String::new(), time_unix_nanos: 0, attributes: Vec::new() };
    for (key, node) in object(node) {
        match (key.as_str(), node) {
            ("name", Node::Text(name)) => event.name = name,
            ("time_unix_nano", time) => event.time_unix_nanos = number(&time).unwrap_or(0),
            ("attributes", node) => event.attributes = said(node),
            _ => {}
        }
    }
    event
}

fn link(node: Node) -> Option<Link> {
    let (mut trace_id, mut span_id, mut attributes) = (None, None, Vec::new());
    for (key, node) in object(node) {
        match (key.as_str(), node) {
            ("trace_id", Node::Text(id)) => trace_id = self::trace_id(&id),
            ("span_id", Node::Text(id)) => span_id = self::span_id(&id),
            ("attributes", node) => attributes = said(node),
            _ => {}
        }
    }
    Some(Link { attributes, ..Link::new(trace_id?, span_id?) })
}

/// What is said about an event or a link: plain JSON in a file, OTLP's pairs elsewhere.
fn said(node: Node) -> Vec<(String, Json)> {
    match node {
        Node::Array(pairs) => values(pairs),
        node => object(node).map(|(key, value)| (key, Json::from_valid(value.to_string()))).collect(),
    }
}

/// The fields of an object; none of anything else.
fn object(node: Node) -> impl Iterator<Item = (String, Node)> {
    let fields = if let Node::Object(fields) = node { fields } else { Vec::new() };
    fields.into_iter()
}

/// A number, or its digits, as protobuf's JSON has numbers of 64 bits.
fn number(node: &Node) -> Option<u64> {
    match node {
        Node::Scalar(number) => number.as_u64(),
        Node::Text(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// `tr-` and digits, or 16 bytes.
fn trace_id(text: &str) -> Option<TraceId> {
    TraceId::parse(text).or_else(|| {
        let bytes = STANDARD.decode(text).ok()?;
        TraceId::from_u128(u128::from_be_bytes(bytes.try_into().ok()?))
    })
}

/// 16 digits, or 8 bytes.
fn span_id(text: &str) -> Option<SpanId> {
    let number = match text.len() {
        16 => u64::from_str_radix(text, 16).ok()?,
        _ => u64::from_be_bytes(STANDARD.decode(text).ok()?.try_into().ok()?),
    };
    SpanId::from_u64(number)
}

/// OTLP's pairs of key and value.
fn values(pairs: Vec<Node>) -> Vec<(String, Json)> {
    pairs
        .into_iter()
        .filter_map(|pair| {
            let (key, value) = pair_of(pair)?;
            let mut json = String::new();
            push_value(&mut json, value);
            Some((key, Json::from_valid(json)))
        })
        .collect()
}

fn pair_of(pair: Node) -> Option<(String, Option<Node>)> {
    let Node::Object(fields) = pair else { return None };
    // Protobuf's JSON leaves out what is empty, a key too.
    let (mut key, mut value) = (String::new(), None);
    for (name, node) in fields {
        match (name.as_str(), node) {
            ("key", Node::Text(text)) => key = text,
            ("value", node) => value = Some(node),
            _ => {}
        }
    }
    Some((key, value))
}

/// A value of OTLP as the JSON that it stands for. One without content is null.
fn push_value(out: &mut String, value: Option<Node>) {
    let Some((kind, node)) = value.and_then(|value| object(value).next()) else {
        return out.push_str("null");
    };
    match (kind.as_str(), node) {
        ("array_value", node) => {
            out.push('[');
            for (index, value) in inner_values(node).into_iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_value(out, Some(value));
            }
            out.push(']');
        }
        ("kvlist_value", node) => {
            out.push('{');
            for (index, (key, value)) in inner_values(node).into_iter().filter_map(pair_of).enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_string(out, &key);
                out.push_str(": ");
                push_value(out, value);
            }
            out.push('}');
        }
        // 64 bits may come as digits in a text.
        ("int_value", Node::Text(digits)) if digits.parse::<i64>().is_ok() => out.push_str(&digits),
        ("double_value", Node::Scalar(number)) => match number.as_f64().filter(|_| !number.is_f64()) {
            // A whole number stays one with a point.
            Some(whole) => out.push_str(&serde_json::Value::from(whole).to_string()),
            None => out.push_str(&number.to_string()),
        },
        // Texts, booleans, whole numbers; also what no JSON number is, such as "NaN".
        (_, node) => out.push_str(&node.to_string()),
    }
}

/// The elements of a list or map of OTLP's.
fn inner_values(node: Node) -> Vec<Node> {
    match object(node).find(|(key, _)| key == "values") {
        Some((_, Node::Array(values))) => values,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_otlp_become_the_json_that_they_stand_for() {
        for (value, json) in [
            (r#"{"string_value": "a\"ü"}"#, r#""a\"ü""#),
            (r#"{"int_value": -3}"#, "-3"),
            (r#"{"int_value": "9223372036854775807"}"#, "9223372036854775807"),
            (r#"{"double_value": 2}"#, "2.0"),
            (r#"{"double_value": 1.5e-06}"#, "1.5e-6"),
            (r#"{"double_value": "NaN"}"#, r#""NaN""#),
            (r#"{"bool_value": false}"#, "false"),
            (r#"{"array_value": {"values": [{"int_value": 1}, {}]}}"#, "[1, null]"),
            (r#"{"array_value": {}}"#, "[]"),
            (r#"{"kvlist_value": {"values": [{"value": {"kvlist_value": {}}}]}}"#, r#"{"": {}}"#),
            (
                r#"{"kvlist_value": {"values": [{"key": "b", "value": {"int_value": 1}}, {"key": "a"}]}}"#,
                r#"{"b": 1, "a": null}"#,
            ),
            ("{}", "null"),
        ] {
            let pair = format!(r#"{{"key": "k", "value": {value}}}"#);
            let read = values(vec![serde_json::from_str(&pair).unwrap()]);
            assert_eq!(read[0].1.as_str(), json, "{value}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_file_that_was_written_is_read_as_it_was() {
        use crate::wire::rest::traces_json;
        let mut spans = crate::store::tests::trace_with(3).spans;
        spans[1]
            .attributes
            .push(("deep".to_owned(), Json::from_valid("{\"z\": 1.0, \"a\": [null]}".to_owned())));
        assert_eq!(spans_of_file(&traces_json(spans.iter())).unwrap(), spans);
        assert!(spans_of_file(b"<html>").is_none());
    }

    #[test]
    fn what_has_no_ids_is_left_out_and_the_rest_stays() {
        let body = br#"{"spans": [{"name": "none"}, 7, {"trace_id": "AAAAAAAAAAAAAAAAAAAABw==", "span_id": "AAAAAAAAAAE=",
            "name": "kept", "start_time_unix_nano": "5", "new": {}}]}"#;
        let spans = spans_of_file(body).unwrap();
        assert_eq!(spans.len(), 1);
        assert_eq!(
            (spans[0].name.as_str(), spans[0].start_unix_nanos, spans[0].end_unix_nanos),
            ("kept", 5, 5)
        );
    }
}
