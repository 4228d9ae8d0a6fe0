//! Messages as the conventions have them (`role`, `parts`, `finish_reason`), and their JSON text.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::node::Node;
use crate::model::push_string;
use crate::wire::json_text::Cursor;

/// A value inside a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// JSON as it is.
    Json(Cow<'a, str>),
    /// A text that is to become a JSON string.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    pub(super) const NULL: Self = Self::Json(Cow::Borrowed("null"));
    pub(super) const EMPTY_TEXT: Self = Self::Json(Cow::Borrowed("\"\""));
    pub(super) const EMPTY_OBJECT: Self = Self::Json(Cow::Borrowed("{}"));

    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Json(json) => out.push_str(json),
            Self::Text(text) => push_string(out, text),
        }
    }
}

impl<'a> From<Node<'a>> for Value<'a> {
    fn from(node: Node<'a>) -> Self {
        Self::Json(Cow::Borrowed(node.json()))
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part<'a> {
    Text(Value<'a>),
    Reasoning(Value<'a>),
    Blob {
        modality: Value<'a>,
        mime_type: Value<'a>,
        content: Value<'a>,
    },
    Uri {
        modality: Value<'a>,
        mime_type: Option<Value<'a>>,
        uri: Value<'a>,
    },
    ToolCall {
        id: Option<Value<'a>>,
        name: Value<'a>,
        arguments: Value<'a>,
    },
    ToolResponse {
        id: Option<Value<'a>>,
        name: Option<Value<'a>>,
        response: Value<'a>,
    },
    /// A part that the conventions' own form has already.
    Ready(Node<'a>),
}

impl<'a> Part<'a> {
    pub(super) fn text(node: Node<'a>) -> Self {
        Self::Text(node.into())
    }

    /// What has no form in the conventions, as a text of its JSON, as Python keeps it. A string is what it says.
    pub(super) fn dump(node: Node<'a>) -> Self {
        match node.is_string() {
            true => Self::text(node),
            false => Self::Text(Value::Text(Cow::Borrowed(node.json()))),
        }
    }

    fn write(&self, out: &mut String) {
        let mut fields = Fields { out, is_first: true };
        match self {
            Self::Text(content) => fields.kind("text").add("content", content),
            Self::Reasoning(content) => fields.kind("reasoning").add("content", content),
            Self::Blob { modality, mime_type, content } => fields
                .kind("blob")
                .add("modality", modality)
                .add("mime_type", mime_type)
                .add("content", content),
            Self::Uri { modality, mime_type, uri } => fields
                .kind("uri")
                .add("modality", modality)
                .maybe("mime_type", mime_type.as_ref())
                .add("uri", uri),
            Self::ToolCall { id, name, arguments } => fields
                .kind("tool_call")
                .maybe("id", id.as_ref())
                .add("name", name)
                .add("arguments", arguments),
            Self::ToolResponse { id, name, response } => fields
                .kind("tool_call_response")
                .maybe("id", id.as_ref())
                .maybe("name", name.as_ref())
                .add("response", response),
            Self::Ready(part) => return out.push_str(part.json()),
        };
        out.push('}');
    }
}

/// The members of an object that is being written.
struct Fields<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl Fields<'_> {
    fn add(&mut self, key: &str, value: &Value<'_>) -> &mut Self {
        self.out.push_str(if self.is_first { "{" } else { ", " });
        self.is_first = false;
        push_string(self.out, key);
        self.out.push_str(": ");
        value.write(self.out);
        self
    }

    fn maybe(&mut self, key: &str, value: Option<&Value<'_>>) -> &mut Self {
        match value {
            Some(value) => self.add(key, value),
            None => self,
        }
    }

    fn kind(&mut self, kind: &'static str) -> &mut Self {
        self.add("type", &Value::Text(Cow::Borrowed(kind)))
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message<'a> {
    pub(super) role: Value<'a>,
    pub(super) parts: Vec<Part<'a>>,
    /// Of the participant, where several have one role.
    pub(super) name: Option<Node<'a>>,
    /// Why the model stopped, as the provider says it.
    pub(super) finish_reason: Option<Node<'a>>,
}

impl<'a> Message<'a> {
    pub(super) const fn new(role: &'static str, parts: Vec<Part<'a>>) -> Self {
        Self { role: Value::Text(Cow::Borrowed(role)), parts, name: None, finish_reason: None }
    }

    /// With the role that the object names.
    pub(super) fn of(role: Option<Node<'a>>, otherwise: &'static str, parts: Vec<Part<'a>>) -> Self {
        let role = role.filter(|role| !role.is_empty());
        let role = role.map_or(Value::Text(Cow::Borrowed(otherwise)), Value::from);
        Self { role, parts, name: None, finish_reason: None }
    }

    pub(super) fn named(mut self, name: Option<Node<'a>>) -> Self {
        self.name = name.filter(|name| name.is_string());
        self
    }

    pub(super) fn finished(mut self, reason: Option<Node<'a>>) -> Self {
        self.finish_reason = reason.filter(|reason| !reason.is_empty());
        self
    }
}

/// A list in JSON.
pub(super) fn list<T>(
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) -> String {
    let mut out = String::from("[");
    for element in elements {
        if out.len() > 1 {
            out.push_str(", ");
        }
        write(element, &mut out);
    }
    out.push(']');
    out
}

/// An object in JSON.
pub(super) fn object<'v>(members: impl IntoIterator<Item = (&'v str, Value<'v>)>) -> String {
    let mut out = String::new();
    let mut fields = Fields { out: &mut out, is_first: true };
    for (key, value) in members {
        fields.add(key, &value);
    }
    out.push_str(if out.is_empty() { "{}" } else { "}" });
    out
}

pub(super) fn parts_json(parts: &[Part<'_>]) -> String {
    list(parts, Part::write)
}

pub(super) fn messages_json(messages: &[Message<'_>]) -> String {
    list(messages, |message, out| {
        let mut fields = Fields { out, is_first: true };
        fields.add("role", &message.role);
        fields.add("parts", &Value::Json(parts_json(&message.parts).into()));
        fields.maybe("name", message.name.map(Value::from).as_ref());
        fields.maybe("finish_reason", message.finish_reason.map(Value::from).as_ref());
        out.push('}');
    })
}

/// A tool call's arguments: providers send them as JSON inside a string, and the conventions want the JSON.
pub(super) fn arguments(node: Node<'_>) -> Value<'_> {
    let Some(text) = node.text() else { return node.into() };
    // Looks at every byte and builds nothing, however deep the text goes.
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => respaced(&text).map_or_else(|| node.into(), |json| Value::Json(json.into())),
        Err(_) => node.into(),
    }
}

/// JSON of foreign spacing with Python's, and without halves of surrogate pairs.
fn respaced(json: &str) -> Option<String> {
    let mut out = String::with_capacity(json.len());
    let mut cursor = Cursor::new(json);
    while let Some(byte) = cursor.peek() {
        match byte {
            b'"' => {
                let string = cursor.string()?;
                if string.has_escapes {
                    push_string(&mut out, &string.text());
                } else {
                    out.push('"');
                    out.push_str(string.inner);
                    out.push('"');
                }
            }
            b'{' | b'}' | b'[' | b']' => {
                cursor.take(byte)?;
                out.push(char::from(byte));
            }
            b',' | b':' => {
                cursor.take(byte)?;
                out.push(char::from(byte));
                out.push(' ');
            }
            _ => out.push_str(cursor.word()?),
        }
    }
    Some(out)
}

/// What a `data:` address holds, or where another one leads.
pub(super) fn image(url: Node<'_>) -> Part<'_> {
    let modality = Value::Text(Cow::Borrowed("image"));
    let Some(text) = url.text() else { return Part::dump(url) };
    let found = text.strip_prefix("data:").map(|rest| rest.split_once(',').unwrap_or((rest, "")));
    let Some((head, _)) = found else {
        return Part::Uri { modality, mime_type: None, uri: url.into() };
    };
    let begin = "data:".len();
    let (head, mime) = (begin + head.len(), begin + head.strip_suffix(";base64").unwrap_or(head).len());
    Part::Blob {
        modality,
        mime_type: Value::Text(slice(&text, begin, mime)),
        content: Value::Text(slice(&text, head + 1, text.len())),
    }
}

/// A piece of a text, borrowed if the text is.
fn slice<'a>(text: &Cow<'a, str>, from: usize, to: usize) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..to).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(from..to).unwrap_or_default().to_owned()),
    }
}
