//! Destinations as code describes them, for [`Init::also`](crate::Init::also).

use std::time::Duration;

use super::AlsoTo;
use crate::config::{Credentials, Further, OtlpChoice, OtlpProfile, OtlpProtocol, Secret, ServerChoice};
use crate::policy::Redactor;

/// An OpenTelemetry backend that is sent spans by OTLP.
///
/// What is not set here comes from the `OTEL_EXPORTER_OTLP_*` variables of the OpenTelemetry specification, but for the
/// address and the headers, which belong together.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::{Otlp, OtlpProfile};
///
/// let honeycomb = Otlp::new("https://api.honeycomb.io")
///     .header("x-honeycomb-team", "the key")
///     .profile(OtlpProfile::GenAi);
/// let _guard = mlflow_trace_core::init().tracking_uri("http://localhost:5000").also(honeycomb).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a destination has to be given to `init().also(..)`"]
pub struct Otlp(OtlpChoice);

impl Otlp {
    /// The receiver at this address; `/v1/traces` is put behind it unless it stands there.
    pub fn new(address: impl Into<String>) -> Self {
        Self(OtlpChoice { url: address.into().into(), ..OtlpChoice::default() })
    }

    /// The receiver at exactly this address.
    pub fn at(address: impl Into<String>) -> Self {
        Self(OtlpChoice { url: address.into().into(), is_exact: true, ..OtlpChoice::default() })
    }

    /// A header of every request, such as a key. Its value is never shown.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// How OTLP is spoken (`OTEL_EXPORTER_OTLP_PROTOCOL`; default [`OtlpProtocol::HttpProtobuf`]).
    pub fn protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.0.protocol = Some(protocol);
        self
    }

    /// Which attributes are sent (`MLFLOW_ENABLE_OTEL_GENAI_SEMCONV=true` is [`OtlpProfile::GenAi`]; default
    /// [`OtlpProfile::Mlflow`]).
    pub fn profile(mut self, profile: OtlpProfile) -> Self {
        self.0.profile = Some(profile);
        self
    }

    /// Whether requests are compressed by gzip (`OTEL_EXPORTER_OTLP_COMPRESSION=gzip|none`; default true).
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.0.gzip = Some(gzip);
        self
    }

    /// How long one request may take (`OTEL_EXPORTER_OTLP_TIMEOUT`; default 10 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// Bytes of one request before compression; more spans go into the next one (default 1,000,000, which every known
    /// backend takes).
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.0.max_request_bytes = Some(bytes);
        self
    }

    /// What is kept out of this destination, beyond what [`Init::redact`](crate::Init::redact) keeps out of all.
    pub fn redact(mut self, redactor: Redactor) -> Self {
        self.0.redactor = Some(redactor);
        self
    }

    /// Bytes of one attribute's value; a longer one is cut (default: no bound). New Relic takes 4,095, Tempo 2,048.
    pub fn max_attribute_bytes(mut self, bytes: usize) -> Self {
        self.0.max_attribute_bytes = Some(bytes);
        self
    }
}

impl From<Otlp> for AlsoTo {
    fn from(otlp: Otlp) -> Self {
        Self(Further::Otlp(otlp.0))
    }
}

/// An MLflow tracking server, or Databricks, beside the first destination.
///
/// Credentials that are not set here come from the `MLFLOW_TRACKING_*` variables.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::TrackingServer;
///
/// let team = TrackingServer::new("https://mlflow.example.com").experiment("support-bot").token("the token");
/// let _guard = mlflow_trace_core::init().tracking_uri("sqlite:///mlflow.db").also(team).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a destination has to be given to `init().also(..)`"]
pub struct TrackingServer(ServerChoice);

impl TrackingServer {
    /// The server at this address: `http://…`, `https://…`, `databricks` or `databricks://profile`.
    pub fn new(uri: impl Into<String>) -> Self {
        Self(ServerChoice { uri: uri.into().into(), ..ServerChoice::default() })
    }

    /// The experiment by name; created when it is missing.
    pub fn experiment(mut self, name: impl Into<String>) -> Self {
        self.0.experiment_name = Some(name.into());
        self
    }

    /// The experiment by id; it must exist.
    pub fn experiment_id(mut self, id: impl Into<String>) -> Self {
        self.0.experiment_id = Some(id.into());
        self
    }

    /// A user name and a password (HTTP Basic). The password is never shown.
    pub fn basic_auth(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.0.credentials = Some(Credentials::Basic { user: user.into(), password: Secret::new(password) });
        self
    }

    /// A token (HTTP Bearer). It is never shown.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.0.credentials = Some(Credentials::Bearer(Secret::new(token)));
        self
    }

    /// A header of every request. Its value is never shown.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// What is kept out of this destination, beyond what [`Init::redact`](crate::Init::redact) keeps out of all.
    pub fn redact(mut self, redactor: Redactor) -> Self {
        self.0.redactor = Some(redactor);
        self
    }

    /// How long one request may take (`MLFLOW_HTTP_REQUEST_TIMEOUT`; default 120 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }
}

impl From<TrackingServer> for AlsoTo {
    fn from(server: TrackingServer) -> Self {
        Self(Further::Server(server.0))
    }
}
