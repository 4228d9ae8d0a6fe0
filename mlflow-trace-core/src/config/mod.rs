//! Settings: from code, from the environment, with defaults.

#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod connection;
pub(crate) mod environment;
mod experiment;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod secret;
mod settings;
#[cfg_attr(not(test), allow(dead_code, reason = "the destinations that use it are being built"))]
mod spool;
mod variables;

#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use connection::{Connection, Credentials, Tls};
pub(crate) use experiment::Experiment;
#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use secret::Secret;
pub use settings::Capture;
pub(crate) use settings::{Choices, Problems, Settings};
pub(crate) use spool::SpoolPlace;
