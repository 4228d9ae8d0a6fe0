//! Requests as their readers find them, and where they are split.

mod decoded;
mod golden;
mod hostile;
mod strictness;
mod values;

use super::*;
use crate::model::{Completeness, Json, Span, SpanId, SpanType, Status, StatusCode, TraceId, TraceInfo};

fn span(id: u128, number: u64) -> Span {
    Span {
        trace_id: TraceId::from_u128(id).unwrap(),
        span_id: SpanId::from_u64(number).unwrap(),
        parent_id: SpanId::from_u64(number - 1),
        name: format!("span-{id}-{number}"),
        span_type: SpanType::Tool,
        start_unix_nanos: 5,
        end_unix_nanos: 3,
        status: Status { code: StatusCode::Ok, message: String::new() },
        attributes: vec![("text".to_owned(), Json::string(&"x".repeat(200)))],
        events: Vec::new(),
        links: Vec::new(),
    }
}

fn trace(id: u128, spans: u64) -> Trace {
    let info = TraceInfo::new(TraceId::from_u128(id).unwrap());
    Trace::new(info, (1..=spans).map(|number| span(id, number)).collect(), Completeness::Whole)
}

fn encoding(form: Form) -> Encoding {
    Encoding {
        form,
        values: ValueForm::Structured,
        profile: Profile::Mlflow,
        max_attribute_bytes: None,
        resource: vec![("service.name".to_owned(), "shop".to_owned())],
        scope: "",
        tags_on_root: false,
    }
}

#[test]
fn every_span_is_in_one_batch_and_batches_obey_the_bound() {
    let traces: Vec<Trace> = (1..=9).map(|id| trace(id.into(), id * 2 % 11)).collect();
    let traces: Vec<&Trace> = traces.iter().collect();
    let all: usize = traces.iter().map(|trace| trace.spans.len()).sum();
    for form in [Form::Protobuf, Form::Json] {
        for max in [700, 1_000, 1_500, 4_000, 100_000] {
            let batches = encode(&traces, &encoding(form), max);
            assert_eq!(batches.iter().map(|batch| batch.spans).sum::<usize>(), all);
            assert!(batches.iter().all(|batch| batch.body.len() <= max || batch.spans == 1));
            let bodies: Vec<u8> = batches.iter().flat_map(|batch| batch.body.clone()).collect();
            let bodies = String::from_utf8_lossy(&bodies);
            assert_eq!(bodies.matches("span-").count(), all);
        }
    }
    assert_eq!(encode(&[], &encoding(Form::Protobuf), 1_000), []);
}

#[test]
fn requests_in_json_are_json() {
    let trace = trace(1, 3);
    for max in [1, 900, 100_000] {
        for batch in encode(&[&trace], &encoding(Form::Json), max) {
            let read: serde_json::Value = serde_json::from_slice(&batch.body).unwrap();
            let spans = &read["resourceSpans"][0]["scopeSpans"][0]["spans"];
            assert_eq!(spans.as_array().unwrap().len(), batch.spans);
            assert_eq!(spans[0]["endTimeUnixNano"], "5");
        }
    }
}
