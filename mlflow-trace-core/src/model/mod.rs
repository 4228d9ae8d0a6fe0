//! The trace model: what a finished trace is, in MLflow's terms.
//!
//! Everything here is plain data and pure functions on it. No I/O, no clock, no configuration.

mod assessment;
mod attachment;
mod chat;
mod event;
mod feedback;
mod ids;
mod json;
mod json_string;
pub(crate) mod keys;
mod link;
mod log_level;
mod node;
mod preview;
mod prompts;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod read_back;
mod size_stats;
mod span;
mod span_content;
mod span_json;
mod span_type;
mod status;
mod timestamp;
mod totals;
mod trace;
mod trace_json;
mod trace_read;
mod usage;

pub use assessment::{AssessmentError, AssessmentId, AssessmentSource, AssessmentSourceType};
pub use attachment::Attachment;
pub use chat::{ChatMessage, ChatTool, ContentPart, ImageUrl, InputAudio};
pub use event::Event;
pub use feedback::{Assessment, AssessmentUpdate, Expectation, Feedback};
pub use ids::{SpanId, TraceId};
pub use json::Json;
pub use link::{Link, LinkTarget};
pub use log_level::LogLevel;
pub use span::Span;
pub use span_type::SpanType;
pub use status::{Status, StatusCode};
pub use trace::{Completeness, Trace, TraceInfo, TraceState};
pub use usage::{Cost, TokenUsage};

pub(crate) use assessment::AssessmentKind;
pub(crate) use attachment::{ATTACHMENT, SCHEME as ATTACHMENT_SCHEME, handed_over};
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) use feedback::AssessmentAct;
pub(crate) use feedback::AssessmentChange;
pub(crate) use json_string::{first_escaped, push_string};
#[cfg(feature = "http")]
pub(crate) use node::Node;
pub(crate) use preview::{Role, preview, shorten};
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) use prompts::linked_prompts;
pub(crate) use prompts::{LinkedPrompt, with_linked_prompts};
pub(crate) use size_stats::SizeStats;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) use span_content::SpanContent;
#[cfg(feature = "http")]
pub(crate) use span_json::digits;
pub(crate) use span_json::span_json;
pub(crate) use span_json::span_json_length;
pub(crate) use timestamp::clamp_nanos;
pub(crate) use timestamp::rfc_3339;
pub(crate) use totals::{total_cost, total_usage};
pub(crate) use trace_json::trace_json;
pub(crate) use trace_read::{read_span, read_trace};
