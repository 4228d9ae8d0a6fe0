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

/// Sends four traces to a server that refuses its first `times` requests for spans, and waits until nothing waits.
fn after_refusals(name: &str, times: usize, reply: Reply) -> (Receiver, Ran) {
    let receiver = Receiver::judging(move |number, _| match number < times {
        true => Verdict::Refuse(reply.clone()),
        false => Verdict::Take,
    });
    let ran = send_to(name, &receiver, &[]);
    (receiver, ran)
}

fn send_to(name: &str, receiver: &Receiver, variables: &[(&str, &str)]) -> Ran {
    let folder = Folder::new(&format!("delivery-server-{name}"));
    let program = sends(&folder, &["send=4", "until-empty=20000", "flush", "stats"]);
    let program = variables.iter().fold(program, |program, (name, value)| program.env(name, value));
    program.env("MLFLOW_TRACKING_URI", receiver.url()).run().untouched(4)
}

/// Every trace came once, with its info; so many tries failed.
#[track_caller]
fn assert_all_came(receiver: &Receiver, ran: &Ran, retries: u64) {
    receiver.assert_has_once(4);
    let mut infos = receiver.infos();
    infos.sort();
    let traces: Vec<String> = receiver.traces().into_keys().map(|id| format!("tr-{id}")).collect();
    assert_eq!(infos, traces, "one info for each trace");
    let stats = ran.destination(0);
    assert_eq!((&stats["delivered_spans"], &stats["retries"]), (&20.into(), &retries.into()), "{ran}");
    assert_eq!((ran.number("dropped"), ran.number("spooled")), (0, 0), "{ran}");
}

#[test]
fn a_server_that_is_not_there_for_a_while_is_tried_again() {
    for (name, reply) in [
        ("429", Reply::status(429).header("Retry-After", "1")),
        ("502", Reply::status(502)),
        ("503", Reply::status(503)),
        ("504", Reply::status(504)),
        ("reset", Reply::reset()),
        ("in-mid-body", Reply::json("x".repeat(1000)).broken_off_after(300)),
    ] {
        let (receiver, ran) = after_refusals(name, 1, reply);
        assert_all_came(&receiver, &ran, 1);
        assert_eq!(ran.sentences().len(), 1, "{name}\n{ran}");
    }
}

#[test]
fn missing_rights_are_said_with_the_variables_and_the_traces_wait() {
    let variables = [("MLFLOW_TRACKING_TOKEN", "old-token")];
    for (status, words) in [(401, ["401", "MLFLOW_TRACKING_TOKEN"]), (403, ["403", "MLFLOW_TRACKING_TOKEN"])]
    {
        let receiver = Receiver::judging(move |number, request| {
            assert_eq!(request.header("authorization"), Some("Bearer old-token"));
            if number == 0 { Verdict::Refuse(Reply::status(status)) } else { Verdict::Take }
        });
        let ran = send_to(&status.to_string(), &receiver, &variables);
        assert_all_came(&receiver, &ran, 1);
        let said = ran.sentences().join("\n");
        assert!(words.iter().all(|word| said.contains(word)) && !said.contains("old-token"), "{ran}");
    }
}

#[test]
fn a_login_page_in_place_of_the_server_is_said_and_the_traces_wait_for_it() {
    let html =
        Reply::status(200).header("Content-Type", "text/html").body("<!doctype html><form>login</form>");
    let redirect = Reply::status(302).header("Location", "/login");
    for (name, reply) in [("html", html), ("redirect", redirect)] {
        let (receiver, ran) = after_refusals(name, 1, reply);
        assert_all_came(&receiver, &ran, 1);
        let said = ran.sentences().join("\n");
        assert!(said.contains("login") && said.contains("MLFLOW_TRACKING_URI"), "{name}\n{ran}");
    }
}

#[test]
fn requests_that_are_too_large_for_the_server_are_split_until_everything_arrives() {
    let receiver =
        Receiver::judging(|_, request| match request.body.len().max(request.plain_body().len()) > 150_000 {
            true => Verdict::Refuse(Reply::status(413)),
            false => Verdict::Take,
        });
    let folder = Folder::new("delivery-server-413");
    let ran = sends(&folder, &["bytes=40000", "send=12", "until-empty=20000", "flush", "stats"])
        .env("MLFLOW_TRACKING_URI", receiver.url())
        .run()
        .untouched(12);
    receiver.assert_has_once(12);
    assert_eq!(receiver.infos().len(), 12);
    assert_eq!((ran.number("delivered"), ran.number("dropped")), (60, 0), "{ran}");
}

#[test]
fn an_experiment_of_the_environment_is_made_once_and_found_again() {
    let receiver = Receiver::judging(|_, request| {
        assert_eq!(request.header("x-mlflow-experiment-id"), Some("1"));
        Verdict::Take
    });
    for round in 1..=2 {
        let folder = Folder::new("delivery-server-experiment");
        sends(&folder, &["send=4", "flush"])
            .env("MLFLOW_TRACKING_URI", receiver.url())
            .env("MLFLOW_EXPERIMENT_NAME", "bots")
            .run()
            .untouched(4);
        receiver.assert_has_once(round * 4);
    }
    let made = receiver.server.received();
    let made = made.iter().filter(|request| request.path.ends_with("/experiments/create")).count();
    assert_eq!(made, 1);
}

#[test]
fn a_slow_server_is_waited_for() {
    let receiver =
        Receiver::judging(|_, _| Verdict::TakeAnd(Reply::json("{}").after(Duration::from_millis(700))));
    let ran = send_to("slow", &receiver, &[]);
    assert_all_came(&receiver, &ran, 0);
    assert!(ran.sentences().is_empty(), "{ran}");
}
