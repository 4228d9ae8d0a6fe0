//! The round trip that leaves nothing behind.

use super::ServerSender;
use super::probe::SpansPlace;
use super::round::{Ask, Problem, Round};
use crate::http::Method;

/// A request for spans that has none: `resource_spans` with one empty entry.
const NO_SPANS: &[u8] = &[0x0a, 0x00];

impl ServerSender {
    /// Asks for the version, looks the experiment up, and sends a request without spans, which wants the same
    /// permission as one with them.
    pub(super) fn check_all(&mut self, round: &mut Round) -> Result<String, Problem> {
        self.capabilities = None;
        let capabilities = self.capabilities(round)?;
        let (id, experiment) = self.experiments.look_up(round, &self.experiment)?;
        let what = match (capabilities.spans, id) {
            (SpansPlace::Database, Some(id)) => {
                let ask = Ask {
                    method: Method::Post,
                    content_type: Some("application/x-protobuf"),
                    headers: &[("x-mlflow-experiment-id", &id)],
                    body: NO_SPANS,
                    ..Ask::get("/v1/traces")
                };
                match round.ask(&ask) {
                    Ok(_) => "it takes spans by OTLP",
                    Err(problem) if problem.is_unknown_route() => {
                        "it takes no spans by OTLP, so they go as files (writing was not tried)"
                    }
                    Err(problem) => return Err(problem),
                }
            }
            (SpansPlace::Database, None) => "whether it takes spans was not tried",
            (SpansPlace::File | SpansPlace::SignedFile, _) => "spans go as files (writing was not tried)",
        };
        let base = &self.server.connection.base;
        let version = capabilities.shown();
        Ok(format!("the MLflow server at {base} answers ({version}); {experiment}; {what}."))
    }
}
