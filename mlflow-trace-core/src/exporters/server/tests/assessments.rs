//! Assessments of traces that the server has.

use super::*;
use crate::model::{
    AssessmentChange, AssessmentId, AssessmentUpdate, Expectation, Feedback, Json, TraceInfo,
};

const ID: AssessmentId = AssessmentId::from_u128(1);
const OLD: AssessmentId = AssessmentId::from_u128(2);

fn said((mut change, value): (AssessmentChange, Option<serde_json::Value>)) -> Parcel {
    change.value = value.map(|value| Json::from_valid(value.to_string()));
    let id = trace_with(1).info.trace_id;
    let mut trace = Trace::new(TraceInfo::new(id), Vec::new(), Completeness::Assessment);
    trace.assessment = Some(Box::new(change));
    parcel(trace)
}

fn feedback() -> Parcel {
    said(AssessmentChange::create(ID, Feedback::new("f", 1).into()))
}

/// A server that answers about assessments like this, by method.
fn server(mut answer: impl FnMut(&str) -> Reply + Send + 'static) -> Scripted {
    let mut otherwise = willing("3.17.2");
    Scripted::start(move |request| match request.path.contains("/assessments") {
        true => answer(&request.method),
        false => otherwise(request),
    })
}

fn taken(method: &str) -> Reply {
    match method {
        "GET" => Reply::json(
            r#"{"assessment": {"assessment_name": "old", "span_id": "00000000000000ab", "feedback": {"value": 1}}}"#,
        ),
        "DELETE" => Reply::json("{}"),
        _ => Reply::json(format!(r#"{{"assessment": {{"assessment_id": "{ID}"}}}}"#)),
    }
}

/// Methods and paths, behind that of the trace's assessments.
fn about_assessments(server: &Scripted) -> Vec<String> {
    let all = routes(server);
    all.iter()
        .filter_map(|route| {
            let (method, path) = route.split_once(' ')?;
            Some(format!("{method} {}", path.split_once("/assessments")?.1))
        })
        .collect()
}

#[test]
fn assessments_are_sent_behind_their_trace_in_their_order() {
    let server = server(taken);
    let update = said(AssessmentChange::update(ID, AssessmentUpdate::new().feedback(2)));
    let parcels = [parcel(trace_with(1)), feedback(), update, said(AssessmentChange::delete(ID))];
    let sent = send(&mut sender(&server.url()), &parcels);
    assert_eq!(sent.fates, [DELIVERED; 4], "{:?}", sent.failure);
    assert!(sent.remarks.is_empty(), "{:?}", sent.remarks);
    let expected = ["POST ".to_owned(), format!("PATCH /{ID}"), format!("DELETE /{ID}")];
    assert_eq!(about_assessments(&server), expected);
}

#[test]
fn an_assessment_waits_for_a_trace_that_is_not_there_yet() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path.as_str() {
        "/v1/traces" => Reply::status(500),
        _ => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &[parcel(trace_with(1)), feedback()]);
    assert_eq!(sent.fates, [Fate::Later; 2]);
    assert!(about_assessments(&server).is_empty());
}

#[test]
fn one_that_is_there_already_is_not_sent_again() {
    let server = server(|method| match method {
        "POST" => {
            error_reply(500, "INTERNAL_ERROR", "Failed to create assessment due to a constraint violation.")
        }
        _ => taken(method),
    });
    let sent = send(&mut sender(&server.url()), &[feedback()]);
    assert_eq!((sent.fates, sent.failure), (vec![DELIVERED], None));
    assert_eq!(about_assessments(&server), ["POST ".to_owned(), format!("GET /{ID}")]);
}

#[test]
fn a_constraint_that_is_about_something_else_is_no_success() {
    let server = server(|method| match method {
        "POST" => {
            error_reply(500, "INTERNAL_ERROR", "Failed to create assessment due to a constraint violation.")
        }
        _ => error_reply(404, "RESOURCE_DOES_NOT_EXIST", "not found"),
    });
    assert_eq!(send(&mut sender(&server.url()), &[feedback()]).fates, [Fate::Later]);
}

#[test]
fn an_override_asks_for_the_old_one_first() {
    let server = server(taken);
    let parcels = [said(AssessmentChange::replace(ID, OLD, Feedback::of(2)))];
    assert_eq!(send(&mut sender(&server.url()), &parcels).fates, [DELIVERED]);
    assert_eq!(about_assessments(&server), [format!("GET /{OLD}"), "POST ".to_owned()]);
    let body: serde_json::Value = serde_json::from_slice(&server.received().last().unwrap().body).unwrap();
    let assessment = &body["assessment"];
    assert_eq!(assessment["assessment_name"], "old");
    assert_eq!(assessment["span_id"], "00000000000000ab");
    assert_eq!(assessment["overrides"], OLD.to_string());
}

#[test]
fn what_the_server_has_not_got_is_refused_and_said() {
    let server = server(|method| match method {
        "GET" => Reply::json(r#"{"assessment": {"expectation": {"value": 1}}}"#),
        _ => error_reply(404, "RESOURCE_DOES_NOT_EXIST", "Trace with ID 'tr-x' not found"),
    });
    let update = AssessmentChange::update(ID, AssessmentUpdate::new().name("g"));
    let expectation = AssessmentChange::create(ID, Expectation::new("e", 1).into());
    let parcels = [
        said(expectation),
        said(update),
        said(AssessmentChange::replace(ID, OLD, Feedback::of(2))),
        // It is not there, as was asked.
        said(AssessmentChange::delete(ID)),
    ];
    let sent = send(&mut sender(&server.url()), &parcels);
    assert_eq!(sent.fates, [Fate::Refused, Fate::Refused, Fate::Refused, DELIVERED]);
    assert!(sent.failure.unwrap().sentence.contains("not found"));
}

#[test]
fn a_server_that_gives_ids_of_its_own_is_said() {
    let server = server(|_| Reply::json(r#"{"assessment": {"assessment_id": "a-of-its-own"}}"#));
    let sent = send(&mut sender(&server.url()), &[feedback()]);
    assert_eq!(sent.fates, [DELIVERED]);
    assert!(sent.remarks.iter().any(|remark| remark.contains("ids of its own")), "{:?}", sent.remarks);
}
