//! Which texts in a value are encoded content, as MLflow's Python client tells: data URIs, and the base64 of providers'
//! messages.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::LongText;
use super::places::Place;
use crate::config::Attachments;
use crate::model::ATTACHMENT_SCHEME;

/// As lenient as Python: bits that mean nothing may be set.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// A quick look that spares most values the reading.
pub(super) fn may_hold_content(json: &str) -> bool {
    const SIGNS: [&str; 8] = [
        ";base64,",
        "\"b64_json\"",
        "\"input_audio\"",
        "\"audio\"",
        "\"image\"",
        "\"inline_data\"",
        "\"inlineData\"",
        "\"image_generation_call\"",
    ];
    SIGNS.iter().any(|sign| json.contains(sign))
}

/// One pass over a value.
pub(super) struct Extraction<'t, F> {
    rules: Attachments,
    /// What stands behind marks.
    long_texts: &'t [&'t LongText],
    /// Makes an attachment of a type and content, and returns its reference.
    attach: F,
    replaced: Vec<(Range<usize>, String)>,
    problems: Vec<String>,
}

/// Content of an object.
struct Content<'p, 'a> {
    at: &'p Range<usize>,
    /// As it stands in the JSON.
    encoded: &'a str,
    content_type: String,
}

impl<'t, F: FnMut(&str, Vec<u8>) -> String> Extraction<'t, F> {
    pub(super) fn new(rules: Attachments, long_texts: &'t [&'t LongText], attach: F) -> Self {
        Self { rules, long_texts, attach, replaced: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn walk(&mut self, place: &Place<'_>) {
        match place {
            Place::Other => {}
            Place::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Place::Text(at, text) => self.take_data_uri(at, text),
            Place::Object(members) => {
                if let Some(Content { at, encoded, content_type }) = content_of(place) {
                    let encoded = self.behind(encoded).unwrap_or_else(|| unescaped(encoded));
                    self.replace(at, &encoded, &content_type);
                }
                members.iter().for_each(|(_, value)| self.walk(value));
            }
        }
    }

    fn take_data_uri(&mut self, at: &Range<usize>, text: &str) {
        let whole = match self.behind(text) {
            Some(long) => long,
            None if text.starts_with("data:") => unescaped(text),
            None => return,
        };
        if let Some((content_type, encoded)) =
            whole.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"))
            && !content_type.is_empty()
        {
            self.replace(at, encoded, content_type);
        }
    }

    /// The text for which a mark stands.
    fn behind<'a>(&self, mark: &str) -> Option<Cow<'a, str>>
    where
        't: 'a,
    {
        self.long_texts.iter().find(|long| long.mark == mark).map(|long| Cow::Borrowed(long.text()))
    }

    /// Replaces a text if it is encoded content.
    fn replace(&mut self, at: &Range<usize>, encoded: &str, content_type: &str) {
        let most = self.rules.max_bytes;
        let size = encoded.trim_end_matches('=').len() * 3 / 4;
        let text = if size > most {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
            if !encoded.bytes().all(is_letter) {
                return;
            }
            let text = format!("[Attachment too large: {size} bytes exceeds {most} bytes limit]");
            self.problems.push(format!("{size} bytes are more than an attachment may have ({most} bytes)"));
            text
        } else {
            let Ok(content) = BASE64.decode(encoded) else { return };
            (self.attach)(content_type, content)
        };
        self.replaced.push((at.clone(), text));
    }

    /// The JSON with what was replaced, if anything was, and what there is to say about it.
    pub(super) fn finish(mut self, json: &str) -> (Option<String>, Vec<String>) {
        if self.replaced.is_empty() {
            return (None, self.problems);
        }
        self.replaced.sort_by_key(|(at, _)| at.start);
        let mut out = String::with_capacity(json.len().min(1 << 16));
        let mut copied = 0;
        for (at, text) in &self.replaced {
            out.push_str(json.get(copied..at.start).unwrap_or_default());
            out.push_str(text);
            copied = at.end;
        }
        out.push_str(json.get(copied..).unwrap_or_default());
        (Some(out), self.problems)
    }
}

/// The content that an object holds in one of the providers' forms. The first form that fits is the one.
fn content_of<'p, 'a>(object: &'p Place<'a>) -> Option<Content<'p, 'a>> {
    let type_is = |name: &str| object.get("type").and_then(Place::text) == Some(name);
    // OpenAI: a part with sound.
    if type_is("input_audio")
        && let Some(audio) = object.get("input_audio")
        && let Some((at, encoded)) = content(audio.get("data"))
    {
        let content_type = match text_or(audio.get("format"), "wav").as_str() {
            "mp3" => "audio/mpeg".to_owned(),
            format => format!("audio/{format}"),
        };
        return Some(Content { at, encoded, content_type });
    }
    // Anthropic: a part with an image.
    if type_is("image")
        && let Some(source) = object.get("source")
        && source.get("type").and_then(Place::text) == Some("base64")
        && let Some((at, encoded)) = content(source.get("data"))
    {
        let content_type = text_or(source.get("media_type"), "image/png");
        return Some(Content { at, encoded, content_type });
    }
    // OpenAI: a drawn image.
    if let Some((at, encoded)) = content(object.get("b64_json")) {
        return Some(Content { at, encoded, content_type: "image/png".to_owned() });
    }
    // OpenAI: a spoken answer.
    if let Some((at, encoded)) = object.get("audio").and_then(|audio| content(audio.get("data"))) {
        return Some(Content { at, encoded, content_type: "audio/wav".to_owned() });
    }
    // Bedrock.
    if let Some(image) = object.get("image")
        && let Some((at, encoded)) = image.get("source").and_then(|source| content(source.get("bytes")))
    {
        let content_type = format!("image/{}", text_or(image.get("format"), "png"));
        return Some(Content { at, encoded, content_type });
    }
    // Gemini, as its Python library spells it and as its REST API does.
    for (part, mime_type) in [("inline_data", "mime_type"), ("inlineData", "mimeType")] {
        if let Some(inline) = object.get(part)
            && let Some((at, encoded)) = content(inline.get("data"))
        {
            let content_type = text_or(inline.get(mime_type), "application/octet-stream");
            return Some(Content { at, encoded, content_type });
        }
    }
    // OpenAI: an image in a response.
    if type_is("image_generation_call")
        && let Some((at, encoded)) = content(object.get("result"))
    {
        let content_type = format!("image/{}", text_or(object.get("output_format"), "png"));
        return Some(Content { at, encoded, content_type });
    }
    None
}

/// A text that is there and no reference already.
fn content<'p, 'a>(place: Option<&'p Place<'a>>) -> Option<(&'p Range<usize>, &'a str)> {
    match place? {
        Place::Text(at, text) if !text.is_empty() && !text.starts_with(ATTACHMENT_SCHEME) => Some((at, text)),
        _ => None,
    }
}

fn text_or(place: Option<&Place<'_>>, otherwise: &str) -> String {
    let text = place.and_then(Place::text).filter(|text| !text.is_empty());
    text.map_or_else(|| otherwise.to_owned(), |text| unescaped(text).into_owned())
}

/// What stands between the quotes of a string of JSON, as text.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    serde_json::from_str(&format!("\"{text}\"")).map_or(Cow::Borrowed(text), Cow::Owned)
}
