//! The door of generated code: what `#[mlflow::trace]` expands to calls these and nothing else.
//!
//! Not part of the public API; it may change in any release.

mod autoref;
mod error_value;
mod span;

pub use crate::buffer::Callsite;
pub use crate::model::SpanType;
pub use autoref::{
    NoError, Returned, ReturnedResult, ReturnedValue, Value, ValueDebug, ValueOpaque, ValueSerialize,
};
pub use core::pin::pin;
pub use core::result::Result;
pub use error_value::{
    ErrorChain, ErrorDebug, ErrorDisplay, ErrorOpaque, ErrorRef, ErrorSyncRef, ErrorValue,
};
pub use span::{Inputs, Instrumented, Outcome, Span, async_span, run, run_async, start};
