//! Settings: from code, from the environment, with defaults.

#[cfg(feature = "http")]
mod address;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod connection;
#[cfg(feature = "http")]
mod databricks;
pub(crate) mod environment;
mod experiment;
#[cfg(feature = "http")]
mod ini;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod mlflow_server;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod otlp;
#[cfg(feature = "http")]
mod proxies;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod secret;
mod settings;
#[cfg(feature = "http")]
#[allow(dead_code, reason = "the destinations that use it are being built")]
mod sources;
mod variables;

#[cfg(all(test, feature = "http"))]
mod tests;

#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use connection::{Connection, Credentials, PemFile, Proxy, Tls};
pub(crate) use experiment::Experiment;
#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use otlp::OtlpEndpoint;
#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use secret::Secret;
pub use settings::Capture;
pub(crate) use settings::{Choices, Problems, Settings};
#[cfg(feature = "http")]
#[allow(unused_imports, reason = "the destinations that use them are being built")]
pub(crate) use sources::Sources;
