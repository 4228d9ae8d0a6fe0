//! Other libraries, each in one file behind a feature, on the public API alone.

#[cfg(feature = "tower")]
pub mod tower;
