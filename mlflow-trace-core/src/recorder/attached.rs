//! What values bring along that is too large for a record: attachments, and long texts that look like encoded content.
//!
//! The tape holds a mark in the place of each. The content itself is shared and never copied, but for a text, which is
//! the user's and may be gone the next moment.

use std::sync::Arc;

use super::payload::{CaptureLimits, Payload};
use crate::buffer::record::{
    AttachedKind, Section, attached_mark, push_id, push_number, push_tag, push_text,
};
use crate::model::Attachment;
use crate::policy::ids;

/// Nothing in nearly all records; one word then.
pub(super) type Attached = Option<Box<Vec<Item>>>;

/// What a value brings along.
pub(super) enum Item {
    Attachment(Attachment),
    /// Its content type is not known yet.
    Text(u128, Arc<Vec<u8>>),
    /// Larger than an attachment may be: so many bytes.
    TooLarge(usize),
}

/// Where a value puts what it brings along.
pub(super) struct Attaching<'a> {
    pub(super) limits: &'a CaptureLimits,
    pub(super) items: &'a mut Attached,
}

impl Attaching<'_> {
    /// The text that stands for the attachment.
    pub(super) fn attachment(&mut self, attachment: Attachment) -> String {
        let (size, most) = (attachment.content().len(), self.limits.attachment_bytes as usize);
        if size > most {
            self.push(Item::TooLarge(size));
            return too_large(size, most);
        }
        let mark = attached_mark(attachment.number());
        self.push(Item::Attachment(attachment));
        mark
    }

    /// The mark of a text that is too long for a value, but may be the content of an attachment.
    pub(super) fn long_text(&mut self, text: &str) -> Option<String> {
        // Four letters of base64 are three bytes; what stands around them is short.
        let most = (self.limits.attachment_bytes as usize).saturating_mul(4) / 3 + 1024;
        if !self.limits.extracts || text.len() > most || !looks_encoded(text) {
            return None;
        }
        let (high, low) = ids::trace_id();
        let id = u128::from(high) << 64 | u128::from(low);
        self.push(Item::Text(id, Arc::new(text.as_bytes().to_vec())));
        Some(attached_mark(id))
    }

    fn push(&mut self, item: Item) {
        self.items.get_or_insert_default().push(item);
    }
}

/// Forgets what no tape in the payload refers to, after the value that brought it along failed.
#[cold]
pub(super) fn forget_unmentioned(items: &mut Attached, payload: &[u8]) {
    let is_mentioned = |id| {
        let mark = attached_mark(id);
        payload.windows(mark.len()).any(|bytes| bytes == mark.as_bytes())
    };
    let Some(items) = items else { return };
    items.retain(|item| match item {
        Item::Attachment(attachment) => is_mentioned(attachment.number()),
        Item::Text(id, _) => is_mentioned(*id),
        Item::TooLarge(_) => true,
    });
}

/// Python's words.
fn too_large(size: usize, most: usize) -> String {
    format!("[Attachment too large: {size} bytes exceeds {most} bytes limit]")
}

/// Whether a text may be base64, alone or in a data URI, judged by its ends: the worker looks at all of it.
fn looks_encoded(text: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let bytes = text.as_bytes();
    let is_data_uri = bytes.starts_with(b"data:");
    let head = if is_data_uri {
        let Some(at) = text.get(..256).unwrap_or(text).find(";base64,") else { return false };
        at + ";base64,".len()
    } else {
        0
    };
    let content = bytes.get(head..).unwrap_or_default();
    let end = content.len().saturating_sub(64);
    let may_be = content.iter().take(256).all(is_letter) && content.iter().skip(end).all(is_letter);
    // It takes the mark's place in JSON as it is.
    may_be && text.get(..head).is_some_and(|head| !head.contains(['"', '\\']) && head.is_ascii())
}

impl Payload {
    /// Sections that were written elsewhere, with what they bring along.
    #[cfg_attr(feature = "disabled", allow(dead_code))]
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.append(other.bytes());
        self.bring(other.attached.take());
    }

    /// Takes over what another payload brings along.
    pub(super) fn bring(&mut self, others: Attached) {
        match (&mut self.attached, others) {
            (_, None) => {}
            (Some(items), Some(mut more)) => items.append(&mut more),
            (items, others) => *items = others,
        }
    }

    /// Whether values brought something along.
    #[inline]
    pub(super) fn has_attached(&self) -> bool {
        self.attached.is_some()
    }

    /// Says what the values brought along. `keep` stashes content by its id if there is room.
    pub(super) fn settle_attached(&mut self, mut keep: impl FnMut(u128, &Arc<Vec<u8>>)) {
        let most = self.limits().attachment_bytes;
        for item in self.attached.take().into_iter().flat_map(|items| *items) {
            let (id, kind, content, content_type) = match &item {
                Item::Attachment(attachment) => (
                    attachment.number(),
                    AttachedKind::Attachment,
                    attachment.shared_content(),
                    attachment.content_type(),
                ),
                Item::Text(id, text) => (*id, AttachedKind::Text, text, ""),
                Item::TooLarge(size) => {
                    let why = format!("{size} bytes are more than an attachment may have ({most} bytes)");
                    self.texts(Section::Problem, &["an attachment", &why]);
                    continue;
                }
            };
            keep(id, content);
            let out = self.bytes_mut();
            push_tag(out, Section::Attached);
            push_id(out, id);
            push_number(out, kind as u64);
            push_number(out, content.len() as u64);
            push_text(out, content_type);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::looks_encoded;

    #[test]
    fn only_what_may_be_base64_is_taken_for_it() {
        let long = "QUJD".repeat(1000);
        assert!(looks_encoded(&long) && looks_encoded(&format!("{long}QQ==")));
        assert!(looks_encoded(&format!("data:image/png;base64,{long}")));
        for other in ["words and words ".repeat(100), format!("{long} "), format!("data:image/png,{long}")] {
            assert!(!looks_encoded(&other), "{}", &other[..20]);
        }
        assert!(!looks_encoded(&format!("data:a\"b;base64,{long}")));
    }
}
