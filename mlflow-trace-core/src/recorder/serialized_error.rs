//! The error in a `Result` that is known only as something to serialize.

use std::any::type_name;
use std::fmt;

use serde::{Serialize, Serializer, ser::Impossible};

use super::failure::ErrorText;
use super::payload::Payload;
use super::serialize::write_value;
use crate::buffer::tape::to_json;
use crate::context::{Context, attach};

/// Writes the event and the failure if the value is an `Err`; else does nothing and says no.
pub(crate) fn write_serialized_error<T: Serialize>(payload: &mut Payload, value: &T) -> bool {
    // Nobody else's code is called for it: only a `Result` is asked which of the two it is.
    let Some(types) = type_name::<T>().strip_prefix("core::result::Result<") else { return false };
    let _silent = attach(Context::SILENT);
    let Ok(error) = value.serialize(ErrorOf { limit: payload.text_limit() }) else { return false };
    ErrorText::from_text(&error, payload.text_limit()).write(payload, second(types));
    true
}

/// The `B` of `A, B>`.
fn second(types: &str) -> &str {
    let mut depth = 0_u32;
    for (at, letter) in types.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return types[at + 1..].trim().strip_suffix('>').unwrap_or(types),
            _ => {}
        }
    }
    types
}

/// Takes the text of an `Err`, and fails for all else.
struct ErrorOf {
    limit: usize,
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) -> $result:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$result, fmt::Error> {
            Err(fmt::Error)
        }
    )*};
}

type No = Impossible<String, fmt::Error>;

impl Serializer for ErrorOf {
    type Ok = String;
    type Error = fmt::Error;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<String, fmt::Error> {
        if variant != "Err" {
            return Err(fmt::Error);
        }
        let mut tape = Vec::new();
        // What was cut says so itself.
        let _ = write_value(&mut tape, value, self.limit);
        let json = to_json(&tape);
        Ok(serde_json::from_str::<String>(&json).unwrap_or(json))
    }

    refused! {
        serialize_bool(bool) -> String;
        serialize_i8(i8) -> String;
        serialize_i16(i16) -> String;
        serialize_i32(i32) -> String;
        serialize_i64(i64) -> String;
        serialize_u8(u8) -> String;
        serialize_u16(u16) -> String;
        serialize_u32(u32) -> String;
        serialize_u64(u64) -> String;
        serialize_f32(f32) -> String;
        serialize_f64(f64) -> String;
        serialize_char(char) -> String;
        serialize_str(&str) -> String;
        serialize_bytes(&[u8]) -> String;
        serialize_none() -> String;
        serialize_unit() -> String;
        serialize_unit_struct(&'static str) -> String;
        serialize_unit_variant(&'static str, u32, &'static str) -> String;
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<String, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<String, fmt::Error> {
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::second;

    #[test]
    fn the_type_of_the_error_is_found_behind_any_type_of_the_value() {
        assert_eq!(second("u32, alloc::string::String>"), "alloc::string::String");
        assert_eq!(second("(a::B<c, d>, [e; 2]), f::G<h, i>>"), "f::G<h, i>");
    }
}
