//! Real servers and a real client: what we read is what Python's client reads, value by value.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Search, Traces};
use crate::config::Experiment;
use crate::exporters::server_tests::{python, sender, start};
use crate::exporters::{Parcel, Sender as _};
use crate::model::{Json, Span, Trace, TraceId};
use crate::store::tests::{Folder, trace_with, write_store};

/// Filters and orders that the local file and every server since 3.6 understand.
const QUERIES: &[(&str, &[&str])] = &[
    ("", &[]),
    ("trace.status = 'ERROR'", &[]),
    ("trace.status IN ('OK', 'IN_PROGRESS') AND tag.tier = 'gold'", &[]),
    ("status != 'OK'", &[]),
    ("tags.tier LIKE 'g%'", &["timestamp_ms ASC"]),
    ("tags.tier LIKE 'G%'", &[]),
    ("tags.tier ILIKE 'G%'", &[]),
    ("tags.tier != 'gold'", &[]),
    ("tags.\"it's\" = 'quoted'", &[]),
    ("metadata.`mlflow.trace.session` = 'session-3'", &[]),
    ("metadata.round = '1'", &[]),
    ("request_metadata.mlflow.trace.user = 'ü'", &["name ASC"]),
    ("trace.name = 'answer'", &["execution_time_ms DESC"]),
    ("name LIKE '%root'", &[]),
    ("trace.timestamp_ms > 1790000003001 AND trace.timestamp_ms <= 1790000006001", &[]),
    ("timestamp_ms >= 1790000003001 AND execution_time_ms < 50", &[]),
    ("execution_time_ms = 50", &["timestamp_ms"]),
    ("client_request_id IN ('req-2', 'py-1', 'none')", &[]),
    ("client_request_id = \"req-5\"", &[]),
    ("request_id = 'tr-00000000000feed00000000000000002'", &[]),
    ("span.name = 'chat' AND span.type = 'CHAT_MODEL'", &[]),
    ("span.type = 'TOOL' AND span.status = 'ERROR'", &["tags.tier DESC"]),
    ("", &["tags.tier ASC", "metadata.round DESC"]),
    ("", &["status DESC", "timestamp_ms ASC"]),
];

/// And those that newer ones do.
const NEWER: &[(&str, &[&str])] = &[
    ("trace.text LIKE '%Grüße 2%'", &[]),
    ("tag.tier IS NULL", &[]),
    ("metadata.round IS NOT NULL AND status NOT IN ('ERROR')", &[]),
    ("end_time_ms < 1790000004000", &[]),
    ("metadata.`mlflow.trace.session` IS NOT NULL", &["metadata.`mlflow.trace.session` ASC"]),
];

const PYTHONS: &str = "py & ü";
const TRACES: u64 = 8;

fn everything() -> Search {
    Search::new().experiment_id("0").experiment(PYTHONS)
}

/// What Python's client reads at this address, after it has written its own traces there.
fn by_python(uri: &str, queries: &[(&str, &[&str])]) -> Value {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client/tests/python/read_all.py");
    let mut command = python("venv", script.to_str().unwrap());
    let output = command.arg(uri).arg(serde_json::to_string(queries).unwrap()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "read_all.py failed:\n{errors}");
    let last = output.stdout.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    serde_json::from_slice(last).unwrap_or_else(|error| panic!("{error}\n{errors}"))
}

fn values(pairs: &[(String, Json)]) -> BTreeMap<&str, Value> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.to_value())).collect()
}

/// The trace as `read_all.py` prints it.
fn plain(trace: &Trace) -> Value {
    let info = &trace.info;
    let span = |span: &Span| {
        let events = span.events.iter();
        let links = span.links.iter();
        json!({
            "parent": span.parent_id.map(|id| id.to_string()),
            "name": span.name,
            "type": span.span_type.as_str(),
            "status": span.status.code.as_str(),
            "message": span.status.message,
            "inputs": span.inputs().map(Json::to_value),
            "outputs": span.outputs().map(Json::to_value),
            "attributes": values(&span.attributes),
            "events": events.map(|event| json!([event.name, event.time_unix_nanos, values(&event.attributes)])).collect::<Vec<_>>(),
            "links": links.map(|link| json!([link.trace_id.to_string(), link.span_id.to_string(), values(&link.attributes)])).collect::<Vec<_>>(),
            "start": span.start_unix_nanos,
            "end": span.end_unix_nanos,
        })
    };
    json!({
        "name": info.name,
        "session": info.session,
        "experiment_id": info.experiment_id,
        "state": info.state.as_str(),
        "tokens": info.token_usage,
        "cost": info.cost,
        "request_time": info.start_unix_nanos / 1_000_000,
        "execution_duration": info.duration_nanos.map(|nanos| nanos / 1_000_000),
        "client_request_id": info.client_request_id,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "tags": info.tags,
        "metadata": info.metadata,
        "spans": trace.spans.iter().map(|one| (one.span_id.to_string(), span(one))).collect::<BTreeMap<_, _>>(),
    })
}

fn ids(traces: &[Trace]) -> Value {
    traces.iter().map(|trace| trace.info.trace_id.to_string()).collect()
}

/// All that a search finds, in pages of three.
fn in_pages(traces: &Traces, search: &Search) -> Vec<Trace> {
    let mut all = Vec::new();
    let mut search = search.clone().include_spans(false).max_results(3);
    loop {
        let page = traces.search(&search).unwrap();
        assert!(page.traces.len() <= 3);
        all.extend(page.traces);
        match page.next_page_token {
            Some(token) => search = search.page_token(token),
            None => return all,
        }
    }
}

fn search_of((filter, orders): (&str, &[&str]), experiments: Search) -> Search {
    let search = if filter.is_empty() { experiments } else { experiments.filter(filter) };
    orders.iter().fold(search, |search, order| search.order_by(*order))
}

/// Reads everything with both clients.
#[track_caller]
fn assert_both_read_the_same(uri: &str, queries: &[(&str, &[&str])]) {
    let theirs = by_python(uri, queries);
    let traces = Traces::at(uri).unwrap();

    let ours = traces.search(&everything().max_results(usize::MAX)).unwrap().traces;
    let expected = theirs["traces"].as_object().unwrap();
    assert_eq!(ours.len(), expected.len());
    assert_eq!(ours.len() as u64, TRACES + 3);
    for trace in &ours {
        let id = trace.info.trace_id;
        let (mut ours, theirs) = (plain(trace), &expected[&id.to_string()]);
        // MLflow rounds now both ends and now what lies between; ours is the root's to the nanosecond.
        let duration = &mut ours["execution_duration"];
        if duration.as_u64().unwrap().abs_diff(theirs["execution_duration"].as_u64().unwrap()) == 1 {
            *duration = theirs["execution_duration"].clone();
        }
        for (key, value) in ours.as_object().unwrap() {
            assert_eq!(value, &theirs[key], "{key} of {id} ({})", trace.info.name);
        }
        assert_eq!(&ours, theirs);
        assert_eq!(traces.get(id).unwrap().as_ref(), Some(trace), "one alone and one of many");
    }
    for (query, theirs) in queries.iter().zip(theirs["found"].as_array().unwrap()) {
        let ours = in_pages(&traces, &search_of(*query, everything()));
        assert_eq!(&ids(&ours), theirs, "{query:?}");
    }
    let sessions = traces.sessions(&everything().include_spans(false)).unwrap();
    let sessions: Vec<Value> =
        sessions.iter().map(|session| json!([session.id, ids(&session.traces)])).collect();
    assert_eq!(json!(sessions), theirs["sessions"]);
    assert_eq!(traces.get(TraceId::from_u128(1).unwrap()).unwrap(), None);
}

/// What we write to a server, which may be slow on a busy machine.
fn send_to(uri: &str, traces: impl Iterator<Item = Trace>) {
    let parcels: Vec<Parcel> =
        traces.map(|trace| Parcel { trace, experiment: Experiment::Default }).collect();
    let mut sender = sender(uri);
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let sent = sender.send(&parcels, deadline);
        if sent.failure.is_none() {
            return;
        }
        assert!(Instant::now() < deadline, "{:?}", sent.failure);
    }
}

#[test]
fn a_server_is_read_as_pythons_client_reads_it_and_traces_are_deleted() {
    let (_server, _folder, uri) = start("venv");
    send_to(&uri, (0..TRACES).map(trace_with));
    let queries = [QUERIES, NEWER].concat();
    assert_both_read_the_same(&uri, &queries);

    let traces = Traces::at(&uri).unwrap();
    let error = traces.search(&Search::new().experiment_id("0").filter("nonsense = 1")).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{error}");
    let error = traces.search(&Search::new().experiment("not there")).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::NotFound, "{error}");

    // Each level of a value is four of OTLP's JSON.
    let mut deep = trace_with(90);
    let value = format!("{}1{}", "{\"a\": ".repeat(20), "}".repeat(20));
    deep.spans[0].attributes.push(("deep".to_owned(), Json::from_valid(value.clone())));
    send_to(&uri, [deep.clone()].into_iter());
    let read = traces.get(deep.info.trace_id).unwrap().unwrap();
    assert_eq!(read.root().unwrap().attribute("deep").unwrap().as_str(), value);

    let [gone, stays] = [1, 2].map(|number| trace_with(number).info.trace_id);
    assert_eq!(traces.delete(&[gone, TraceId::from_u128(1).unwrap()]).unwrap(), 1);
    assert_eq!(traces.get(gone).unwrap(), None);
    assert!(traces.get(stays).unwrap().is_some());
}

#[test]
fn a_server_of_3_6_is_read_as_pythons_client_reads_it() {
    let (_server, _folder, uri) = start("venv-3.6");
    send_to(&uri, (0..TRACES).map(trace_with));
    assert_both_read_the_same(&uri, QUERIES);
}

#[test]
fn a_local_file_is_read_as_pythons_client_reads_it_before_and_after_it_migrates() {
    let folder = Folder::new();
    let file = folder.file("mlflow.db");
    let written: Vec<Trace> = (0..TRACES).map(trace_with).collect();
    write_store(&file, &written).unwrap();
    let uri = format!("sqlite:///{}", file.display());
    let traces = Traces::at(&uri).unwrap();
    let queries = [QUERIES, NEWER].concat();
    let of_ours = Search::new().experiment_id("0");
    let before: Vec<Value> =
        queries.iter().map(|query| ids(&in_pages(&traces, &search_of(*query, of_ours.clone())))).collect();

    assert_both_read_the_same(&uri, &queries);
    for (query, before) in queries.iter().zip(before) {
        assert_eq!(ids(&in_pages(&traces, &search_of(*query, of_ours.clone()))), before, "{query:?}");
    }
}
