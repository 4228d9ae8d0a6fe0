//! Attachments of a trace: marks in values become references, and encoded content in inputs and outputs becomes
//! attachments. Runs on threads of ours, when a trace is made for a destination.
//!
//! `places` finds texts in JSON, `forms` tells which of them are content, as MLflow's Python client does.

mod forms;
mod places;

use std::borrow::Cow;
use std::sync::Arc;

use self::forms::Extraction;
use crate::buffer::record::{AttachedKind, Sections, attached_mark};
use crate::buffer::stash::Stashed;
use crate::config::Attachments;
use crate::model::{Attachment, Event, Json, Span, SpanId, TraceId, first_escaped, keys};
use crate::policy::Redactor;

/// The event that says what of a span could not be recorded.
pub(super) const NOT_RECORDED: &str = "mlflow_trace.not_recorded";

/// The attachments of one trace while it is made.
#[derive(Clone)]
pub(super) struct TraceAttachments {
    rules: Attachments,
    /// By id.
    contents: Vec<(u128, Arc<Vec<u8>>)>,
    found: Vec<Attachment>,
    /// Texts that have no room in their values, with their marks and the spans that they belong to.
    long_texts: Vec<LongText>,
}

/// A text that has no room in its value.
#[derive(Clone)]
struct LongText {
    span: SpanId,
    mark: String,
    text: Arc<Vec<u8>>,
}

impl LongText {
    fn text(&self) -> &str {
        str::from_utf8(&self.text).unwrap_or_default()
    }
}

/// What the records of a span say about content beside them.
pub(super) struct Noted {
    id: u128,
    is_text: bool,
    size: u64,
    content_type: String,
}

impl Noted {
    /// Reads the fields of the section.
    pub(super) fn read(fields: &mut Sections<'_>) -> Self {
        let (id, kind, size) = (fields.id(), fields.number(), fields.number());
        Self { id, is_text: kind == AttachedKind::Text as u64, size, content_type: fields.text() }
    }
}

impl TraceAttachments {
    pub(super) fn new(stashed: &[(u128, Arc<Stashed>)], rules: Attachments) -> Self {
        let contents = stashed.iter().map(|(id, stashed)| (*id, Arc::clone(stashed.content()))).collect();
        Self { rules, contents, found: Vec::new(), long_texts: Vec::new() }
    }

    /// What was found in spans of the trace that were made before.
    pub(super) fn add_known(&mut self, known: Option<Self>) {
        if let Some(known) = known {
            known.found.into_iter().for_each(|attachment| self.add(attachment));
            known.long_texts.into_iter().for_each(|text| self.add_long_text(text));
        }
    }

    /// Forgets what no span refers to any more.
    pub(super) fn keep_mentioned<'s>(&mut self, spans: &(impl Iterator<Item = &'s Span> + Clone)) {
        self.found.retain(|attachment| {
            let id = attachment.id();
            let mentions = |(_, json): &(String, Json)| json.as_str().contains(&id);
            spans.clone().any(|span| {
                let mut events = span.events.iter().flat_map(|event| &event.attributes);
                span.attributes.iter().any(mentions) || events.any(mentions)
            })
        });
    }

    /// Content that a journal holds.
    pub(super) fn add_content(&mut self, fields: &mut Sections<'_>) {
        let (id, bytes) = (fields.id(), fields.bytes());
        if !self.contents.iter().any(|(known, _)| *known == id) {
            self.contents.push((id, Arc::new(bytes.to_vec())));
        }
    }

    /// Puts references in the place of the marks in a span's values. Those of long texts stay in inputs and outputs, where
    /// the text may be content.
    pub(super) fn resolve(&mut self, span: &mut Span, noted: &[Noted]) {
        for one in noted {
            let mark = attached_mark(one.id);
            let content =
                self.contents.iter().find(|(id, _)| *id == one.id).map(|(_, content)| Arc::clone(content));
            let stays = content.is_some() && one.is_text;
            let text = match content {
                None => {
                    let size = one.size;
                    let text = format!(
                        "[Attachment left out: {size} bytes, and too many attachments wait in memory]"
                    );
                    add_event(span, &text);
                    text
                }
                Some(text) if one.is_text => {
                    let long = LongText { span: span.span_id, mark: mark.clone(), text };
                    let text = plain_start(long.text(), self.rules.max_text_bytes);
                    self.add_long_text(long);
                    text
                }
                Some(content) => {
                    let attachment = Attachment::from_parts(one.id, &one.content_type, content);
                    let reference = attachment.reference(span.trace_id);
                    self.add(attachment);
                    reference
                }
            };
            let of_events =
                span.events.iter_mut().flat_map(|event| &mut event.attributes).map(|(_, json)| json);
            let of_span = span.attributes.iter_mut().filter(|(key, _)| !stays || !may_be_content(key));
            of_span.map(|(_, json)| json).chain(of_events).for_each(|json| replace(json, &mark, &text));
        }
    }

    /// Makes attachments of what is encoded in a span's inputs and outputs. What had no room there and is no content is
    /// cut, once the redactors have seen it.
    pub(super) fn extract(&mut self, span: &mut Span, redactors: &[Redactor]) {
        let long_texts: Vec<&LongText> =
            self.long_texts.iter().filter(|text| text.span == span.span_id).collect();
        let (trace_id, span_id) = (span.trace_id, span.span_id);
        let (mut number, mut problems) = (0, Vec::new());
        for (_, json) in span.attributes.iter_mut().filter(|(key, _)| may_be_content(key)) {
            let is_looked_into =
                self.rules.extracts && (!long_texts.is_empty() || forms::may_hold_content(json.as_str()));
            if is_looked_into && let Some(root) = places::places(json.as_str()) {
                let mut extraction = Extraction::new(self.rules, &long_texts, |content_type, content| {
                    number += 1;
                    let id = derived_id(trace_id, span_id, number);
                    let attachment = Attachment::from_parts(id, content_type, Arc::new(content));
                    let reference = attachment.reference(trace_id);
                    self.found.push(attachment);
                    reference
                });
                extraction.walk(&root);
                let (changed, said) = extraction.finish(json.as_str());
                problems.extend(said);
                if let Some(changed) = changed {
                    *json = Json::from_valid(changed);
                }
            }
            let mut room = self.rules.max_text_bytes;
            for long in &long_texts {
                if !json.as_str().contains(&long.mark) {
                    continue;
                }
                let redact = |text, redactor: &Redactor| redactor.clean(text);
                let text = redactors.iter().fold(Cow::Borrowed(long.text()), redact);
                replace(json, &long.mark, &plain_start(&text, room));
                room = room.saturating_sub(text.len());
            }
        }
        problems.iter().for_each(|problem| add_event(span, problem));
    }

    /// The attachments that the spans refer to once the redactors have seen what the attachments hold.
    pub(super) fn finish(mut self, spans: &mut [Span], redactors: &[Redactor]) -> Vec<Attachment> {
        for redactor in redactors {
            redactor.attachments(&mut self.found, spans);
        }
        self.found
    }

    /// A span that is still open is made again and again.
    fn add_long_text(&mut self, text: LongText) {
        if !self.long_texts.iter().any(|known| known.span == text.span && known.mark == text.mark) {
            self.long_texts.push(text);
        }
    }

    fn add(&mut self, attachment: Attachment) {
        if !self.found.iter().any(|known| known.number() == attachment.number()) {
            self.found.push(attachment);
        }
    }
}

fn may_be_content(key: &str) -> bool {
    key == keys::SPAN_INPUTS || key == keys::SPAN_OUTPUTS
}

fn add_event(span: &mut Span, why: &str) {
    let attributes = [("value", "an attachment"), ("reason", why)];
    span.events.push(Event {
        name: NOT_RECORDED.to_owned(),
        time_unix_nanos: span.end_unix_nanos,
        attributes: attributes.map(|(key, text)| (key.to_owned(), Json::string(text))).to_vec(),
    });
}

/// What takes a mark's place is the same within a string of JSON, and within JSON in such a string.
fn replace(json: &mut Json, mark: &str, text: &str) {
    if json.as_str().contains(mark) {
        *json = Json::from_valid(json.as_str().replace(mark, text));
    }
}

/// The start of a text, up to what JSON would have to escape.
fn plain_start(text: &str, most: usize) -> String {
    let plain = first_escaped(text.as_bytes()).unwrap_or(text.len());
    let end = plain.min(text.floor_char_boundary(most));
    match text.get(..end) {
        Some(start) if end < text.len() => format!("{start}… [cut: {} bytes in all]", text.len()),
        _ => text.to_owned(),
    }
}

/// The id of a span's attachment with this number: the same whenever the trace is made, and as random as the ids of trace
/// and span.
fn derived_id(trace_id: TraceId, span_id: SpanId, number: u64) -> u128 {
    let trace = trace_id.to_u128();
    let seed = mixed(span_id.to_u64() ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let high = mixed(seed ^ (trace >> 64) as u64);
    let low = mixed(high ^ seed.rotate_left(32) ^ trace as u64);
    u128::from(high) << 64 | u128::from(low)
}

/// Spreads each bit over all (the last steps of SplitMix64).
const fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests;
