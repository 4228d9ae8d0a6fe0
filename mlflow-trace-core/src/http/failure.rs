//! Why a request got no answer, in one sentence that names the address and says what to do, and never a secret.

use std::io;
use std::time::Duration;

use ureq::Timeout;

use crate::config::Connection;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpFailure {
    pub(crate) kind: HttpFailureKind,
    /// What failed, where, and what to do.
    pub(crate) sentence: String,
}

/// The family of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpFailureKind {
    /// The host's name is not known.
    UnknownHost,
    /// Nobody takes the connection, or the proxy on the way refuses it.
    Unreachable,
    /// TLS could not be agreed on: an unknown authority, another name, no common version.
    Tls,
    /// The time was over.
    Timeout,
    /// The connection ended before the answer did; the request may have been carried out.
    Interrupted,
    /// No credentials could be had, from a token endpoint.
    Credentials,
    /// What came is no HTTP, or the request can't be sent as HTTP.
    Protocol,
}

impl HttpFailure {
    /// The failure that stands behind an error of the transport.
    pub(super) fn from_transport(connection: &Connection, error: &ureq::Error, within: Duration) -> Self {
        use HttpFailureKind as Kind;
        let (base, setting) = (&connection.base, &connection.address_from);
        let (kind, sentence) = match error {
            ureq::Error::HostNotFound => (Kind::UnknownHost, unknown_host(connection)),
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => (
                Kind::Timeout,
                format!(
                    "{base} did not take a connection in time; check {setting}, the network and firewalls."
                ),
            ),
            ureq::Error::Timeout(_) => (
                Kind::Timeout,
                format!(
                    "{base} did not answer within {} s; check that the server of {setting} is healthy, or allow more time.",
                    within.as_secs_f32()
                ),
            ),
            ureq::Error::ConnectProxyFailed(reason) => {
                (Kind::Unreachable, refused_by_proxy(connection, reason))
            }
            ureq::Error::Rustls(error) => (Kind::Tls, tls(connection, error)),
            ureq::Error::Tls(reason) => {
                (Kind::Tls, format!("TLS with {base} failed: {reason}; check {setting}."))
            }
            ureq::Error::Io(error) => io_failure(connection, error),
            ureq::Error::ConnectionFailed => {
                (Kind::Unreachable, format!("{base} could not be reached; check {setting} and the network."))
            }
            ureq::Error::BodyStalled => {
                (Kind::Interrupted, format!("the answer of {base} broke off; it will be asked again."))
            }
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) | ureq::Error::Decompress(..) => {
                (
                    Kind::Protocol,
                    format!(
                        "what answers at {base} does not speak HTTP as expected; check that {setting} names the right port and scheme."
                    ),
                )
            }
            // Whatever else ureq may come to say; its texts may quote the request, so they stay out.
            _ => (Kind::Protocol, format!("the request to {base} could not be sent; check {setting}.")),
        };
        Self { kind, sentence }
    }
}

#[cfg(feature = "grpc")]
impl HttpFailure {
    /// The failure that stands behind an error of a socket of another transport.
    pub(crate) fn from_socket(connection: &Connection, error: &io::Error) -> Self {
        let (kind, sentence) = io_failure(connection, error);
        Self { kind, sentence }
    }
}

fn unknown_host(connection: &Connection) -> String {
    let Connection { base, address_from, proxy, .. } = connection;
    match proxy {
        // Then it is the proxy that we look up.
        Some(proxy) => format!("the host of the proxy in {} is not known; check its name.", proxy.setting),
        None => format!("the host of {base} is not known; check its name in {address_from}, and the DNS."),
    }
}

fn refused_by_proxy(connection: &Connection, reason: &str) -> String {
    let setting = connection.proxy.as_ref().map_or("the environment", |proxy| &proxy.setting);
    // ureq says `proxy server responded 407/407`.
    let status: String =
        reason.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let said = if status.is_empty() { "did not answer".to_owned() } else { format!("answered {status}") };
    let advice = if status == "407" {
        format!("put its user and password into {setting}")
    } else {
        format!("check {setting}, or name the host in NO_PROXY")
    };
    format!("the proxy on the way to {} {said} when asked for a connection; {advice}.", connection.base)
}

fn tls(connection: &Connection, error: &rustls::Error) -> String {
    use rustls::{AlertDescription, CertificateError, Error};
    let Connection { base, address_from, .. } = connection;
    let trusted = match &connection.tls.authorities {
        Some(file) => format!("add the server's authority to the file of {}", file.setting),
        None => "name a file with its authority in MLFLOW_TRACKING_SERVER_CERT_PATH \
                 (OTEL_EXPORTER_OTLP_CERTIFICATE for OTLP)"
            .to_owned(),
    };
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            format!("the certificate of {base} comes from an authority that is not trusted; {trusted}.")
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("the certificate of {base} is for another name; check the host in {address_from}."),
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            format!(
                "the certificate of {base} has expired; renew it on the server, or check this machine's clock."
            )
        }
        Error::InvalidCertificate(reason) => {
            format!("the certificate of {base} can't be accepted ({reason}); {trusted}.")
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => format!(
            "{base} refused our side of TLS, as servers do that want a client certificate of an authority of theirs; \
             name one in MLFLOW_TRACKING_CLIENT_CERT_PATH (OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE for OTLP)."
        ),
        Error::InvalidMessage(_) => {
            format!(
                "what answers at {base} does not speak TLS; if the server has none, write http:// in {address_from}."
            )
        }
        other => format!("TLS with {base} failed ({other}); check {address_from}."),
    }
}

fn io_failure(connection: &Connection, error: &io::Error) -> (HttpFailureKind, String) {
    use HttpFailureKind as Kind;
    use io::ErrorKind;
    if let Some(inside) = rustls_inside(error) {
        return (Kind::Tls, tls(connection, inside));
    }
    let Connection { base, address_from, proxy, .. } = connection;
    let place = match proxy {
        Some(proxy) => format!("the proxy of {}, on the way to {base},", proxy.setting),
        None => base.clone(),
    };
    // std has no kind for this; the words are its own, in front of the system's.
    if error.to_string().starts_with("failed to lookup address") {
        return (Kind::UnknownHost, unknown_host(connection));
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => (
            Kind::Unreachable,
            format!(
                "{place} refused the connection; check that the server runs and that {address_from} names its port."
            ),
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => (
            Kind::Unreachable,
            format!("there is no way to {place} in the network; check {address_from} and the network."),
        ),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => (
            Kind::Timeout,
            format!("{place} did not answer in time; check that the server of {address_from} is healthy."),
        ),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof
        | ErrorKind::NotConnected => (
            Kind::Interrupted,
            format!(
                "{place} ended the connection before its answer was complete; the server may have restarted."
            ),
        ),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => (
            Kind::Protocol,
            format!(
                "what answers at {place} sent what can't be read; check that {address_from} names the right server."
            ),
        ),
        _ => (
            Kind::Unreachable,
            format!("{place} could not be reached ({}); check {address_from}.", error.kind()),
        ),
    }
}

/// rustls reports through `io::Error`, sometimes two levels deep.
fn rustls_inside(error: &io::Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        if let Some(found) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            cause = Some(found);
            continue;
        }
        cause = error.source();
    }
    None
}
