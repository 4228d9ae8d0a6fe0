//! Spans under OpenTelemetry's GenAI conventions: what we send is what MLflow's Python client sends for the same spans,
//! but for the differences that are argued here.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use support::{Folder, Reply, Scripted, python, rust_program};

/// A difference that is as it should be.
struct Argued {
    /// Where: `case/attribute/place in its JSON`; a `*` stands for anything.
    at: &'static str,
    form: Form,
    reason: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// Rust sends what Python does not.
    More,
    /// Python sends what Rust does not.
    Less,
    /// Each sends something of its own.
    Other,
}
use Form::{Less, More, Other};

const fn argued(at: &'static str, form: Form, reason: &'static str) -> Argued {
    Argued { at, form, reason }
}

const REST: &str = "What the conventions have no place for is kept under MLflow's names; Python drops it.";
const REASONING: &str =
    "The conventions have a part for reasoning; Python sends its JSON as if it were text, or nothing.";
const FINISH: &str = "Python knows only OpenAI's name for why a model stopped.";
const ONE_SIDE: &str =
    "Python drops both sides of a span when one is not as it expects, and every plain text.";
const WRAPPED: &str = "In Rust a function's only argument is the request, whatever its name.";
const NETWORK: &str = "Python reads only the spelling of Gemini's SDK for Python.";
const NEWER: &str =
    "Python does not know OpenAI's newer names, lists of texts as a system's words, refusals and names.";
const TOOL: &str = "A tool's arguments and result are not a request to a model and its answer.";

const EXCEPTIONS: &[Argued] = &[
    argued("*/mlflow.spanInputs*", More, REST),
    argued("*/mlflow.spanOutputs*", More, REST),
    argued(
        "*/mlflow.traceTag.mlflow.traceName",
        More,
        "The name of the trace, which Python does not send by OTLP.",
    ),
    argued("openai chat of today/gen_ai.system_instructions*", More, NEWER),
    argued("openai chat of today/gen_ai.input.messages/0/name", More, NEWER),
    argued("openai chat of today/gen_ai.output.messages/1/parts", Less, NEWER),
    argued("openai chat of today/gen_ai.output.messages/1/parts/*", More, NEWER),
    argued("openai chat of today/gen_ai.request.*", More, NEWER),
    argued("openai chat of today/gen_ai.output.messages/0/parts/*", More, REASONING),
    argued("openai chat of today/gen_ai.output.messages/0/parts/0/*", Other, REASONING),
    argued("openai chat by shape/gen_ai.*.messages*", More, ONE_SIDE),
    argued("openai responses/gen_ai.output.messages/0/parts/0/*", Other, REASONING),
    argued("openai responses of a text/gen_ai.request.max_tokens", More, NEWER),
    argued("anthropic/gen_ai.input.messages/1/parts/0/*", Other, REASONING),
    argued("anthropic/gen_ai.output.messages/0/finish_reason", More, FINISH),
    argued("anthropic/gen_ai.response.finish_reasons*", More, FINISH),
    argued("gemini/gen_ai.output.messages/0/parts/0/type", Other, REASONING),
    argued("gemini/gen_ai.output.messages/0/finish_reason", More, FINISH),
    argued("gemini/gen_ai.response.finish_reasons*", More, FINISH),
    argued(
        "gemini/gen_ai.response.*",
        More,
        "Python does not know Gemini's names for the answer's id and model.",
    ),
    argued("gemini over the network/gen_ai.*", More, NETWORK),
    argued("gemini over the network/gen_ai.tool.definitions/0/functionDeclarations/*", Less, NETWORK),
    argued("bedrock/gen_ai.output.messages/0/parts/0/*", Other, REASONING),
    argued("bedrock/gen_ai.output.messages/0/parts/1/*", More, REASONING),
    argued("bedrock/gen_ai.output.messages/0/finish_reason", More, FINISH),
    argued("bedrock/gen_ai.response.finish_reasons*", More, FINISH),
    argued("tool/gen_ai.request.temperature", Less, TOOL),
    argued("tool/gen_ai.response.id", Less, TOOL),
    argued("agent of a text/gen_ai.*.messages*", More, ONE_SIDE),
    argued("agent of messages/gen_ai.input.messages*", More, WRAPPED),
    argued("agent of messages/gen_ai.output.messages*", More, "Answers of agents are lists of messages too."),
];

/// Values by their places.
type Flat = BTreeMap<String, Value>;

fn cases_file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/gen_ai_cases.json")
}

static PYTHON: LazyLock<Flat> = LazyLock::new(|| {
    let folder = Folder::new("gen-ai-python");
    let ran = python("gen_ai_twin.py").arg(cases_file()).within(folder.path()).run().succeeded();
    let last = ran.stdout.lines().last().unwrap_or_default();
    let cases: BTreeMap<String, Value> = serde_json::from_str(last).expect("the script prints JSON");
    let mut flat = Flat::new();
    for (case, span) in cases {
        flat.insert(format!("{case}/name"), span["name"].clone());
        flat.insert(format!("{case}/kind"), span["kind"].clone());
        for (key, value) in span["attributes"].as_object().expect("attributes are a map") {
            flatten(format!("{case}/{key}"), read(value), &mut flat);
        }
    }
    flat
});

static RUST: LazyLock<Flat> = LazyLock::new(|| {
    let folder = Folder::new("gen-ai-rust");
    let server = Scripted::start(|_| Reply::json("{}"));
    rust_program("gen_ai_cases")
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/v1/traces", server.url()))
        .env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")
        .env("MLFLOW_ENABLE_OTEL_GENAI_SEMCONV", "true")
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"))
        .within(folder.path())
        .run()
        .quiet(0);
    let mut flat = Flat::new();
    for request in server.received() {
        let body: Value = serde_json::from_slice(&request.plain_body()).expect("the request is JSON");
        for span in body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("a list of spans") {
            add_sent(span, &mut flat);
        }
    }
    flat
});

fn add_sent(span: &Value, flat: &mut Flat) {
    let attributes = span["attributes"].as_array().expect("a list of attributes");
    let attributes: BTreeMap<&str, Value> = attributes
        .iter()
        .map(|attribute| (attribute["key"].as_str().unwrap_or_default(), of_otlp(&attribute["value"])))
        .collect();
    let case = read(&attributes["case"]);
    let case = case.as_str().expect("each span says its case");
    flat.insert(format!("{case}/name"), span["name"].clone());
    let kind =
        ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT"][span["kind"].as_u64().unwrap_or_default() as usize];
    flat.insert(format!("{case}/kind"), kind.into());
    for (key, value) in attributes.iter().filter(|(key, _)| **key != "case") {
        flatten(format!("{case}/{key}"), read(value), flat);
    }
}

/// OTLP's value as plain JSON.
fn of_otlp(value: &Value) -> Value {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).expect("a value of one kind");
    match kind.as_str() {
        // 64-bit numbers are texts in protobuf's JSON.
        "intValue" => value.as_str().and_then(|text| text.parse::<i64>().ok()).expect("an integer").into(),
        "arrayValue" => value["values"].as_array().expect("values").iter().map(of_otlp).collect(),
        _ => value.clone(),
    }
}

/// A text of JSON as what it says.
fn read(value: &Value) -> Value {
    let inside = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    inside.unwrap_or_else(|| value.clone())
}

fn flatten(path: String, value: Value, into: &mut Flat) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.into_iter().for_each(|(key, value)| flatten(format!("{path}/{key}"), value, into));
        }
        Value::Array(items) if !items.is_empty() => {
            items
                .into_iter()
                .enumerate()
                .for_each(|(index, value)| flatten(format!("{path}/{index}"), value, into));
        }
        value => drop(into.insert(path, value)),
    }
}

/// Whether the pattern, in which `*` stands for anything, is this text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, behind)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(behind, rest)))
        }),
    }
}

/// Every place at which the two differ, with what each says there.
fn differences() -> impl Iterator<Item = (&'static str, Form, String)> {
    let places: BTreeSet<&str> = PYTHON.keys().chain(RUST.keys()).map(String::as_str).collect();
    places.into_iter().filter_map(|place| {
        let (python, rust) = (PYTHON.get(place), RUST.get(place));
        let form = match (python, rust) {
            (Some(python), Some(rust)) if is_same(python, rust) => return None,
            (Some(_), Some(_)) => Other,
            (None, _) => More,
            (_, None) => Less,
        };
        Some((place, form, format!("{place}\n  python: {python:?}\n  rust:   {rust:?}")))
    })
}

/// `1` and `1.0` are the same number, and texts of the same JSON say the same.
fn is_same(one: &Value, other: &Value) -> bool {
    let is_number = one.as_f64().is_some_and(|number| other.as_f64() == Some(number));
    one == other || is_number || (one.is_string() && other.is_string() && read(one) == read(other))
}

fn covers(argued: &Argued, place: &str, form: Form) -> bool {
    argued.form == form && matches(argued.at, place)
}

#[test]
fn nothing_differs_from_python_but_what_is_argued() {
    let unargued: Vec<String> = differences()
        .filter(|(place, form, _)| !EXCEPTIONS.iter().any(|argued| covers(argued, place, *form)))
        .map(|(_, form, words)| format!("{form:?} {words}"))
        .collect();
    assert!(unargued.is_empty(), "{}", unargued.join("\n"));
}

#[test]
fn every_exception_is_needed() {
    for argued in EXCEPTIONS {
        let is_needed = differences().any(|(place, form, _)| covers(argued, place, form));
        assert!(is_needed, "no difference of the form {:?} at {}: {}", argued.form, argued.at, argued.reason);
    }
}

#[test]
fn both_sent_each_case_once() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("programs/gen_ai_cases.json")).expect("JSON");
    let names = |flat: &Flat| {
        flat.keys().filter(|place| place.ends_with("/name") && place.matches('/').count() == 1).count()
    };
    assert_eq!((names(&PYTHON), names(&RUST)), (cases.len(), cases.len()));
}

/// Texts of a value, wherever they stand in it, texts of JSON inside of texts included.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inside @ (Value::Object(_) | Value::Array(_))) => texts(&inside, found),
            // The conventions have the two halves of such an address apart.
            _ => drop(
                found.insert(text.rsplit_once(";base64,").map_or(text.as_str(), |(_, data)| data).to_owned()),
            ),
        },
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::Number(number) => drop(found.insert(number.to_string())),
        Value::Bool(_) | Value::Null => {}
    }
}

/// What is no content: kinds, formats, stamps, signatures, and counts that stand in `gen_ai.usage.*`.
const NO_CONTENT: [&str; 8] = ["type", "format", "object", "created", "index", "signature", "usage", "role"];

/// The id of a piece of reasoning, which the conventions' part has no member for.
const LOST: [&str; 1] = ["rs_1"];

fn without_formalities(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| !NO_CONTENT.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without_formalities(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_formalities).collect(),
        value => value.clone(),
    }
}

#[test]
fn every_text_and_number_of_inputs_and_outputs_is_sent() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("programs/gen_ai_cases.json")).expect("JSON");
    for case in cases {
        let mut said = BTreeSet::new();
        ["inputs", "outputs"].iter().for_each(|side| texts(&without_formalities(&case[side]), &mut said));
        let name = format!("{}/", case["case"].as_str().expect("a name"));
        let mut sent = BTreeSet::new();
        RUST.iter()
            .filter(|(place, _)| place.starts_with(&name))
            .for_each(|(_, value)| texts(value, &mut sent));
        let lost: Vec<&String> =
            said.difference(&sent).filter(|text| !LOST.contains(&text.as_str())).collect();
        assert!(lost.is_empty(), "{name} lost {lost:?}");
    }
}
