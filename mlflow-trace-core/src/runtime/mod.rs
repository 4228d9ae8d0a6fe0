//! The composition root: the one global slot, how it is filled, and how it is emptied when the program ends.

mod destinations;
mod diagnose;
#[cfg(feature = "http")]
mod drain;
mod durable;
mod exit;
mod program;
#[cfg(all(feature = "signals", unix))]
mod signals;
mod start;
mod switch;

pub(crate) use diagnose::{Checked, diagnose};
#[cfg(feature = "http")]
pub(crate) use drain::{Drained, drain};
#[cfg(all(feature = "signals", unix))]
pub(crate) use signals::deliver_on_signals;
pub(crate) use start::{runtime, start_by_init, started};
pub use switch::is_off;
pub(crate) use switch::{is_on, set_enabled};

use crate::context;
use crate::pipeline::{Counts, Request};
use std::time::Duration;

/// Asks the worker to deliver everything that has ended and waits for its answer at most so long.
///
/// An error carries what was counted so far when the worker did not answer in time; when tracing never started there
/// is nothing to deliver.
#[inline]
pub(crate) fn flush(limit: Duration) -> Result<Counts, Counts> {
    let Some(runtime) = started() else { return Ok(Counts::default()) };
    // A listener of `on_warning` runs on our threads, and may want to flush.
    if context::is_our_thread() || !runtime.is_this_process() {
        return Err(runtime.counts_so_far());
    }
    runtime.ask(Request::Flush, limit).ok_or_else(|| runtime.counts_so_far())
}
