//! The kinds of span that MLflow shows with an icon of their own.

use std::borrow::Cow;

/// What a span stands for. MLflow stores the text; any other text is allowed too.
///
/// ```
/// use mlflow_trace_core::SpanType;
/// assert_eq!(SpanType::ChatModel.as_str(), "CHAT_MODEL");
/// assert_eq!(SpanType::from("MY_STEP").as_str(), "MY_STEP");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanType {
    /// A call of a language model (`LLM`).
    Llm,
    /// A chain of steps (`CHAIN`).
    Chain,
    /// An agent's run (`AGENT`).
    Agent,
    /// A tool's run (`TOOL`).
    Tool,
    /// A call of a chat model (`CHAT_MODEL`).
    ChatModel,
    /// A search for documents (`RETRIEVER`).
    Retriever,
    /// Turning text into structure (`PARSER`).
    Parser,
    /// Making an embedding (`EMBEDDING`).
    Embedding,
    /// Putting documents in order (`RERANKER`).
    Reranker,
    /// Reading or writing an agent's memory (`MEMORY`).
    Memory,
    /// Nothing was said (`UNKNOWN`), the default.
    #[default]
    Unknown,
    /// A workflow (`WORKFLOW`).
    Workflow,
    /// A task of a workflow (`TASK`).
    Task,
    /// A check of inputs or outputs (`GUARDRAIL`).
    Guardrail,
    /// A judgement of quality (`EVALUATOR`).
    Evaluator,
    /// Any other text, stored as it is.
    Custom(Cow<'static, str>),
}

impl SpanType {
    /// The type with this text, for use in constants.
    pub const fn custom(text: &'static str) -> Self {
        Self::Custom(Cow::Borrowed(text))
    }

    /// The text that MLflow stores.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Llm => "LLM",
            Self::Chain => "CHAIN",
            Self::Agent => "AGENT",
            Self::Tool => "TOOL",
            Self::ChatModel => "CHAT_MODEL",
            Self::Retriever => "RETRIEVER",
            Self::Parser => "PARSER",
            Self::Embedding => "EMBEDDING",
            Self::Reranker => "RERANKER",
            Self::Memory => "MEMORY",
            Self::Unknown => "UNKNOWN",
            Self::Workflow => "WORKFLOW",
            Self::Task => "TASK",
            Self::Guardrail => "GUARDRAIL",
            Self::Evaluator => "EVALUATOR",
            Self::Custom(text) => text,
        }
    }

    /// The type that a stored text stands for.
    pub(crate) fn stored(text: String) -> Self {
        const PREDEFINED: [SpanType; 15] = [
            SpanType::Llm,
            SpanType::Chain,
            SpanType::Agent,
            SpanType::Tool,
            SpanType::ChatModel,
            SpanType::Retriever,
            SpanType::Parser,
            SpanType::Embedding,
            SpanType::Reranker,
            SpanType::Memory,
            SpanType::Unknown,
            SpanType::Workflow,
            SpanType::Task,
            SpanType::Guardrail,
            SpanType::Evaluator,
        ];
        PREDEFINED.into_iter().find(|known| known.as_str() == text).unwrap_or_else(|| Self::from(text))
    }

    /// Whether MLflow gives such a span the log level INFO (20) rather than DEBUG (10).
    /// (`mlflow.spanLogLevel`, MLflow 3.17's default for the type.)
    pub(crate) fn is_info_level(&self) -> bool {
        matches!(self.as_str(), "LLM" | "CHAT_MODEL" | "TOOL" | "RETRIEVER" | "AGENT" | "EMBEDDING")
    }
}

impl From<&'static str> for SpanType {
    fn from(text: &'static str) -> Self {
        Self::custom(text)
    }
}

impl From<String> for SpanType {
    fn from(text: String) -> Self {
        Self::Custom(Cow::Owned(text))
    }
}
