//! The client: one request, one answer, on whatever thread calls, with connections that are kept alive between.
//!
//! Retries are the caller's business. Whatever status comes is an answer; a failure is that none came.

use std::fmt;
use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Response};
use ureq::{Agent, Body};

use super::token::Tokens;
use super::{
    Answer, HttpFailure, HttpFailureKind, Method, Request, echo, headers, redirect, retry_after, tls,
};
use crate::Error;
use crate::config::{Connection, Credentials};

/// Bytes of an answer that are read unless a client asks for more; more than any usual answer has.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// For connecting, TLS included; a host that drops packets is known as dead long before the whole time is over.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// Uvicorn, under MLflow's server, closes after five idle seconds; a connection that old may end under a request.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// As many as an MLflow server is asked for at the same time.
const MAX_IDLE_CONNECTIONS: usize = 4;

/// No request takes longer, whatever the settings say; keeps the arithmetic of time from overflowing.
const MAX_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

const MAX_REDIRECTS: usize = 5;

/// Sends requests to one destination.
pub(crate) struct Client {
    connection: Connection,
    agent: Agent,
    headers: HeaderMap,
    /// Where the credentials are a token that has to be fetched.
    tokens: Option<Tokens>,
    max_body_bytes: u64,
}

/// One call of `send`, from its first request to its last.
struct Call<'a> {
    request: &'a Request<'a>,
    /// As it goes over the wire.
    body: &'a [u8],
    is_compressed: bool,
    within: Duration,
    deadline: Instant,
}

impl Client {
    /// A client for this connection. Nothing is sent yet; only files of certificates are read.
    ///
    /// # Errors
    /// When the connection has what can't be used: a header, a certificate, a proxy. The sentence names the setting.
    pub(crate) fn new(connection: &Connection) -> Result<Self, Error> {
        let headers = headers::of(connection)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // We follow them ourselves: ureq makes a GET of a POST, or gives up.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_age(MAX_IDLE)
            .max_idle_connections_per_host(MAX_IDLE_CONNECTIONS)
            .max_idle_connections(MAX_IDLE_CONNECTIONS)
            .proxy(proxy(connection)?)
            .tls_config(tls::of(connection)?)
            .build()
            .new_agent();
        let tokens = match &connection.credentials {
            Credentials::DatabricksOauth { client_id, client_secret } => {
                Some(Tokens::new(client_id, client_secret))
            }
            _ => None,
        };
        Ok(Self { connection: connection.clone(), agent, headers, tokens, max_body_bytes: MAX_BODY_BYTES })
    }

    /// Reads answers up to this length, for a destination whose answers are files.
    pub(crate) fn reading_up_to(self, max_body_bytes: u64) -> Self {
        Self { max_body_bytes, ..self }
    }

    /// Sends a request and reads the answer, whatever its status.
    ///
    /// It blocks until the answer is complete or the time is over, and needs no runtime.
    ///
    /// # Errors
    /// When there is no complete answer; the sentence names the address, what failed and what to do.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer, HttpFailure> {
        let within = request.within.min(self.connection.timeout).min(MAX_WITHIN);
        let deadline = Instant::now() + within;
        let compressed = if request.gzip && !request.body.is_empty() { gzip(request.body) } else { None };
        let body = compressed.as_deref().unwrap_or(request.body);
        let call = Call { request, body, is_compressed: compressed.is_some(), within, deadline };
        let Some(tokens) = &self.tokens else { return self.follow(&call, &self.headers) };
        // Once more when the token has been taken back before its time.
        for is_last in [false, true] {
            let token = tokens.current(&self.connection, |request| self.fetch_token(request, deadline))?;
            let mut headers = self.headers.clone();
            headers.entry(AUTHORIZATION).or_insert_with(|| token.clone());
            let answer = self.follow(&call, &headers)?;
            if answer.status != 401 || is_last {
                return Ok(answer);
            }
            tokens.forget(&token);
        }
        Err(self.failure(HttpFailureKind::Credentials, "no token was accepted"))
    }

    /// The address without credentials, as sentences show it.
    pub(crate) fn base(&self) -> &str {
        &self.connection.base
    }

    fn fetch_token(&self, request: &Request<'_>, deadline: Instant) -> Result<Answer, HttpFailure> {
        let within = deadline.saturating_duration_since(Instant::now());
        let call = Call { request, body: request.body, is_compressed: false, within, deadline };
        self.follow(&call, &only_agent(&self.headers))
    }

    /// Sends and goes where the server points to, as far as that is safe.
    fn follow(&self, call: &Call<'_>, headers: &HeaderMap) -> Result<Answer, HttpFailure> {
        let mut url = format!("{}{}", self.connection.base, call.request.path);
        let mut headers = self.complete(call, headers)?;
        for _ in 0..MAX_REDIRECTS {
            let response = self.exchange(&url, call, &headers)?;
            let next = response
                .headers()
                .get(LOCATION)
                .filter(|_| self.connection.follows_redirects)
                .and_then(|location| location.to_str().ok())
                .and_then(|to| redirect::next(call.request.method, response.status().as_u16(), &url, to));
            let Some(next) = next else { return self.read(response, call, &headers) };
            if !next.is_same_host {
                headers = only_agent(&headers);
            }
            url = next.url;
        }
        Err(self.failure(HttpFailureKind::Protocol, "the server sends requests in a circle of redirects"))
    }

    /// The headers of this call.
    fn complete(&self, call: &Call<'_>, headers: &HeaderMap) -> Result<HeaderMap, HttpFailure> {
        let mut headers = headers.clone();
        if let Some(kind) = call.request.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if call.is_compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        for (name, value) in call.request.headers {
            let (Ok(parsed), Some(value)) = (name.parse::<HeaderName>(), headers::secret(value)) else {
                let what = format!("the header `{}` can't be sent by HTTP", name.escape_debug());
                return Err(self.failure(HttpFailureKind::Protocol, &what));
            };
            headers.insert(parsed, value);
        }
        Ok(headers)
    }

    fn exchange(
        &self,
        url: &str,
        call: &Call<'_>,
        headers: &HeaderMap,
    ) -> Result<Response<Body>, HttpFailure> {
        let method = call.request.method;
        let mut builder = http::Request::builder().method(method.name()).uri(url);
        if let Some(slot) = builder.headers_mut() {
            slot.clone_from(headers);
        }
        let unsendable = |_| self.failure(HttpFailureKind::Protocol, "the path can't be sent by HTTP");
        let outcome = if method.has_body() || !call.body.is_empty() {
            self.run(builder.body(call.body).map_err(unsendable)?, call)
        } else {
            self.run(builder.body(()).map_err(unsendable)?, call)
        };
        outcome.map_err(|error| HttpFailure::from_transport(&self.connection, &error, call.within))
    }

    fn run(
        &self,
        request: http::Request<impl ureq::AsSendBody>,
        call: &Call<'_>,
    ) -> Result<Response<Body>, ureq::Error> {
        let left = call.deadline.saturating_duration_since(Instant::now());
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left))
            .timeout_connect(Some(left.min(MAX_CONNECT)))
            .build();
        self.agent.run(request)
    }

    fn read(
        &self,
        response: Response<Body>,
        call: &Call<'_>,
        headers: &HeaderMap,
    ) -> Result<Answer, HttpFailure> {
        let (parts, body) = response.into_parts();
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let content_type = text(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
        let mut bytes = Vec::new();
        body.into_reader().take(self.max_body_bytes).read_to_end(&mut bytes).map_err(|error| {
            HttpFailure::from_transport(&self.connection, &ureq::Error::from(error), call.within)
        })?;
        if !parts.status.is_success() {
            bytes = echo::blank(bytes, &self.connection, headers, call.request.path);
        }
        Ok(Answer {
            status: parts.status.as_u16(),
            content_type: content_type.trim().to_ascii_lowercase(),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after::wait(value, SystemTime::now())),
            body: bytes,
            sent_bytes: call.body.len() as u64,
        })
    }

    fn failure(&self, kind: HttpFailureKind, what: &str) -> HttpFailure {
        let Connection { base, address_from, .. } = &self.connection;
        HttpFailure { kind, sentence: format!("a request to {base} failed: {what}; check {address_from}.") }
    }
}

/// Shows where it goes and no secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a body belongs to it even when it is empty.
    fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Delete)
    }
}

/// Nothing that only the destination may see.
fn only_agent(headers: &HeaderMap) -> HeaderMap {
    headers.get(USER_AGENT).map(|agent| (USER_AGENT, agent.clone())).into_iter().collect()
}

fn proxy(connection: &Connection) -> Result<Option<ureq::Proxy>, Error> {
    let Some(proxy) = &connection.proxy else { return Ok(None) };
    let parsed = ureq::Proxy::new(proxy.url.reveal());
    parsed.map(Some).map_err(|_| {
        Error::invalid(format!(
            "{} is no address of a proxy that can be used; accepted is http://host:port, https:// or socks5://, \
             with user:password@ before the host if it asks for them.",
            proxy.setting
        ))
    })
}

/// `None` when it can't be made.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
