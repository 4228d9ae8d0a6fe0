//! What happens in the caller's thread: a span starts, things are said about it, it ends.
//!
//! Each of these writes one record and goes on. Nothing here waits, does I/O, or lets a panic of a value's own code
//! reach the program.

mod failure;
mod payload;
mod plain;
mod run;
mod serialize;
mod spans;

pub(crate) use failure::{ErrorText, remember_panic_place};
pub(crate) use payload::{CaptureLimits, Payload, panic_text};
pub(crate) use plain::Plain;
pub(crate) use run::{FindRecorder, RunAsync, Tell, run};
#[cfg_attr(feature = "disabled", allow(unused_imports))]
pub(crate) use spans::{DrawnTrace, Fill, OpenSpan, Recorder};
