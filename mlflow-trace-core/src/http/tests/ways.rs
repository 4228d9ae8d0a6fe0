//! Proxies and redirects: the ways a request takes.

use std::net::SocketAddr;

use super::scripted::{Reply, Scripted};
use super::{GET, POST, to};
use crate::config::{Connection, Credentials, Proxy, Secret, Sources};
use crate::http::{Client, HttpFailureKind, Request};

fn proxy_to(address: SocketAddr) -> Scripted {
    Scripted::start(move |request| match (request.method.as_str(), request.header("proxy-authorization")) {
        ("CONNECT", Some("Basic bWU6czNjcmV0")) => Reply::tunnel_to(address),
        _ => Reply::status(407),
    })
}

fn through(proxy: &str) -> Connection {
    let proxy = Proxy { url: Secret::new(proxy), setting: "HTTP_PROXY".into() };
    Connection {
        proxy: Some(proxy),
        ..Connection::plain("http://mlflow.invalid:5000", "MLFLOW_TRACKING_URI")
    }
}

#[test]
fn a_proxy_looks_the_host_up_and_gets_its_password() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let proxy = proxy_to(server.address());
    let client = Client::new(&through(&format!("http://me:s3cret@{}", proxy.address()))).unwrap();
    for _ in 0..2 {
        assert_eq!(client.send(&POST).unwrap().status, 200);
    }
    let asked = proxy.received();
    assert_eq!((asked.len(), asked[0].path.as_str()), (1, "mlflow.invalid:5000"), "the tunnel is kept");
    let request = &server.received()[0];
    assert_eq!(request.header("host"), Some("mlflow.invalid:5000"));
    assert_eq!(request.header("proxy-authorization"), None);
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let proxy = proxy_to(server.address());
    let client = Client::new(&through(&format!("http://me:wr0ng@{}", proxy.address()))).unwrap();
    let failure = client.send(&GET).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Unreachable, "{}", failure.sentence);
    for word in ["HTTP_PROXY", "407", "http://mlflow.invalid:5000"] {
        assert!(failure.sentence.contains(word), "{}", failure.sentence);
    }
    assert!(!failure.sentence.contains("wr0ng"), "{}", failure.sentence);
}

#[test]
fn the_variables_choose_the_proxy_and_no_proxy_leaves_it_out() {
    let server = Scripted::start(|_| Reply::text("ok"));
    let proxy = proxy_to(server.address());
    let url = format!("http://me:s3cret@{}", proxy.address());
    let send = |no_proxy: Option<&str>| {
        let variable = |name: &str| match name {
            "HTTP_PROXY" => Some(url.clone()),
            "NO_PROXY" => no_proxy.map(str::to_owned),
            _ => None,
        };
        let sources = Sources { variable: &variable, read: &|_| Ok(String::new()), home: None };
        let uri = "http://mlflow.invalid:5000";
        let connection = Connection::to_mlflow_server(uri, "MLFLOW_TRACKING_URI", &sources).unwrap();
        Client::new(&connection).unwrap().send(&GET)
    };
    assert_eq!(send(None).unwrap().status, 200);
    let failure = send(Some(".invalid")).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::UnknownHost, "{}", failure.sentence);
    assert_eq!(proxy.received().len(), 1);
}

#[test]
fn what_is_no_proxy_is_an_error_without_its_password() {
    for url in ["ftp://me:s3cret@host", "http://me:s3cret@", "http://me:s3 cret@host"] {
        let said = Client::new(&through(url)).unwrap_err().to_string();
        assert!(said.contains("HTTP_PROXY") && said.contains("http://host:port"), "{said}");
        assert!(!said.contains("cret"), "{said}");
    }
}

#[test]
fn a_post_keeps_its_method_and_body_on_307_and_308() {
    let server = Scripted::start(|request| match request.path.as_str() {
        "/v1/traces" => Reply::status(307).header("Location", "/moved"),
        "/moved" => Reply::status(308).header("Location", "final?x=1").body("moved"),
        _ => Reply::text("ok"),
    });
    let connection = Connection { credentials: Credentials::Bearer(Secret::new("t0ken")), ..to(&server) };
    let client = Client::new(&connection).unwrap();
    let answer = client.send(&Request { gzip: true, ..POST }).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
    for request in server.received() {
        assert_eq!((request.method.as_str(), request.plain_body().as_slice()), ("POST", b"spans".as_slice()));
        assert_eq!(request.header("authorization"), Some("Bearer t0ken"));
    }
    assert_eq!(server.received()[2].path, "/final?x=1");
}

#[test]
fn a_post_that_is_sent_to_a_login_page_is_an_answer() {
    let server = Scripted::start(|_| Reply::status(302).header("Location", "/login").body("<html>"));
    let answer = Client::new(&to(&server)).unwrap().send(&POST).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (302, b"<html>".as_slice()));
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_get_goes_to_another_host_without_its_secrets() {
    let other = Scripted::start(|_| Reply::text("from the bucket"));
    let location = format!("{}/file?signature=1", other.url());
    let server = Scripted::start(move |_| Reply::status(302).header("Location", &location));
    let connection = Connection {
        credentials: Credentials::Bearer(Secret::new("t0ken")),
        headers: vec![("X-Api-Key".into(), Secret::new("s3cret"))],
        ..to(&server)
    };
    assert_eq!(Client::new(&connection).unwrap().send(&GET).unwrap().body, b"from the bucket");
    let request = &other.received()[0];
    assert_eq!(request.path, "/file?signature=1");
    assert_eq!((request.header("authorization"), request.header("x-api-key")), (None, None));
}

#[test]
fn redirects_are_followed_only_where_that_is_allowed_and_not_for_ever() {
    let server = Scripted::start(|_| Reply::status(307).header("Location", "/again"));
    let failure = Client::new(&to(&server)).unwrap().send(&GET).unwrap_err();
    assert!(failure.sentence.contains("circle"), "{}", failure.sentence);
    let asked = server.received().len();
    assert!(asked < 10, "{asked}");
    let connection = Connection { follows_redirects: false, ..to(&server) };
    assert_eq!(Client::new(&connection).unwrap().send(&GET).unwrap().status, 307);
    assert_eq!(server.received().len(), asked + 1);
}
