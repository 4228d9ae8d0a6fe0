//! How a request gets to an OTLP receiver.

use std::time::Instant;

use super::Verdict;
#[cfg(feature = "grpc")]
use super::grpc::GrpcTransport;
use super::http::HttpTransport;
use crate::config::{Connection, OtlpProtocol, OtlpSignal, Secret};
use crate::error::Error;
use crate::exporters::Sent;

/// Where requests of one signal go.
pub(in crate::exporters) struct Receiver<'a> {
    pub(in crate::exporters) signal: OtlpSignal,
    pub(in crate::exporters) connection: &'a Connection,
    pub(in crate::exporters) path: &'a Secret,
    pub(in crate::exporters) protocol: OtlpProtocol,
    pub(in crate::exporters) gzip: bool,
}

/// Carries requests to one receiver.
pub(in crate::exporters) trait Transport: Send {
    /// Sends one request's body and says what came of it; the request, its bytes, and the pause that is asked for are
    /// added to `sent`.
    fn post(&mut self, body: &[u8], deadline: Instant, sent: &mut Sent) -> Verdict;
}

/// The transport of the receiver's protocol. Nothing is sent yet.
///
/// # Errors
/// When the connection has what can't be used; the sentence names the setting.
pub(in crate::exporters) fn transport(receiver: &Receiver<'_>) -> Result<Box<dyn Transport>, Error> {
    #[cfg(feature = "grpc")]
    if receiver.protocol == OtlpProtocol::Grpc {
        return Ok(Box::new(GrpcTransport::new(receiver)?));
    }
    Ok(Box::new(HttpTransport::new(receiver)?))
}
