//! Every kind of answer: what is tried again, what is not, what is said, and what is counted.

use std::time::{Duration, Instant};

use crate::program::{Reported as _, sends_to};
use crate::support::{Folder, Ran, Receiver, Reply, Verdict};

/// Traces that each of these programs makes, of five spans each.
const TRACES: usize = 4;

/// Runs the program against a receiver that refuses so in its first `times` requests and then takes everything.
fn after_refusals(name: &str, times: usize, reply: Reply) -> (Receiver, Ran, Folder) {
    let receiver = Receiver::judging(move |number, _| match number < times {
        true => Verdict::Refuse(reply.clone()),
        false => Verdict::Take,
    });
    let (ran, folder) = run(name, &receiver);
    (receiver, ran, folder)
}

fn run(name: &str, receiver: &Receiver) -> (Ran, Folder) {
    let folder = Folder::new(&format!("delivery-{name}"));
    let ran = sends_to(receiver, &folder, &["send=4", "until-empty=20000", "flush", "stats"]).run();
    (ran.untouched(TRACES as u64), folder)
}

/// All was delivered in the end, once; so many tries failed, and one sentence said so, which has these words.
#[track_caller]
fn assert_tried_again(receiver: &Receiver, ran: &Ran, retries: u64, words: &[&str]) {
    receiver.assert_has_once(TRACES);
    let stats = ran.destination(0);
    assert_eq!(stats["delivered_traces"], TRACES, "{stats}\n{ran}");
    assert_eq!(stats["delivered_spans"], TRACES * 5, "{stats}\n{ran}");
    assert_eq!(stats["retries"], retries, "{stats}\n{ran}");
    assert_eq!(
        (stats["spooled_spans"].as_u64(), stats["queued_spans"].as_u64()),
        (Some(0), Some(0)),
        "{stats}"
    );
    assert_eq!(stats["last_failure"], serde_json::Value::Null, "{stats}");
    assert_eq!(ran.number("dropped"), 0, "{ran}");
    let said = ran.sentences();
    assert!(
        said.len() == 1 && words.iter().all(|word| said[0].contains(word)),
        "{words:?} in one sentence\n{ran}"
    );
}

/// Nothing was delivered, nothing waits, every span is counted as refused, and it was said with these words.
#[track_caller]
fn assert_given_up(receiver: &Receiver, ran: &Ran, words: &[&str]) {
    assert_eq!(receiver.traces().len(), 0, "nothing was taken");
    let stats = ran.destination(0);
    let spans = TRACES * 5;
    assert_eq!(
        stats["dropped"],
        serde_json::json!([["refused by the destination", spans]]),
        "{stats}\n{ran}"
    );
    assert_eq!((ran.number("dropped"), ran.number("pending")), (spans as u64, 0), "{ran}");
    assert_eq!(ran.number("spooled"), 0, "what is refused for good does not wait\n{ran}");
    let said = ran.sentences().join("\n");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?}\n{ran}");
    assert!(said.contains("lost"), "the loss is counted\n{ran}");
}

#[test]
fn a_service_that_is_not_there_for_a_while_is_tried_again() {
    for status in [502, 503, 504] {
        let name = format!("status-{status}");
        let (receiver, ran, _) = after_refusals(&name, 2, Reply::status(status));
        assert_tried_again(&receiver, &ran, 2, &[&status.to_string(), "tried again", "wait in"]);
    }
}

#[test]
fn a_receiver_that_asks_for_two_seconds_is_left_alone_for_two_seconds() {
    let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&times);
    let receiver = Receiver::judging(move |number, _| {
        seen.lock().unwrap().push(Instant::now());
        match number {
            0 => Verdict::Refuse(Reply::status(429).header("Retry-After", "2")),
            _ => Verdict::Take,
        }
    });
    let folder = Folder::new("delivery-retry-after");
    // Nobody waits in a flush, which tries at once.
    let ran = sends_to(&receiver, &folder, &["send=4", "sleep=4000", "flush", "stats"]).run().untouched(4);
    assert_tried_again(&receiver, &ran, 1, &["429", "tried again"]);
    let times = times.lock().unwrap();
    let pause = times[1].duration_since(times[0]);
    assert!(pause >= Duration::from_secs(2), "asked again after {pause:?}");
}

#[test]
fn a_bad_request_is_not_tried_again_and_counted() {
    let reply = Reply::json(r#"{"message": "spans of tomorrow"}"#).with_status(400);
    let (receiver, ran, _) = after_refusals("status-400", usize::MAX, reply);
    assert_given_up(&receiver, &ran, &["400", "spans of tomorrow", "dropped"]);
    // Halves, until each trace stands alone: one bad one costs no other.
    let requests = receiver.attempts();
    assert!((4..=8).contains(&requests), "{requests} requests for four traces");
}

#[test]
fn one_bad_trace_costs_no_other() {
    let receiver = Receiver::judging(|_, request| {
        let has_bad = String::from_utf8_lossy(&request.plain_body()).contains("{\"number\": 2, ");
        if has_bad { Verdict::Refuse(Reply::status(400)) } else { Verdict::Take }
    });
    let (ran, _) = run("one-bad", &receiver);
    receiver.assert_has_once(TRACES - 1);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (15, 5), "{ran}");
}

#[test]
fn missing_rights_are_said_with_the_variable_and_the_traces_wait() {
    for status in [401, 403] {
        let name = format!("status-{status}");
        let (receiver, ran, _) = after_refusals(&name, 1, Reply::status(status));
        let words = [&status.to_string(), "OTEL_EXPORTER_OTLP_HEADERS", "Traces wait in"];
        assert_tried_again(&receiver, &ran, 1, &words);
    }
}

#[test]
fn a_path_without_a_receiver_is_said_with_the_variable() {
    let (receiver, ran, _) = after_refusals("status-404", usize::MAX, Reply::status(404));
    assert_given_up(&receiver, &ran, &["404", "OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"]);
}

#[test]
fn a_login_page_and_a_redirect_to_one_are_said_for_what_they_are() {
    let html = Reply::status(200).header("Content-Type", "text/html; charset=utf-8");
    let html = html.body("<!doctype html><form>password</form>");
    let (receiver, ran, _) = after_refusals("login-page", usize::MAX, html);
    assert_given_up(&receiver, &ran, &["web page", "check the address"]);
    assert!(!ran.stderr.contains("<form>"), "the page itself is nothing to read\n{ran}");
    let reply = Reply::status(302).header("Location", "https://login.example/?next=%2Fv1%2Ftraces");
    let (receiver, ran, _) = after_refusals("redirect", usize::MAX, reply);
    assert_given_up(&receiver, &ran, &["302", "login", "check the address"]);
}

#[test]
fn bodies_above_one_mebibyte_are_split_until_everything_arrives() {
    let most = 1 << 20;
    let receiver = Receiver::judging(move |_, request| match request.plain_body().len() > most {
        true => Verdict::Refuse(Reply::status(413)),
        false => Verdict::Take,
    });
    let folder = Folder::new("delivery-status-413");
    // Four traces of 900 kB each; in code the bound of a request can be larger than what this server takes.
    let steps = ["bytes=300000", "send=12", "until-empty=20000", "flush", "stats"];
    let ran = sends_to(&receiver, &folder, &steps).run().untouched(12);
    receiver.assert_has_once(12);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (60, 0), "{ran}");
    assert_eq!(ran.sentences().len(), 0, "{ran}");
}

#[test]
fn a_smaller_bound_than_ours_is_found_by_halves() {
    let receiver = Receiver::judging(|_, request| match request.plain_body().len() > 40_000 {
        true => Verdict::Refuse(Reply::status(413)),
        false => Verdict::Take,
    });
    let folder = Folder::new("delivery-status-413-small");
    let steps = ["bytes=10000", "send=20", "until-empty=20000", "flush", "stats"];
    let ran = sends_to(&receiver, &folder, &steps).run().untouched(20);
    receiver.assert_has_once(20);
    assert!(
        receiver.attempts() > 10,
        "200 kB went through a bound of 40 kB in {} requests",
        receiver.attempts()
    );
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (100, 0), "{ran}");
}

#[test]
fn a_span_too_large_by_itself_is_refused_alone() {
    let receiver = Receiver::judging(|_, request| match request.plain_body().len() > 20_000 {
        true => Verdict::Refuse(Reply::status(413)),
        false => Verdict::Take,
    });
    let folder = Folder::new("delivery-status-413-span");
    let steps = ["send=2", "bytes=100000", "send=1", "until-empty=20000", "flush", "stats"];
    let ran = sends_to(&receiver, &folder, &steps).run().untouched(3);
    // The root with its large argument alone is lost.
    assert_eq!(receiver.spans().len(), 14, "{ran}");
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (14, 1), "{ran}");
    let said = ran.sentences().join("\n");
    assert!(said.contains("413") && said.contains("max_attribute_bytes"), "{ran}");
}

#[test]
fn what_a_receiver_takes_in_part_is_counted_by_its_word() {
    // `ExportTraceServiceResponse.partial_success = 1 { rejected_spans = 1: 3, error_message = 2: "too old" }`.
    let protobuf: &[u8] = b"\x0a\x0b\x08\x03\x12\x07too old";
    let json = br#"{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}}"#;
    for (name, kind, body) in [
        ("partial-protobuf", "application/x-protobuf", protobuf),
        ("partial-json", "application/json", json.as_slice()),
    ] {
        let body = body.to_vec();
        let receiver = Receiver::judging(move |number, _| match number {
            0 => Verdict::TakeAnd(Reply::status(200).header("Content-Type", kind).body(body.clone())),
            _ => Verdict::Take,
        });
        let (ran, _) = run(name, &receiver);
        assert_eq!((ran.number("delivered"), ran.number("dropped")), (17, 3), "{ran}");
        let stats = ran.destination(0);
        assert_eq!(stats["dropped"], serde_json::json!([["refused by the destination", 3]]), "{stats}");
        let said = ran.sentences().join("\n");
        assert!(said.contains("3 spans") && said.contains("too old"), "{ran}");
        assert_eq!(stats["retries"], 0, "a part that is refused is not tried again: {stats}");
    }
}

#[test]
fn empty_and_odd_success_bodies_are_success() {
    let odd =
        |status: u16, kind: &str, body: &[u8]| Reply::status(status).header("Content-Type", kind).body(body);
    let replies = [
        ("empty-200", Reply::status(200)),
        ("empty-202", Reply::status(202)),
        ("empty-204", Reply::status(204)),
        ("null", odd(200, "application/json", br#"{"partialSuccess":null}"#)),
        ("empty-object", odd(200, "application/json; charset=utf-8", b"{}")),
        ("not-json", odd(200, "application/json", b"OK")),
        ("not-protobuf", odd(200, "application/x-protobuf", b"\xff\xff\xff\xff\xff\xff")),
        ("plain", odd(200, "text/plain", b"thank you")),
        ("long", odd(200, "application/octet-stream", &[7; 3 << 20])),
    ];
    for (name, reply) in replies {
        let receiver = Receiver::judging(move |_, _| Verdict::TakeAnd(reply.clone()));
        let (ran, _) = run(&format!("success-{name}"), &receiver);
        receiver.assert_has_once(TRACES);
        assert_eq!((ran.number("delivered"), ran.number("dropped")), (20, 0), "{name}\n{ran}");
        assert_eq!(ran.sentences().len(), 0, "{name}\n{ran}");
    }
}

#[test]
fn a_slow_answer_is_waited_for() {
    let receiver = Receiver::judging(|_, _| {
        let slow = Reply::json(r#"{"partialSuccess":null}"#).after(Duration::from_millis(300));
        Verdict::TakeAnd(slow.drip(4, Duration::from_millis(100)))
    });
    let (ran, _) = run("slow-body", &receiver);
    receiver.assert_has_once(TRACES);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (20, 0), "{ran}");
    assert_eq!(ran.destination(0)["retries"], 0, "{ran}");
}

#[test]
fn connections_that_break_are_tried_again() {
    let replies = [
        ("reset", Reply::reset()),
        ("closed", Reply::close()),
        ("in-mid-body", Reply::json("x".repeat(1000)).broken_off_after(300)),
    ];
    for (name, reply) in replies {
        let (receiver, ran, _) = after_refusals(&format!("broken-{name}"), 1, reply);
        // An idle connection that is gone may be replaced at once, without a try that counts as failed.
        receiver.assert_has_once(TRACES);
        assert_eq!((ran.number("delivered"), ran.number("dropped")), (20, 0), "{name}\n{ran}");
        assert_eq!(ran.destination(0)["retries"], 1, "{name}\n{ran}");
        assert!(ran.sentences().len() == 1, "{name}\n{ran}");
    }
}

#[test]
fn a_receiver_that_comes_back_on_another_connection_is_found() {
    let receiver = Receiver::judging(|_, _| Verdict::TakeAnd(Reply::status(200).and_close()));
    let folder = Folder::new("delivery-close-each");
    let steps = ["send=1", "flush", "sleep=100", "send=1", "flush", "sleep=100", "send=1", "flush", "stats"];
    let ran = sends_to(&receiver, &folder, &steps).run().untouched(3);
    receiver.assert_has_once(3);
    assert_eq!((ran.number("delivered"), ran.sentences().len()), (15, 0), "{ran}");
    assert!(receiver.server.connections() >= 3);
}

#[test]
fn each_form_of_a_request_brings_the_same_spans() {
    for (protocol, compression) in
        [("http/protobuf", "gzip"), ("http/protobuf", "none"), ("http/json", "gzip"), ("http/json", "none")]
    {
        let receiver = Receiver::willing();
        let folder = Folder::new(&format!("delivery-form-{}-{compression}", protocol.replace('/', "-")));
        let ran = sends_to(&receiver, &folder, &["send=4", "flush"])
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
            .env("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=a%20key,x-team=b")
            .run()
            .untouched(TRACES as u64);
        receiver.assert_has_once(TRACES);
        let request = &receiver.server.received()[0];
        let expected = (compression == "gzip").then_some("gzip");
        assert_eq!(request.header("content-encoding"), expected, "{ran}");
        assert_eq!(
            (request.header("x-api-key"), request.header("x-team")),
            (Some("a key"), Some("b")),
            "{ran}"
        );
        // `; charset=` behind it is refused by some receivers.
        let kind = if protocol == "http/json" { "application/json" } else { "application/x-protobuf" };
        assert_eq!(request.header("content-type"), Some(kind), "{ran}");
    }
}
