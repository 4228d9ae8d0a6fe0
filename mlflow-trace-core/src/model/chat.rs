//! Messages and tools of a chat with a language model, in the form that OpenAI gave them and MLflow's Chat tab shows.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Json;

/// One message of a chat, in OpenAI's form, which MLflow's Chat tab shows.
///
/// ```
/// use mlflow_trace_core::ChatMessage;
///
/// let asked = ChatMessage::user("What is 2 + 2?");
/// let answer = ChatMessage::assistant("").tool_call("call-1", "add", serde_json::json!({"a": 2, "b": 2}));
/// let result = ChatMessage::tool("call-1", "4");
/// # let _ = (asked, answer, result);
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct ChatMessage {
    role: String,
    content: Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<String>,
}

#[derive(Clone, Debug)]
enum Content {
    None,
    Text(String),
    Parts(Vec<ContentPart>),
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Parts(parts) => parts.serialize(serializer),
        }
    }
}

impl ChatMessage {
    /// A message of any role.
    #[inline]
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            role: kept(role),
            content: Content::Text(kept(content)),
            name: None,
            refusal: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
        }
    }

    /// What the model is told before everything else.
    #[inline]
    pub fn system(content: impl Into<String>) -> Self {
        Self::new("system", content)
    }

    /// What the user says.
    #[inline]
    pub fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }

    /// What the model says.
    #[inline]
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new("assistant", content)
    }

    /// What came out of a tool that the model had called; `call_id` is the one of [`tool_call`](Self::tool_call).
    #[inline]
    pub fn tool(call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self { tool_call_id: Some(kept(call_id)), ..Self::new("tool", content) }
    }

    /// Adds a call of a tool by the model. A message without a text then has the content null, as OpenAI's models answer.
    #[must_use]
    #[inline]
    pub fn tool_call(
        mut self,
        call_id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Serialize,
    ) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        if matches!(&self.content, Content::Text(text) if text.is_empty()) {
            self.content = Content::None;
        }
        let arguments = match serde_json::to_value(arguments) {
            // Arguments that are JSON text already, as they come from the wire.
            Ok(Value::String(text)) => text,
            Ok(value) => value.to_string(),
            Err(error) => Json::string(&format!("<not recorded: {error}>")).to_string(),
        };
        let function = CalledFunction { name: name.into(), arguments };
        self.tool_calls.push(ToolCall { id: call_id.into(), kind: "function", function });
        self
    }

    /// Adds a piece of content, such as an image, behind what is there.
    #[must_use]
    #[inline]
    pub fn part(mut self, part: ContentPart) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        let mut parts = match self.content {
            Content::Parts(parts) => parts,
            Content::Text(text) if !text.is_empty() => vec![ContentPart::text(text)],
            Content::Text(_) | Content::None => Vec::new(),
        };
        parts.push(part);
        self.content = Content::Parts(parts);
        self
    }

    /// Names who speaks, where several have the same role.
    #[must_use]
    #[inline]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(kept(name));
        self
    }

    /// Sets the sentence with which the model refused to answer.
    #[must_use]
    #[inline]
    pub fn refusal(mut self, sentence: impl Into<String>) -> Self {
        self.refusal = Some(kept(sentence));
        self
    }
}

/// A piece of a message's content.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentPart {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
    /// An image.
    ImageUrl {
        /// Where it is.
        image_url: ImageUrl,
    },
    /// A sound.
    InputAudio {
        /// The sound itself.
        input_audio: InputAudio,
    },
}

impl ContentPart {
    /// A text.
    #[inline]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: kept(text) }
    }

    /// An image, by its address or as a `data:` URI.
    #[inline]
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::ImageUrl { image_url: ImageUrl { url: kept(url) } }
    }

    /// A sound in base64, with its format (`wav`, `mp3`).
    #[inline]
    pub fn input_audio(base64: impl Into<String>, format: impl Into<String>) -> Self {
        Self::InputAudio { input_audio: InputAudio { data: kept(base64), format: kept(format) } }
    }
}

/// Where an image is.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ImageUrl {
    /// Its address, or a `data:` URI.
    pub url: String,
}

/// A sound.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct InputAudio {
    /// The sound in base64.
    pub data: String,
    /// `wav` or `mp3`.
    pub format: String,
}

#[derive(Clone, Debug, Serialize)]
struct ToolCall {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: CalledFunction,
}

#[derive(Clone, Debug, Serialize)]
struct CalledFunction {
    name: String,
    /// JSON text.
    arguments: String,
}

/// A tool that the model may call (`mlflow.chat.tools`).
///
/// ```
/// use mlflow_trace_core::ChatTool;
///
/// let add = ChatTool::function("add").description("Adds two numbers").parameters(serde_json::json!({
///     "type": "object",
///     "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
///     "required": ["a", "b"],
/// }));
/// # let _ = add;
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct ChatTool {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function,
}

#[derive(Clone, Debug, Serialize)]
struct Function {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl ChatTool {
    /// A function that the model may call.
    #[inline]
    pub fn function(name: impl Into<String>) -> Self {
        let function = Function { name: kept(name), description: None, parameters: None, strict: None };
        Self { kind: "function", function }
    }

    /// Says what it does.
    #[must_use]
    #[inline]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.function.description = Some(kept(description));
        self
    }

    /// Sets the JSON schema of its arguments. What can't be serialized is left out.
    #[must_use]
    #[inline]
    pub fn parameters(mut self, schema: impl Serialize) -> Self {
        if !cfg!(feature = "disabled") {
            self.function.parameters = serde_json::to_value(schema).ok();
        }
        self
    }

    /// Whether the model must keep to the schema.
    #[must_use]
    #[inline]
    pub fn strict(mut self, strict: bool) -> Self {
        self.function.strict = Some(strict);
        self
    }
}

/// The text; with the feature `disabled` none, so that nothing is asked of the memory.
#[inline]
fn kept(text: impl Into<String>) -> String {
    if cfg!(feature = "disabled") { String::new() } else { text.into() }
}
