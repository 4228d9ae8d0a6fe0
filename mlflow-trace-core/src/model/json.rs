//! A piece of JSON, kept as the text that is stored and sent.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::node::Node;
use super::push_string;

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
        let mut json = String::new();
        push_string(&mut json, text);
        Self(json)
    }

    /// The text as Python's `json.dumps` writes it, with escapes for everything but ASCII.
    pub(crate) fn to_ascii(&self) -> String {
        let mut ascii = String::with_capacity(self.0.len());
        for letter in self.0.chars() {
            if letter.is_ascii() {
                ascii.push(letter);
            } else {
                // Only texts inside the JSON have such letters. Writing into a String can't fail.
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(ascii, "\\u{unit:04x}");
                }
            }
        }
        ascii
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

/// As the value that the text says, in whatever format.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<Node>(&self.0) {
            Ok(node) => node.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Node::deserialize(deserializer)?.to_string()))
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
