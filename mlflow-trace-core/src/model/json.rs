//! A piece of JSON, kept as the text that is stored and sent.

use std::fmt;

/// JSON text, valid by construction, spaced as Python's `json.dumps` spaces it (`{"a": 1, "b": [1, 2]}`).
#[derive(Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Takes text that is known to be valid JSON.
    pub(crate) fn from_valid(text: String) -> Self {
        Self(text)
    }

    /// A JSON string with this content.
    pub fn string(text: &str) -> Self {
        Self(serde_json::Value::from(text).to_string())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value as `serde_json` reads it.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or(serde_json::Value::Null)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
