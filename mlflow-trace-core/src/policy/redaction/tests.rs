//! What redaction keeps out, and what it leaves as it is.

use proptest::prelude::*;

use super::*;
use crate::model::{Event, Json, Span, SpanId, SpanType, Status, StatusCode, Trace, TraceId, TraceInfo};

fn json(redactor: &Redactor, text: &str) -> String {
    let json = Json::from_valid(text.to_owned());
    redactor.json(&json).unwrap_or(json).as_str().to_owned()
}

#[test]
fn values_under_a_key_are_kept_out_at_any_depth_and_whatever_they_are() {
    let redactor = Redactor::keys(["Password"]);
    for (from, to) in [
        (r#"{"password": "x", "a": 1}"#, r#"{"password": "[redacted]", "a": 1}"#),
        (r#"{"a": [{"PASSWORD": {"b": [1, "}"]}}, 2]}"#, r#"{"a": [{"PASSWORD": "[redacted]"}, 2]}"#),
        (r#"{"password": null}"#, r#"{"password": "[redacted]"}"#),
        (r#"{"password": -1.5e3, "b": []}"#, r#"{"password": "[redacted]", "b": []}"#),
        (r#"{"pass\u0077ord": 1}"#, r#"{"pass\u0077ord": "[redacted]"}"#),
        (r#"["password"]"#, r#"["password"]"#),
        (r#"{"a": "\"password\": 1"}"#, r#"{"a": "\"password\": 1"}"#),
        (r#"{"passwords": 1}"#, r#"{"passwords": 1}"#),
    ] {
        assert_eq!(json(&redactor, from), to);
    }
}

#[test]
fn a_pattern_is_kept_out_of_every_text_but_not_of_keys() {
    let redactor = Redactor::new().pattern(r"sk-\w+").pattern(r"\d{3}-\d{2}");
    assert_eq!(
        json(&redactor, r#"{"a": "use sk-abc, not 123-45", "b": ["sk-x"]}"#),
        r#"{"a": "use [redacted], not [redacted]", "b": ["[redacted]"]}"#
    );
    assert_eq!(json(&redactor, r#""line\nsk-abc\u00e9""#), r#""line\n[redacted]é""#);
}

#[test]
fn a_value_over_the_bound_says_how_large_it_was() {
    let redactor = Redactor::new().max_value_bytes(10);
    assert_eq!(json(&redactor, r#""0123456789""#), r#""[left out: 12 bytes, more than the bound of 10]""#);
    assert_eq!(json(&redactor, "12"), "12");
}

#[test]
fn a_pattern_that_is_none_is_a_problem_that_does_not_show_it() {
    let redactor = Redactor::new().pattern("sk-secret(");
    assert_eq!(redactor.problems().len(), 1);
    assert!(!redactor.problems()[0].contains("secret"), "{:?}", redactor.problems());
    assert!(!format!("{:?}", Redactor::keys(["secret"]).pattern("secret")).contains("secret"));
}

fn trace_with(secret: &str) -> Trace {
    let id = TraceId::from_u128(7).unwrap();
    let inputs = Json::from_valid(format!(r#"{{"question": "{secret}", "ssn": "{secret}"}}"#));
    let span = Span {
        trace_id: id,
        span_id: SpanId::from_u64(1).unwrap(),
        parent_id: None,
        name: format!("call {secret}"),
        span_type: SpanType::Unknown,
        start_unix_nanos: 1,
        end_unix_nanos: 2,
        status: Status { code: StatusCode::Error, message: format!("failed with {secret}") },
        attributes: vec![
            ("mlflow.spanInputs".to_owned(), inputs),
            ("ssn".to_owned(), Json::string(secret)),
            ("note".to_owned(), Json::string(secret)),
        ],
        events: vec![Event {
            name: format!("event {secret}"),
            time_unix_nanos: 1,
            attributes: vec![("exception.message".to_owned(), Json::string(secret))],
        }],
        links: Vec::new(),
    };
    let mut info = TraceInfo::new(id);
    info.name.clone_from(&span.name);
    info.request_preview =
        Some(crate::model::preview(span.inputs().unwrap().as_str(), crate::model::Role::User));
    info.metadata
        .insert("mlflow.traceInputs".to_owned(), crate::model::shorten(span.inputs().unwrap().as_str(), 250));
    info.tags.insert("ssn".to_owned(), secret.to_owned());
    info.metadata.insert("about".to_owned(), secret.to_owned());
    Trace::new(info, vec![span], crate::model::Completeness::Whole)
}

#[test]
fn no_part_of_a_trace_keeps_what_a_pattern_names() {
    let mut trace = trace_with("sk-abcdef");
    Redactor::new().pattern("sk-[a-f]+").trace(&mut trace);
    assert!(!format!("{trace:?}").contains("sk-"), "{trace:#?}");
}

#[test]
fn the_previews_of_a_trace_are_made_of_what_the_rules_on_keys_left() {
    let mut trace = trace_with("4711");
    Redactor::keys(["ssn", "question", "note", "about", "exception.message"]).trace(&mut trace);
    let said = format!("{:?} {:?}", trace.info, trace.spans[0].attributes);
    assert!(!said.replace("call 4711", "").contains("4711"), "{said}");
    assert!(trace.info.request_preview.unwrap().contains("[redacted]"));
}

#[test]
fn nesting_beyond_what_anybody_reads_is_kept_out_and_does_no_harm() {
    let deep = format!(r#"{{"a": {}{}, "password": "x"}}"#, "[".repeat(300_000), "]".repeat(300_000));
    let clean = json(&Redactor::keys(["password"]), &deep);
    assert!(clean.contains("nested too deep") && clean.ends_with(r#""password": "[redacted]"}"#));
}

#[test]
fn excerpts_of_a_root_that_is_still_open_are_redacted_too() {
    let mut trace = trace_with("4711");
    trace.spans.clear();
    trace.info.name.clear();
    let cut = trace.info.request_preview.as_ref().unwrap().chars().take(30).collect();
    trace.info.response_preview = Some(cut);
    Redactor::keys(["ssn", "question", "about"]).trace(&mut trace);
    assert!(!format!("{:?}", trace.info).contains("4711"), "{:?}", trace.info);
}

proptest! {
    #[test]
    fn what_comes_out_is_json_and_equal_but_for_what_is_kept_out(
        keys in prop::collection::vec("[a-c\"\\\\é]{1,3}", 1..6),
        texts in prop::collection::vec(".{0,12}", 1..6),
        depth in 0_usize..4,
    ) {
        let mut value = serde_json::json!({ "plain": texts, "numbers": [1, -2.5, true, null] });
        for key in &keys {
            value = serde_json::json!({ key.as_str(): value, "secret": { "of": texts }, "list": [[], {}, [value]] });
        }
        for _ in 0..depth {
            value = serde_json::json!([value]);
        }
        let text = serde_json::to_string(&value).unwrap();
        let clean = json(&Redactor::keys(["secret"]), &text);
        let read: serde_json::Value = serde_json::from_str(&clean).unwrap();
        prop_assert_eq!(read, without_secret(value));
    }
}

fn without_secret(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| match key.as_str() {
                "secret" => (key, REDACTED.into()),
                _ => (key, without_secret(value)),
            })
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(without_secret).collect(),
        other => other,
    }
}

#[test]
fn no_part_of_an_assessment_keeps_what_a_rule_names() {
    use crate::model::{AssessmentChange, AssessmentError, AssessmentId, AssessmentSource, Feedback};
    let secret = "sk-abc";
    let feedback = Feedback::new(secret, 1)
        .error(AssessmentError::new(secret).message(secret).stack_trace(secret))
        .rationale(secret)
        .source(AssessmentSource::human(secret))
        .metadata("k", secret);
    let (mut change, _) = AssessmentChange::create(AssessmentId::from_u128(1), feedback.into());
    change.value = Some(Json::string(secret));
    Redactor::new().pattern(r"sk-\w+").assessment(&mut change);
    assert!(!format!("{change:?}").contains(secret), "{change:?}");

    let (mut change, _) =
        AssessmentChange::create(AssessmentId::from_u128(1), Feedback::new("ssn", 1).into());
    change.value = Some(Json::string("123"));
    Redactor::keys(["ssn"]).assessment(&mut change);
    assert_eq!(change.value, Some(Json::string(REDACTED)));
}
