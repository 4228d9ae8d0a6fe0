//! The tape loses nothing: for every value under the limits, what our serializer writes and the worker reads is, byte
//! for byte, the JSON of `serde_json`. NaN and the infinities are not JSON and have tests of their own.
//!
//! That holds for `Spacing::Compact`. What is stored has the spacing and the floats of Python, by the same reader:
//! there, each float reads back as the same bits.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;

use super::write_value;
use crate::buffer::tape::{Spacing, to_json, write_json};

#[path = "serialize_any_value_tests.rs"]
mod any_value;
#[path = "serialize_derived_tests.rs"]
mod derived;

use any_value::{Key, NAMES, Name, Value};

/// Texts of all characters, and of those that JSON or UTF-8 treats apart.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '\0',
        '\u{1}',
        '\u{8}',
        '\t',
        '\n',
        '\u{b}',
        '\u{c}',
        '\r',
        '\u{1f}',
        ' ',
        '"',
        '\\',
        '/',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{800}',
        '\u{2028}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{fffd}',
        '\u{ffff}',
        '\u{10000}',
        '\u{10ffff}',
    ]);
    prop_oneof![
        vec(odd, 0..12).prop_map(String::from_iter),
        ".{0,12}",
        (any::<char>(), 0_usize..3000).prop_map(|(one, count)| String::from_iter(vec![one; count])),
    ]
}

/// All finite numbers, the ends of their ranges often.
fn double() -> impl Strategy<Value = f64> {
    let edges = vec![
        0.0,
        -0.0,
        1.0,
        1e15,
        1e16,
        1e17,
        1e-5,
        5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
    ];
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
        prop::sample::select(edges),
        any::<i32>().prop_map(|value| f64::from(value) / 100.0),
    ]
}

fn single() -> impl Strategy<Value = f32> {
    let edges = vec![0.0, -0.0, 0.1, 16_777_216.0, 1e-45, f32::MIN_POSITIVE, f32::MAX, f32::MIN];
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |value| value.is_finite()),
        prop::sample::select(edges),
    ]
}

fn name() -> impl Strategy<Value = Name> + Clone {
    prop::sample::select(NAMES.to_vec())
}

fn key() -> impl Strategy<Value = Key> {
    let simple = prop_oneof![
        any::<bool>().prop_map(Key::Bool),
        any::<i64>().prop_map(Key::I64),
        any::<i128>().prop_map(Key::I128),
        any::<u128>().prop_map(Key::U128),
        single().prop_map(Key::F32),
        double().prop_map(Key::F64),
        any::<char>().prop_map(Key::Char),
        text().prop_map(Key::Str),
        text().prop_map(Key::Collected),
        name().prop_map(Key::UnitVariant),
    ];
    simple.prop_recursive(2, 2, 1, |inner| inner.prop_map(|key| Key::Newtype(Box::new(key))))
}

fn value() -> impl Strategy<Value = Value> {
    let numbers = prop_oneof![
        any::<i8>().prop_map(Value::I8),
        any::<i16>().prop_map(Value::I16),
        any::<i32>().prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        any::<i128>().prop_map(Value::I128),
        any::<u8>().prop_map(Value::U8),
        any::<u16>().prop_map(Value::U16),
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        any::<u128>().prop_map(Value::U128),
        single().prop_map(Value::F32),
        double().prop_map(Value::F64),
    ];
    let leaf = prop_oneof![
        4 => numbers,
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<char>().prop_map(Value::Char),
        3 => text().prop_map(Value::Str),
        1 => vec(text(), 0..4).prop_map(Value::Collected),
        1 => vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        1 => prop::sample::select(vec![Value::None, Value::Unit, Value::UnitStruct]),
        1 => name().prop_map(Value::UnitVariant),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let values = vec(inner.clone(), 0..6);
        let fields = vec((name(), prop::option::weighted(0.8, inner.clone())), 0..6);
        prop_oneof![
            boxed.clone().prop_map(Value::Some),
            boxed.clone().prop_map(Value::NewtypeStruct),
            (name(), boxed.clone()).prop_map(|(name, value)| Value::NewtypeVariant(name, value)),
            (any::<bool>(), values.clone()).prop_map(|(known, values)| Value::Seq(known, values)),
            values.clone().prop_map(Value::Tuple),
            values.clone().prop_map(Value::TupleStruct),
            (name(), values).prop_map(|(name, values)| Value::TupleVariant(name, values)),
            (any::<bool>(), vec((key(), inner), 0..6))
                .prop_map(|(known, entries)| Value::Map(known, entries)),
            fields.clone().prop_map(Value::Struct),
            (name(), fields).prop_map(|(name, fields)| Value::StructVariant(name, fields)),
            boxed.prop_map(Value::Raw),
        ]
    })
}

fn tape<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut tape = Vec::new();
    write_value(&mut tape, value, 1 << 22).unwrap();
    tape
}

fn compact<T: Serialize + ?Sized>(value: &T) -> String {
    let mut json = String::new();
    write_json(&tape(value), Spacing::Compact, &mut json);
    json
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_value_becomes_the_json_of_serde_json(value in value()) {
        prop_assert_eq!(compact(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn the_stored_json_is_the_same_json_in_pythons_spelling(value in value()) {
        let stored: serde_json::Value = serde_json::from_str(&to_json(&tape(&value))).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&compact(&value)).unwrap();
        prop_assert!(are_alike(&stored, &parsed), "{stored}\n{parsed}");
    }

    #[test]
    fn a_stored_float_reads_back_as_the_same_bits(double in double(), single in single()) {
        prop_assert_eq!(to_json(&tape(&double)).parse::<f64>().unwrap().to_bits(), double.to_bits());
        prop_assert_eq!(to_json(&tape(&single)).parse::<f32>().unwrap().to_bits(), single.to_bits());
    }

    #[test]
    fn values_that_follow_one_another_do_not_touch(first in value(), second in value()) {
        let mut out = tape(&first);
        let start = out.len();
        write_value(&mut out, &second, 1 << 22).unwrap();
        prop_assert_eq!(&out[start..], &tape(&second)[..]);
    }

    #[test]
    fn a_cut_value_is_valid_json(value in value(), limit in 0_usize..2000) {
        let mut tape = Vec::new();
        write_value(&mut tape, &value, limit).unwrap();
        let json = to_json(&tape);
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{json}");
        prop_assert!(tape.len() <= limit + 64);
    }
}

/// Equal, but for the last bit of a float, since `serde_json` reads numbers fast rather than exactly, and for the last
/// digit of a single one, of which two may be equally near.
fn are_alike(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => {
            one == other
                || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| {
                    one.is_sign_negative() == other.is_sign_negative()
                        && (one.to_bits().abs_diff(other.to_bits()) <= 4 || one as f32 == other as f32)
                })
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_alike(one, other))
        }
        // Keys that are floats are spelled as Python spells them.
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| match other.get(key) {
                    Some(same) => are_alike(value, same),
                    None => key.parse::<f64>().is_ok(),
                })
        }
        _ => one == other,
    }
}
