//! The sender by gRPC over TLS.

use std::process::Command;

use super::*;
use crate::config::PemFile;
use crate::http::tests::scripted::{Authority, Issued};

/// TLS of a server with a certificate of this authority's, which wants one of the same from its clients.
fn server_side(authority: &Authority, shown: &Issued) -> ServerTlsConfig {
    ServerTlsConfig::new()
        .identity(Identity::from_pem(&shown.certificate, &shown.key))
        .client_ca_root(Certificate::from_pem(authority.pem()))
}

/// tonic takes the provider of cryptography that is the process's default, and a test of the HTTP client makes a useless
/// one that.
#[test]
fn an_authority_and_a_client_certificate_out_of_files_are_used() {
    let name = "exporters::otlp::grpc::tests::tls::in_a_process_of_its_own";
    let own = std::env::current_exe().unwrap();
    let ran = Command::new(own).args(["--exact", "--ignored", name]).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "a process of another test"]
fn in_a_process_of_its_own() {
    let authority = Authority::new("ours");
    let shown = authority.issue_for_server(&["localhost"]);
    let collector = Collector::start_with(Some(server_side(&authority, &shown)), usize::MAX, |_, _| taken());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, setting: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(PemFile::new(setting, path))
    };
    let client = authority.issue_for_client("me");
    let mut destination = destination(format!("https://localhost:{}", collector.address.port()));
    let sent = send(&destination, &["a"]);
    assert!(sent.failure.unwrap().sentence.contains("authority that is not trusted"));
    destination.connection.tls.authorities = file("ca", "OTEL_EXPORTER_OTLP_CERTIFICATE", &authority.pem());
    let sent = send(&destination, &["a"]);
    assert_eq!(sent.fates, [Fate::Later], "no client certificate: {sent:?}");
    let setting = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    destination.connection.tls.client_certificate = file("pem", setting, &client.certificate);
    destination.connection.tls.client_key = file("key", "OTEL_EXPORTER_OTLP_CLIENT_KEY", &client.key);
    let sent = send(&destination, &["a"]);
    assert_eq!(sent.fates, [DELIVERED], "{sent:?}");
    destination.connection.tls.client_key = file("odd", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "no key");
    let error = OtlpSender::new(&destination).err().unwrap().to_string();
    assert!(error.contains("OTEL_EXPORTER_OTLP_CLIENT_KEY"), "{error}");
}
