//! How a network destination is reached: address, credentials, headers, TLS, time-outs.

use std::path::PathBuf;
use std::time::Duration;

use super::Secret;

/// How one network destination is reached. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// `http://` or `https://`, host, port and path prefix, without user, query and closing slash.
    pub(crate) base: String,
    pub(crate) credentials: Credentials,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) tls: Tls,
    /// For one request, from connecting to the last byte of the answer.
    pub(crate) timeout: Duration,
    pub(crate) follows_redirects: bool,
}

/// Who we say we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Credentials {
    #[default]
    None,
    Basic {
        user: String,
        password: Secret,
    },
    Bearer(Secret),
    /// OAuth client credentials of a Databricks service principal; the token is fetched and renewed.
    DatabricksOauth {
        client_id: String,
        client_secret: Secret,
    },
}

/// TLS beyond the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    /// The server's certificate is not checked.
    pub(crate) is_insecure: bool,
    /// PEM file with the authorities that are trusted instead of the usual ones.
    pub(crate) authorities: Option<PathBuf>,
    /// PEM file with a client certificate and its key.
    pub(crate) client_certificate: Option<PathBuf>,
}
