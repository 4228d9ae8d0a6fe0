//! Feedback and expectations as they are said, and changes of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assessment::{AssessmentKind, AssessmentText, DEFAULT_FEEDBACK_NAME};
use super::{AssessmentError, AssessmentId, AssessmentSource, Json, SpanId};

/// What somebody thinks of a trace: a person's thumb, a judge's grade, the outcome of a check.
///
/// ```
/// use mlflow_trace_core::{AssessmentSource, Feedback};
/// let feedback = Feedback::new("correctness", true)
///     .rationale("Both dates are right.")
///     .source(AssessmentSource::human("u-17"))
///     .metadata("channel", "chat");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is logged by `log_feedback`"]
pub struct Feedback(Said);

impl Feedback {
    /// Feedback of this name (at most 250 characters): a number, a truth value, a text, or a list or map of them. A value
    /// whose own `Serialize` fails is replaced by a text that says so.
    #[inline]
    pub fn new(name: impl AsRef<str>, value: impl Serialize) -> Self {
        Self(Said::default().name(name).value(AssessmentKind::Feedback, value))
    }

    /// Feedback by the name that MLflow gives to what has none, `feedback`; or feedback that takes the place of other
    /// feedback, whose name it has ([`override_feedback`](crate::override_feedback)).
    #[inline]
    pub fn of(value: impl Serialize) -> Self {
        Self(Said::default().value(AssessmentKind::Feedback, value))
    }

    /// Feedback that there is none of: the judge failed.
    #[inline]
    pub fn failed(name: impl AsRef<str>, error: AssessmentError) -> Self {
        Self::new(name, ()).error(error)
    }

    /// Adds what went wrong while the value was found.
    #[inline]
    pub fn error(self, error: AssessmentError) -> Self {
        Self(self.0.with(|text, _| text.error = Some(error)))
    }

    /// Says why.
    #[inline]
    pub fn rationale(self, rationale: impl AsRef<str>) -> Self {
        Self(self.0.rationale(rationale))
    }

    /// Says who judged; else it is `CODE`, by the id `default`.
    #[inline]
    pub fn source(self, source: AssessmentSource) -> Self {
        Self(self.0.source(source))
    }

    /// Says which span of the trace it is about; else it is about the whole.
    #[inline]
    pub fn span(self, span_id: SpanId) -> Self {
        Self(self.0.span(span_id))
    }

    /// Adds a fact about the judgement.
    #[inline]
    pub fn metadata(self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self(self.0.metadata(key, value))
    }
}

/// What a trace should have come to.
///
/// ```
/// use mlflow_trace_core::{AssessmentSource, Expectation};
/// let expectation = Expectation::new("answer", "Paris").source(AssessmentSource::human("u-17"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is logged by `log_expectation`"]
pub struct Expectation(Said);

impl Expectation {
    /// An expectation of this name (at most 250 characters): any JSON but null. A value whose own `Serialize` fails is
    /// replaced by a text that says so.
    #[inline]
    pub fn new(name: impl AsRef<str>, value: impl Serialize) -> Self {
        Self(Said::default().name(name).value(AssessmentKind::Expectation, value))
    }

    /// Says who expects it; else it is `HUMAN`, by the id `default`.
    #[inline]
    pub fn source(self, source: AssessmentSource) -> Self {
        Self(self.0.source(source))
    }

    /// Says which span of the trace it is about; else it is about the whole.
    #[inline]
    pub fn span(self, span_id: SpanId) -> Self {
        Self(self.0.span(span_id))
    }

    /// Adds a fact about the expectation.
    #[inline]
    pub fn metadata(self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self(self.0.metadata(key, value))
    }
}

/// Feedback or an expectation, for what takes both.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Assessment {
    /// What somebody thinks.
    Feedback(Feedback),
    /// What should have been.
    Expectation(Expectation),
}

impl From<Feedback> for Assessment {
    #[inline]
    fn from(feedback: Feedback) -> Self {
        Self::Feedback(feedback)
    }
}

impl From<Expectation> for Assessment {
    #[inline]
    fn from(expectation: Expectation) -> Self {
        Self::Expectation(expectation)
    }
}

/// What is to be changed of an assessment; all else stays as it is. Source and span can't be changed.
///
/// ```
/// use mlflow_trace_core::AssessmentUpdate;
/// let update = AssessmentUpdate::new().feedback(0.4).rationale("One date is wrong.").metadata("read", "twice");
/// ```
///
/// A whole [`Feedback`] or [`Expectation`] is an update of its name, value, rationale and metadata, as in Python.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it is sent by `update_assessment`"]
pub struct AssessmentUpdate(Said);

impl AssessmentUpdate {
    /// An update of nothing.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Renames it (at most 250 characters).
    #[inline]
    pub fn name(self, name: impl AsRef<str>) -> Self {
        Self(self.0.name(name))
    }

    /// Gives feedback another value; an error that it had goes.
    #[inline]
    pub fn feedback(self, value: impl Serialize) -> Self {
        Self(self.0.value(AssessmentKind::Feedback, value))
    }

    /// Gives an expectation another value.
    #[inline]
    pub fn expectation(self, value: impl Serialize) -> Self {
        Self(self.0.value(AssessmentKind::Expectation, value))
    }

    /// Says why, in place of what was said.
    #[inline]
    pub fn rationale(self, rationale: impl AsRef<str>) -> Self {
        Self(self.0.rationale(rationale))
    }

    /// Adds a fact, or replaces it.
    #[inline]
    pub fn metadata(self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self(self.0.metadata(key, value))
    }
}

impl From<Feedback> for AssessmentUpdate {
    #[inline]
    fn from(feedback: Feedback) -> Self {
        Self(feedback.0)
    }
}

impl From<Expectation> for AssessmentUpdate {
    #[inline]
    fn from(expectation: Expectation) -> Self {
        Self(expectation.0)
    }
}

/// What was said so far; nothing is kept where tracing is compiled out.
#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    #[cfg(not(feature = "disabled"))]
    said: Box<(AssessmentText, Option<Value>)>,
}

impl Said {
    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn with(mut self, set: impl FnOnce(&mut AssessmentText, &mut Option<Value>)) -> Self {
        let (text, value) = &mut *self.said;
        set(text, value);
        self
    }

    #[cfg(feature = "disabled")]
    #[inline]
    fn with(self, _set: impl FnOnce(&mut AssessmentText, &mut Option<Value>)) -> Self {
        self
    }

    #[cfg(not(feature = "disabled"))]
    fn into_parts(self) -> (AssessmentText, Option<Value>) {
        *self.said
    }

    #[cfg(feature = "disabled")]
    #[allow(dead_code)]
    fn into_parts(self) -> (AssessmentText, Option<Value>) {
        (AssessmentText::default(), None)
    }

    #[inline]
    fn name(self, name: impl AsRef<str>) -> Self {
        self.with(|text, _| text.name = Some(name.as_ref().to_owned()))
    }

    #[inline]
    fn value(self, kind: AssessmentKind, new: impl Serialize) -> Self {
        self.with(|text, value| (text.kind, *value) = (kind, Some(to_value(&new))))
    }

    #[inline]
    fn rationale(self, rationale: impl AsRef<str>) -> Self {
        self.with(|text, _| text.rationale = Some(rationale.as_ref().to_owned()))
    }

    #[inline]
    fn source(self, source: AssessmentSource) -> Self {
        self.with(|text, _| text.source = Some(source))
    }

    #[inline]
    fn span(self, span_id: SpanId) -> Self {
        self.with(|text, _| text.span_id = Some(span_id.to_string()))
    }

    #[inline]
    fn metadata(self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.with(|text, _| {
            text.metadata.insert(key.as_ref().to_owned(), value.as_ref().to_owned());
        })
    }
}

/// The value, made by code of the user's that may fail or panic.
fn to_value(value: &impl Serialize) -> Value {
    match catch_unwind(AssertUnwindSafe(|| serde_json::to_value(value))) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => format!("<not recorded: its Serialize failed: {error}>").into(),
        Err(_) => "<not recorded: its own code panicked>".into(),
    }
}

/// What is to be done about an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AssessmentAct {
    Create,
    /// Create it in place of this one, with its name and its span.
    Override(AssessmentId),
    Update,
    Delete,
}

/// One change of the assessments of a trace, on its way to the destinations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssessmentChange {
    pub(crate) id: AssessmentId,
    pub(crate) act: AssessmentAct,
    pub(crate) text: AssessmentText,
    /// When it was said, in milliseconds since 1970.
    pub(crate) unix_millis: u64,
    /// Kept beside the rest, as the JSON that Python would write.
    #[serde(skip)]
    pub(crate) value: Option<Json>,
}

impl AssessmentChange {
    fn new(id: AssessmentId, act: AssessmentAct, text: AssessmentText) -> Self {
        Self { id, act, text, unix_millis: 0, value: None }
    }

    pub(crate) fn create(id: AssessmentId, assessment: Assessment) -> (Self, Option<Value>) {
        let (mut text, value) = match assessment {
            Assessment::Feedback(feedback) => feedback.0.into_parts(),
            Assessment::Expectation(expectation) => expectation.0.into_parts(),
        };
        text.name.get_or_insert_with(|| DEFAULT_FEEDBACK_NAME.to_owned());
        (Self::new(id, AssessmentAct::Create, text), value)
    }

    pub(crate) fn replace(id: AssessmentId, old: AssessmentId, by: Feedback) -> (Self, Option<Value>) {
        let (text, value) = by.0.into_parts();
        (Self::new(id, AssessmentAct::Override(old), text), value)
    }

    pub(crate) fn update(id: AssessmentId, update: AssessmentUpdate) -> (Self, Option<Value>) {
        let (text, value) = update.0.into_parts();
        (Self::new(id, AssessmentAct::Update, text), value)
    }

    pub(crate) fn delete(id: AssessmentId) -> (Self, Option<Value>) {
        (Self::new(id, AssessmentAct::Delete, AssessmentText::default()), None)
    }

    /// The source, which the kind decides where none was named.
    #[cfg(any(feature = "http", feature = "sqlite"))]
    pub(crate) fn source(&self) -> AssessmentSource {
        self.text.source.clone().unwrap_or_else(|| match self.text.kind {
            AssessmentKind::Feedback => AssessmentSource::code("default"),
            AssessmentKind::Expectation => AssessmentSource::human("default"),
        })
    }
}
