//! What redaction keeps out of the local file: looked for in every byte of it. A process of its own, since the rules are
//! those of the whole process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::SystemTime;

use mlflow::client::LocalTraces;
use mlflow::{Link, Redactor, SpanId, Trace, TraceId};

const SECRET: &str = "hunter2-very-secret";
const KEY: &str = "sk-abcdefghijklmnopqrst";

#[derive(serde::Serialize)]
struct Login<'a> {
    user: &'a str,
    password: &'a str,
}

#[mlflow::trace(attributes(password = password, note = format!("key {KEY}")))]
fn login(login: Login<'_>, password: &str) -> Result<String, String> {
    mlflow::update_current_trace()
        .tag("password", password)
        .metadata("note", format!("with {KEY}"))
        .request_preview(format!("preview {KEY}"));
    mlflow::span(format!("call {KEY}")).run(|span| {
        span.add_event(&format!("saw {KEY}"), [("password", SECRET)]);
        span.set_outputs(KEY);
    });
    Err(format!("no such user: {} ({KEY})", login.user))
}

/// What is said by other ways than the attribute, and what comes from elsewhere.
fn by_hand() {
    let span = mlflow::span("by hand").description(&format!("with {KEY}")).start_detached();
    let (trace, linked) = (TraceId::from_u128(7).unwrap(), SpanId::from_u64(9).unwrap());
    span.add_link(Link::new(trace, linked).attribute("password", SECRET).attribute("note", KEY));
    span.add_event_at(KEY, SystemTime::now(), [("password", SECRET)]);
    let theirs = include_str!("programs/remote_trace.json")
        .replace("Grüße?", KEY)
        .replace("Gr\\u00fc\\u00dfe?", KEY)
        .replace("\"Refused\"", &format!("{{\"password\": \"{SECRET}\"}}"))
        .replace("\"tier\"", "\"password\"")
        .replace("\"theirs\"", &format!("\"{SECRET}\""));
    assert!(theirs.matches(SECRET).count() == 2 && theirs.matches(KEY).count() > 0);
    mlflow::add_trace(&Trace::from_json(&theirs).unwrap(), Some(&span)).unwrap();
    span.end();
    mlflow::log_trace("logged")
        .request(Login { user: "ada", password: SECRET })
        .response(KEY)
        .tag("k", KEY)
        .log();
}

#[test]
fn no_byte_of_the_local_file_holds_what_the_rules_keep_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redacted.db");
    let guard = mlflow::init()
        .tracking_uri(format!("sqlite:///{}", file.display()))
        .redact(Redactor::keys(["password"]))
        .redact(Redactor::new().pattern("sk-[a-z]{20}"))
        .start()
        .unwrap();
    by_hand();
    let _ = login(Login { user: "ada", password: SECRET }, SECRET);
    assert!(mlflow::flush().is_complete());
    drop(guard);

    let trace = LocalTraces::open(&file).unwrap().last().unwrap().unwrap();
    let root = trace.root().unwrap();
    assert_eq!(
        root.inputs().unwrap().as_str(),
        r#"{"login": {"user": "ada", "password": "[redacted]"}, "password": "[redacted]"}"#
    );
    assert_eq!(trace.spans.len(), 2);
    assert!(root.status.message.contains("no such user: ada ([redacted])"), "{:?}", root.status);

    let mut bytes = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        bytes += content.len();
        for secret in [SECRET, KEY] {
            let is_there = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "a file holds {secret}");
        }
    }
    assert!(bytes > 10_000, "the file was read");
}
