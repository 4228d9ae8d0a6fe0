//! Redaction of attachments: rules look into what is readable in them, and what nothing refers to any more goes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{REDACTED, Redactor};
use crate::model::{Attachment, Json, Span};

impl Redactor {
    /// Applies the rules to attachments, once they were applied to the spans. One that a rule matches is left out as a
    /// whole, with the references to it; so is one whose reference a rule has taken away.
    pub(crate) fn attachments(&self, attachments: &mut Vec<Attachment>, spans: &mut [Span]) {
        attachments.retain(|attachment| {
            let id = attachment.id();
            if self.matches(attachment) {
                for json in values(spans).filter(|json| json.as_str().contains(&id)) {
                    replace_references(json, &id);
                }
                return false;
            }
            values(spans).any(|json| json.as_str().contains(&id))
        });
    }

    /// A text without what its patterns match.
    pub(crate) fn clean<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        self.text(&text).map_or(text, Cow::Owned)
    }

    fn matches(&self, attachment: &Attachment) -> bool {
        let content = attachment.content();
        if let Ok(text) = str::from_utf8(content) {
            let is_in_json = || {
                serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
                    && self.without_size().json(&Json::from_valid(text.to_owned())).is_some()
            };
            if self.text(text).is_some() || (!self.keys.is_empty() && is_in_json()) {
                return true;
            }
        }
        // A pattern may have been written for what the text was before.
        !self.patterns.is_empty() && {
            let encoded = format!("data:{};base64,{}", attachment.content_type(), STANDARD.encode(content));
            self.text(&encoded).is_some()
        }
    }

    /// Sizes of values are not those of attachments.
    fn without_size(&self) -> Self {
        Self { max_value_bytes: None, ..self.clone() }
    }
}

fn values(spans: &mut [Span]) -> impl Iterator<Item = &mut Json> {
    spans.iter_mut().flat_map(|span| {
        let of_events = span.events.iter_mut().flat_map(|event| &mut event.attributes);
        span.attributes.iter_mut().chain(of_events).map(|(_, json)| json)
    })
}

/// Puts `[redacted]` in the place of each reference to the attachment with this id. References hold nothing that JSON
/// escapes, so they end where their string does, or the escaped quote of a string in it.
fn replace_references(json: &mut Json, id: &str) {
    let start = format!("{}{id}", crate::model::ATTACHMENT_SCHEME);
    let text = json.as_str();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&start) {
        out.push_str(&rest[..at]);
        out.push_str(REDACTED);
        let reference = &rest[at..];
        let end = reference.find(['"', '\\']).unwrap_or(reference.len());
        rest = &reference[end..];
    }
    out.push_str(rest);
    *json = Json::from_valid(out);
}
