//! Tags of stored traces that are changed later, and prompts that are linked.

use super::fixtures::{self, Folder, trace_with};
use super::mlflow::{AT_3_3, AT_3_10, AT_3_17, copy_of};
use crate::model::{Completeness, Trace, TraceInfo};
use crate::store::StoreReader;

fn change(of: &Trace) -> Trace {
    let mut change = Trace::new(TraceInfo::new(of.info.trace_id), Vec::new(), Completeness::Tags);
    change.info.tags.insert("new".to_owned(), "ü".repeat(5000));
    change.info.tags.insert("mlflow.traceName".to_owned(), "renamed".to_owned());
    change.deleted_tags = ["old".to_owned(), "never there".to_owned()].into();
    change
}

#[test]
fn tags_are_set_and_deleted_at_every_layout() {
    for revision in [AT_3_3, AT_3_10, AT_3_17] {
        let folder = Folder::new();
        let path = copy_of(revision, &folder);
        let mut trace = trace_with(1);
        trace.info.tags.insert("old".to_owned(), "v".to_owned());
        fixtures::write(&path, &[trace.clone()]).unwrap();
        let batch = fixtures::write(&path, &[change(&trace)]).unwrap();
        assert_eq!((batch.stored_traces, batch.rejected_tag_changes), (0, 0), "at {revision}");

        let read = StoreReader::open(&path).unwrap().trace(trace.info.trace_id).unwrap().unwrap();
        assert_eq!(read.info.name, "renamed", "at {revision}");
        assert_eq!(read.info.tags["new"].chars().count(), 4096, "at {revision}");
        assert!(!read.info.tags.contains_key("old"), "at {revision}");
        assert_eq!(read.spans, trace.spans, "at {revision}");
    }
}

#[test]
fn a_change_of_a_trace_that_is_not_here_is_counted_and_said_and_stops_nothing() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let batch = fixtures::write(&path, &[change(&trace_with(1)), trace_with(2)]).unwrap();
    assert_eq!((batch.stored_traces, batch.rejected_tag_changes), (1, 1));
    assert!(batch.remarks.iter().any(|remark| remark.contains("has no trace")), "{:?}", batch.remarks);
}

#[test]
fn prompts_of_the_tag_are_linked_once() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut trace = trace_with(1);
    let prompts = r#"[{"name": "greeting", "version": "2"}]"#;
    trace.info.tags.insert("mlflow.linkedPrompts".to_owned(), prompts.to_owned());
    fixtures::write(&path, &[trace.clone()]).unwrap();
    fixtures::write(&path, &[trace]).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT count(*) FROM entity_associations WHERE destination_id = 'greeting/2'";
    assert_eq!(connection.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(1));
}
