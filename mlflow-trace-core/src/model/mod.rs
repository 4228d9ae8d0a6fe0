//! The trace model: what a finished trace is, in MLflow's terms.
//!
//! Everything here is plain data and pure functions on it. No I/O, no clock, no configuration.

mod event;
mod ids;
mod json;
mod json_string;
pub(crate) mod keys;
mod link;
mod preview;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod read_back;
mod size_stats;
mod span;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod span_content;
mod span_json;
mod span_type;
mod status;
mod totals;
mod trace;
mod usage;

pub use event::Event;
pub use ids::{SpanId, TraceId};
pub use json::Json;
pub use link::{Link, LinkTarget};
pub use span::Span;
pub use span_type::SpanType;
pub use status::{Status, StatusCode};
pub use trace::{Completeness, Trace, TraceInfo, TraceState};
pub use usage::{Cost, TokenUsage};

#[cfg(feature = "http")]
pub(crate) use json_string::first_escaped;
pub(crate) use json_string::push_string;
pub(crate) use preview::{Role, preview, shorten};
pub(crate) use size_stats::SizeStats;
#[cfg(feature = "http")]
pub(crate) use span_content::Node;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) use span_content::SpanContent;
#[cfg(feature = "http")]
pub(crate) use span_json::digits;
#[cfg(any(feature = "http", feature = "sqlite", test))]
#[cfg_attr(not(feature = "sqlite"), allow(unused_imports))]
pub(crate) use span_json::span_json;
pub(crate) use span_json::span_json_length;
pub(crate) use totals::{total_cost, total_usage};
