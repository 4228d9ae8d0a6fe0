//! What OTLP requests cost, from finished spans to the bytes that are sent: ours beside the exporter of OpenTelemetry, on
//! the same spans, in turns on one thread.
//!
//! `encode` prints the table. Spans of W3 and W4 are captured once; both sides get them ready, in the memory that each
//! side's exporter is handed: ours traces, OpenTelemetry's a batch of `SpanData`, which holds the same attributes.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use mlflow::Trace;
use mlflow::testing::{self, OtlpForm};
use mlflow_trace_benches::{peers, workloads::Workload};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::{
    common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope,
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use prost::Message as _;

const ROUNDS: usize = 101;
/// Traces of 101 spans each, for W3 and W4: for W3 about the 512 spans that OpenTelemetry's processor hands over at once,
/// fewer large ones. A sample that takes less than a turn of the scheduler is not stretched by what else runs.
const TRACES: [usize; 2] = [5, 2];
/// What a request of ours may have by default, in bytes.
const MAX_BYTES: usize = 1_000_000;
const FORMS: [(&str, OtlpForm); 3] = [
    ("mlflow-trace, protobuf, JSON text", OtlpForm::ProtobufJsonText),
    ("mlflow-trace, protobuf, structured", OtlpForm::ProtobufStructured),
    ("mlflow-trace, JSON, structured", OtlpForm::JsonStructured),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "OTLP requests from finished spans, spans a second on one core, medians of {ROUNDS} rounds in turns"
    );
    println!("\n| | W3 | × | W4 | × |\n|---|---:|---:|---:|---:|");
    let columns = [measured(Workload::W3, TRACES[0])?, measured(Workload::W4, TRACES[1])?];
    let names = ["opentelemetry-otlp 0.33"].into_iter().chain(FORMS.map(|(name, _)| name));
    for (row, name) in names.enumerate() {
        let [small, large] = columns
            .each_ref()
            .map(|column| format!("{:.0} | {:.1}", column[row] / 1e3, column[row] / column[0]));
        println!("| {name} (thousands) | {small} | {large} |");
    }
    Ok(())
}

/// Spans a second of the peer and of our forms.
fn measured(workload: Workload, traces: usize) -> Result<[f64; 4], Box<dyn Error>> {
    let ours = peers::find("mlflow-trace").ok_or("the library itself is not among the peers")?;
    let captured = testing::capture(|| (ours.run)(workload, traces));
    let traces: Vec<&Trace> = captured.iter().collect();
    let spans: Vec<SpanData> = traces.iter().flat_map(|trace| &trace.spans).map(span_data).collect();
    let count = spans.len();
    if count != traces.len() * 101 || traces.is_empty() {
        return Err(format!("{count} spans were captured").into());
    }
    let resource = opentelemetry_sdk::Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "shop"),
            KeyValue::new("telemetry.sdk.language", "rust"),
        ])
        .build();
    let resource = ResourceAttributesWithSchema::from(&resource);
    let mut samples: [Vec<Duration>; 4] = Default::default();
    for round in 0..=ROUNDS {
        for turn in 0..samples.len() {
            let row = (turn + round) % samples.len();
            let took = match row {
                0 => {
                    let batch = spans.clone();
                    timed(|| {
                        let resource_spans = group_spans_by_resource_and_scope(batch, &resource);
                        black_box(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
                    })
                }
                row => {
                    let form = FORMS[row - 1].1;
                    timed(|| _ = black_box(testing::otlp_requests(&traces, form, MAX_BYTES)))
                }
            };
            // The first round warms up.
            if round > 0 {
                samples[row].push(took);
            }
        }
    }
    Ok(samples.map(|mut samples| {
        samples.sort();
        count as f64 / samples[samples.len() / 2].as_secs_f64()
    }))
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The span as OpenTelemetry's SDK would have finished it, with values as JSON text.
fn span_data(span: &mlflow::Span) -> SpanData {
    let at = |nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
    let attributes = span.attributes.iter();
    SpanData {
        span_context: SpanContext::new(
            TraceId::from_bytes(span.trace_id.to_u128().to_be_bytes()),
            SpanId::from_bytes(span.span_id.to_u64().to_be_bytes()),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: span
            .parent_id
            .map_or(SpanId::INVALID, |id| SpanId::from_bytes(id.to_u64().to_be_bytes())),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: span.name.clone().into(),
        start_time: at(span.start_unix_nanos),
        end_time: at(span.end_unix_nanos),
        attributes: attributes
            .map(|(key, json)| KeyValue::new(key.clone(), json.as_str().to_owned()))
            .collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Ok,
        instrumentation_scope: InstrumentationScope::builder("mlflow.tracing.provider").build(),
    }
}
