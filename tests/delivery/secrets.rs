//! Secrets are planted wherever one can stand, and looked for in everything that comes out: output, errors, `Debug`,
//! statistics, `doctor`, and the files of the disk queue.

use std::fs;
use std::path::Path;

use crate::fan_out::dead_address;
use crate::program::tool;
use crate::support::{Folder, Process, Ran, Receiver, Reply, Verdict, rust_program};

/// What every planted secret begins with. In base64 it can begin at any of three places.
const PLANTED: [&str; 5] = ["SECRET-", "U0VDUkVUL", "NFQ1JFVC", "TRUNSRVQt", "SECRET%2D"];

#[track_caller]
fn assert_silent(ran: &Ran, case: &str) {
    for text in [&ran.stdout, &ran.stderr] {
        let found = PLANTED.iter().find_map(|planted| Some(&text[text.find(planted)?..]));
        if let Some(found) = found {
            let shown: String = found.chars().take(60).collect();
            panic!("{case}: `{shown}` was shown\n{ran}");
        }
    }
}

/// Fails when any file below the folder holds a secret.
#[track_caller]
fn assert_none_on_disk(folder: &Path, case: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            assert_none_on_disk(&path, case);
            continue;
        }
        let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let name = path.display().to_string();
        let found = PLANTED.iter().any(|planted| content.contains(planted) || name.contains(planted));
        assert!(!found, "{case}: {} holds a secret", path.display());
    }
}

/// The variables of one case; `ADDRESS` stands for the destination.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("uri", &[("MLFLOW_TRACKING_URI", "http://me:SECRET-uri@ADDRESS")]),
    (
        "password",
        &[
            ("MLFLOW_TRACKING_URI", "http://ADDRESS"),
            ("MLFLOW_TRACKING_USERNAME", "me"),
            ("MLFLOW_TRACKING_PASSWORD", "SECRET-password"),
        ],
    ),
    ("token", &[("MLFLOW_TRACKING_URI", "http://ADDRESS"), ("MLFLOW_TRACKING_TOKEN", "SECRET-token")]),
    ("credentials-file", &[("MLFLOW_TRACKING_URI", "http://ADDRESS")]),
    (
        "otlp",
        &[
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "http://me:SECRET-otlp-user@ADDRESS/v1/traces?key=SECRET-query",
            ),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=SECRET-header,authorization=Bearer%20SECRET-bearer"),
        ],
    ),
    (
        "proxy",
        &[
            ("MLFLOW_TRACKING_URI", "http://mlflow.invalid:5000"),
            ("HTTP_PROXY", "http://me:SECRET-proxy@ADDRESS"),
        ],
    ),
    (
        "databricks-token",
        &[
            ("MLFLOW_TRACKING_URI", "databricks"),
            ("DATABRICKS_HOST", "http://ADDRESS"),
            ("DATABRICKS_TOKEN", "SECRET-databricks-token"),
            ("MLFLOW_EXPERIMENT_NAME", "/Users/me/traces"),
        ],
    ),
    (
        "databricks-oauth",
        &[
            ("MLFLOW_TRACKING_URI", "databricks"),
            ("DATABRICKS_HOST", "http://ADDRESS"),
            ("DATABRICKS_CLIENT_ID", "the client"),
            ("DATABRICKS_CLIENT_SECRET", "SECRET-client"),
            ("MLFLOW_EXPERIMENT_ID", "1"),
        ],
    ),
    ("databricks-file", &[("MLFLOW_TRACKING_URI", "databricks://work"), ("MLFLOW_EXPERIMENT_ID", "1")]),
    // What can't be used is said, and holds a secret nevertheless.
    ("bad-scheme", &[("MLFLOW_TRACKING_URI", "ftp://me:SECRET-scheme@ADDRESS/?key=SECRET-scheme-query")]),
    ("bad-port", &[("MLFLOW_TRACKING_URI", "http://me:SECRET-port@127.0.0.1:port/")]),
    ("bad-password", &[("MLFLOW_TRACKING_URI", "http://me:SECRET-/odd@ADDRESS")]),
    ("uri-query", &[("MLFLOW_TRACKING_URI", "http://ADDRESS/?token=SECRET-uri-query")]),
    ("header-without-equals", &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "SECRET-no-equals")]),
    ("header-newline", &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=SECRET-line%0Abreak")]),
    ("header-name", &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "x key=SECRET-header-name")]),
    ("header-encoding", &[OTLP, ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=SECRET-%FF%FE")]),
    (
        "bad-proxy",
        &[
            ("MLFLOW_TRACKING_URI", "http://mlflow.invalid:5000"),
            ("HTTP_PROXY", "ftp://me:SECRET-bad-proxy@ADDRESS"),
        ],
    ),
];

const OTLP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://ADDRESS");

/// A home with every file that holds credentials.
fn home(folder: &Folder, address: &str) -> std::path::PathBuf {
    let home = folder.file("home");
    fs::create_dir_all(home.join(".mlflow")).unwrap();
    let credentials = "[mlflow]\nmlflow_tracking_username = me\nmlflow_tracking_password = SECRET-file\n";
    fs::write(home.join(".mlflow/credentials"), credentials).unwrap();
    let databricks = format!("[work]\nhost = http://{address}\ntoken = SECRET-databricks-file\n");
    fs::write(home.join(".databrickscfg"), databricks).unwrap();
    home
}

/// Runs all that says something with these variables, against this address.
fn everything(name: &str, address: &str, variables: &[(&str, &str)], mode: &str) {
    let folder = Folder::new(&format!("delivery-secrets-{name}"));
    let home = home(&folder, address);
    let with = |process: Process| {
        let process = process.env("HOME", &home).env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"));
        variables
            .iter()
            .fold(process, |process, (name, value)| process.env(name, value.replace("ADDRESS", address)))
    };
    let shows = || rust_program("shows").within(folder.path());
    for how in ["start", "by-itself"] {
        let ran = with(shows().arg(mode).arg(how).arg(address).arg("diagnose")).run();
        assert!(ran.code == Some(0) && ran.stdout.contains("result: 6"), "{name}: {ran}");
        assert_silent(&ran, name);
    }
    for steps in [
        ["doctor"].as_slice(),
        &["doctor", "--json"],
        &["drain", "--within", "1"],
        &["drain", "--within", "1", "--json"],
    ] {
        let ran = with(tool(&folder, steps)).run();
        assert!(ran.code == Some(0) || ran.code == Some(1), "{name}: {ran}");
        assert!(!(ran.stdout.clone() + &ran.stderr).is_empty(), "{name}: {ran}");
        assert_silent(&ran, name);
    }
    assert_none_on_disk(&folder.file("spool"), name);
}

#[test]
fn no_secret_of_the_environment_is_shown_beside_a_destination_that_is_dead() {
    let address = dead_address();
    for (name, variables) in CASES {
        everything(&format!("dead-{name}"), &address, variables, "environment");
    }
}

#[test]
fn no_secret_of_the_environment_is_shown_beside_a_destination_that_refuses_it() {
    // It says back what it was given, as some do.
    let receiver = Receiver::judging(|_, request| {
        let given = request.header("authorization").unwrap_or("nobody").to_owned();
        Verdict::Refuse(Reply::text(format!("no entry for {given}")).with_status(401))
    });
    let address = receiver.server.address().to_string();
    for (name, variables) in
        CASES.iter().filter(|(name, _)| !name.starts_with("bad") && !name.starts_with("header"))
    {
        everything(&format!("refuses-{name}"), &address, variables, "environment");
    }
}

#[test]
fn no_secret_of_the_code_is_shown() {
    let address = dead_address();
    everything("code", &address, &[], "code");
}

#[test]
fn what_is_looked_for_would_be_found() {
    // `me:`, `a:` and `ab:x` and a secret in base64.
    for text in ["bWU6U0VDUkVULXVyaQ==", "YTpTRUNSRVQtdXJp", "YWI6eFNFQ1JFVC11cmk="] {
        let found = PLANTED.iter().any(|planted| text.contains(planted));
        assert!(found, "{text} is a secret in base64");
    }
}
