//! Messages and tools of a chat with a language model, in the form that OpenAI gave them and MLflow's Chat tab shows.

#[cfg(not(feature = "disabled"))]
use serde::ser::SerializeStruct as _;
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
#[derive(Clone, Debug, Default)]
pub struct ChatMessage {
    #[cfg(not(feature = "disabled"))]
    said: Box<Message>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Message {
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

#[derive(Clone, Debug, Default)]
enum Content {
    #[default]
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
        Self::default().with(|said| (said.role, said.content) = (role.into(), Content::Text(content.into())))
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
        Self::new("tool", content).with(|said| said.tool_call_id = Some(call_id.into()))
    }

    /// Adds a call of a tool by the model. A message without a text then has the content null, as OpenAI's models answer.
    #[must_use]
    #[inline]
    pub fn tool_call(
        self,
        call_id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Serialize,
    ) -> Self {
        self.with(|said| {
            if matches!(&said.content, Content::Text(text) if text.is_empty()) {
                said.content = Content::None;
            }
            let arguments = match serde_json::to_value(arguments) {
                // Arguments that are JSON text already, as they come from the wire.
                Ok(Value::String(text)) => text,
                Ok(value) => value.to_string(),
                Err(error) => Json::string(&format!("<not recorded: {error}>")).to_string(),
            };
            let function = CalledFunction { name: name.into(), arguments };
            said.tool_calls.push(ToolCall { id: call_id.into(), kind: "function", function });
        })
    }

    /// Adds a piece of content, such as an image, behind what is there.
    #[must_use]
    #[inline]
    pub fn part(self, part: ContentPart) -> Self {
        self.with(|said| {
            let mut parts = match std::mem::take(&mut said.content) {
                Content::Parts(parts) => parts,
                Content::Text(text) if !text.is_empty() => vec![ContentPart::text(text)],
                Content::Text(_) | Content::None => Vec::new(),
            };
            parts.push(part);
            said.content = Content::Parts(parts);
        })
    }

    /// Names who speaks, where several have the same role.
    #[must_use]
    #[inline]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|said| said.name = Some(name.into()))
    }

    /// Sets the sentence with which the model refused to answer.
    #[must_use]
    #[inline]
    pub fn refusal(self, sentence: impl Into<String>) -> Self {
        self.with(|said| said.refusal = Some(sentence.into()))
    }

    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn with(mut self, say: impl FnOnce(&mut Message)) -> Self {
        say(&mut self.said);
        self
    }

    /// Nothing is kept, so nothing of it is left in the program.
    #[cfg(feature = "disabled")]
    #[inline]
    fn with(self, _say: impl FnOnce(&mut Message)) -> Self {
        self
    }
}

impl Serialize for ChatMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(not(feature = "disabled"))]
        return self.said.serialize(serializer);
        #[cfg(feature = "disabled")]
        serializer.serialize_unit()
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
#[derive(Clone, Debug, Default)]
pub struct ChatTool {
    #[cfg(not(feature = "disabled"))]
    function: Box<Function>,
}

#[derive(Clone, Debug, Default, Serialize)]
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
        Self::default().with(|function| function.name = name.into())
    }

    /// Says what it does.
    #[must_use]
    #[inline]
    pub fn description(self, description: impl Into<String>) -> Self {
        self.with(|function| function.description = Some(description.into()))
    }

    /// Sets the JSON schema of its arguments. What can't be serialized is left out.
    #[must_use]
    #[inline]
    pub fn parameters(self, schema: impl Serialize) -> Self {
        self.with(|function| function.parameters = serde_json::to_value(schema).ok())
    }

    /// Whether the model must keep to the schema.
    #[must_use]
    #[inline]
    pub fn strict(self, strict: bool) -> Self {
        self.with(|function| function.strict = Some(strict))
    }

    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn with(mut self, say: impl FnOnce(&mut Function)) -> Self {
        say(&mut self.function);
        self
    }

    #[cfg(feature = "disabled")]
    #[inline]
    fn with(self, _say: impl FnOnce(&mut Function)) -> Self {
        self
    }
}

impl Serialize for ChatTool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(not(feature = "disabled"))]
        {
            let mut tool = serializer.serialize_struct("ChatTool", 2)?;
            tool.serialize_field("type", "function")?;
            tool.serialize_field("function", &self.function)?;
            tool.end()
        }
        #[cfg(feature = "disabled")]
        serializer.serialize_unit()
    }
}

/// The text; with the feature `disabled` none, so that nothing is asked of the memory.
#[inline]
fn kept(text: impl Into<String>) -> String {
    if cfg!(feature = "disabled") { String::new() } else { text.into() }
}
