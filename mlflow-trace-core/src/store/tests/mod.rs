//! Behaviour of the store as a whole, most of it against a real MLflow.

mod assessments;
mod existing_files;
mod fixtures;
mod guarding;
mod late_spans;
mod mlflow;
mod round_trip;
mod schema;
mod tags;
mod upgrade;

pub(crate) use fixtures::{Folder, open as open_store, trace_with, write as write_store};
pub(crate) use mlflow::{Mlflow, newest_mlflow_file};
