//! Tags that are changed after their trace, and prompts.

use super::*;
use crate::model::{TraceInfo, keys};

fn change(number: u64) -> Trace {
    let mut change =
        Trace::new(TraceInfo::new(trace_with(number).info.trace_id), Vec::new(), Completeness::Tags);
    change.info.tags.insert("k".to_owned(), "v".to_owned());
    change.deleted_tags = ["gone".to_owned()].into();
    change
}

fn of_tags(server: &Scripted) -> Vec<(String, String)> {
    let received = server.received();
    let of_tags = received.iter().filter(|request| request.path.ends_with("/tags"));
    of_tags
        .map(|request| (request.method.clone(), String::from_utf8_lossy(&request.body).into_owned()))
        .collect()
}

#[test]
fn tags_are_changed_behind_their_trace() {
    let server = Scripted::start(willing("3.17.2"));
    let sent =
        send(&mut sender(&server.url()), &[parcel(change(2)), parcel(trace_with(1)), parcel(change(1))]);
    assert_eq!(sent.fates, [DELIVERED; 3], "{:?}", sent.failure);
    let expected = [("DELETE", r#"{"key":"gone"}"#), ("PATCH", r#"{"key":"k","value":"v"}"#)];
    let expected = expected.map(|(method, body)| (method.to_owned(), body.to_owned()));
    assert_eq!(of_tags(&server), [&expected[..], &expected[..]].concat());
    let last = routes(&server).pop().unwrap();
    assert_eq!(last, format!("PATCH /api/2.0/mlflow/traces/{}/tags", trace_with(1).info.trace_id));
}

#[test]
fn a_change_waits_for_a_trace_that_is_not_there_yet() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path.as_str() {
        "/v1/traces" => Reply::status(500),
        _ => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &[parcel(trace_with(1)), parcel(change(1))]);
    assert_eq!(sent.fates, [Fate::Later; 2]);
    assert!(of_tags(&server).is_empty());
}

#[test]
fn a_tag_that_is_gone_already_is_deleted() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.method.as_str() {
        "DELETE" => error_reply(404, "RESOURCE_DOES_NOT_EXIST", "No trace tag with key 'gone'"),
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &[parcel(change(1))]).fates, [DELIVERED]);
}

#[test]
fn a_change_of_a_trace_that_the_server_has_not_got_is_refused_and_said() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path.ends_with("/tags") {
        true => error_reply(400, "BAD_REQUEST", "FOREIGN KEY constraint failed"),
        false => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &[parcel(change(1)), parcel(trace_with(2))]);
    assert_eq!(sent.fates, [Fate::Refused, DELIVERED]);
    assert!(sent.failure.unwrap().sentence.contains("FOREIGN KEY"));
}

#[test]
fn prompts_of_the_tag_are_linked_when_the_trace_has_ended() {
    let server = Scripted::start(willing("3.17.2"));
    let mut trace = trace_with(1);
    let prompts = r#"[{"name": "greeting", "version": "2"}]"#;
    trace.info.tags.insert(keys::LINKED_PROMPTS.to_owned(), prompts.to_owned());
    let id = trace.info.trace_id;
    assert_eq!(send(&mut sender(&server.url()), &[parcel(trace)]).fates, [DELIVERED]);
    let last = server.received().pop().unwrap();
    assert_eq!(route(&last), "POST /api/2.0/mlflow/traces/link-prompts");
    let expected =
        format!(r#"{{"trace_id":"{id}","prompt_versions":[{{"name":"greeting","version":"2"}}]}}"#);
    assert_eq!(String::from_utf8_lossy(&last.body), expected);
}
