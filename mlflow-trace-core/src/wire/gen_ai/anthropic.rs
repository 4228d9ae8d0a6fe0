//! Anthropic's messages.

use super::message::{Message, Part, Value};
use super::node::{Node, Object};
use super::provider::{Request, Response};

pub(super) fn request<'a>(inputs: &mut Object<'a>) -> Request<'a> {
    let system = inputs.take("system", |node| (node.is_string() || node.is_list()).then(|| content(node)));
    Request { system: system.unwrap_or_default(), messages: inputs.take("messages", messages) }
}

pub(super) fn response<'a>(outputs: &mut Object<'a>) -> Option<Response<'a>> {
    let parts =
        outputs.take("content", |node| (node.is_list() || node.is_string()).then(|| content(node)))?;
    let role = outputs.take("role", Some);
    let reason = outputs.take("stop_reason", Some);
    let message = Message::of(role, "assistant", parts).finished(reason);
    Some(Response { messages: vec![message], finish_reasons: Vec::new() })
}

fn messages(node: Node<'_>) -> Option<Vec<Message<'_>>> {
    node.is_list().then(|| node.items().map(message).collect())?
}

fn message(node: Node<'_>) -> Option<Message<'_>> {
    let message = node.object()?;
    let parts = message.get("content").map(content);
    let role = message.get("role");
    if parts.is_none() && role.is_none() {
        return None;
    }
    let parts = parts.unwrap_or_default();
    // A tool's answer comes as the user's.
    Some(match parts.as_slice() {
        [Part::ToolResponse { .. }] => Message::new("tool", parts),
        _ => Message::of(role, "user", parts),
    })
}

fn content(node: Node<'_>) -> Vec<Part<'_>> {
    if node.is_list() { node.items().map(block).collect() } else { vec![Part::dump(node)] }
}

fn block(node: Node<'_>) -> Part<'_> {
    known_block(node).unwrap_or_else(|| Part::dump(node))
}

fn known_block(node: Node<'_>) -> Option<Part<'_>> {
    let block = node.object()?;
    let kind = block.get("type")?.text()?;
    Some(match kind.as_ref() {
        "text" => Part::text(block.get("text")?),
        "thinking" => Part::Reasoning(block.get("thinking")?.into()),
        "image" | "document" => {
            let source = block.get("source")?.object()?;
            let modality = Value::Text(kind);
            match source.get("type")?.text()?.as_ref() {
                "base64" => Part::Blob {
                    modality,
                    mime_type: source.get("media_type").map_or(Value::EMPTY_TEXT, Value::from),
                    content: source.get("data")?.into(),
                },
                "url" => Part::Uri { modality, mime_type: None, uri: source.get("url")?.into() },
                _ => return None,
            }
        }
        "tool_use" => Part::ToolCall {
            id: Some(block.get("id").map_or(Value::EMPTY_TEXT, Value::from)),
            name: block.get("name").map_or(Value::EMPTY_TEXT, Value::from),
            arguments: block.get("input").map_or(Value::NULL, Value::from),
        },
        "tool_result" => Part::ToolResponse {
            id: Some(block.get("tool_use_id").map_or(Value::EMPTY_TEXT, Value::from)),
            name: None,
            response: block.get("content").map_or(Value::EMPTY_TEXT, Value::from),
        },
        _ => return None,
    })
}
