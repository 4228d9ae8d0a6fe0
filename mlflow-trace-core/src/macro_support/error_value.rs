//! Which way an error is told, chosen by its type: `Error` with its sources, `AsRef<dyn Error>` (as `anyhow::Error`
//! and boxed errors have it), `Display`, `Debug`, else the type's name.

use std::any::type_name;
use std::error::Error;
use std::fmt::{Debug, Display};

use super::span::Outcome;
use crate::recorder::ErrorText;

/// An error of any type, by reference.
pub struct ErrorValue<'a, E: ?Sized>(pub &'a E);

/// Ways of telling an error, the best first.
macro_rules! ways {
    ($(#[$doc:meta] $name:ident, ($($target:tt)*), [$($bound:tt)*], |$error:ident, $limit:ident| $text:expr;)*) => {$(
        #[$doc]
        pub trait $name {
            /// Records the error as the span's outcome.
            fn mlflow_record(&self, outcome: &mut Outcome<'_>);
        }

        impl<E: ?Sized $($bound)*> $name for $($target)* {
            fn mlflow_record(&self, outcome: &mut Outcome<'_>) {
                let ($error, $limit) = (self.0, outcome.0.text_limit());
                let text: ErrorText = $text;
                text.write(outcome.0, type_name::<E>());
            }
        }
    )*};
}

ways! {
    /// Errors with sources.
    ErrorChain, (&&&&&ErrorValue<'_, E>), [+ Error], |error, limit| ErrorText::from_error(&error, limit);
    /// Errors behind another type, such as `anyhow::Error`.
    ErrorSyncRef, (&&&&ErrorValue<'_, E>), [+ AsRef<dyn Error + Send + Sync>],
        |error, limit| ErrorText::from_chain(error.as_ref(), limit);
    /// Errors in a box.
    ErrorRef, (&&&ErrorValue<'_, E>), [+ AsRef<dyn Error>],
        |error, limit| ErrorText::from_chain(error.as_ref(), limit);
    /// Texts.
    ErrorDisplay, (&&ErrorValue<'_, E>), [+ Display], |error, limit| ErrorText::from_text(&error, limit);
    /// What can only be printed for debugging.
    ErrorDebug, (&ErrorValue<'_, E>), [+ Debug],
        |error, limit| ErrorText::from_text(&format_args!("{error:?}"), limit);
    /// All others.
    ErrorOpaque, (ErrorValue<'_, E>), [], |error, limit| {
        let _ = error;
        ErrorText::from_text(&format_args!("<{}>", type_name::<E>()), limit)
    };
}
