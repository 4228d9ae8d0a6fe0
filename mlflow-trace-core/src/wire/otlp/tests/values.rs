//! JSON values of every shape, in their text and as OTLP's values.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use proptest::prelude::*;

use crate::model::{Json, push_string};

#[derive(Clone, Debug)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// A number that OTLP has no place for.
    Digits(&'static str),
    Text(String),
    List(Vec<Plain>),
    Map(Vec<(String, Plain)>),
}

impl Plain {
    /// The text, with escapes for all that is not ASCII when asked for.
    pub(super) fn json(&self, is_ascii: bool) -> Json {
        let mut out = String::new();
        self.write(&mut out);
        let json = Json::from_valid(out);
        if is_ascii { Json::from_valid(json.to_ascii()) } else { json }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::Int(value) => out.push_str(&value.to_string()),
            Self::Double(value) => out.push_str(&format!("{value:?}")),
            Self::Digits(digits) => out.push_str(digits),
            Self::Text(text) => push_string(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Map(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    push_string(out, key);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    pub(super) fn any_value(&self) -> AnyValue {
        let value = match self {
            Self::Null => return AnyValue { value: None },
            Self::Bool(value) => Proto::BoolValue(*value),
            Self::Int(value) => Proto::IntValue(*value),
            Self::Double(value) => Proto::DoubleValue(*value),
            Self::Digits(digits) => return text_value(digits),
            Self::Text(text) => return text_value(text),
            Self::List(items) => {
                Proto::ArrayValue(ArrayValue { values: items.iter().map(Self::any_value).collect() })
            }
            Self::Map(members) => {
                let members = members.iter().map(|(key, value)| key_value(key, value.any_value()));
                Proto::KvlistValue(KeyValueList { values: members.collect() })
            }
        };
        AnyValue { value: Some(value) }
    }

    /// Whether OpenTelemetry's own attributes can hold it.
    pub(super) fn is_flat(&self) -> bool {
        match self {
            Self::Map(_) => false,
            Self::List(items) => !items.iter().any(|item| matches!(item, Self::List(_) | Self::Map(_))),
            _ => true,
        }
    }
}

pub(super) fn text_value(text: &str) -> AnyValue {
    AnyValue { value: Some(Proto::StringValue(text.to_owned())) }
}

pub(super) fn key_value(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// Texts with escapes, letters of all widths, and lengths on both sides of what one byte counts.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z.]{0,12}",
        2 => any::<String>(),
        1 => "[\"\\\\\n\t\u{0}\u{1f}é€😀/a-c]{0,20}",
        1 => "[a-c\"]{100,140}",
    ]
}

/// Doubles that every reader of JSON reads alike.
pub(super) fn short_doubles() -> BoxedStrategy<f64> {
    any::<i32>().prop_map(|number| f64::from(number) / 8.0).boxed()
}

pub(super) fn all_doubles() -> BoxedStrategy<f64> {
    use proptest::num::f64;
    (f64::NORMAL | f64::SUBNORMAL | f64::ZERO | f64::POSITIVE | f64::NEGATIVE).boxed()
}

pub(super) fn plain(doubles: BoxedStrategy<f64>) -> impl Strategy<Value = Plain> {
    let digits = prop_oneof![
        Just("18446744073709551615"),
        Just("-9223372036854775809"),
        Just("1e400"),
        Just("123456789012345678901234567890.5e999"),
    ];
    let leaf = prop_oneof![
        1 => Just(Plain::Null),
        1 => any::<bool>().prop_map(Plain::Bool),
        1 => prop_oneof![any::<i64>(), -200_i64..200, Just(i64::MIN), Just(i64::MAX)].prop_map(Plain::Int),
        1 => doubles.prop_map(Plain::Double),
        1 => digits.prop_map(Plain::Digits),
        4 => text().prop_map(Plain::Text),
    ];
    leaf.prop_recursive(6, 40, 6, |inside| {
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..6).prop_map(Plain::List),
            proptest::collection::vec((text(), inside), 0..6).prop_map(Plain::Map),
        ]
    })
}
