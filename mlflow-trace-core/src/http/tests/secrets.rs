//! Secrets are planted everywhere, and looked for in everything that can be shown.

use std::sync::{Mutex, PoisonError};

use super::scripted::{Reply, Scripted};
use super::{GET, POST};
use crate::config::{Connection, Credentials, OtlpEndpoint, OtlpSignal, Sources};
use crate::http::{Client, Request};

/// Part of each secret.
const PLANTED: &str = "s3cret";

#[track_caller]
fn assert_clean(shown: &str) {
    // Base64 of `user:s3cret` has the second form.
    for form in [PLANTED, "czNjcmV0", "MzY3JldA", "zY3Jld"] {
        assert!(!shown.contains(form), "{shown}");
    }
}

fn with_variables<T>(variables: &[(&str, &str)], then: impl FnOnce(&Sources<'_>) -> T) -> T {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    then(&Sources { variable: &variable, read: &|_| Ok(String::new()), home: None })
}

fn tracking(uri: &str, variables: &[(&str, &str)]) -> Connection {
    with_variables(variables, |sources| Connection::to_mlflow_server(uri, "MLFLOW_TRACKING_URI", sources))
        .unwrap()
}

fn receiver(variables: &[(&str, &str)]) -> OtlpEndpoint {
    with_variables(variables, |sources| Connection::to_otlp(OtlpSignal::Traces, sources)).unwrap().unwrap()
}

/// One connection of each kind, to a server at this address.
fn connections(address: &str) -> Vec<Connection> {
    let uri = format!("http://{address}");
    let otlp = receiver(&[
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("http://me:s3cret-0@{address}/in?key=s3cret-1")),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret-2"),
    ]);
    assert_clean(&format!("{otlp:?} {otlp:#?}"));
    vec![
        tracking(&format!("http://user:s3cret-3@{address}/x"), &[("MLFLOW_WORKSPACE", "s3cret-4")]),
        tracking(&uri, &[("MLFLOW_TRACKING_TOKEN", "s3cret-5")]),
        tracking(&uri, &[("MLFLOW_TRACKING_USERNAME", "user"), ("MLFLOW_TRACKING_PASSWORD", "s3cret")]),
        tracking("databricks", &[("DATABRICKS_HOST", &uri), ("DATABRICKS_TOKEN", "s3cret-6")]),
        tracking(
            "databricks",
            &[
                ("DATABRICKS_HOST", &uri),
                ("DATABRICKS_CLIENT_ID", "id"),
                ("DATABRICKS_CLIENT_SECRET", "s3cret-7"),
            ],
        ),
        otlp.connection,
    ]
}

#[test]
fn connections_and_clients_show_none() {
    for connection in connections("127.0.0.1:1") {
        assert_clean(&format!("{connection:?} {connection:#?}"));
        let client = Client::new(&connection).unwrap();
        assert_clean(&format!("{client:?} {client:#?} {}", client.base()));
    }
}

#[test]
fn failures_of_every_kind_show_none() {
    let misbehaving = |number: usize| match number % 5 {
        0 => Reply::close(),
        1 => Reply::reset(),
        2 => Reply::text("s3cret").broken_off_after(2),
        3 => Reply::status(307).header("Location", "/again?s3cret"),
        _ => Reply::text("s3cret").header("Content-Encoding", "gzip"),
    };
    let server = Scripted::start(move |request| misbehaving(request.number / 2));
    let mut failures = 0;
    let there = server.address().to_string();
    for (address, times) in [(there.as_str(), 20), ("127.0.0.1:1", 2), ("nobody.invalid", 1)] {
        for connection in connections(address) {
            let client = Client::new(&connection).unwrap();
            for _ in 0..times {
                let request = Request { headers: &[("x-key", "s3cret")], body: b"s3cret", ..POST };
                if let Err(failure) = client.send(&request) {
                    failures += 1;
                    assert_clean(&format!("{failure:?} {failure:#?}"));
                }
            }
        }
    }
    assert!(failures > 60, "only {failures} requests failed");
}

/// Keeps what a program that logs everything above `TRACE` would see.
struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn the_programs_log_shows_none_up_to_debug() {
    static LOG: Log = Log(Mutex::new(String::new()));
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let server = Scripted::start(|request| match request.path.as_str() {
        "/oidc/v1/token" => Reply::json(r#"{"access_token":"s3cret-8","expires_in":3600}"#),
        "/version" => Reply::status(302).header("Location", "/there?s3cret").header("Set-Cookie", "s3cret"),
        _ => Reply::text("s3cret"),
    });
    for connection in connections(&server.address().to_string()) {
        let client = Client::new(&connection).unwrap();
        for request in [GET, Request { path: "/in?key=s3cret", headers: &[("x-key", "s3cret")], ..POST }] {
            client.send(&request).unwrap();
        }
    }
    let lines = LOG.0.lock().unwrap().clone();
    assert!(lines.contains("ureq"), "nothing was logged: this test listens in the wrong place");
    assert_clean(&lines);
}

#[test]
fn bad_headers_are_named_and_never_shown() {
    for (name, value) in
        [("x-key", "s3cret\r\nx: y"), ("x-key", "s3cret\u{7f}"), ("content-length", "s3cret")]
    {
        let mut connection = tracking("http://host", &[]);
        connection.headers.push((name.into(), crate::config::Secret::new(value)));
        let error = Client::new(&connection).unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        assert_clean(&format!("{error} {error:?}"));
    }
    let token = Connection {
        credentials: Credentials::Bearer(crate::config::Secret::new("s3cret\n")),
        credentials_from: "MLFLOW_TRACKING_TOKEN".into(),
        ..tracking("http://host", &[])
    };
    let error = Client::new(&token).unwrap_err();
    assert!(error.to_string().contains("MLFLOW_TRACKING_TOKEN"), "{error}");
    assert_clean(&format!("{error} {error:?}"));
    let client = Client::new(&tracking("http://127.0.0.1:1", &[])).unwrap();
    let failure = client.send(&Request { headers: &[("x-key", "s3cret\n")], ..GET }).unwrap_err();
    assert!(failure.sentence.contains("`x-key`"), "{}", failure.sentence);
    assert_clean(&failure.sentence);
}
