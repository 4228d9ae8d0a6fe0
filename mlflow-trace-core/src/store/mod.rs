//! MLflow's local SQLite database: created in MLflow's own schema, guarded on every write, read at any known revision.
//!
//! Nothing here decides what to do with a file that can't be written; that is the exporter's business.

mod assessments;
mod create;
mod experiments;
mod failure;
mod file;
mod filter;
mod guard;
mod late;
mod read;
mod reader;
mod revisions;
mod rows;
mod search;
mod span_rows;
mod tags;
mod totals_text;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use failure::StoreError;
pub(crate) use file::second_file;
pub(crate) use reader::StoreReader;
pub(crate) use search::TraceQuery;
pub(crate) use writer::{Batch, StoreWriter};
