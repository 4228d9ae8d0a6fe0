//! The JSON of a stored span, in `spans.content` and in `traces.json`, read without losing the order of attributes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub(crate) fn parse(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Node::Object(fields)) => Self::of(fields),
            _ => Self::default(),
        }
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
            ("time_unix_nano", Node::Scalar(time)) => event.time_unix_nanos = time.as_u64().unwrap_or(0),
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

/// JSON whose objects keep their order.
pub(crate) enum Node {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    Text(String),
    /// A number, a boolean or null.
    Scalar(serde_json::Value),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(fields) => {
                f.write_str("{")?;
                for (index, (key, node)) in fields.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{}: {node}", serde_json::Value::from(key.as_str()))?;
                }
                f.write_str("}")
            }
            Self::Array(nodes) => {
                f.write_str("[")?;
                for (index, node) in nodes.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{node}")?;
                }
                f.write_str("]")
            }
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Scalar(scalar) => write!(f, "{scalar}"),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = sequence.next_element()? {
            nodes.push(node);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(serde_json::Value::Null))
    }
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
