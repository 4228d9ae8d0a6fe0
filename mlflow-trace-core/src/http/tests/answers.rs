//! What is sent, and what is made of the answer.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use super::scripted::{Reply, Scripted};
use super::{GET, POST, ask, client, to};
use crate::config::{Connection, Credentials, Secret};
use crate::http::{Client, HttpFailureKind, Method, Request};

#[test]
fn every_method_arrives_with_its_path_and_body() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let client = client(&server);
    let methods = [
        (Method::Get, "GET"),
        (Method::Post, "POST"),
        (Method::Put, "PUT"),
        (Method::Patch, "PATCH"),
        (Method::Delete, "DELETE"),
    ];
    for (method, _) in methods {
        for body in [b"".as_slice(), b"text"] {
            let answer = client.send(&Request { method, body, path: "/a%20b?c=d&e", ..POST }).unwrap();
            assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()), "{method:?}");
            assert_eq!(answer.sent_bytes, body.len() as u64);
        }
    }
    let received = server.received();
    for (index, request) in received.iter().enumerate() {
        assert_eq!(request.method, methods[index / 2].1);
        assert_eq!(request.path, "/a%20b?c=d&e");
        assert_eq!(request.body, [b"".as_slice(), b"text"][index % 2], "{}", request.method);
    }
}

#[test]
fn we_say_who_we_are_and_never_where_a_browser_comes_from() {
    let server = Scripted::start(|_| Reply::text("ok"));
    ask(&server, &POST).unwrap();
    let request = &server.received()[0];
    assert_eq!(request.header("user-agent"), Some(concat!("mlflow-trace/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("origin"), None);
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn a_path_prefix_of_the_base_is_kept() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let connection = Connection::plain(format!("{}/mlflow", server.url()), "MLFLOW_TRACKING_URI");
    Client::new(&connection).unwrap().send(&GET).unwrap();
    assert_eq!(server.received()[0].path, "/mlflow/version");
}

#[test]
fn an_ipv6_literal_is_reached() {
    let server = Scripted::start_on("[::1]:0", |_| Reply::text("ok"));
    assert!(server.url().starts_with("http://[::1]:"), "{}", server.url());
    assert_eq!(ask(&server, &GET).unwrap().status, 200);
}

#[test]
fn credentials_and_headers_go_with_every_request() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let basic = Connection {
        credentials: Credentials::Basic { user: "user".into(), password: Secret::new("pässword:1") },
        headers: vec![("X-Team".into(), Secret::new("a team"))],
        ..to(&server)
    };
    let bearer = Connection { credentials: Credentials::Bearer(Secret::new("t0ken")), ..to(&server) };
    for connection in [basic, bearer] {
        let client = Client::new(&connection).unwrap();
        client.send(&GET).unwrap();
        client.send(&Request { headers: &[("X-Mlflow-Experiment-Id", "7")], ..POST }).unwrap();
    }
    let received = server.received();
    for request in &received[..2] {
        assert_eq!(request.header("authorization"), Some("Basic dXNlcjpww6Rzc3dvcmQ6MQ=="));
        assert_eq!(request.header("x-team"), Some("a team"));
    }
    assert_eq!(received[1].header("x-mlflow-experiment-id"), Some("7"));
    for request in &received[2..] {
        assert_eq!(request.header("authorization"), Some("Bearer t0ken"));
    }
}

#[test]
fn a_body_is_compressed_when_asked() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let body = "spans ".repeat(1000);
    let answer = ask(&server, &Request { body: body.as_bytes(), gzip: true, ..POST }).unwrap();
    let request = &server.received()[0];
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(request.plain_body(), body.as_bytes());
    assert_eq!(answer.sent_bytes, request.body.len() as u64);
    assert!(answer.sent_bytes < 200, "{}", answer.sent_bytes);
}

#[test]
fn any_status_is_an_answer() {
    let server = Scripted::start(|request| {
        Reply::status([204, 400, 401, 404, 413, 429, 500, 503][request.number])
            .header("Content-Type", "Text/HTML; charset=utf-8")
            .body(if request.number == 0 { "" } else { "why" })
    });
    let client = client(&server);
    for status in [204, 400, 401, 404, 413, 429, 500, 503] {
        let answer = client.send(&POST).unwrap();
        assert_eq!((answer.status, answer.content_type.as_str()), (status, "text/html"));
        assert_eq!(answer.body, if status == 204 { b"".as_slice() } else { b"why" });
    }
    assert_eq!(server.connections(), 1, "an answer that is no success keeps the connection too");
}

#[test]
fn a_wait_that_the_server_asks_for_is_read_in_both_forms() {
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
    let server = Scripted::start(move |request| {
        let value = if request.number == 0 { "7" } else { &later };
        Reply::status(503).header("Retry-After", value)
    });
    let client = client(&server);
    assert_eq!(client.send(&GET).unwrap().retry_after, Some(Duration::from_secs(7)));
    let wait = client.send(&GET).unwrap().retry_after.unwrap();
    assert!((55..=60).contains(&wait.as_secs()), "{wait:?}");
}

#[test]
fn one_connection_is_used_again_and_a_closed_one_is_replaced() {
    let server = Scripted::start(|request| match request.number {
        2 => Reply::text("ok").and_close(),
        _ => Reply::text("ok"),
    });
    let client = client(&server);
    for _ in 0..5 {
        assert_eq!(client.send(&POST).unwrap().status, 200);
    }
    let connections: Vec<usize> = server.received().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0, 1, 1]);
}

#[test]
fn a_huge_answer_is_cut() {
    let server = Scripted::start(|_| Reply::text(vec![b'x'; 3 << 20]));
    let client = client(&server);
    assert_eq!(client.send(&GET).unwrap().body.len(), 1 << 20);
    assert_eq!(client.send(&GET).unwrap().status, 200);
}

#[test]
fn a_compressed_answer_is_cut_by_its_plain_size() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![0; 64 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    let server = Scripted::start(move |_| Reply::json(packed.clone()).header("Content-Encoding", "gzip"));
    assert_eq!(ask(&server, &GET).unwrap().body.len(), 1 << 20);
}

#[test]
fn a_server_that_never_answers_costs_the_time_that_was_given() {
    let server = Scripted::start(|_| Reply::never());
    let begin = Instant::now();
    let failure = ask(&server, &Request { within: Duration::from_millis(300), ..POST }).unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(failure.kind, HttpFailureKind::Timeout);
    assert!(
        failure.sentence.contains(&server.url()) && failure.sentence.contains("0.3 s"),
        "{}",
        failure.sentence
    );
}

#[test]
fn the_time_holds_for_the_whole_answer_however_it_drips() {
    let server = Scripted::start(|_| Reply::text(vec![b'x'; 1000]).drip(1, Duration::from_millis(20)));
    let begin = Instant::now();
    let failure = ask(&server, &Request { within: Duration::from_millis(300), ..GET }).unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(failure.kind, HttpFailureKind::Timeout);
}

#[test]
fn the_time_of_the_connection_is_a_bound_too() {
    let server = Scripted::start(|_| Reply::never());
    let connection = Connection { timeout: Duration::from_millis(200), ..to(&server) };
    let failure = Client::new(&connection).unwrap().send(&GET).unwrap_err();
    assert!(failure.sentence.contains("0.2 s"), "{}", failure.sentence);
}

#[test]
fn an_answer_that_breaks_off_is_interrupted() {
    let server = Scripted::start(|request| match request.number {
        0 => Reply::text("a whole answer").broken_off_after(5),
        1 => Reply::close(),
        _ => Reply::reset(),
    });
    let client = client(&server);
    for _ in 0..3 {
        let failure = client.send(&POST).unwrap_err();
        assert_eq!(failure.kind, HttpFailureKind::Interrupted, "{}", failure.sentence);
    }
}

#[test]
fn nobody_there_and_an_unknown_host_are_told_apart() {
    let port = {
        let server = Scripted::start(|_| Reply::never());
        server.address().port()
    };
    let refused = Connection::plain(format!("http://127.0.0.1:{port}"), "MLFLOW_TRACKING_URI");
    let failure = Client::new(&refused).unwrap().send(&GET).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Unreachable);
    assert!(failure.sentence.contains("refused the connection"), "{}", failure.sentence);
    let unknown = Connection::plain("http://nobody.invalid", "MLFLOW_TRACKING_URI");
    let failure = Client::new(&unknown).unwrap().send(&GET).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::UnknownHost, "{}", failure.sentence);
    assert!(failure.sentence.contains("MLFLOW_TRACKING_URI"), "{}", failure.sentence);
}
