//! The engine behind [`mlflow-trace`](https://docs.rs/mlflow-trace): recorder, pipeline and local store.
//!
//! Use the `mlflow-trace` crate; this one has no stability promise of its own.
#![warn(missing_docs)]

#[cfg(feature = "sqlite")]
pub mod client;
mod config;
mod error;
mod exporters;
mod model;
mod policy;
#[cfg(feature = "sqlite")]
mod store;

pub use error::{Error, ErrorKind};
pub use model::{
    Completeness, Cost, Event, Json, Span, SpanId, SpanType, Status, StatusCode, TokenUsage, Trace, TraceId,
    TraceInfo, TraceState,
};
