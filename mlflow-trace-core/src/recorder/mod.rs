//! What happens in the caller's thread: a span starts, things are said about it, it ends.
//!
//! Each of these writes one record and goes on. Nothing here waits, does I/O, or lets a panic of a value's own code
//! reach the program.

mod attached;
mod failure;
mod hand_made;
mod items;
mod iterator;
mod payload;
mod plain;
mod run;
mod serialize;
mod serialized_error;
mod spans;
mod stream;

pub(crate) use failure::{ErrorText, remember_panic_place};
pub(crate) use hand_made::HandMade;
pub(crate) use items::{Items, TellItem};
pub(crate) use iterator::TracedIterator;
pub(crate) use payload::{CaptureLimits, Payload, json_of, panic_text};
pub(crate) use plain::Plain;
pub(crate) use run::{FindRecorder, RunAsync, Tell, run};
pub(crate) use serialized_error::write_serialized_error;
#[cfg_attr(feature = "disabled", allow(unused_imports))]
pub(crate) use spans::{DrawnTrace, Fill, OpenSpan, Recorder};
pub(crate) use stream::TracedStream;
