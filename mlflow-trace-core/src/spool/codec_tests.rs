//! Traces of every shape, through bytes and back.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::model::{AssessmentError, AssessmentId, AssessmentSource, Feedback};

fn json() -> impl Strategy<Value = Json> {
    let texts = ["\"NaN\"", "\"-Infinity\"", "null", "1e+300", "-0.0", "{\"a\": [1, {\"b\": \"ü\\u0000\"}]}"];
    prop_oneof![
        proptest::sample::select(texts.to_vec()).prop_map(|text| Json::from_valid(text.to_owned())),
        any::<String>().prop_map(|text| Json::string(&text)),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<(String, Json)>> {
    vec((".{0,12}", json()), 0..4)
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    (1..=u128::MAX).prop_map(|id| TraceId::from_u128(id).unwrap())
}

fn span_id() -> impl Strategy<Value = SpanId> {
    (1..=u64::MAX).prop_map(|id| SpanId::from_u64(id).unwrap())
}

fn span_type() -> impl Strategy<Value = SpanType> {
    prop_oneof![
        proptest::sample::select(SPAN_TYPES.to_vec()),
        ".{0,9}".prop_map(SpanType::from),
        Just(SpanType::custom("LLM")),
    ]
}

prop_compose! {
    fn event()(name in ".{0,9}", time_unix_nanos: u64, attributes in attributes()) -> Event {
        Event { name, time_unix_nanos, attributes }
    }
}

prop_compose! {
    fn span()(
        (trace_id, span_id, parent_id) in (trace_id(), span_id(), of(span_id())),
        (name, span_type, start_unix_nanos, end_unix_nanos) in (".{0,12}", span_type(), any::<u64>(), any::<u64>()),
        code in proptest::sample::select(vec![StatusCode::Unset, StatusCode::Ok, StatusCode::Error]),
        message in ".{0,12}",
        (attributes, events) in (attributes(), vec(event(), 0..3)),
        links in vec((trace_id(), span_id(), attributes()), 0..3),
    ) -> Span {
        let link = |(trace_id, span_id, attributes)| Link { trace_id, span_id, attributes };
        let links = links.into_iter().map(link).collect();
        let status = Status { code, message };
        Span {
            trace_id, span_id, parent_id, name, span_type, start_unix_nanos, end_unix_nanos, status, attributes,
            events, links,
        }
    }
}

fn token_usage() -> impl Strategy<Value = TokenUsage> {
    (any::<[u64; 3]>(), any::<[Option<u64>; 2]>()).prop_map(|([input, output, total], [read, creation])| {
        let mut usage = TokenUsage::new(input, output).total(total);
        (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) = (read, creation);
        usage.cache_creation_input_tokens_above_1hr = creation.map(|count| count / 3);
        usage
    })
}

prop_compose! {
    fn info()(
        (trace_id, name, start_unix_nanos) in (trace_id(), ".{0,12}", any::<u64>()),
        duration_nanos: Option<u64>,
        state in proptest::sample::select(vec![TraceState::Ok, TraceState::Error, TraceState::InProgress]),
        [request_preview, response_preview, client_request_id, session, experiment] in
            [of(".{0,9}"), of(".{0,9}"), of(".{0,9}"), of(".{0,9}"), of(".{0,9}")],
        token_usage in of(token_usage()),
        cost in of((0.0..1e9_f64, any::<f64>(), any::<f64>())),
        tags in btree_map(".{0,9}", ".{0,9}", 0..3),
        metadata in btree_map(".{0,9}", ".{0,9}", 0..3),
    ) -> TraceInfo {
        let cost = cost.map(|(input_cost, output_cost, total_cost)| Cost { input_cost, output_cost, total_cost });
        TraceInfo {
            trace_id, name, start_unix_nanos, duration_nanos, state, request_preview, response_preview,
            client_request_id, session, experiment, token_usage, cost, tags, metadata,
            experiment_id: None,
        }
    }
}

fn assessment() -> impl Strategy<Value = AssessmentChange> {
    (any::<[u128; 2]>(), any::<u64>(), ".{0,9}", any::<bool>()).prop_map(
        |([id, old], unix_millis, text, is_new)| {
            let feedback = Feedback::of(1)
                .error(AssessmentError::new(&text).message(&text))
                .rationale(&text)
                .source(AssessmentSource::llm_judge(&text))
                .metadata(&text, &text);
            let (id, old) = (AssessmentId::from_u128(id), AssessmentId::from_u128(old));
            let (mut change, _) = match is_new {
                true => AssessmentChange::replace(id, old, feedback),
                false => AssessmentChange::delete(id),
            };
            change.unix_millis = unix_millis;
            change.value = is_new.then(|| Json::string(&text));
            change
        },
    )
}

prop_compose! {
    fn attachment()(id: u128, content_type in ".{0,9}", content in vec(any::<u8>(), 0..40)) -> Attachment {
        Attachment::from_parts(id, &content_type, Arc::new(content))
    }
}

prop_compose! {
    pub(in crate::spool) fn trace()(
        info in info(),
        spans in vec(span(), 0..4),
        completeness in proptest::sample::select(
            vec![
                Completeness::Whole,
                Completeness::LateSpans,
                Completeness::Running,
                Completeness::Tags,
                Completeness::Assessment,
            ]
        ),
        sent_while_running in btree_set(span_id(), 0..3),
        deleted_tags in btree_set(".{0,9}", 0..3),
        attachments in vec(attachment(), 0..3),
        assessment in assessment(),
    ) -> Trace {
        let mut trace = Trace::new(info, spans, completeness);
        (trace.sent_while_running, trace.attachments) = (sent_while_running, attachments);
        if completeness == Completeness::Tags {
            trace.deleted_tags = deleted_tags;
        }
        if completeness == Completeness::Assessment {
            trace.assessment = Some(Box::new(assessment));
        }
        trace
    }
}

pub(in crate::spool) fn experiment() -> impl Strategy<Value = Experiment> {
    prop_oneof![
        Just(Experiment::Default),
        ".{0,9}".prop_map(Experiment::Name),
        "[0-9]{0,9}".prop_map(Experiment::Id)
    ]
}

proptest! {
    #[test]
    fn a_trace_is_read_as_it_was_written(trace in trace(), experiment in experiment()) {
        let mut bytes = Vec::new();
        encode(&trace, &experiment, &mut bytes);
        let (read, to) = decode(&bytes).unwrap();
        // NaN is a cost too, and equals itself only in its bits.
        let bits = |trace: &Trace| trace.info.cost.map(|cost| {
            [cost.input_cost, cost.output_cost, cost.total_cost].map(f64::to_bits)
        });
        prop_assert_eq!(bits(&read), bits(&trace));
        let without_cost = |mut trace: Trace| { trace.info.cost = None; trace };
        prop_assert_eq!(without_cost(read), without_cost(trace));
        prop_assert_eq!(to, experiment);
    }

    #[test]
    fn a_trace_of_the_first_version_is_read_on(trace in trace(), experiment in experiment()) {
        let trace = Trace { attachments: Vec::new(), ..trace };
        let mut bytes = Vec::new();
        encode(&trace, &experiment, &mut bytes);
        let first_version = &bytes[..bytes.len() - 4];
        prop_assert_eq!(decode(first_version).map(|(read, _)| read.spans), Some(trace.spans));
    }

    #[test]
    fn what_is_cut_or_continued_is_no_trace(trace in trace(), at in any::<proptest::sample::Index>()) {
        let mut bytes = Vec::new();
        encode(&trace, &Experiment::Default, &mut bytes);
        // Where the first version ended there is a trace, without its attachments; nowhere else.
        let cut = decode(&bytes[..at.index(bytes.len())]);
        prop_assert!(cut.is_none_or(|(read, _)| read.attachments.is_empty() && read.spans.len() == trace.spans.len()));
        bytes.push(0);
        prop_assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
    }
}
