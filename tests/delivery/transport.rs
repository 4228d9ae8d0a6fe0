//! TLS with an authority and a client certificate of one's own, and proxies, all by environment variables.

use std::fs;
use std::path::PathBuf;

use crate::program::{Reported as _, sends, sends_to};
use crate::support::{Authority, Folder, Ran, Receiver, Reply, Scripted};

pub(crate) const STEPS: [&str; 4] = ["send=2", "flush", "stats", "sleep=0"];

/// Writes a file of the test and says where.
pub(crate) fn written(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let path = folder.file(name);
    fs::write(&path, text).unwrap();
    path
}

#[track_caller]
pub(crate) fn assert_delivered(receiver: &Receiver, ran: Ran) {
    let ran = ran.untouched(2);
    receiver.assert_has_once(2);
    assert_eq!((ran.number("delivered"), ran.sentences().len()), (10, 0), "{ran}");
}

/// Nothing came, nothing is lost, and one sentence names what has to be set.
#[track_caller]
pub(crate) fn assert_waits(receiver: &Receiver, ran: Ran, words: &[&str]) {
    let ran = ran.untouched(2);
    assert_eq!(receiver.spans().len(), 0);
    let counts = (ran.number("delivered"), ran.number("spooled"), ran.number("dropped"));
    assert_eq!(counts, (0, 10, 0), "{ran}");
    let said = ran.sentences();
    assert!(said.len() == 1 && words.iter().all(|word| said[0].contains(word)), "{words:?}\n{ran}");
}

#[test]
fn an_authority_of_ones_own_is_trusted_by_its_variable_and_only_by_it() {
    let authority = Authority::new("the company");
    let receiver = Receiver::with_tls(&authority, None);
    let folder = Folder::new("delivery-own-authority");
    let ran = sends_to(&receiver, &folder, &STEPS).run();
    assert_waits(&receiver, ran, &["not trusted", "OTEL_EXPORTER_OTLP_CERTIFICATE", "Traces wait in"]);
    let ca = written(&folder, "ca.pem", &authority.pem());
    let folder = Folder::new("delivery-own-authority-trusted");
    for name in ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"] {
        let before = receiver.traces().len();
        let ran = sends_to(&receiver, &folder, &STEPS).env(name, &ca).run().untouched(2);
        assert_eq!(receiver.traces().len(), before + 2, "{name}\n{ran}");
        assert_eq!(ran.sentences().len(), 0, "{ran}");
    }
}

#[test]
fn a_certificate_for_another_authority_is_not_taken() {
    let receiver = Receiver::with_tls(&Authority::new("somebody else"), None);
    let folder = Folder::new("delivery-wrong-authority");
    let ca = written(&folder, "ca.pem", &Authority::new("the company").pem());
    let ran = sends_to(&receiver, &folder, &STEPS).env("OTEL_EXPORTER_OTLP_CERTIFICATE", ca).run();
    assert_waits(&receiver, ran, &["not trusted", "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
}

#[test]
fn a_client_certificate_is_shown_by_its_variables_and_its_lack_is_said() {
    let (authority, clients) = (Authority::new("the company"), Authority::new("the people"));
    let receiver = Receiver::with_tls(&authority, Some(&clients));
    let folder = Folder::new("delivery-client-certificate");
    let ca = written(&folder, "ca.pem", &authority.pem());
    let with_ca =
        |folder: &Folder| sends_to(&receiver, folder, &STEPS).env("OTEL_EXPORTER_OTLP_CERTIFICATE", &ca);
    let without = with_ca(&Folder::new("delivery-no-client-certificate")).run();
    assert_waits(&receiver, without, &["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]);
    let shown = clients.issue_for_client("the app");
    let certificate = written(&folder, "client.pem", &shown.certificate);
    let key = written(&folder, "client.key", &shown.key);
    let ran = with_ca(&folder)
        .env("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)
        .env("OTEL_EXPORTER_OTLP_CLIENT_KEY", key)
        .run();
    assert_delivered(&receiver, ran);
}

#[test]
fn the_way_goes_through_the_proxy_of_the_environment_with_its_password() {
    let receiver = Receiver::willing();
    let address = receiver.server.address();
    let proxy = Scripted::start(move |request| {
        match (request.method.as_str(), request.header("proxy-authorization")) {
            // `me:s3cret`
            ("CONNECT", Some("Basic bWU6czNjcmV0")) => Reply::tunnel_to(address),
            _ => Reply::status(407),
        }
    });
    // A name that only the proxy knows.
    let to = |name: &str, user: &str| {
        let folder = Folder::new(name);
        let url = format!("http://{user}{}", proxy.address());
        sends(&folder, &STEPS)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318")
            .env("HTTP_PROXY", url)
            .run()
    };
    assert_waits(&receiver, to("delivery-proxy-refuses", "me:wr0ng@"), &["HTTP_PROXY", "407"]);
    assert_delivered(&receiver, to("delivery-proxy", "me:s3cret@"));
    assert_eq!(proxy.received().last().unwrap().path, "collector.invalid:4318");
}
