//! Answers of servers, and times.

use super::*;
use crate::model::TokenUsage;

#[test]
fn moments_and_durations_are_read_with_every_fraction() {
    for (text, nanos) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-22T13:22:04.754Z", 1_795_353_724_754_000_000),
        ("2024-02-29T23:59:59.000000001Z", 1_709_251_199_000_000_001),
        ("2000-03-01T00:00:00.123456Z", 951_868_800_123_456_000),
    ] {
        assert_eq!(unix_nanos(text), Some(nanos), "{text}");
    }
    for text in [
        "",
        "2026-11-22",
        "2026-13-01T00:00:00Z",
        "2026-11-22T13:22:04",
        "0001-01-01T00:00:00Z",
        "TZ",
        "9-9-9T::Z",
    ] {
        assert_eq!(unix_nanos(text), None, "{text}");
    }
    assert_eq!(nanos("1.500s"), Some(1_500_000_000));
    assert_eq!((nanos("0s"), nanos("0.000001234s")), (Some(0), Some(1_234)));
    assert_eq!((nanos("1.5"), nanos("s"), nanos("99999999999999s")), (None, None, None));
}

#[test]
fn an_info_is_read_with_each_fact_in_its_place() {
    let body = br#"{"traces": [{"trace_id": "tr-208f448811fb5ac22158733642731959", "client_request_id": "cri-1",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "7"}},
        "request_time": "2026-11-22T13:22:04.754Z", "execution_duration": "0.100s", "state": "ERROR", "new": [],
        "trace_metadata": {"mlflow.trace.session": "s", "custom": "m",
            "mlflow.trace.tokenUsage": "{\"input_tokens\": 10, \"output_tokens\": 20, \"total_tokens\": 30}",
            "mlflow.trace.cost": "{\"input_cost\": 1.5e-06, \"output_cost\": 1.2e-05, \"total_cost\": 1.35e-05}"},
        "tags": {"mlflow.traceName": "answer", "mlflow.trace.spansLocation": "TRACKING_STORE", "t": "v"},
        "request_preview": "q"}, {"trace_id": "0af0"}], "next_page_token": "eyJ"}"#;
    let (infos, token) = found_page(body).unwrap();
    assert_eq!((infos.len(), token.as_deref()), (1, Some("eyJ")));
    let info = &infos[0];
    assert_eq!(
        (info.name.as_str(), info.session.as_deref(), info.experiment_id.as_deref()),
        ("answer", Some("s"), Some("7"))
    );
    assert_eq!((info.start_unix_nanos, info.duration_nanos), (1_795_353_724_754_000_000, Some(100_000_000)));
    assert_eq!((info.state, info.token_usage), (TraceState::Error, Some(TokenUsage::new(10, 20))));
    assert_eq!(info.cost.unwrap().total_cost, 1.35e-5);
    assert_eq!(info.metadata, [("custom".to_owned(), "m".to_owned())].into());
    assert_eq!(info.tags.len(), 2);
    assert!(has_spans_in_database(info));
    assert_eq!(found_page(b"{}"), Some((Vec::new(), None)));
    assert_eq!(found_page(b"<html>"), None);
}

#[test]
fn requests_are_written_as_the_server_reads_them() {
    let ids = ["1".to_owned()];
    let search = SearchRequest {
        experiment_ids: &ids,
        filter: "",
        order_by: &[],
        max_results: 9_999,
        page_token: None,
    };
    assert_eq!(
        String::from_utf8(search.to_json()).unwrap(),
        r#"{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"1"}}],"max_results":500}"#
    );
    let orders = ["name ASC".to_owned()];
    let search = SearchRequest { filter: "a = 'b'", order_by: &orders, page_token: Some("t"), ..search };
    let value: serde_json::Value = serde_json::from_slice(&search.to_json()).unwrap();
    assert_eq!(value["filter"], "a = 'b'");
    assert_eq!((&value["order_by"][0], &value["page_token"]), (&"name ASC".into(), &"t".into()));
    let id = TraceId::from_u128(7).unwrap();
    let body = String::from_utf8(delete_body("1", &[id])).unwrap();
    assert_eq!(body, r#"{"experiment_id":"1","request_ids":["tr-00000000000000000000000000000007"]}"#);
    assert_eq!(
        (deleted(br#"{"traces_deleted": 2}"#), deleted(b"{}"), deleted(b"<")),
        (Some(2), Some(0), None)
    );
}
