//! Settings: from code, from the environment, with defaults.

pub(crate) mod environment;
mod experiment;
mod settings;
mod variables;

pub(crate) use experiment::Experiment;
pub use settings::Capture;
pub(crate) use settings::{Choices, Problems, Settings};
