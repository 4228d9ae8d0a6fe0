//! Servers of each kind: on SQLite, on PostgreSQL with two workers, with users, with workspaces.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::program::{Reported as _, sends, tool};
use crate::support::{Folder, Process, RealServer, python};

/// One server at a time, so that a small machine can bear it.
pub(crate) static TURN: Mutex<()> = Mutex::new(());

/// Traces of each program.
const TRACES: u64 = 20;

/// What the program and the Python client need to know beside the address.
type Variables<'a> = &'a [(&'a str, &'a str)];

fn with(program: Process, address: &str, variables: Variables<'_>) -> Process {
    let program = program.env("MLFLOW_TRACKING_URI", address).limit(Duration::from_secs(240));
    variables.iter().fold(program, |program, (name, value)| program.env(name, value))
}

/// What Python's client finds in the experiment.
pub(crate) fn count(address: &str, experiment: &str, variables: Variables<'_>, spans: bool) -> Value {
    let script = python("count.py").arg(address).arg(experiment);
    let script = if spans { script.arg("spans") } else { script };
    let ran = with(script, address, variables).limit(Duration::from_secs(1800)).run().succeeded();
    serde_json::from_str(ran.stdout.lines().last().unwrap_or_default()).expect("count.py prints JSON")
}

/// Fails unless the experiment has the traces with the numbers below `traces`, each `times` times, each whole and OK.
#[track_caller]
pub(crate) fn assert_has(found: &Value, traces: u64, times: usize) {
    let mut expected: Vec<u64> = (0..traces).flat_map(|number| vec![number; times]).collect();
    expected.sort_unstable();
    assert_eq!(found["numbers"], serde_json::json!(expected), "{found:.2000}");
    assert_eq!(found["different"], found["traces"], "{found:.2000}");
    assert_eq!(found["states"], serde_json::json!({"OK": expected.len()}), "{found:.2000}");
    assert_eq!(found["wrong"], serde_json::json!([]), "{found:.2000}");
}

/// Two programs at the same time, then Python's client; then `doctor`. Hands over the server for more.
fn round_trip(kind: &str, variables: Variables<'_>, more: impl FnOnce(&Folder, &str)) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new(&format!("servers-{kind}"));
    let server = RealServer::start(kind, folder.path());
    let address = server.address();
    let named = [variables, &[("MLFLOW_EXPERIMENT_NAME", "bots/ünd more")]].concat();
    let steps = [&format!("send={TRACES}"), "until-empty=120000", "flush", "stats"];
    // Both find that the experiment is missing.
    let programs = [(); 2].map(|()| with(sends(&folder, &steps), address, &named).start());
    for program in programs {
        let ran = program.wait().untouched(TRACES);
        assert_eq!((ran.number("delivered"), ran.number("dropped")), (TRACES * 5, 0), "{ran}");
        assert!(ran.sentences().is_empty(), "{ran}");
    }
    assert_has(&count(address, "bots/ünd more", variables, true), TRACES, 2);
    let doctor = with(tool(&folder, &["doctor"]), address, &named).run().quiet(0);
    assert!(doctor.stdout.contains("takes spans by OTLP"), "{doctor}");
    more(&folder, address);
}

#[test]
fn on_sqlite_the_client_reads_what_the_environment_sent() {
    round_trip("sqlite", &[], |_, _| {});
}

#[test]
fn on_postgresql_with_two_workers_the_client_reads_what_the_environment_sent() {
    round_trip("postgresql", &[], |_, _| {});
}

#[test]
fn in_a_workspace_the_client_reads_what_the_environment_sent() {
    round_trip("workspaces", &[("MLFLOW_WORKSPACE", "team-a")], |_, _| {});
}

const USER: &[(&str, &str)] =
    &[("MLFLOW_TRACKING_USERNAME", "admin"), ("MLFLOW_TRACKING_PASSWORD", "a password of the tests")];

#[test]
fn with_users_the_client_reads_what_came_by_the_right_password_and_what_waited_for_it() {
    round_trip("basic-auth", USER, |folder, address| {
        let wrong = [USER[0], ("MLFLOW_TRACKING_PASSWORD", "an old passw0rd")];
        let ran = with(sends(folder, &["send=5", "flush"]), address, &wrong).run().untouched(5);
        assert_eq!((ran.number("delivered"), ran.number("spooled")), (0, 25), "{ran}");
        let said = ran.sentences();
        let names_it =
            said.iter().any(|line| line.contains("401") && line.contains("MLFLOW_TRACKING_PASSWORD"));
        assert!(said.len() == 1 && names_it && !ran.stderr.contains("passw0rd"), "{ran}");
        let drained = with(tool(folder, &["drain"]), address, USER).run().quiet(0);
        assert!(drained.stdout.contains("5 traces delivered"), "{drained}");
        assert_has(&count(address, "Default", USER, true), 5, 1);
    });
}
