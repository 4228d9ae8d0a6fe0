//! One call of the sender: requests with their deadline and their counting, and what an answer means for a trace.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::spans::Interruption;
use crate::config::Connection;
use crate::exporters::sender::{Cause, Failure, Fate, Sent};
use crate::http::{Answer, Client, HttpFailure, HttpFailureKind, Method, Request};
use crate::wire::rest::{Format, Refusal};

/// Pauses before a request is repeated that met another writer in the server's database.
const RACE_PAUSES: [Duration; 3] =
    [Duration::from_millis(40), Duration::from_millis(120), Duration::from_millis(360)];

/// The server, and how it is reached.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) client: Client,
    pub(super) connection: Connection,
}

impl Server {
    fn credentials_from(&self) -> &str {
        match self.connection.credentials_from.as_str() {
            "" => "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            settings => settings,
        }
    }
}

/// One call of the sender.
pub(super) struct Round {
    pub(super) server: Arc<Server>,
    deadline: Instant,
    pub(super) sent: Sent,
}

/// A request, beside what every one has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) content_type: Option<&'static str>,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) gzip: bool,
    /// Whether a conflict with another writer is one, and not the answer.
    pub(super) repeats_races: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn get(path: &'a str) -> Self {
        Self {
            method: Method::Get,
            path,
            content_type: None,
            headers: &[],
            body: &[],
            gzip: false,
            repeats_races: true,
        }
    }

    pub(super) fn post_json(path: &'a str, body: &'a [u8]) -> Self {
        Self { method: Method::Post, content_type: Some("application/json"), body, ..Self::get(path) }
    }
}

/// Why something was not done.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// What it means for the traces that were sent.
    pub(super) fate: Fate,
    pub(super) failure: Failure,
    /// What the server said, if it said anything.
    pub(super) refusal: Option<Box<Refusal>>,
    /// It would be the same with every other request now.
    pub(super) stops: bool,
}

impl Problem {
    pub(super) fn refused(sentence: String) -> Self {
        let failure = Failure { cause: Cause::Rejected, sentence };
        Self { fate: Fate::Refused, failure, refusal: None, stops: false }
    }

    /// Whether the server said that it does not know the path or the method.
    pub(super) fn is_unknown_route(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.is_unknown_route())
    }

    /// When it concerns more than the one trace: what it is.
    pub(super) fn interrupts(&self) -> Option<Interruption> {
        if self.is_about_the_experiment() {
            Some(Interruption::Experiment(self.clone()))
        } else if self.stops {
            Some(Interruption::Stopped(self.clone()))
        } else {
            None
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.refusal.as_ref().map(|refusal| refusal.status)
    }

    /// Whether the experiment that was named is not there, or among the deleted ones.
    pub(super) fn is_about_the_experiment(&self) -> bool {
        let Some(refusal) = &self.refusal else { return false };
        match refusal.status {
            404 => refusal.code == "RESOURCE_DOES_NOT_EXIST" && refusal.says_one_of(&["xperiment"]),
            400 => refusal.says_one_of(&["must be in the 'active' state", "deleted experiment"]),
            _ => false,
        }
    }
}

impl Round {
    pub(super) fn new(server: &Arc<Server>, deadline: Instant) -> Self {
        Self { server: Arc::clone(server), deadline, sent: Sent::default() }
    }

    /// For requests at the same time, on another thread.
    pub(super) fn another(&self) -> Self {
        Self::new(&self.server, self.deadline)
    }

    /// Takes over the counts of such requests.
    pub(super) fn join(&mut self, other: Self) {
        let Sent { fates: _, bytes, requests, pause, failure, remarks } = other.sent;
        self.sent.bytes += bytes;
        self.sent.requests += requests;
        self.sent.pause = self.sent.pause.max(pause);
        self.sent.failure = self.sent.failure.take().or(failure);
        self.sent.remarks.extend(remarks);
    }

    /// Whether no further request may begin.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Sends a request; an answer is one that says yes.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> Result<Answer, Problem> {
        let mut pauses = RACE_PAUSES.iter();
        loop {
            let problem = match self.ask_once(ask) {
                Ok(answer) => return Ok(answer),
                Err(problem) => problem,
            };
            let is_race = problem.refusal.as_ref().is_some_and(|refusal| refusal.is_race());
            match pauses.next().filter(|_| ask.repeats_races && is_race) {
                Some(pause) => thread::sleep(*pause),
                None => return Err(problem),
            }
        }
    }

    fn ask_once(&mut self, ask: &Ask<'_>) -> Result<Answer, Problem> {
        if self.is_over() {
            let sentence = format!("there was no time left for {}.", self.server.connection.base);
            let failure = Failure { cause: Cause::Unreachable, sentence };
            return Err(Problem { fate: Fate::Later, failure, refusal: None, stops: true });
        }
        let Ask { method, path, content_type, headers, body, gzip, .. } = *ask;
        // The connection's own time-out ends it: a request that is broken off may be carried out all the same.
        let request = Request { method, path, content_type, headers, body, gzip, within: Duration::MAX };
        self.sent.requests += 1;
        let answer = self.server.client.send(&request).map_err(|failure| unanswered(&failure))?;
        self.sent.bytes += answer.sent_bytes;
        let is_page = answer.content_type == "text/html" || answer.body.trim_ascii_start().starts_with(b"<");
        if (200..300).contains(&answer.status) && !is_page {
            return Ok(answer);
        }
        if matches!(answer.status, 429 | 503) {
            self.sent.pause = self.sent.pause.max(answer.retry_after);
        }
        let refusal = Refusal::read(answer.status, &answer.content_type, &answer.body);
        Err(self.judge(ask, refusal))
    }

    /// What a "no" means.
    fn judge(&self, ask: &Ask<'_>, refusal: Refusal) -> Problem {
        let Server { connection, .. } = &*self.server;
        let (base, from) = (&connection.base, &connection.address_from);
        let shown = refusal.shown();
        let later = |cause, stops, sentence| (Fate::Later, cause, stops, sentence);
        let (fate, cause, stops, sentence) = match refusal.status {
            200..=299 => later(
                Cause::Rejected,
                true,
                format!(
                    "{base} answers with a web page where MLflow's API should be: it is no MLflow server, or it asks \
                     for a login; check {from} and the credentials."
                ),
            ),
            300..=399 => later(
                Cause::Rejected,
                true,
                format!(
                    "{base} sends us elsewhere ({shown}), as a login does; check {from} and the credentials."
                ),
            ),
            401 | 407 => later(
                Cause::Unauthorized,
                true,
                format!(
                    "{base} does not accept our credentials ({shown}); check {}.",
                    self.server.credentials_from()
                ),
            ),
            403 if refusal.says_one_of(&["Invalid Host header"]) => later(
                Cause::Unauthorized,
                true,
                format!(
                    "the MLflow server at {base} takes no requests for this host name ({shown}); start it with \
                     --allowed-hosts and the host of {from} (MLFLOW_SERVER_ALLOWED_HOSTS)."
                ),
            ),
            403 => later(
                Cause::Unauthorized,
                // Of another experiment it may be different.
                false,
                format!(
                    "{base} does not let us write ({shown}); give the user of {} the permission EDIT for the \
                     experiment.",
                    self.server.credentials_from()
                ),
            ),
            500 if refusal.code == "FEATURE_DISABLED" => later(
                Cause::Rejected,
                true,
                format!(
                    "the MLflow server at {base} has no workspaces ({shown}); unset MLFLOW_WORKSPACE, or start the \
                     server with --enable-workspaces."
                ),
            ),
            404 if refusal.code == "RESOURCE_DOES_NOT_EXIST" && refusal.says_one_of(&["Workspace '"]) => {
                later(
                    Cause::Rejected,
                    true,
                    format!(
                        "{base} has no such workspace ({shown}); check MLFLOW_WORKSPACE, or create it there."
                    ),
                )
            }
            _ if refusal.is_race() => later(
                Cause::Overloaded,
                false,
                format!("writers at the same time hinder each other in the database of {base} ({shown})."),
            ),
            // Of one request alone, maybe: the server stumbles over what is in it.
            500 => later(
                Cause::Overloaded,
                false,
                format!("the server at {base} failed ({shown}); its log says why."),
            ),
            408 | 429 | 502..=504 | 506.. => {
                later(Cause::Overloaded, true, format!("{base} asks for patience ({shown})."))
            }
            404 | 405 if refusal.format == Format::Html => later(
                Cause::Rejected,
                false,
                format!(
                    "{base} does not know {} ({shown}): it is no MLflow server, an old one, or a proxy that lets only \
                     some paths through; check {from}.",
                    route(ask.path)
                ),
            ),
            _ => (
                Fate::Refused,
                Cause::Rejected,
                false,
                format!(
                    "the MLflow server at {base} refused what was sent to {} ({shown}).",
                    route(ask.path)
                ),
            ),
        };
        Problem { fate, failure: Failure { cause, sentence }, refusal: Some(Box::new(refusal)), stops }
    }

    /// Keeps the first reason for the report.
    pub(super) fn note(&mut self, problem: &Problem) {
        if self.sent.failure.is_none() {
            self.sent.failure = Some(problem.failure.clone());
        }
    }
}

/// The path without ids and queries, so that sentences about many traces are the same one.
fn route(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.find("/tr-").and_then(|at| path.get(..at)).unwrap_or(path)
}

/// What it means that there was no answer.
pub(super) fn unanswered(failure: &HttpFailure) -> Problem {
    let cause = match failure.kind {
        HttpFailureKind::Credentials => Cause::Unauthorized,
        _ => Cause::Unreachable,
    };
    let failure = Failure { cause, sentence: failure.sentence.clone() };
    Problem { fate: Fate::Later, failure, refusal: None, stops: true }
}
