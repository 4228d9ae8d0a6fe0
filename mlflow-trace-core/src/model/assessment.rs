//! Assessments: what people, judges and programs think of a trace (feedback), and what it should have been (expectations).

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of an assessment: 16 bytes, written `a-` and 32 lower-case hex digits as MLflow does.
///
/// Whoever logs an assessment gets its id at once, before it is delivered, and names it by that id later. An id that was
/// stored as text is read by `"a-…".parse::<AssessmentId>()`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssessmentId(u128);

impl AssessmentId {
    pub(crate) const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    /// Reads `a-` and 32 hex digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("a-")?;
        let is_hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u128::from_str_radix(digits, 16).ok().filter(|_| is_hex).map(Self)
    }
}

impl fmt::Display for AssessmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a-{:032x}", self.0)
    }
}

impl fmt::Debug for AssessmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As text.
impl Serialize for AssessmentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From text.
impl<'de> Deserialize<'de> for AssessmentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("an assessment's id is `a-` and 32 hex digits"))
    }
}

/// Which sort of judge an [`AssessmentSource`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum AssessmentSourceType {
    /// A person.
    Human,
    /// A language model that judges.
    LlmJudge,
    /// A program, such as a heuristic.
    Code,
}

impl AssessmentSourceType {
    /// MLflow's spelling: `HUMAN`, `LLM_JUDGE` or `CODE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "HUMAN",
            Self::LlmJudge => "LLM_JUDGE",
            Self::Code => "CODE",
        }
    }
}

/// Who judged.
///
/// ```
/// use mlflow_trace_core::AssessmentSource;
/// let source = AssessmentSource::human("u-17");
/// assert_eq!(source.source_type.as_str(), "HUMAN");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssessmentSource {
    /// Which sort of judge.
    pub source_type: AssessmentSourceType,
    /// Which one: a user, a model, a program (at most 250 characters).
    pub source_id: String,
}

impl AssessmentSource {
    /// A judge of this sort with this id. Without a source, feedback comes from `CODE` and an expectation from `HUMAN`, both
    /// by the id `default`.
    #[inline]
    pub fn new(source_type: AssessmentSourceType, source_id: impl AsRef<str>) -> Self {
        Self { source_type, source_id: kept(source_id) }
    }

    /// A person, by an id such as that of a user.
    #[inline]
    pub fn human(id: impl AsRef<str>) -> Self {
        Self::new(AssessmentSourceType::Human, id)
    }

    /// A language model that judges, by its name.
    #[inline]
    pub fn llm_judge(id: impl AsRef<str>) -> Self {
        Self::new(AssessmentSourceType::LlmJudge, id)
    }

    /// A program, by its name or place.
    #[inline]
    pub fn code(id: impl AsRef<str>) -> Self {
        Self::new(AssessmentSourceType::Code, id)
    }
}

/// Why there is no feedback: the judge failed.
///
/// ```
/// use mlflow_trace_core::{AssessmentError, Feedback};
/// let limit = AssessmentError::new("RATE_LIMIT_EXCEEDED").message("The judge takes no more requests.");
/// let feedback = Feedback::failed("faithfulness", limit);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssessmentError {
    /// What went wrong, as a word for programs.
    pub error_code: String,
    /// What went wrong, for people.
    pub error_message: Option<String>,
    /// Where; of a longer one the last 10,000 characters are kept.
    pub stack_trace: Option<String>,
}

/// What stands before the end of a stack trace that was too long, as in Python.
const TRUNCATED: &str = "[Stack trace is truncated]\n...\n";
/// Characters of a stack trace that are kept, those words included.
const MAX_STACK_TRACE: usize = 10_000;

impl AssessmentError {
    /// An error with this code.
    #[inline]
    pub fn new(error_code: impl AsRef<str>) -> Self {
        Self { error_code: kept(error_code), ..Self::default() }
    }

    /// An error of Rust's: its type is the code, its text the message.
    #[inline]
    pub fn of<E: std::error::Error>(error: &E) -> Self {
        if cfg!(feature = "disabled") {
            return Self::default();
        }
        let name = std::any::type_name::<E>();
        let path = name.split('<').next().unwrap_or(name);
        let printed = catch_unwind(AssertUnwindSafe(|| error.to_string()));
        let message = printed.unwrap_or_else(|_| "<not recorded: its own code panicked>".to_owned());
        Self::new(path.rsplit("::").next().unwrap_or(path)).message(message)
    }

    /// Says it for people.
    #[inline]
    #[must_use]
    pub fn message(mut self, message: impl AsRef<str>) -> Self {
        self.error_message = kept_some(message);
        self
    }

    /// Says where it happened.
    #[inline]
    #[must_use]
    pub fn stack_trace(mut self, stack_trace: impl AsRef<str>) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        let text = stack_trace.as_ref();
        let count = if text.len() > MAX_STACK_TRACE { text.chars().count() } else { 0 };
        self.stack_trace = match count > MAX_STACK_TRACE {
            true => {
                let left_out = count - (MAX_STACK_TRACE - TRUNCATED.len());
                kept_some(format!("{TRUNCATED}{}", text.chars().skip(left_out).collect::<String>()))
            }
            false => kept_some(text),
        };
        self
    }
}

/// Whether something is feedback or an expectation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AssessmentKind {
    #[default]
    Feedback,
    Expectation,
}

/// What an assessment says, but for its value; or what changes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssessmentText {
    pub(crate) kind: AssessmentKind,
    pub(crate) name: Option<String>,
    pub(crate) source: Option<AssessmentSource>,
    pub(crate) error: Option<AssessmentError>,
    pub(crate) rationale: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// 16 hex digits.
    pub(crate) span_id: Option<String>,
}

/// The name of feedback that was given none, as in Python.
pub(crate) const DEFAULT_FEEDBACK_NAME: &str = "feedback";

/// Nothing of a text is kept where tracing is compiled out.
fn kept(text: impl AsRef<str>) -> String {
    if cfg!(feature = "disabled") { String::new() } else { text.as_ref().to_owned() }
}

fn kept_some(text: impl AsRef<str>) -> Option<String> {
    if cfg!(feature = "disabled") { None } else { Some(text.as_ref().to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = AssessmentId::from_u128(0xabc);
        assert_eq!(id.to_string(), "a-00000000000000000000000000000abc");
        assert_eq!(AssessmentId::parse(&id.to_string()), Some(id));
        for wrong in ["", "a-", "00000000000000000000000000000abc", "a-0000000000000000000000000000000g"] {
            assert_eq!(AssessmentId::parse(wrong), None, "{wrong}");
        }
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<AssessmentId>(&json).unwrap(), id);
    }

    #[test]
    fn a_source_is_serialized_as_mlflow_has_it() {
        let json = serde_json::to_string(&AssessmentSource::llm_judge("gpt-4o")).unwrap();
        assert_eq!(json, r#"{"source_type":"LLM_JUDGE","source_id":"gpt-4o"}"#);
        for sort in [AssessmentSourceType::Human, AssessmentSourceType::LlmJudge, AssessmentSourceType::Code]
        {
            assert_eq!(serde_json::to_string(&sort).unwrap(), format!("{:?}", sort.as_str()));
        }
    }

    #[test]
    fn an_error_of_rust_is_named_by_its_type() {
        let error = "x".parse::<u8>().unwrap_err();
        let made = AssessmentError::of(&error);
        assert_eq!(made.error_code, "ParseIntError");
        assert_eq!(made.error_message.as_deref(), Some("invalid digit found in string"));
    }

    #[test]
    fn of_a_long_stack_trace_the_end_is_kept() {
        let long = format!("{}end", "ü".repeat(10_000));
        let kept = AssessmentError::new("E").stack_trace(long).stack_trace.unwrap();
        assert_eq!(kept.chars().count(), 10_000);
        assert!(kept.starts_with("[Stack trace is truncated]") && kept.ends_with("üend"));
        let short = "ü".repeat(10_000);
        assert_eq!(AssessmentError::new("E").stack_trace(&short).stack_trace, Some(short));
    }
}
