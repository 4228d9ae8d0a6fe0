//! TLS: whom we trust, what we show, and what is said when that fails.

use std::fs;
use std::path::PathBuf;

use super::scripted::{Authority, Reply, Scripted};
use super::{GET, to};
use crate::config::{Connection, PemFile, Tls};
use crate::http::{Client, HttpFailure, HttpFailureKind};

/// PEM files of one test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, setting: &str, text: &str) -> PemFile {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        PemFile::new(setting, path)
    }
}

fn with_tls(server: &Scripted, tls: Tls) -> Result<u16, HttpFailure> {
    let connection = Connection { tls, ..to(server) };
    Client::new(&connection).unwrap().send(&GET).map(|answer| answer.status)
}

fn refusal(tls: Tls) -> String {
    let connection = Connection { tls, ..Connection::plain("https://localhost", "MLFLOW_TRACKING_URI") };
    Client::new(&connection).unwrap_err().to_string()
}

const CA: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
const CLIENT: &str = "MLFLOW_TRACKING_CLIENT_CERT_PATH";

#[test]
fn a_bundle_with_the_servers_authority_among_others_is_enough() {
    let (files, own, other) = (Files::new(), Authority::new("own"), Authority::new("other"));
    let server = Scripted::start_tls(&own, None, |_| Reply::text("ok"));
    let bundle = files.write("ca.pem", CA, &format!("# ours\n{}\n{}", other.pem(), own.pem()));
    assert_eq!(with_tls(&server, Tls { authorities: Some(bundle), ..Tls::default() }), Ok(200));
}

#[test]
fn a_directory_of_authorities_is_read_too() {
    let (files, own, other) = (Files::new(), Authority::new("own"), Authority::new("other"));
    let server = Scripted::start_tls(&own, None, |_| Reply::text("ok"));
    files.write("a.pem", CA, &other.pem());
    files.write("b.pem", CA, &own.pem());
    files.write("readme.txt", CA, "no certificate");
    let directory = PemFile::new("REQUESTS_CA_BUNDLE", files.0.path());
    assert_eq!(with_tls(&server, Tls { authorities: Some(directory), ..Tls::default() }), Ok(200));
}

#[test]
fn a_server_of_an_unknown_authority_is_refused_with_a_sentence() {
    let (files, own, other) = (Files::new(), Authority::new("own"), Authority::new("other"));
    let server = Scripted::start_tls(&own, None, |_| Reply::text("ok"));
    let failure = with_tls(&server, Tls::default()).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Tls, "{}", failure.sentence);
    assert!(
        failure.sentence.contains("not trusted") && failure.sentence.contains(CA),
        "{}",
        failure.sentence
    );
    let bundle = files.write("ca.pem", "REQUESTS_CA_BUNDLE", &other.pem());
    let failure = with_tls(&server, Tls { authorities: Some(bundle), ..Tls::default() }).unwrap_err();
    assert!(failure.sentence.contains("REQUESTS_CA_BUNDLE"), "{}", failure.sentence);
    assert!(server.received().is_empty());
}

#[test]
fn a_certificate_for_another_name_is_refused_with_a_sentence() {
    let (files, own) = (Files::new(), Authority::new("own"));
    let server = Scripted::start_tls(&own, None, |_| Reply::text("ok"));
    let base = format!("https://127.0.0.1:{}", server.address().port());
    let authorities = Some(files.write("ca.pem", CA, &own.pem()));
    let tls = Tls { authorities, ..Tls::default() };
    let connection = Connection { tls, ..Connection::plain(base, "MLFLOW_TRACKING_URI") };
    let failure = Client::new(&connection).unwrap().send(&GET).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Tls);
    assert!(failure.sentence.contains("another name"), "{}", failure.sentence);
}

#[test]
fn the_insecure_switch_trusts_anyone() {
    let server = Scripted::start_tls(&Authority::new("own"), None, |_| Reply::text("ok"));
    assert_eq!(with_tls(&server, Tls { is_insecure: true, ..Tls::default() }), Ok(200));
}

#[test]
fn a_client_certificate_is_shown_from_one_file_or_from_two() {
    let (files, own, clients) = (Files::new(), Authority::new("own"), Authority::new("clients"));
    let server = Scripted::start_tls(&own, Some(&clients), |_| Reply::text("ok"));
    let mine = clients.issue_for_client("me");
    let authorities = Some(files.write("ca.pem", CA, &own.pem()));
    let both = files.write("me.pem", CLIENT, &format!("{}{}", mine.certificate, mine.key));
    let certificate = files.write("me.crt", CLIENT, &mine.certificate);
    let key = files.write("me.key", "OTEL_EXPORTER_OTLP_CLIENT_KEY", &mine.key);
    let tls = Tls { authorities, ..Tls::default() };
    assert_eq!(with_tls(&server, Tls { client_certificate: Some(both), ..tls.clone() }), Ok(200));
    let apart = Tls { client_certificate: Some(certificate), client_key: Some(key), ..tls.clone() };
    assert_eq!(with_tls(&server, apart), Ok(200));
    let failure = with_tls(&server, tls).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Tls, "{}", failure.sentence);
    assert!(failure.sentence.contains(CLIENT), "{}", failure.sentence);
}

#[test]
fn files_that_cannot_be_used_are_an_error_that_names_the_setting() {
    let (files, clients) = (Files::new(), Authority::new("clients"));
    let (mine, yours) = (clients.issue_for_client("me"), clients.issue_for_client("you"));
    let ca = |file| Tls { authorities: Some(file), ..Tls::default() };
    let client = |file| Tls { client_certificate: Some(file), ..Tls::default() };
    let mixed = format!("{}{}", mine.certificate, yours.key);
    let locked = mine.key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let key = Some(files.write("me.key", "OTEL_EXPORTER_OTLP_CLIENT_KEY", &mine.key));
    for (tls, words) in [
        (
            ca(PemFile::new(CA, "/nowhere/ca.pem")),
            ["/nowhere/ca.pem of MLFLOW_TRACKING_SERVER_CERT_PATH", "can't be read"],
        ),
        (ca(files.write("text.pem", CA, "no PEM at all")), [CA, "no certificate"]),
        (ca(files.write("key.pem", CA, &mine.key)), [CA, "no certificate"]),
        (
            ca(files.write("bad.pem", CA, "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n")),
            [CA, "no PEM"],
        ),
        (client(files.write("only.pem", CLIENT, &mine.certificate)), [CLIENT, "no private key"]),
        (client(files.write("mixed.pem", CLIENT, &mixed)), [CLIENT, "do not belong together"]),
        (
            client(files.write("locked.pem", CLIENT, &(mine.certificate + &locked))),
            [CLIENT, "without a passphrase"],
        ),
        (
            Tls { client_key: key, ..Tls::default() },
            ["OTEL_EXPORTER_OTLP_CLIENT_KEY", "name the certificate"],
        ),
    ] {
        let said = refusal(tls);
        for word in words {
            assert!(said.contains(word), "`{word}` is missing: {said}");
        }
    }
}

#[test]
fn plain_and_encrypted_ports_are_told_apart() {
    let plain = Scripted::start(|_| Reply::text("ok"));
    let connection = Connection::plain(plain.url().replace("http:", "https:"), "MLFLOW_TRACKING_URI");
    let failure = Client::new(&connection).unwrap().send(&GET).unwrap_err();
    assert_eq!(failure.kind, HttpFailureKind::Tls, "{}", failure.sentence);
    assert!(failure.sentence.contains("does not speak TLS"), "{}", failure.sentence);
    let encrypted = Scripted::start_tls(&Authority::new("own"), None, |_| Reply::text("ok"));
    let connection = Connection::plain(encrypted.url().replace("https:", "http:"), "MLFLOW_TRACKING_URI");
    assert!(Client::new(&connection).unwrap().send(&GET).is_err());
}

/// The process's default provider is another library's to choose; ours neither sets it nor minds what it is.
#[test]
fn a_provider_that_the_program_made_its_default_changes_nothing() {
    let mut useless = rustls::crypto::ring::default_provider();
    useless.cipher_suites.clear();
    useless.kx_groups.clear();
    let (files, own) = (Files::new(), Authority::new("own"));
    let server = Scripted::start_tls(&own, None, |_| Reply::text("ok"));
    let tls = Tls { authorities: Some(files.write("ca.pem", CA, &own.pem())), ..Tls::default() };
    assert_eq!(with_tls(&server, tls.clone()), Ok(200));
    assert!(rustls::crypto::CryptoProvider::get_default().is_none(), "the default is the program's to set");
    useless.install_default().unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_some_and(|one| one.cipher_suites.is_empty()));
    assert_eq!(with_tls(&server, tls), Ok(200));
}
