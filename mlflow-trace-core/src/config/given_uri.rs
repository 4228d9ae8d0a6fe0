//! An address as the code gave it.

use std::fmt;
use std::ops::Deref;

use super::environment;

/// An address that may hold a user, a password or a key; its `Debug` shows none of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct GivenUri(String);

impl Deref for GivenUri {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for GivenUri {
    fn from(uri: String) -> Self {
        Self(uri)
    }
}

impl From<&str> for GivenUri {
    fn from(uri: &str) -> Self {
        Self(uri.to_owned())
    }
}

impl fmt::Debug for GivenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&environment::without_secrets(&self.0), f)
    }
}
