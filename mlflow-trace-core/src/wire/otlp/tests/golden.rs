//! The same trace as in a request that MLflow's server took, and that it read as it was meant.

use super::decoded::decode;
use super::*;

const ACCEPTED: &str = include_str!("golden_request.b64");

fn json(text: &str) -> Json {
    Json::from_valid(text.to_owned())
}

fn golden(form: Form) -> (Trace, Encoding) {
    let trace_id = TraceId::from_u128(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c).unwrap();
    let spans = [
        (
            0xb7ad_6b71_6920_3331,
            None,
            "answer",
            (1_795_353_600_000_000_000, 1_795_353_601_500_000_000),
            vec![
                ("mlflow.spanType", r#""AGENT""#),
                ("mlflow.spanInputs", r#"{"question": "What is 2+2?"}"#),
                ("mlflow.spanOutputs", r#"{"answer": "4"}"#),
                ("mlflow.spanFunctionName", r#""answer""#),
                ("mlflow.spanLogLevel", "20"),
            ],
        ),
        (
            0x00f0_67aa_0ba9_02b7,
            Some(0xb7ad_6b71_6920_3331),
            "chat",
            (1_795_353_600_100_000_000, 1_795_353_601_400_000_000),
            vec![
                ("mlflow.spanType", r#""CHAT_MODEL""#),
                ("mlflow.message.format", r#""openai""#),
                ("mlflow.llm.model", r#""gpt-4o-mini""#),
                ("mlflow.llm.provider", r#""openai""#),
                (
                    "mlflow.spanInputs",
                    r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is 2+2?"}]}"#,
                ),
                (
                    "mlflow.spanOutputs",
                    r#"{"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "4"}}]}"#,
                ),
                ("mlflow.chat.tokenUsage", r#"{"input_tokens": 12, "output_tokens": 1, "total_tokens": 13}"#),
                ("mlflow.spanLogLevel", "20"),
            ],
        ),
    ];
    let spans = spans.map(|(id, parent, name, (start, end), attributes)| Span {
        trace_id,
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: parent.and_then(SpanId::from_u64),
        name: name.to_owned(),
        start_unix_nanos: start,
        end_unix_nanos: end,
        attributes: [("mlflow.traceRequestId", r#""tr-0af7651916cd43dd8448eb211c80319c""#)]
            .into_iter()
            .chain(attributes)
            .map(|(key, text)| (key.to_owned(), json(text)))
            .collect(),
        ..span(1, 1)
    });
    let resource = [
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", "mlflow"),
        ("telemetry.sdk.version", "0.0.0"),
    ];
    let resource = resource.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let trace = Trace::new(TraceInfo::new(trace_id), spans.to_vec(), Completeness::Whole);
    (trace, Encoding { resource, ..encoding(form) })
}

#[test]
fn a_request_says_what_the_accepted_one_says() {
    use base64::Engine as _;

    let accepted = base64::engine::general_purpose::STANDARD.decode(ACCEPTED.trim()).unwrap();
    let mut accepted = decode(Form::Protobuf, &accepted);
    // That one names the kind, which Python does not and the server does not keep.
    accepted.resource_spans[0].scope_spans[0].spans.iter_mut().for_each(|span| span.kind = 0);
    for form in [Form::Protobuf, Form::Json] {
        let (trace, encoding) = golden(form);
        let [batch] = <[Batch; 1]>::try_from(encode(&[&trace], &encoding, 10_000)).unwrap();
        assert_eq!(decode(form, &batch.body), accepted);
    }
}
