//! The frame of protobuf: numbers, fields, and messages whose length is known only when they are written.
//!
//! Such a message is written behind a gap for its length. A gap that turns out too wide is filled all the same: a number
//! may have more bytes than it needs, up to ten, which all readers take. What is behind one that is too narrow is moved.

/// Messages that open at once, one inside the other, at most.
const MAX_GAPS: usize = 3;

pub(super) const fn varint_length(value: u64) -> usize {
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
    if bytes.len() < 0x80 {
        out.extend_from_slice(&[tag, bytes.len() as u8]);
    } else {
        out.push(tag);
        varint(out, bytes.len() as u64);
    }
    out.extend_from_slice(bytes);
}

/// How long such a field is.
pub(super) const fn bytes_length(bytes: usize) -> usize {
    1 + varint_length(bytes as u64) + bytes
}

/// A field of eight bytes.
pub(super) fn fixed64(out: &mut Vec<u8>, tag: u8, value: u64) {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    out.extend_from_slice(&[tag, a, b, c, d, e, f, g, h]);
}

/// Writes the tag of a message and leaves a gap for its length, at the place that is returned.
pub(super) fn open(out: &mut Vec<u8>, tag: u8, width: usize) -> usize {
    out.push(tag);
    let gap = out.len();
    out.resize(gap + width, 0);
    gap
}

/// How much longer than their gaps the lengths of these messages are, when they end at `end`. Outermost first.
pub(super) fn growth(gaps: &[usize], width: usize, end: usize) -> usize {
    gaps.iter().rev().fold(0, |grown, gap| {
        let length = end + grown - gap - width;
        grown + varint_length(length as u64).saturating_sub(width)
    })
}

/// Ends these messages, which are one inside the other, outermost first; their gaps are of one width.
pub(super) fn close(out: &mut Vec<u8>, gaps: &[usize], width: usize) {
    debug_assert!(gaps.len() <= MAX_GAPS, "no more messages than that open at once");
    let end = out.len();
    let mut shift = growth(gaps, width, end);
    if shift == 0 {
        for gap in gaps {
            fill(out, *gap, width, end - gap - width);
        }
        return;
    }
    let mut lengths = [0; MAX_GAPS];
    let mut grown = 0;
    for (gap, length) in gaps.iter().zip(&mut lengths).rev() {
        *length = end + grown - gap - width;
        grown += varint_length(*length as u64).saturating_sub(width);
    }
    out.resize(end + shift, 0);
    let mut piece_end = end;
    for (gap, length) in gaps.iter().zip(lengths).rev() {
        out.copy_within(gap + width..piece_end, gap + width + shift);
        let needed = varint_length(length as u64).max(width);
        shift -= needed - width;
        fill(out, gap + shift, needed, length);
        piece_end = *gap;
    }
}

/// Writes a number that takes exactly so many bytes.
fn fill(out: &mut [u8], at: usize, width: usize, value: usize) {
    let mut value = value;
    for (index, byte) in out.iter_mut().skip(at).take(width).enumerate() {
        let has_more = index + 1 < width;
        *byte = (value & 0x7f) as u8 | if has_more { 0x80 } else { 0 };
        value >>= 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length at the start and what is behind it, which must be as long.
    fn message(bytes: &[u8]) -> &[u8] {
        let width = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let number = bytes[..width].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        assert_eq!(number, bytes.len() - width);
        &bytes[width..]
    }

    #[test]
    fn messages_inside_messages_get_their_lengths_whatever_was_guessed() {
        for body in
            [0, 1, 100, 119, 120, 122, 124, 127, 128, 129, 16_370, 16_383, 16_384, 2_097_151, 2_097_152]
        {
            for width in 1..=4 {
                for depth in 1..=MAX_GAPS {
                    let mut out = b"before".to_vec();
                    let mut gaps = Vec::new();
                    for index in 0..depth {
                        gaps.push(open(&mut out, b'a' + index as u8, width));
                        out.extend_from_slice(b"key");
                    }
                    out.extend((0..body).map(|index| index as u8));
                    let expected = out.len() + growth(&gaps, width, out.len());
                    close(&mut out, &gaps, width);
                    assert_eq!(out.len(), expected);
                    let mut rest = out.strip_prefix(b"before").unwrap();
                    for index in 0..depth {
                        assert_eq!(rest[0], b'a' + index as u8);
                        rest = message(&rest[1..]).strip_prefix(b"key").unwrap();
                    }
                    assert!(
                        rest.len() == body && rest.iter().enumerate().all(|(at, byte)| *byte == at as u8)
                    );
                }
            }
        }
    }
}
