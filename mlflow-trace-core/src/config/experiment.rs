//! Which experiment the traces belong to.

/// The experiment that traces are stored in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Experiment {
    /// MLflow's experiment `Default`, id 0.
    #[default]
    Default,
    /// The experiment with this name; created when it is missing.
    Name(String),
    /// The experiment with this id; it must exist.
    Id(String),
}
