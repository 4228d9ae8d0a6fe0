//! Databricks: the info by REST, the spans as a file at a signed address that gets no credentials of ours.

use super::*;
use crate::config::{Credentials, Secret};

const UPLOAD: &str = "/credentials-for-data-upload";

/// Databricks, whose storage is this address.
fn databricks(storage: String, kind: &'static str) -> Scripted {
    let info = trace_reply("");
    Scripted::start(move |request| match request.path.as_str() {
        path if path.ends_with(UPLOAD) || path.ends_with("/credentials-for-data-download") => {
            Reply::json(format!(
                r#"{{"credential_info": {{"type": "{kind}", "signed_uri": "{storage}/bucket/traces.json?sig=s1gned",
                "headers": [{{"name": "x-amz-server-side-encryption", "value": "AES256"}}]}}}}"#
            ))
        }
        "/api/3.0/mlflow/traces" => info.clone(),
        "/api/2.0/mlflow/experiments/get-by-name?experiment_name=%2FUsers%2Fann%2Ftraces" => {
            Reply::json(r#"{"experiment": {"experiment_id": "4711", "lifecycle_stage": "active"}}"#)
        }
        path => panic!("{path} was not expected"),
    })
}

fn sender_to(server: &Scripted) -> ServerSender {
    let mut destination = destination(&server.url());
    destination.is_databricks = true;
    destination.connection.credentials = Credentials::Bearer(Secret::new("dapi-secret"));
    ServerSender::new(&destination).unwrap()
}

fn named(trace: Trace) -> Parcel {
    Parcel { trace, experiment: Experiment::Name("/Users/ann/traces".to_owned()) }
}

#[test]
fn the_info_goes_by_rest_and_the_spans_to_the_signed_address() {
    let storage = Scripted::start(|_| Reply::status(200));
    let server = databricks(storage.url(), "AWS_PRESIGNED_URL");
    let sent = send(&mut sender_to(&server), &[named(running(1)), named(rest(1))]);
    assert_eq!(sent.fates, [DELIVERED; 2], "{:?}", sent.failure);
    let received = storage.received();
    assert_eq!(route(&received[0]), "PUT /bucket/traces.json");
    assert!(received[0].path.ends_with("?sig=s1gned"));
    assert_eq!(received[0].header("x-amz-server-side-encryption"), Some("AES256"));
    assert_eq!(received[0].header("authorization"), None);
    let file: serde_json::Value = serde_json::from_slice(&received[0].body).unwrap();
    assert_eq!(file["spans"].as_array().unwrap().len(), 5);
    assert!(server.received().iter().all(|request| request.header("authorization").is_some()));
}

#[test]
fn azure_is_spoken_to_in_its_own_way() {
    let storage = Scripted::start(|_| Reply::status(201));
    let server = databricks(storage.url(), "AZURE_SAS_URI");
    assert_eq!(send(&mut sender_to(&server), &[named(trace_with(1))]).fates, [DELIVERED]);
    assert_eq!(storage.received()[0].header("x-ms-blob-type"), Some("BlockBlob"));
    let storage = Scripted::start(|_| Reply::status(202));
    let server = databricks(storage.url(), "AZURE_ADLS_GEN2_SAS_URI");
    assert_eq!(send(&mut sender_to(&server), &[named(trace_with(1))]).fates, [DELIVERED]);
    let paths: Vec<String> =
        storage.received().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(
        paths,
        [
            "PUT /bucket/traces.json?sig=s1gned&resource=file",
            "PATCH /bucket/traces.json?sig=s1gned&action=append&position=0&flush=true"
        ]
    );
}

#[test]
fn late_spans_are_added_to_the_file() {
    let mut stored = Vec::new();
    let storage = Scripted::start(move |request| {
        if request.method == "PUT" {
            stored.clone_from(&request.body);
        }
        Reply::status(200).body(stored.clone())
    });
    let server = databricks(storage.url(), "GCP_SIGNED_URL");
    let sent = send(&mut sender_to(&server), &[named(trace_with(1)), named(late(1))]);
    assert_eq!(sent.fates, [DELIVERED; 2], "{:?}", sent.failure);
    let file: serde_json::Value = serde_json::from_slice(&storage.received().last().unwrap().body).unwrap();
    assert_eq!(file["spans"].as_array().unwrap().len(), 6);
}

#[test]
fn a_storage_that_says_no_is_later_and_the_signature_stays_secret() {
    let storage = Scripted::start(|_| Reply::status(403).body("<Error>s1gned</Error>"));
    let server = databricks(storage.url(), "AWS_PRESIGNED_URL");
    let sent = send(&mut sender_to(&server), &[named(trace_with(1))]);
    assert_eq!(sent.fates, [Fate::Later]);
    assert!(sent.failure.as_ref().unwrap().sentence.contains("answered 403"));
    assert!(!format!("{sent:?}").contains("s1gned"));
}

#[test]
fn without_an_experiment_there_is_no_place_and_a_sentence() {
    let server = Scripted::start(|_| panic!("nothing to ask"));
    let sent = send(&mut sender_to(&server), &parcels(1));
    assert_eq!(sent.fates, [Fate::Refused]);
    assert!(sent.failure.unwrap().sentence.contains("MLFLOW_EXPERIMENT_NAME"));
}
