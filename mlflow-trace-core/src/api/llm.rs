//! The facts about one call of a language model, said at once.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::SpanHandle;
use crate::buffer::record::Section;
use crate::model::{ChatMessage, ChatTool, Cost, TokenUsage, keys};

/// What is known of one call of a language model: who was asked what, what came back, and what it took.
///
/// MLflow shows the model, the tokens and the cost beside the span and adds them up for the trace; messages and tools are
/// what its Chat tab shows. Without a [`cost`](Self::cost) it is worked out from the model and the tokens
/// ([`PriceTable`](crate::PriceTable)).
///
/// ```
/// use mlflow_trace_core::{ChatMessage, Llm, TokenUsage};
///
/// let question = ChatMessage::user("What is a trace?");
/// // … the call …
/// let llm = Llm::new("openai", "gpt-4o-mini")
///     .parameter("temperature", 0.2)
///     .messages([ChatMessage::system("Be brief."), question])
///     .answer(ChatMessage::assistant("A tree of spans."))
///     .usage(TokenUsage::new(21, 5).cache_read(16));
/// mlflow_trace_core::current_span().set_llm(llm);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it is recorded by `SpanHandle::set_llm`"]
pub struct Llm {
    provider: String,
    model: String,
    format: Option<String>,
    usage: Option<TokenUsage>,
    cost: Option<Cost>,
    parameters: Vec<(String, Value)>,
    messages: Vec<ChatMessage>,
    tools: Vec<ChatTool>,
    answers: Vec<Choice>,
}

impl Llm {
    /// A call of a model (`mlflow.llm.model`) that somebody runs (`mlflow.llm.provider`): `openai`, `anthropic`,
    /// `gemini`, `bedrock`, `azure` …, as MLflow's price catalogue names them. An empty text leaves the fact out.
    #[inline]
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        if cfg!(feature = "disabled") {
            return Self::default();
        }
        Self { provider: provider.into(), model: model.into(), ..Self::default() }
    }

    /// Sets the tokens of the call (`mlflow.chat.tokenUsage`).
    #[inline]
    pub fn usage(mut self, usage: TokenUsage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Sets what the call cost (`mlflow.llm.cost`), where the provider says so; it is not worked out then.
    #[inline]
    pub fn cost(mut self, cost: Cost) -> Self {
        self.cost = Some(cost);
        self
    }

    /// Adds a parameter of the request, such as `temperature`: an attribute of the span under this name, as MLflow's
    /// automatic tracing records it, and beside [`messages`](Self::messages) a part of the inputs. What can't be
    /// serialized is left out.
    #[inline]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        self.parameters.extend(serde_json::to_value(value).ok().map(|value| (name.into(), value)));
        self
    }

    /// Adds messages that the model was given. They become the span's inputs, with the model, the parameters and the
    /// tools, in the form of OpenAI's request.
    #[inline]
    pub fn messages(mut self, messages: impl IntoIterator<Item = ChatMessage>) -> Self {
        if !cfg!(feature = "disabled") {
            self.messages.extend(messages);
        }
        self
    }

    /// Adds an answer of the model. Answers become the span's outputs, in the form of OpenAI's response.
    #[inline]
    pub fn answer(mut self, message: ChatMessage) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        self.answers.push(Choice { index: self.answers.len(), message, finish_reason: None });
        self
    }

    /// Says why the answer that was added last has ended: `stop`, `length`, `tool_calls` …
    #[inline]
    pub fn finish_reason(mut self, reason: impl Into<String>) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.finish_reason = Some(reason.into());
        }
        self
    }

    /// Adds tools that the model may call (`mlflow.chat.tools`).
    #[inline]
    pub fn tools(mut self, tools: impl IntoIterator<Item = ChatTool>) -> Self {
        if !cfg!(feature = "disabled") {
            self.tools.extend(tools);
        }
        self
    }

    /// Names the form of inputs and outputs that were set by hand (`mlflow.message.format`), which tells the Chat tab how
    /// to read them: `openai`, `anthropic`, `gemini`, `mistral`, `bedrock` … With [`messages`](Self::messages) or
    /// [`answer`](Self::answer) it is `openai` unless it is named here.
    #[inline]
    pub fn message_format(mut self, format: impl Into<String>) -> Self {
        if !cfg!(feature = "disabled") {
            self.format = Some(format.into());
        }
        self
    }

    fn format(&self) -> Option<&str> {
        let is_ours = !self.messages.is_empty() || !self.answers.is_empty();
        self.format.as_deref().or(is_ours.then_some("openai"))
    }
}

impl SpanHandle {
    /// Says what is known of the call of a language model that this span stands for. Facts that are not given stay as
    /// they are; said again, the later ones win.
    #[inline]
    #[allow(clippy::needless_pass_by_value, reason = "it is made for this one call")]
    pub fn set_llm(&self, llm: Llm) -> &Self {
        self.update(|payload| {
            let mut texts = |key, text: &str| {
                if !text.is_empty() {
                    payload.text_value(Section::Attribute, Some(key), text);
                }
            };
            texts(keys::LLM_MODEL, &llm.model);
            texts(keys::LLM_PROVIDER, &llm.provider);
            texts(keys::MESSAGE_FORMAT, llm.format().unwrap_or_default());
            for (name, value) in &llm.parameters {
                payload.serialized(Section::Attribute, Some(name), value);
            }
            if let Some(usage) = &llm.usage {
                payload.serialized(Section::Attribute, Some(keys::TOKEN_USAGE), usage);
            }
            if let Some(cost) = &llm.cost {
                payload.serialized(Section::Attribute, Some(keys::LLM_COST), cost);
            }
            if !llm.tools.is_empty() {
                payload.serialized(Section::Attribute, Some(keys::CHAT_TOOLS), &llm.tools);
            }
            if !llm.messages.is_empty() {
                payload.serialized(Section::Inputs, None, &Request(&llm));
            }
            if !llm.answers.is_empty() {
                payload.serialized(Section::Outputs, None, &Response { choices: &llm.answers });
            }
        })
    }
}

/// The inputs: a request in OpenAI's form.
struct Request<'a>(&'a Llm);

impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Llm { model, messages, tools, parameters, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messages", messages)?;
        if !model.is_empty() {
            map.serialize_entry("model", model)?;
        }
        if !tools.is_empty() {
            map.serialize_entry("tools", tools)?;
        }
        let is_own = |name: &str| ["messages", "model", "tools"].contains(&name);
        for (name, value) in parameters.iter().filter(|(name, _)| !is_own(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The outputs: a response in OpenAI's form.
#[derive(Serialize)]
struct Response<'a> {
    choices: &'a [Choice],
}

#[derive(Clone, Debug, Serialize)]
struct Choice {
    index: usize,
    message: ChatMessage,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
}
