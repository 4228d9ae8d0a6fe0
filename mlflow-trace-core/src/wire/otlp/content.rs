//! What of a span is sent: its name, kind and attributes as a destination wants them, whatever the form is.

use std::borrow::Cow;

use super::{Encoding, Profile, ValueForm};
use crate::model::{Json, Span, StatusCode, Trace, keys};
use crate::wire::gen_ai::{self, Kind, Said};
use crate::wire::json_text::{self, Cursor};

/// OpenTelemetry's SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK: it is known that the parent is not remote. What Python sends.
const PARENT_IS_LOCAL: u32 = 0x100;

const TAG_PREFIX: &str = "mlflow.traceTag.";

/// An attribute's value as it is sent.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A text, and what is to stand behind it.
    Text(Cow<'a, str>, &'static str),
    /// JSON that is to become the value it stands for.
    Json(&'a str),
}

/// A span as it is sent.
pub(super) struct Content<'a> {
    pub(super) span: &'a Span,
    pub(super) name: Cow<'a, str>,
    /// OTLP's number; zero when nothing is said.
    pub(super) kind: u8,
    pub(super) flags: u32,
    values: ValueForm,
    max_bytes: usize,
    /// Whether MLflow's own attributes are left out, but for what of them is among those that are added.
    without_mlflow: bool,
    /// Attributes that the span does not have in the model, or not like this.
    added: Vec<(Cow<'static, str>, Said<'a>)>,
}

impl<'a> Content<'a> {
    pub(super) fn new(trace: &'a Trace, span: &'a Span, encoding: &Encoding) -> Self {
        let is_foreign = !encoding.scope.is_empty();
        let mut content = Self {
            span,
            name: Cow::Borrowed(&span.name),
            kind: u8::from(is_foreign) * Kind::Internal as u8,
            flags: u32::from(is_foreign) * PARENT_IS_LOCAL,
            values: encoding.values,
            max_bytes: encoding.max_attribute_bytes.unwrap_or(usize::MAX),
            without_mlflow: encoding.profile == Profile::GenAi,
            added: Vec::new(),
        };
        if encoding.profile != Profile::Mlflow {
            let translated = gen_ai::translate(span, content.without_mlflow);
            content.added = translated.attributes;
            if let Some(kind) = translated.kind {
                content.kind = kind as u8;
            }
            if let Some(name) = translated.name.filter(|_| content.without_mlflow) {
                content.name = Cow::Owned(name);
            }
        }
        if encoding.tags_on_root && span.parent_id.is_none() {
            content.add_trace(trace, encoding.profile);
        }
        content
    }

    /// What else is known of the trace, where no trace info follows.
    fn add_trace(&mut self, trace: &'a Trace, profile: Profile) {
        let info = &trace.info;
        // An attribute that the program set by that name is what it wants to be sent.
        let span = self.span;
        let mut add = |key: Cow<'static, str>, value: &'a str| {
            if span.attribute(&key).is_none() {
                self.added.push((key, Said::Text(Cow::Borrowed(value))));
            }
        };
        for (key, value) in info.tags.iter().filter(|(key, _)| !key.starts_with("mlflow.")) {
            add(Cow::Owned(format!("{TAG_PREFIX}{key}")), value);
        }
        if !info.name.is_empty() {
            add(Cow::Owned(format!("{TAG_PREFIX}{}", keys::TAG_TRACE_NAME)), &info.name);
        }
        if let Some(session) = &info.session {
            add(Cow::Borrowed("session.id"), session);
            if profile != Profile::Mlflow {
                add(Cow::Borrowed("gen_ai.conversation.id"), session);
            }
        }
        if let Some(user) = info.metadata.get(keys::META_TRACE_USER) {
            add(Cow::Borrowed("user.id"), user);
        }
    }

    /// [`expected_bytes`] of the span.
    pub(super) fn expected_bytes(&self) -> usize {
        expected_bytes(self.span)
    }

    pub(super) fn end_unix_nanos(&self) -> u64 {
        self.span.end_unix_nanos.max(self.span.start_unix_nanos)
    }

    /// OTLP's number of the status, with its message; `None` when nothing is to be said.
    pub(super) fn status(&self) -> Option<(u8, &'a str)> {
        match self.span.status.code {
            StatusCode::Unset => None,
            StatusCode::Ok => Some((1, "")),
            StatusCode::Error => Some((2, &self.span.status.message)),
        }
    }

    /// Hands over each attribute of the span.
    pub(super) fn each_attribute(&self, mut each: impl FnMut(&str, &Value<'_>)) {
        for (key, json) in &self.span.attributes {
            let is_mlflow = || key.starts_with("mlflow.") && !key.starts_with(TAG_PREFIX);
            let is_replaced = self.added.iter().any(|(added, _)| added == key);
            if (self.without_mlflow && is_mlflow()) || is_replaced {
                continue;
            }
            match self.values {
                ValueForm::JsonText => each(key, &self.text(Cow::Borrowed(json.as_str()))),
                ValueForm::Structured => each(key, &self.structured(json.as_str())),
            }
        }
        for (key, said) in &self.added {
            match said {
                Said::Text(text) => each(key, &self.text(Cow::Borrowed(text))),
                Said::Json(json) => each(key, &self.structured(json)),
            }
        }
    }

    /// Hands over each attribute of an event or link.
    pub(super) fn each_detail(&self, attributes: &[(String, Json)], mut each: impl FnMut(&str, &Value<'_>)) {
        for (key, json) in attributes {
            let json = json.as_str();
            if self.values == ValueForm::Structured || is_flat(json) {
                each(key, &self.structured(json));
            } else {
                each(key, &self.text(Cow::Borrowed(json)));
            }
        }
    }

    fn structured<'v>(&self, json: &'v str) -> Value<'v> {
        if json.len() <= self.max_bytes {
            return Value::Json(json);
        }
        // The text that a string stands for may be short enough; lists and maps are cut as text.
        self.text(json_text::text(json).unwrap_or(Cow::Borrowed(json)))
    }

    fn text<'v>(&self, text: Cow<'v, str>) -> Value<'v> {
        const DOTS: &str = "...";
        if text.len() <= self.max_bytes {
            return Value::Text(text, "");
        }
        let end = text.floor_char_boundary(self.max_bytes.saturating_sub(DOTS.len()));
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        };
        Value::Text(text, DOTS.get(..self.max_bytes.min(DOTS.len())).unwrap_or_default())
    }
}

/// About how long a span becomes in protobuf.
pub(super) fn expected_bytes(span: &Span) -> usize {
    // The heads of an attribute, and what a span has besides attributes.
    const ATTRIBUTE: usize = 9;
    const SPAN: usize = 100;
    let attributes = span.attributes.iter();
    attributes.fold(SPAN, |sum, (key, json)| sum + key.len() + json.as_str().len() + ATTRIBUTE)
}

/// Whether OpenTelemetry's own attributes can hold the value: no maps, no lists in lists.
fn is_flat(json: &str) -> bool {
    let is_nested = |json: &str| json.starts_with(['{', '[']);
    match Cursor::new(json).peek() {
        Some(b'{') => false,
        Some(b'[') => !json_text::items(json).any(is_nested),
        _ => true,
    }
}
