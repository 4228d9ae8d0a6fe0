//! The door of generated code: what `#[mlflow::trace]` expands to calls these and nothing else.
//!
//! Not part of the public API; it may change in any release.

mod autoref;
mod choices;
mod const_span_type;
mod error_value;
mod inputs;
mod outcome;
mod span;

pub use crate::buffer::Callsite;
pub use crate::model::SpanType;
pub use autoref::{
    NoError, Returned, ReturnedResult, ReturnedValue, Value, ValueDebug, ValueOpaque, ValueSerialize,
};
pub use choices::{Choices, ParentSpan, start_with};
pub use const_span_type::ConstSpanType;
pub use core::option::Option;
pub use core::result::Result;
pub use error_value::{
    ErrorChain, ErrorDebug, ErrorDisplay, ErrorOpaque, ErrorRef, ErrorSyncRef, ErrorValue,
};
pub use outcome::mapped;
pub use span::{Inputs, Instrumented, Outcome, Span, run, run_async, start};
