//! Requests as OpenTelemetry's own definitions read them back, for traces of every shape.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{self as proto, span};
use proptest::prelude::*;
use prost::Message as _;

use super::values::{Plain, key_value, text_value};
use super::*;
use crate::model::{Event, Link};

/// A span in both worlds.
#[derive(Clone, Debug)]
struct Twin {
    ours: Span,
    plain: Vec<(String, Plain)>,
    /// What is said about events and links, in turns.
    details: Vec<Vec<(String, Plain)>>,
    is_ascii: bool,
}

fn json_pairs(pairs: &[(String, Plain)], is_ascii: bool) -> Vec<(String, Json)> {
    pairs.iter().map(|(key, value)| (key.clone(), value.json(is_ascii))).collect()
}

fn twin(doubles: BoxedStrategy<f64>) -> impl Strategy<Value = Twin> {
    let pairs = |doubles, most| proptest::collection::vec((values::text(), values::plain(doubles)), 0..most);
    let details = proptest::collection::vec(
        (values::text(), any::<u64>(), 1..=u64::MAX, 1..=u128::MAX, pairs(doubles.clone(), 3)),
        0..4,
    );
    let times = (any::<u64>(), any::<u64>(), prop_oneof![Just(0), any::<u64>()]);
    (values::text(), times, 1..=u64::MAX, 0..3_u8, values::text(), pairs(doubles, 5), details, any::<bool>())
        .prop_map(|(name, (start, end, parent), id, status, message, plain, details, is_ascii)| {
            let mut ours = span(1, 1);
            ours.span_id = SpanId::from_u64(id).unwrap();
            ours.parent_id = SpanId::from_u64(parent);
            (ours.name, ours.start_unix_nanos, ours.end_unix_nanos) = (name, start, end);
            ours.status = match status {
                0 => Status { code: StatusCode::Unset, message: String::new() },
                1 => Status { code: StatusCode::Ok, message: String::new() },
                _ => Status { code: StatusCode::Error, message },
            };
            ours.attributes = json_pairs(&plain, is_ascii);
            for (index, (name, time_unix_nanos, span_id, trace_id, pairs)) in details.iter().enumerate() {
                let attributes = json_pairs(pairs, is_ascii);
                if index % 2 == 0 {
                    ours.events.push(Event {
                        name: name.clone(),
                        time_unix_nanos: *time_unix_nanos,
                        attributes,
                    });
                } else {
                    let trace_id = TraceId::from_u128(*trace_id).unwrap();
                    ours.links.push(Link {
                        trace_id,
                        span_id: SpanId::from_u64(*span_id).unwrap(),
                        attributes,
                    });
                }
            }
            Twin { ours, plain, details: details.into_iter().map(|detail| detail.4).collect(), is_ascii }
        })
}

/// Traces of up to four spans, some of them sent before.
fn twins(doubles: fn() -> BoxedStrategy<f64>) -> impl Strategy<Value = Vec<(u128, Vec<(Twin, bool)>)>> {
    let spans = proptest::collection::vec((twin(doubles()), proptest::bool::weighted(0.2)), 0..5);
    proptest::collection::vec((1..=u128::MAX, spans), 0..5)
}

fn detail(pairs: &[(String, Plain)], is_ascii: bool, values: ValueForm) -> Vec<KeyValue> {
    let value = |plain: &Plain| match values {
        ValueForm::JsonText if !plain.is_flat() => text_value(plain.json(is_ascii).as_str()),
        _ => plain.any_value(),
    };
    pairs.iter().map(|(key, plain)| key_value(key, value(plain))).collect()
}

/// What a reader should find, said once more in OpenTelemetry's own types.
fn expected(trace_id: u128, twin: &Twin, encoding: &Encoding) -> proto::Span {
    let ours = &twin.ours;
    let is_foreign = !encoding.scope.is_empty();
    let attributes = twin.plain.iter().map(|(key, plain)| {
        let value = match encoding.values {
            ValueForm::JsonText => text_value(plain.json(twin.is_ascii).as_str()),
            ValueForm::Structured => plain.any_value(),
        };
        key_value(key, value)
    });
    let details = |first| twin.details.iter().skip(first).step_by(2);
    let detail = |pairs: &Vec<(String, Plain)>| detail(pairs, twin.is_ascii, encoding.values);
    let events = ours.events.iter().zip(details(0)).map(|(event, pairs)| span::Event {
        time_unix_nano: event.time_unix_nanos,
        name: event.name.clone(),
        attributes: detail(pairs),
        dropped_attributes_count: 0,
    });
    let links = ours.links.iter().zip(details(1)).map(|(link, pairs)| span::Link {
        trace_id: link.trace_id.to_u128().to_be_bytes().to_vec(),
        span_id: link.span_id.to_u64().to_be_bytes().to_vec(),
        attributes: detail(pairs),
        ..span::Link::default()
    });
    let status = match ours.status.code {
        StatusCode::Unset => None,
        StatusCode::Ok => Some(proto::Status { code: 1, message: String::new() }),
        StatusCode::Error => Some(proto::Status { code: 2, message: ours.status.message.clone() }),
    };
    proto::Span {
        trace_id: trace_id.to_be_bytes().to_vec(),
        span_id: ours.span_id.to_u64().to_be_bytes().to_vec(),
        parent_span_id: ours.parent_id.map_or_else(Vec::new, |id| id.to_u64().to_be_bytes().to_vec()),
        flags: if is_foreign { 0x100 } else { 0 },
        name: ours.name.clone(),
        kind: i32::from(is_foreign),
        start_time_unix_nano: ours.start_unix_nanos,
        end_time_unix_nano: ours.end_unix_nanos.max(ours.start_unix_nanos),
        attributes: attributes.collect(),
        events: events.collect(),
        links: links.collect(),
        status,
        ..proto::Span::default()
    }
}

pub(super) fn decode(form: Form, body: &[u8]) -> ExportTraceServiceRequest {
    match form {
        Form::Protobuf => ExportTraceServiceRequest::decode(body).unwrap(),
        Form::Json => {
            let json = serde_json::from_slice(body).unwrap();
            strictness::check(&json);
            serde_json::from_value(json).unwrap()
        }
    }
}

/// The spans of a request with one resource and one scope, which must be those that were asked for.
pub(super) fn spans_of(batch: &Batch, encoding: &Encoding) -> Vec<proto::Span> {
    let [resource_spans] = <[_; 1]>::try_from(decode(encoding.form, &batch.body).resource_spans).unwrap();
    let expected = encoding.resource.iter().map(|(key, value)| key_value(key, text_value(value)));
    assert_eq!(resource_spans.resource.unwrap().attributes, expected.collect::<Vec<_>>());
    let [scope_spans] = <[_; 1]>::try_from(resource_spans.scope_spans).unwrap();
    let scope = InstrumentationScope { name: encoding.scope.to_owned(), ..InstrumentationScope::default() };
    assert_eq!(scope_spans.scope, (!encoding.scope.is_empty()).then_some(scope));
    assert_eq!(scope_spans.spans.len(), batch.spans);
    scope_spans.spans
}

fn check(twins: &[(u128, Vec<(Twin, bool)>)], encoding: &Encoding, max_bytes: usize) {
    let traces: Vec<Trace> = twins
        .iter()
        .map(|(id, twins)| {
            let trace_id = TraceId::from_u128(*id).unwrap();
            let spans = twins.iter().map(|(twin, _)| Span { trace_id, ..twin.ours.clone() }).collect();
            let mut trace = Trace::new(TraceInfo::new(trace_id), spans, Completeness::Whole);
            let sent = twins.iter().filter(|(_, is_sent)| *is_sent);
            trace.sent_while_running = sent.map(|(twin, _)| twin.ours.span_id).collect();
            trace
        })
        .collect();
    let mut expected_spans = twins
        .iter()
        .zip(&traces)
        .flat_map(|((id, twins), trace)| {
            let unsent =
                twins.iter().filter(|(twin, _)| !trace.sent_while_running.contains(&twin.ours.span_id));
            unsent.map(|(twin, _)| expected(*id, twin, encoding))
        })
        .collect::<Vec<_>>()
        .into_iter();
    let batches = encode(&traces.iter().collect::<Vec<_>>(), encoding, max_bytes);
    for batch in &batches {
        assert!(batch.body.len() <= max_bytes || batch.spans == 1);
        let ids: Vec<_> = twins[batch.traces.clone()].iter().map(|(id, _)| id.to_be_bytes()).collect();
        let spans = spans_of(batch, encoding);
        assert!(spans.iter().all(|span| ids.iter().any(|id| *id == *span.trace_id)));
        for span in spans {
            assert_eq!(Some(span), expected_spans.next());
        }
    }
    assert_eq!(expected_spans.next(), None);
}

fn form(form: Form, is_text: bool, is_foreign: bool) -> Encoding {
    Encoding {
        values: if is_text { ValueForm::JsonText } else { ValueForm::Structured },
        scope: if is_foreign { "mlflow.tracing.provider" } else { "" },
        ..encoding(form)
    }
}

proptest! {
    #[test]
    fn what_is_read_from_protobuf_is_what_was_traced(
        twins in twins(values::all_doubles), is_text: bool, is_foreign: bool, max_bytes in 0..4_000_usize,
    ) {
        check(&twins, &form(Form::Protobuf, is_text, is_foreign), max_bytes);
    }

    #[test]
    fn what_is_read_from_json_is_what_was_traced(
        twins in twins(values::short_doubles), is_text: bool, is_foreign: bool, max_bytes in 0..8_000_usize,
    ) {
        check(&twins, &form(Form::Json, is_text, is_foreign), max_bytes);
    }
}
