//! Attachments go behind their trace; whatever becomes of them, the trace stays delivered.

use super::*;
use crate::config::{Credentials, Secret};
use crate::model::Attachment;

const INFO: &str = "POST /api/3.0/mlflow/traces";

fn with_picture(mut trace: Trace) -> Trace {
    trace.attachments = vec![Attachment::new("image/png", *b"picture")];
    trace
}

fn file_of(trace: &Trace) -> String {
    let id = trace.attachments[0].id();
    format!("PUT /api/2.0/mlflow-artifacts/artifacts/0/traces/tr-x/artifacts/attachments/{id}")
}

/// A server that answers to attachments in this way.
fn answering(mut answer: impl FnMut() -> Reply + Send + 'static) -> Scripted {
    let mut otherwise = willing("3.17.2");
    Scripted::start(move |request| match request.method.as_str() {
        "PUT" => answer(),
        _ => otherwise(request),
    })
}

fn remarks(sent: &Sent) -> &str {
    assert_eq!(sent.remarks.len(), 1, "{:?}", sent.remarks);
    &sent.remarks[0]
}

#[test]
fn an_attachment_follows_its_trace_and_is_sent_once() {
    let server = Scripted::start(willing("3.17.2"));
    let mut sender = sender(&server.url());
    let trace = with_picture(trace_with(1));
    assert_eq!(send(&mut sender, &[parcel(trace.clone())]).fates, [DELIVERED]);
    let id = trace.info.trace_id;
    let info = format!("GET /api/3.0/mlflow/traces/{id}");
    assert_eq!(routes(&server), ["GET /version", "POST /v1/traces", INFO, &info, &file_of(&trace)]);
    let file = server.received().pop().unwrap();
    assert_eq!(
        (&file.body[..], file.header("content-type")),
        (&b"picture"[..], Some("application/octet-stream"))
    );
    assert_eq!(send(&mut sender, &[parcel(trace)]).fates, [DELIVERED]);
    assert_eq!(routes(&server)[5..], ["POST /v1/traces", INFO]);
}

#[test]
fn a_trace_before_3_6_has_its_attachments_beside_its_spans() {
    let server = Scripted::start(willing("3.4.0"));
    let trace = with_picture(trace_with(1));
    let sent = send(&mut sender(&server.url()), &[parcel(with_picture(running(1))), parcel(trace.clone())]);
    assert_eq!(sent.fates, [DELIVERED; 2]);
    assert_eq!(routes(&server).last(), Some(&file_of(&trace)));
    assert_eq!(routes(&server).iter().filter(|route| route.contains("/attachments/")).count(), 1);
}

#[test]
fn a_server_that_asks_for_patience_gets_trace_and_attachment_again() {
    let mut answers = [Reply::status(503), Reply::json("{}")].into_iter();
    let server = answering(move || answers.next().unwrap());
    let mut sender = sender(&server.url());
    let parcels = [parcel(with_picture(trace_with(1)))];
    let sent = send(&mut sender, &parcels);
    assert_eq!((&sent.fates[..], sent.remarks.len()), (&[Fate::Later][..], 0));
    assert_eq!(send(&mut sender, &parcels).fates, [DELIVERED]);
}

#[test]
fn an_attachment_that_is_refused_does_not_cost_its_trace() {
    let server = answering(|| error_reply(400, "INVALID_PARAMETER_VALUE", "too large"));
    let sent = send(&mut sender(&server.url()), &[parcel(with_picture(trace_with(1)))]);
    assert_eq!(sent.fates, [DELIVERED]);
    let said = remarks(&sent);
    assert!(
        said.starts_with("attachments are lost, and their traces kept:") && said.contains("too large"),
        "{said}"
    );
}

#[test]
fn a_server_without_a_place_for_files_is_not_asked_for_ever() {
    let body = r#"{"detail": "Artifacts are off. Run `mlflow server` with `--serve-artifacts` to enable."}"#;
    let server = answering(move || Reply::status(503).header("Content-Type", "application/json").body(body));
    let sent = send(&mut sender(&server.url()), &[parcel(with_picture(trace_with(1)))]);
    assert_eq!(sent.fates, [DELIVERED], "{:?}", sent.failure);
    assert!(remarks(&sent).contains("--serve-artifacts"));
}

#[test]
fn an_attachment_over_which_the_server_stumbles_again_and_again_is_given_up_and_said() {
    let server = answering(|| page(500));
    let mut sender = sender(&server.url());
    let parcels = [parcel(with_picture(trace_with(1)))];
    let fates: Vec<Fate> = (0..4).map(|_| send(&mut sender, &parcels).fates[0]).collect();
    assert_eq!(fates, [Fate::Later, Fate::Later, Fate::Later, DELIVERED]);
}

#[test]
fn a_place_that_only_others_can_write_is_said() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        route if route.starts_with("GET /api/3.0/") => Reply::json(
            r#"{"trace": {"trace_info": {"tags": {"mlflow.artifactLocation": "s3://bucket/key?secret"}}}}"#,
        ),
        _ => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &[parcel(with_picture(trace_with(1)))]);
    assert_eq!(sent.fates, [DELIVERED]);
    assert!(remarks(&sent).contains("`s3`") && !remarks(&sent).contains("secret"), "{}", remarks(&sent));
}

#[test]
fn a_folder_of_this_machine_is_written_to_as_pythons_client_does() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().join("artifacts").display().to_string();
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        route if route.starts_with("GET /api/3.0/") => Reply::json(format!(
            r#"{{"trace": {{"trace_info": {{"tags": {{"mlflow.artifactLocation": "{location}"}}}}}}}}"#
        )),
        _ => otherwise(request),
    });
    let trace = with_picture(trace_with(1));
    let id = trace.attachments[0].id();
    assert_eq!(send(&mut sender(&server.url()), &[parcel(trace)]).fates, [DELIVERED]);
    let file = folder.path().join("artifacts/attachments").join(id);
    assert_eq!(std::fs::read(file).unwrap(), b"picture");
}

#[test]
fn a_part_whose_attachment_is_not_taken_leaves_it_to_the_whole() {
    let mut answers = [page(404), Reply::json("{}")].into_iter();
    let server = answering(move || answers.next().unwrap());
    let whole = with_picture(rest(1));
    let part = Trace { attachments: whole.attachments.clone(), ..running(1) };
    let sent = send(&mut sender(&server.url()), &[parcel(part), parcel(whole)]);
    assert_eq!((&sent.fates[..], sent.remarks.len()), (&[DELIVERED; 2][..], 0));
    assert_eq!(routes(&server).iter().filter(|route| route.starts_with("PUT")).count(), 2);
}

#[test]
fn databricks_gives_an_address_for_each_attachment() {
    let storage = Scripted::start(|_| Reply::status(200));
    let address = storage.url();
    let info = trace_reply("");
    let server = Scripted::start(move |request| match request.path.as_str() {
        path if path.contains("/credentials-for-data-upload") => {
            let file = path.split_once("?path=").map_or("traces.json", |(_, file)| file);
            Reply::json(format!(
                r#"{{"credential_info": {{"type": "AWS_PRESIGNED_URL", "signed_uri": "{address}/{file}?sig=s"}}}}"#
            ))
        }
        "/api/3.0/mlflow/traces" => info.clone(),
        path if path.starts_with("/api/2.0/mlflow/experiments/get") => {
            Reply::json(r#"{"experiment": {"experiment_id": "4711", "lifecycle_stage": "active"}}"#)
        }
        path => panic!("{path} was not expected"),
    });
    let mut destination = destination(&server.url());
    destination.is_databricks = true;
    destination.connection.credentials = Credentials::Bearer(Secret::new("dapi-secret"));
    let trace = with_picture(trace_with(1));
    let id = trace.attachments[0].id();
    let parcel = Parcel { trace, experiment: Experiment::Id("4711".to_owned()) };
    let mut otherwise = ServerSender::new(&destination).unwrap();
    let sent = send(&mut otherwise, &[parcel]);
    assert_eq!(sent.fates, [DELIVERED], "{:?}", sent.failure);
    let file = storage.received().pop().unwrap();
    assert_eq!(route(&file), format!("PUT /attachments%2F{id}"));
    assert_eq!((&file.body[..], file.header("authorization")), (&b"picture"[..], None));
}
