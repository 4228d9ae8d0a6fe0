//! Tracking servers by HTTP.

use std::path::PathBuf;
use std::time::Duration;

use super::{assert_says, with};
use crate::config::{Connection, Credentials, Secret};

fn server(uri: &str, variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Connection, String> {
    with(variables, files, |sources| Connection::to_mlflow_server(uri, "MLFLOW_TRACKING_URI", sources))
}

fn basic(user: &str, password: &str) -> Credentials {
    Credentials::Basic { user: user.into(), password: Secret::new(password) }
}

const FILE: (&str, &str) = (
    "/home/me/.mlflow/credentials",
    "[mlflow]\nmlflow_tracking_username = filed\nmlflow_tracking_password = s3cret-file\n",
);

#[test]
fn an_address_alone_has_mlflows_defaults() {
    let connection = server("https://host/mlflow/", &[], &[]).unwrap();
    assert_eq!(connection.base, "https://host/mlflow");
    assert_eq!(connection.timeout, Duration::from_secs(120));
    assert_eq!(connection.credentials, Credentials::None);
    assert!(connection.follows_redirects && connection.headers.is_empty() && connection.proxy.is_none());
    assert!(connection.credentials_from.contains("MLFLOW_TRACKING_TOKEN"));
}

#[test]
fn bases_keep_host_port_and_path_as_they_are_written() {
    for (uri, base) in [
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
        (" HTTP://host ", "http://host"),
        ("https://host/a/b//", "https://host/a/b"),
    ] {
        assert_eq!(server(uri, &[], &[]).unwrap().base, base, "{uri}");
    }
}

#[test]
fn credentials_come_in_mlflows_order() {
    let both = [
        ("MLFLOW_TRACKING_USERNAME", "me"),
        ("MLFLOW_TRACKING_PASSWORD", "s3cret"),
        ("MLFLOW_TRACKING_TOKEN", "s3cret-token"),
    ];
    let credentials = |uri, variables: &[_], files: &[_]| server(uri, variables, files).unwrap().credentials;
    assert_eq!(credentials("http://u%40x:p%3Aw@host", &both, &[FILE]), basic("u@x", "p:w"));
    assert_eq!(credentials("http://host", &both, &[FILE]), basic("me", "s3cret"));
    assert_eq!(credentials("http://host", &both[1..], &[FILE]), basic("filed", "s3cret"));
    assert_eq!(credentials("http://host", &both[2..], &[FILE]), basic("filed", "s3cret-file"));
    assert_eq!(credentials("http://host", &both[1..], &[]), Credentials::Bearer(Secret::new("s3cret-token")));
    assert_eq!(credentials("http://host", &both[..1], &[]), Credentials::None);
}

#[test]
fn a_half_of_the_credentials_names_the_other_half() {
    let connection = server("http://host", &[("MLFLOW_TRACKING_USERNAME", "me")], &[]).unwrap();
    assert!(connection.credentials_from.starts_with("MLFLOW_TRACKING_PASSWORD, which is missing"));
    let connection = server("http://host", &[], &[FILE]).unwrap();
    assert!(connection.credentials_from.contains("~/.mlflow/credentials"), "{}", connection.credentials_from);
}

#[test]
fn each_variable_has_its_place() {
    let connection = server(
        "https://host",
        &[
            ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/ca.pem"),
            ("MLFLOW_TRACKING_CLIENT_CERT_PATH", "/me.pem"),
            ("MLFLOW_HTTP_REQUEST_TIMEOUT", "7"),
            ("MLFLOW_ALLOW_HTTP_REDIRECTS", "false"),
            ("MLFLOW_WORKSPACE", "team-a"),
            ("HTTPS_PROXY", "http://me:s3cret@proxy:3128"),
        ],
        &[],
    )
    .unwrap();
    assert_eq!(connection.tls.authorities.unwrap().path, PathBuf::from("/ca.pem"));
    assert_eq!(connection.tls.client_certificate.unwrap().path, PathBuf::from("/me.pem"));
    assert_eq!(connection.timeout, Duration::from_secs(7));
    assert!(!connection.follows_redirects);
    assert_eq!(connection.headers, [("X-MLFLOW-WORKSPACE".to_owned(), Secret::new("team-a"))]);
    assert_eq!(connection.proxy.unwrap().setting, "HTTPS_PROXY");
    let insecure = server("https://host", &[("MLFLOW_TRACKING_INSECURE_TLS", "True")], &[]).unwrap();
    assert!(insecure.tls.is_insecure);
}

#[test]
fn the_companys_authorities_are_those_of_requests() {
    let tls = |variables: &[_]| server("https://host", variables, &[]).unwrap().tls;
    let company = ("REQUESTS_CA_BUNDLE", "/company.pem");
    assert_eq!(tls(&[company]).authorities.unwrap().setting, "REQUESTS_CA_BUNDLE");
    assert_eq!(tls(&[company, ("MLFLOW_TRACKING_INSECURE_TLS", "1")]).authorities, None);
    let own = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/own.pem");
    assert_eq!(tls(&[company, own]).authorities.unwrap().setting, own.0);
}

#[test]
fn what_cannot_be_used_is_named_with_what_is_accepted() {
    for uri in [
        "ftp://me:s3cret@host",
        "host:5000",
        "http://",
        "http://ho st",
        "http://host:99999",
        "http://host:port",
        "http://me:s3cret@host?token=s3cret",
        "http://me:s3cret/x@host",
    ] {
        assert_says(&server(uri, &[], &[]).unwrap_err(), &["MLFLOW_TRACKING_URI", "http"]);
    }
    for (variables, words) in [
        (
            &[("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon")][..],
            &["MLFLOW_HTTP_REQUEST_TIMEOUT is `soon`", "seconds"][..],
        ),
        (&[("MLFLOW_HTTP_REQUEST_TIMEOUT", "0")], &["MLFLOW_HTTP_REQUEST_TIMEOUT is `0`"]),
        (&[("MLFLOW_ALLOW_HTTP_REDIRECTS", "yes")], &["MLFLOW_ALLOW_HTTP_REDIRECTS is `yes`", "true, false"]),
        (&[("MLFLOW_TRACKING_AUTH", "kubernetes")], &["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_TOKEN"]),
        (&[("MLFLOW_TRACKING_AWS_SIGV4", "true")], &["MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_TRACKING_TOKEN"]),
        (&[("MLFLOW_WORKSPACE", "a\nb")], &["MLFLOW_WORKSPACE"]),
        (
            &[("MLFLOW_TRACKING_INSECURE_TLS", "true"), ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/x")],
            &["MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH", "contradict"],
        ),
    ] {
        assert_says(&server("http://host", variables, &[]).unwrap_err(), words);
    }
}

#[test]
fn it_is_known_which_addresses_are_meant() {
    for uri in ["http://host", "HTTPS://host", "databricks", "databricks://profile"] {
        assert!(Connection::is_for(uri), "{uri}");
    }
    for uri in ["sqlite:///x.db", "/mlruns", "file:///x", "databricks-uc", "postgresql://host"] {
        assert!(!Connection::is_for(uri), "{uri}");
    }
}
