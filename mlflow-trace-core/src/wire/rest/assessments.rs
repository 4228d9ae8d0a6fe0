//! Assessments as MLflow's API has them.

use serde_json::{Value, json};

use super::percent_encoded;
use super::trace_info::storable;
use crate::model::{AssessmentChange, AssessmentKind, Json, keys, rfc_3339};

/// Where a trace's assessments are created.
pub(crate) fn assessments_path(trace_id: &str) -> String {
    format!("/api/3.0/mlflow/traces/{}/assessments", percent_encoded(trace_id))
}

/// Where one of them is.
pub(crate) fn assessment_path(trace_id: &str, id: &str) -> String {
    format!("{}/{}", assessments_path(trace_id), percent_encoded(id))
}

/// What of another assessment one takes over that overrides it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overridden {
    pub(crate) name: String,
    pub(crate) span_id: Option<String>,
}

/// The feedback in an answer; nothing if it is anything else.
pub(crate) fn feedback_in(answer: &[u8]) -> Option<Overridden> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let assessment = answer.get("assessment")?;
    assessment.get("feedback")?;
    let text = |key: &str| assessment.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Overridden {
        name: text("assessment_name").unwrap_or_default(),
        span_id: text("span_id").filter(|id| !id.is_empty()),
    })
}

/// The id in an answer.
pub(crate) fn id_in(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    answer.get("assessment")?.get("assessment_id")?.as_str().map(str::to_owned)
}

/// The body that creates an assessment, in place of another one where that is named.
pub(crate) fn create_assessment(
    trace_id: &str,
    change: &AssessmentChange,
    overrides: Option<(&str, Overridden)>,
) -> Vec<u8> {
    let text = &change.text;
    let (overrides, of_old) = overrides.unzip();
    let (name, span_id) = match of_old {
        Some(old) => (old.name, old.span_id),
        None => (text.name.clone().unwrap_or_default(), text.span_id.clone()),
    };
    let source = change.source();
    let time = rfc_3339(change.unix_millis.saturating_mul(1_000_000));
    let mut assessment = json!({
        "assessment_id": change.id.to_string(),
        "assessment_name": storable(&name, keys::MAX_ASSESSMENT_TEXT),
        "trace_id": trace_id,
        "source": {
            "source_type": source.source_type.as_str(),
            "source_id": storable(&source.source_id, keys::MAX_ASSESSMENT_TEXT),
        },
        "create_time": time,
        "last_update_time": time,
    });
    if text.kind == AssessmentKind::Feedback {
        assessment["valid"] = true.into();
    }
    let (key, value) = value(change);
    assessment[key] = value;
    if let Some(span_id) = span_id {
        assessment["span_id"] = span_id.into();
    }
    if let Some(old) = overrides {
        assessment["overrides"] = old.into();
    }
    if let Some(rationale) = &text.rationale {
        assessment["rationale"] = storable(rationale, usize::MAX).into();
    }
    if !text.metadata.is_empty() {
        assessment["metadata"] = metadata(change);
    }
    json!({ "assessment": assessment }).to_string().into_bytes()
}

/// The body that updates an assessment. The mask is in camel case: in snake case the server changes nothing and says that
/// all is well.
pub(crate) fn update_assessment(trace_id: &str, change: &AssessmentChange) -> Vec<u8> {
    let text = &change.text;
    let mut assessment = json!({ "assessment_id": change.id.to_string(), "trace_id": trace_id });
    let mut mask = Vec::new();
    if let Some(name) = &text.name {
        assessment["assessment_name"] = storable(name, keys::MAX_ASSESSMENT_TEXT).into();
        mask.push("assessmentName");
    }
    if change.value.is_some() {
        let (key, value) = value(change);
        assessment[key] = value;
        mask.push(key);
    }
    if let Some(rationale) = &text.rationale {
        assessment["rationale"] = storable(rationale, usize::MAX).into();
        mask.push("rationale");
    }
    if !text.metadata.is_empty() {
        assessment["metadata"] = metadata(change);
        mask.push("metadata");
    }
    json!({ "assessment": assessment, "update_mask": mask.join(",") }).to_string().into_bytes()
}

/// The field that the value goes to, and what goes there.
fn value(change: &AssessmentChange) -> (&'static str, Value) {
    let json_text = change.value.as_ref().map_or("null", Json::as_str);
    let value = change.value.as_ref().map(Json::to_value).unwrap_or_default();
    if change.text.kind == AssessmentKind::Expectation {
        let is_plain = value.is_string() || value.is_number() || value.is_boolean();
        let field = match is_plain {
            true => json!({ "value": value }),
            false => {
                json!({ "serialized_value": { "serialization_format": "JSON_FORMAT", "value": json_text } })
            }
        };
        return ("expectation", field);
    }
    let mut feedback = json!({ "value": value });
    if let Some(error) = &change.text.error {
        let mut fields = json!({ "error_code": storable(&error.error_code, usize::MAX) });
        let texts = [("error_message", &error.error_message), ("stack_trace", &error.stack_trace)];
        for (key, text) in texts {
            if let Some(text) = text {
                fields[key] = storable(text, usize::MAX).into();
            }
        }
        feedback["error"] = fields;
    }
    ("feedback", feedback)
}

fn metadata(change: &AssessmentChange) -> Value {
    let pairs = change.text.metadata.iter();
    let storable = |text: &str| storable(text, usize::MAX).into_owned();
    pairs
        .map(|(key, value)| (storable(key), Value::from(storable(value))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AssessmentId, AssessmentSource, AssessmentUpdate, Expectation, Feedback, SpanId};

    fn with_value((mut change, value): (AssessmentChange, Option<Value>)) -> AssessmentChange {
        change.value = value.map(|value| Json::from_valid(value.to_string()));
        change.unix_millis = 1_790_000_000_123;
        change
    }

    fn read(body: &[u8]) -> Value {
        serde_json::from_slice(body).unwrap()
    }

    const ID: AssessmentId = AssessmentId::from_u128(7);

    #[test]
    fn feedback_is_created_with_its_own_id() {
        let feedback = Feedback::new("correct", true)
            .rationale("because\0")
            .source(AssessmentSource::human("u-17"))
            .span(SpanId::from_u64(0xab).unwrap())
            .metadata("k", "v");
        let change = with_value(AssessmentChange::create(ID, feedback.into()));
        let expected = json!({ "assessment": {
            "assessment_id": ID.to_string(),
            "assessment_name": "correct",
            "trace_id": "tr-1",
            "span_id": "00000000000000ab",
            "source": { "source_type": "HUMAN", "source_id": "u-17" },
            "create_time": "2026-09-21T14:13:20.123Z",
            "last_update_time": "2026-09-21T14:13:20.123Z",
            "feedback": { "value": true },
            "rationale": "because\u{fffd}",
            "metadata": { "k": "v" },
            "valid": true,
        }});
        assert_eq!(read(&create_assessment("tr-1", &change, None)), expected);
        assert_eq!(assessments_path("tr-1"), "/api/3.0/mlflow/traces/tr-1/assessments");
    }

    #[test]
    fn what_is_no_scalar_goes_as_text_in_an_expectation() {
        for (value, field) in [
            (json!("x"), json!({ "value": "x" })),
            (json!(4), json!({ "value": 4 })),
            (
                json!([1]),
                json!({ "serialized_value": { "serialization_format": "JSON_FORMAT", "value": "[1]" } }),
            ),
        ] {
            let change = with_value(AssessmentChange::create(ID, Expectation::new("e", value).into()));
            let body = read(&create_assessment("tr-1", &change, None));
            assert_eq!(body["assessment"]["expectation"], field);
            assert_eq!(
                body["assessment"]["source"],
                json!({ "source_type": "HUMAN", "source_id": "default" })
            );
        }
    }

    #[test]
    fn an_override_has_the_name_and_the_span_of_the_old_one() {
        let answer = br#"{"assessment":{"assessment_name":"old","span_id":"ab","feedback":{"value":1.0}}}"#;
        let old = feedback_in(answer).unwrap();
        let change = with_value(AssessmentChange::replace(ID, AssessmentId::from_u128(6), Feedback::of(0.5)));
        let body = read(&create_assessment("tr-1", &change, Some(("a-6", old))));
        let assessment = &body["assessment"];
        assert_eq!([&assessment["assessment_name"], &assessment["span_id"]], ["old", "ab"]);
        assert_eq!(assessment["overrides"], "a-6");
        assert_eq!(feedback_in(br#"{"assessment":{"expectation":{"value":1}}}"#), None);
    }

    #[test]
    fn the_mask_of_an_update_names_what_changes_in_camel_case() {
        let update = AssessmentUpdate::new().name("n").expectation("x").rationale("r").metadata("k", "v");
        let body = read(&update_assessment("tr-1", &with_value(AssessmentChange::update(ID, update))));
        assert_eq!(body["update_mask"], "assessmentName,expectation,rationale,metadata");
        let update = AssessmentUpdate::new().metadata("k", "v");
        let body = read(&update_assessment("tr-1", &with_value(AssessmentChange::update(ID, update))));
        assert_eq!(body["update_mask"], "metadata");
        let expected =
            json!({ "assessment_id": ID.to_string(), "trace_id": "tr-1", "metadata": { "k": "v" } });
        assert_eq!(body["assessment"], expected);
    }
}
