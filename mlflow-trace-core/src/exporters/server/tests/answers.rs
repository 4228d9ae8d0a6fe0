//! What each answer means for the traces: their fates, and the sentence for the user.

use super::*;
use crate::config::{Credentials, Secret};
use crate::exporters::sender::Cause;

/// Sends one trace to a server that answers each request for spans like this.
fn answered(reply: impl Fn() -> Reply + Send + 'static) -> Sent {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path.as_str() {
        "/v1/traces" => reply(),
        _ => otherwise(request),
    });
    send(&mut sender(&server.url()), &parcels(1))
}

#[track_caller]
fn assert_later(sent: &Sent, cause: Cause, words: &str) {
    assert_eq!(sent.fates, [Fate::Later]);
    let failure = sent.failure.as_ref().unwrap();
    assert_eq!(failure.cause, cause);
    assert!(failure.sentence.contains(words), "{}", failure.sentence);
}

#[test]
fn a_server_that_asks_for_patience_gets_the_traces_later() {
    for status in [408, 429, 502, 503, 504, 520] {
        let sent = answered(move || Reply::status(status).header("Retry-After", "7"));
        assert_later(&sent, Cause::Overloaded, &status.to_string());
        let asked = matches!(status, 429 | 503).then_some(Duration::from_secs(7));
        assert_eq!(sent.pause, asked, "{status}");
    }
    assert_later(&answered(|| error_reply(500, "INTERNAL_ERROR", "boom")), Cause::Overloaded, "boom");
}

#[test]
fn nobody_there_is_later() {
    let url = Scripted::start(|_| Reply::close()).url();
    assert_later(&send(&mut sender(&url), &parcels(1)), Cause::Unreachable, "MLFLOW_TRACKING_URI");
    assert_later(&answered(Reply::reset), Cause::Unreachable, "ended the connection");
}

#[test]
fn missing_credentials_are_named() {
    let server = Scripted::start(|_| {
        Reply::status(401).header("Content-Type", "text/html").body("You are not authenticated")
    });
    let sent = send(&mut sender(&server.url()), &parcels(1));
    assert_later(&sent, Cause::Unauthorized, "MLFLOW_TRACKING_USERNAME");
    assert!(sent.failure.unwrap().sentence.contains("MLFLOW_TRACKING_TOKEN"));
    assert_eq!(server.received().len(), 1, "the version asks for them too, and is asked first");
}

#[test]
fn a_missing_permission_is_named_and_no_secret_is_said() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path.as_str() {
        "/v1/traces" => Reply::status(403).header("Content-Type", "text/plain").body("Permission denied"),
        _ => otherwise(request),
    });
    let mut destination = destination(&server.url());
    destination.connection.credentials =
        Credentials::Basic { user: "ann".to_owned(), password: Secret::new("s3cret") };
    let sent = send(&mut ServerSender::new(&destination).unwrap(), &parcels(1));
    assert_later(&sent, Cause::Unauthorized, "the permission EDIT for the experiment");
    assert!(!format!("{sent:?}").contains("s3cret"));
    assert!(server.received().iter().all(|request| request.header("authorization").is_some()));
}

#[test]
fn the_guard_of_host_names_is_explained() {
    let text = "Invalid Host header - possible DNS rebinding attack detected";
    let sent = answered(move || Reply::status(403).header("Content-Type", "text/plain").body(text));
    assert_later(&sent, Cause::Unauthorized, "--allowed-hosts");
}

#[test]
fn a_login_is_told_from_a_server() {
    assert_later(&answered(|| page(200)), Cause::Rejected, "asks for a login");
    let server = Scripted::start(|request| match request.path.as_str() {
        "/login" => page(200),
        _ => Reply::status(302).header("Location", "/login"),
    });
    let mut destination = destination(&server.url());
    assert_later(&send(&mut ServerSender::new(&destination).unwrap(), &parcels(1)), Cause::Rejected, "login");
    destination.connection.follows_redirects = false;
    assert_later(
        &send(&mut ServerSender::new(&destination).unwrap(), &parcels(1)),
        Cause::Rejected,
        "as a login does",
    );
}

#[test]
fn a_server_that_can_do_no_workspaces_is_explained() {
    let sent = answered(|| error_reply(500, "FEATURE_DISABLED", "Workspace APIs are not available"));
    assert_later(&sent, Cause::Rejected, "unset MLFLOW_WORKSPACE");
    let sent = answered(|| error_reply(404, "RESOURCE_DOES_NOT_EXIST", "Workspace 'x' not found"));
    assert_later(&sent, Cause::Rejected, "check MLFLOW_WORKSPACE");
}

#[test]
fn a_server_of_the_second_protocol_is_refused_in_words() {
    let server = Scripted::start(|_| Reply::status(200).header("Content-Type", "text/html").body("2.22.5"));
    let sent = send(&mut sender(&server.url()), &parcels(2));
    assert_eq!(sent.fates, [Fate::Refused; 2]);
    let sentence = sent.failure.unwrap().sentence;
    assert!(sentence.contains("version 2.22.5") && sentence.contains("need 3.2 or newer"), "{sentence}");
}

#[test]
fn a_race_of_writers_is_tried_again_at_once() {
    let mut races = 2;
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| {
        if request.path == "/api/3.0/mlflow/traces" && races > 0 {
            races -= 1;
            return error_reply(400, "BAD_REQUEST", "(psycopg2.errors.UniqueViolation) duplicate key value");
        }
        otherwise(request)
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(1)).fates, [DELIVERED]);
    assert_eq!(server.received().len(), 5, "{:?}", routes(&server));
}

#[test]
fn a_race_that_does_not_end_is_later() {
    let sent = answered(|| error_reply(400, "BAD_REQUEST", "deadlock detected"));
    assert_later(&sent, Cause::Overloaded, "at the same time");
    assert_eq!(sent.requests, 5, "the version, and four times the spans");
}

#[test]
fn nothing_begins_after_the_deadline() {
    let server = Scripted::start(willing("3.17.2"));
    let sent = sender(&server.url()).send(&parcels(3), Instant::now());
    assert_eq!((sent.fates.as_slice(), sent.requests), ([Fate::Later; 3].as_slice(), 0));
    assert!(server.received().is_empty());
}

#[test]
fn one_info_that_is_refused_costs_no_other_trace() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| {
        let is_first = String::from_utf8_lossy(&request.body).contains("\"req-0\"");
        match request.path == "/api/3.0/mlflow/traces" && is_first {
            true => error_reply(400, "INVALID_PARAMETER_VALUE", "Session id is too long"),
            false => otherwise(request),
        }
    });
    let sent = send(&mut sender(&server.url()), &parcels(2));
    assert_eq!(sent.fates, [Fate::Refused, DELIVERED]);
    assert!(sent.failure.unwrap().sentence.contains("Session id is too long"));
}
