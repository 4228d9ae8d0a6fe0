//! What a value becomes on its way over the tape to JSON.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::value::RawValue;

use super::*;
use crate::buffer::tape::{Spacing, to_json, write_json};

fn compact<T: Serialize + ?Sized>(value: &T) -> String {
    let (mut tape, mut json) = (Vec::new(), String::new());
    write_value(&mut tape, value, 1 << 20).unwrap();
    write_json(&tape, Spacing::Compact, &mut json);
    json
}

fn same_as_serde_json<T: Serialize + ?Sized>(value: &T) {
    assert_eq!(compact(value), serde_json::to_string(value).unwrap());
}

#[derive(Serialize)]
struct Unit;
#[derive(Serialize)]
struct Newtype(u8);
#[derive(Serialize)]
struct Pair(u8, &'static str);
#[derive(Serialize)]
enum Shape {
    Unit,
    Newtype(Option<i8>),
    Tuple(bool, char),
    Struct { a: f32, b: Vec<u8> },
}
#[derive(Serialize)]
struct Flat {
    first: i64,
    #[serde(flatten)]
    rest: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<u8>,
    #[serde(rename = "an other")]
    renamed: Box<RawValue>,
}

#[test]
fn every_shape_of_serde_becomes_the_json_of_serde_json() {
    same_as_serde_json(&Unit);
    same_as_serde_json(&Newtype(7));
    same_as_serde_json(&Pair(1, "two"));
    same_as_serde_json(&[
        Shape::Unit,
        Shape::Newtype(None),
        Shape::Newtype(Some(-3)),
        Shape::Tuple(true, 'ü'),
        Shape::Struct { a: 0.1, b: vec![0, 255] },
    ]);
    let rest = BTreeMap::from([("z", 1), ("a", 2)]);
    let renamed = RawValue::from_string("{\"b\": [1.50, 2]}".to_owned()).unwrap();
    same_as_serde_json(&Flat { first: -1, rest, none: None, renamed });
    same_as_serde_json(&(u128::MAX, i128::MIN, u64::MAX, i64::MIN, 1e300, 0.1_f32, -0.0, 1.0));
    same_as_serde_json("quote \" slash \\ line \n control \u{1} ü 🦀");
    same_as_serde_json(&BTreeMap::from([(1, "int"), (-2, "key")]));
    same_as_serde_json(&BTreeMap::from([(true, ()), (false, ())]));
    same_as_serde_json(&(Vec::<u8>::new(), BTreeMap::<u8, u8>::new(), "", Some(Some(3))));
    same_as_serde_json(&serde_json::json!({"a": [1, 2.5, null, {"b": "c"}], "d": {}}));
}

#[test]
fn numbers_that_json_lacks_become_their_names() {
    assert_eq!(compact(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), r#"["NaN","Infinity","-Infinity"]"#);
}

#[test]
fn keys_that_are_no_strings_become_text() {
    let map = HashMap::from([(vec![1, 2], "list")]);
    assert_eq!(compact(&map), r#"{"[1,2]":"list"}"#);
    let map = HashMap::from([(Some((1, "x")), 1)]);
    assert_eq!(compact(&map), r#"{"[1,\"x\"]":1}"#);
}

#[test]
fn spacing_is_that_of_python() {
    let mut tape = Vec::new();
    write_value(&mut tape, &serde_json::json!({"a": [1, 2], "b": {}}), 1000).unwrap();
    assert_eq!(to_json(&tape), r#"{"a": [1, 2], "b": {}}"#);
}

#[test]
fn a_value_over_the_limit_is_cut_to_valid_json_that_says_so() {
    let lists: Vec<Vec<String>> = vec![vec!["x".repeat(50); 10]; 10];
    let map: BTreeMap<String, Vec<u64>> = (0..100).map(|n| (format!("key {n}"), vec![n; 5])).collect();
    for limit in 0..900 {
        for value in [&lists as &dyn erased::Value, &map, &"y".repeat(5000), &u64::MAX] {
            let mut tape = b"before".to_vec();
            value.write(&mut tape, limit);
            assert!(tape.len() <= 6 + limit + 64, "{} bytes at limit {limit}", tape.len());
            let json = to_json(&tape[6..]);
            serde_json::from_str::<serde_json::Value>(&json)
                .unwrap_or_else(|e| panic!("{limit}: {e}: {json}"));
            if limit < 9 {
                assert!(json.contains("cut"), "{limit}: {json}");
            }
        }
    }
}

mod erased {
    pub(super) trait Value {
        fn write(&self, out: &mut Vec<u8>, limit: usize);
    }
    impl<T: serde::Serialize> Value for T {
        fn write(&self, out: &mut Vec<u8>, limit: usize) {
            super::write_value(out, self, limit).unwrap();
        }
    }
}

#[test]
fn a_text_that_is_cut_inside_newtypes_is_one_value() {
    #[derive(Serialize)]
    struct Outer(Inner);
    #[derive(Serialize)]
    struct Inner(String);
    let mut tape = Vec::new();
    write_value(&mut tape, &Outer(Inner("y".repeat(100))), 50).unwrap();
    assert_eq!(to_json(&tape), format!("\"{}… [cut: 100 bytes in all]\"", "y".repeat(18)));
}

#[test]
fn nesting_without_end_is_cut() {
    struct Endless;
    impl Serialize for Endless {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq([Endless])
        }
    }
    let json = compact(&Endless);
    assert!(json.contains("cut") && json.starts_with("[[["), "{json}");
    serde_json::from_str::<serde::de::IgnoredAny>(&json).unwrap();
}

#[test]
fn an_error_of_the_value_itself_is_handed_on() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: ser::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(ser::Error::custom("out of order"))
        }
    }
    let mut tape = Vec::new();
    let error = write_value(&mut tape, &Broken, 100).unwrap_err();
    assert_eq!(error.to_string(), "out of order");
}
