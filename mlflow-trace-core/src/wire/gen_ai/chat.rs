//! OpenAI's chat completions, which many providers speak too.

use std::borrow::Cow;

use super::message::{Message, Part, Value, arguments, image};
use super::node::{Node, Object};
use super::provider::{Request, Response};

pub(super) fn request<'a>(inputs: &mut Object<'a>) -> Request<'a> {
    let mut request = Request { system: Vec::new(), messages: inputs.take("messages", messages) };
    // The system's messages go where the conventions want them, in their order.
    if let Some(messages) = &mut request.messages {
        let is_system = |message: &mut Message<'_>| message.role == Value::Json(Cow::Borrowed("\"system\""));
        request.system = messages.extract_if(.., is_system).flat_map(|message| message.parts).collect();
    }
    request
}

pub(super) fn response<'a>(outputs: &mut Object<'a>) -> Option<Response<'a>> {
    if let Some(messages) = outputs.take("choices", choices) {
        return Some(Response { messages, finish_reasons: Vec::new() });
    }
    // An agent's answer, or a function's that returns the message itself.
    if let Some(messages) = outputs.take("messages", messages) {
        return Some(Response { messages, finish_reasons: Vec::new() });
    }
    let is_message = outputs.get("role").is_some_and(Node::is_string)
        && ["content", "tool_calls", "parts"].iter().any(|key| outputs.get(key).is_some());
    if !is_message {
        return None;
    }
    let message = message(outputs, "assistant");
    outputs.leave_out(&[
        "role",
        "content",
        "parts",
        "tool_calls",
        "function_call",
        "refusal",
        "reasoning",
        "reasoning_content",
    ]);
    Some(Response { messages: vec![message], finish_reasons: Vec::new() })
}

/// A list of messages; `None` when something else is in it, which then stays what it is.
pub(super) fn messages(node: Node<'_>) -> Option<Vec<Message<'_>>> {
    node.is_list().then(|| node.items().map(listed).collect())?
}

fn listed(node: Node<'_>) -> Option<Message<'_>> {
    let object = node.object()?;
    object.get("role")?.is_string().then(|| message(&object, "user"))
}

fn choices(node: Node<'_>) -> Option<Vec<Message<'_>>> {
    node.is_list().then(|| node.items().map(choice).collect())?
}

fn choice(node: Node<'_>) -> Option<Message<'_>> {
    let choice = node.object()?;
    let said = ["message", "delta"].iter().find_map(|key| choice.get(key)?.object());
    let message = match (said, choice.get("text")) {
        (Some(said), _) => message(&said, "assistant"),
        (None, Some(text)) => Message::new("assistant", content(text)),
        (None, None) => return None,
    };
    Some(message.finished(choice.get("finish_reason")))
}

pub(super) fn message<'a>(message: &Object<'a>, otherwise: &'static str) -> Message<'a> {
    let (role, name) = (message.get("role"), message.get("name"));
    let content_node = message.get("content");
    if let Some(parts) = message.get("parts").filter(|parts| content_node.is_none() && parts.is_list()) {
        let parts = parts.items().map(Part::Ready).collect();
        return Message::of(role, otherwise, parts).finished(message.get("finish_reason"));
    }
    let mut parts: Vec<Part<'_>> = content_node.map(content).unwrap_or_default();
    if let Some(id) = message.get("tool_call_id") {
        let response = match (parts.as_mut_slice(), content_node) {
            ([Part::Text(text)], _) => std::mem::replace(text, Value::NULL),
            (_, content) => content.map_or(Value::NULL, Value::from),
        };
        let response = Part::ToolResponse { id: Some(id.into()), name: None, response };
        return Message::of(role, "tool", vec![response]).named(name);
    }
    if parts.is_empty() {
        // A model that speaks sends what it said beside the content.
        let transcript =
            message.get("audio").and_then(Node::object).and_then(|audio| audio.get("transcript"));
        parts.extend(transcript.or(message.get("refusal")).filter(|text| text.is_string()).map(Part::text));
    }
    let reasoning = message.get_any(&["reasoning_content", "reasoning"]).filter(|text| text.is_string());
    if let Some(reasoning) = reasoning.filter(|text| !text.is_empty()) {
        parts.insert(0, Part::Reasoning(reasoning.into()));
    }
    if let Some(calls) = message.get("tool_calls") {
        parts.extend(calls.items().map(tool_call));
    }
    if let Some(call) = message.get("function_call").and_then(Node::object) {
        parts.push(call_part(None, &call, "arguments"));
    }
    Message::of(role, otherwise, parts).named(name)
}

pub(super) fn content(node: Node<'_>) -> Vec<Part<'_>> {
    if node.is_list() { node.items().map(part).collect() } else { vec![Part::dump(node)] }
}

fn part(node: Node<'_>) -> Part<'_> {
    known_part(node).unwrap_or_else(|| Part::dump(node))
}

fn known_part(node: Node<'_>) -> Option<Part<'_>> {
    let part = node.object()?;
    Some(match part.get("type")?.text()?.as_ref() {
        "text" | "input_text" | "output_text" => Part::text(part.get("text")?),
        "image_url" => {
            let image_url = part.get("image_url")?;
            image(match image_url.object() {
                Some(object) => object.get("url")?,
                None => image_url,
            })
        }
        "input_image" => image(part.get("image_url")?),
        "input_audio" => {
            let audio = part.get("input_audio")?.object()?;
            Part::Blob {
                modality: Value::Text("audio".into()),
                mime_type: Value::Text(format!("audio/{}", audio.get("format")?.text()?).into()),
                content: audio.get("data")?.into(),
            }
        }
        _ => return None,
    })
}

fn tool_call(node: Node<'_>) -> Part<'_> {
    let Some(call) = node.object() else { return Part::dump(node) };
    let id = Some(call.get("id").map_or(Value::NULL, Value::from));
    let inside = |key: &str| call.get(key).and_then(Node::object);
    match (inside("function"), inside("custom")) {
        (Some(function), _) => call_part(id, &function, "arguments"),
        (None, Some(custom)) => call_part(id, &custom, "input"),
        (None, None) => Part::dump(node),
    }
}

/// A call with its name and arguments.
pub(super) fn call_part<'a>(id: Option<Value<'a>>, call: &Object<'a>, arguments_key: &str) -> Part<'a> {
    Part::ToolCall {
        id,
        name: call.get("name").map_or(Value::NULL, Value::from),
        arguments: call.get(arguments_key).map_or(Value::EMPTY_OBJECT, arguments),
    }
}
