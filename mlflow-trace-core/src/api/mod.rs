//! What programs call by hand.

mod add_trace;
mod also_to;
mod assessments;
mod attachment;
mod control;
#[cfg(feature = "http")]
mod destinations;
mod detached;
mod diagnosis;
mod handle;
mod init;
mod json_forms;
mod llm;
mod log_trace;
mod panic_hook;
pub mod propagation;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod reading;
mod recording;
mod scope;
mod span_facts;
mod span_options;
mod stats;
mod streams;
mod tags;
mod trace_scope;
mod trace_update;

pub use add_trace::add_trace;
pub use also_to::AlsoTo;
pub use assessments::{
    delete_assessment, log_assessment, log_expectation, log_feedback, override_feedback, update_assessment,
};
#[cfg(all(feature = "signals", unix))]
pub use control::flush_on_signals;
pub use control::{FlushReport, disable, enable, flush, flush_within, last_trace_id};
#[cfg(feature = "http")]
pub use destinations::{Otlp, TrackingServer};
pub use detached::DetachedSpan;
pub use diagnosis::{DiagnosedDestination, DiagnosedSetting, Diagnosis, diagnose};
#[cfg(feature = "http")]
pub use diagnosis::{DrainReport, drain};
pub use handle::{SpanHandle, active_trace_id, current_span};
pub use init::{Guard, Init, init};
pub use llm::Llm;
pub use log_trace::{LogTrace, log_trace};
pub use panic_hook::install_panic_hook;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub use reading::{get_trace, search_sessions, search_traces};
pub use scope::{SpanBuilder, span};
pub use span_facts::InSpanFuture;
pub use stats::{DestinationStats, Stats, stats};
pub use streams::{
    BoxedResultItems, ResultItems, StreamItem, TraceIterator, TraceStream, ValueItems, trace_iterator,
    trace_stream,
};
pub use tags::{delete_trace_tag, set_trace_tag};
pub use trace_scope::{TraceContext, context};
pub use trace_update::{TraceUpdate, update_current_trace};
