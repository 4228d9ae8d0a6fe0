//! What is sent about a trace, field by field.

use serde_json::{Value, json};

use super::*;
use crate::model::{TokenUsage, TraceId};

fn info() -> TraceInfo {
    let mut info = TraceInfo::new(TraceId::from_u128(0xabc).unwrap());
    info.name = "answer".to_owned();
    info.start_unix_nanos = 1_790_000_000_123_999_999;
    info.duration_nanos = Some(1_500_999_999);
    info.client_request_id = Some("req-1".to_owned());
    info.session = Some("s-1".to_owned());
    info.token_usage = Some(TokenUsage::new(10, 20));
    info.cost = Some(Cost::new(0.25, 0.5));
    info.request_preview = Some("q".to_owned());
    info.tags.insert("tier".to_owned(), "gold".to_owned());
    info.metadata.insert("mlflow.user".to_owned(), "root".to_owned());
    info.metadata.insert(
        keys::META_SIZE_STATS.to_owned(),
        r#"{"total_size_bytes": 9, "num_spans": 5, "max": 1, "p25": 1, "p50": 1, "p75": 1}"#.to_owned(),
    );
    info
}

fn sent(change: impl FnOnce(&mut TraceRequest<'_>), info: &TraceInfo) -> Value {
    let none = BTreeMap::new();
    let mut request = TraceRequest {
        info,
        experiment_id: "8",
        run_id: None,
        is_running: false,
        with_cost: false,
        refused_spans: 0,
        more_metadata: &none,
    };
    change(&mut request);
    serde_json::from_slice::<Value>(&request.to_json()).unwrap()["trace"]["trace_info"].take()
}

#[test]
fn every_field_has_the_form_that_the_server_reads() {
    let mut info = info();
    info.metadata.remove(keys::META_SIZE_STATS);
    assert_eq!(
        sent(|_| {}, &info),
        json!({
            "trace_id": "tr-00000000000000000000000000000abc",
            "client_request_id": "req-1",
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "8"}},
            "request_preview": "q",
            "request_time": "2026-09-21T14:13:20.123Z",
            "execution_duration": "1.500s",
            "state": "OK",
            "trace_metadata": {
                "mlflow.trace.session": "s-1",
                "mlflow.trace.tokenUsage": r#"{"input_tokens":10,"output_tokens":20,"total_tokens":30}"#,
                "mlflow.trace_schema.version": "3",
                "mlflow.user": "root",
            },
            "tags": {"mlflow.traceName": "answer", "tier": "gold"},
        })
    );
}

#[test]
fn a_running_trace_says_nothing_that_its_readers_would_wait_for() {
    let sent = sent(|request| request.is_running = true, &info());
    assert_eq!(sent["state"], "IN_PROGRESS");
    assert!(sent.get("execution_duration").is_none());
    assert!(sent["trace_metadata"].get(keys::META_SIZE_STATS).is_none());
}

#[test]
fn run_and_cost_are_metadata_when_they_are_asked_for() {
    let info = info();
    let sent = sent(|request| (request.run_id, request.with_cost) = (Some("r1"), true), &info);
    assert_eq!(sent["trace_metadata"]["mlflow.sourceRun"], "r1");
    assert_eq!(
        sent["trace_metadata"]["mlflow.trace.cost"],
        r#"{"input_cost":0.25,"output_cost":0.5,"total_cost":0.75}"#
    );
}

#[test]
fn refused_spans_are_not_counted() {
    let sent = sent(|request| request.refused_spans = 2, &info());
    let stats: Value =
        serde_json::from_str(sent["trace_metadata"][keys::META_SIZE_STATS].as_str().unwrap()).unwrap();
    assert_eq!(stats["num_spans"], 3);
}

#[test]
fn texts_are_cut_to_what_the_columns_hold_and_have_no_nul() {
    let mut info = info();
    info.tags.insert("k".repeat(300), "ü".repeat(5000));
    info.metadata.insert("m".to_owned(), "a\0b".to_owned());
    info.client_request_id = Some("x".repeat(60));
    info.request_preview = Some("y".repeat(2000));
    info.tags.insert(keys::TAG_SPANS_LOCATION.to_owned(), "nowhere".to_owned());
    let sent = sent(|_| {}, &info);
    assert_eq!(sent["tags"]["k".repeat(250)].as_str().unwrap().chars().count(), 4096);
    assert_eq!(sent["trace_metadata"]["m"], "a\u{fffd}b");
    assert_eq!(sent["client_request_id"].as_str().unwrap().len(), 50);
    assert_eq!(sent["request_preview"].as_str().unwrap().len(), 1000);
    assert!(sent["tags"].get(keys::TAG_SPANS_LOCATION).is_none());
}

#[test]
fn moments_have_their_date() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_399, "2000-02-28T23:59:59.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"),
        (1_709_251_200, "2024-03-01T00:00:00.000Z"),
        (4_102_444_799, "2099-12-31T23:59:59.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(rfc_3339(seconds * 1_000_000_000), text);
    }
}

#[test]
fn the_servers_answer_tells_where_the_spans_are() {
    let body = br#"{"trace": {"trace_info": {"trace_id": "tr-1", "tags": {"mlflow.trace.spansLocation": "TRACKING_STORE"},
        "assessments": [], "trace_metadata": {"a": "b"}}}}"#;
    let answer = trace_answer(body).unwrap();
    assert!(answer.has_spans());
    assert_eq!(answer.metadata["a"], "b");
    assert!(!trace_answer(br#"{"trace": {"trace_info": {}}}"#).unwrap().has_spans());
    assert_eq!(trace_answer(b"{}"), None);
}
