//! Servers that keep spans as files, and servers that change their ways.

use super::*;
use crate::exporters::server::probe::{Capabilities, SpansPlace};

const FILE: &str = "PUT /api/2.0/mlflow-artifacts/artifacts/0/traces/tr-x/artifacts/traces.json";
const INFO: &str = "POST /api/3.0/mlflow/traces";

fn names(request: &Received) -> Vec<String> {
    let file: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let spans = file["spans"].as_array().unwrap();
    spans.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_server_before_3_6_gets_the_info_and_a_file_with_all_spans() {
    let server = Scripted::start(willing("3.4.0"));
    let sent = send(&mut sender(&server.url()), &[parcel(running(1)), parcel(rest(1))]);
    assert_eq!(sent.fates, [DELIVERED; 2]);
    assert_eq!(routes(&server), ["GET /version", INFO, FILE]);
    let file = &server.received()[2];
    assert_eq!(names(file), ["answer", "retrieve", "chat", "lookup", "chat again"]);
    assert_eq!(file.header("content-encoding"), None);
}

#[test]
fn a_server_that_takes_each_info_once_is_content_with_a_resend() {
    let mut otherwise = willing("3.3.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        INFO => error_reply(
            400,
            "BAD_REQUEST",
            "(sqlite3.IntegrityError) UNIQUE constraint failed: trace_info.request_id",
        ),
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(1)).fates, [DELIVERED]);
    let id = trace_with(0).info.trace_id;
    assert_eq!(routes(&server), ["GET /version", INFO, &format!("GET /api/3.0/mlflow/traces/{id}"), FILE]);
}

#[test]
fn a_file_store_is_found_out_once() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        "POST /v1/traces" => Reply::status(501)
            .header("Content-Type", "application/json")
            .body(r#"{"detail": "REST OTLP span logging is not supported by FileStore"}"#),
        _ => otherwise(request),
    });
    let mut sender = sender(&server.url());
    assert_eq!(send(&mut sender, &parcels(1)).fates, [DELIVERED]);
    assert_eq!(routes(&server), ["GET /version", "POST /v1/traces", "GET /version", INFO, FILE]);
    assert_eq!(send(&mut sender, &parcels(1)).fates, [DELIVERED]);
    assert_eq!(server.received().len(), 7);
}

#[test]
fn a_server_that_was_replaced_by_an_older_one_is_asked_again() {
    let mut otherwise = willing("3.5.1");
    let mut probes = 0;
    let server = Scripted::start(move |request| match route(request).as_str() {
        "GET /version" if probes == 0 => {
            probes += 1;
            Reply::text("3.17.2")
        }
        "POST /v1/traces" => page(404),
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(2)).fates, [DELIVERED; 2]);
    assert_eq!(routes(&server)[2..], ["GET /version", INFO, FILE, INFO, FILE]);
}

#[test]
fn parts_that_were_held_back_go_with_the_whole_to_a_server_that_takes_parts() {
    let server = Scripted::start(willing("3.17.2"));
    let mut sender = sender(&server.url());
    let of = |version| Capabilities { spans: version, ..Capabilities::DATABRICKS };
    sender.capabilities = Some(of(SpansPlace::File));
    assert_eq!(send(&mut sender, &[parcel(running(1))]).fates, [DELIVERED]);
    assert!(server.received().is_empty());
    sender.capabilities = None;
    assert_eq!(send(&mut sender, &[parcel(rest(1))]).fates, [DELIVERED]);
    let body = server.received()[1].plain_body();
    assert!(body.windows(10).any(|window| window == b"chat again"));
}

#[test]
fn late_spans_join_their_file() {
    let mut otherwise = willing("3.4.0");
    let mut stored = Vec::new();
    let server = Scripted::start(move |request| {
        match request.method.as_str() {
            "PUT" => stored.clone_from(&request.body),
            "GET" if request.path.ends_with("/traces.json") => return Reply::text(stored.clone()),
            _ => {}
        }
        otherwise(request)
    });
    let mut sender = sender(&server.url());
    assert_eq!(send(&mut sender, &[parcel(trace_with(1)), parcel(late(1))]).fates, [DELIVERED; 2]);
    assert_eq!(
        names(server.received().last().unwrap()),
        ["answer", "retrieve", "chat", "lookup", "chat again", "late"]
    );
}

#[test]
fn a_place_that_the_server_does_not_serve_is_refused_in_words() {
    let server = Scripted::start(|request| match route(request).as_str() {
        "GET /version" => Reply::text("3.4.0"),
        _ => Reply::json(
            r#"{"trace": {"trace_info": {"tags": {"mlflow.artifactLocation": "s3://bucket/key?secret"}}}}"#,
        ),
    });
    let sent = send(&mut sender(&server.url()), &parcels(1));
    assert_eq!(sent.fates, [Fate::Refused]);
    let sentence = sent.failure.unwrap().sentence;
    assert!(sentence.contains("`s3:`") && sentence.contains("--serve-artifacts"), "{sentence}");
}

#[test]
fn a_server_of_unknown_version_that_forgets_spans_gets_files() {
    let mut otherwise = willing("");
    let server = Scripted::start(move |request| match route(request).as_str() {
        "GET /version" => page(404),
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(1)).fates, [DELIVERED]);
    assert_eq!(routes(&server).last().map(String::as_str), Some(FILE));
}
