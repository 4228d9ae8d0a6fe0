//! Feedback and expectations as they are said, and changes of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assessment::{AssessmentKind, AssessmentText, DEFAULT_FEEDBACK_NAME, kept_some};
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
pub struct Feedback {
    text: AssessmentText,
    value: Value,
}

impl Feedback {
    /// Feedback of this name (at most 250 characters): a number, a truth value, a text, or a list or map of them. A value
    /// whose own `Serialize` fails is replaced by a text that says so.
    pub fn new(name: impl AsRef<str>, value: impl Serialize) -> Self {
        let text = AssessmentText { name: kept_some(name), ..AssessmentText::default() };
        Self { text, value: to_value(&value) }
    }

    /// Feedback by the name that MLflow gives to what has none, `feedback`; or feedback that takes the place of other
    /// feedback, whose name it has ([`override_feedback`](crate::override_feedback)).
    pub fn of(value: impl Serialize) -> Self {
        Self { text: AssessmentText::default(), value: to_value(&value) }
    }

    /// Feedback that there is none of: the judge failed.
    pub fn failed(name: impl AsRef<str>, error: AssessmentError) -> Self {
        Self::new(name, ()).error(error)
    }

    /// Adds what went wrong while the value was found.
    pub fn error(mut self, error: AssessmentError) -> Self {
        self.text.error = Some(error).filter(|_| !cfg!(feature = "disabled"));
        self
    }

    /// Says why.
    pub fn rationale(mut self, rationale: impl AsRef<str>) -> Self {
        self.text.rationale = kept_some(rationale);
        self
    }

    /// Says who judged; else it is `CODE`, by the id `default`.
    pub fn source(mut self, source: AssessmentSource) -> Self {
        self.text.source = Some(source).filter(|_| !cfg!(feature = "disabled"));
        self
    }

    /// Says which span of the trace it is about; else it is about the whole.
    pub fn span(mut self, span_id: SpanId) -> Self {
        self.text.set_span(span_id);
        self
    }

    /// Adds a fact about the judgement.
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.text.add_metadata(key.as_ref(), value.as_ref());
        self
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
pub struct Expectation {
    text: AssessmentText,
    value: Value,
}

impl Expectation {
    /// An expectation of this name (at most 250 characters): any JSON but null. A value whose own `Serialize` fails is
    /// replaced by a text that says so.
    pub fn new(name: impl AsRef<str>, value: impl Serialize) -> Self {
        let text = AssessmentText {
            kind: AssessmentKind::Expectation,
            name: kept_some(name),
            ..AssessmentText::default()
        };
        Self { text, value: to_value(&value) }
    }

    /// Says who expects it; else it is `HUMAN`, by the id `default`.
    pub fn source(mut self, source: AssessmentSource) -> Self {
        self.text.source = Some(source).filter(|_| !cfg!(feature = "disabled"));
        self
    }

    /// Says which span of the trace it is about; else it is about the whole.
    pub fn span(mut self, span_id: SpanId) -> Self {
        self.text.set_span(span_id);
        self
    }

    /// Adds a fact about the expectation.
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.text.add_metadata(key.as_ref(), value.as_ref());
        self
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
    fn from(feedback: Feedback) -> Self {
        Self::Feedback(feedback)
    }
}

impl From<Expectation> for Assessment {
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
pub struct AssessmentUpdate {
    text: AssessmentText,
    value: Option<Value>,
}

impl AssessmentUpdate {
    /// An update of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Renames it (at most 250 characters).
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.text.name = kept_some(name);
        self
    }

    /// Gives feedback another value; an error that it had goes.
    pub fn feedback(mut self, value: impl Serialize) -> Self {
        (self.text.kind, self.value) = (AssessmentKind::Feedback, Some(to_value(&value)));
        self
    }

    /// Gives an expectation another value.
    pub fn expectation(mut self, value: impl Serialize) -> Self {
        (self.text.kind, self.value) = (AssessmentKind::Expectation, Some(to_value(&value)));
        self
    }

    /// Says why, in place of what was said.
    pub fn rationale(mut self, rationale: impl AsRef<str>) -> Self {
        self.text.rationale = kept_some(rationale);
        self
    }

    /// Adds a fact, or replaces it.
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.text.add_metadata(key.as_ref(), value.as_ref());
        self
    }
}

impl From<Feedback> for AssessmentUpdate {
    fn from(feedback: Feedback) -> Self {
        let Feedback { text, value } = feedback;
        Self { text, value: Some(value) }
    }
}

impl From<Expectation> for AssessmentUpdate {
    fn from(expectation: Expectation) -> Self {
        let Expectation { text, value } = expectation;
        Self { text, value: Some(value) }
    }
}

impl AssessmentText {
    fn set_span(&mut self, span_id: SpanId) {
        if !cfg!(feature = "disabled") {
            self.span_id = Some(span_id.to_string());
        }
    }

    fn add_metadata(&mut self, key: &str, value: &str) {
        if !cfg!(feature = "disabled") {
            self.metadata.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// The value, made by code of the user's that may fail or panic.
fn to_value(value: &impl Serialize) -> Value {
    if cfg!(feature = "disabled") {
        return Value::Null;
    }
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
            Assessment::Feedback(feedback) => (feedback.text, feedback.value),
            Assessment::Expectation(expectation) => (expectation.text, expectation.value),
        };
        text.name.get_or_insert_with(|| DEFAULT_FEEDBACK_NAME.to_owned());
        (Self::new(id, AssessmentAct::Create, text), Some(value))
    }

    pub(crate) fn replace(id: AssessmentId, old: AssessmentId, by: Feedback) -> (Self, Option<Value>) {
        (Self::new(id, AssessmentAct::Override(old), by.text), Some(by.value))
    }

    pub(crate) fn update(id: AssessmentId, update: AssessmentUpdate) -> (Self, Option<Value>) {
        (Self::new(id, AssessmentAct::Update, update.text), update.value)
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
