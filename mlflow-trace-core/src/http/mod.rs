//! HTTP: one client that every network destination uses, with its credentials, TLS and proxies.

mod client;
mod echo;
mod failure;
mod headers;
mod redirect;
mod retry_after;
mod tls;
mod token;
#[cfg(feature = "grpc")]
mod trust;

#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

pub(crate) use client::Client;
pub(crate) use failure::{HttpFailure, HttpFailureKind};
#[cfg(feature = "grpc")]
pub(crate) use headers::of as headers_of;
#[cfg(feature = "grpc")]
pub(crate) use trust::Trust;

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// What follows the base address, beginning with a slash, with its query.
    pub(crate) path: &'a str,
    pub(crate) content_type: Option<&'static str>,
    /// Beside those of the connection.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
    /// Whether the body is sent gzip-compressed.
    pub(crate) gzip: bool,
    /// The whole exchange must end within this time, if that is less than the connection's time-out.
    pub(crate) within: Duration,
}

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Without parameters, in lower case; empty when there is none.
    pub(crate) content_type: String,
    /// `Retry-After`, from seconds or a date.
    pub(crate) retry_after: Option<Duration>,
    /// The body, decompressed; the first MiB of it unless the client was made to read more.
    pub(crate) body: Vec<u8>,
    /// Bytes of the request's body as they went over the wire.
    pub(crate) sent_bytes: u64,
}
