//! Gemini's `generateContent`, as its SDK for Python spells it and as it goes over the network.

use super::message::{Message, Part, Value};
use super::node::{Node, Object};
use super::provider::{Request, Response, plain};

/// Where the parameters of a request are.
pub(super) const CONFIGS: [&str; 3] = ["config", "generationConfig", "generation_config"];
pub(super) const SYSTEM: [&str; 2] = ["system_instruction", "systemInstruction"];

pub(super) fn request<'a>(inputs: &mut Object<'a>) -> Request<'a> {
    let messages = inputs.take("contents", |node| match node.object() {
        Some(content) => content.get("parts").map(|_| vec![message(&content, "user")]),
        None if node.is_list() => contents(node),
        None => plain(node, "user"),
    });
    let system = SYSTEM.iter().find_map(|key| inputs.take(key, system));
    Request { system: system.unwrap_or_default(), messages }
}

pub(super) fn response<'a>(outputs: &mut Object<'a>) -> Option<Response<'a>> {
    let one = |node: Node<'a>| {
        let candidate = node.object()?;
        let content = candidate.get("content").and_then(Node::object);
        let message = match &content {
            Some(content) => message(content, "assistant"),
            None => Message::new("assistant", Vec::new()),
        };
        Some(message.finished(candidate.get_any(&["finish_reason", "finishReason"])))
    };
    let candidates = |node: Node<'a>| node.is_list().then(|| node.items().map(one).collect())?;
    Some(Response { messages: outputs.take("candidates", candidates)?, finish_reasons: Vec::new() })
}

pub(super) fn system(node: Node<'_>) -> Option<Vec<Part<'_>>> {
    match node.object() {
        Some(content) => Some(content.get("parts")?.items().map(part).collect()),
        None => node.is_string().then(|| vec![Part::text(node)]),
    }
}

/// Messages, or the parts of one.
fn contents(node: Node<'_>) -> Option<Vec<Message<'_>>> {
    let is_message =
        |node: Node<'_>| node.object().is_some_and(|object| object.get_any(&["role", "parts"]).is_some());
    if node.items().next().is_some_and(is_message) {
        return node.items().map(|node| Some(message(&node.object()?, "user"))).collect();
    }
    Some(vec![Message::new("user", node.items().map(part).collect())])
}

fn message<'a>(content: &Object<'a>, otherwise: &'static str) -> Message<'a> {
    let parts: Vec<Part<'_>> = content.get("parts").into_iter().flat_map(Node::items).map(part).collect();
    let role = content.get("role");
    if role.is_some_and(|role| role.says("model")) {
        return Message::new("assistant", parts);
    }
    if !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::ToolResponse { .. })) {
        return Message::new("tool", parts);
    }
    Message::of(role, otherwise, parts)
}

fn part(node: Node<'_>) -> Part<'_> {
    known_part(node).unwrap_or_else(|| Part::dump(node))
}

fn known_part(node: Node<'_>) -> Option<Part<'_>> {
    let part = node.object()?;
    let inside = |keys: &[&str]| part.get_any(keys).and_then(Node::object);
    if let Some(text) = part.get("text") {
        let is_thought = part.get("thought").is_some_and(|thought| thought.json() == "true");
        return Some(if is_thought { Part::Reasoning(text.into()) } else { Part::text(text) });
    }
    if let Some(inline) = inside(&["inline_data", "inlineData"]) {
        let mime_type = inline.get_any(&["mime_type", "mimeType"]);
        return Some(Part::Blob {
            modality: modality(mime_type),
            mime_type: mime_type.map_or(Value::EMPTY_TEXT, Value::from),
            content: inline.get("data")?.into(),
        });
    }
    if let Some(file) = inside(&["file_data", "fileData"]) {
        let mime_type = file.get_any(&["mime_type", "mimeType"]);
        let uri = file.get_any(&["file_uri", "fileUri"])?.into();
        return Some(Part::Uri { modality: modality(mime_type), mime_type: mime_type.map(Value::from), uri });
    }
    if let Some(call) = inside(&["function_call", "functionCall"]) {
        return Some(Part::ToolCall {
            id: call.get("id").map(Value::from),
            name: call.get("name").map_or(Value::EMPTY_TEXT, Value::from),
            arguments: call.get("args").map_or(Value::EMPTY_OBJECT, Value::from),
        });
    }
    let answer = inside(&["function_response", "functionResponse"])?;
    Some(Part::ToolResponse {
        id: answer.get("id").map(Value::from),
        name: Some(answer.get("name").map_or(Value::EMPTY_TEXT, Value::from)),
        response: answer.get("response").map_or(Value::EMPTY_OBJECT, Value::from),
    })
}

/// What kind of thing it is: the first half of its MIME type.
fn modality(mime_type: Option<Node<'_>>) -> Value<'static> {
    let text = mime_type.and_then(Node::text).unwrap_or_default();
    Value::Text(text.split('/').next().unwrap_or_default().to_owned().into())
}
