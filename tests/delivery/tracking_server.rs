//! An MLflow tracking server, as far as a script can be one: certificates, rights, and what becomes of the traces.

use std::time::Duration;

use crate::program::{Reported as _, sends};
use crate::support::{Authority, Folder, Ran, Receiver, Reply, Verdict};
use crate::transport::{STEPS, assert_delivered, assert_waits, written};

#[test]
fn a_client_certificate_goes_to_a_tracking_server_in_one_file() {
    let (authority, clients) = (Authority::new("the company"), Authority::new("the people"));
    let receiver = Receiver::with_tls(&authority, Some(&clients));
    let folder = Folder::new("delivery-server-certificates");
    let ca = written(&folder, "ca.pem", &authority.pem());
    let shown = clients.issue_for_client("the app");
    let both = written(&folder, "client.pem", &(shown.certificate + &shown.key));
    let ran = sends(&folder, &STEPS)
        .env("MLFLOW_TRACKING_URI", receiver.url())
        .env("MLFLOW_TRACKING_SERVER_CERT_PATH", ca)
        .env("MLFLOW_TRACKING_CLIENT_CERT_PATH", both)
        .run();
    assert_delivered(&receiver, ran);
    assert_eq!(receiver.infos().len(), 2);
}

#[test]
fn a_tracking_server_that_nobody_vouches_for_is_reached_when_that_is_wanted() {
    let receiver = Receiver::with_tls(&Authority::new("nobody"), None);
    let to = |folder: &Folder| sends(folder, &STEPS).env("MLFLOW_TRACKING_URI", receiver.url());
    let without = to(&Folder::new("delivery-server-secure")).run();
    assert_waits(&receiver, without, &["not trusted", "MLFLOW_TRACKING_SERVER_CERT_PATH"]);
    let ran = to(&Folder::new("delivery-server-insecure")).env("MLFLOW_TRACKING_INSECURE_TLS", "true").run();
    assert_delivered(&receiver, ran);
}

