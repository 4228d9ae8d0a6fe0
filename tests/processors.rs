//! What processors and rules take out is in no byte of any destination: the local file, an MLflow server, an OTLP receiver,
//! the disk queue of one that can't be reached. A process of its own, since both are those of the whole process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mlflow::client::LocalTraces;
use mlflow::{FinishedSpan, Otlp, Redactor, TrackingServer};
use serde_json::{Value, json};
use support::{Receiver, Reply, Verdict};

/// What each secret begins with; behind it stand other letters each time.
const SECRET: &str = "hunter2";
/// Stands beside each secret, so that it is known that the place is looked at.
const HARMLESS: &str = "harmless-companion";
const TRACES: usize = 60;

/// How often the processor was called, which it writes into each span: with another number at each call, so that a second
/// call would be seen.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn secret(&mut self) -> String {
        let letters: String = (0..12).map(|_| char::from(b'a' + self.roll(26) as u8)).collect();
        let around = ["", " ", "\"", "\\", "é", "\n", "😀", "{\"", "\u{7f}"][self.roll(9)];
        format!("{HARMLESS}{around}{SECRET}{letters}{around}")
    }

    /// The secret somewhere in JSON.
    fn planted(&mut self) -> Value {
        let secret = self.secret();
        match self.roll(5) {
            0 => json!(secret),
            1 => json!([1, [secret, null], 2.5]),
            2 => json!({"a": {"b": [{"c": secret}]}}),
            3 => json!({"text": "x".repeat(3000), "then": secret}),
            _ => json!({secret: 1}),
        }
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(mut key, mut value)| {
                    clean(&mut key);
                    hide(&mut value);
                    (key, value)
                })
                .collect();
        }
        _ => {}
    }
}

fn clean(text: &mut String) {
    while let Some(at) = text.find(SECRET) {
        text.replace_range(at..at + SECRET.len() + 12, "~");
    }
}

/// Hides what the program said about a span, drops some, and fails for some.
fn process(span: &mut FinishedSpan) {
    span.set_attribute("calls", CALLS.fetch_add(1, Ordering::Relaxed));
    assert!(!span.name().starts_with("fails"), "as it should");
    if span.name().starts_with("dropped") {
        span.drop_span();
        return;
    }
    let (mut name, mut message) = (span.name().to_owned(), span.status().message.clone());
    clean(&mut name);
    clean(&mut message);
    span.set_name(name);
    span.set_status(span.status().code, message);
    let keys: Vec<String> = span.attributes().iter().map(|(key, _)| key.clone()).collect();
    for key in keys.iter().filter(|key| key.contains(SECRET)) {
        span.remove_attribute(key);
    }
    for event in span.events_mut() {
        clean(&mut event.name);
    }
    span.change_values(|_, value| hide(value));
}

/// A trace with secrets in all that is said about spans, and about the trace.
fn plant(dice: &mut Dice, inside: impl FnOnce()) {
    let inputs = dice.planted();
    mlflow::span(format!("root {}", dice.secret())).inputs(inputs).run(|root| {
        root.set_outputs(dice.planted());
        // Processors do not see what is said about the trace; rules do.
        mlflow::update_current_trace()
            .tag("note", format!("token {}", dice.secret()))
            .metadata("note", dice.secret())
            .session(dice.secret())
            .client_request_id(dice.secret());
        for number in 0..dice.roll(4) {
            let kind = ["step", "dropped", "fails", "step"][dice.roll(4)];
            mlflow::span(format!("{kind} {}", dice.secret())).run(|span| {
                span.set_inputs(dice.planted()).set_outputs(dice.planted());
                span.set_attribute(&format!("key {}", dice.secret()), 1);
                span.set_attribute("value", dice.planted());
                span.add_event(&dice.secret(), [("value", dice.planted())]);
                mlflow::span(format!("below {number}")).run(|span| {
                    span.set_outputs(dice.planted());
                    if dice.roll(2) == 0 {
                        span.set_status(mlflow::StatusCode::Error, &dice.secret());
                    }
                });
            });
        }
        inside();
    });
}

fn files_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn holds(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn no_byte_of_any_destination_holds_what_was_taken_out_and_all_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (file, spool) = (folder.path().join("traces.db"), folder.path().join("spool"));
    // The first try at each fails, so that requests are made twice.
    let judge = |number: usize, _: &support::Received| match number {
        0 => Verdict::Refuse(Reply::status(503)),
        _ => Verdict::Take,
    };
    let (server, receiver) = (Receiver::judging(judge), Receiver::judging(judge));
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let guard = mlflow::init()
        .tracking_uri(format!("sqlite:///{}", file.display()))
        .also(TrackingServer::new(server.url()))
        .also(Otlp::new(receiver.url()))
        .also(Otlp::new(format!("http://{dead}")))
        .spool_directory(&spool)
        .processor(process)
        .redact(Redactor::new().pattern(&format!("{SECRET}[a-z]*")))
        .start()
        .unwrap();

    let mut dice = Dice(7);
    // One that is seen while it runs.
    plant(&mut dice, || std::thread::sleep(Duration::from_millis(6500)));
    assert!(!server.spans().is_empty(), "a part was sent while the trace ran");
    for _ in 1..TRACES {
        plant(&mut dice, || ());
    }
    let report = mlflow::flush();
    let stats = mlflow::stats();
    drop(guard);

    // Every span of those that were kept stands in the file, with a number of its own; the server has the same.
    let traces = LocalTraces::open(&file).unwrap().list(TRACES + 1).unwrap();
    assert_eq!(traces.len(), TRACES, "{report:?}");
    let stored: Vec<_> = traces
        .iter()
        .flat_map(|found| LocalTraces::open(&file).unwrap().get(found.info.trace_id).unwrap().unwrap().spans)
        .collect();
    let dropped = stats.spans_dropped_by_processors() as usize;
    assert_eq!(stored.len() + dropped, CALLS.load(Ordering::Relaxed), "each span was processed once");
    let mut numbers: Vec<u64> =
        stored.iter().filter_map(|span| span.attribute("calls")?.to_value().as_u64()).collect();
    let (marked, removed) = (numbers.len(), stored.iter().filter(|span| span.name == "[removed]").count());
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), marked + removed), (marked, stored.len()));
    assert!(dropped > 5 && removed > 5, "{dropped} {removed}");
    let ids = |receiver: &Receiver| {
        let mut ids: Vec<_> =
            receiver.spans().into_iter().map(|span| (span.id, span.parent, span.name)).collect();
        ids.sort();
        ids
    };
    let mut expected: Vec<_> = stored
        .iter()
        .map(|span| {
            let parent = span.parent_id.map_or_else(String::new, |id| id.to_string());
            (span.span_id.to_string(), parent, span.name.clone())
        })
        .collect();
    expected.sort();
    assert_eq!(ids(&server), expected);
    assert_eq!(ids(&receiver), expected);

    let mut found = Vec::new();
    files_below(folder.path(), &mut found);
    for (name, receiver) in [("server", &server), ("receiver", &receiver)] {
        for request in receiver.server.received() {
            let head = format!("{} {} {:?}", request.method, request.path, request.headers);
            found.push((format!("a request to the {name}"), request.plain_body()));
            found.push((format!("the head of a request to the {name}"), head.into_bytes()));
        }
    }
    for place in ["traces.db", "spool", "request to the server", "request to the receiver"] {
        let is_seen = found.iter().any(|(name, content)| name.contains(place) && holds(content, HARMLESS));
        assert!(is_seen, "what is in {place} can be read");
    }
    for (name, content) in &found {
        assert!(!holds(content, SECRET), "{name} holds a secret");
    }
}
