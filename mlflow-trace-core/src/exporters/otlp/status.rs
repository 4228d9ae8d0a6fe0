//! What a status of gRPC means (OTLP specification, "OTLP/gRPC Response").

use std::error::Error as _;
use std::io;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::Verdict;
use super::verdict::{dropped, one_line, too_large, unauthorized};
use crate::config::{Connection, OtlpSignal};
use crate::exporters::{Cause, Failure};
use crate::http::HttpFailure;
use crate::wire::otlp::partial_success;

/// What tonic says, and we, when the time is over.
pub(super) const TIMED_OUT: &str = "Timeout expired";

/// How long the receiver asks us to wait (`google.rpc.RetryInfo` among the details).
pub(super) fn asked_pause(status: &Status) -> Option<Duration> {
    retry_info(status).map(Option::unwrap_or_default)
}

/// Whether there is a `RetryInfo`, and what it asks for.
fn retry_info(status: &Status) -> Option<Option<Duration>> {
    status.get_details_retry_info().map(|info| info.retry_delay)
}

pub(super) fn judge(
    connection: &Connection,
    signal: OtlpSignal,
    within: Duration,
    result: Result<Vec<u8>, Status>,
) -> Verdict {
    let status = match result {
        Ok(body) => {
            let (refused, message) = partial_success("application/x-protobuf", &body).unwrap_or_default();
            return Verdict::Taken { refused, message };
        }
        Err(status) => status,
    };
    let base = &connection.base;
    let failure = |cause, meaning: &str| {
        let text = one_line(status.message());
        let text = if text.is_empty() { String::new() } else { format!(" It says: {text}") };
        Failure { cause, sentence: format!("{base} answers {:?}, {meaning}.{text}", status.code()) }
    };
    if status.code() == Code::Cancelled && status.message() == TIMED_OUT {
        let sentence = format!(
            "{base} did not answer within {} s; check that the receiver of {} is healthy, or allow more time.",
            within.as_secs_f32(),
            connection.address_from
        );
        return Verdict::Later(Failure { cause: Cause::Unreachable, sentence });
    }
    if status.source().is_some() {
        return Verdict::Later(Failure {
            cause: Cause::Unreachable,
            sentence: unreached(connection, &status),
        });
    }
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            Verdict::Later(failure(Cause::Unauthorized, &unauthorized(signal)))
        }
        // Receivers do not agree on which of the two it is.
        Code::ResourceExhausted | Code::OutOfRange if is_about_size(status.message()) => {
            Verdict::TooLarge(failure(Cause::Rejected, too_large(signal)))
        }
        Code::ResourceExhausted if retry_info(&status).is_none() => {
            Verdict::Refused(failure(Cause::Rejected, dropped(signal)))
        }
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss
        | Code::ResourceExhausted => {
            Verdict::Later(failure(Cause::Overloaded, "so it is tried again after a while"))
        }
        Code::Unimplemented => Verdict::Refused(failure(
            Cause::Rejected,
            &format!(
                "so there is no OTLP receiver for {} by gRPC; check OTEL_EXPORTER_OTLP_ENDPOINT (or {}), whose port for \
                 gRPC is usually 4317",
                signal.name(),
                signal.variable("ENDPOINT")
            ),
        )),
        _ => Verdict::Refused(failure(Cause::Rejected, dropped(signal))),
    }
}

/// gRPC of Go, C and Python says `message larger than max`, that of Rust `message length too large` or, of what it has
/// decompressed, `size limit … exceeded`.
fn is_about_size(message: &str) -> bool {
    ["larger than max", "too large", "size limit"].iter().any(|words| message.contains(words))
}

/// Why no status came from the other side.
fn unreached(connection: &Connection, status: &Status) -> String {
    let mut cause = status.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return HttpFailure::from_socket(connection, error).sentence;
        }
        cause = error.source();
    }
    format!(
        "what answers at {} does not speak gRPC as expected; check that {} names the port for gRPC (usually 4317), and the \
         right scheme.",
        connection.base, connection.address_from
    )
}
