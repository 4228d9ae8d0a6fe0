//! Spans as `traces.json`, for servers that keep them among the trace's artifacts.

use super::info;
use super::round::{Ask, Problem, Round, unanswered};
use crate::config::Connection;
use crate::http::{Answer, Client, Method, Request};
use crate::model::{Span, TraceId, keys};
use crate::wire::rest::{self, Refusal, TraceAnswer, Upload, UploadKind};

/// The largest file that late spans are added to, in bytes.
pub(super) const MAX_FILE: u64 = 256 << 20;

/// Writes the file of a trace whose info was sent.
pub(super) fn write<'a>(
    round: &mut Round,
    stored: &TraceAnswer,
    spans: impl Iterator<Item = &'a Span>,
) -> Result<(), Problem> {
    let path = path(round, stored)?;
    put(round, &path, &rest::traces_json(spans))
}

/// Adds spans to the file of a trace that was sent before.
pub(super) fn add(round: &mut Round, trace_id: TraceId, spans: &[Span]) -> Result<(), Problem> {
    let stored = info::read(round, trace_id)?;
    let path = path(round, &stored)?;
    let file = match round.ask(&Ask::get(&path)) {
        Ok(answer) => merged(round, &answer.body, spans)?,
        Err(problem) if problem.status() == Some(404) => rest::traces_json(spans.iter()),
        Err(problem) => return Err(problem),
    };
    put(round, &path, &file)
}

/// Writes the file of a trace to the address that Databricks gives for it.
pub(super) fn write_signed<'a>(
    round: &mut Round,
    trace_id: TraceId,
    spans: impl Iterator<Item = &'a Span>,
) -> Result<(), Problem> {
    put_signed(round, trace_id, &rest::traces_json(spans))
}

/// Adds spans to such a file.
pub(super) fn add_signed(round: &mut Round, trace_id: TraceId, spans: &[Span]) -> Result<(), Problem> {
    let download = signed(round, &rest::download_path(&trace_id.to_string()))?;
    let file = match signed_request(round, &download, Method::Get, "", &[], &[]) {
        Ok(answer) => merged(round, &answer.body, spans)?,
        Err(problem) if problem.status() == Some(404) => rest::traces_json(spans.iter()),
        Err(problem) => return Err(problem),
    };
    put_signed(round, trace_id, &file)
}

/// Writes a file that belongs to a trace, to the address that Databricks gives for it.
pub(super) fn put_signed_attachment(
    round: &mut Round,
    trace_id: TraceId,
    id: &str,
    content: &[u8],
) -> Result<(), Problem> {
    put_signed_at(round, &rest::attachment_upload_path(&trace_id.to_string(), id), content)
}

fn path(round: &Round, stored: &TraceAnswer) -> Result<String, Problem> {
    let location = stored.tags.get(keys::TAG_ARTIFACT_LOCATION).map(String::as_str).unwrap_or_default();
    rest::artifact_path(location).ok_or_else(|| {
        let base = &round.server.connection.base;
        let scheme = location.split(':').next().unwrap_or_default();
        Problem::refused(format!(
            "the MLflow server at {base} keeps spans as files at `{scheme}:`, which only those can write who have its \
             credentials; start it with --serve-artifacts, or use MLflow 3.6 or newer with a database."
        ))
    })
}

fn put(round: &mut Round, path: &str, file: &[u8]) -> Result<(), Problem> {
    let ask = Ask { method: Method::Put, content_type: Some("text/plain"), body: file, ..Ask::get(path) };
    round.ask(&ask).map(drop)
}

fn merged(round: &Round, stored: &[u8], spans: &[Span]) -> Result<Vec<u8>, Problem> {
    rest::merge_spans(stored, spans).ok_or_else(|| {
        let base = &round.server.connection.base;
        Problem::refused(format!(
            "a trace's file of spans at {base} can't be read, so late spans can't be added to it."
        ))
    })
}

/// Asks Databricks for an address.
fn signed(round: &mut Round, path: &str) -> Result<Upload, Problem> {
    let answer = round.ask(&Ask::get(path))?;
    rest::upload(&answer.body).ok_or_else(|| {
        Problem::refused(
            "Databricks gave an address for spans of a kind that this version of mlflow-trace does not know; upgrade it."
                .to_owned(),
        )
    })
}

fn put_signed(round: &mut Round, trace_id: TraceId, file: &[u8]) -> Result<(), Problem> {
    put_signed_at(round, &rest::upload_path(&trace_id.to_string()), file)
}

fn put_signed_at(round: &mut Round, asked_at: &str, file: &[u8]) -> Result<(), Problem> {
    let upload = signed(round, asked_at)?;
    match upload.kind {
        UploadKind::Put => signed_request(round, &upload, Method::Put, "", &[], file)?,
        UploadKind::AzureBlob => {
            signed_request(round, &upload, Method::Put, "", &[("x-ms-blob-type", "BlockBlob")], file)?
        }
        UploadKind::AzureDataLake => {
            signed_request(round, &upload, Method::Put, "resource=file", &[], &[])?;
            signed_request(round, &upload, Method::Patch, "action=append&position=0&flush=true", &[], file)?
        }
    };
    Ok(())
}

/// A request to the cloud's storage, with what Databricks said to send and nothing of ours: no credentials above all.
fn signed_request(
    round: &mut Round,
    to: &Upload,
    method: Method,
    query: &str,
    more: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Problem> {
    let ours = &round.server.connection;
    let storage = Connection {
        proxy: ours.proxy.clone(),
        timeout: ours.timeout,
        ..Connection::plain(&to.origin, "the address that Databricks gave for spans")
    };
    let client = Client::new(&storage).map_err(|error| Problem::refused(error.to_string()))?;
    let client = client.reading_up_to(MAX_FILE);
    let path = match (query, to.path.contains('?')) {
        ("", _) => to.path.clone(),
        (query, true) => format!("{}&{query}", to.path),
        (query, false) => format!("{}?{query}", to.path),
    };
    let mut headers: Vec<(&str, &str)> =
        to.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.extend(more);
    let request = Request {
        method,
        path: &path,
        content_type: None,
        headers: &headers,
        body,
        gzip: false,
        within: storage.timeout,
    };
    round.sent.requests += 1;
    let answer = client.send(&request).map_err(|failure| unanswered(&failure))?;
    round.sent.bytes += answer.sent_bytes;
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    // What the storage says may quote the signed address.
    let refusal = Refusal::read(answer.status, "text/html", b"");
    let host = to.origin.split("://").last().unwrap_or_default();
    let sentence = format!("the storage {host} that Databricks named for spans answered {}.", answer.status);
    // An address is good for minutes: a "no" of today is none of tomorrow.
    let failure =
        crate::exporters::sender::Failure { cause: crate::exporters::sender::Cause::Overloaded, sentence };
    Err(Problem {
        fate: crate::exporters::sender::Fate::Later,
        failure,
        refusal: Some(Box::new(refusal)),
        stops: false,
    })
}
