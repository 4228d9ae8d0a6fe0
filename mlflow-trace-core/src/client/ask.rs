//! Asking a server, and what it means when it says no.

use std::thread;
use std::time::Duration;

use crate::config::Connection;
use crate::error::{Error, ErrorKind};
use crate::http::{Answer, Client, Method, Request};
use crate::wire::rest::{Format, Refusal};

/// Pauses before a request is repeated that a busy server did not take.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Asks one server. Every request only reads, but for the deletion of traces, so each may be repeated.
pub(super) struct Asker {
    client: Client,
    connection: Connection,
}

/// Why there is no answer that says yes.
pub(super) struct Refused {
    refusal: Option<Refusal>,
    sentence: String,
}

impl Refused {
    /// Whether what was asked for is not there.
    pub(super) fn is_missing(&self) -> bool {
        let missing = |refusal: &Refusal| {
            refusal.status == 404
                && matches!(refusal.code.as_str(), "RESOURCE_DOES_NOT_EXIST" | "NOT_FOUND")
                && !refusal.says_one_of(&["Workspace '"])
        };
        self.refusal.as_ref().is_some_and(missing)
    }

    /// Whether the server does not know the path, as those that are too old for it.
    pub(super) fn is_unknown_route(&self) -> bool {
        self.refusal.as_ref().is_some_and(Refusal::is_unknown_route)
    }

    /// Whether it is the server that said no, and not the way to it.
    pub(super) fn is_answered(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| !matches!(refusal.status, 200..=399 | 401 | 403 | 407))
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.refusal.as_ref().map(|refusal| refusal.status)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        // A filter that can't be read is the caller's.
        let kind = match &refused.refusal {
            Some(refusal) if refusal.status == 400 => ErrorKind::Invalid,
            _ => ErrorKind::Destination,
        };
        Self::new(kind, refused.sentence)
    }
}

impl Asker {
    pub(super) fn new(connection: &Connection) -> Result<Self, Error> {
        let client = Client::new(connection)?.reading_up_to(super::server::MOST_BYTES);
        Ok(Self { client, connection: connection.clone() })
    }

    pub(super) fn base(&self) -> &str {
        self.client.base()
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, Refused> {
        self.ask(Method::Get, path, &[])
    }

    /// Sends JSON.
    pub(super) fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Refused> {
        self.ask(Method::Post, path, body)
    }

    /// What is said of an answer in a form that is not known.
    pub(super) fn unreadable(&self, path: &str) -> Error {
        let (base, route) = (self.base(), route(path));
        Error::new(
            ErrorKind::Destination,
            format!(
                "what {base} answered at {route} can't be read: it is longer than this library reads, or of a newer \
                 MLflow; upgrade mlflow-trace."
            ),
        )
    }

    fn ask(&self, method: Method, path: &str, body: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut pauses = PAUSES.iter();
        loop {
            let request = Request {
                method,
                path,
                content_type: (!body.is_empty()).then_some("application/json"),
                headers: &[],
                body,
                gzip: false,
                within: Duration::MAX,
            };
            let answer = self
                .client
                .send(&request)
                .map_err(|failure| Refused { refusal: None, sentence: failure.sentence })?;
            let is_page =
                answer.content_type == "text/html" || answer.body.trim_ascii_start().starts_with(b"<");
            if (200..300).contains(&answer.status) && !is_page {
                return Ok(answer.body);
            }
            match pauses.next().filter(|_| matches!(answer.status, 429 | 502..=504)) {
                Some(pause) => thread::sleep(answer.retry_after.unwrap_or(*pause).min(LONGEST_PAUSE)),
                None => return Err(self.judge(path, &answer)),
            }
        }
    }

    /// What a "no" means.
    fn judge(&self, path: &str, answer: &Answer) -> Refused {
        let refusal = Refusal::read(answer.status, &answer.content_type, &answer.body);
        let (base, from) = (self.base(), &self.connection.address_from);
        let credentials = match self.connection.credentials_from.as_str() {
            "" => "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            settings => settings,
        };
        let (shown, route) = (refusal.shown(), route(path));
        let sentence = match refusal.status {
            200..=399 => format!(
                "{base} answers with a web page where MLflow's API should be: it is no MLflow server, or it asks for a \
                 login; check {from} and the credentials."
            ),
            401 | 407 => format!("{base} does not accept our credentials ({shown}); check {credentials}."),
            403 => format!(
                "{base} does not let us read at {route} ({shown}); give the user of {credentials} the permission READ."
            ),
            500 if refusal.code == "FEATURE_DISABLED" => format!(
                "the MLflow server at {base} has no workspaces ({shown}); unset MLFLOW_WORKSPACE, or start the server \
                 with --enable-workspaces."
            ),
            404 | 405 if refusal.format == Format::Html => format!(
                "{base} does not know {route} ({shown}): it is no MLflow server, or one before 3.2; check {from}."
            ),
            400 => {
                format!("the MLflow server at {base} does not accept what was asked ({shown}); change it.")
            }
            408 | 429 | 502..=504 => format!("{base} asks for patience ({shown}); try again in a moment."),
            500.. => format!("the server at {base} failed at {route} ({shown}); its log says why."),
            _ => format!("the MLflow server at {base} refused {route} ({shown})."),
        };
        Refused { refusal: Some(refusal), sentence: self.connection.hide(&sentence) }
    }
}

/// The path without ids and queries.
fn route(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.find("/tr-").and_then(|at| path.get(..at)).unwrap_or(path)
}
