//! The form of records: what a thread writes and the worker reads.
//!
//! A record is a head of whole words and a payload of bytes. The payload is a row of sections: a tag byte and fields,
//! each field a length and bytes. Records reach the disk in the journal alone: whoever changes their form changes the
//! version in `journal/home`.

mod section;

pub(crate) use section::Section;

use super::tape::Op;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A span began.
    Start = 1,
    /// A span ended.
    End = 2,
    /// Something was said about an open span.
    Update = 3,
    /// Something was said about a trace.
    AboutTrace = 4,
    /// A span ended and returned `()`.
    EndUnit = 5,
}

/// The head of a record, as the worker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Start { trace_id: u128, span: u64, parent: u64, time: u64, callsite: u32, route: u32 },
    End { span: u64, time: u64 },
    Update { span: u64, time: u64 },
    Trace { trace_id: u128, time: u64 },
}

const KIND_BITS: u32 = 8;

impl Kind {
    /// From the first word of a head.
    pub(super) fn of(first: u64) -> Option<Self> {
        let all = [Self::Start, Self::End, Self::Update, Self::AboutTrace, Self::EndUnit];
        all.into_iter().find(|kind| *kind as u64 == first & ((1 << KIND_BITS) - 1))
    }
}

/// What the worker reads in the payload of [`Kind::EndUnit`]: a return value of null.
const UNIT: [u8; 6] = [Section::Returned as u8, 1, 0, 0, 0, Op::Null as u8];

#[inline]
const fn first(kind: Kind, payload: usize) -> u64 {
    kind as u64 | (payload as u64) << KIND_BITS
}

/// The words of heads, for payloads of so many bytes.
impl Head {
    #[inline]
    pub(crate) fn start(
        payload: usize,
        [trace_high, trace_low]: [u64; 2],
        span: u64,
        parent: u64,
        time: u64,
        callsite: u32,
        route: u32,
    ) -> [u64; 7] {
        let site = u64::from(callsite) | u64::from(route) << 32;
        [first(Kind::Start, payload), trace_high, trace_low, span, parent, time, site]
    }

    /// A span that returned `()` says so here and has no payload.
    #[inline]
    pub(crate) fn end(payload: usize, span: u64, time: u64, unit: bool) -> [u64; 3] {
        [first(if unit { Kind::EndUnit } else { Kind::End }, payload), span, time]
    }

    #[inline]
    pub(crate) fn update(payload: usize, span: u64, time: u64) -> [u64; 3] {
        [first(Kind::Update, payload), span, time]
    }

    #[inline]
    pub(crate) fn about_trace(payload: usize, [trace_high, trace_low]: [u64; 2], time: u64) -> [u64; 4] {
        [first(Kind::AboutTrace, payload), trace_high, trace_low, time]
    }

    /// The same with another time.
    pub(crate) fn with_time(mut self, change: impl FnOnce(u64) -> u64) -> Self {
        let (Self::Start { time, .. }
        | Self::End { time, .. }
        | Self::Update { time, .. }
        | Self::Trace { time, .. }) = &mut self;
        *time = change(*time);
        self
    }
}

/// Splits the first record off a run of words: its head, its payload, and the words behind it.
pub(crate) fn split_first<'a>(words: &'a [u64], bytes: &mut Vec<u8>) -> Option<(Head, &'a [u64])> {
    let (first, rest) = words.split_first()?;
    let (head, length) = match first & ((1 << KIND_BITS) - 1) {
        1 => {
            let [high, low, span, parent, time, site] = *rest.first_chunk()?;
            let trace_id = u128::from(high) << 64 | u128::from(low);
            let (callsite, route) = (site as u32, (site >> 32) as u32);
            (Head::Start { trace_id, span, parent, time, callsite, route }, 6)
        }
        2 | 5 => (Head::End { span: *rest.first()?, time: *rest.get(1)? }, 2),
        3 => (Head::Update { span: *rest.first()?, time: *rest.get(1)? }, 2),
        4 => {
            let [high, low, time] = *rest.first_chunk()?;
            (Head::Trace { trace_id: u128::from(high) << 64 | u128::from(low), time }, 3)
        }
        _ => return None,
    };
    let payload = (first >> KIND_BITS) as usize;
    let rest = rest.get(length..)?;
    let (body, rest) = rest.split_at_checked(payload.div_ceil(8))?;
    bytes.clear();
    bytes.extend(body.iter().flat_map(|word| word.to_le_bytes()));
    bytes.truncate(payload);
    if first & ((1 << KIND_BITS) - 1) == Kind::EndUnit as u64 {
        bytes.extend(UNIT);
    }
    Some((head, rest))
}

/// What a value refers to by a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum AttachedKind {
    Attachment = 1,
    /// A long text that may be the encoded content of an attachment.
    Text,
}

/// What stands on the tape in the place of stashed content. Of plain letters, so that it looks the same in all JSON.
pub(crate) fn attached_mark(id: u128) -> String {
    format!("mlflow-trace-attached:{id:032x}")
}

/// Begins a section.
#[inline]
pub(crate) fn push_tag(out: &mut Vec<u8>, tag: Section) {
    out.push(tag as u8);
}

/// Appends a field of text.
#[inline]
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    // A payload is far below 4 GiB: values are capped before they are written.
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Appends a field with a number.
#[inline]
pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    push_with(out, |out| out.extend_from_slice(&number.to_le_bytes()));
}

/// Appends a field with an id.
pub(crate) fn push_id(out: &mut Vec<u8>, id: u128) {
    push_with(out, |out| out.extend_from_slice(&id.to_le_bytes()));
}

/// Appends a field whose bytes `write` appends.
#[inline]
pub(crate) fn push_with(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Reads the sections of a payload.
pub(crate) struct Sections<'a>(&'a [u8]);

impl<'a> Sections<'a> {
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    /// The next section's tag; its fields are read next.
    pub(crate) fn tag(&mut self) -> Option<Section> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Section::from_byte(*first)
    }

    /// The next field's bytes; empty when the payload is damaged.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let Some((length, rest)) = self.0.split_first_chunk::<4>() else { return &[] };
        let length = u32::from_le_bytes(*length) as usize;
        let (field, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        self.0 = rest;
        field
    }

    /// The next field as a number.
    pub(crate) fn number(&mut self) -> u64 {
        self.bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// The next field as an id.
    pub(crate) fn id(&mut self) -> u128 {
        self.bytes().first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
    }

    /// The next field as text.
    pub(crate) fn text(&mut self) -> String {
        let bytes = self.bytes();
        // What `from_utf8_lossy` alone would do, at many times the speed.
        str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        let heads = [
            Head::Start { trace_id: 7 << 64 | 8, span: 9, parent: 10, time: 11, callsite: 12, route: 13 },
            Head::Update { span: 9, time: 12 },
            Head::End { span: 9, time: 14 },
            Head::Trace { trace_id: 15, time: 16 },
            Head::End { span: 17, time: 18 },
        ];
        let payloads: [&[u8]; 5] = [b"abc", b"", b"12345678", b"123456789", b""];
        let written: [&[u64]; 5] = [
            &Head::start(3, [7, 8], 9, 10, 11, 12, 13),
            &Head::update(0, 9, 12),
            &Head::end(8, 9, 14, false),
            &Head::about_trace(9, [0, 15], 16),
            &Head::end(0, 17, 18, true),
        ];
        let mut words = Vec::new();
        for (head, payload) in written.iter().zip(payloads) {
            words.extend_from_slice(head);
            for chunk in payload.chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                words.push(u64::from_le_bytes(word));
            }
        }
        let payloads = [payloads[0], payloads[1], payloads[2], payloads[3], &UNIT];
        let (mut rest, mut bytes) = (&words[..], Vec::new());
        for (head, payload) in heads.iter().zip(payloads) {
            let (read, behind) = split_first(rest, &mut bytes).unwrap();
            assert_eq!((&read, &bytes[..]), (head, payload));
            rest = behind;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn sections_are_read_as_they_were_written() {
        let mut payload = Vec::new();
        push_tag(&mut payload, Section::Exception);
        push_text(&mut payload, "type");
        push_with(&mut payload, |out| out.extend_from_slice(b"message"));
        push_tag(&mut payload, Section::Cancelled);
        push_tag(&mut payload, Section::ResponsePreview);
        push_text(&mut payload, "ü");
        let mut sections = Sections::new(&payload);
        assert_eq!(sections.tag(), Some(Section::Exception));
        assert_eq!((sections.text(), sections.bytes()), ("type".to_owned(), &b"message"[..]));
        assert_eq!(sections.tag(), Some(Section::Cancelled));
        assert_eq!(sections.tag(), Some(Section::ResponsePreview));
        assert_eq!(sections.text(), "ü");
        assert_eq!(sections.tag(), None);
    }

    #[test]
    fn a_damaged_payload_ends_without_a_panic() {
        let mut sections = Sections::new(&[1, 255, 255, 255, 255, b'x']);
        assert_eq!(sections.tag(), Some(Section::Input));
        assert_eq!(sections.bytes(), b"x");
        assert_eq!(sections.tag(), None);
        assert!(sections.bytes().is_empty());
    }
}
