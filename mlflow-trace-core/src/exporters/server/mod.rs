//! MLflow's tracking server as a destination, and Databricks.
//!
//! `probe` asks what the server can do; `experiments` finds ids; `delivery` leads a call: `spans` by OTLP, then `info` for
//! each trace, in `lanes` side by side, or `info` and then `files` for servers that keep spans as files; then
//! `attachments`. `round` sends each request and judges
//! what comes back; `check` is the one round trip that leaves nothing behind.

mod assessments;
mod attachments;
mod check;
mod delivery;
mod experiments;
mod files;
mod info;
mod lanes;
mod probe;
mod round;
mod spans;
mod stages;
mod tags;

#[cfg(test)]
#[cfg(feature = "sqlite")]
pub(super) mod tests;

use std::sync::Arc;
use std::time::Instant;

use self::attachments::SentAttachments;
use self::experiments::Experiments;
use self::probe::{Capabilities, probe};
use self::round::{Problem, Round, Server};
use self::stages::Stages;
use super::sender::{Failure, Parcel, Sender, Sent};
use crate::Error;
use crate::config::{Experiment, ServerDestination};
use crate::http::Client;
use crate::wire::otlp::{Encoding, Form, Profile, ValueForm};

/// Bytes of one OTLP request before compression.
const MAX_BODY: usize = 1_000_000;

/// The header that chooses a workspace; without it MLflow takes the one called `default`.
const WORKSPACE: &str = "x-mlflow-workspace";

/// Sends traces to MLflow's tracking server. What it learns about the server it keeps.
#[derive(Debug)]
pub(crate) struct ServerSender {
    server: Arc<Server>,
    is_databricks: bool,
    /// Where traces go that name no experiment: here only for `check`, since every parcel brings its own.
    experiment: Experiment,
    run_id: Option<String>,
    encoding: Encoding,
    capabilities: Option<Capabilities>,
    experiments: Experiments,
    stages: Stages,
    attachments: SentAttachments,
    max_body: usize,
}

impl ServerSender {
    /// A sender for the server of this connection. Nothing is asked yet.
    ///
    /// # Errors
    /// When the connection has what can't be used; the sentence names the setting.
    pub(crate) fn new(destination: &ServerDestination) -> Result<Self, Error> {
        let ServerDestination { connection, is_databricks, experiment, run_id, resource, .. } = destination;
        let client = Client::new(connection)?.reading_up_to(files::MAX_FILE);
        let has_workspace = connection
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case(WORKSPACE) && value.reveal() != "default");
        let encoding = Encoding {
            form: Form::Protobuf,
            values: ValueForm::Structured,
            profile: Profile::Mlflow,
            max_attribute_bytes: None,
            resource: resource.clone(),
            scope: "",
            tags_on_root: false,
        };
        Ok(Self {
            server: Arc::new(Server { client, connection: connection.clone() }),
            experiments: Experiments::new(has_workspace, *is_databricks),
            is_databricks: *is_databricks,
            experiment: experiment.clone(),
            run_id: run_id.clone(),
            encoding,
            capabilities: None,
            stages: Stages::default(),
            attachments: SentAttachments::default(),
            max_body: MAX_BODY,
        })
    }

    /// What the server can do; asked once.
    fn capabilities(&mut self, round: &mut Round) -> Result<Capabilities, Problem> {
        if let Some(known) = self.capabilities {
            return Ok(known);
        }
        let found = if self.is_databricks { Capabilities::DATABRICKS } else { probe(round)? };
        self.capabilities = Some(found);
        Ok(found)
    }
}

impl Sender for ServerSender {
    fn send(&mut self, parcels: &[Parcel], deadline: Instant) -> Sent {
        let mut round = Round::new(&self.server, deadline);
        let fates = self.deliver(&mut round, parcels);
        Sent { fates, ..round.sent }
    }

    fn check(&mut self, deadline: Instant) -> Result<String, Failure> {
        let mut round = Round::new(&self.server, deadline);
        self.check_all(&mut round).map_err(|problem| problem.failure)
    }
}
