//! Reading traces back.

#[cfg(feature = "http")]
mod ask;
#[cfg(feature = "sqlite")]
mod local_search;
#[cfg(feature = "sqlite")]
mod local_traces;
mod search;
#[cfg(feature = "http")]
mod server;
mod traces;

#[cfg(feature = "sqlite")]
pub use local_traces::{LocalTraces, TraceSummary};
pub use search::{Page, Search, Session};
pub use traces::Traces;

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
