//! Requests for spans: what goes together, what is split, and the info that follows.

use super::*;

/// How many spans' names a body has.
fn holds(request: &Received, text: &str) -> bool {
    let body = request.plain_body();
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn spans_go_together_and_each_info_after_them() {
    let server = Scripted::start(willing("3.17.2"));
    let mut destination = destination(&server.url());
    destination.run_id = Some("run-1".to_owned());
    let mut parcels = parcels(3);
    for parcel in &mut parcels {
        parcel.trace.info.metadata.insert("mlflow.sourceRun".to_owned(), "run-1".to_owned());
    }
    let sent = send(&mut ServerSender::new(&destination).unwrap(), &parcels);
    assert_eq!(sent.fates, [DELIVERED; 3]);
    let info = "POST /api/3.0/mlflow/traces";
    assert_eq!(routes(&server), ["GET /version", "POST /v1/traces", info, info, info]);
    let received = server.received();
    assert_eq!(received[1].header("content-encoding"), Some("gzip"));
    assert_eq!(received[1].header("content-type"), Some("application/x-protobuf"));
    assert_eq!(received[1].header("x-mlflow-experiment-id"), Some("0"));
    assert_eq!(received[1].header("x-mlflow-run-id"), Some("run-1"));
    assert_eq!((received[2].header("content-encoding"), received[2].header("origin")), (None, None));
    let body: serde_json::Value = serde_json::from_slice(&received[2].body).unwrap();
    assert_eq!(body["trace"]["trace_info"]["trace_metadata"]["mlflow.sourceRun"], "run-1");
    assert_eq!(sent.requests, 5);
    assert_eq!(sent.bytes, received.iter().map(|request| request.body.len() as u64).sum::<u64>());
}

#[test]
fn a_second_call_asks_for_nothing_that_is_known() {
    let server = Scripted::start(willing("3.17.2"));
    let mut sender = sender(&server.url());
    send(&mut sender, &parcels(1));
    send(&mut sender, &parcels(1));
    assert_eq!(routes(&server).iter().filter(|route| *route == "GET /version").count(), 1);
}

#[test]
fn a_server_before_3_7_gets_no_gzip() {
    let server = Scripted::start(willing("3.6.0"));
    assert_eq!(send(&mut sender(&server.url()), &parcels(1)).fates, [DELIVERED]);
    assert_eq!(server.received()[1].header("content-encoding"), None);
}

#[test]
fn a_server_that_hides_its_version_gets_what_all_understand() {
    let mut otherwise = willing("");
    let server = Scripted::start(move |request| match route(request).as_str() {
        "GET /version" => page(404),
        "POST /api/3.0/mlflow/traces" => trace_reply(r#""mlflow.trace.spansLocation": "TRACKING_STORE","#),
        _ => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(1)).fates, [DELIVERED]);
    assert_eq!(server.received()[1].header("content-encoding"), None);
    assert_eq!(server.received().len(), 3);
}

#[test]
fn fifty_traces_go_in_four_requests_for_their_spans() {
    let server = Scripted::start(willing("3.17.2"));
    assert_eq!(send(&mut sender(&server.url()), &parcels(100)).fates, [DELIVERED; 100]);
    assert_eq!(routes(&server).iter().filter(|route| *route == "POST /v1/traces").count(), 8);
}

#[test]
fn many_traces_go_side_by_side() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path == "/v1/traces" {
        true => otherwise(request).after(Duration::from_millis(300)),
        false => otherwise(request),
    });
    assert_eq!(send(&mut sender(&server.url()), &parcels(16)).fates, [DELIVERED; 16]);
    // One after the other would have gone over one connection.
    assert_eq!(server.connections(), 4);
}

#[test]
fn what_one_lane_is_refused_costs_the_others_nothing() {
    let mut otherwise = willing("3.17.2");
    let server =
        Scripted::start(move |request| match request.path == "/v1/traces" && holds(request, "poison") {
            true => page(503),
            false => otherwise(request),
        });
    let mut parcels = parcels(16);
    parcels[5].trace.spans[2].name = "poison".to_owned();
    let sent = send(&mut sender(&server.url()), &parcels);
    let is_later = |number: usize| number % 4 == 1;
    let fate = |number| if is_later(number) { Fate::Later } else { DELIVERED };
    assert_eq!(sent.fates, (0..16).map(fate).collect::<Vec<_>>());
    assert!(sent.failure.is_some());
}

#[test]
fn a_request_that_is_too_large_is_sent_in_smaller_ones_from_then_on() {
    let mut otherwise = willing("3.6.0");
    let server = Scripted::start(move |request| match request.body.len() > 12_000 {
        true => Reply::status(413).header("Content-Type", "text/html").body("<html>too large</html>"),
        false => otherwise(request),
    });
    let mut sender = sender(&server.url());
    assert_eq!(send(&mut sender, &parcels(20)).fates, [DELIVERED; 20]);
    let before = server.received().len();
    assert_eq!(send(&mut sender, &parcels(20)).fates, [DELIVERED; 20]);
    let again = server.received().split_off(before);
    assert!(again.iter().all(|request| request.body.len() <= 12_000));
}

#[test]
fn a_bad_span_costs_only_itself() {
    let mut otherwise = willing("3.17.2");
    let server =
        Scripted::start(move |request| match request.path == "/v1/traces" && holds(request, "poison") {
            true => Reply::status(422)
                .header("Content-Type", "application/json")
                .body(r#"{"detail": "Cannot convert OpenTelemetry span to MLflow span"}"#),
            false => otherwise(request),
        });
    let mut parcels = parcels(9);
    parcels[4].trace.spans[2].name = "poison".to_owned();
    let sent = send(&mut sender(&server.url()), &parcels);
    let mut fates = vec![DELIVERED; 9];
    fates[4] = Fate::Delivered { refused_spans: 1 };
    assert_eq!(sent.fates, fates);
    assert!(sent.failure.unwrap().sentence.contains("Cannot convert"));
    let id = parcels[4].trace.info.trace_id.to_string();
    let info =
        server.received().into_iter().find(|request| request.path.starts_with("/api") && holds(request, &id));
    assert!(holds(&info.unwrap(), r#"\"num_spans\":4"#), "readers would wait for the fifth span");
}

#[test]
fn a_trace_that_crashes_the_server_waits_alone() {
    let mut otherwise = willing("3.17.2");
    let server =
        Scripted::start(move |request| match request.path == "/v1/traces" && holds(request, "poison") {
            true => page(500),
            false => otherwise(request),
        });
    let mut parcels = parcels(8);
    parcels[5].trace.spans[2].name = "poison".to_owned();
    let sent = send(&mut sender(&server.url()), &parcels);
    let mut fates = vec![DELIVERED; 8];
    fates[5] = Fate::Later;
    assert_eq!(sent.fates, fates);
}

#[test]
fn a_server_that_fails_at_everything_is_not_asked_span_by_span() {
    let mut otherwise = willing("3.17.2");
    let server = Scripted::start(move |request| match request.path == "/v1/traces" {
        true => page(500),
        false => otherwise(request),
    });
    let sent = send(&mut sender(&server.url()), &parcels(4));
    assert_eq!(sent.fates, [Fate::Later; 4]);
    assert_eq!(sent.requests, 4, "the version, all of it, and both halves");
}

#[test]
fn a_running_trace_is_announced_once_and_never_after_the_whole() {
    let server = Scripted::start(willing("3.17.2"));
    let mut sender = sender(&server.url());
    let infos = || {
        let infos = server.received().into_iter().filter(|request| request.path == "/api/3.0/mlflow/traces");
        infos.map(|request| holds(&request, "IN_PROGRESS")).collect::<Vec<_>>()
    };
    send(&mut sender, &[parcel(running(1))]);
    send(&mut sender, &[parcel(running(1))]);
    assert_eq!(infos(), [true]);
    send(&mut sender, &[parcel(rest(1))]);
    send(&mut sender, &[parcel(running(1)), parcel(late(1))]);
    assert_eq!(infos(), [true, false]);
    let last = server.received().pop().unwrap();
    assert!(last.path == "/v1/traces" && holds(&last, "late"));
}

#[test]
fn a_trace_that_ended_meanwhile_is_not_announced() {
    let server = Scripted::start(willing("3.17.2"));
    let sent = send(&mut sender(&server.url()), &[parcel(running(1)), parcel(rest(1))]);
    assert_eq!(sent.fates, [DELIVERED; 2]);
    assert_eq!(routes(&server), ["GET /version", "POST /v1/traces", "POST /api/3.0/mlflow/traces"]);
    assert!(holds(&server.received()[2], r#""state":"OK""#));
}

#[test]
fn a_server_that_stumbles_over_its_own_metadata_gets_it_back() {
    let mut otherwise = willing("3.8.1");
    let server = Scripted::start(move |request| match route(request).as_str() {
        "POST /api/3.0/mlflow/traces" if !holds(request, "mlflow.trace.user\":\"u-spans") => error_reply(
            500,
            "INTERNAL_ERROR",
            "Dependency rule on column 'trace_info.request_id' tried to blank-out",
        ),
        route if route.starts_with("GET /api/3.0/mlflow/traces/") => Reply::json(
            r#"{"trace": {"trace_info": {"trace_metadata": {"mlflow.trace.user": "u-spans", "other": "x"}}}}"#,
        ),
        _ => otherwise(request),
    });
    let mut parcels = parcels(1);
    parcels[0].trace.info.metadata.remove("mlflow.trace.user");
    assert_eq!(send(&mut sender(&server.url()), &parcels).fates, [DELIVERED]);
}
