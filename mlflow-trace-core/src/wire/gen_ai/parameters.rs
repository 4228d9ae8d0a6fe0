//! What a request says beside its messages: parameters of the model, and the tools that it may use.

use super::Attributes;
use super::Said;
use super::message::{Value, list, object};
use super::node::{Node, Object};
use super::provider::Provider;

/// Names of parameters, in the spellings of providers, by the conventions' names.
const NUMBERS: [(&str, &[&str]); 7] = [
    ("gen_ai.request.temperature", &["temperature"]),
    (
        "gen_ai.request.max_tokens",
        &["max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens", "maxOutputTokens"],
    ),
    ("gen_ai.request.top_p", &["top_p", "topP"]),
    ("gen_ai.request.top_k", &["top_k", "topK"]),
    ("gen_ai.request.frequency_penalty", &["frequency_penalty", "frequencyPenalty"]),
    ("gen_ai.request.presence_penalty", &["presence_penalty", "presencePenalty"]),
    ("gen_ai.request.seed", &["seed"]),
];
const STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
const STOPS: [&str; 3] = ["stop", "stop_sequences", "stopSequences"];

/// Takes the parameters out of a request, or out of that part of it which holds them, if they are not known yet.
pub(super) fn take<'a>(request: &mut Object<'a>, attributes: &mut Attributes<'a>) {
    for (name, keys) in NUMBERS {
        if attributes.has(name) {
            continue;
        }
        let number = |node: Node<'a>| node.is_number().then_some(node);
        if let Some(number) = keys.iter().find_map(|key| request.take(key, number)) {
            attributes.set(name, Said::Json(number.json().into()));
        }
    }
    if attributes.has(STOP_SEQUENCES) {
        return;
    }
    let texts = |node: Node<'a>| match node.is_string() {
        true => Some(format!("[{}]", node.json()).into()),
        false => (node.is_list() && node.items().all(Node::is_string)).then(|| node.json().into()),
    };
    if let Some(texts) = STOPS.iter().find_map(|key| request.take(key, texts)) {
        attributes.set(STOP_SEQUENCES, Said::Json(texts));
    }
}

/// The JSON of the definitions of tools: flat, as the conventions have them. Anthropic's are sent as they are.
pub(super) fn definitions(provider: Provider, tools: Node<'_>) -> Option<String> {
    if !tools.is_list() || tools.is_empty() {
        return None;
    }
    if provider == Provider::Anthropic {
        return Some(tools.json().to_owned());
    }
    let mut flat: Vec<String> = Vec::new();
    for node in tools.items() {
        let Some(tool) = node.object() else {
            flat.push(node.json().to_owned());
            continue;
        };
        let inside = |keys: &[&str]| tool.get_any(keys);
        if let Some(functions) = inside(&["function_declarations", "functionDeclarations"]) {
            flat.extend(functions.items().map(|function| match function.object() {
                Some(function) => with_type(&tool, &function),
                None => function.json().to_owned(),
            }));
        } else if let Some(spec) = inside(&["toolSpec"]).and_then(Node::object) {
            flat.push(of_bedrock(&spec));
        } else if let Some(function) = inside(&["function"]).and_then(Node::object) {
            flat.push(with_type(&tool, &function));
        } else {
            flat.push(with_type(&tool, &tool));
        }
    }
    Some(list(flat, |tool, out| out.push_str(&tool)))
}

/// A function's members behind its type: its own, or the tool's.
fn with_type(tool: &Object<'_>, function: &Object<'_>) -> String {
    let kind = function.get("type").or(tool.get("type"));
    let kind = kind.map_or(Value::Text("function".into()), Value::from);
    let members = function.iter().filter(|(key, _)| *key != "type").map(|(key, value)| (key, value.into()));
    object(std::iter::once(("type", kind)).chain(members))
}

fn of_bedrock(spec: &Object<'_>) -> String {
    let members = spec.iter().map(|(key, value)| match key {
        "inputSchema" => {
            let schema = value.object().and_then(|schema| schema.get("json")).unwrap_or(value);
            ("parameters", schema.into())
        }
        key => (key, value.into()),
    });
    object(std::iter::once(("type", Value::Text("function".into()))).chain(members))
}
