//! How a network destination is reached: address, credentials, headers, TLS, proxy, time-outs.

use std::path::PathBuf;
use std::time::Duration;

use super::Secret;

/// How one network destination is reached. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// `http://` or `https://`, host, port and path prefix, without user, query and closing slash.
    pub(crate) base: String,
    /// The setting that gave the address, as errors name it: `MLFLOW_TRACKING_URI`, `tracking_uri in code`.
    pub(crate) address_from: String,
    pub(crate) credentials: Credentials,
    /// The settings that gave the credentials, as errors name them, or those that could.
    pub(crate) credentials_from: String,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) tls: Tls,
    pub(crate) proxy: Option<Proxy>,
    /// For one request, from connecting to the last byte of the answer.
    pub(crate) timeout: Duration,
    pub(crate) follows_redirects: bool,
}

impl Connection {
    /// Reaches this address without anything special: no credentials, the usual authorities, no proxy, ten seconds.
    pub(crate) fn plain(base: impl Into<String>, address_from: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            address_from: address_from.into(),
            credentials: Credentials::None,
            credentials_from: String::new(),
            headers: Vec::new(),
            tls: Tls::default(),
            proxy: None,
            timeout: Duration::from_secs(10),
            follows_redirects: true,
        }
    }
}

impl Connection {
    /// The text without the secrets of this connection, which a destination may repeat in what it says.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.secrets().fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"))
    }

    /// All that must not be shown. Shorter texts would blank words that only look like them.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let credentials = match &self.credentials {
            Credentials::None => None,
            Credentials::Basic { password: secret, .. }
            | Credentials::Bearer(secret)
            | Credentials::DatabricksOauth { client_secret: secret, .. } => Some(secret),
        };
        // Which workspace a server does not know is worth reading.
        let headers =
            self.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("x-mlflow-workspace"));
        let secrets = headers.map(|(_, value)| value).chain(credentials);
        secrets.map(Secret::reveal).filter(|secret| secret.len() >= SHORTEST_SECRET)
    }
}

/// Bytes that a text must have to be hidden wherever it stands.
pub(crate) const SHORTEST_SECRET: usize = 4;

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
    /// The authorities that are trusted instead of the usual ones.
    pub(crate) authorities: Option<PemFile>,
    /// The client certificate with those that lead to its authority; its key too, unless that has a file of its own.
    pub(crate) client_certificate: Option<PemFile>,
    pub(crate) client_key: Option<PemFile>,
}

/// A file of certificates or keys, and the setting that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PemFile {
    pub(crate) path: PathBuf,
    pub(crate) setting: String,
}

impl PemFile {
    pub(crate) fn new(setting: &str, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), setting: setting.to_owned() }
    }
}

/// The proxy that requests go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// With its user and password, if it has any.
    pub(crate) url: Secret,
    /// The variable that named it.
    pub(crate) setting: String,
}
