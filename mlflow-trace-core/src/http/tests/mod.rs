//! The client against a server that answers as each test says.

#[path = "../../../../tests/support/scripted.rs"]
pub(crate) mod scripted;

mod answers;
mod secrets;
mod tokens;
mod trust;
mod ways;

use std::time::Duration;

use super::{Answer, Client, HttpFailure, Method, Request};
use crate::config::Connection;
use scripted::Scripted;

/// A request without a body, to be changed by each test.
const GET: Request<'static> = Request {
    method: Method::Get,
    path: "/version",
    content_type: None,
    headers: &[],
    body: &[],
    gzip: false,
    within: Duration::from_secs(5),
};

/// A request with a body.
const POST: Request<'static> = Request {
    method: Method::Post,
    path: "/v1/traces",
    content_type: Some("application/x-protobuf"),
    body: b"spans",
    ..GET
};

fn to(server: &Scripted) -> Connection {
    Connection::plain(server.url(), "MLFLOW_TRACKING_URI")
}

fn client(server: &Scripted) -> Client {
    Client::new(&to(server)).unwrap()
}

fn ask(server: &Scripted, request: &Request<'_>) -> Result<Answer, HttpFailure> {
    client(server).send(request)
}
