//! Behaviour of the store as a whole, most of it against a real MLflow.

mod existing_files;
mod fixtures;
mod guarding;
mod late_spans;
mod mlflow;
mod round_trip;
mod schema;
mod upgrade;

pub(crate) use fixtures::{Folder, trace_with};
pub(crate) use mlflow::{Mlflow, revision_files};
