//! What real receivers of OTLP say about the spans and metrics of a Rust program: Datadog's test agent, the collector
//! rotel, and a real `mlflow server` behind it. `tests/install` installs them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../support/mod.rs"]
mod support;

mod datadog;
mod rotel;

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use support::rust_program;

/// How long a receiver may take to start, or to show what it has.
const LIMIT: Duration = Duration::from_secs(60);

/// A program of the virtual environment with the receivers.
fn installed(path: &str) -> PathBuf {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/receivers").join(path);
    assert!(found.exists(), "{} is missing; `bash tests/install` installs it", found.display());
    found
}

/// The collector.
fn rotel_program() -> PathBuf {
    let python = installed("bin/python").canonicalize().expect("it exists");
    let name = python.file_name().expect("a program has a name").to_string_lossy().into_owned();
    installed(&format!("lib/{name}/site-packages/rotel/rotel-agent"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LIMIT, "{what} took longer than {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The ways to send, with the port of each.
fn ways(http: u16, grpc: u16) -> Vec<(&'static str, u16, &'static str)> {
    let mut ways = Vec::new();
    for compression in ["gzip", "none"] {
        ways.push(("http/protobuf", http, compression));
        ways.push(("http/json", http, compression));
        if cfg!(feature = "grpc") {
            ways.push(("grpc", grpc, compression));
        }
    }
    ways
}

/// Runs `errand` so that it sends to this port, and fails unless it was told that all was delivered.
#[track_caller]
fn run_errand(folder: &Path, protocol: &str, port: u16, compression: &str) {
    let ran = rust_program("errand")
        .within(folder)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
        .env("OTEL_SERVICE_NAME", "errands")
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", "spool")
        .run()
        .quiet(0);
    assert_eq!((ran.printed("delivered"), ran.printed("dropped")), ("3", "0"), "{protocol}: {ran}");
}

/// A span as a receiver shows it; the values of attributes as text.
#[derive(Clone, Debug, Default)]
struct Seen {
    id: String,
    parent: String,
    trace: String,
    name: String,
    status: String,
    attributes: BTreeMap<String, String>,
}

/// Fails unless these are the spans that `errand` makes.
#[track_caller]
fn assert_errand(spans: &[Seen], way: &str) {
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["errand", "fetch", "fetch"], "{way}: {spans:#?}");
    let [root, first, second] = spans else { unreachable!("there are three") };
    assert_eq!(root.parent, "", "{way}");
    assert!(!root.id.is_empty() && root.id != first.id, "{way}: {spans:#?}");
    for child in [first, second] {
        assert_eq!((&child.parent, &child.trace), (&root.id, &root.trace), "{way}");
    }
    let statuses = [root, first, second].map(|span| span.status.as_str());
    assert_eq!(statuses, ["OK", "OK", "ERROR String: nothing to fetch"], "{way}");
    let expect = |span: &Seen, pairs: &[(&str, &str)]| {
        for (key, value) in pairs {
            assert_eq!(span.attributes.get(*key).map(String::as_str), Some(*value), "{way} {key}: {span:#?}");
        }
    };
    expect(
        root,
        &[
            ("mlflow.spanType", "\"AGENT\""),
            ("mlflow.spanInputs", "{\"list\": \"Brötchen \\\"zwei\\\"\"}"),
            ("mlflow.spanOutputs", "15"),
            ("mlflow.traceTag.team", "red"),
        ],
    );
    expect(
        first,
        &[
            ("mlflow.spanType", "\"TOOL\""),
            ("mlflow.spanInputs", "{\"what\": \"Brötchen \\\"zwei\\\"\"}"),
            ("mlflow.spanOutputs", "15"),
            ("shelf", "7"),
            ("fresh", "true"),
        ],
    );
    expect(second, &[("mlflow.spanInputs", "{\"what\": \"\"}"), ("shelf", "7")]);
}
