//! Reports of durations to a server that answers as each test says.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::HistogramDataPoint;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;

use super::*;
use crate::config::{Connection, OtlpProtocol, Secret};
use crate::http::tests::scripted::{Received, Reply, Scripted};
use crate::model::{Span, SpanId, SpanType, Status, StatusCode, Trace, TraceId, TraceInfo};

fn exporter(server: &Scripted, interval: Duration) -> MetricsExporter {
    let mut connection = Connection::plain(server.url(), "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
    connection.timeout = Duration::from_millis(500);
    MetricsExporter::new(MetricsSettings {
        destination: MetricsDestination {
            connection,
            path: Secret::new("/v1/metrics"),
            protocol: OtlpProtocol::HttpProtobuf,
            gzip: false,
            resource: vec![("service.name".to_owned(), "shop".to_owned())],
            interval,
        },
        experiment: Experiment::Id("7".to_owned()),
        wake: Arc::new(|| {}),
        prepare_thread: || {},
    })
}

const NEVER: Duration = Duration::from_secs(3600);

/// A root of 7 ms and a failed tool of 3 ms in it.
fn trace() -> Trace {
    let trace_id = TraceId::from_u128(1).unwrap();
    let span = |id: u64, nanos: u64| Span {
        trace_id,
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: (id > 1).then(|| SpanId::from_u64(1).unwrap()),
        name: format!("span {id}"),
        span_type: if id > 1 { SpanType::Tool } else { SpanType::Agent },
        start_unix_nanos: 1_000,
        end_unix_nanos: 1_000 + nanos,
        status: Status {
            code: if id > 1 { StatusCode::Error } else { StatusCode::Ok },
            message: String::new(),
        },
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    };
    let mut info = TraceInfo::new(trace_id);
    info.name = "agent".to_owned();
    info.tags.insert("team".to_owned(), "red".to_owned());
    info.metadata.insert("mlflow.user".to_owned(), "me".to_owned());
    info.metadata.insert("mlflow.traceInputs".to_owned(), "long and different".to_owned());
    info.session = Some("S".to_owned());
    Trace::new(info, vec![span(1, 7_000_000), span(2, 3_000_000)], Completeness::Whole)
}

fn push(exporter: &mut MetricsExporter, traces: usize, urgency: Urgency) {
    let mut queue: VecDeque<_> = (0..traces).map(|_| Arc::new(Finished::from(trace()))).collect();
    let outcome = exporter.export(&mut queue, urgency);
    assert!(queue.is_empty() && outcome.delivered_traces == 0 && outcome.dropped_spans == 0);
}

/// Calls as the worker does until nothing is awaited; how long it took.
fn settle(exporter: &mut MetricsExporter, urgency: Urgency) -> Duration {
    let begin = Instant::now();
    while exporter.unsettled() > 0 {
        assert!(begin.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
        push(exporter, 0, urgency);
    }
    begin.elapsed()
}

fn points(request: &Received) -> Vec<HistogramDataPoint> {
    let request = ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    let Some(Data::Histogram(histogram)) = &request.resource_metrics[0].scope_metrics[0].metrics[0].data
    else {
        panic!("{request:?}")
    };
    let mut points = histogram.data_points.clone();
    points.sort_by(|a, b| a.sum.unwrap().total_cmp(&b.sum.unwrap()));
    points
}

fn attributes(point: &HistogramDataPoint) -> Vec<(String, String)> {
    let text = |value: &Any| match value {
        Any::StringValue(text) => text.clone(),
        Any::BoolValue(is_true) => is_true.to_string(),
        other => panic!("{other:?}"),
    };
    let pairs = point.attributes.iter();
    pairs.map(|one| (one.key.clone(), text(one.value.as_ref().unwrap().value.as_ref().unwrap()))).collect()
}

#[test]
fn each_span_counts_among_those_with_its_attributes() {
    let server = Scripted::start(|_| Reply::status(200));
    let mut exporter = exporter(&server, NEVER);
    push(&mut exporter, 2, Urgency::Flush);
    settle(&mut exporter, Urgency::Flush);
    let received = server.received();
    assert_eq!((received.len(), received[0].path.as_str()), (1, "/v1/metrics"));
    let points = points(&received[0]);
    assert_eq!((points.len(), points[0].sum, points[1].sum), (2, Some(6.0), Some(14.0)));
    assert_eq!((points[0].count, points[0].bucket_counts[1], points[1].bucket_counts[2]), (2, 2, 2));
    let expected = [
        ("root", "false"),
        ("span_type", "TOOL"),
        ("span_status", "ERROR"),
        ("experiment_id", "7"),
        ("tags.mlflow.traceName", "agent"),
        ("tags.team", "red"),
        ("metadata.mlflow.user", "me"),
        ("metadata.mlflow.trace.session", "S"),
    ];
    assert_eq!(attributes(&points[0]), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(
        attributes(&points[1])[..3].iter().map(|(_, value)| &**value).collect::<Vec<_>>(),
        ["true", "AGENT", "OK"]
    );
}

#[test]
fn reports_are_cumulative_and_come_in_intervals() {
    let server = Scripted::start(|_| Reply::status(200));
    let mut exporter = exporter(&server, Duration::from_millis(100));
    push(&mut exporter, 1, Urgency::Relaxed);
    assert_eq!(exporter.unsettled(), 0, "nobody waits");
    server.wait_for(1, Duration::from_secs(5));
    push(&mut exporter, 1, Urgency::Relaxed);
    let received = server.wait_for(4, Duration::from_secs(5));
    let first = points(&received[0])[0].clone();
    let last = points(received.last().unwrap())[0].clone();
    assert_eq!((first.count, last.count), (1, 2));
    assert_eq!(first.start_time_unix_nano, last.start_time_unix_nano);
    assert!(first.time_unix_nano < last.time_unix_nano);
    push(&mut exporter, 0, Urgency::Final);
}

#[test]
fn a_report_that_does_not_arrive_is_in_the_next_and_delays_nobody() {
    let server = Scripted::start(|request| Reply::status(if request.number == 0 { 503 } else { 200 }));
    let mut exporter = exporter(&server, NEVER);
    push(&mut exporter, 1, Urgency::Flush);
    settle(&mut exporter, Urgency::Flush);
    push(&mut exporter, 1, Urgency::Relaxed);
    push(&mut exporter, 0, Urgency::Final);
    settle(&mut exporter, Urgency::Final);
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(points(&received[1])[0].count, 2);
}

#[test]
fn the_end_of_the_process_waits_for_a_silent_receiver_no_longer_than_its_time_out() {
    let server = Scripted::start(|_| Reply::never());
    let mut exporter = exporter(&server, NEVER);
    push(&mut exporter, 1, Urgency::Final);
    let took = settle(&mut exporter, Urgency::Final);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_flush_without_news_sends_nothing() {
    let server = Scripted::start(|_| Reply::status(200));
    let mut exporter = exporter(&server, NEVER);
    for _ in 0..3 {
        push(&mut exporter, 0, Urgency::Flush);
        settle(&mut exporter, Urgency::Flush);
    }
    assert!(server.received().is_empty());
    assert!(!exporter.has_thread, "nor is there a thread");
}
