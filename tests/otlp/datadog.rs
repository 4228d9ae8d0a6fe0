//! Datadog's own test agent, which decodes what it gets and shows it.

use serde_json::Value;

use super::support::{Background, Folder, Process};
use super::{Seen, assert_errand, free_port, installed, run_errand, wait_until, ways};

struct Agent {
    _process: Background,
    http: u16,
    grpc: u16,
}

impl Agent {
    fn start(folder: &Folder) -> Self {
        let [port, http, grpc] = [free_port(), free_port(), free_port()];
        let process = Process::new(&installed("bin/ddapm-test-agent"))
            .within(folder.path())
            .arg("--host=127.0.0.1")
            .arg(format!("--port={port}"))
            .arg(format!("--otlp-http-port={http}"))
            .arg(format!("--otlp-grpc-port={grpc}"))
            .arg("--disable-llmobs-data-forwarding")
            .start();
        let is_ready = || ureq::get(format!("http://127.0.0.1:{port}/info")).call().is_ok();
        wait_until("the start of ddapm-test-agent", || is_ready() && super::accepts(grpc));
        Self { _process: process, http, grpc }
    }

    fn ask(&self, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/test/session/{path}", self.http);
        let mut answer = ureq::get(url).call().expect("the agent answers");
        in_snake_case(answer.body_mut().read_json().expect("the agent answers in JSON"))
    }

    fn clear(&self) {
        let url = format!("http://127.0.0.1:{}/test/session/clear", self.http);
        ureq::get(url).call().expect("the agent answers");
    }
}

/// Keys as protobuf has them: what came as JSON is shown with the keys of JSON.
fn in_snake_case(value: Value) -> Value {
    let key = |key: String| {
        let letters = key.chars().map(|letter| match letter {
            'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
            letter => letter.to_string(),
        });
        letters.collect::<String>()
    };
    match value {
        Value::Object(map) => {
            map.into_iter().map(|(name, value)| (key(name), in_snake_case(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(in_snake_case).collect(),
        other => other,
    }
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().map(|list| list.iter().collect()).unwrap_or_default()
}

/// The value of an attribute, as text.
fn attribute<'a>(attributes: &'a Value, key: &str) -> Option<&'a Value> {
    let mut all = attributes["attributes"].as_array()?.iter();
    all.find(|one| one["key"] == key).and_then(|one| one["value"].as_object()?.values().next())
}

fn spans(requests: &Value) -> Vec<Seen> {
    let requests = requests.as_array().expect("a list of requests");
    let of_resources = requests.iter().flat_map(|request| list(request, "resource_spans"));
    let of_scopes = of_resources.flat_map(|one| {
        assert_eq!(attribute(&one["resource"], "service.name"), Some(&Value::from("errands")), "{one}");
        list(one, "scope_spans")
    });
    let seen = |span: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let code = match span["status"]["code"].as_u64() {
            Some(1) => "OK".to_owned(),
            Some(2) => "ERROR".to_owned(),
            _ => text(&span["status"]["code"]).replace("STATUS_CODE_", ""),
        };
        let status = format!("{code} {}", text(&span["status"]["message"])).trim().to_owned();
        let attributes = list(span, "attributes").into_iter().map(|one| {
            let value = one["value"].as_object().and_then(|value| value.values().next()).expect("a value");
            (text(&one["key"]), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        Seen {
            id: text(&span["span_id"]),
            parent: text(&span["parent_span_id"]),
            trace: text(&span["trace_id"]),
            name: text(&span["name"]),
            status,
            attributes: attributes.collect(),
        }
    };
    of_scopes.flat_map(|one| list(one, "spans")).map(seen).collect()
}

/// How often spans were counted that have these attributes.
fn count(metrics: &Value, pairs: &[(&str, Value)]) -> u64 {
    let metric = &metrics[0]["resource_metrics"][0]["scope_metrics"][0]["metrics"][0];
    assert_eq!((&metric["name"], &metric["unit"]), (&"mlflow.trace.span.duration".into(), &"ms".into()));
    let points = list(&metric["histogram"], "data_points");
    let fits = |point: &&Value| pairs.iter().all(|(key, value)| attribute(point, key) == Some(value));
    let number = |point: &Value| point["count"].as_str().and_then(|text| text.parse::<u64>().ok());
    points.into_iter().filter(fits).filter_map(number).sum()
}

#[test]
fn datadogs_agent_shows_the_spans_and_their_durations_by_every_protocol_compressed_or_not() {
    let folder = Folder::new("otlp-datadog");
    let agent = Agent::start(&folder);
    for (protocol, port, compression) in ways(agent.http, agent.grpc) {
        let way = format!("{protocol} {compression}");
        run_errand(folder.path(), protocol, port, compression);
        assert_errand(&spans(&agent.ask("traces")), &way);
        let metrics = agent.ask("metrics");
        assert_eq!(count(&metrics, &[]), 3, "{way}: {metrics}");
        let tools = [("root", false.into()), ("span_type", "TOOL".into()), ("tags.team", "red".into())];
        assert_eq!(count(&metrics, &tools), 2, "{way}: {metrics}");
        assert_eq!(count(&metrics, &[("span_status", "ERROR".into())]), 1, "{way}: {metrics}");
        agent.clear();
    }
}
