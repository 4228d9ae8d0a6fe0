//! Something that happened at one moment of a span.

use super::Json;

/// An event of a span: a name, a time and attributes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's name; MLflow knows `exception`.
    pub name: String,
    /// When it happened, in nanoseconds since 1970.
    pub time_unix_nanos: u64,
    /// Attributes in the order in which they were set; the values are plain JSON.
    pub attributes: Vec<(String, Json)>,
}
