//! What [`Init::also`](crate::Init::also) takes.

use crate::config::Further;

/// A further destination: an [`Otlp`](crate::Otlp) receiver, a [`TrackingServer`](crate::TrackingServer), or any tracking URI as a text
/// (`sqlite:///second.db`).
#[derive(Clone, Debug)]
pub struct AlsoTo(pub(super) Further);

impl From<&str> for AlsoTo {
    fn from(uri: &str) -> Self {
        Self(Further::Uri(uri.into()))
    }
}

impl From<String> for AlsoTo {
    fn from(uri: String) -> Self {
        Self(Further::Uri(uri.into()))
    }
}
