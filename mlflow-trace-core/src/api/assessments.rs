//! Feedback and expectations of a trace by its id, whether it is open, on its way or delivered.

use crate::buffer::record::Section;
use crate::context::current;
use crate::model::{
    Assessment, AssessmentChange, AssessmentId, AssessmentUpdate, Expectation, Feedback, TraceId,
};
use crate::policy::ids;
use crate::runtime;

/// Logs what somebody thinks of a trace, which may be open, on its way or delivered.
///
/// The call hands the feedback over and returns at once; it reaches each destination behind its trace: MLflow's file and
/// MLflow's servers. OTLP has no way to say it. What a destination does not take, such as feedback on a trace that it has
/// not got, is said and counted ([`DestinationStats::lost_assessments`](crate::DestinationStats::lost_assessments)). The id
/// names the feedback from now on, and is what MLflow stores. Without effect while tracing is off.
///
/// ```
/// use mlflow_trace_core::{AssessmentSource, Feedback, log_feedback, span};
///
/// span("answer").run(|_| {});
/// if let Some(trace) = mlflow_trace_core::last_trace_id() {
///     let thumb = Feedback::new("helpful", true).source(AssessmentSource::human("u-17"));
///     log_feedback(trace, thumb.rationale("It named its sources."));
/// }
/// ```
///
/// A search in MLflow finds the trace by `feedback.helpful = 'true'`.
#[inline]
#[track_caller]
pub fn log_feedback(trace_id: TraceId, feedback: Feedback) -> AssessmentId {
    log_assessment(trace_id, feedback)
}

/// Logs what a trace should have come to; as [`log_feedback`] logs feedback.
///
/// ```
/// use mlflow_trace_core::{Expectation, log_expectation, span};
///
/// span("answer").run(|_| {});
/// if let Some(trace) = mlflow_trace_core::last_trace_id() {
///     log_expectation(trace, Expectation::new("capital", "Paris"));
/// }
/// ```
#[inline]
#[track_caller]
pub fn log_expectation(trace_id: TraceId, expectation: Expectation) -> AssessmentId {
    log_assessment(trace_id, expectation)
}

/// Logs feedback or an expectation; as [`log_feedback`] does.
#[inline]
#[track_caller]
pub fn log_assessment(trace_id: TraceId, assessment: impl Into<Assessment>) -> AssessmentId {
    let id = new_id();
    if !cfg!(feature = "disabled") {
        say(trace_id, AssessmentChange::create(id, assessment.into()));
    }
    id
}

/// Puts other feedback in the place of feedback that was logged, which stays and is no longer valid. It has the name and
/// the span of the old one, whatever the new one says ([`Feedback::of`]). Deleting it makes the old one valid again.
///
/// ```
/// use mlflow_trace_core::{AssessmentSource, Feedback, log_feedback, override_feedback, span};
///
/// span("answer").run(|_| {});
/// if let Some(trace) = mlflow_trace_core::last_trace_id() {
///     let judge = AssessmentSource::llm_judge("gpt-4o");
///     let grade = log_feedback(trace, Feedback::new("relevance", 0.6).source(judge));
///     let reviewer = AssessmentSource::human("u-17");
///     override_feedback(trace, grade, Feedback::of(0.9).source(reviewer).rationale("The judge missed a line."));
/// }
/// ```
#[inline]
#[track_caller]
pub fn override_feedback(trace_id: TraceId, assessment_id: AssessmentId, by: Feedback) -> AssessmentId {
    let id = new_id();
    if !cfg!(feature = "disabled") {
        say(trace_id, AssessmentChange::replace(id, assessment_id, by));
    }
    id
}

/// Changes an assessment that was logged, by this process or another one; as [`log_feedback`] logs one.
///
/// ```
/// use mlflow_trace_core::{AssessmentUpdate, Feedback, log_feedback, span, update_assessment};
///
/// span("answer").run(|_| {});
/// if let Some(trace) = mlflow_trace_core::last_trace_id() {
///     let id = log_feedback(trace, Feedback::new("helpful", true));
///     update_assessment(trace, id, AssessmentUpdate::new().feedback(false).rationale("On second thoughts."));
/// }
/// ```
#[inline]
#[track_caller]
pub fn update_assessment(
    trace_id: TraceId,
    assessment_id: AssessmentId,
    update: impl Into<AssessmentUpdate>,
) {
    if !cfg!(feature = "disabled") {
        say(trace_id, AssessmentChange::update(assessment_id, update.into()));
    }
}

/// Deletes an assessment; as [`log_feedback`] logs one. What is not there stays away.
#[inline]
#[track_caller]
pub fn delete_assessment(trace_id: TraceId, assessment_id: AssessmentId) {
    if !cfg!(feature = "disabled") {
        say(trace_id, AssessmentChange::delete(assessment_id));
    }
}

#[inline]
fn new_id() -> AssessmentId {
    if cfg!(feature = "disabled") {
        return AssessmentId::from_u128(0);
    }
    let (high, low) = ids::trace_id();
    AssessmentId::from_u128(u128::from(high) << 64 | u128::from(low))
}

#[track_caller]
fn say(trace_id: TraceId, (change, value): (AssessmentChange, Option<serde_json::Value>)) {
    if runtime::is_off() {
        return;
    }
    let place = std::panic::Location::caller();
    let Some(runtime) = runtime::runtime(&|| format!("an assessment that was logged at {place}")) else {
        return;
    };
    // Texts and numbers: there is always a JSON form.
    let Ok(json) = serde_json::to_string(&change) else { return };
    // A test that captures its traces keeps the assessments of those to itself.
    let route = current().route().to_string();
    runtime.recorder.about_trace(trace_id.to_u128(), |payload| {
        payload.texts(Section::Assessment, &[&route, &json]);
        if let Some(value) = &value {
            payload.serialized(Section::AssessmentValue, None, value);
        }
    });
}
