//! MLflow Tracing for Rust.
