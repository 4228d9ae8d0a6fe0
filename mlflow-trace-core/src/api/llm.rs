//! The facts about one call of a language model, said at once.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::SpanHandle;
use crate::buffer::record::Section;
use crate::model::{ChatMessage, ChatTool, Cost, TokenUsage, keys};
use crate::recorder::Payload;

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
    #[cfg(not(feature = "disabled"))]
    facts: Box<Facts>,
}

#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "disabled", allow(dead_code))]
struct Facts {
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
        Self::default().with(|facts| (facts.provider, facts.model) = (provider.into(), model.into()))
    }

    /// Sets the tokens of the call (`mlflow.chat.tokenUsage`).
    #[inline]
    pub fn usage(self, usage: TokenUsage) -> Self {
        self.with(|facts| facts.usage = Some(usage))
    }

    /// Sets what the call cost (`mlflow.llm.cost`), where the provider says so; it is not worked out then.
    #[inline]
    pub fn cost(self, cost: Cost) -> Self {
        self.with(|facts| facts.cost = Some(cost))
    }

    /// Adds a parameter of the request, such as `temperature`: an attribute of the span under this name, as MLflow's
    /// automatic tracing records it, and beside [`messages`](Self::messages) a part of the inputs. What can't be
    /// serialized is left out.
    #[inline]
    pub fn parameter(self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.with(|facts| {
            let value = serde_json::to_value(value).ok();
            facts.parameters.extend(value.map(|value| (name.into(), value)));
        })
    }

    /// Adds messages that the model was given. They become the span's inputs, with the model, the parameters and the
    /// tools, in the form of OpenAI's request.
    #[inline]
    pub fn messages(self, messages: impl IntoIterator<Item = ChatMessage>) -> Self {
        self.with(|facts| facts.messages.extend(messages))
    }

    /// Adds an answer of the model. Answers become the span's outputs, in the form of OpenAI's response.
    #[inline]
    pub fn answer(self, message: ChatMessage) -> Self {
        self.with(|facts| {
            let index = facts.answers.len();
            facts.answers.push(Choice { index, message, finish_reason: None });
        })
    }

    /// Says why the answer that was added last has ended: `stop`, `length`, `tool_calls` …
    #[inline]
    pub fn finish_reason(self, reason: impl Into<String>) -> Self {
        self.with(|facts| {
            if let Some(answer) = facts.answers.last_mut() {
                answer.finish_reason = Some(reason.into());
            }
        })
    }

    /// Adds tools that the model may call (`mlflow.chat.tools`).
    #[inline]
    pub fn tools(self, tools: impl IntoIterator<Item = ChatTool>) -> Self {
        self.with(|facts| facts.tools.extend(tools))
    }

    /// Names the form of inputs and outputs that were set by hand (`mlflow.message.format`), which tells the Chat tab how
    /// to read them: `openai`, `anthropic`, `gemini`, `mistral`, `bedrock` … With [`messages`](Self::messages) or
    /// [`answer`](Self::answer) it is `openai` unless it is named here.
    #[inline]
    pub fn message_format(self, format: impl Into<String>) -> Self {
        self.with(|facts| facts.format = Some(format.into()))
    }

    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn with(mut self, set: impl FnOnce(&mut Facts)) -> Self {
        set(&mut self.facts);
        self
    }

    /// Nothing is kept, so nothing of it is left in the program.
    #[cfg(feature = "disabled")]
    #[inline]
    fn with(self, _set: impl FnOnce(&mut Facts)) -> Self {
        self
    }
}

#[cfg_attr(feature = "disabled", allow(dead_code))]
impl Facts {
    fn format(&self) -> Option<&str> {
        let is_ours = !self.messages.is_empty() || !self.answers.is_empty();
        self.format.as_deref().or(is_ours.then_some("openai"))
    }

    fn write(&self, payload: &mut Payload) {
        let mut texts = |key, text: &str| {
            if !text.is_empty() {
                payload.text_value(Section::Attribute, Some(key), text);
            }
        };
        texts(keys::LLM_MODEL, &self.model);
        texts(keys::LLM_PROVIDER, &self.provider);
        texts(keys::MESSAGE_FORMAT, self.format().unwrap_or_default());
        for (name, value) in &self.parameters {
            payload.serialized(Section::Attribute, Some(name), value);
        }
        if let Some(usage) = &self.usage {
            payload.serialized(Section::Attribute, Some(keys::TOKEN_USAGE), usage);
        }
        if let Some(cost) = &self.cost {
            payload.serialized(Section::Attribute, Some(keys::LLM_COST), cost);
        }
        if !self.tools.is_empty() {
            payload.serialized(Section::Attribute, Some(keys::CHAT_TOOLS), &self.tools);
        }
        if !self.messages.is_empty() {
            payload.serialized(Section::Inputs, None, &Request(self));
        }
        if !self.answers.is_empty() {
            payload.serialized(Section::Outputs, None, &Response { choices: &self.answers });
        }
    }
}

impl SpanHandle {
    /// Says what is known of the call of a language model that this span stands for. Facts that are not given stay as
    /// they are; said again, the later ones win.
    #[inline]
    #[allow(clippy::needless_pass_by_value, reason = "it is made for this one call")]
    pub fn set_llm(&self, llm: Llm) -> &Self {
        #[cfg(not(feature = "disabled"))]
        self.update(|payload| llm.facts.write(payload));
        #[cfg(feature = "disabled")]
        drop(llm);
        self
    }
}

/// The inputs: a request in OpenAI's form.
#[cfg_attr(feature = "disabled", allow(dead_code))]
struct Request<'a>(&'a Facts);

impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Facts { model, messages, tools, parameters, .. } = self.0;
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
#[cfg_attr(feature = "disabled", allow(dead_code))]
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
