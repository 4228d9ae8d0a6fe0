//! Experiments: found, created, raced for, deleted, gone.

use super::*;

const GET: &str = "GET /api/2.0/mlflow/experiments/get-by-name";
const GET_BY_ID: &str = "GET /api/2.0/mlflow/experiments/get";
const CREATE: &str = "POST /api/2.0/mlflow/experiments/create";

fn named(name: &str) -> Parcel {
    Parcel { experiment: Experiment::Name(name.to_owned()), ..parcel(trace_with(1)) }
}

fn missing() -> Reply {
    error_reply(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name 'x'")
}

fn there(id: &str, stage: &str) -> Reply {
    Reply::json(format!(r#"{{"experiment": {{"experiment_id": "{id}", "lifecycle_stage": "{stage}"}}}}"#))
}

/// A server whose answers about experiments come from this function.
fn serve(mut about: impl FnMut(&str) -> Reply + Send + 'static) -> Scripted {
    let mut otherwise = willing("3.17.2");
    Scripted::start(move |request| match request.path.contains("/experiments/") {
        true => about(&route(request)),
        false => otherwise(request),
    })
}

/// The experiments that spans were sent to, in order.
fn targets(server: &Scripted) -> Vec<String> {
    let received = server.received().into_iter();
    received.filter_map(|request| request.header("x-mlflow-experiment-id").map(str::to_owned)).collect()
}

#[test]
fn a_missing_experiment_is_created_once() {
    let server = serve(|route| match route {
        GET => missing(),
        _ => Reply::json(r#"{"experiment_id": "7"}"#),
    });
    let mut sender = sender(&server.url());
    send(&mut sender, &[named("a b")]);
    send(&mut sender, &[named("a b")]);
    assert_eq!(targets(&server), ["7", "7"]);
    assert_eq!(routes(&server).iter().filter(|route| *route == CREATE).count(), 1);
    assert!(server.received()[1].path.ends_with("experiment_name=a%20b"));
}

#[test]
fn the_loser_of_a_race_takes_what_the_winner_made() {
    let mut looks = 0;
    let server = serve(move |route| match route {
        GET if looks == 0 => {
            looks += 1;
            missing()
        }
        GET => there("9", "active"),
        _ => error_reply(400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=x) already exists"),
    });
    assert_eq!(send(&mut sender(&server.url()), &[named("x")]).fates, [DELIVERED]);
    assert_eq!(targets(&server), ["9"]);
}

#[test]
fn the_name_of_a_trace_wins_and_each_experiment_has_its_requests() {
    let mut next = 10;
    let server = serve(move |route| match route {
        GET => missing(),
        _ => {
            next += 1;
            Reply::json(format!(r#"{{"experiment_id": "{next}"}}"#))
        }
    });
    let mut parcels = [named("all"), named("all"), named("all"), parcel(trace_with(4))];
    parcels[1].trace.info.experiment = Some("its own".to_owned());
    assert_eq!(send(&mut sender(&server.url()), &parcels).fates, [DELIVERED; 4]);
    assert_eq!(targets(&server), ["11", "12", "0"]);
}

#[test]
fn a_deleted_experiment_is_said_and_replaced_for_a_while() {
    let server = serve(|_| there("3", "deleted"));
    let sent = send(&mut sender(&server.url()), &[named("x")]);
    assert_eq!(sent.fates, [DELIVERED]);
    assert_eq!(targets(&server), ["0"]);
    let remark = &sent.remarks[0];
    assert!(
        remark.contains("`x`") && remark.contains("is deleted; restore it or choose another"),
        "{remark}"
    );
}

#[test]
fn an_unknown_id_is_said_once() {
    let server = serve(|route| match route {
        GET_BY_ID => error_reply(404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=77 exists"),
        route => panic!("{route}"),
    });
    let mut sender = sender(&server.url());
    let parcels = [Parcel { experiment: Experiment::Id("77".to_owned()), ..parcel(trace_with(1)) }];
    let sent = send(&mut sender, &parcels);
    assert!(sent.remarks[0].contains("no experiment with the id `77`"), "{:?}", sent.remarks);
    assert!(send(&mut sender, &parcels).remarks.is_empty());
    assert_eq!(targets(&server), ["0", "0"]);
}

#[test]
fn an_experiment_that_went_is_made_again() {
    let (mut gone, mut created) = (false, 20);
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        GET => missing(),
        CREATE => {
            created += 1;
            gone = created == 21;
            Reply::json(format!(r#"{{"experiment_id": "{created}"}}"#))
        }
        "POST /v1/traces" if gone => {
            error_reply(404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=21 exists")
        }
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &[named("x")]).fates, [DELIVERED]);
    assert_eq!(targets(&server), ["21", "22"]);
}

#[test]
fn an_experiment_that_is_deleted_meanwhile_is_said_by_its_info() {
    let mut is_deleted = false;
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match route(request).as_str() {
        GET => there("5", if is_deleted { "deleted" } else { "active" }),
        "POST /api/3.0/mlflow/traces" if String::from_utf8_lossy(&request.body).contains("\"5\"") => {
            is_deleted = true;
            let text = "The experiment 5 must be in the 'active' state. Current state is deleted.";
            error_reply(400, "INVALID_PARAMETER_VALUE", text)
        }
        _ => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &[named("x")]);
    assert_eq!((sent.fates.as_slice(), sent.remarks.len()), ([DELIVERED].as_slice(), 1));
    assert_eq!(targets(&server), ["5", "0"]);
}

#[test]
fn a_workspace_has_a_default_experiment_of_its_own() {
    let server = serve(|route| match route {
        GET => missing(),
        _ => Reply::json(r#"{"experiment_id": "12"}"#),
    });
    let mut destination = destination(&server.url());
    destination
        .connection
        .headers
        .push(("X-MLFLOW-WORKSPACE".to_owned(), crate::config::Secret::new("team-a")));
    let sent = send(&mut ServerSender::new(&destination).unwrap(), &parcels(1));
    assert_eq!(sent.fates, [DELIVERED]);
    assert_eq!(targets(&server), ["12"]);
    assert!(server.received()[1].path.ends_with("experiment_name=Default"));
    assert!(server.received().iter().all(|request| request.header("x-mlflow-workspace") == Some("team-a")));
}
