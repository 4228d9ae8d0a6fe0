//! OTLP by gRPC: the same bodies, over HTTP/2.
//!
//! tonic needs a runtime; this one has a single thread, the one that calls [`Transport::post`], and lives only while that
//! call lasts. The lookup of a host's name is the exception: tokio does it on a helper thread, one at a time. Proxies are
//! not spoken to: tonic has no way through them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use bytes::{Buf as _, BufMut as _};
use tokio::runtime::{Builder, Runtime};
use tonic::Status;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use ureq::http::HeaderMap;
use ureq::http::header::USER_AGENT;
use ureq::http::uri::PathAndQuery;

use super::status::{self, judge};
use super::{Receiver, Transport, Verdict};
use crate::config::{Connection, OtlpSignal};
use crate::error::Error;
use crate::exporters::{Cause, Failure, Sent};
use crate::http::{Trust, headers_of};

/// A connection that has been idle for longer may have ended without our noticing, since nobody listens in between.
const MAX_IDLE: Duration = Duration::from_secs(4);
/// For connecting, TLS included.
const MAX_CONNECT: Duration = Duration::from_secs(10);
/// Bytes of an answer; more than any that we understand has.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Calls one method of one receiver.
pub(super) struct GrpcTransport {
    connection: Connection,
    signal: OtlpSignal,
    endpoint: Endpoint,
    path: PathAndQuery,
    metadata: MetadataMap,
    gzip: bool,
    /// `None` only after the drop has begun.
    runtime: Option<Runtime>,
    /// The open connection, and when it was used last.
    channel: Option<(Channel, Instant)>,
}

impl GrpcTransport {
    /// # Errors
    /// When the connection has what can't be used, or the system refuses what a runtime needs.
    pub(super) fn new(receiver: &Receiver<'_>) -> Result<Self, Error> {
        let connection = receiver.connection;
        let unusable = |what: &str| {
            Error::invalid(format!(
                "{what} of {} ({}) can't be used for gRPC; accepted is http://host:port or https://host:port.",
                connection.address_from, connection.base
            ))
        };
        let mut headers = headers_of(connection)?;
        let endpoint = endpoint(connection, &mut headers).map_err(|_| unusable("the address"))?;
        let endpoint = match connection.base.starts_with("https:") {
            true => endpoint.tls_config(tls(connection)?).map_err(|_| unusable("TLS"))?,
            false => endpoint,
        };
        let path = receiver.path.reveal().parse().map_err(|_| unusable("the path"))?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("mlflow-trace-dns")
            .max_blocking_threads(1)
            .build()
            .map_err(|error| Error::invalid(format!("the system gave nothing to run gRPC on: {error}.")))?;
        Ok(Self {
            connection: connection.clone(),
            signal: receiver.signal,
            endpoint,
            path,
            metadata: MetadataMap::from_headers(headers),
            gzip: receiver.gzip,
            runtime: Some(runtime),
            channel: None,
        })
    }

    /// One call, from connecting to the last byte of the answer.
    fn call(&mut self, body: &[u8], within: Duration) -> Result<Vec<u8>, Status> {
        let Some(runtime) = &self.runtime else { return Err(Status::internal("the sender has ended")) };
        let (endpoint, held, path) = (&self.endpoint, &mut self.channel, self.path.clone());
        let mut request = tonic::Request::new(body.to_vec());
        *request.metadata_mut() = self.metadata.clone();
        request.set_timeout(within);
        let gzip = self.gzip && !body.is_empty();
        runtime.block_on(async {
            let channel = match held.take().filter(|(_, used_at)| used_at.elapsed() < MAX_IDLE) {
                Some((channel, _)) => channel,
                None => endpoint.connect_lazy(),
            };
            let mut client = tonic::client::Grpc::new(channel.clone())
                .accept_compressed(CompressionEncoding::Gzip)
                .max_decoding_message_size(MAX_ANSWER_BYTES);
            if gzip {
                client = client.send_compressed(CompressionEncoding::Gzip);
            }
            let exchange = async {
                client.ready().await.map_err(|error| Status::from_error(error.into()))?;
                client.unary(request, path, AsItIs).await
            };
            let outcome = tokio::time::timeout(within, exchange).await;
            let answer = outcome.unwrap_or_else(|_| Err(Status::cancelled(status::TIMED_OUT)))?;
            *held = Some((channel, Instant::now()));
            Ok(answer.into_inner())
        })
    }
}

impl Transport for GrpcTransport {
    fn post(&mut self, body: &[u8], deadline: Instant, sent: &mut Sent) -> Verdict {
        let within = deadline.saturating_duration_since(Instant::now()).min(self.connection.timeout);
        sent.requests += 1;
        // As they were before tonic compressed them.
        sent.bytes += body.len() as u64;
        // tonic panics at details of a status that are not base64.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.call(body, within)));
        let Ok(result) = outcome else {
            self.channel = None;
            let sentence = format!("{} answers with what is no gRPC.", self.connection.base);
            return Verdict::Later(Failure { cause: Cause::Overloaded, sentence });
        };
        if let Err(status) = &result {
            sent.pause = sent.pause.max(status::asked_pause(status));
        }
        judge(&self.connection, self.signal, within, result)
    }
}

impl Drop for GrpcTransport {
    fn drop(&mut self) {
        // The lookup of a name may hang for long; nobody waits for it.
        if let Some(runtime) = self.runtime.take() {
            self.channel = None;
            runtime.shutdown_background();
        }
    }
}

fn endpoint(connection: &Connection, headers: &mut HeaderMap) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint =
        Endpoint::from_shared(connection.base.clone())?.connect_timeout(connection.timeout.min(MAX_CONNECT));
    match headers.remove(USER_AGENT) {
        Some(agent) => endpoint.user_agent(agent),
        None => Ok(endpoint),
    }
}

fn tls(connection: &Connection) -> Result<ClientTlsConfig, Error> {
    let trust = Trust::of(connection)?;
    let mut tls = ClientTlsConfig::new().timeout(connection.timeout.min(MAX_CONNECT));
    tls = match trust.anchors {
        Some(anchors) => tls.trust_anchors(anchors),
        None => tls.with_webpki_roots(),
    };
    if let Some((certificate, key)) = trust.identity {
        tls = tls.identity(Identity::from_pem(Certificate::from_pem(certificate), key));
    }
    Ok(tls)
}

/// Messages are bytes that others have written and will read.
struct AsItIs;

impl Codec for AsItIs {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for AsItIs {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, body: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(&body);
        Ok(())
    }
}

impl Decoder for AsItIs {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

#[cfg(test)]
#[path = "grpc_tests.rs"]
mod tests;
