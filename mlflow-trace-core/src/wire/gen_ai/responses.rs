//! OpenAI's Responses API.

use super::chat;
use super::message::{Message, Part, Value};
use super::node::{Node, Object};
use super::provider::{Request, Response, plain};

pub(super) fn request<'a>(inputs: &mut Object<'a>) -> Request<'a> {
    let system = inputs.take("instructions", |node| node.is_string().then(|| vec![Part::text(node)]));
    let messages = inputs.take("input", |node| match node.is_list() {
        true => Some(node.items().map(input).collect()),
        false => plain(node, "user"),
    });
    Request { system: system.unwrap_or_default(), messages }
}

pub(super) fn response<'a>(outputs: &mut Object<'a>) -> Option<Response<'a>> {
    let items: Vec<Node<'_>> =
        outputs.take("output", |node| node.is_list().then(|| node.items().collect()))?;
    let status = outputs.take("status", Some).filter(|status| !status.is_empty());
    let messages = items.into_iter().map(|item| output(item).finished(status)).collect();
    Some(Response { messages, finish_reasons: status.into_iter().collect() })
}

fn input(node: Node<'_>) -> Message<'_> {
    let Some(item) = node.object() else { return Message::new("user", vec![Part::dump(node)]) };
    call_or_reasoning(&item).unwrap_or_else(|| match (item.get("role"), item.get("content")) {
        (None, None) => unknown(node, &item),
        _ => chat::message(&item, "user"),
    })
}

fn output(node: Node<'_>) -> Message<'_> {
    let Some(item) = node.object() else { return Message::new("assistant", vec![Part::dump(node)]) };
    if let Some(message) = call_or_reasoning(&item) {
        return message;
    }
    match item.get("content").filter(|_| item.get("type").is_some_and(|kind| kind.says("message"))) {
        Some(content) => Message::of(item.get("role"), "assistant", chat::content(content)),
        None => unknown(node, &item),
    }
}

fn call_or_reasoning<'a>(item: &Object<'a>) -> Option<Message<'a>> {
    let id = || Some(item.get("call_id").map_or(Value::NULL, Value::from));
    Some(match item.get("type")?.text()?.as_ref() {
        "function_call" => Message::new("assistant", vec![chat::call_part(id(), item, "arguments")]),
        "custom_tool_call" => Message::new("assistant", vec![chat::call_part(id(), item, "input")]),
        "function_call_output" | "custom_tool_call_output" => {
            let response = item.get("output").map_or(Value::NULL, Value::from);
            Message::new("tool", vec![Part::ToolResponse { id: id(), name: None, response }])
        }
        "reasoning" => {
            let texts = ["summary", "content"].iter().filter_map(|key| item.get(key));
            let texts = texts.flat_map(Node::items).filter_map(|text| text.object()?.get("text"));
            let parts: Vec<Part<'_>> = texts.map(|text| Part::Reasoning(text.into())).collect();
            Message::new("assistant", Some(parts).filter(|parts| !parts.is_empty())?)
        }
        _ => return None,
    })
}

/// An item that the conventions know nothing of: by whom it is says the end of its type.
fn unknown<'a>(node: Node<'a>, item: &Object<'a>) -> Message<'a> {
    let is_answer = item.get("type").and_then(Node::text).is_some_and(|kind| kind.ends_with("_output"));
    Message::new(if is_answer { "tool" } else { "assistant" }, vec![Part::dump(node)])
}
