//! Spans that come after their trace.

use serde_json::Value;

use super::fixtures::{self, Folder, model_call, trace_with};
use super::mlflow::{AT_3_3, AT_3_10, AT_3_17, Mlflow, copy_of};
use crate::model::{Completeness, SpanId, Trace, TraceInfo, TraceState, span_json};
use crate::store::{StoreReader, read};

/// The trace's last spans as an addition: only the id counts of the info.
fn split(mut whole: Trace, first: usize) -> (Trace, Trace) {
    let late = Trace::new(
        TraceInfo::new(whole.info.trace_id),
        whole.spans.split_off(first),
        Completeness::LateSpans,
    );
    (whole, late)
}

fn size_stats(path: &std::path::Path, id: &str) -> Value {
    let connection = rusqlite::Connection::open(path).unwrap();
    let text = read::metadata_value(&connection, id, "mlflow.trace.sizeStats").unwrap().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn late_spans_bring_counts_and_totals_up_to_date_at_every_layout() {
    for revision in [AT_3_3, AT_3_10, AT_3_17] {
        let folder = Folder::new();
        let path = copy_of(revision, &folder);
        let (mut first, late) = split(trace_with(1), 4);
        let half = crate::model::total_usage(&first.spans);
        first.info.token_usage = half;
        first.info.cost = crate::model::total_cost(&first.spans);
        fixtures::write(&path, &[first.clone()]).unwrap();
        let batch = fixtures::write(&path, &[late]).unwrap();
        assert_eq!(batch.stored_spans, 1);

        let read = StoreReader::open(&path).unwrap().trace(first.info.trace_id).unwrap().unwrap();
        assert_eq!(read.spans, trace_with(1).spans, "at {revision}");
        assert_eq!(read.info.token_usage, trace_with(1).info.token_usage, "at {revision}");
        assert_eq!(read.info.cost.unwrap().total_cost, 0.75, "at {revision}");
        assert_eq!(read.info.name, "answer");
        let stats = size_stats(&path, &first.info.trace_id.to_string());
        assert_eq!(stats["num_spans"], 5, "at {revision}");

        let seen = &Mlflow::read_back(&path)[first.info.trace_id.to_string()];
        assert_eq!(seen["tokens"]["total_tokens"], 300, "MLflow, from {revision}");
        assert_eq!(seen["cost"]["total_cost"], 0.75, "MLflow, from {revision}");
        assert_eq!(seen["spans"].as_array().unwrap().len(), 5, "MLflow, from {revision}");
    }
}

#[test]
fn the_size_grows_by_the_late_spans_alone() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let id = trace_with(1).info.trace_id.to_string();
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    let before = size_stats(&path, &id)["total_size_bytes"].as_u64().unwrap();
    let mut late = split(trace_with(1), 4).1;
    late.spans[0].span_id = SpanId::from_u64(99).unwrap();
    let added = span_json(&late.spans[0]).len() as u64 + 2;
    fixtures::write(&path, &[late]).unwrap();
    let after = size_stats(&path, &id);
    assert_eq!(after["total_size_bytes"], before + added);
    assert_eq!(after["num_spans"], 6);
    let stored = "SELECT value FROM trace_request_metadata WHERE key = 'mlflow.trace.sizeBytes'";
    assert_eq!(fixtures::ask(&path, stored), (before + added).to_string());
}

#[test]
fn late_spans_of_a_trace_that_is_not_there_begin_it_as_running() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let (whole, mut late) = split(trace_with(1), 3);
    late.info.name = "answer".to_owned();
    fixtures::write(&path, &[late]).unwrap();
    let reader = StoreReader::open(&path).unwrap();
    let read = reader.trace(whole.info.trace_id).unwrap().unwrap();
    assert_eq!((read.info.state, read.spans.len()), (TraceState::InProgress, 2));
    assert_eq!(read.info.start_unix_nanos / 1_000_000, read.spans[0].start_unix_nanos / 1_000_000);

    fixtures::write(&path, &[whole]).unwrap();
    let read = reader.trace(trace_with(1).info.trace_id).unwrap().unwrap();
    assert_eq!((read.info.state, read.spans.len()), (TraceState::Ok, 5));
    assert_eq!(size_stats(&path, &read.info.trace_id.to_string())["num_spans"], 5);
    let seen = &Mlflow::read_back(&path)[read.info.trace_id.to_string()];
    assert_eq!(seen["tokens"]["total_tokens"], 300);
    assert_eq!(seen["spans"].as_array().unwrap().len(), 5);
}

#[test]
fn a_late_root_ends_a_running_trace() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut running = trace_with(1);
    let mut root = running.spans.remove(0);
    root.status.code = crate::model::StatusCode::Error;
    running.info.state = TraceState::InProgress;
    running.info.duration_nanos = None;
    let late = Trace::new(TraceInfo::new(root.trace_id), vec![root], Completeness::LateSpans);
    fixtures::write(&path, &[running]).unwrap();
    fixtures::write(&path, &[late]).unwrap();
    let read = StoreReader::open(&path).unwrap().trace(trace_with(1).info.trace_id).unwrap().unwrap();
    assert_eq!(read.info.state, TraceState::Error);
    assert_eq!(read.info.duration_nanos, Some(50_000_000));
}

#[test]
fn a_span_that_comes_twice_is_replaced_with_its_costs() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut late = split(trace_with(1), 4).1;
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    let costs = "SELECT count(*), sum(value) FROM span_metrics WHERE key = 'total_cost'";
    assert_eq!(fixtures::ask(&path, costs), "2 0.75");
    let [_, _, _, cost] = model_call();
    late.spans[0].attributes.retain(|(key, _)| *key != cost.0);
    fixtures::write(&path, &[late]).unwrap();
    assert_eq!(fixtures::ask(&path, costs), "1 0.375");
    assert_eq!(fixtures::ask(&path, "SELECT count(*) FROM spans"), "5");
}
