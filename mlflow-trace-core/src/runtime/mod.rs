//! The composition root: the one global slot, how it is filled, and how it is emptied when the program ends.

mod exit;
mod program;
mod start;
mod switch;

pub(crate) use start::{runtime, start_by_init, started};
pub(crate) use switch::{is_off, set_enabled};

use crate::pipeline::{Counts, Request};
use std::time::Duration;

/// Asks the worker to deliver everything that has ended and waits for its answer at most so long.
///
/// `None` when the worker did not answer in time; nothing to deliver when tracing never started.
pub(crate) fn flush(limit: Duration) -> Option<Counts> {
    let Some(runtime) = started() else { return Some(Counts::default()) };
    if runtime.is_on_worker() || !runtime.is_this_process() {
        return None;
    }
    runtime.ask(Request::Flush, limit)
}
