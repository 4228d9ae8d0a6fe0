//! Where traces go: what was chosen, and what came of it.

use std::path::PathBuf;
#[cfg(feature = "http")]
use std::time::Duration;

use super::GivenUri;
#[cfg(feature = "http")]
use super::{Connection, Experiment, Secret};
use crate::policy::Redactor;

/// One destination, ready to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// MLflow's local database file.
    Local {
        file: PathBuf,
        /// Whether it is the file that MLflow uses when it is told nothing: `./mlflow.db`.
        is_default: bool,
    },
    /// An MLflow tracking server, or Databricks.
    #[cfg(feature = "http")]
    Server(Box<ServerDestination>),
    /// An OTLP receiver.
    #[cfg(feature = "http")]
    Otlp(Box<OtlpDestination>),
}

impl Destination {
    /// Whether it has a place for binary content beside its traces.
    pub(crate) fn keeps_attachments(&self) -> bool {
        match self {
            Self::Local { .. } => true,
            #[cfg(feature = "http")]
            Self::Server(_) => true,
            #[cfg(feature = "http")]
            Self::Otlp(_) => false,
        }
    }

    /// What is kept out of this destination alone.
    pub(crate) fn redactor(&self) -> Option<&Redactor> {
        match self {
            Self::Local { .. } => None,
            #[cfg(feature = "http")]
            Self::Server(server) => server.redactor.as_ref(),
            #[cfg(feature = "http")]
            Self::Otlp(otlp) => otlp.redactor.as_ref(),
        }
    }
}

/// An MLflow tracking server, or Databricks.
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerDestination {
    pub(crate) connection: Connection,
    pub(crate) is_databricks: bool,
    pub(crate) experiment: Experiment,
    /// The run that traces belong to.
    pub(crate) run_id: Option<String>,
    /// What is kept out of this destination beyond what is kept out of all.
    pub(crate) redactor: Option<Redactor>,
    /// Attributes of the resource, which the server makes tags of.
    pub(crate) resource: Vec<(String, String)>,
}

/// An OTLP receiver.
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtlpDestination {
    pub(crate) connection: Connection,
    /// What follows the connection's address; its query may hold a secret.
    pub(crate) path: Secret,
    pub(crate) protocol: OtlpProtocol,
    pub(crate) profile: OtlpProfile,
    pub(crate) gzip: bool,
    /// Bytes of a request before it is compressed.
    pub(crate) max_request_bytes: usize,
    /// Bytes of one attribute's value.
    pub(crate) max_attribute_bytes: Option<usize>,
    /// What is kept out of this destination beyond what is kept out of all.
    pub(crate) redactor: Option<Redactor>,
    pub(crate) resource: Vec<(String, String)>,
}

/// Where the durations of spans are reported to, by OTLP.
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MetricsDestination {
    pub(crate) connection: Connection,
    /// What follows the connection's address.
    pub(crate) path: Secret,
    pub(crate) protocol: OtlpProtocol,
    pub(crate) gzip: bool,
    pub(crate) resource: Vec<(String, String)>,
    /// From one report to the next.
    pub(crate) interval: Duration,
}

/// How OTLP is spoken (OTLP specification: `OTEL_EXPORTER_OTLP_PROTOCOL`).
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// `http/protobuf`.
    #[default]
    HttpProtobuf,
    /// `http/json`.
    HttpJson,
    /// `grpc`. It does not go through proxies.
    #[cfg(feature = "grpc")]
    Grpc,
}

/// Which attributes an OTLP receiver is sent.
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProfile {
    /// MLflow's own (`mlflow.spanInputs` …), as MLflow's Python client sends them.
    #[default]
    Mlflow,
    /// OpenTelemetry's conventions for generative AI (`gen_ai.*`) in their place, for backends that read those. Calls of
    /// models and agents become messages, by `mlflow.message.format` (`openai`, `anthropic`, `gemini`, `bedrock`) or by
    /// their shape; what these conventions have no place for stays in `mlflow.spanInputs` and `mlflow.spanOutputs`.
    GenAi,
    /// Both.
    Both,
}

/// An OTLP receiver as the code describes it. What is not set comes from the environment, then from the defaults.
#[cfg(feature = "http")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OtlpChoice {
    pub(crate) url: GivenUri,
    /// The address is used as it is, without `/v1/traces` behind it.
    pub(crate) is_exact: bool,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) protocol: Option<OtlpProtocol>,
    pub(crate) profile: Option<OtlpProfile>,
    pub(crate) gzip: Option<bool>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_request_bytes: Option<usize>,
    pub(crate) max_attribute_bytes: Option<usize>,
    pub(crate) redactor: Option<Redactor>,
}

/// A tracking server as the code describes it.
#[cfg(feature = "http")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerChoice {
    pub(crate) uri: GivenUri,
    pub(crate) experiment_name: Option<String>,
    pub(crate) experiment_id: Option<String>,
    pub(crate) credentials: Option<super::Credentials>,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) redactor: Option<Redactor>,
}

/// A further destination as the code describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Further {
    /// By its tracking URI.
    Uri(GivenUri),
    #[cfg(feature = "http")]
    Server(ServerChoice),
    #[cfg(feature = "http")]
    Otlp(OtlpChoice),
}
