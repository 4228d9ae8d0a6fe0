//! What an OTLP receiver's answer means, and what people are told of it.

use crate::exporters::{Cause, Failure};
use crate::http::{Answer, HttpFailure, HttpFailureKind};
use crate::wire::otlp::partial_success;

/// What became of one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken {
        refused_spans: u64,
        message: String,
    },
    /// The same request may be taken later.
    Later(Failure),
    /// A smaller request may be taken now.
    TooLarge(Failure),
    Refused(Failure),
}

pub(super) fn judge(base: &str, result: Result<Answer, HttpFailure>) -> Verdict {
    let answer = match result {
        Ok(answer) => answer,
        Err(failure) => {
            let is_ours = failure.kind == HttpFailureKind::Credentials;
            let cause = if is_ours { Cause::Unauthorized } else { Cause::Unreachable };
            return Verdict::Later(Failure { cause, sentence: failure.sentence });
        }
    };
    let said = Said { base, answer: &answer };
    match answer.status {
        // A page for people where a receiver should be, such as a login.
        200..=299 if answer.content_type == "text/html" => Verdict::Refused(said.failure(
            Cause::Rejected,
            "with a web page, so no OTLP receiver is there; check the address and its path",
        )),
        200..=299 => {
            let (refused_spans, message) =
                partial_success(&answer.content_type, &answer.body).unwrap_or_default();
            Verdict::Taken { refused_spans, message }
        }
        401 | 403 => Verdict::Later(said.failure(
            Cause::Unauthorized,
            "so the key or token is missing or wrong; check OTEL_EXPORTER_OTLP_HEADERS (or \
             OTEL_EXPORTER_OTLP_TRACES_HEADERS), or the headers in code",
        )),
        429 | 502 | 503 | 504 => {
            Verdict::Later(said.failure(Cause::Overloaded, "so it is tried again after a while"))
        }
        413 => Verdict::TooLarge(
            said.failure(Cause::Rejected, "so a single span is too large for it; lower max_attribute_bytes"),
        ),
        301..=308 => Verdict::Refused(said.failure(
            Cause::Rejected,
            "which leads elsewhere, often to a login; check the address and its path",
        )),
        404 | 405 => Verdict::Refused(said.failure(
            Cause::Rejected,
            "so there is no OTLP receiver at this path; check OTEL_EXPORTER_OTLP_ENDPOINT (gets /v1/traces behind it) \
             or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (used as it is)",
        )),
        _ => Verdict::Refused(said.failure(Cause::Rejected, "so these spans are dropped")),
    }
}

struct Said<'a> {
    base: &'a str,
    answer: &'a Answer,
}

impl Said<'_> {
    fn failure(&self, cause: Cause, meaning: &str) -> Failure {
        let Self { base, answer } = self;
        let text = excerpt(answer);
        let text = if text.is_empty() { String::new() } else { format!(" It says: {text}") };
        Failure { cause, sentence: format!("{base} answers {}, {meaning}.{text}", answer.status) }
    }
}

/// The start of what the answer says, on one line; nothing of web pages.
fn excerpt(answer: &Answer) -> String {
    let is_readable = answer.content_type == "text/plain" || answer.content_type == "application/json";
    if !is_readable {
        return String::new();
    }
    let text = String::from_utf8_lossy(answer.body.get(..2048).unwrap_or(&answer.body)).into_owned();
    let printable = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.take(200).collect::<String>().trim().to_owned()
}
