//! From records to destinations: the worker joins records to spans, spans to traces, and hands traces over.

mod assemble;
mod attached;
mod complete;
mod describe;
mod destinations;
#[cfg(feature = "http")]
mod drain_journals;
mod ending;
mod id_map;
mod lazy;
mod ledger;
mod left_out;
mod losses;
mod open_trace;
mod price;
mod process;
mod records;
mod recover;
mod span_build;
mod tag_changes;
mod waiting;
mod worker;

pub(crate) use describe::Source;
#[cfg(feature = "http")]
pub(crate) use drain_journals::drain_journals;
pub(crate) use ending::Ending;
pub(crate) use ledger::{Counts, Ledger};
pub(crate) use waiting::{Request, Requests};
pub(crate) use worker::{Captures, Worker};
