//! Numbers, truth values and texts: no code of the user's is needed to record them, so nothing has to be guarded
//! against, and they are most of what functions take and return.

use super::autoref::Value;
use super::span::{Inputs, Outcome};
use crate::buffer::record::Section;
use crate::recorder::{Payload, Plain};

/// Types that are recorded without running code of the user's.
pub(super) trait PlainValue {
    /// The value itself.
    fn plain(&self) -> Plain<'_>;
}

macro_rules! plain {
    ($($type:ty => |$value:ident| $plain:expr;)*) => {$(
        impl PlainValue for $type {
            #[inline]
            fn plain(&self) -> Plain<'_> {
                let $value = self;
                $plain
            }
        }
    )*};
}

plain! {
    u8 => |value| Plain::U64(u64::from(*value));
    u16 => |value| Plain::U64(u64::from(*value));
    u32 => |value| Plain::U64(u64::from(*value));
    u64 => |value| Plain::U64(*value);
    usize => |value| Plain::U64(*value as u64);
    i8 => |value| Plain::I64(i64::from(*value));
    i16 => |value| Plain::I64(i64::from(*value));
    i32 => |value| Plain::I64(i64::from(*value));
    i64 => |value| Plain::I64(*value);
    isize => |value| Plain::I64(*value as i64);
    f64 => |value| Plain::F64(*value);
    bool => |value| Plain::Bool(*value);
    str => |value| Plain::Text(value);
    String => |value| Plain::Text(value);
}

impl<T: PlainValue + ?Sized> PlainValue for &T {
    #[inline]
    fn plain(&self) -> Plain<'_> {
        (**self).plain()
    }
}

/// Records values that need no guarding. Goes before the ways that do.
pub trait ValuePlain {
    /// Records an argument.
    fn mlflow_input(&self, inputs: &mut Inputs<'_>, name: &'static str);
    /// Records an attribute, also where arguments are not captured.
    fn mlflow_attribute(&self, inputs: &mut Inputs<'_>, key: &'static str);
    /// Records a return value.
    fn mlflow_output(&self, outcome: &mut Outcome<'_>);
}

impl<T: PlainValue + ?Sized> ValuePlain for &&&Value<'_, T> {
    #[inline]
    fn mlflow_input(&self, inputs: &mut Inputs<'_>, name: &'static str) {
        let payload: &mut Payload = inputs.0;
        if payload.is_automatic() {
            payload.plain(Section::Input, Some(name), self.0.plain());
        }
    }

    #[inline]
    fn mlflow_attribute(&self, inputs: &mut Inputs<'_>, key: &'static str) {
        inputs.0.plain(Section::Attribute, Some(key), self.0.plain());
    }

    #[inline]
    fn mlflow_output(&self, outcome: &mut Outcome<'_>) {
        let payload: &mut Payload = outcome.0;
        if payload.is_automatic() {
            payload.plain(Section::Returned, None, self.0.plain());
        }
    }
}
