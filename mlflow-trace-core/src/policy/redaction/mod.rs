//! Keeping secrets and oversized values out of what is delivered: rules on keys, on texts, and on the size of values.
//!
//! Runs on threads of ours, before a destination, its disk queue or the local file sees a span.

mod attachments;
mod json;
mod traces;

use std::fmt;
use std::sync::Arc;

use regex_lite::Regex;

/// What takes the place of a value that is kept out.
pub(crate) const REDACTED: &str = "[redacted]";

/// Rules of what is kept out of spans and traces: values by their key, parts of texts by a pattern, values by their size.
///
/// The rules look into inputs and outputs, attributes, events, status messages, names, tags and metadata, at any depth of
/// their JSON. Give it to [`Init::redact`](crate::Init::redact) for all destinations, the local file included, or to one
/// of them.
///
/// ```
/// use mlflow_trace_core::Redactor;
///
/// let redactor = Redactor::keys(["password", "ssn"])
///     .pattern(r"sk-[A-Za-z0-9]{20,}")
///     .max_value_bytes(100_000);
/// # let _ = redactor;
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    /// In lower case.
    keys: Vec<String>,
    patterns: Vec<Arc<Regex>>,
    max_value_bytes: Option<usize>,
    /// Patterns that are none.
    problems: Vec<String>,
}

impl Redactor {
    /// No rules yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values under these keys become `[redacted]`: members of objects, arguments, attributes, tags and metadata, whatever
    /// the case of the key.
    pub fn keys<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self::new().key_names(keys)
    }

    /// More keys.
    pub fn key_names<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys.extend(keys.into_iter().map(|key| key.as_ref().to_lowercase()));
        self
    }

    /// What matches this regular expression, in any text, becomes `[redacted]` (syntax of the crate `regex`, without
    /// Unicode classes). One that can't be read is an error of `start()`.
    pub fn pattern(mut self, pattern: &str) -> Self {
        match Regex::new(pattern) {
            Ok(regex) => self.patterns.push(Arc::new(regex)),
            Err(error) => self.problems.push(format!(
                "a pattern of the redactor can't be read as a regular expression ({error}); its text is not shown."
            )),
        }
        self
    }

    /// Inputs, outputs and attributes whose JSON has more bytes than this become a text that says how large they were.
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.max_value_bytes = Some(bytes);
        self
    }

    /// What is wrong with the rules.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }

    /// All rules in a text that is equal for equal rules. It may tell what is secret.
    pub(crate) fn rules(&self) -> String {
        let patterns: Vec<&str> = self.patterns.iter().map(|pattern| pattern.as_str()).collect();
        format!("{:?} {patterns:?} {:?}", self.keys, self.max_value_bytes)
    }

    fn is_key(&self, key: &str) -> bool {
        !self.keys.is_empty() && self.keys.contains(&key.to_lowercase())
    }

    /// The text without what matches; nothing when nothing does.
    fn text(&self, text: &str) -> Option<String> {
        let mut changed: Option<String> = None;
        for pattern in &self.patterns {
            let current = changed.as_deref().unwrap_or(text);
            if pattern.is_match(current) {
                changed = Some(pattern.replace_all(current, REDACTED).into_owned());
            }
        }
        changed
    }
}

/// Shows how many rules there are: a pattern or a key may tell what is secret.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("keys", &self.keys.len())
            .field("patterns", &self.patterns.len())
            .field("max_value_bytes", &self.max_value_bytes)
            .finish()
    }
}

impl PartialEq for Redactor {
    fn eq(&self, other: &Self) -> bool {
        let texts = |redactor: &Self| -> Vec<String> {
            redactor.patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
        };
        self.keys == other.keys
            && self.max_value_bytes == other.max_value_bytes
            && texts(self) == texts(other)
    }
}

impl Eq for Redactor {}

#[cfg(test)]
mod tests;
