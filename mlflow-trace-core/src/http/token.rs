//! Tokens of a Databricks service principal: fetched with its id and secret, kept, and renewed before they end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::http::HeaderValue;

use super::{Answer, HttpFailure, HttpFailureKind, Method, Request, headers};
use crate::config::{Connection, Secret};

/// How long before its end a token is renewed, and never more than a fifth of its life.
const MARGIN: Duration = Duration::from_secs(60);

/// The life of a token that does not say how long it lives.
const UNSAID_LIFE: Duration = Duration::from_secs(600);

/// No token is kept longer without asking again.
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The tokens of one principal.
pub(super) struct Tokens {
    /// User and password for the token endpoint.
    authorization: Secret,
    held: Mutex<Option<Held>>,
}

struct Held {
    value: HeaderValue,
    renew_at: Instant,
    ends_at: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

impl Tokens {
    pub(super) fn new(client_id: &str, client_secret: &Secret) -> Self {
        let authorization = Secret::new(headers::basic(client_id, client_secret.reveal()));
        Self { authorization, held: Mutex::new(None) }
    }

    /// The value of `Authorization`; asks `send` for a new token when there is none that lives on.
    ///
    /// # Errors
    /// When no token can be had.
    pub(super) fn current(
        &self,
        connection: &Connection,
        send: impl FnOnce(&Request<'_>) -> Result<Answer, HttpFailure>,
    ) -> Result<HeaderValue, HttpFailure> {
        // Held over the request, so that threads which need a token at the same time fetch one.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(token) = held.as_ref().filter(|token| now < token.renew_at) {
            return Ok(token.value.clone());
        }
        match self.fetch(connection, send) {
            Ok(token) => Ok(held.insert(token).value.clone()),
            // The old one serves to its end.
            Err(failure) => match held.as_ref().filter(|token| now < token.ends_at) {
                Some(token) => Ok(token.value.clone()),
                None => Err(failure),
            },
        }
    }

    /// Drops a token that was refused, unless another thread has renewed it meanwhile.
    pub(super) fn forget(&self, refused: &HeaderValue) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|token| token.value == refused) {
            *held = None;
        }
    }

    fn fetch(
        &self,
        connection: &Connection,
        send: impl FnOnce(&Request<'_>) -> Result<Answer, HttpFailure>,
    ) -> Result<Held, HttpFailure> {
        let begin = Instant::now();
        let answer = send(&Request {
            method: Method::Post,
            path: "/oidc/v1/token",
            content_type: Some("application/x-www-form-urlencoded"),
            headers: &[("Authorization", self.authorization.reveal())],
            body: b"grant_type=client_credentials&scope=all-apis",
            gzip: false,
            within: Duration::MAX,
        })?;
        let granted = serde_json::from_slice::<Granted>(&answer.body).ok().filter(|_| answer.status == 200);
        let token = granted.and_then(|granted| {
            let value = headers::secret(&format!("Bearer {}", granted.access_token))?;
            let life = granted.expires_in.map_or(UNSAID_LIFE, Duration::from_secs).min(MAX_LIFE);
            let renew_at = begin + (life - MARGIN.min(life / 5));
            Some(Held { value, renew_at, ends_at: begin + life })
        });
        token.ok_or_else(|| no_token(connection, &answer))
    }
}

fn no_token(connection: &Connection, answer: &Answer) -> HttpFailure {
    let Connection { base, address_from, credentials_from, .. } = connection;
    let status = answer.status;
    // The name of the error is one of a short list; its description may quote what was sent.
    let reason = serde_json::from_slice::<Denied>(&answer.body).ok().map(|denied| denied.error);
    let reason =
        reason.filter(|text| text.len() < 64 && text.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    let reason = reason.map_or_else(String::new, |text| format!(" {text}"));
    let (kind, sentence) = match status {
        400 | 401 | 403 => (
            HttpFailureKind::Credentials,
            format!(
                "{base} gave no token ({status}{reason}); check {credentials_from}, and that the principal may use it."
            ),
        ),
        408 | 429 | 500..=599 => (
            HttpFailureKind::Unreachable,
            format!("{base} gave no token ({status}{reason}); it will be asked again."),
        ),
        _ => (
            HttpFailureKind::Credentials,
            format!(
                "{base} gave no token at /oidc/v1/token ({status}); check that {address_from} is a Databricks workspace."
            ),
        ),
    };
    HttpFailure { kind, sentence }
}
