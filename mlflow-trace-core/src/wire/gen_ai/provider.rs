//! Whose messages a span's inputs and outputs hold: `mlflow.message.format` says it, or their shape does.

use super::message::{Message, Part};
use super::node::{Node, Object};
use super::{anthropic, bedrock, chat, gemini, responses};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Chat,
    Responses,
    Anthropic,
    Gemini,
    Bedrock,
}

/// What a model was asked.
pub(super) struct Request<'a> {
    pub(super) system: Vec<Part<'a>>,
    /// `None` when the inputs hold no messages.
    pub(super) messages: Option<Vec<Message<'a>>>,
}

/// What a model answered.
pub(super) struct Response<'a> {
    pub(super) messages: Vec<Message<'a>>,
    /// Why it stopped, where that is said of the whole answer; else the messages say it.
    pub(super) finish_reasons: Vec<Node<'a>>,
}

impl Provider {
    pub(super) fn choose(
        format: Option<&str>,
        inputs: Option<&Object<'_>>,
        outputs: Option<&Object<'_>>,
    ) -> Self {
        let input = |key: &str| inputs.and_then(|inputs| inputs.get(key));
        let output = |key: &str| outputs.and_then(|outputs| outputs.get(key));
        let has_message =
            output("output").and_then(Node::object).is_some_and(|output| output.get("message").is_some());
        let has_items = output("output").is_some_and(Node::is_list);
        let openai = match input("input").is_some() || has_items && output("choices").is_none() {
            true => Self::Responses,
            false => Self::Chat,
        };
        match format {
            Some("openai") => return openai,
            Some("anthropic") => return Self::Anthropic,
            Some("gemini") => return Self::Gemini,
            Some("bedrock") => return Self::Bedrock,
            _ => {}
        }
        if input("contents").is_some() || output("candidates").is_some() {
            Self::Gemini
        } else if has_message || ["inferenceConfig", "toolConfig"].iter().any(|key| input(key).is_some()) {
            Self::Bedrock
        } else if output("choices").is_none()
            && (input("system").is_some()
                || output("stop_reason").is_some()
                || output("type").is_some_and(|kind| kind.says("message")))
        {
            Self::Anthropic
        } else if input("messages").is_none() {
            openai
        } else {
            input("messages").map_or(Self::Chat, by_blocks)
        }
    }

    /// Where the question has another shape than the answer, a chat's is tried.
    pub(super) fn request<'a>(self, inputs: &mut Object<'a>) -> Request<'a> {
        let mut request = match self {
            Self::Chat => return chat::request(inputs),
            Self::Responses => responses::request(inputs),
            Self::Anthropic => anthropic::request(inputs),
            Self::Gemini => gemini::request(inputs),
            Self::Bedrock => bedrock::request(inputs),
        };
        if request.messages.is_none() {
            let of_chat = chat::request(inputs);
            request.system.extend(of_chat.system);
            request.messages = of_chat.messages;
        }
        request
    }

    /// Where the answer has another shape than the question, a chat's is tried.
    pub(super) fn response<'a>(self, outputs: &mut Object<'a>) -> Option<Response<'a>> {
        let own = match self {
            Self::Chat => None,
            Self::Responses => responses::response(outputs),
            Self::Anthropic => anthropic::response(outputs),
            Self::Gemini => gemini::response(outputs),
            Self::Bedrock => bedrock::response(outputs),
        };
        own.or_else(|| chat::response(outputs))
    }
}

/// Blocks of messages tell providers apart: those of Bedrock have no type, some types are Anthropic's alone.
fn by_blocks(messages: Node<'_>) -> Provider {
    let contents = messages.items().filter_map(|message| message.object()?.get("content"));
    for block in contents.flat_map(Node::items).filter_map(Node::object) {
        let Some(kind) = block.get("type").and_then(Node::text) else {
            let is_bedrock =
                ["text", "toolUse", "toolResult", "image"].iter().any(|key| block.get(key).is_some());
            return if is_bedrock { Provider::Bedrock } else { Provider::Chat };
        };
        match kind.as_ref() {
            "tool_use" | "tool_result" | "thinking" | "image" | "document" => return Provider::Anthropic,
            "text" => {}
            _ => return Provider::Chat,
        }
    }
    Provider::Chat
}

/// A text as the one message that it is.
pub(super) fn plain<'a>(node: Node<'a>, role: &'static str) -> Option<Vec<Message<'a>>> {
    node.is_string().then(|| vec![Message::new(role, vec![Part::text(node)])])
}
