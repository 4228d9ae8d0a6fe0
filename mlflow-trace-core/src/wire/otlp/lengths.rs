//! The frame of protobuf: numbers, fields, and heads of messages whose length is known only when they are written.

/// A message's head: what stands before its field, the field's tag, and then the length of what follows.
pub(super) struct Layer<'a> {
    pub(super) before: Before<'a>,
    pub(super) tag: u8,
}

pub(super) enum Before<'a> {
    Nothing,
    /// The key of a `KeyValue`.
    Key(&'a str),
    /// Fields as they are.
    Bytes(&'a [u8]),
}

const KEY: u8 = 0x0a;

impl Layer<'_> {
    fn length_before(&self) -> usize {
        match self.before {
            Before::Nothing => 1,
            Before::Key(key) => 2 + varint_length(key.len() as u64) + key.len(),
            Before::Bytes(bytes) => 1 + bytes.len(),
        }
    }
}

pub(super) fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A field of bytes or text.
pub(super) fn bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field of eight bytes.
pub(super) fn fixed64(out: &mut Vec<u8>, tag: u8, value: u64) {
    out.push(tag);
    out.extend_from_slice(&value.to_le_bytes());
}

/// How long the heads of these layers, outermost first, are around so many bytes.
pub(super) fn head_length(layers: &[Layer<'_>], body: usize) -> usize {
    let all = layers
        .iter()
        .rev()
        .fold(body, |inside, layer| inside + varint_length(inside as u64) + layer.length_before());
    all - body
}

/// Appends the heads around a body of this length.
pub(super) fn heads(out: &mut Vec<u8>, layers: &[Layer<'_>], body: usize) {
    for (index, layer) in layers.iter().enumerate() {
        match layer.before {
            Before::Nothing => {}
            Before::Key(key) => bytes(out, KEY, key.as_bytes()),
            Before::Bytes(bytes) => out.extend_from_slice(bytes),
        }
        out.push(layer.tag);
        let inside = layers.get(index + 1..).unwrap_or_default();
        varint(out, (body + head_length(inside, body)) as u64);
    }
}

/// Leaves a gap for the heads around a body of about this length, and says how long it is.
pub(super) fn open(out: &mut Vec<u8>, layers: &[Layer<'_>], usual: usize) -> usize {
    let gap = head_length(layers, usual);
    out.resize(out.len() + gap, 0);
    gap
}

/// Fills the gap at `start`; what is behind it is moved when the guess was wrong.
pub(super) fn close(out: &mut Vec<u8>, start: usize, gap: usize, layers: &[Layer<'_>]) {
    let body = out.len() - start - gap;
    let length = head_length(layers, body);
    if length > gap {
        out.resize(out.len() + length - gap, 0);
    }
    if length != gap {
        out.copy_within(start + gap..start + gap + body, start + length);
        out.truncate(start + length + body);
    }
    let mut head = Vec::with_capacity(length);
    heads(&mut head, layers, body);
    if let Some(place) = out.get_mut(start..start + length) {
        place.copy_from_slice(&head);
    }
}
