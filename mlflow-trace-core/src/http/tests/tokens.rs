//! OAuth of a Databricks service principal.

use std::thread;
use std::time::Duration;

use super::scripted::{Received, Reply, Scripted};
use super::{GET, POST, to};
use crate::config::{Connection, Credentials, Secret};
use crate::http::{Client, HttpFailureKind};

fn workspace(server: &Scripted) -> Client {
    Client::new(&Connection {
        credentials: Credentials::DatabricksOauth {
            client_id: "the-id".into(),
            client_secret: Secret::new("s3cret"),
        },
        credentials_from: "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET".into(),
        headers: vec![("X-Api-Key".into(), Secret::new("key"))],
        ..to(server)
    })
    .unwrap()
}

/// Grants `token-1`, `token-2`, …, which live so many seconds; other requests are answered by `others`.
fn granting(seconds: u64, mut others: impl FnMut(&Received) -> Reply + Send + 'static) -> Scripted {
    let mut granted = 0;
    Scripted::start(move |request| {
        if request.path != "/oidc/v1/token" {
            return others(request);
        }
        granted += 1;
        let (token, kind) = (format!("token-{granted}"), "Bearer");
        Reply::json(format!(r#"{{"access_token":"{token}","token_type":"{kind}","expires_in":{seconds}}}"#))
    })
}

fn tokens_used(server: &Scripted) -> Vec<String> {
    let used = server.received().into_iter().filter(|request| request.path != "/oidc/v1/token");
    used.map(|request| request.header("authorization").unwrap_or("none").to_owned()).collect()
}

#[test]
fn one_token_is_fetched_and_used_for_all_requests() {
    let server = granting(3600, |_| Reply::text("ok"));
    let client = workspace(&server);
    for request in [GET, POST, GET] {
        assert_eq!(client.send(&request).unwrap().status, 200);
    }
    assert_eq!(tokens_used(&server), ["Bearer token-1"; 3]);
    let asked = &server.received()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/oidc/v1/token"));
    assert_eq!(asked.body, b"grant_type=client_credentials&scope=all-apis");
    assert_eq!(asked.header("authorization"), Some("Basic dGhlLWlkOnMzY3JldA=="));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.header("x-api-key"), None);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let server = granting(2, |_| Reply::text("ok"));
    let client = workspace(&server);
    client.send(&GET).unwrap();
    client.send(&GET).unwrap();
    thread::sleep(Duration::from_millis(1_700));
    client.send(&GET).unwrap();
    assert_eq!(tokens_used(&server), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
}

#[test]
fn a_token_serves_to_its_end_when_it_cannot_be_renewed() {
    let mut asked = 0;
    let server = Scripted::start(move |request| {
        if request.path != "/oidc/v1/token" {
            return Reply::text("ok");
        }
        asked += 1;
        if asked > 1 { Reply::status(503) } else { Reply::json(r#"{"access_token":"only","expires_in":5}"#) }
    });
    let client = workspace(&server);
    client.send(&GET).unwrap();
    thread::sleep(Duration::from_millis(4_200));
    client.send(&GET).unwrap();
    assert_eq!(server.received().len(), 4, "the second request asked for a new token");
    assert_eq!(tokens_used(&server), ["Bearer only"; 2]);
}

#[test]
fn a_token_that_is_refused_is_replaced_once() {
    let server = granting(3600, |request| match request.header("authorization") {
        Some("Bearer token-1") => Reply::status(401),
        _ => Reply::text("ok"),
    });
    assert_eq!(workspace(&server).send(&POST).unwrap().status, 200);
    assert_eq!(tokens_used(&server), ["Bearer token-1", "Bearer token-2"]);
    let server = granting(3600, |_| Reply::status(401));
    assert_eq!(workspace(&server).send(&POST).unwrap().status, 401);
    assert_eq!(tokens_used(&server).len(), 2);
}

#[test]
fn threads_that_need_a_token_at_once_fetch_one() {
    let server = granting(3600, |_| Reply::text("ok"));
    let client = workspace(&server);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.send(&GET).unwrap());
        }
    });
    assert_eq!(tokens_used(&server), ["Bearer token-1"; 8]);
    assert_eq!(server.received().len(), 9);
}

#[test]
fn no_token_is_a_failure_that_names_the_variables() {
    for (reply, kind, words) in [
        (
            Reply::status(401)
                .body(r#"{"error":"invalid_client","error_description":"the-id s3cret is wrong"}"#),
            HttpFailureKind::Credentials,
            ["401 invalid_client", "DATABRICKS_CLIENT_SECRET"],
        ),
        (Reply::status(503), HttpFailureKind::Unreachable, ["503", "asked again"]),
        (
            Reply::text("<html>log in</html>"),
            HttpFailureKind::Credentials,
            ["/oidc/v1/token", "Databricks workspace"],
        ),
        (Reply::status(404), HttpFailureKind::Credentials, ["404", "MLFLOW_TRACKING_URI"]),
        (Reply::reset(), HttpFailureKind::Interrupted, ["http://127.0.0.1", "ended the connection"]),
    ] {
        let server = Scripted::start(move |_| reply.clone());
        let failure = workspace(&server).send(&POST).unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.sentence);
        for word in words {
            assert!(failure.sentence.contains(word), "`{word}` is missing: {}", failure.sentence);
        }
        assert!(!failure.sentence.contains("s3cret"), "{}", failure.sentence);
    }
}
