//! The door of generated code: what `#[mlflow::trace]` expands to calls these and nothing else.
//!
//! Not part of the public API; it may change in any release.

mod autoref;
pub mod by_type;
mod choices;
mod const_span_type;
mod error_value;
mod inputs;
mod outcome;
mod plain;
mod span;
mod streams;

pub use crate::buffer::Callsite;
pub use crate::model::SpanType;
pub use crate::runtime::is_off;
pub use autoref::{NoError, Returned, Value};
pub use choices::{Choices, ParentSpan, start_with};
pub use const_span_type::ConstSpanType;
pub use core::option::Option;
pub use core::pin::pin;
pub use core::result::Result;
pub use error_value::ErrorValue;
pub use outcome::mapped;
pub use span::{
    Bare, Inputs, Outcome, Span, Unit, call, run, run_async, run_async_unit, run_bare, run_bare_unit,
    run_unit, some, start, start_bare,
};
pub use std::boxed::Box;
pub use streams::{
    end, end_without, future, iterator, iterator_folded, open_future, reducer, run_open, run_open_async,
    stream, stream_folded,
};
