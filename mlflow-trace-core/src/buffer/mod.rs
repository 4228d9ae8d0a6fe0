//! The bounded hand-over of records from the threads of the program to the worker.
//!
//! Each thread writes into chunks of its own; the worker reads what is published, at any time, even from a thread
//! that sleeps inside a span. Nobody waits for anybody: a record becomes visible by one atomic store.

mod callsite;
mod chunk;
mod hub;
pub(crate) mod journal;
mod last_root;
mod reader;
pub(crate) mod record;
pub(crate) mod stash;
pub(crate) mod tape;
mod undelivered;
mod writer;

pub use callsite::Callsite;
pub(crate) use hub::{Hub, Limits};
pub(crate) use reader::Reader;
pub(crate) use writer::{append, note_root_end};
