//! The `#[mlflow::trace]` attribute; its reference stands with its re-export in the `mlflow-trace` crate.
