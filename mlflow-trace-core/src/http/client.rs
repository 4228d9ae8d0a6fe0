//! The client: one request, one answer, on whatever thread calls, with connections that are kept alive between.
//!
//! Retries are the caller's business. Whatever status comes is an answer; a failure is that none came.

use std::fmt;
use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use ureq::http::{self, Response};
use ureq::{Agent, Body};

use super::{Answer, HttpFailure, HttpFailureKind, Method, Request, headers, retry_after, tls};
use crate::Error;
use crate::config::Connection;

/// Bytes of an answer that are read; more than any answer that we understand has.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// For connecting, TLS included; a host that drops packets is known as dead long before the whole time is over.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// Uvicorn, under MLflow's server, closes after five idle seconds; a connection that old may end under a request.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// Sends requests to one destination.
pub(crate) struct Client {
    connection: Connection,
    agent: Agent,
    headers: HeaderMap,
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
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_age(MAX_IDLE)
            .max_idle_connections_per_host(2)
            .max_idle_connections(2)
            .proxy(proxy(connection)?)
            .tls_config(tls::of(connection)?)
            .build()
            .new_agent();
        Ok(Self { connection: connection.clone(), agent, headers })
    }

    /// Sends a request and reads the answer, whatever its status.
    ///
    /// It blocks until the answer is complete or the time is over, and needs no runtime.
    ///
    /// # Errors
    /// When there is no complete answer; the sentence names the address, what failed and what to do.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer, HttpFailure> {
        let deadline = Instant::now() + request.within.min(self.connection.timeout);
        let compressed = if request.gzip && !request.body.is_empty() { gzip(request.body) } else { None };
        let body = compressed.as_deref().unwrap_or(request.body);
        let url = format!("{}{}", self.connection.base, request.path);
        let response = self.exchange(&url, request, body, compressed.is_some(), deadline)?;
        self.read(response, body.len() as u64, request.within.min(self.connection.timeout))
    }

    /// The address without credentials, as sentences show it.
    pub(crate) fn base(&self) -> &str {
        &self.connection.base
    }

    fn exchange(
        &self,
        url: &str,
        request: &Request<'_>,
        body: &[u8],
        is_compressed: bool,
        deadline: Instant,
    ) -> Result<Response<Body>, HttpFailure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut headers = self.headers.clone();
        if let Some(kind) = request.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if is_compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        for (name, value) in request.headers {
            let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), headers::secret(value)) else {
                return Err(self.unsendable(&format!("the header `{}`", name.escape_debug())));
            };
            headers.insert(name, value);
        }
        let mut builder = http::Request::builder().method(request.method.name()).uri(url);
        if let Some(slot) = builder.headers_mut() {
            *slot = headers;
        }
        let unsendable = |_| self.unsendable("the path");
        let outcome = if request.method.has_body() || !body.is_empty() {
            self.run(builder.body(body).map_err(unsendable)?, left)
        } else {
            self.run(builder.body(()).map_err(unsendable)?, left)
        };
        outcome.map_err(|error| HttpFailure::from_transport(&self.connection, &error, request.within))
    }

    fn run(
        &self,
        request: http::Request<impl ureq::AsSendBody>,
        left: Duration,
    ) -> Result<Response<Body>, ureq::Error> {
        // Zero would mean "none" to nobody, yet a request that starts late still deserves its own error.
        let left = left.max(Duration::from_millis(1));
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
        sent_bytes: u64,
        within: Duration,
    ) -> Result<Answer, HttpFailure> {
        let (parts, body) = response.into_parts();
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let content_type = text(CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
        let mut bytes = Vec::new();
        body.into_reader().take(MAX_BODY_BYTES).read_to_end(&mut bytes).map_err(|error| {
            HttpFailure::from_transport(&self.connection, &ureq::Error::from(error), within)
        })?;
        Ok(Answer {
            status: parts.status.as_u16(),
            content_type: content_type.trim().to_ascii_lowercase(),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after::wait(value, SystemTime::now())),
            body: bytes,
            sent_bytes,
        })
    }

    fn unsendable(&self, what: &str) -> HttpFailure {
        HttpFailure {
            kind: HttpFailureKind::Protocol,
            sentence: format!(
                "{what} of a request to {} holds characters that HTTP does not allow.",
                self.connection.base
            ),
        }
    }
}

/// Shows where it goes and no secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a body belongs to it even when it is empty.
    pub(super) fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Delete)
    }
}

fn proxy(connection: &Connection) -> Result<Option<ureq::Proxy>, Error> {
    let Some(proxy) = &connection.proxy else { return Ok(None) };
    ureq::Proxy::new(proxy.url.reveal()).map(Some).map_err(|_| {
        Error::invalid(format!(
            "{} is no address of a proxy; accepted is http://host:port or https://host:port, with user:password@ \
             before the host if it asks for them.",
            proxy.setting
        ))
    })
}

/// `None` when the compressed form is no smaller, or can't be made.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
