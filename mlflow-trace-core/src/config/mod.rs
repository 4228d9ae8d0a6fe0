//! Settings: from code, from the environment, with defaults.

mod experiment;

pub(crate) use experiment::Experiment;
