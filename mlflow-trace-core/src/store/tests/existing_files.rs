//! Files that MLflow made, at every layout, and what MLflow makes of our rows when it upgrades them.

use serde_json::{Value, json};

use super::fixtures::{self, Folder, trace_with};
use super::mlflow::{AT_3_3, AT_3_9, AT_3_10, AT_3_16, AT_3_17, Mlflow, copy_of};
use crate::store::StoreReader;

/// What must survive in any case: the facts of the trace and of its spans, save the spans' costs and models.
pub(super) fn assert_facts(read: &Value, number: u64) {
    let trace = trace_with(number);
    let found = &read[trace.info.trace_id.to_string()];
    assert_eq!(found["name"], "answer", "trace {number} of {read}");
    assert_eq!(found["session"], format!("session-{}", number % 7));
    assert_eq!(found["state"], "OK");
    assert_eq!(
        found["tokens"],
        json!({"input_tokens": 240, "output_tokens": 60, "total_tokens": 300, "cache_read_input_tokens": 20})
    );
    assert_eq!(found["cost"], json!({"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}));
    assert_eq!(found["experiment"], "0");
    assert_eq!(found["request_time"], trace.info.start_unix_nanos / 1_000_000);
    assert_eq!(found["execution_duration"], 50);
    assert_eq!(found["client_request_id"], format!("req-{number}"));
    assert_eq!(found["request_preview"], format!("Grüße {number}?"));
    assert_eq!(found["tags"]["tier"], "gold");
    assert_eq!(found["metadata"]["mlflow.trace.user"], "u-17");
    let spans = found["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 5);
    for span in &trace.spans {
        let stored = spans.iter().find(|stored| stored["id"] == span.span_id.to_string()).unwrap();
        assert_eq!(stored["name"], *span.name);
        assert_eq!(stored["parent"], json!(span.parent_id.map(|id| id.to_string())));
        assert_eq!(stored["type"], span.span_type.as_str());
        assert_eq!(stored["status"], span.status.code.as_str());
        assert_eq!(stored["message"], span.status.message);
        assert_eq!(stored["inputs"], json!({"question": format!("Grüße {number}?")}));
        assert_eq!(stored["outputs"], json!([1, 2.5, "drei"]));
        assert_eq!(stored["start"], span.start_unix_nanos);
        assert_eq!(stored["end"], span.end_unix_nanos);
        assert_eq!(stored["events"].as_array().unwrap().len(), span.events.len());
    }
    let failed = spans.iter().find(|stored| stored["name"] == "lookup").unwrap();
    assert_eq!(failed["events"][0][0], "exception");
    assert_eq!(failed["events"][0][1]["exception.message"], "no such row");
}

/// The costs and models of the spans, which only files of 3.10 and newer have room for.
pub(super) fn assert_span_analytics(read: &Value, number: u64) {
    let found = &read[trace_with(number).info.trace_id.to_string()];
    for span in found["spans"].as_array().unwrap() {
        let expected = match span["type"] == "CHAT_MODEL" {
            true => json!([0.375, "gpt-4o-mini", "openai"]),
            false => json!([null, null, null]),
        };
        assert_eq!(span["analytics"], expected, "of {}", span["name"]);
    }
}

#[test]
fn traces_written_at_every_layout_are_whole_after_mlflow_has_upgraded_the_file() {
    for revision in [AT_3_3, AT_3_9, AT_3_10, AT_3_16, AT_3_17] {
        let folder = Folder::new();
        let path = copy_of(revision, &folder);
        let batch = fixtures::write(&path, &[trace_with(1), trace_with(2)]).unwrap();
        assert_eq!((batch.stored_spans, batch.rejected_spans), (10, 0), "at {revision}");
        assert_eq!(batch.remarks, Vec::<String>::new(), "at {revision}");

        let ours = StoreReader::open(&path).unwrap().trace(trace_with(1).info.trace_id).unwrap().unwrap();
        assert_eq!(ours.spans, trace_with(1).spans, "read by us at {revision}");
        assert_eq!(ours.info.token_usage, trace_with(1).info.token_usage, "read by us at {revision}");
        assert_eq!((ours.info.name.as_str(), ours.info.session.as_deref()), ("answer", Some("session-1")));

        let read = Mlflow::read_back(&path);
        assert_eq!(fixtures::ask(&path, "SELECT version_num FROM alembic_version"), AT_3_17);
        for number in [1, 2] {
            assert_facts(&read, number);
            if ![AT_3_3, AT_3_9].contains(&revision) {
                assert_span_analytics(&read, number);
            }
        }
        let after = StoreReader::open(&path).unwrap().trace(trace_with(1).info.trace_id).unwrap().unwrap();
        assert_eq!(after.spans, trace_with(1).spans, "read by us after the upgrade from {revision}");
        assert_eq!(after.info.cost, trace_with(1).info.cost);
        assert_eq!(after.info.session.as_deref(), Some("session-1"));
    }
}

#[test]
fn the_journal_mode_of_a_file_that_mlflow_made_stays_as_it_is() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    assert_eq!(fixtures::ask(&path, "PRAGMA journal_mode"), "delete");
    let own = folder.file("own.db");
    fixtures::write(&own, &[trace_with(1)]).unwrap();
    assert_eq!(fixtures::ask(&own, "PRAGMA journal_mode"), "wal");
}

#[test]
fn tables_of_the_newest_layout_keep_what_the_columns_tell_out_of_the_rows() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    let counts = "SELECT (SELECT count(*) FROM trace_metrics), (SELECT count(*) FROM span_metrics), \
                  (SELECT count(*) FROM trace_tags WHERE key = 'mlflow.traceName'), \
                  (SELECT count(*) FROM trace_request_metadata WHERE key IN \
                  ('mlflow.trace.session', 'mlflow.trace.tokenUsage', 'mlflow.trace.cost'))";
    assert_eq!(fixtures::ask(&path, counts), "0 0 0 0");
}
