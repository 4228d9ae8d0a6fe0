//! Assessments of stored traces.

use rusqlite::Connection;

use super::fixtures::{self, Folder, trace_with};
use super::mlflow::{AT_3_3, AT_3_10, AT_3_17, copy_of};
use crate::model::{
    AssessmentChange, AssessmentError, AssessmentId, AssessmentSource, AssessmentUpdate, Completeness,
    Expectation, Feedback, Json, Trace, TraceInfo,
};
use crate::store::Batch;

const ID: AssessmentId = AssessmentId::from_u128(1);
const OTHER: AssessmentId = AssessmentId::from_u128(2);

type Said = (AssessmentChange, Option<serde_json::Value>);

fn parcel((mut change, value): Said) -> Trace {
    change.value = value.map(|value| Json::from_valid(value.to_string()));
    change.unix_millis = 1_790_000_000_123;
    let id = trace_with(1).info.trace_id;
    let mut trace = Trace::new(TraceInfo::new(id), Vec::new(), Completeness::Assessment);
    trace.assessment = Some(Box::new(change));
    trace
}

/// A file with the trace.
fn file(folder: &Folder) -> std::path::PathBuf {
    let path = folder.file("mlflow.db");
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    path
}

fn write(path: &std::path::Path, said: Said) -> Batch {
    fixtures::write(path, &[parcel(said)]).unwrap()
}

fn create(id: AssessmentId, feedback: Feedback) -> Said {
    AssessmentChange::create(id, feedback.into())
}

/// The columns of an assessment, as text; nothing when it is not there.
fn row(path: &std::path::Path, id: AssessmentId, columns: &str) -> Option<String> {
    let sql = format!("SELECT json_array({columns}) FROM assessments WHERE assessment_id = ?1");
    Connection::open(path).unwrap().query_row(&sql, [id.to_string()], |row| row.get(0)).ok()
}

#[test]
fn feedback_is_stored_at_every_layout() {
    for revision in [AT_3_3, AT_3_10, AT_3_17] {
        let folder = Folder::new();
        let path = copy_of(revision, &folder);
        fixtures::write(&path, &[trace_with(1)]).unwrap();
        let feedback = Feedback::new("n".repeat(300), "ü")
            .error(AssessmentError::new("E").message("m"))
            .rationale("r")
            .source(AssessmentSource::human("u-17"))
            .metadata("mlflow.assessment.sourceRunId", "run-1");
        let batch = write(&path, create(ID, feedback));
        assert_eq!((batch.stored_traces, batch.rejected_assessments), (0, 0), "at {revision}");
        let columns = "length(name), assessment_type, value, error, created_timestamp, source_type, source_id, run_id, \
                       span_id, rationale, overrides, valid, assessment_metadata";
        let expected = r#"[250,"feedback","\"\\u00fc\"","{\"error_code\": \"E\", \"error_message\": \"m\", \"stack_trace\": null}",1790000000123,"HUMAN","u-17","run-1",null,"r",null,1,"{\"mlflow.assessment.sourceRunId\": \"run-1\"}"]"#;
        assert_eq!(row(&path, ID, columns).as_deref(), Some(expected), "at {revision}");
    }
}

#[test]
fn numbers_for_charts_are_worked_out() {
    let folder = Folder::new();
    let path = copy_of(AT_3_17, &folder);
    fixtures::write(&path, &[trace_with(1)]).unwrap();
    for (number, (value, expected)) in [
        (serde_json::json!(true), "[1.0,0]"),
        (serde_json::json!(3), "[3.0,1]"),
        (serde_json::json!(0.5), "[0.5,1]"),
        (serde_json::json!(" No "), "[0.0,0]"),
        (serde_json::json!("maybe"), "[null,0]"),
        (serde_json::json!([1]), "[null,0]"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = AssessmentId::from_u128(number as u128 + 10);
        write(&path, create(id, Feedback::new("f", value)));
        assert_eq!(row(&path, id, "aggregate_value, is_numeric_value").as_deref(), Some(expected));
        let copied = "(SELECT timestamp_ms FROM trace_info) = trace_timestamp_ms, \
                      (SELECT experiment_id FROM trace_info) = experiment_id";
        assert_eq!(row(&path, id, copied).as_deref(), Some("[1,1]"));
    }
}

#[test]
fn what_is_said_twice_is_stored_once() {
    let folder = Folder::new();
    let path = file(&folder);
    for _ in 0..2 {
        assert_eq!(write(&path, create(ID, Feedback::new("f", 1))).rejected_assessments, 0);
        let over = AssessmentChange::replace(OTHER, ID, Feedback::of(2));
        assert_eq!(write(&path, over).rejected_assessments, 0);
    }
    let count = "(SELECT count(*) FROM assessments), valid";
    assert_eq!(row(&path, ID, count).as_deref(), Some("[2,0]"));
}

#[test]
fn an_override_takes_name_and_span_over_and_its_end_makes_the_old_one_valid() {
    let folder = Folder::new();
    let path = file(&folder);
    let span = trace_with(1).spans[0].span_id;
    write(&path, create(ID, Feedback::new("f", 1).span(span)));
    write(&path, AssessmentChange::replace(OTHER, ID, Feedback::of(2)));
    let expected = format!(r#"["f","{span}","{ID}",1]"#);
    assert_eq!(row(&path, OTHER, "name, span_id, overrides, valid"), Some(expected));
    assert_eq!(row(&path, ID, "valid, value").as_deref(), Some(r#"[0,"1"]"#));
    for _ in 0..2 {
        assert_eq!(write(&path, AssessmentChange::delete(OTHER)).rejected_assessments, 0);
        assert_eq!(row(&path, OTHER, "valid"), None);
        assert_eq!(row(&path, ID, "valid").as_deref(), Some("[1]"));
    }
}

#[test]
fn an_update_changes_what_it_names_and_merges_metadata() {
    let folder = Folder::new();
    let path = file(&folder);
    write(&path, create(ID, Feedback::new("f", 1).rationale("r").metadata("a", "1").metadata("b", "1")));
    let columns = "name, value, rationale, assessment_metadata";
    write(&path, AssessmentChange::update(ID, AssessmentUpdate::new().metadata("b", "2")));
    let expected = r#"["f","1","r","{\"a\": \"1\", \"b\": \"2\"}"]"#;
    assert_eq!(row(&path, ID, columns).as_deref(), Some(expected));
    write(&path, AssessmentChange::update(ID, AssessmentUpdate::new().name("g").feedback(2).rationale("s")));
    assert_eq!(row(&path, ID, "name, value, rationale").as_deref(), Some(r#"["g","2","s"]"#));
}

#[test]
fn what_is_not_here_or_is_of_the_other_kind_is_counted_and_said() {
    let folder = Folder::new();
    let path = file(&folder);
    write(&path, AssessmentChange::create(ID, Expectation::new("e", 1).into()));
    let missing = AssessmentId::from_u128(9);
    for said in [
        AssessmentChange::update(missing, AssessmentUpdate::new().name("g")),
        AssessmentChange::update(ID, AssessmentUpdate::new().feedback(2)),
        AssessmentChange::replace(OTHER, missing, Feedback::of(2)),
        AssessmentChange::replace(OTHER, ID, Feedback::of(2)),
    ] {
        let batch = write(&path, said);
        assert_eq!(batch.rejected_assessments, 1);
        assert!(batch.remarks.iter().any(|remark| remark.contains("no assessment")), "{:?}", batch.remarks);
    }
    assert_eq!(row(&path, ID, "value, valid").as_deref(), Some(r#"["1",1]"#));

    let empty = folder.file("empty.db");
    let batch = fixtures::write(&empty, &[parcel(create(ID, Feedback::of(1))), trace_with(2)]).unwrap();
    assert_eq!((batch.stored_traces, batch.rejected_assessments), (1, 1));
    assert!(batch.remarks.iter().any(|remark| remark.contains("has no trace")), "{:?}", batch.remarks);
}
