//! What is written comes back.

use super::fixtures::{self, Folder, trace_with};
use crate::config::Experiment;
use crate::model::keys;
use crate::store::StoreReader;

#[test]
fn a_trace_comes_back_as_it_was() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut trace = trace_with(1);
    let batch = fixtures::write(&path, std::slice::from_ref(&trace)).unwrap();
    assert_eq!((batch.stored_traces, batch.stored_spans, batch.rejected_spans), (1, 5, 0));
    let read = StoreReader::open(&path).unwrap().trace(trace.info.trace_id).unwrap().unwrap();
    let id = trace.info.trace_id;
    trace
        .info
        .tags
        .insert(keys::TAG_ARTIFACT_LOCATION.to_owned(), format!("/artifacts/mlruns/0/traces/{id}/artifacts"));
    trace.info.tags.insert(keys::TAG_SPANS_LOCATION.to_owned(), "TRACKING_STORE".to_owned());
    trace.info.metadata.insert(keys::META_INFO_FINALIZED.to_owned(), "true".to_owned());
    trace.info.experiment_id = Some("0".to_owned());
    assert_eq!(read, trace);
}

#[test]
fn writing_the_same_trace_again_changes_nothing() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let everything = |path| {
        let tables = ["trace_info", "trace_tags", "trace_metrics", "span_metrics", "spans"];
        let mut all =
            tables.map(|table| fixtures::ask(path, &format!("SELECT * FROM {table} ORDER BY 1, 2, 3")));
        // The size of the info is only an estimate after a rewrite; the spans' part is exact.
        all[0] += &fixtures::ask(path, "SELECT key FROM trace_request_metadata ORDER BY 1");
        all
    };
    fixtures::write(&path, &[trace_with(1), trace_with(2)]).unwrap();
    let first = everything(&path);
    fixtures::write(&path, &[trace_with(2), trace_with(1)]).unwrap();
    assert_eq!(everything(&path), first);
}

#[test]
fn the_newest_traces_come_first_with_their_numbers_of_spans() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    fixtures::write(&path, &[trace_with(2), trace_with(3), trace_with(1)]).unwrap();
    let newest = StoreReader::open(&path).unwrap().newest(2).unwrap();
    let ids: Vec<_> = newest.iter().map(|(info, spans)| (info.trace_id, *spans)).collect();
    assert_eq!(ids, [(trace_with(3).info.trace_id, 5), (trace_with(2).info.trace_id, 5)]);
}

#[test]
fn long_texts_are_clipped_to_what_the_columns_hold() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut trace = trace_with(1);
    trace.info.session = Some("ü".repeat(300));
    trace.info.client_request_id = Some("x".repeat(60));
    trace.info.tags.insert("k".repeat(300), "v".repeat(5000));
    trace.info.metadata.insert("m".to_owned(), "v".repeat(300));
    fixtures::write(&path, &[trace]).unwrap();
    let lengths = "SELECT max(length(key)), max(length(value)) FROM trace_tags UNION ALL \
                   SELECT length(key), length(value) FROM trace_request_metadata WHERE key IN ('m', 'mlflow.trace.session') \
                   UNION ALL SELECT 0, length(client_request_id) FROM trace_info";
    let mut lines: Vec<_> = fixtures::ask(&path, lengths).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["0 50", "1 250", "20 250", "250 4096"]);
}

#[test]
fn a_trace_goes_to_the_experiment_that_was_chosen_for_it() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let mut traces = [trace_with(1), trace_with(2), trace_with(3), trace_with(4)];
    traces[1].info.experiment = Some("tenant b".to_owned());
    traces[2].info.experiment = Some("tenant a".to_owned());
    traces[3].info.experiment = Some("tenant b".to_owned());
    let batch = fixtures::write(&path, &traces).unwrap();
    assert_eq!((batch.stored_traces, batch.stored_spans), (4, 20));
    let stored = "SELECT e.name, count(DISTINCT t.request_id), count(*) FROM trace_info t \
                  JOIN experiments e USING (experiment_id) \
                  JOIN spans s ON s.trace_id = t.request_id AND s.experiment_id = t.experiment_id \
                  GROUP BY e.name ORDER BY e.name";
    assert_eq!(fixtures::ask(&path, stored).trim(), "Default 1 5\ntenant a 1 5\ntenant b 2 10");
}

#[test]
fn a_named_experiment_is_created_once_and_found_again() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let experiment = Experiment::Name("support bot".to_owned());
    for number in 0..2 {
        let batch = fixtures::open(&path).unwrap().write([trace_with(number)].iter(), &experiment).unwrap();
        assert_eq!(batch.remarks, Vec::<String>::new());
    }
    assert_eq!(
        fixtures::ask(
            &path,
            "SELECT experiment_id, name, artifact_location, lifecycle_stage, workspace FROM experiments"
        ),
        "0 Default /artifacts/mlruns/0 active default\n1 support bot /artifacts/mlruns/1 active default"
    );
    assert_eq!(fixtures::ask(&path, "SELECT DISTINCT experiment_id FROM spans"), "1");
    assert_eq!(fixtures::ask(&path, "SELECT DISTINCT experiment_id FROM trace_info"), "1");
}

#[test]
fn an_experiment_that_is_not_there_falls_back_to_the_default_with_a_remark() {
    let folder = Folder::new();
    let path = folder.file("mlflow.db");
    let missing = Experiment::Id("17".to_owned());
    let batch = fixtures::open(&path).unwrap().write([trace_with(1)].iter(), &missing).unwrap();
    assert_eq!(batch.remarks, ["has no experiment with the id `17`; traces go to the experiment `Default`"]);
    assert_eq!(fixtures::ask(&path, "SELECT DISTINCT experiment_id FROM trace_info"), "0");
}
