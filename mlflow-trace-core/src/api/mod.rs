//! What programs call by hand.

mod also_to;
mod control;
#[cfg(feature = "http")]
mod destinations;
mod diagnosis;
mod handle;
mod init;
mod panic_hook;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod reading;
mod recording;
mod scope;
mod stats;
mod streams;
mod trace_update;

pub use also_to::AlsoTo;
#[cfg(all(feature = "signals", unix))]
pub use control::flush_on_signals;
pub use control::{FlushReport, disable, enable, flush, flush_within, last_trace_id};
#[cfg(feature = "http")]
pub use destinations::{Otlp, TrackingServer};
pub use diagnosis::{DiagnosedDestination, DiagnosedSetting, Diagnosis, diagnose};
#[cfg(feature = "http")]
pub use diagnosis::{DrainReport, drain};
pub use handle::{SpanHandle, active_trace_id, current_span};
pub use init::{Guard, Init, init};
pub use panic_hook::install_panic_hook;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub use reading::{get_trace, search_sessions, search_traces};
pub use scope::{SpanBuilder, span};
pub use stats::{DestinationStats, Stats, stats};
pub use streams::{
    BoxedResultItems, ResultItems, StreamItem, TraceIterator, TraceStream, ValueItems, trace_iterator,
    trace_stream,
};
pub use trace_update::{TraceUpdate, update_current_trace};
