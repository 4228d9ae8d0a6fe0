//! What an OTLP receiver's answer means, and what people are told of it.

use crate::config::OtlpSignal;
use crate::exporters::{Cause, Failure};
use crate::http::{Answer, HttpFailure, HttpFailureKind};
use crate::wire::otlp::partial_success;

/// What became of one request.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::exporters) enum Verdict {
    /// It is there, but for so many of its spans (or points), for the reason that the receiver gives.
    Taken {
        refused: u64,
        message: String,
    },
    /// The same request may be taken later.
    Later(Failure),
    /// A smaller request may be taken now.
    TooLarge(Failure),
    Refused(Failure),
}

pub(super) fn judge(base: &str, signal: OtlpSignal, result: Result<Answer, HttpFailure>) -> Verdict {
    let answer = match result {
        Ok(answer) => answer,
        Err(failure) => {
            let is_ours = failure.kind == HttpFailureKind::Credentials;
            let cause = if is_ours { Cause::Unauthorized } else { Cause::Unreachable };
            return Verdict::Later(Failure { cause, sentence: failure.sentence });
        }
    };
    let said = Said { base, answer: &answer };
    let endpoint = signal.variable("ENDPOINT");
    match answer.status {
        // A page for people where a receiver should be, such as a login.
        200..=299 if answer.content_type == "text/html" => Verdict::Refused(said.failure(
            Cause::Misaddressed,
            "with a web page, so no OTLP receiver is there; check the address and its path",
        )),
        200..=299 => {
            let (refused, message) =
                partial_success(&answer.content_type, &answer.body).unwrap_or_default();
            Verdict::Taken { refused, message }
        }
        401 | 403 => Verdict::Later(said.failure(
            Cause::Unauthorized,
            &unauthorized(signal),
        )),
        429 | 502 | 503 | 504 => {
            Verdict::Later(said.failure(Cause::Overloaded, "so it is tried again after a while"))
        }
        413 => Verdict::TooLarge(
            said.failure(Cause::Rejected, too_large(signal)),
        ),
        301..=308 => Verdict::Refused(said.failure(
            Cause::Misaddressed,
            "which leads elsewhere, often to a login; check the address and its path",
        )),
        404 | 405 => Verdict::Refused(said.failure(
            Cause::Misaddressed,
            &format!(
                "so there is no OTLP receiver for {} at this path; check OTEL_EXPORTER_OTLP_ENDPOINT (gets {} behind \
                 it) or {endpoint} (used as it is)",
                signal.name(),
                signal.path()
            ),
        )),
        _ => Verdict::Refused(said.failure(Cause::Rejected, dropped(signal))),
    }
}

/// What to do about credentials that are refused.
pub(super) fn unauthorized(signal: OtlpSignal) -> String {
    format!(
        "so the key or token is missing or wrong; check OTEL_EXPORTER_OTLP_HEADERS (or {}), or the headers in code",
        signal.variable("HEADERS")
    )
}

/// What to do about a request that can't be made smaller.
pub(super) fn too_large(signal: OtlpSignal) -> &'static str {
    match signal {
        OtlpSignal::Traces => "so a single span is too large for it; lower max_attribute_bytes",
        OtlpSignal::Metrics => "so the report is too large for it",
    }
}

/// What becomes of what is refused.
pub(super) fn dropped(signal: OtlpSignal) -> &'static str {
    match signal {
        OtlpSignal::Traces => "so these spans are dropped",
        OtlpSignal::Metrics => "so the report did not arrive",
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
    one_line(&String::from_utf8_lossy(answer.body.get(..2048).unwrap_or(&answer.body)))
}

/// The start of a text of the receiver's, on one line.
pub(super) fn one_line(text: &str) -> String {
    let printable = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.take(200).collect::<String>().trim().to_owned()
}
