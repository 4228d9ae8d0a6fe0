//! The property of `serialize_property_tests` for what `derive` makes: the ways to write an enum, fields that are
//! flattened, renamed, left out or written by a function, and types that are text where people read them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::ser::Serializer;

use super::{Value, compact, config, double, single, text, value, write_value};

#[derive(Clone, Debug, Serialize)]
struct Derived {
    #[serde(rename = "first field")]
    first: Option<Box<Derived>>,
    external: External,
    internal: Internal,
    adjacent: Adjacent,
    untagged: Untagged,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<IpAddr>,
    #[serde(serialize_with = "as_hex")]
    hex: u64,
    #[serde(flatten)]
    flat: Flat,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
    when: SystemTime,
    took: Duration,
    by_number: BTreeMap<i16, ()>,
    by_answer: BTreeMap<bool, (u8, char)>,
    by_letter: BTreeMap<char, Option<u128>>,
}

#[derive(Clone, Debug, Serialize)]
struct Flat {
    inside: (),
    #[serde(flatten)]
    deeper: Option<Internal>,
}

#[derive(Clone, Debug, Serialize)]
enum External {
    Unit,
    Newtype(Value),
    Tuple(Value, f32),
    Struct { a: Value },
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Internal {
    UnitLike,
    Newtype(BTreeMap<String, Value>),
    StructLike { a: Value, b: i128 },
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(Value),
    Tuple(Value, f64),
    Struct { a: Value },
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Untagged {
    Unit,
    Newtype(Value),
    Tuple(Value, String),
    Struct { a: Value },
}

fn as_hex<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{number:#x}"))
}

fn derived() -> impl Strategy<Value = Derived> {
    let map = || prop::collection::btree_map(text(), value(), 0..3);
    let external = (0_u8..4, value(), single()).prop_map(|(way, a, b)| match way {
        0 => External::Unit,
        1 => External::Newtype(a),
        2 => External::Tuple(a, b),
        _ => External::Struct { a },
    });
    let internal = (0_u8..3, value(), map(), any::<i128>()).prop_map(|(way, a, map, b)| match way {
        0 => Internal::UnitLike,
        1 => Internal::Newtype(map),
        _ => Internal::StructLike { a, b },
    });
    let adjacent = (0_u8..4, value(), double()).prop_map(|(way, a, b)| match way {
        0 => Adjacent::Unit,
        1 => Adjacent::Newtype(a),
        2 => Adjacent::Tuple(a, b),
        _ => Adjacent::Struct { a },
    });
    let untagged = (0_u8..4, value(), text()).prop_map(|(way, a, b)| match way {
        0 => Untagged::Unit,
        1 => Untagged::Newtype(a),
        2 => Untagged::Tuple(a, b),
        _ => Untagged::Struct { a },
    });
    let keyed = (
        prop::collection::btree_map(any::<i16>(), Just(()), 0..3),
        prop::collection::btree_map(any::<bool>(), any::<(u8, char)>(), 0..3),
        prop::collection::btree_map(any::<char>(), any::<Option<u128>>(), 0..3),
    );
    let plain = (vec(any::<IpAddr>(), 0..3), any::<u64>(), 0_u64..1 << 40, any::<Duration>(), any::<bool>());
    (external, internal, adjacent, untagged, map(), keyed, plain).prop_map(
        |(external, internal, adjacent, untagged, more, (by_number, by_answer, by_letter), plain)| {
            let (addresses, hex, seconds, took, nests) = plain;
            let when = SystemTime::UNIX_EPOCH
                + Duration::from_secs(seconds)
                + Duration::from_nanos(hex % 1_000_000_000);
            let derived = |first, addresses| Derived {
                first,
                external: external.clone(),
                internal: internal.clone(),
                adjacent: adjacent.clone(),
                untagged: untagged.clone(),
                addresses,
                hex,
                flat: Flat { inside: (), deeper: nests.then(|| internal.clone()) },
                more: more.clone(),
                when,
                took,
                by_number: by_number.clone(),
                by_answer: by_answer.clone(),
                by_letter: by_letter.clone(),
            };
            derived(nests.then(|| Box::new(derived(None, Vec::new()))), addresses)
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_derived_type_becomes_the_json_of_serde_json(value in derived()) {
        // Where serde itself refuses (a flattened value that is no map), so do we.
        match serde_json::to_string(&value) {
            Ok(json) => prop_assert_eq!(compact(&value), json),
            Err(_) => prop_assert!(write_value(&mut Vec::new(), &value, 1 << 22).is_err()),
        }
    }
}
