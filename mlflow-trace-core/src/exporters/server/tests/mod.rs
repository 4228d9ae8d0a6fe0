//! The sender against a server that answers by script, and against real ones.

mod answers;
mod assessments;
mod attachments;
mod databricks;
mod experiments;
mod files;
pub(crate) mod real;
mod spans;
mod tags;

use std::time::{Duration, Instant};

use super::ServerSender;
use crate::config::{Connection, Experiment, ServerDestination};
use crate::exporters::sender::{Fate, Parcel, Sender, Sent};
use crate::http::tests::scripted::{Received, Reply, Scripted};
use crate::model::{Completeness, SpanId, Trace};
use crate::store::tests::trace_with;

const DELIVERED: Fate = Fate::Delivered { refused_spans: 0 };

fn destination(url: &str) -> ServerDestination {
    ServerDestination {
        connection: Connection::plain(url, "MLFLOW_TRACKING_URI"),
        is_databricks: false,
        experiment: Experiment::Default,
        run_id: None,
        redactor: None,
        resource: vec![("service.name".to_owned(), "tests".to_owned())],
    }
}

pub(crate) fn sender(url: &str) -> ServerSender {
    ServerSender::new(&destination(url)).unwrap()
}

fn parcel(trace: Trace) -> Parcel {
    Parcel { trace, experiment: Experiment::Default }
}

fn parcels(count: u64) -> Vec<Parcel> {
    (0..count).map(|number| parcel(trace_with(number))).collect()
}

fn send(sender: &mut ServerSender, parcels: &[Parcel]) -> Sent {
    sender.send(parcels, Instant::now() + Duration::from_secs(60))
}

/// The trace while its root is open: its children have ended.
fn running(number: u64) -> Trace {
    let mut trace = trace_with(number);
    trace.spans.remove(0);
    trace.completeness = Completeness::Running;
    trace.info.duration_nanos = None;
    trace
}

/// The trace when it has ended, after `running` was handed over.
fn rest(number: u64) -> Trace {
    let mut trace = trace_with(number);
    trace.sent_while_running = trace.spans.iter().skip(1).map(|span| span.span_id).collect();
    trace
}

/// A span that ended after its trace was handed over.
fn late(number: u64) -> Trace {
    let mut trace = trace_with(number);
    trace.spans.truncate(2);
    let mut span = trace.spans.remove(1);
    span.span_id = SpanId::from_u64(99).unwrap();
    span.name = "late".to_owned();
    trace.spans = vec![span];
    trace.completeness = Completeness::LateSpans;
    trace
}

/// A server of this version that takes everything.
fn willing(version: &'static str) -> impl FnMut(&Received) -> Reply {
    move |request| match route(request).as_str() {
        "GET /version" => Reply::text(version),
        "POST /v1/traces" => Reply::status(200).header("Content-Type", "application/x-protobuf"),
        "POST /api/3.0/mlflow/traces" => trace_reply(""),
        route if route.starts_with("GET /api/3.0/mlflow/traces/") => trace_reply(""),
        route if route.starts_with("PUT /api/2.0/mlflow-artifacts/") => Reply::json("{}"),
        route if route.ends_with("/tags") || route.ends_with("/link-prompts") => Reply::json("{}"),
        route => panic!("{route} was not expected"),
    }
}

/// An info as the server sends it back, with tags of its own.
fn trace_reply(more_tags: &str) -> Reply {
    Reply::json(format!(
        r#"{{"trace": {{"trace_info": {{"trace_metadata": {{}}, "tags": {{{more_tags}
            "mlflow.artifactLocation": "mlflow-artifacts:/0/traces/tr-x/artifacts"}}}}}}}}"#
    ))
}

fn error_reply(status: u16, code: &str, message: &str) -> Reply {
    let body = serde_json::json!({"error_code": code, "message": message}).to_string();
    Reply::status(status).header("Content-Type", "application/json").body(body)
}

fn page(status: u16) -> Reply {
    Reply::status(status).header("Content-Type", "text/html").body("<!doctype html><title>Hello</title>")
}

/// Method and path without the query.
fn route(request: &Received) -> String {
    format!("{} {}", request.method, request.path.split('?').next().unwrap_or_default())
}

fn routes(server: &Scripted) -> Vec<String> {
    server.received().iter().map(route).collect()
}
