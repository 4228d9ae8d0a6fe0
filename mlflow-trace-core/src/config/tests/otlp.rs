//! OTLP receivers.

use std::path::PathBuf;
use std::time::Duration;

use super::{assert_says, with};
use crate::config::{Connection, Credentials, OtlpEndpoint, OtlpSignal, Secret};

fn receiver(variables: &[(&str, &str)]) -> Result<Option<OtlpEndpoint>, String> {
    with(variables, &[], |sources| Connection::to_otlp(OtlpSignal::Traces, sources))
}

fn address(variables: &[(&str, &str)]) -> String {
    match receiver(variables) {
        Ok(Some(endpoint)) => format!("{} {}", endpoint.connection.base, endpoint.path.reveal()),
        other => format!("{other:?}"),
    }
}

const GENERAL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4318/base/");
const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

#[test]
fn no_endpoint_means_no_receiver() {
    assert_eq!(receiver(&[("OTEL_EXPORTER_OTLP_HEADERS", "a=b")]), Ok(None));
}

#[test]
fn the_general_endpoint_gets_a_path_and_that_of_traces_is_taken_as_it_is() {
    assert_eq!(address(&[GENERAL]), "http://general:4318 /base/v1/traces");
    assert_eq!(address(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h")]), "http://h /v1/traces");
    assert_eq!(
        address(&[GENERAL, (TRACES, "https://traces/in?key=s3cret")]),
        "https://traces /in?key=s3cret"
    );
    assert_eq!(address(&[(TRACES, "https://traces")]), "https://traces /");
}

#[test]
fn an_endpoint_without_a_scheme_needs_to_be_called_insecure() {
    let bare = ("OTEL_EXPORTER_OTLP_ENDPOINT", "host:4318");
    assert_eq!(address(&[bare, ("OTEL_EXPORTER_OTLP_INSECURE", "true")]), "http://host:4318 /v1/traces");
    assert_says(&receiver(&[bare]).unwrap_err(), &["OTEL_EXPORTER_OTLP_ENDPOINT", "http://"]);
}

#[test]
fn headers_are_decoded_and_those_of_traces_win() {
    let general = ("OTEL_EXPORTER_OTLP_HEADERS", " api-key = a%20b=c== , x-team=%E2%82%AC1%2C,, empty=");
    let headers = receiver(&[GENERAL, general]).unwrap().unwrap().connection.headers;
    let pair = |key: &str, value| (key.to_owned(), Secret::new(value));
    assert_eq!(headers, [pair("api-key", "a b=c=="), pair("x-team", "€1,"), pair("empty", "")]);
    let own = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "k=v");
    assert_eq!(receiver(&[GENERAL, general, own]).unwrap().unwrap().connection.headers, [pair("k", "v")]);
}

#[test]
fn a_bad_header_is_named_and_never_its_value() {
    for (text, words) in [
        ("a=b,s3cret", &["entry 2 of OTEL_EXPORTER_OTLP_HEADERS"][..]),
        ("Bearer s3cret", &["entry 1"]),
        ("a b=s3cret", &["`a b`", "OTEL_EXPORTER_OTLP_HEADERS"]),
        ("key=s3cret%0Ax: y", &["`key`", "line break"]),
        ("key=s3cret%FF", &["`key`", "UTF-8"]),
        ("=s3cret", &["OTEL_EXPORTER_OTLP_HEADERS"]),
    ] {
        assert_says(&receiver(&[GENERAL, ("OTEL_EXPORTER_OTLP_HEADERS", text)]).unwrap_err(), words);
    }
}

#[test]
fn files_and_time_are_read_for_traces_first() {
    let endpoint = receiver(&[
        GENERAL,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1500"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/all.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/me.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
    ]);
    let connection = endpoint.unwrap().unwrap().connection;
    assert_eq!(connection.timeout, Duration::from_millis(1500));
    assert_eq!(connection.tls.authorities.unwrap().path, PathBuf::from("/ca.pem"));
    let certificate = connection.tls.client_certificate.unwrap();
    assert_eq!(certificate.setting, "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE");
    assert_eq!(connection.tls.client_key.unwrap().path, PathBuf::from("/key.pem"));
    assert_eq!(receiver(&[GENERAL]).unwrap().unwrap().connection.timeout, Duration::from_secs(10));
}

#[test]
fn a_user_in_the_address_is_basic_authentication() {
    let connection = receiver(&[(TRACES, "https://me:s3cret@h/x")]).unwrap().unwrap().connection;
    assert_eq!(connection.base, "https://h");
    assert_eq!(
        connection.credentials,
        Credentials::Basic { user: "me".into(), password: Secret::new("s3cret") }
    );
}

#[test]
fn the_port_of_grpc_is_remarked_on() {
    let endpoint = receiver(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4317")]).unwrap().unwrap();
    assert!(endpoint.remarks[0].contains("4318"), "{:?}", endpoint.remarks);
    assert!(receiver(&[GENERAL]).unwrap().unwrap().remarks.is_empty());
}

#[test]
fn code_names_its_own_receiver() {
    let variables =
        [GENERAL, ("OTEL_EXPORTER_OTLP_HEADERS", "key=s3cret"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000")];
    let code = |url: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> =
            headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        with(&variables, &[], |sources| Connection::to_otlp_in_code(url, &headers, "otlp in code", sources))
    };
    let endpoint = code("http://mine:4318", &[("k", "v")]).unwrap();
    assert_eq!(
        (endpoint.connection.base.as_str(), endpoint.path.reveal()),
        ("http://mine:4318", "/v1/traces")
    );
    assert_eq!(endpoint.connection.headers, [("k".to_owned(), Secret::new("v"))]);
    assert_eq!(endpoint.connection.timeout, Duration::from_secs(2));
    assert_eq!(code("http://mine/in", &[]).unwrap().path.reveal(), "/in");
    assert_says(&code("mine:4318", &[]).unwrap_err(), &["otlp in code"]);
    assert_says(&code("http://mine", &[("k", "s3cret\r\nx: y")]).unwrap_err(), &["`k` of otlp in code"]);
}

#[test]
fn a_time_that_is_no_number_is_named() {
    for text in ["soon", "0", "-1"] {
        let refusal = receiver(&[GENERAL, ("OTEL_EXPORTER_OTLP_TIMEOUT", text)]).unwrap_err();
        assert_says(&refusal, &["OTEL_EXPORTER_OTLP_TIMEOUT", "milliseconds"]);
    }
    assert_says(
        &receiver(&[GENERAL, ("OTEL_EXPORTER_OTLP_INSECURE", "so")]).unwrap_err(),
        &["_INSECURE is `so`"],
    );
}
