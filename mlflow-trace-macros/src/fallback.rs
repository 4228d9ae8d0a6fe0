//! What the attribute prints when something is wrong: the item as it was, followed by every error, so that
//! one mistake in an option isn't joined by a "cannot find function" at each call.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::argument_options::stripped;

/// The errors found so far; all of them are shown at once.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// An error that is shown under `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

pub(crate) fn item_with_errors(item: TokenStream, errors: Errors) -> TokenStream {
    let mut tokens = stripped(item);
    if let Some(error) = errors.0 {
        tokens.extend(error.into_compile_error());
    }
    tokens
}
