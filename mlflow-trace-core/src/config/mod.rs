//! Settings: from code, from the environment, with defaults.

#[cfg(feature = "http")]
mod address;
mod attachments;
#[cfg(feature = "http")]
mod connection;
#[cfg(feature = "http")]
mod databricks;
mod destination;
mod destinations;
pub(crate) mod environment;
mod experiment;
mod given_uri;
#[cfg(feature = "http")]
mod ini;
#[cfg(feature = "http")]
mod mlflow_server;
#[cfg(feature = "http")]
mod network;
#[cfg(feature = "http")]
mod otlp;
#[cfg(feature = "http")]
mod proxies;
mod reading;
#[cfg(feature = "http")]
mod resource;
#[cfg(feature = "http")]
mod secret;
mod settings;
#[cfg(feature = "http")]
mod sources;
mod speech;
mod spool;
mod trace_bounds;
#[cfg(any(feature = "http", feature = "sqlite"))]
mod tracking_place;
mod variable_table;
mod variables;

#[cfg(all(test, feature = "http"))]
mod tests;

pub(crate) use attachments::Attachments;
#[cfg(feature = "http")]
pub(crate) use connection::{Connection, Credentials, PemFile, Proxy, SHORTEST_SECRET, Tls};
pub(crate) use destination::{Destination, Further};
#[cfg(feature = "http")]
pub(crate) use destination::{
    MetricsDestination, OtlpChoice, OtlpDestination, ServerChoice, ServerDestination,
};
#[cfg(feature = "http")]
pub use destination::{OtlpProfile, OtlpProtocol};
pub(crate) use experiment::Experiment;
pub(crate) use given_uri::GivenUri;
#[cfg(all(test, feature = "http"))]
pub(crate) use otlp::OtlpEndpoint;
#[cfg(feature = "http")]
pub(crate) use otlp::OtlpSignal;
pub(crate) use reading::{FoundSetting, Origin, Problems};
#[cfg(feature = "http")]
pub(crate) use secret::Secret;
pub use settings::Capture;
pub(crate) use settings::{Choices, Settings};
#[cfg(feature = "http")]
pub(crate) use sources::Sources;
pub(crate) use spool::SpoolPlace;
pub(crate) use trace_bounds::TraceBounds;
#[cfg(any(feature = "http", feature = "sqlite"))]
pub(crate) use tracking_place::tracking_place;
pub use variable_table::{EnvironmentVariable, environment_variables};
