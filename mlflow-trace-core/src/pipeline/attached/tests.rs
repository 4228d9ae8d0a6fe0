//! What becomes of values with content, form by form.

use super::*;
use crate::model::{SpanType, Status};

fn span(inputs: &str, outputs: &str) -> Span {
    let attribute = |key: &str, json: &str| (key.to_owned(), Json::from_valid(json.to_owned()));
    Span {
        trace_id: TraceId::from_u128(0xabc).unwrap(),
        span_id: SpanId::from_u64(5).unwrap(),
        parent_id: None,
        name: "look".to_owned(),
        span_type: SpanType::Unknown,
        start_unix_nanos: 1,
        end_unix_nanos: 2,
        status: Status::default(),
        attributes: vec![attribute(keys::SPAN_INPUTS, inputs), attribute(keys::SPAN_OUTPUTS, outputs)],
        events: Vec::new(),
        links: Vec::new(),
    }
}

fn extracted_by(rules: Attachments, inputs: &str) -> (Span, Vec<Attachment>) {
    let mut span = span(inputs, "null");
    let mut attachments = TraceAttachments::new(&[], rules);
    attachments.extract(&mut span, &[]);
    let found = attachments.finish(std::slice::from_mut(&mut span), &[]);
    (span, found)
}

fn extracted(inputs: &str) -> (Span, Vec<Attachment>) {
    extracted_by(Attachments::default(), inputs)
}

/// The one attachment of these inputs, whose reference takes the place of `encoded` and of nothing else.
fn only(inputs: &str, encoded: &str) -> (String, Vec<u8>) {
    let (span, found) = extracted(inputs);
    let [attachment] = &found[..] else { panic!("{inputs}: {found:?}") };
    let expected = inputs.replacen(encoded, &attachment.reference(span.trace_id), 1);
    assert_eq!(span.inputs().unwrap().as_str(), expected);
    (attachment.content_type().to_owned(), attachment.content().to_vec())
}

#[test]
fn every_form_that_python_knows_becomes_an_attachment() {
    // Right: what MLflow 3.17.2 makes of the same values.
    let cases = [
        (r#""data:image/gif;base64,YWJj""#, "data:image/gif;base64,YWJj", "image/gif"),
        (r#"[1, {"url": "data:a/b;x=1;base64,YWJj"}]"#, "data:a/b;x=1;base64,YWJj", "a/b;x=1"),
        (
            r#"{"type": "input_audio", "input_audio": {"data": "YWJj", "format": "mp3"}}"#,
            "YWJj",
            "audio/mpeg",
        ),
        (r#"{"type": "input_audio", "input_audio": {"data": "YWJj"}}"#, "YWJj", "audio/wav"),
        (
            r#"{"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "YWJj"}}"#,
            "YWJj",
            "image/jpeg",
        ),
        (r#"{"type": "image", "source": {"type": "base64", "data": "YWJj"}}"#, "YWJj", "image/png"),
        (r#"{"data": [{"b64_json": "YWJj", "url": null}]}"#, "YWJj", "image/png"),
        (r#"{"audio": {"data": "YWJj", "transcript": "hm"}}"#, "YWJj", "audio/wav"),
        (r#"{"image": {"format": "webp", "source": {"bytes": "YWJj"}}}"#, "YWJj", "image/webp"),
        (r#"{"image": {"format": 7, "source": {"bytes": "YWJj"}}}"#, "YWJj", "image/png"),
        (r#"{"inline_data": {"mime_type": "application/pdf", "data": "YWJj"}}"#, "YWJj", "application/pdf"),
        (r#"{"inlineData": {"mimeType": "image/png", "data": "YWJj"}}"#, "YWJj", "image/png"),
        (r#"{"inline_data": {"data": "YWJj"}}"#, "YWJj", "application/octet-stream"),
        (
            r#"{"type": "image_generation_call", "result": "YWJj", "output_format": "jpeg"}"#,
            "YWJj",
            "image/jpeg",
        ),
    ];
    for (inputs, encoded, content_type) in cases {
        assert_eq!(only(inputs, encoded), (content_type.to_owned(), b"abc".to_vec()), "{inputs}");
    }
}

#[test]
fn what_is_no_content_stays_as_it_is() {
    let cases = [
        r#""data:image/png,plain""#,
        r#""data:;base64,YWJj""#,
        r#""data:image/png;base64,YW Jj""#,
        r#""data:image/png;base64,YWJ""#,
        r#""see data:image/png;base64,YWJj""#,
        r#"{"b64_json": "no base64!"}"#,
        r#"{"type": "input_audio", "input_audio": {"data": 7}}"#,
        r#"{"type": "image", "source": {"type": "url", "data": "YWJj"}}"#,
        r#"{"audio": {"data": "mlflow-attachment://x"}}"#,
        r#"{"image": "YWJj"}"#,
        r#"{"data": "YWJj"}"#,
    ];
    for inputs in cases {
        let (span, found) = extracted(inputs);
        assert_eq!((span.inputs().unwrap().as_str(), found.len()), (inputs, 0));
        assert!(span.events.is_empty());
    }
}

#[test]
fn the_escapes_of_a_text_are_no_part_of_its_content() {
    let (content_type, content) =
        only(r#"{"url": "data:image\/png;base64,YWJj\/w=="}"#, r"data:image\/png;base64,YWJj\/w==");
    assert_eq!((content_type.as_str(), &content[..]), ("image/png", &b"abc\xff"[..]));
}

#[test]
fn siblings_of_content_are_looked_at_too() {
    let inputs = r#"{"audio": {"data": "YWJj"}, "then": ["data:a/b;base64,ZGVm", {"b64_json": "Z2hp"}]}"#;
    let (span, found) = extracted(inputs);
    let contents: Vec<&[u8]> = found.iter().map(Attachment::content).collect();
    assert_eq!(contents, [b"abc", b"def", b"ghi"]);
    let value: serde_json::Value = serde_json::from_str(span.inputs().unwrap().as_str()).unwrap();
    assert_eq!(value["then"][0], found[1].reference(span.trace_id));
}

#[test]
fn the_same_trace_has_the_same_ids_whenever_it_is_made_and_others_have_others() {
    let inputs = r#"["data:a/b;base64,YWJj", "data:a/b;base64,YWJj"]"#;
    let ids = |found: &[Attachment]| found.iter().map(Attachment::id).collect::<Vec<_>>();
    let (first, again) = (extracted(inputs).1, extracted(inputs).1);
    assert_eq!(ids(&first), ids(&again));
    assert_ne!(first[0].id(), first[1].id());
    let [trace, other] = [1, 2].map(|id| TraceId::from_u128(id).unwrap());
    let span = SpanId::from_u64(1).unwrap();
    assert_ne!(derived_id(trace, span, 1), derived_id(other, span, 1));
}

#[test]
fn content_over_the_bound_is_left_out_in_the_words_of_python() {
    let rules = Attachments { max_bytes: 2, ..Attachments::default() };
    let (span, found) = extracted_by(rules, r#"{"url": "data:a/b;base64,YWJj"}"#);
    assert!(found.is_empty());
    let text = "[Attachment too large: 3 bytes exceeds 2 bytes limit]";
    assert_eq!(span.inputs().unwrap().as_str(), format!(r#"{{"url": "{text}"}}"#));
    assert_eq!(span.events[0].name, NOT_RECORDED);
    assert_eq!(extracted_by(rules, r#"{"url": "data:a/b;base64,YWI="}"#).1.len(), 1);
}

#[test]
fn without_extraction_everything_stays() {
    let rules = Attachments { extracts: false, ..Attachments::default() };
    let inputs = r#""data:image/gif;base64,YWJj""#;
    assert_eq!(extracted_by(rules, inputs).0.inputs().unwrap().as_str(), inputs);
}

#[test]
fn a_long_text_that_is_no_content_after_all_is_cut() {
    let rules = Attachments { max_text_bytes: 8, ..Attachments::default() };
    let text = "QUJD".repeat(10);
    let mut attachments = TraceAttachments::new(&[], rules);
    attachments.contents.push((7, Arc::new(text.into_bytes())));
    let mark = attached_mark(7);
    let mut span = span(&format!(r#"{{"a": "{mark}", "b64_json": "{mark}"}}"#), &format!(r#"["{mark}"]"#));
    let attribute = ("seen".to_owned(), Json::string(&mark));
    span.attributes.push(attribute);
    let noted = Noted { id: 7, is_text: true, size: 40, content_type: String::new() };
    attachments.resolve(&mut span, &[noted]);
    attachments.extract(&mut span, &[]);
    let cut = "QUJDQUJD… [cut: 40 bytes in all]";
    assert_eq!(span.outputs().unwrap().as_str(), format!(r#"["{cut}"]"#));
    assert_eq!(span.attribute("seen").unwrap().as_str(), format!(r#""{cut}""#));
    let inputs: serde_json::Value = serde_json::from_str(span.inputs().unwrap().as_str()).unwrap();
    assert_eq!(inputs["a"], cut);
    assert_eq!(inputs["b64_json"], attachments.found[0].reference(span.trace_id));
}

#[test]
fn texts_that_are_no_content_share_the_room_of_one_value() {
    let rules = Attachments { max_text_bytes: 8, ..Attachments::default() };
    let mut attachments = TraceAttachments::new(&[], rules);
    let texts = ["QUJDQ", "QUJD\"J", "words"];
    let marks = [1, 2, 3].map(attached_mark);
    for (id, text) in (1..).zip(texts) {
        attachments.contents.push((id, Arc::new(text.as_bytes().to_vec())));
    }
    let mut span = span(&format!("{marks:?}"), "null");
    let noted = [1, 2, 3].map(|id| Noted { id, is_text: true, size: 5, content_type: String::new() });
    attachments.resolve(&mut span, &noted);
    attachments.extract(&mut span, &[Redactor::new().pattern("QUJDQ")]);
    let kept: Vec<String> = serde_json::from_str(span.inputs().unwrap().as_str()).unwrap();
    let cut = "… [cut:";
    assert_eq!(
        kept,
        [
            format!("[redacte{cut} 10 bytes in all]"),
            format!("{cut} 6 bytes in all]"),
            format!("{cut} 5 bytes in all]")
        ]
    );
}

#[test]
fn content_that_is_not_there_is_said_in_its_place() {
    let mut attachments = TraceAttachments::new(&[], Attachments::default());
    let mut span = span(&format!(r#"{{"a": "{}"}}"#, attached_mark(7)), "null");
    let noted = Noted { id: 7, is_text: false, size: 40, content_type: "a/b".to_owned() };
    attachments.resolve(&mut span, &[noted]);
    assert!(span.inputs().unwrap().as_str().contains("[Attachment left out: 40 bytes"));
    assert_eq!(span.events[0].name, NOT_RECORDED);
}
