//! Small swappable decisions: the clock, identifiers, sampling, and how we speak to the person who runs the program.

pub(crate) mod clock;
pub(crate) mod fingerprint;
pub(crate) mod fixed;
pub(crate) mod ids;
pub(crate) mod notice;
mod prices;
pub(crate) mod processing;
mod redaction;
pub(crate) mod sampler;
pub(crate) mod timeline;

pub use prices::{Price, PriceTable};
pub use processing::{FinishedSpan, Keep};
pub use redaction::Redactor;
