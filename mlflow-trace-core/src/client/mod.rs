//! Reading traces back.

mod local_traces;

pub use local_traces::{LocalTraces, TraceSummary};

#[cfg(test)]
mod tests;
