//! The JSON of a stored span, in `spans.content` and in `traces.json`, read without losing the order of attributes.

use serde::de::IgnoredAny;

use super::node::Node;
use super::{Event, Json, Link, SpanId, TraceId};

/// What only the content column tells about a span.
#[derive(Debug, Default)]
pub(crate) struct SpanContent {
    pub(crate) attributes: Vec<(String, Json)>,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
    pub(crate) status_message: String,
}

impl SpanContent {
    /// Reads what it can: a content that is not as MLflow writes it gives an empty one, never an error.
    #[cfg(any(feature = "sqlite", test))]
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::default(), |node: Node| Self::of(node.into_fields()))
    }

    /// The same from fields that are read already; what it does not know is left out.
    pub(crate) fn of(fields: Vec<(String, Node)>) -> Self {
        let mut content = Self::default();
        for (key, node) in fields {
            match (key.as_str(), node) {
                ("attributes", Node::Object(attributes)) => {
                    content.attributes =
                        attributes.into_iter().map(|(key, value)| (key, attribute(value))).collect();
                }
                ("events", Node::Array(events)) => {
                    content.events = events.into_iter().filter_map(event).collect();
                }
                ("links", Node::Array(links)) => {
                    content.links = links.into_iter().filter_map(link).collect();
                }
                ("status", Node::Object(status)) => {
                    if let Some((_, Node::Text(message))) =
                        status.into_iter().find(|(key, _)| key == "message")
                    {
                        content.status_message = message;
                    }
                }
                _ => {}
            }
        }
        content
    }
}

/// Attribute values are JSON texts inside strings.
fn attribute(node: Node) -> Json {
    match node {
        Node::Text(text) if serde_json::from_str::<IgnoredAny>(&text).is_ok() => Json::from_valid(text),
        other => Json::from_valid(other.to_string()),
    }
}

fn event(node: Node) -> Option<Event> {
    let Node::Object(fields) = node else { return None };
    let mut event = Event { name: String::new(), time_unix_nanos: 0, attributes: Vec::new() };
    for (key, node) in fields {
        match (key.as_str(), node) {
            ("name", Node::Text(name)) => event.name = name,
            ("time_unix_nano" | "timestamp", time) => event.time_unix_nanos = time.to_u64().unwrap_or(0),
            ("attributes", Node::Object(attributes)) => {
                event.attributes = attributes
                    .into_iter()
                    .map(|(key, value)| (key, Json::from_valid(value.to_string())))
                    .collect();
            }
            _ => {}
        }
    }
    Some(event)
}

fn link(node: Node) -> Option<Link> {
    let Node::Object(fields) = node else { return None };
    let (mut trace_id, mut span_id, mut said) = (None, None, Vec::new());
    for (key, node) in fields {
        match (key.as_str(), node) {
            ("trace_id", Node::Text(id)) => trace_id = TraceId::parse(&id),
            ("span_id", Node::Text(id)) => span_id = u64::from_str_radix(&id, 16).ok(),
            ("attributes", Node::Object(attributes)) => said = attributes,
            _ => {}
        }
    }
    let mut link = Link::new(trace_id?, span_id.and_then(SpanId::from_u64)?);
    link.attributes =
        said.into_iter().map(|(key, value)| (key, Json::from_valid(value.to_string()))).collect();
    Some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_their_order_and_their_text() {
        let content = SpanContent::parse(r#"{"attributes": {"z": "{\"b\": 1, \"a\": 2}", "a": "\"x\""}}"#);
        let texts: Vec<_> =
            content.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(texts, [("z", r#"{"b": 1, "a": 2}"#), ("a", "\"x\"")]);
    }

    #[test]
    fn a_value_that_is_no_json_text_becomes_a_string() {
        let content = SpanContent::parse(r#"{"attributes": {"a": "NaN", "b": [1,{"y":2,"x":null}]}}"#);
        assert_eq!(content.attributes[0].1.as_str(), "\"NaN\"");
        assert_eq!(content.attributes[1].1.as_str(), r#"[1, {"y": 2, "x": null}]"#);
    }

    #[test]
    fn events_and_the_status_message_are_read() {
        let content = SpanContent::parse(
            r#"{"events": [{"name": "exception", "time_unix_nano": 5, "attributes": {"m": "no", "n": 1.5}}],
                "status": {"code": "STATUS_CODE_ERROR", "message": "E: no"}}"#,
        );
        assert_eq!(content.status_message, "E: no");
        let event = &content.events[0];
        assert_eq!((event.name.as_str(), event.time_unix_nanos), ("exception", 5));
        assert_eq!(event.attributes[0], ("m".to_owned(), Json::string("no")));
        assert_eq!(event.attributes[1].1.as_str(), "1.5");
    }

    #[test]
    fn a_broken_content_is_empty() {
        assert!(SpanContent::parse("{\"attributes\": ").attributes.is_empty());
    }
}
