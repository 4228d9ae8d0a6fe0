//! What the scripted server was asked, and what it does about it.

use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Among all requests, from 0.
    pub(crate) number: usize,
    /// Among all connections, from 0: equal numbers came over one connection.
    pub(crate) connection: usize,
    pub(crate) method: String,
    /// With its query, as in the request's first line.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The value of the first header of this name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body, decompressed if it says that it is gzip.
    pub(crate) fn plain_body(&self) -> Vec<u8> {
        if self.header("content-encoding") != Some("gzip") {
            return self.body.clone();
        }
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).expect("the body is gzip");
        plain
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) delay: Duration,
    pub(super) drip: Option<(usize, Duration)>,
    pub(super) act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Answer,
    /// Answers and closes.
    AnswerAndClose,
    /// Answers so many bytes of the body and resets the connection.
    BreakOff(usize),
    Never,
    Close,
    Reset,
    Tunnel(SocketAddr),
}

impl Reply {
    /// An answer with this status and an empty body.
    pub(crate) fn status(status: u16) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { status, headers, body, delay: Duration::ZERO, drip: None, act: Act::Answer }
    }

    /// 200 with this text.
    pub(crate) fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200).header("Content-Type", "text/plain; charset=utf-8").body(body)
    }

    /// 200 with this JSON.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200).header("Content-Type", "application/json").body(body)
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Waits so long before the first byte.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the body in pieces of so many bytes, with this pause before each.
    pub(crate) fn drip(mut self, bytes: usize, pause: Duration) -> Self {
        self.drip = Some((bytes.max(1), pause));
        self
    }

    /// Promises the whole body, sends so many bytes of it, and resets the connection.
    pub(crate) fn broken_off_after(mut self, bytes: usize) -> Self {
        self.act = Act::BreakOff(bytes);
        self
    }

    /// Answers with `Connection: close` and closes.
    pub(crate) fn and_close(mut self) -> Self {
        self.act = Act::AnswerAndClose;
        self
    }

    /// Keeps the connection and never answers.
    pub(crate) fn never() -> Self {
        Self { act: Act::Never, ..Self::status(0) }
    }

    /// Closes the connection without an answer.
    pub(crate) fn close() -> Self {
        Self { act: Act::Close, ..Self::status(0) }
    }

    /// Resets the connection without an answer.
    pub(crate) fn reset() -> Self {
        Self { act: Act::Reset, ..Self::status(0) }
    }

    /// For `CONNECT`: answers 200 and becomes a tunnel to this address.
    pub(crate) fn tunnel_to(address: SocketAddr) -> Self {
        Self { act: Act::Tunnel(address), ..Self::status(200) }
    }
}
