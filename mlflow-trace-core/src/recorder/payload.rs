//! The bytes that a record carries, and how values get into them.

use std::cell::Cell;
use std::fmt::{self, Debug, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

use super::attached::{Attached, Attaching, forget_unmentioned};
use super::serialize::{Stopped, write_value, write_value_with};
use crate::buffer::record::{Section, Sections, push_number, push_tag, push_text, push_with};
use crate::buffer::tape::{Op, to_json};
use crate::context::{Context, attach};
use crate::model::{Json, Link};

/// How much of the user's values is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CaptureLimits {
    /// Bytes of one value.
    pub(crate) value_bytes: usize,
    /// Bytes of all values of a span.
    pub(crate) span_bytes: usize,
    /// Bytes of one text that comes from `Debug`.
    pub(crate) debug_bytes: usize,
    /// Bytes of one attachment.
    pub(crate) attachment_bytes: u32,
    /// Whether arguments and return values are kept without being asked for.
    pub(crate) automatic: bool,
    /// Whether encoded content in texts becomes attachments.
    pub(crate) extracts: bool,
}

/// The payload of a record that is being written.
///
/// Values are written by code of the user's (`Serialize`, `Debug`, `Display`), which may fail, panic or call traced
/// functions: it runs outside any lock, with tracing silent, and whatever it does, the payload stays well-formed.
pub struct Payload {
    bytes: Vec<u8>,
    limits: CaptureLimits,
    /// What the values bring along.
    pub(super) attached: Attached,
}

/// Scratch memory above this size is given back.
const KEPT_SCRATCH: usize = 1 << 20;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Payload {
    pub(crate) fn new(limits: CaptureLimits) -> Self {
        // A nested payload (a `Serialize` that itself speaks to us) finds the scratch taken and gets memory of its own.
        Self { bytes: SCRATCH.try_with(Cell::take).unwrap_or_default(), limits, attached: None }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn limits(&self) -> CaptureLimits {
        self.limits
    }

    /// How many bytes of a text that is printed are kept.
    pub(crate) fn text_limit(&self) -> usize {
        self.limits.debug_bytes
    }

    /// Whether arguments and return values are kept without being asked for.
    pub(crate) fn is_automatic(&self) -> bool {
        self.limits.automatic
    }

    /// Sections that were written elsewhere.
    #[cfg_attr(feature = "disabled", allow(dead_code))]
    pub(crate) fn append(&mut self, sections: &[u8]) {
        self.bytes.extend_from_slice(sections);
    }

    /// A section of texts.
    pub(crate) fn texts(&mut self, tag: Section, fields: &[&str]) {
        push_tag(&mut self.bytes, tag);
        for field in fields {
            push_text(&mut self.bytes, cut(field, self.limits.value_bytes));
        }
    }

    /// A section with a number.
    pub(crate) fn number(&mut self, tag: Section, number: u64) {
        push_tag(&mut self.bytes, tag);
        push_number(&mut self.bytes, number);
    }

    /// Whether the payload begins with a section of this kind.
    pub(super) fn begins_with(&self, tag: Section) -> bool {
        self.bytes.first() == Some(&(tag as u8))
    }

    /// A section with a value that can be serialized, behind a name if it has one.
    pub(crate) fn serialized<T: Serialize + ?Sized>(&mut self, tag: Section, name: Option<&str>, value: &T) {
        self.value(tag, name, |out, limits, items| {
            let room = limits.span_bytes.saturating_sub(out.len()).min(limits.value_bytes);
            write_value_with(out, value, room, Some(Attaching { limits, items }))
        });
    }

    /// A section with a value that is JSON already.
    pub(crate) fn json(&mut self, tag: Section, name: Option<&str>, value: &Json) {
        self.value(tag, name, |out, limits, _| {
            let room = limits.span_bytes.saturating_sub(out.len()).min(limits.value_bytes);
            if value.as_str().len() > room {
                return write_value(out, value, room);
            }
            out.push(Op::Raw as u8);
            push_text(out, value.as_str());
            Ok(())
        });
    }

    /// A section with a value that can only be printed for debugging.
    pub(crate) fn debugged(&mut self, tag: Section, name: Option<&str>, value: &dyn Debug) {
        self.value(tag, name, |out, limits, _| {
            let text = bounded(limits.debug_bytes, format_args!("{value:?}"));
            push_text_op(out, &text);
            Ok(())
        });
    }

    /// A section with a text as its value.
    pub(crate) fn text_value(&mut self, tag: Section, name: Option<&str>, text: &str) {
        self.value(tag, name, |out, _, _| {
            push_text_op(out, text);
            Ok(())
        });
    }

    /// Begins a section whose last field takes so many bytes with its length, and gives the place for that field; nothing
    /// if the value would not fit under the limits.
    #[inline(always)]
    pub(super) fn room_for(
        &mut self,
        tag: Section,
        name: Option<&'static str>,
        field: usize,
    ) -> Option<&mut Vec<u8>> {
        let name_bytes = name.map_or(0, |name| 4 + name.len());
        let end = self.bytes.len() + 1 + name_bytes + field;
        // The field's own length is not part of the value.
        if field > self.limits.value_bytes.saturating_add(4)
            || end > self.limits.span_bytes
            || name_bytes > self.limits.debug_bytes
        {
            return None;
        }
        self.bytes.reserve(1 + name_bytes + field);
        match name {
            Some(name) => {
                let [a, b, c, d] = (name.len() as u32).to_le_bytes();
                self.bytes.extend_from_slice(&[tag as u8, a, b, c, d]);
                self.bytes.extend_from_slice(name.as_bytes());
            }
            None => push_tag(&mut self.bytes, tag),
        }
        Some(&mut self.bytes)
    }

    /// An event's section; `fill` gets a closure for each attribute.
    pub(crate) fn event<K: AsRef<str>, V: Serialize>(
        &mut self,
        name: &str,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) {
        let mut fields = self.fields(attributes);
        push_tag(&mut self.bytes, Section::Event);
        push_text(&mut self.bytes, cut(name, self.limits.debug_bytes));
        push_with(&mut self.bytes, |out| out.extend_from_slice(&fields.bytes));
        self.bring(fields.attached.take());
    }

    /// The section of an event that happened at a moment of its own.
    pub(crate) fn event_at<K: AsRef<str>, V: Serialize>(
        &mut self,
        unix_nanos: u64,
        name: &str,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) {
        let mut fields = self.fields(attributes);
        self.number(Section::EventAt, unix_nanos);
        push_text(&mut self.bytes, cut(name, self.limits.debug_bytes));
        push_with(&mut self.bytes, |out| out.extend_from_slice(&fields.bytes));
        self.bring(fields.attached.take());
    }

    /// A link's section.
    pub(crate) fn link(&mut self, link: &Link) {
        let ids = [link.trace_id.to_string(), link.span_id.to_string()];
        if link.attributes.is_empty() {
            self.texts(Section::Link, &[&ids[0], &ids[1]]);
            return;
        }
        let mut fields = self.fields(link.attributes.iter().map(|(key, value)| (key, value)));
        self.texts(Section::LinkWith, &[&ids[0], &ids[1]]);
        push_with(&mut self.bytes, |out| out.extend_from_slice(&fields.bytes));
        self.bring(fields.attached.take());
    }

    /// The attributes of an event or a link, in a payload of their own.
    fn fields<K: AsRef<str>, V: Serialize>(&self, attributes: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut fields = Self { bytes: Vec::new(), limits: self.limits, attached: None };
        for (key, value) in attributes {
            fields.serialized(Section::Attribute, Some(key.as_ref()), &value);
        }
        fields
    }

    /// Runs code of the user's that makes a value. If it panics, a placeholder and a problem take the value's place.
    pub(crate) fn guarded<R>(&mut self, tag: Section, what: &str, make: impl FnOnce() -> R) -> Option<R> {
        let silent = attach(Context::SILENT);
        let result = catch_unwind(AssertUnwindSafe(make));
        drop(silent);
        let panic = match result {
            Ok(value) => return Some(value),
            Err(panic) => panic,
        };
        let failure = format!("its own code panicked: {}", panic_text(&*panic));
        let failure = cut(&failure, self.limits.debug_bytes);
        self.text_value(tag, None, &format!("<not recorded: {failure}>"));
        self.texts(Section::Problem, &[what, failure]);
        None
    }

    /// Writes the value's tape; whatever goes wrong in the value's own code becomes a placeholder and a problem.
    fn value(
        &mut self,
        tag: Section,
        name: Option<&str>,
        write: impl FnOnce(&mut Vec<u8>, &CaptureLimits, &mut Attached) -> Result<(), Stopped>,
    ) {
        push_tag(&mut self.bytes, tag);
        if let Some(name) = name {
            push_text(&mut self.bytes, cut(name, self.limits.debug_bytes));
        }
        let limits = self.limits;
        let mut problem = None;
        let items = &mut self.attached;
        push_with(&mut self.bytes, |out| {
            let start = out.len();
            let silent = attach(Context::SILENT);
            // What a panicking value leaves behind is thrown away, so nothing broken can be seen.
            let result = catch_unwind(AssertUnwindSafe(|| write(out, &limits, items)));
            drop(silent);
            let failure = match result {
                Ok(Ok(())) | Ok(Err(Stopped::Cut)) => return,
                Ok(Err(Stopped::Failed(message))) => format!("its Serialize failed: {message}"),
                Err(panic) => format!("its own code panicked: {}", panic_text(&*panic)),
            };
            let failure = cut(&failure, limits.debug_bytes).to_owned();
            out.truncate(start);
            forget_unmentioned(items, out);
            push_text_op(out, &format!("<not recorded: {failure}>"));
            problem = Some(failure);
        });
        if let Some(problem) = problem {
            let what = match tag {
                Section::Input | Section::Attribute => name.unwrap_or_default(),
                Section::Inputs => "inputs",
                _ => "outputs",
            };
            self.texts(Section::Problem, &[what, &problem]);
        }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.capacity() <= KEPT_SCRATCH {
            bytes.clear();
            let _ = SCRATCH.try_with(|scratch| scratch.set(bytes));
        }
    }
}

/// A value as JSON, whatever its own code does.
pub(crate) fn json_of<T: Serialize + ?Sized>(value: &T, limits: CaptureLimits) -> Json {
    let mut payload = Payload::new(limits);
    payload.serialized(Section::Outputs, None, value);
    let mut sections = Sections::new(payload.bytes());
    let _ = sections.tag();
    Json::from_valid(to_json(sections.bytes()))
}

/// The text of a value's own `Display`, at most so many bytes. A panic in it becomes a placeholder.
pub(crate) fn printed(limit: usize, value: &dyn fmt::Display) -> String {
    let _silent = attach(Context::SILENT);
    catch_unwind(AssertUnwindSafe(|| bounded(limit, format_args!("{value}"))))
        .unwrap_or_else(|panic| format!("<not recorded: its own code panicked: {}>", panic_text(&*panic)))
}

/// What a panic said, if it said it in text.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a value that is no text"
    }
}

/// The text of something that is printed, at most so many bytes; printing stops there.
pub(crate) fn bounded(limit: usize, printed: fmt::Arguments<'_>) -> String {
    struct Bounded {
        text: String,
        limit: usize,
        is_cut: bool,
    }
    impl fmt::Write for Bounded {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            let room = self.limit.saturating_sub(self.text.len());
            if piece.len() <= room && !self.is_cut {
                self.text.push_str(piece);
                return Ok(());
            }
            if !self.is_cut {
                self.is_cut = true;
                self.text.push_str(&piece[..piece.floor_char_boundary(room)]);
                self.text.push_str("… [cut]");
            }
            // An error ends the printing, however deep the value is.
            Err(fmt::Error)
        }
    }
    let mut out = Bounded { text: String::new(), limit, is_cut: false };
    let result = out.write_fmt(printed);
    if result.is_err() && !out.is_cut {
        out.text.push_str("… [its formatting failed]");
    }
    out.text
}

fn push_text_op(out: &mut Vec<u8>, text: &str) {
    out.push(Op::Text as u8);
    push_text(out, text);
}

fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
