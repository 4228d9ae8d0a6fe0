//! What options of the attribute change in how an outcome is told.

use std::any::type_name;
use std::fmt::{Debug, Display};

use super::span::Outcome;
use crate::buffer::record::Section;
use crate::recorder::ErrorText;

/// What is recorded in the place of a returned value, made by code of the user's; nothing when return values are not
/// captured or when that code panics.
///
/// The value comes first and fixes the type, so that a closure needs none.
pub fn mapped<'a, T: ?Sized, U>(
    outcome: &mut Outcome<'_>,
    value: &'a T,
    map: impl FnOnce(&'a T) -> U,
) -> Option<U> {
    if !outcome.0.is_automatic() {
        return None;
    }
    outcome.0.guarded(Section::Returned, "outputs", || map(value))
}

impl Outcome<'_> {
    /// An error that is told by its `Debug`.
    pub fn error_debug<E: Debug + ?Sized>(&mut self, error: &E) {
        let text = ErrorText::from_text(&format_args!("{error:?}"), self.0.text_limit());
        text.write(self.0, type_name::<E>());
    }

    /// An error that is told by its `Display` alone, without its sources.
    pub fn error_display<E: Display + ?Sized>(&mut self, error: &E) {
        let text = ErrorText::from_text(&error, self.0.text_limit());
        text.write(self.0, type_name::<E>());
    }
}
