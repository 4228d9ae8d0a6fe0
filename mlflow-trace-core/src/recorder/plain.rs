//! Values that are written without running code of the user's.

use super::payload::Payload;
use crate::buffer::record::Section;
use crate::buffer::tape::Op;

/// A value of which nothing but its bytes is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plain<'a> {
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
    Text(&'a str),
}

impl Payload {
    /// A section with a plain value, behind a name if it has one.
    // Inlined where the variant is known, so that one call writes the value.
    #[inline(always)]
    pub(crate) fn plain(&mut self, tag: Section, name: Option<&'static str>, value: Plain<'_>) {
        match value {
            Plain::U64(number) => self.eight_bytes(tag, name, Op::U64, number),
            Plain::I64(number) => self.eight_bytes(tag, name, Op::I64, number.cast_unsigned()),
            Plain::F64(number) => self.eight_bytes(tag, name, Op::F64, number.to_bits()),
            Plain::Bool(true) => self.short(tag, name, Op::True),
            Plain::Bool(false) => self.short(tag, name, Op::False),
            Plain::Text(text) => self.text_of_any_size(tag, name, text),
        }
    }

    fn eight_bytes(&mut self, tag: Section, name: Option<&'static str>, op: Op, bits: u64) {
        let mut field = [9, 0, 0, 0, op as u8, 0, 0, 0, 0, 0, 0, 0, 0];
        field[5..].copy_from_slice(&bits.to_le_bytes());
        match self.room_for(tag, name, field.len()) {
            Some(out) => out.extend_from_slice(&field),
            None => self.without_room(tag, name, op, bits),
        }
    }

    fn short(&mut self, tag: Section, name: Option<&'static str>, op: Op) {
        match self.room_for(tag, name, 5) {
            Some(out) => out.extend_from_slice(&[1, 0, 0, 0, op as u8]),
            None => self.without_room(tag, name, op, 0),
        }
    }

    fn text_of_any_size(&mut self, tag: Section, name: Option<&'static str>, text: &str) {
        let Some(out) = self.room_for(tag, name, 9 + text.len()) else {
            return self.serialized(tag, name, text);
        };
        // A text that has room is below 4 GiB.
        let length = text.len() as u32;
        let mut field = [0; 9];
        field[..4].copy_from_slice(&(length + 5).to_le_bytes());
        field[4] = Op::Text as u8;
        field[5..].copy_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&field);
        out.extend_from_slice(text.as_bytes());
    }

    /// What does not fit goes the way that says so on the tape.
    #[cold]
    fn without_room(&mut self, tag: Section, name: Option<&'static str>, op: Op, bits: u64) {
        match op {
            Op::I64 => self.serialized(tag, name, &bits.cast_signed()),
            Op::F64 => self.serialized(tag, name, &f64::from_bits(bits)),
            Op::True | Op::False => self.serialized(tag, name, &(op == Op::True)),
            _ => self.serialized(tag, name, &bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::super::CaptureLimits;
    use super::*;

    fn with_limits(span_bytes: usize, write: impl FnOnce(&mut Payload)) -> Vec<u8> {
        let limits = CaptureLimits {
            value_bytes: 64,
            span_bytes,
            debug_bytes: 64,
            attachment_bytes: 64,
            automatic: true,
            extracts: true,
        };
        let mut payload = Payload::new(limits);
        write(&mut payload);
        payload.bytes().to_vec()
    }

    fn agree<T: Serialize + ?Sized>(value: &T, plain: Plain<'_>) {
        for span_bytes in 0..120 {
            for name in [Some("name"), None] {
                let short = with_limits(span_bytes, |payload| payload.plain(Section::Input, name, plain));
                let long = with_limits(span_bytes, |payload| payload.serialized(Section::Input, name, value));
                assert_eq!(short, long, "{plain:?} in a span of {span_bytes} bytes");
            }
        }
    }

    #[test]
    fn the_short_way_writes_what_the_long_way_writes_under_every_limit() {
        agree(&u64::MAX, Plain::U64(u64::MAX));
        agree(&i64::MIN, Plain::I64(i64::MIN));
        agree(&f64::NAN, Plain::F64(f64::NAN));
        agree(&true, Plain::Bool(true));
        agree(&false, Plain::Bool(false));
        for length in [0, 1, 58, 59, 60, 70] {
            let text = "ä".repeat(length);
            agree(text.as_str(), Plain::Text(&text));
        }
    }
}
