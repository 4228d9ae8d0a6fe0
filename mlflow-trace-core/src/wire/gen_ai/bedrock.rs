//! Bedrock's Converse API.

use super::message::{Message, Part, Value, arguments, list};
use super::node::{Node, Object};
use super::provider::{Request, Response};
use crate::model::push_string;

/// Where the parameters of a request are.
pub(super) const CONFIG: &str = "inferenceConfig";

pub(super) fn request<'a>(inputs: &mut Object<'a>) -> Request<'a> {
    let system = inputs.take("system", |node| node.is_list().then(|| node.items().map(block).collect()));
    Request { system: system.unwrap_or_default(), messages: inputs.take("messages", messages) }
}

pub(super) fn response<'a>(outputs: &mut Object<'a>) -> Option<Response<'a>> {
    let message = outputs.take("output", |node| message(node.object()?.get("message")?, "assistant"))?;
    let reason = outputs.take("stopReason", Some);
    Some(Response { messages: vec![message.finished(reason)], finish_reasons: Vec::new() })
}

fn messages(node: Node<'_>) -> Option<Vec<Message<'_>>> {
    node.is_list().then(|| node.items().map(|node| message(node, "user")).collect())?
}

fn message<'a>(node: Node<'a>, otherwise: &'static str) -> Option<Message<'a>> {
    let message = node.object()?;
    let role = message.get("role");
    let content = message.get("content");
    if role.is_none() && content.is_none() {
        return None;
    }
    let parts: Vec<Part<'_>> = match content {
        None => Vec::new(),
        Some(content) if content.is_list() => content.items().map(block).collect(),
        Some(content) => vec![Part::dump(content)],
    };
    let has_answer = parts.iter().any(|part| matches!(part, Part::ToolResponse { .. }));
    Some(if has_answer { Message::new("tool", parts) } else { Message::of(role, otherwise, parts) })
}

fn block(node: Node<'_>) -> Part<'_> {
    known_block(node).unwrap_or_else(|| Part::dump(node))
}

fn known_block(node: Node<'_>) -> Option<Part<'_>> {
    let block = node.object()?;
    let inside = |key: &str| block.get(key).and_then(Node::object);
    if let Some(text) = block.get("text") {
        return Some(Part::text(text));
    }
    if let Some(call) = inside("toolUse") {
        return Some(Part::ToolCall {
            id: Some(call.get("toolUseId").map_or(Value::NULL, Value::from)),
            name: call.get("name").map_or(Value::NULL, Value::from),
            arguments: call.get("input").map_or(Value::EMPTY_OBJECT, arguments),
        });
    }
    if let Some(answer) = inside("toolResult") {
        return Some(Part::ToolResponse {
            id: Some(answer.get("toolUseId").map_or(Value::NULL, Value::from)),
            name: None,
            response: answer.get("content").map_or(Value::NULL, tool_response),
        });
    }
    if let Some(reasoning) = inside("reasoningContent") {
        return Some(Part::Reasoning(reasoning.get("reasoningText")?.object()?.get("text")?.into()));
    }
    let image = inside("image")?;
    let bytes = image.get("source")?.object()?.get("bytes")?;
    let format = image.get("format").and_then(Node::text).unwrap_or("png".into());
    Some(Part::Blob {
        modality: Value::Text("image".into()),
        mime_type: Value::Text(format!("image/{format}").into()),
        content: if bytes.is_string() { bytes.into() } else { Value::Text(bytes.json().into()) },
    })
}

/// Text, and JSON as a text; a list of those when there are several. What has other things in it stays as it is.
fn tool_response(content: Node<'_>) -> Value<'_> {
    let one = |node: Node<'_>| {
        let item = node.object()?;
        let json = item.get("json").map(|json| {
            let mut text = String::new();
            push_string(&mut text, json.json());
            text
        });
        json.or_else(|| item.get("text").map(|text| text.json().to_owned()))
    };
    let Some(results) = content.items().map(one).collect::<Option<Vec<String>>>() else {
        return content.into();
    };
    match <[String; 1]>::try_from(results) {
        Ok([one]) => Value::Json(one.into()),
        Err(none) if none.is_empty() && content.is_empty() => Value::NULL,
        Err(none) if none.is_empty() => content.into(),
        Err(several) => Value::Text(list(several, |result, out| out.push_str(&result)).into()),
    }
}
