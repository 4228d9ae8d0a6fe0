//! An address as code gave it, which may hold a password or a key.

use std::fmt;
use std::ops::Deref;

use super::environment;

/// An address. Its `Debug` shows it without user, password and query.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct GivenUri(String);

impl Deref for GivenUri {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for GivenUri {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for GivenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&environment::without_secrets(&self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?}", GivenUri::from("https://me:secret@host/x?api-key=secret"));
        assert_eq!(shown, r#""https://host/x""#);
    }
}
