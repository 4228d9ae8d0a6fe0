//! Attachments of a trace: marks in values become references, and encoded content in inputs and outputs becomes
//! attachments. Runs on threads of ours, when a trace is made for a destination.
//!
//! `places` finds texts in JSON, `forms` tells which of them are content, as MLflow's Python client does.

mod forms;
mod places;

use std::sync::Arc;

use self::forms::Extraction;
use crate::buffer::record::{AttachedKind, Sections, attached_mark};
use crate::buffer::stash::Stashed;
use crate::config::Attachments;
use crate::model::{Attachment, Event, Json, Span, SpanId, TraceId, keys};
use crate::policy::Redactor;

/// The event that says what of a span could not be recorded.
pub(super) const NOT_RECORDED: &str = "mlflow_trace.not_recorded";

/// The attachments of one trace while it is made.
pub(super) struct TraceAttachments {
    rules: Attachments,
    /// By id.
    contents: Vec<(u128, Arc<Vec<u8>>)>,
    found: Vec<Attachment>,
    /// Spans with texts that are longer than those of other values.
    with_long_texts: Vec<SpanId>,
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
        Self { rules, contents, found: Vec::new(), with_long_texts: Vec::new() }
    }

    /// Content that a journal holds.
    pub(super) fn add_content(&mut self, fields: &mut Sections<'_>) {
        let (id, bytes) = (fields.id(), fields.bytes());
        if !self.contents.iter().any(|(known, _)| *known == id) {
            self.contents.push((id, Arc::new(bytes.to_vec())));
        }
    }

    /// Puts references, or texts, in the place of the marks in a span's values.
    pub(super) fn resolve(&mut self, span: &mut Span, noted: &[Noted]) {
        for one in noted {
            let mark = attached_mark(one.id);
            let content = self.contents.iter().find(|(id, _)| *id == one.id).map(|(_, content)| content);
            let (in_content, elsewhere) = match content {
                None => {
                    let size = one.size;
                    let text = format!(
                        "[Attachment left out: {size} bytes, and too many attachments wait in memory]"
                    );
                    add_event(span, &text);
                    (text.clone(), text)
                }
                Some(text) if one.is_text => {
                    let text = String::from_utf8_lossy(text);
                    if self.rules.extracts && !self.with_long_texts.contains(&span.span_id) {
                        self.with_long_texts.push(span.span_id);
                    }
                    let short = cut(&text, self.rules.max_text_bytes);
                    let whole = if self.rules.extracts { text.into_owned() } else { short.clone() };
                    (whole, short)
                }
                Some(content) => {
                    let attachment = Attachment::from_parts(one.id, &one.content_type, Arc::clone(content));
                    let reference = attachment.reference(span.trace_id);
                    self.add(attachment);
                    (reference.clone(), reference)
                }
            };
            // What takes the mark's place is the same within a string of JSON, and within JSON in such a string.
            let replace = |json: &mut Json, text: &str| {
                if json.as_str().contains(&mark) {
                    *json = Json::from_valid(json.as_str().replace(&mark, text));
                }
            };
            for (key, json) in &mut span.attributes {
                let is_content = key == keys::SPAN_INPUTS || key == keys::SPAN_OUTPUTS;
                replace(json, if is_content { &in_content } else { &elsewhere });
            }
            for (_, json) in span.events.iter_mut().flat_map(|event| &mut event.attributes) {
                replace(json, &elsewhere);
            }
        }
    }

    /// Makes attachments of what is encoded in a span's inputs and outputs.
    pub(super) fn extract(&mut self, span: &mut Span) {
        if !self.rules.extracts {
            return;
        }
        let has_long_texts = self.with_long_texts.contains(&span.span_id);
        let (trace_id, span_id) = (span.trace_id, span.span_id);
        let (mut number, mut problems) = (0, Vec::new());
        for (_, json) in span.attributes.iter_mut().filter(|(key, _)| is_extracted_from(key)) {
            if !has_long_texts && !forms::may_hold_content(json.as_str()) {
                continue;
            }
            let Some(root) = places::places(json.as_str()) else { continue };
            let mut extraction = Extraction::new(self.rules, has_long_texts, |content_type, content| {
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
        problems.iter().for_each(|problem| add_event(span, problem));
    }

    /// The attachments that the spans refer to once the redactors have seen what the attachments hold.
    pub(super) fn finish(mut self, spans: &mut [Span], redactors: &[Redactor]) -> Vec<Attachment> {
        for redactor in redactors {
            redactor.attachments(&mut self.found, spans);
        }
        self.found
    }

    fn add(&mut self, attachment: Attachment) {
        if !self.found.iter().any(|known| known.number() == attachment.number()) {
            self.found.push(attachment);
        }
    }
}

fn is_extracted_from(key: &str) -> bool {
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

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}… [cut: {} bytes in all]", &text[..text.floor_char_boundary(most)], text.len())
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
