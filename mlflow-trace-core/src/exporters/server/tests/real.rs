//! Real MLflow servers, read back with their own Python client.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::*;
use crate::model::{Json, keys};
use crate::store::tests::Folder;

/// One server for all tests; it ends with this process, which holds the other end of its standard input.
fn server() -> &'static str {
    static SERVER: OnceLock<(Child, Folder, String)> = OnceLock::new();
    &SERVER.get_or_init(|| start("venv")).2
}

/// A script of ours, or one of another place by its whole path.
pub(crate) fn python(venv: &str, script: &str) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../target").join(venv).join("bin/python");
    assert!(python.exists(), "run `bash tests/run` once: it makes target/{venv}");
    let mut command = Command::new(python);
    command.arg(root.join("src/exporters/server/tests/python").join(script));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MLFLOW_")) {
        command.env_remove(name);
    }
    command.env("MLFLOW_DISABLE_TELEMETRY", "true").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

pub(crate) fn start(venv: &str) -> (Child, Folder, String) {
    let folder = Folder::new();
    let mut child = python(venv, "serve.py")
        .arg(folder.file("mlflow.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    assert!(address.starts_with("http://"), "the server did not start; its words are above");
    (child, folder, address.trim().to_owned())
}

/// These traces as Python's client returns them.
fn read_back(venv: &str, url: &str, parcels: &[&Trace]) -> Value {
    let ids = parcels.iter().map(|trace| trace.info.trace_id.to_string());
    let output = python(venv, "read_server.py").arg(url).args(ids).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "read_server.py failed:\n{errors}");
    let last = output.stdout.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    serde_json::from_slice(last).unwrap_or_else(|error| panic!("{error}\n{errors}"))
}

#[track_caller]
fn assert_sent(sent: &Sent, fates: &[Fate]) {
    assert_eq!(sent.fates, fates, "{:?}", sent.failure);
}

/// What was recorded against what was read.
#[track_caller]
fn assert_same(trace: &Trace, read: &Value) {
    let info = &trace.info;
    assert_eq!(read["state"], info.state.as_str());
    assert_eq!(read["request_preview"], info.request_preview.clone().unwrap_or_default());
    assert_eq!(read["response_preview"], info.response_preview.clone().unwrap_or_default());
    assert_eq!(read["client_request_id"], info.client_request_id.clone().unwrap_or_default());
    assert_eq!(read["request_time"], info.start_unix_nanos / 1_000_000);
    assert_eq!(read["execution_duration"], info.duration_nanos.unwrap() / 1_000_000);
    assert_eq!(read["tags"][keys::TAG_TRACE_NAME], info.name.as_str());
    assert_eq!(read["metadata"][keys::META_TRACE_SESSION], info.session.clone().unwrap());
    for (key, value) in &info.tags {
        assert_eq!(read["tags"][key], value.as_str());
    }
    for (key, value) in &info.metadata {
        assert_eq!(read["metadata"][key], value.as_str());
    }
    let usage = info.token_usage.unwrap();
    assert_eq!(read["tokens"]["input_tokens"], usage.input_tokens);
    assert_eq!(read["tokens"]["total_tokens"], usage.total_tokens);
    assert_eq!(read["spans"].as_array().unwrap().len(), trace.spans.len());
    for span in &trace.spans {
        let id = span.span_id.to_string();
        let read = read["spans"].as_array().unwrap().iter().find(|read| read["id"] == id.as_str());
        let read = read.unwrap_or_else(|| panic!("the span {id} is not there"));
        assert_eq!(read["name"], span.name.as_str());
        assert_eq!(read["parent"], span.parent_id.map_or(Value::Null, |id| id.to_string().into()));
        assert_eq!(read["type"], span.span_type.as_str());
        assert_eq!(read["status"], span.status.code.as_str());
        assert_eq!(read["message"], span.status.message.as_str());
        assert_eq!(
            (&read["start"], &read["end"]),
            (&span.start_unix_nanos.into(), &span.end_unix_nanos.into())
        );
        for (key, value) in &span.attributes {
            assert_eq!(read["attributes"][key], value.to_value(), "{key}");
        }
        let events = read["events"].as_array().unwrap();
        assert_eq!(events.len(), span.events.len());
        for (event, read) in span.events.iter().zip(events) {
            assert_eq!((&read[0], &read[1]), (&event.name.as_str().into(), &event.time_unix_nanos.into()));
            for (key, value) in &event.attributes {
                assert_eq!(read[2][key], value.to_value());
            }
        }
        for (index, link) in span.links.iter().enumerate() {
            assert_eq!(read["links"][index]["trace_id"], link.trace_id.to_string());
            assert_eq!(read["links"][index]["span_id"], link.span_id.to_string());
        }
    }
}

#[test]
fn traces_are_read_as_they_were_recorded_and_a_resend_changes_nothing() {
    let url = server();
    let sent: Vec<_> = (1000..1003).map(trace_with).collect();
    let mut parcels: Vec<_> = sent.iter().cloned().map(parcel).collect();
    parcels[1].trace.info.experiment = Some("a tenant/ü".to_owned());
    parcels[2].experiment = Experiment::Name("by name".to_owned());
    let mut sender = sender(url);
    assert_sent(&send(&mut sender, &parcels), &[DELIVERED; 3]);
    let traces: Vec<&Trace> = sent.iter().collect();
    let read = read_back("venv", url, &traces);
    for (trace, experiment) in sent.iter().zip(["Default", "a tenant/ü", "by name"]) {
        let read = &read[trace.info.trace_id.to_string()];
        assert_same(trace, read);
        assert_eq!(read["experiment"], experiment);
        assert_eq!(read["tags"]["service.name"], "tests");
        assert_eq!(read["tags"]["mlflow.trace.spansLocation"], "TRACKING_STORE");
    }
    let again = send(&mut self::sender(url), &parcels);
    assert_sent(&again, &[DELIVERED; 3]);
    assert_eq!(read_back("venv", url, &traces), read);
}

#[test]
fn a_running_trace_is_seen_then_completed_then_joined_by_late_spans() {
    let url = server();
    let mut sender = sender(url);
    let whole = trace_with(1010);
    let id = whole.info.trace_id.to_string();
    assert_sent(&send(&mut sender, &[parcel(running(1010))]), &[DELIVERED]);
    let read = read_back("venv", url, &[&whole]);
    assert_eq!(read[&id]["state"], "IN_PROGRESS");
    assert_eq!(read[&id]["tags"][keys::TAG_TRACE_NAME], "answer");
    assert_eq!(read[&id]["spans"].as_array().unwrap().len(), 4);
    assert_sent(&send(&mut sender, &[parcel(rest(1010))]), &[DELIVERED]);
    assert_same(&whole, &read_back("venv", url, &[&whole])[&id]);
    assert_sent(&send(&mut sender, &[parcel(late(1010))]), &[DELIVERED]);
    let read = read_back("venv", url, &[&whole]);
    assert_eq!(read[&id]["state"], "OK");
    assert_eq!(read[&id]["tokens"]["input_tokens"], 240);
    assert!(read[&id]["spans"].as_array().unwrap().iter().any(|span| span["name"] == "late"));
}

#[test]
fn an_experiment_is_found_by_its_id_and_a_missing_one_is_said() {
    let url = server();
    let mut sender = sender(url);
    let by = |experiment| Parcel { experiment, ..parcel(trace_with(1020)) };
    assert_sent(&send(&mut sender, &[by(Experiment::Name("with an id".to_owned()))]), &[DELIVERED]);
    let round = &mut super::super::Round::new(&sender.server, Instant::now() + Duration::from_secs(60));
    let wanted = Experiment::Name("with an id".to_owned());
    let id = sender.experiments.resolve(round, &wanted).unwrap();
    let mut sender = self::sender(url);
    let sent = send(&mut sender, &[Parcel { trace: trace_with(1021), ..by(Experiment::Id(id)) }]);
    assert_sent(&sent, &[DELIVERED]);
    assert_eq!(sent.remarks, Vec::<String>::new());
    let sent =
        send(&mut sender, &[Parcel { trace: trace_with(1022), ..by(Experiment::Id("77777".to_owned())) }]);
    assert_sent(&sent, &[DELIVERED]);
    assert!(sent.remarks[0].contains("no experiment with the id `77777`"), "{:?}", sent.remarks);
    let traces = [trace_with(1021), trace_with(1022)];
    let read = read_back("venv", url, &[&traces[0], &traces[1]]);
    assert_eq!(read[traces[0].info.trace_id.to_string()]["experiment"], "with an id");
    assert_eq!(read[traces[1].info.trace_id.to_string()]["experiment"], "Default");
}

#[test]
fn a_trace_of_two_megabytes_and_a_bad_span_go_through_beside_others() {
    let url = server();
    let mut large = trace_with(1030);
    for span in &mut large.spans {
        let text = Json::string(&"lorem ipsum ".repeat(35_000));
        span.attributes.retain(|(key, _)| key != keys::SPAN_OUTPUTS);
        span.attributes.push((keys::SPAN_OUTPUTS.to_owned(), text));
    }
    let mut spoilt = trace_with(1031);
    spoilt.spans[3].attributes.push(("session.id".to_owned(), Json::string(&"s".repeat(300))));
    let good = trace_with(1032);
    let sent = send(&mut sender(url), &[large.clone(), spoilt.clone(), good.clone()].map(parcel));
    assert_sent(&sent, &[DELIVERED, Fate::Delivered { refused_spans: 1 }, DELIVERED]);
    let read = read_back("venv", url, &[&large, &spoilt, &good]);
    assert_same(&large, &read[large.info.trace_id.to_string()]);
    assert_same(&good, &read[good.info.trace_id.to_string()]);
    assert_eq!(read[spoilt.info.trace_id.to_string()]["spans"].as_array().unwrap().len(), 4);
}

#[test]
fn the_check_says_what_works_and_leaves_nothing_behind() {
    let url = server();
    let mut destination = destination(url);
    destination.experiment = Experiment::Name("never made".to_owned());
    let said =
        ServerSender::new(&destination).unwrap().check(Instant::now() + Duration::from_secs(60)).unwrap();
    assert!(said.contains("version 3.17") && said.contains("`never made` will be created"), "{said}");
    let said = sender(url).check(Instant::now() + Duration::from_secs(60)).unwrap();
    assert!(said.contains("takes spans by OTLP"), "{said}");
}

#[test]
fn a_server_of_3_6_has_the_same_traces() {
    let (_server, _folder, url) = start("venv-3.6");
    let mut sender = sender(&url);
    let (mut whole, in_parts) = (trace_with(1040), trace_with(1041));
    // It does not keep those.
    whole.spans.iter_mut().for_each(|span| span.links.clear());
    let parcels = [parcel(whole.clone()), parcel(running(1041)), parcel(rest(1041)), parcel(late(1041))];
    assert_sent(&send(&mut sender, &parcels[..2]), &[DELIVERED; 2]);
    assert_sent(&send(&mut sender, &parcels[2..]), &[DELIVERED; 2]);
    assert_sent(&send(&mut self::sender(&url), &parcels[..1]), &[DELIVERED]);
    let read = read_back("venv", &url, &[&whole, &in_parts]);
    assert_same(&whole, &read[whole.info.trace_id.to_string()]);
    let read = &read[in_parts.info.trace_id.to_string()];
    assert_eq!((&read["state"], read["spans"].as_array().unwrap().len()), (&"OK".into(), 6));
}

#[test]
fn assessments_that_are_sent_twice_are_there_once() {
    use crate::model::{AssessmentChange, AssessmentId, Feedback, TraceInfo};
    let trace = trace_with(1050);
    let (first, second) = (AssessmentId::from_u128(1050), AssessmentId::from_u128(1051));
    let said = |(mut change, value): (AssessmentChange, Option<Value>)| {
        change.value = value.map(|value| Json::from_valid(value.to_string()));
        let mut of_trace =
            Trace::new(TraceInfo::new(trace.info.trace_id), Vec::new(), Completeness::Assessment);
        of_trace.assessment = Some(Box::new(change));
        parcel(of_trace)
    };
    let parcels = [
        parcel(trace.clone()),
        said(AssessmentChange::create(first, Feedback::new("f", 0.25).into())),
        said(AssessmentChange::replace(second, first, Feedback::of(0.75))),
    ];
    let mut sender = sender(server());
    assert_sent(&send(&mut sender, &parcels), &[DELIVERED; 3]);
    let again = send(&mut sender, &parcels[1..]);
    assert_sent(&again, &[DELIVERED; 2]);
    assert!(again.remarks.is_empty(), "{:?}", again.remarks);
    let read = read_back("venv", server(), &[&trace]);
    let expected = serde_json::json!([["f", 0.25, false], ["f", 0.75, true]]);
    assert_eq!(read[trace.info.trace_id.to_string()]["assessments"], expected);
}
