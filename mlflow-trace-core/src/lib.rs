//! The engine behind [`mlflow-trace`](https://docs.rs/mlflow-trace): recorder, pipeline and local store.
//!
//! Use the `mlflow-trace` crate; this one has no stability promise of its own.
#![warn(missing_docs)]

mod api;
mod buffer;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub mod client;
mod config;
mod context;
mod error;
mod exporters;
#[cfg(feature = "http")]
mod http;
#[doc(hidden)]
pub mod macro_support;
mod model;
mod pipeline;
mod policy;
mod recorder;
mod runtime;
#[cfg(feature = "http")]
mod spool;
#[cfg(feature = "sqlite")]
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tree;
#[cfg(feature = "http")]
mod wire;

#[cfg(all(feature = "signals", unix))]
pub use api::flush_on_signals;
pub use api::{
    AlsoTo, BoxedResultItems, DestinationStats, DetachedSpan, DiagnosedDestination, DiagnosedSetting,
    Diagnosis, FlushReport, Guard, InSpanFuture, Init, Llm, LogTrace, ResultItems, SpanBuilder, SpanHandle,
    Stats, StreamItem, TraceIterator, TraceStream, TraceUpdate, ValueItems, active_trace_id, add_trace,
    current_span, delete_assessment, delete_trace_tag, diagnose, disable, enable, flush, flush_within, init,
    install_panic_hook, last_trace_id, log_assessment, log_expectation, log_feedback, log_trace,
    override_feedback, set_trace_tag, span, stats, trace_iterator, trace_stream, update_assessment,
    update_current_trace,
};
#[cfg(feature = "http")]
pub use api::{DrainReport, Otlp, TrackingServer, drain};
pub use api::{TraceContext, context, propagation};
#[cfg(any(feature = "http", feature = "sqlite"))]
pub use api::{get_trace, search_sessions, search_traces};
pub use config::{Capture, EnvironmentVariable, environment_variables};
#[cfg(feature = "http")]
pub use config::{OtlpProfile, OtlpProtocol};
pub use context::{
    CarriedFuture, ContextGuard, ContextSource, InCurrentSpanClosure, InCurrentSpanFuture, WithContext,
};
pub use error::{Error, ErrorKind};
pub use exporters::DropReason;
pub use model::{
    Assessment, AssessmentError, AssessmentId, AssessmentSource, AssessmentSourceType, AssessmentUpdate,
    Expectation, Feedback,
};
pub use model::{
    Attachment, ChatMessage, ChatTool, Completeness, ContentPart, Cost, Event, ImageUrl, InputAudio, Json,
    Link, LinkTarget, LogLevel, Span, SpanId, SpanType, Status, StatusCode, TokenUsage, Trace, TraceId,
    TraceInfo, TraceState,
};
pub use policy::{FinishedSpan, Keep, Price, PriceTable, Redactor};
pub use tree::{Tree, format_duration};

/// The traits that give futures and closures `.in_current_span()`, and futures `.in_span(&span)` and `.with_context(…)`.
pub mod prelude {
    pub use crate::api::InSpanFuture as _;
    pub use crate::context::{InCurrentSpanClosure as _, InCurrentSpanFuture as _, WithContext as _};
}
