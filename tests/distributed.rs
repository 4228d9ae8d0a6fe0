//! A trace across services in Rust and in Python is one trace in MLflow, whoever begins it, on a server and in one file.
#![allow(clippy::unwrap_used)]
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Background, Folder, Process, Ran, RealServer, python, rust_program};

/// A service of a chain, by its name: `r…` is written in Rust, `p…` in Python.
fn hop(name: &str, uri: &str, folder: &Path) -> Process {
    let program = if name.starts_with('r') { rust_program("hop") } else { python("hop.py") };
    // Python's spans of a remote trace are lost when they wait for a batch.
    let program =
        program.env("MLFLOW_USE_BATCH_SPAN_PROCESSOR", "false").env("MLFLOW_LOGGING_LEVEL", "DEBUG");
    program.env("HOP_NAME", name).env("MLFLOW_TRACKING_URI", uri).within(folder)
}

/// What the programs of a chain left.
struct Chain {
    first: Ran,
    others: Vec<Ran>,
}

impl Chain {
    fn trace(&self) -> &str {
        self.first.printed("trace")
    }
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::iter::once(&self.first).chain(&self.others).try_for_each(|ran| write!(f, "{ran}"))
    }
}

/// Runs the first service, which calls the second, which calls the third …; `set_up` gives each what it needs beside.
fn run_chain(names: &[&str], uri: &str, folder: &Path, set_up: impl Fn(&str, Process) -> Process) -> Chain {
    let (first, others) = names.split_first().unwrap();
    let port_file = |name: &str| folder.join(format!("port-{name}"));
    let mut running: Vec<(&str, Background)> = others
        .iter()
        .map(|name| {
            let _ = std::fs::remove_file(port_file(name));
            (*name, set_up(name, hop(name, uri, folder)).env("HOP_PORT_FILE", port_file(name)).start())
        })
        .collect();
    let mut program = set_up(first, hop(first, uri, folder));
    for (name, service) in &mut running {
        service.wait_for_file(&port_file(name));
        program = program.arg(std::fs::read_to_string(port_file(name)).unwrap());
    }
    let first = program.run().succeeded();
    let others = running.into_iter().map(|(_, service)| service.wait().succeeded()).collect();
    Chain { first, others }
}

fn stored(uri: &str, trace: &str) -> Value {
    let ran = python("hops.py").arg(uri).arg(trace).run().succeeded();
    serde_json::from_str(ran.stdout.lines().last().unwrap_or_default()).expect("hops.py prints JSON")
}

/// The services called one another inside one trace, each with its own spans.
#[track_caller]
fn assert_is_one_trace(chain: &Chain, uri: &str, names: &[&str]) {
    let found = stored(uri, chain.trace());
    let mut tree = vec![format!("{} begins", names[0])];
    for (number, name) in names.iter().enumerate() {
        let depth = "  ".repeat(2 * number + 1);
        tree.push(format!("{depth}{name} works"));
        if number + 1 < names.len() {
            tree.push(format!("{depth}  {name} calls"));
        }
    }
    let expected = json!({
        "tree": tree,
        "state": "OK",
        "name": format!("{} begins", names[0]),
        "begun by": names[0],
        "session": "s-4",
        "request": format!("{{\"chain\": {}}}", names.len() - 1),
        "response": serde_json::to_string(names).unwrap().replace(',', ", "),
        "duration": true,
        "types": ["TOOL", "UNKNOWN"],
    });
    assert_eq!(found, expected, "{found:#}\n{chain}");
}

const DIRECTIONS: [&[&str]; 3] = [&["r1", "p2", "r3"], &["p1", "r2", "p3"], &["p1", "r2", "r3", "p4"]];

#[test]
fn on_a_server_a_trace_across_services_is_one_trace_in_both_directions() {
    let folder = Folder::new("distributed-server");
    let server = RealServer::start("sqlite", folder.path());
    // Its first answers are slow, and it makes its tables.
    assert_eq!(stored(server.address(), "all"), json!([]));
    for names in DIRECTIONS {
        let chain = run_chain(names, server.address(), folder.path(), |_, program| program);
        assert_is_one_trace(&chain, server.address(), names);
    }
    assert_eq!(stored(server.address(), "all").as_array().unwrap().len(), DIRECTIONS.len());
}

#[test]
fn in_one_file_a_trace_across_services_is_one_trace_in_both_directions() {
    let folder = Folder::new("distributed-file");
    let uri = format!("sqlite:///{}", folder.file("mlflow.db").display());
    let make = "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); mlflow.get_experiment('0')";
    Process::new(&support::python_program()).arg("-c").arg(make).arg(&uri).run().succeeded();
    for names in DIRECTIONS {
        let chain = run_chain(names, &uri, folder.path(), |_, program| program);
        assert_is_one_trace(&chain, &uri, names);
    }
    assert_eq!(stored(&uri, "all").as_array().unwrap().len(), DIRECTIONS.len());
}

#[cfg(feature = "tower")]
#[test]
fn the_examples_of_a_service_and_a_client_make_one_trace() {
    let folder = Folder::new("distributed-examples");
    let uri = format!("sqlite:///{}", folder.file("mlflow.db").display());
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().to_string()
    };
    let example =
        |name| rust_program(name).arg(&address).env("MLFLOW_TRACKING_URI", &uri).within(folder.path());
    let service = example("axum_service").start();
    while std::net::TcpStream::connect(&address).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    example("reqwest_client").run().quiet(0);
    service.wait().quiet(0);
    let ids = stored(&uri, "all");
    assert_eq!(ids.as_array().unwrap().len(), 1, "{ids}");
    let found = stored(&uri, ids[0].as_str().unwrap());
    assert_eq!(found["tree"], json!(["chat", "  ask", "    answer", "      retrieve"]), "{found:#}");
    assert_eq!(found["state"], "OK");
}

#[test]
fn a_trace_that_is_not_sampled_where_it_begins_is_recorded_nowhere() {
    let folder = Folder::new("distributed-unsampled");
    let uri = format!("sqlite:///{}", folder.file("mlflow.db").display());
    for names in [["r1", "p2", "r3"], ["p1", "r2", "p3"]] {
        let chain = run_chain(&names, &uri, folder.path(), |name, program| match name.ends_with('1') {
            true => program.env("MLFLOW_TRACE_SAMPLING_RATIO", "0.0"),
            false => program,
        });
        for ran in &chain.others {
            let came = ran.stdout.lines().find(|line| line.starts_with("traceparent: ")).unwrap_or_default();
            // Python says `02`: the id is random, and the trace is not sampled.
            let flags = came.trim_matches(|end: char| !end.is_ascii_hexdigit()).rsplit('-').next();
            assert!(matches!(flags, Some("00" | "02")), "the decision was not passed on\n{ran}");
        }
    }
    assert_eq!(stored(&uri, "all"), json!([]));
}

#[test]
fn a_trace_that_is_sampled_where_it_begins_is_recorded_whatever_the_ratio_of_the_others() {
    let folder = Folder::new("distributed-sampled");
    let uri = format!("sqlite:///{}", folder.file("mlflow.db").display());
    let names = ["p1", "r2", "r3"];
    let chain = run_chain(&names, &uri, folder.path(), |name, program| match name {
        "p1" => program,
        _ => program.env("MLFLOW_TRACE_SAMPLING_RATIO", "0.0"),
    });
    assert_is_one_trace(&chain, &uri, &names);
}
