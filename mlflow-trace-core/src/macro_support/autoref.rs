//! Which way a value is recorded, chosen by its type: `Serialize`, else `Debug`, else the type's name.
//!
//! Rust picks the method of the first impl that fits while it dereferences `&&&Value(&x)` step by step, so the impl
//! with the most references wins. This works on the bounds that are written where the attribute stands.

use std::any::type_name;
use std::fmt::{self, Debug, Display};

use serde::Serialize;

use super::span::{Inputs, Outcome};
use crate::buffer::record::Section;
use crate::recorder::Payload;

/// A value of any type, by reference.
pub struct Value<'a, T: ?Sized>(pub &'a T);

/// Three ways of recording the same three things.
macro_rules! ways {
    ($(#[$doc:meta] $name:ident, ($($target:tt)*), [$($bound:tt)*], |$payload:ident, $tag:ident, $key:ident, $value:ident| $write:expr;)*) => {$(
        #[$doc]
        pub trait $name {
            /// Records an argument.
            fn mlflow_input(&self, inputs: &mut Inputs<'_>, name: &'static str);
            /// Records an attribute, also where arguments are not captured.
            fn mlflow_attribute(&self, inputs: &mut Inputs<'_>, key: &'static str);
            /// Records a return value.
            fn mlflow_output(&self, outcome: &mut Outcome<'_>);
        }

        impl<T: ?Sized $($bound)*> $name for $($target)* {
            fn mlflow_input(&self, inputs: &mut Inputs<'_>, name: &'static str) {
                if inputs.0.is_automatic() {
                    let ($payload, $tag, $key, $value): (&mut Payload, _, _, _) = (&mut *inputs.0, Section::Input, Some(name), self.0);
                    $write;
                }
            }
            fn mlflow_attribute(&self, inputs: &mut Inputs<'_>, key: &'static str) {
                let ($payload, $tag, $key, $value): (&mut Payload, _, _, _) = (&mut *inputs.0, Section::Attribute, Some(key), self.0);
                $write;
            }
            fn mlflow_output(&self, outcome: &mut Outcome<'_>) {
                if outcome.0.is_automatic() {
                    let ($payload, $tag, $key, $value): (&mut Payload, _, Option<&'static str>, _) = (&mut *outcome.0, Section::Returned, None, self.0);
                    $write;
                }
            }
        }
    )*};
}

ways! {
    /// Values that can be serialized.
    ValueSerialize, (&&Value<'_, T>), [+ Serialize],
        |payload, tag, key, value| payload.serialized(tag, key, value);
    /// Values that can be printed for debugging.
    ValueDebug, (&Value<'_, T>), [+ Debug],
        |payload, tag, key, value| payload.debugged(tag, key, &value);
    /// All others.
    ValueOpaque, (Value<'_, T>), [],
        |payload, tag, key, value| {
            let _ = value;
            payload.text_value(tag, key, &format!("<{}>", type_name::<T>()));
        };
}

/// What a function returned, of any type.
pub struct Returned<'a, T>(pub &'a T);

/// Stands for the error of what can't fail.
#[derive(Debug)]
pub enum NoError {}

impl Display for NoError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// A `Result`, also under another name.
pub trait ReturnedResult<'a> {
    /// The value on success.
    type Value;
    /// The error.
    type Error;
    /// Success or error, by reference.
    fn mlflow_split(&self) -> Result<&'a Self::Value, &'a Self::Error>;
}

impl<'a, T, E> ReturnedResult<'a> for Returned<'a, Result<T, E>> {
    type Value = T;
    type Error = E;
    fn mlflow_split(&self) -> Result<&'a T, &'a E> {
        self.0.as_ref()
    }
}

/// Anything else.
pub trait ReturnedValue<'a> {
    /// The value.
    type Value;
    /// Always a success.
    fn mlflow_split(&self) -> Result<&'a Self::Value, &'a NoError>;
}

impl<'a, T> ReturnedValue<'a> for &Returned<'a, T> {
    type Value = T;
    fn mlflow_split(&self) -> Result<&'a T, &'a NoError> {
        Ok(self.0)
    }
}
