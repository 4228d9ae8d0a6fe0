//! A span's type from a constant, which may be of our type or text: decided by its type, while the program is compiled.

use std::mem::ManuallyDrop;

use crate::model::SpanType;

/// A constant of one of the two types. Nothing of it is dropped, which no constant may do.
#[derive(Debug)]
pub struct ConstSpanType<T>(ManuallyDrop<T>);

impl<T> ConstSpanType<T> {
    /// Takes a constant of any type; of others than the two there is nothing to get.
    pub const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl ConstSpanType<&'static str> {
    /// The type of this name.
    pub const fn get(self) -> SpanType {
        SpanType::custom(ManuallyDrop::into_inner(self.0))
    }
}

impl ConstSpanType<SpanType> {
    /// The type itself.
    pub const fn get(self) -> SpanType {
        ManuallyDrop::into_inner(self.0)
    }
}
