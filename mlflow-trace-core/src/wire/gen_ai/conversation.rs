//! What a span's inputs and outputs become: messages and parameters where they are a request to a model and its answer,
//! and what the conventions have no place for under MLflow's own names. Nothing is lost, and no shape is an error.
//!
//! Python gives up both sides of a span when one of them is not as its converter expects, and sends nothing of what it
//! has no converter for. This is where the two differ on purpose.

use std::borrow::Cow;

use super::message::{Message, Part, Value, list, messages_json, object, parts_json};
use super::node::{Node, Object};
use super::provider::{Provider, Request, Response, plain};
use super::{Attributes, Said, bedrock, chat, gemini, parameters};
use crate::model::{Span, keys};

/// Counted in `mlflow.chat.tokenUsage`, if that is there.
const USAGES: [&str; 3] = ["usage", "usage_metadata", "usageMetadata"];
/// What an answer repeats of the request.
const REPEATED: [&str; 2] = ["instructions", "tools"];

/// How much of a conversation is looked for in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// A call of a model or an agent: every shape, and a text is a message.
    Everything,
    /// Numbers may be parameters of the model; messages only under the names that OpenAI gave them.
    Parameters,
    /// Messages only.
    Messages,
}

/// Adds what the inputs and outputs say. Returns the model that the request names.
pub(super) fn add<'a>(
    span: &'a Span,
    format: Option<&str>,
    known_model: Option<&str>,
    search: Search,
    keeps_rest: bool,
    attributes: &mut Attributes<'a>,
) -> Option<Cow<'a, str>> {
    let node = |key| span.attribute(key).and_then(|json| Node::read(json.as_str()));
    let (inputs, outputs) = (node(keys::SPAN_INPUTS), node(keys::SPAN_OUTPUTS));
    let asked = inputs.map(|node| if search == Search::Everything { unwrapped(node) } else { node });
    let mut request = Side { node: asked, object: asked.and_then(Node::object), search };
    let mut answer = Side { node: outputs, object: outputs.and_then(Node::object), search };
    let provider = match search {
        Search::Everything => Provider::choose(format, request.object.as_ref(), answer.object.as_ref()),
        Search::Parameters | Search::Messages => Provider::Chat,
    };

    let mut found = request.question(provider);
    let beside = request.beside(found.messages.is_some(), |request| {
        Beside::take(provider, known_model, request, &mut found.system, attributes)
    });
    let Beside { model, definitions, nested } = beside.unwrap_or_default();
    // Gemini's SDK takes Python's functions for tools; what they are declared as stands in MLflow's attribute.
    let are_known = provider == Provider::Gemini && span.attribute(keys::CHAT_TOOLS).is_some();
    if let Some(definitions) = definitions.filter(|_| !are_known) {
        attributes.set("gen_ai.tool.definitions", Said::Text(definitions.into()));
    }
    if let Some(messages) = &found.messages {
        attributes.set("gen_ai.input.messages", Said::Text(messages_json(messages).into()));
    }
    if !found.system.is_empty() {
        attributes.set("gen_ai.system_instructions", Said::Text(parts_json(&found.system).into()));
    }

    let said = answer.answer(provider);
    if let Some(said) = &said {
        attributes.set("gen_ai.output.messages", Said::Text(messages_json(&said.messages).into()));
        if let Some(reasons) = finish_reasons(said) {
            attributes.set("gen_ai.response.finish_reasons", Said::Json(reasons.into()));
        }
    }
    let about = answer.beside(said.is_some(), |answer| about_the_answer(answer, attributes));
    if let (Some(answer), Some(()), Some(_)) = (&mut answer.object, about, &said) {
        let repeats = provider == Provider::Responses && found.messages.is_some();
        drop_formalities(answer, span.attribute(keys::TOKEN_USAGE).is_some(), repeats);
    }

    if keeps_rest {
        let inputs = inputs.filter(|_| request.object.is_some() || found.messages.is_none());
        keep(attributes, keys::SPAN_INPUTS, inputs, request.object.as_ref(), &nested);
        let outputs = outputs.filter(|_| answer.object.is_some() || said.is_none());
        keep(attributes, keys::SPAN_OUTPUTS, outputs, answer.object.as_ref(), &[]);
    }
    model
}

/// The inputs or the outputs.
struct Side<'a> {
    node: Option<Node<'a>>,
    /// Its members, if it has some.
    object: Option<Object<'a>>,
    search: Search,
}

impl<'a> Side<'a> {
    /// What is no object, as messages.
    fn alone(&self, role: &'static str) -> Option<Vec<Message<'a>>> {
        let node = self.node.filter(|_| self.search == Search::Everything)?;
        plain(node, role).or_else(|| chat::messages(node))
    }

    fn question(&mut self, provider: Provider) -> Request<'a> {
        let Some(request) = &mut self.object else {
            return Request { system: Vec::new(), messages: self.alone("user") };
        };
        let mut found = provider.request(request);
        if found.messages.is_none() && self.search == Search::Everything {
            // The older API for completions has one text.
            found.messages = request.take("prompt", |prompt| plain(prompt, "user"));
        }
        found
    }

    fn answer(&mut self, provider: Provider) -> Option<Response<'a>> {
        match &mut self.object {
            Some(answer) => provider.response(answer),
            None => self.alone("assistant").map(|messages| Response { messages, finish_reasons: Vec::new() }),
        }
    }

    /// Looks at what is beside the messages, where it may be that of a request or answer.
    fn beside<T>(&mut self, has_messages: bool, look: impl FnOnce(&mut Object<'a>) -> T) -> Option<T> {
        let is_sought = has_messages || self.search != Search::Messages;
        self.object.as_mut().filter(|_| is_sought).map(look)
    }
}

/// The only argument of a function is what it was asked, whatever its name.
fn unwrapped(inputs: Node<'_>) -> Node<'_> {
    let is_request = |key: &str| matches!(key, "messages" | "contents" | "input");
    match inputs.object() {
        Some(object) if !object.keys().any(is_request) => match object.only() {
            Some(only) if only.is_string() || is_conversation(only) => only,
            _ => inputs,
        },
        _ => inputs,
    }
}

fn is_conversation(node: Node<'_>) -> bool {
    match node.object() {
        Some(object) => object.get_any(&["messages", "contents", "input"]).is_some(),
        None => chat::messages(node).is_some_and(|messages| !messages.is_empty()),
    }
}

/// What a request says beside its messages, as far as it is not an attribute yet.
#[derive(Default)]
struct Beside<'a> {
    model: Option<Cow<'a, str>>,
    /// Of tools, in JSON.
    definitions: Option<String>,
    /// Parts of the request that hold parameters, under their names.
    nested: Vec<Nested<'a>>,
}

type Nested<'a> = (&'static str, Object<'a>);

impl<'a> Beside<'a> {
    fn take(
        provider: Provider,
        known_model: Option<&str>,
        request: &mut Object<'a>,
        system: &mut Vec<Part<'a>>,
        attributes: &mut Attributes<'a>,
    ) -> Self {
        // One that the span names too is said already; another one stays in the rest.
        let name = |node: Node<'a>| node.text().filter(|name| known_model.is_none_or(|known| known == name));
        let model = ["model", "modelId"].iter().find_map(|key| request.take(key, name));
        parameters::take(request, attributes);
        let define = |tools: Node<'a>| parameters::definitions(provider, tools);
        let mut definitions = request.take("tools", define);
        let places: &[&'static str] = match provider {
            Provider::Gemini => &gemini::CONFIGS,
            Provider::Bedrock => &[bedrock::CONFIG, "toolConfig"],
            _ => &[],
        };
        let mut nested = Vec::new();
        for place in places {
            let Some(mut inside) = request.take(place, Node::object) else { continue };
            parameters::take(&mut inside, attributes);
            if definitions.is_none() {
                definitions = inside.take("tools", define);
            }
            if system.is_empty() && provider == Provider::Gemini {
                let found = gemini::SYSTEM.iter().find_map(|key| inside.take(key, gemini::system));
                *system = found.unwrap_or_default();
            }
            nested.push((*place, inside));
        }
        Self { model, definitions, nested }
    }
}

fn about_the_answer<'a>(answer: &mut Object<'a>, attributes: &mut Attributes<'a>) {
    let name = |node: Node<'a>| (node.is_string() && !node.is_empty()).then_some(node);
    for (attribute, keys) in [
        ("gen_ai.response.id", ["id", "response_id", "responseId"]),
        ("gen_ai.response.model", ["model", "model_version", "modelVersion"]),
    ] {
        if let Some(name) = keys.iter().find_map(|key| answer.take(key, name)) {
            attributes.set(attribute, Said::Json(name.json().into()));
        }
    }
}

/// Leaves out of the rest what a provider's answer says about its own form.
fn drop_formalities(answer: &mut Object<'_>, is_counted: bool, repeats: bool) {
    let kinds = ["chat.completion", "chat.completion.chunk", "text_completion", "response", "message"];
    let is_kind = |node: Node<'_>| kinds.iter().any(|kind| node.says(kind)).then_some(());
    for key in ["object", "type"] {
        answer.take(key, is_kind);
    }
    let stamp = |node: Node<'_>| node.is_number().then_some(());
    for key in ["created", "created_at"] {
        answer.take(key, stamp);
    }
    if is_counted {
        answer.leave_out(&USAGES);
    }
    if repeats {
        answer.leave_out(&REPEATED);
    }
}

fn finish_reasons(said: &Response<'_>) -> Option<String> {
    let of_messages = said.messages.iter().filter_map(|message: &Message<'_>| message.finish_reason);
    let reasons: Vec<Node<'_>> = match said.finish_reasons.as_slice() {
        [] => of_messages.collect(),
        whole => whole.to_vec(),
    };
    let write = |reason: &Node<'_>, out: &mut String| out.push_str(reason.json());
    (!reasons.is_empty()).then(|| list(&reasons, write))
}

/// Keeps what was not translated under MLflow's own name.
fn keep<'a>(
    attributes: &mut Attributes<'a>,
    key: &'static str,
    whole: Option<Node<'a>>,
    looked_into: Option<&Object<'a>>,
    nested: &[Nested<'a>],
) {
    let Some(whole) = whole.filter(|node| !node.is_null()) else { return };
    let Some(rest) = looked_into.filter(|object| object.has_taken()) else {
        if !(whole.is_object() && whole.is_empty()) {
            attributes.set(key, Said::Text(whole.json().into()));
        }
        return;
    };
    let inside = nested.iter().filter(|(_, inside)| inside.rest().next().is_some()).map(|(key, inside)| {
        let rest = object(inside.rest().map(|(key, value)| (key, Value::from(value))));
        (*key, Value::Json(rest.into()))
    });
    let members: Vec<_> = rest.rest().map(|(key, value)| (key, Value::from(value))).chain(inside).collect();
    if !members.is_empty() {
        attributes.set(key, Said::Text(object(members).into()));
    }
}
