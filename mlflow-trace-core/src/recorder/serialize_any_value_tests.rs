//! A value of any shape that serde knows, and keys that JSON can have.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeStructVariant as _,
    SerializeTuple as _, SerializeTupleStruct as _, SerializeTupleVariant as _, Serializer,
};
use serde_json::value::RawValue;

/// A value that visits each method of a serializer by hand.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Collected(Vec<String>),
    Bytes(Vec<u8>),
    None,
    Some(Box<Value>),
    Unit,
    UnitStruct,
    UnitVariant(Name),
    NewtypeStruct(Box<Value>),
    NewtypeVariant(Name, Box<Value>),
    Seq(KnowsLength, Vec<Value>),
    Tuple(Vec<Value>),
    TupleStruct(Vec<Value>),
    TupleVariant(Name, Vec<Value>),
    Map(KnowsLength, Vec<(Key, Value)>),
    Struct(Vec<(Name, Option<Value>)>),
    StructVariant(Name, Vec<(Name, Option<Value>)>),
    /// JSON of the user's own, here that of another value.
    Raw(Box<Value>),
}

/// What `serde_json` takes as a key.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Bool(bool),
    I64(i64),
    I128(i128),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Collected(String),
    UnitVariant(Name),
    Newtype(Box<Key>),
}

pub(super) type Name = &'static str;
type KnowsLength = bool;

pub(super) const NAMES: [Name; 6] = ["a", "", "with space", "quote\"\\", "ünï 🦀\u{1}", "$serde_json"];

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::I16(value) => serializer.serialize_i16(*value),
            Self::I32(value) => serializer.serialize_i32(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::U16(value) => serializer.serialize_u16(*value),
            Self::U32(value) => serializer.serialize_u32(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Collected(pieces) => serializer.collect_str(&InPieces(pieces)),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct("UnitStruct"),
            Self::UnitVariant(name) => serializer.serialize_unit_variant("Enum", 0, name),
            Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("Newtype", value),
            Self::NewtypeVariant(name, value) => serializer.serialize_newtype_variant("Enum", 1, name, value),
            Self::Seq(knows_length, values) => {
                let mut seq = serializer.serialize_seq(knows_length.then_some(values.len()))?;
                values.iter().try_for_each(|value| seq.serialize_element(value))?;
                seq.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::TupleStruct(values) => {
                let mut tuple = serializer.serialize_tuple_struct("Tuple", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(name, values) => {
                let mut tuple = serializer.serialize_tuple_variant("Enum", 2, name, values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(knows_length, entries) => {
                let mut map = serializer.serialize_map(knows_length.then_some(entries.len()))?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at % 2 == 0 {
                        map.serialize_entry(key, value)?;
                    } else {
                        map.serialize_key(key)?;
                        map.serialize_value(value)?;
                    }
                }
                map.end()
            }
            Self::Struct(fields) => {
                let mut out = serializer.serialize_struct("Struct", fields.len())?;
                for (name, value) in fields {
                    match value {
                        Some(value) => out.serialize_field(name, value)?,
                        None => out.skip_field(name)?,
                    }
                }
                out.end()
            }
            Self::StructVariant(variant, fields) => {
                let mut out = serializer.serialize_struct_variant("Enum", 3, variant, fields.len())?;
                for (name, value) in fields {
                    match value {
                        Some(value) => out.serialize_field(name, value)?,
                        None => out.skip_field(name)?,
                    }
                }
                out.end()
            }
            Self::Raw(value) => raw(value).serialize(serializer),
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Collected(value) => serializer.collect_str(value),
            Self::UnitVariant(name) => serializer.serialize_unit_variant("Enum", 0, name),
            Self::Newtype(key) => serializer.serialize_newtype_struct("Newtype", key),
        }
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    // White space and number forms of its own, which must come through.
    RawValue::from_string(format!("{{\"raw\" : [ {} ,\t1.50e+3 ]}}", serde_json::to_string(value).unwrap()))
        .unwrap()
}

/// A text that `Display` writes piece by piece.
struct InPieces<'a>(&'a [String]);

impl fmt::Display for InPieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(piece))
    }
}
