//! Values onto the tape: our own `serde::Serializer`.
//!
//! It never fails for what a value contains (`NaN`, odd map keys, 128-bit numbers), stops when the value reaches its
//! size limit or is nested too deeply, and leaves a tape that still reads as valid JSON.

mod overlong;

use std::fmt;

use serde::ser::{self, Serialize};

use super::attached::Attaching;
use crate::buffer::tape::Op;
use crate::model::{ATTACHMENT, handed_over};

/// How deeply a value may be nested.
const MAX_DEPTH: u32 = 128;
/// The name by which `serde_json` passes its raw values through a serializer.
const RAW_VALUE: &str = "$serde_json::private::RawValue";
/// The name by which `serde_json` passes numbers of any precision.
const RAW_NUMBER: &str = "$serde_json::private::Number";

/// Writes a value behind what is in `out`, at most so many bytes.
pub(super) fn write_value<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
    limit: usize,
) -> Result<(), Stopped> {
    write_value_with(out, value, limit, None)
}

/// The same; what the value brings along goes there.
pub(super) fn write_value_with<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
    limit: usize,
    attaching: Option<Attaching<'_>>,
) -> Result<(), Stopped> {
    let end = out.len().saturating_add(limit);
    let mut tape = Tape { end, limit, out, depth: 0, newtypes: 0, is_cut: false, text: Op::Text, attaching };
    match value.serialize(&mut tape) {
        // A type may wrap our own error in one of its own.
        Err(Stopped::Failed(message)) if !tape.is_cut => Err(Stopped::Failed(message)),
        _ => Ok(()),
    }
}

/// Why a value is not whole on the tape.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The limit was reached; the tape says so.
    Cut,
    /// The value's own `Serialize` failed, with this message.
    Failed(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("the value is over its size limit"),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Stopped {}

impl ser::Error for Stopped {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Failed(message.to_string())
    }
}

struct Tape<'a> {
    out: &'a mut Vec<u8>,
    /// Where in `out` the value must have ended.
    end: usize,
    limit: usize,
    depth: u32,
    /// How many of those levels are newtypes, which stand for what is in them.
    newtypes: u32,
    is_cut: bool,
    /// What the next text is: raw JSON inside `serde_json`'s raw values, else a string.
    text: Op,
    /// Where attachments go; without it they are written as texts.
    attaching: Option<Attaching<'a>>,
}

type Done = Result<(), Stopped>;

impl Tape<'_> {
    #[inline]
    fn put(&mut self, op: Op, bytes: &[u8]) -> Done {
        if self.is_cut || self.out.len() + 1 + bytes.len() > self.end {
            return self.cut();
        }
        self.out.push(op as u8);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn put_text(&mut self, op: Op, text: &str) -> Done {
        if self.is_cut || self.out.len() + 5 + text.len() > self.end {
            return self.put_long_text(op, text);
        }
        self.out.push(op as u8);
        self.out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn open(&mut self, op: Op) -> Done {
        if self.depth >= MAX_DEPTH {
            return self.cut();
        }
        self.put(op, &[])?;
        self.depth += 1;
        Ok(())
    }

    fn close(&mut self) -> Done {
        self.depth = self.depth.saturating_sub(1);
        if self.is_cut {
            return Err(Stopped::Cut);
        }
        // Closing is always possible: a tape that ends is closed by its reader.
        self.out.push(Op::Close as u8);
        Ok(())
    }

    fn open_variant(&mut self, variant: &str, op: Op) -> Done {
        self.open(Op::Object)?;
        self.put_text(Op::Key, variant)?;
        self.open(op)
    }
}

impl<'a, 'b> ser::Serializer for &'a mut Tape<'b> {
    type Ok = ();
    type Error = Stopped;
    type SerializeSeq = Parts<'a, 'b>;
    type SerializeTuple = Parts<'a, 'b>;
    type SerializeTupleStruct = Parts<'a, 'b>;
    type SerializeTupleVariant = Parts<'a, 'b>;
    type SerializeMap = Parts<'a, 'b>;
    type SerializeStruct = Parts<'a, 'b>;
    type SerializeStructVariant = Parts<'a, 'b>;

    fn serialize_bool(self, value: bool) -> Done {
        self.put(if value { Op::True } else { Op::False }, &[])
    }
    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i64(self, value: i64) -> Done {
        self.put(Op::I64, &value.to_le_bytes())
    }
    fn serialize_i128(self, value: i128) -> Done {
        self.put(Op::I128, &value.to_le_bytes())
    }
    fn serialize_u8(self, value: u8) -> Done {
        self.serialize_u64(value.into())
    }
    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_u64(value.into())
    }
    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_u64(value.into())
    }
    fn serialize_u64(self, value: u64) -> Done {
        self.put(Op::U64, &value.to_le_bytes())
    }
    fn serialize_u128(self, value: u128) -> Done {
        self.put(Op::U128, &value.to_le_bytes())
    }
    fn serialize_f32(self, value: f32) -> Done {
        self.put(Op::F32, &value.to_le_bytes())
    }
    fn serialize_f64(self, value: f64) -> Done {
        self.put(Op::F64, &value.to_le_bytes())
    }
    fn serialize_char(self, value: char) -> Done {
        self.put_text(Op::Text, value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Done {
        self.put_text(self.text, value)
    }
    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.open(Op::Array)?;
        for byte in value {
            self.put(Op::U64, &u64::from(*byte).to_le_bytes())?;
        }
        self.close()
    }
    fn serialize_none(self) -> Done {
        self.put(Op::Null, &[])
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.put(Op::Null, &[])
    }
    fn serialize_unit_struct(self, _name: &'static str) -> Done {
        self.put(Op::Null, &[])
    }
    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Done {
        self.put_text(Op::Text, variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Done {
        if name == ATTACHMENT
            && let Some(attaching) = &mut self.attaching
            && let Some(attachment) = handed_over(value)
        {
            let mark = attaching.attachment(attachment);
            return self.put_text(Op::Text, &mark);
        }
        // A newtype writes no operation of its own, so a type that contains itself by newtypes alone would not end.
        if self.depth >= MAX_DEPTH {
            return self.cut();
        }
        self.depth += 1;
        self.newtypes += 1;
        value.serialize(&mut *self)?;
        self.newtypes -= 1;
        self.depth -= 1;
        Ok(())
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.open(Op::Object)?;
        self.put_text(Op::Key, variant)?;
        value.serialize(&mut *self)?;
        self.close()
    }
    fn serialize_seq(self, _length: Option<usize>) -> Result<Parts<'a, 'b>, Stopped> {
        self.open(Op::Array)?;
        Ok(Parts { tape: self, kind: PartsKind::Plain })
    }
    fn serialize_tuple(self, length: usize) -> Result<Parts<'a, 'b>, Stopped> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Parts<'a, 'b>, Stopped> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'a, 'b>, Stopped> {
        self.open_variant(variant, Op::Array)?;
        Ok(Parts { tape: self, kind: PartsKind::Variant })
    }
    fn serialize_map(self, _length: Option<usize>) -> Result<Parts<'a, 'b>, Stopped> {
        self.open(Op::Object)?;
        Ok(Parts { tape: self, kind: PartsKind::Plain })
    }
    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Parts<'a, 'b>, Stopped> {
        if name == RAW_VALUE || name == RAW_NUMBER {
            return Ok(Parts { tape: self, kind: PartsKind::Raw });
        }
        self.serialize_map(None)
    }
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'a, 'b>, Stopped> {
        self.open_variant(variant, Op::Object)?;
        Ok(Parts { tape: self, kind: PartsKind::Variant })
    }
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Done {
        self.put_text(Op::Text, &value.to_string())
    }
}

/// The elements or fields of a value that is being written.
struct Parts<'a, 'b> {
    tape: &'a mut Tape<'b>,
    kind: PartsKind,
}

enum PartsKind {
    Plain,
    /// Inside the object that carries a variant's name.
    Variant,
    /// JSON text of the user's own.
    Raw,
}

impl Parts<'_, '_> {
    fn finish(self) -> Done {
        match self.kind {
            PartsKind::Plain => self.tape.close(),
            PartsKind::Variant => {
                self.tape.close()?;
                self.tape.close()
            }
            PartsKind::Raw => Ok(()),
        }
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        if matches!(self.kind, PartsKind::Raw) {
            self.tape.text = Op::Raw;
            let result = value.serialize(&mut *self.tape);
            self.tape.text = Op::Text;
            return result;
        }
        self.tape.put_text(Op::Key, key)?;
        value.serialize(&mut *self.tape)
    }
}

macro_rules! elements {
    ($($the_trait:ident, $method:ident;)*) => {$(
        impl ser::$the_trait for Parts<'_, '_> {
            type Ok = ();
            type Error = Stopped;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                value.serialize(&mut *self.tape)
            }
            fn end(self) -> Done {
                self.finish()
            }
        }
    )*};
}

elements! {
    SerializeSeq, serialize_element;
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

macro_rules! fields {
    ($($the_trait:ident;)*) => {$(
        impl ser::$the_trait for Parts<'_, '_> {
            type Ok = ();
            type Error = Stopped;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
                self.field(key, value)
            }
            fn end(self) -> Done {
                self.finish()
            }
        }
    )*};
}

fields! { SerializeStruct; SerializeStructVariant; }

impl ser::SerializeMap for Parts<'_, '_> {
    type Ok = ();
    type Error = Stopped;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.tape.put(Op::ValueKey, &[])?;
        key.serialize(&mut *self.tape)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut *self.tape)
    }
    fn end(self) -> Done {
        self.finish()
    }
}

#[cfg(test)]
#[path = "serialize_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "serialize_property_tests.rs"]
mod property_tests;
