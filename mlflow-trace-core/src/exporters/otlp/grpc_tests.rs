//! The sender by gRPC against a server that answers as each test says.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};
use tonic_types::{ErrorDetails, StatusExt as _};

#[path = "grpc_tls_tests.rs"]
mod tls;

use super::*;
use crate::config::{Experiment, OtlpDestination, OtlpProfile, OtlpProtocol, Secret};
use crate::exporters::otlp::OtlpSender;
use crate::exporters::{Fate, Parcel, Sender};
use crate::model::{
    Completeness, Json, Span, SpanId, SpanType, Status as SpanStatus, Trace, TraceId, TraceInfo,
};

type Answer = Result<ExportTraceServiceResponse, Status>;
type Script = Box<dyn Fn(usize, &ExportTraceServiceRequest) -> Answer + Send + Sync>;

/// A receiver on a port of its own.
struct Collector {
    heard: Arc<Heard>,
    address: std::net::SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Heard {
    script: Script,
    requests: Mutex<Vec<(MetadataMap, ExportTraceServiceRequest)>>,
}

struct Service(Arc<Heard>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, body) = request.into_parts();
        let mut requests = self.0.requests.lock().unwrap();
        let answer = (self.0.script)(requests.len(), &body);
        requests.push((metadata, body));
        answer.map(tonic::Response::new)
    }
}

impl Collector {
    fn start(script: impl Fn(usize, &ExportTraceServiceRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(None, usize::MAX, script)
    }

    fn start_with(
        tls: Option<ServerTlsConfig>,
        most_bytes: usize,
        script: impl Fn(usize, &ExportTraceServiceRequest) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let heard = Arc::new(Heard { script: Box::new(script), requests: Mutex::default() });
        let (end, ended) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let service = TraceServiceServer::new(Service(Arc::clone(&heard)))
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(most_bytes);
        let thread = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
                tell.send(incoming.local_addr().unwrap()).unwrap();
                let mut server = Server::builder();
                if let Some(tls) = tls {
                    server = server.tls_config(tls).unwrap();
                }
                let serving = server.add_service(service).serve_with_incoming(incoming);
                tokio::select! {
                    result = serving => result.unwrap(),
                    _ = ended => {}
                }
            });
        });
        let address = told.recv().unwrap();
        Self { heard, address, end: Some(end), thread: Some(thread) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn requests(&self) -> Vec<(MetadataMap, ExportTraceServiceRequest)> {
        self.heard.requests.lock().unwrap().clone()
    }

    /// The names of the spans in each request.
    fn names(&self) -> Vec<Vec<String>> {
        let names = |request: &ExportTraceServiceRequest| {
            let spans = request.resource_spans.iter().flat_map(|one| &one.scope_spans);
            spans.flat_map(|one| &one.spans).map(|span| span.name.clone()).collect()
        };
        self.requests().iter().map(|(_, request)| names(request)).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn taken() -> Answer {
    Ok(ExportTraceServiceResponse::default())
}

fn destination(url: String) -> OtlpDestination {
    OtlpDestination {
        connection: Connection::plain(url, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        path: Secret::new(OtlpSignal::Traces.grpc_path()),
        protocol: OtlpProtocol::Grpc,
        profile: OtlpProfile::Mlflow,
        gzip: true,
        max_request_bytes: 1_000_000,
        max_attribute_bytes: None,
        redactor: None,
        resource: vec![("service.name".to_owned(), "shop".to_owned())],
    }
}

/// Traces of one span that is called as they are.
fn parcels(names: &[&str]) -> Vec<Parcel> {
    let parcel = |(number, name): (usize, &&str)| {
        let trace_id = TraceId::from_u128(number as u128 + 1).unwrap();
        let span = Span {
            trace_id,
            span_id: SpanId::from_u64(number as u64 + 1).unwrap(),
            parent_id: None,
            name: (*name).to_owned(),
            span_type: SpanType::Unknown,
            start_unix_nanos: 1,
            end_unix_nanos: 2,
            status: SpanStatus::default(),
            attributes: vec![("note".to_owned(), Json::string(&"x".repeat(600)))],
            events: Vec::new(),
            links: Vec::new(),
        };
        let trace = Trace::new(TraceInfo::new(trace_id), vec![span], Completeness::Whole);
        Parcel { trace, experiment: Experiment::Default }
    };
    names.iter().enumerate().map(parcel).collect()
}

fn send(destination: &OtlpDestination, names: &[&str]) -> Sent {
    let mut sender = OtlpSender::new(destination).unwrap();
    sender.send(&parcels(names), Instant::now() + Duration::from_secs(20))
}

const DELIVERED: Fate = Fate::Delivered { refused_spans: 0 };

#[test]
fn spans_arrive_with_headers_and_credentials_compressed_or_not() {
    for gzip in [true, false] {
        let collector = Collector::start(|_, _| taken());
        let mut destination = destination(collector.url());
        destination.gzip = gzip;
        destination.connection.headers = vec![("x-team".to_owned(), Secret::new("red blue"))];
        destination.connection.credentials =
            crate::config::Credentials::Basic { user: "me".to_owned(), password: Secret::new("pw") };
        let sent = send(&destination, &["a", "b"]);
        assert_eq!(sent.fates, [DELIVERED; 2], "{sent:?}");
        assert_eq!((collector.names(), sent.requests), (vec![vec!["a".to_owned(), "b".to_owned()]], 1));
        let (metadata, request) = &collector.requests()[0];
        assert_eq!(metadata.get("x-team").unwrap(), "red blue");
        assert_eq!(metadata.get("authorization").unwrap(), "Basic bWU6cHc=");
        assert_eq!(metadata.contains_key("grpc-encoding"), gzip);
        assert!(metadata.get("user-agent").unwrap().to_str().unwrap().starts_with("mlflow-trace/"));
        let resource = request.resource_spans[0].resource.as_ref().unwrap();
        assert_eq!(resource.attributes[0].key, "service.name");
    }
}

#[test]
fn one_connection_serves_all_calls_and_a_server_that_came_back_is_found() {
    let collector = Collector::start(|_, _| taken());
    let mut sender = OtlpSender::new(&destination(collector.url())).unwrap();
    let until = || Instant::now() + Duration::from_secs(20);
    for _ in 0..3 {
        assert_eq!(sender.send(&parcels(&["a"]), until()).fates, [DELIVERED]);
    }
    assert_eq!(sender.check(until()), Ok("it takes spans".to_owned()));
    assert_eq!(collector.requests().len(), 4);
    drop(collector);
    let sent = sender.send(&parcels(&["a"]), until());
    assert_eq!(sent.fates, [Fate::Later], "{sent:?}");
}

/// The fate of a trace, and why.
fn told(
    status: impl Fn() -> Status + Send + Sync + 'static,
) -> (Fate, Option<Cause>, Option<Duration>, String) {
    let collector = Collector::start(move |_, _| Err(status()));
    let sent = send(&destination(collector.url()), &["a"]);
    let failure = sent.failure.unwrap();
    (sent.fates[0], Some(failure.cause), sent.pause, failure.sentence)
}

#[test]
fn statuses_mean_what_the_specification_says() {
    let refused = Fate::Refused;
    let table = [
        (Code::Cancelled, Fate::Later, Cause::Overloaded),
        (Code::DeadlineExceeded, Fate::Later, Cause::Overloaded),
        (Code::Aborted, Fate::Later, Cause::Overloaded),
        (Code::OutOfRange, Fate::Later, Cause::Overloaded),
        (Code::Unavailable, Fate::Later, Cause::Overloaded),
        (Code::DataLoss, Fate::Later, Cause::Overloaded),
        (Code::Unauthenticated, Fate::Later, Cause::Unauthorized),
        (Code::PermissionDenied, Fate::Later, Cause::Unauthorized),
        (Code::ResourceExhausted, refused, Cause::Rejected),
        (Code::InvalidArgument, refused, Cause::Rejected),
        (Code::NotFound, refused, Cause::Rejected),
        (Code::AlreadyExists, refused, Cause::Rejected),
        (Code::FailedPrecondition, refused, Cause::Rejected),
        (Code::Unimplemented, refused, Cause::Rejected),
        (Code::Internal, refused, Cause::Rejected),
        (Code::Unknown, refused, Cause::Rejected),
    ];
    for (code, fate, cause) in table {
        let (was, because, pause, sentence) = told(move || Status::new(code, "because"));
        assert_eq!((was, because, pause), (fate, Some(cause), None), "{code:?}: {sentence}");
        assert!(sentence.contains("It says: because"), "{sentence}");
    }
}

#[test]
fn a_receiver_that_names_a_pause_is_asked_again_after_it() {
    for code in [Code::ResourceExhausted, Code::Unavailable] {
        let (fate, cause, pause, sentence) = told(move || {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(7500)));
            Status::with_error_details(code, "busy", details)
        });
        assert_eq!((fate, cause), (Fate::Later, Some(Cause::Overloaded)), "{sentence}");
        assert_eq!(pause, Some(Duration::from_millis(7500)));
    }
}

#[test]
fn a_refused_key_is_said_with_the_setting_to_mend() {
    let (.., sentence) = told(|| Status::unauthenticated(""));
    assert!(sentence.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{sentence}");
}

#[test]
fn a_request_that_is_too_large_is_sent_in_smaller_ones() {
    let collector = Collector::start_with(None, 1500, |_, _| taken());
    let sent = send(&destination(collector.url()), &["a", "b", "c", "d"]);
    assert_eq!(sent.fates, [DELIVERED; 4], "{sent:?}");
    assert_eq!(collector.names().concat(), ["a", "b", "c", "d"]);
    assert!(sent.requests > 2);
    let one_is_too_large = Collector::start_with(None, 300, |_, _| taken());
    let sent = send(&destination(one_is_too_large.url()), &["a"]);
    assert_eq!(sent.fates, [Fate::Refused]);
    assert!(sent.failure.unwrap().sentence.contains("max_attribute_bytes"));
}

#[test]
fn a_bad_trace_costs_its_neighbours_nothing() {
    let collector = Collector::start(|_, request| {
        let text = format!("{request:?}");
        if text.contains("\"bad\"") { Err(Status::invalid_argument("a bad span")) } else { taken() }
    });
    let sent = send(&destination(collector.url()), &["a", "bad", "c"]);
    assert_eq!(sent.fates, [DELIVERED, Fate::Refused, DELIVERED]);
}

#[test]
fn spans_that_are_refused_in_an_answer_of_success_are_counted() {
    let collector = Collector::start(|_, _| {
        let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".to_owned() };
        Ok(ExportTraceServiceResponse { partial_success: Some(partial) })
    });
    let sent = send(&destination(collector.url()), &["a", "b", "c"]);
    // Which of them it was is not said; each trace has one span.
    assert_eq!(sent.fates.iter().filter(|fate| **fate == Fate::Refused).count(), 2, "{sent:?}");
    assert!(sent.failure.unwrap().sentence.contains("too old"));
}

#[test]
fn a_receiver_that_never_answers_is_left_at_the_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut destination = destination(format!("http://{}", silent.local_addr().unwrap()));
    destination.connection.timeout = Duration::from_millis(400);
    let begin = Instant::now();
    let sent = send(&destination, &["a"]);
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(sent.fates, [Fate::Later]);
    assert!(sent.failure.as_ref().is_some_and(|why| why.cause == Cause::Unreachable), "{sent:?}");
    assert!(sent.failure.unwrap().sentence.contains("did not answer within 0.4 s"));
}

#[test]
fn where_nobody_listens_or_no_grpc_is_spoken_the_traces_wait() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let sent = send(&destination(format!("http://{address}")), &["a"]);
    assert_eq!(sent.fates, [Fate::Later]);
    let sentence = sent.failure.unwrap().sentence;
    assert!(sentence.contains("refused the connection"), "{sentence}");

    let web = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = web.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut socket, _) = web.accept().unwrap();
        std::io::Write::write_all(&mut socket, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        std::thread::sleep(Duration::from_millis(300));
    });
    let sent = send(&destination(format!("http://{address}")), &["a"]);
    thread.join().unwrap();
    assert_eq!(sent.fates, [Fate::Later], "{sent:?}");
    let sentence = sent.failure.unwrap().sentence;
    assert!(sentence.contains("does not speak gRPC"), "{sentence}");
}
