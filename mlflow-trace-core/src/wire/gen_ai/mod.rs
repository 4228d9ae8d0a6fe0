//! MLflow's attributes as OpenTelemetry's GenAI conventions name them (`gen_ai.*`), as Python's client translates them.

mod anthropic;
mod bedrock;
mod chat;
mod conversation;
mod gemini;
mod message;
mod node;
mod parameters;
mod provider;
mod responses;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::conversation::Search;
use super::json_text::{member, text};
use crate::model::{Json, Span, keys};

/// A translated attribute's value.
#[derive(Debug, PartialEq)]
pub(super) enum Said<'a> {
    Text(Cow<'a, str>),
    /// JSON that is to become the value it stands for.
    Json(Cow<'a, str>),
}

/// OTLP's kinds of span that occur here, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Internal = 1,
    Client = 3,
}

/// Attributes, each once.
#[derive(Debug, Default, PartialEq)]
struct Attributes<'a>(Vec<(Cow<'static, str>, Said<'a>)>);

impl<'a> Attributes<'a> {
    /// Sets an attribute, if it is not set yet.
    fn set(&mut self, key: &'static str, said: Said<'a>) {
        if !self.has(key) {
            self.0.push((Cow::Borrowed(key), said));
        }
    }

    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }
}

/// What the conventions make of a span.
#[derive(Debug, Default)]
pub(super) struct Translation<'a> {
    pub(super) attributes: Vec<(Cow<'static, str>, Said<'a>)>,
    pub(super) name: Option<String>,
    pub(super) kind: Option<Kind>,
}

/// Translates a span. What the conventions have no place for in its inputs and outputs is kept under MLflow's names when
/// `keeps_rest`, for destinations that are not sent those anyway.
pub(super) fn translate(span: &Span, keeps_rest: bool) -> Translation<'_> {
    let (operation, kind) = match span.span_type.as_str() {
        "CHAT_MODEL" => ("chat", Some(Kind::Client)),
        "LLM" => ("generate_content", Some(Kind::Client)),
        "EMBEDDING" => ("embeddings", Some(Kind::Client)),
        "TOOL" => ("execute_tool", Some(Kind::Internal)),
        "AGENT" => ("invoke_agent", Some(Kind::Internal)),
        other => (other, None),
    };
    let said = |key: &str| span.attribute(key).map(Json::as_str);
    let text_of = |key: &str| said(key).and_then(text).filter(|text| !text.is_empty());
    let mut attributes = Attributes::default();
    attributes.set("gen_ai.operation.name", Said::Text(operation.into()));
    let usage = said(keys::TOKEN_USAGE).unwrap_or_default();
    for (name, key) in
        [("input_tokens", "gen_ai.usage.input_tokens"), ("output_tokens", "gen_ai.usage.output_tokens")]
    {
        if let Some(tokens) = member(usage, name).filter(|tokens| *tokens != "null") {
            attributes.set(key, Said::Json(tokens.into()));
        }
    }

    let format = text_of(keys::MESSAGE_FORMAT);
    let mut model = text_of(keys::LLM_MODEL);
    if operation == "execute_tool" {
        for (name, key) in [
            (keys::SPAN_INPUTS, "gen_ai.tool.call.arguments"),
            (keys::SPAN_OUTPUTS, "gen_ai.tool.call.result"),
        ] {
            if let Some(json) = said(name).filter(|json| *json != "null") {
                attributes.set(key, Said::Text(json.into()));
            }
        }
    } else {
        let search = match operation {
            _ if format.is_some() => Search::Everything,
            "chat" | "generate_content" | "invoke_agent" => Search::Everything,
            "embeddings" => Search::Parameters,
            _ => Search::Messages,
        };
        let (format, known) = (format.as_deref(), model.as_deref());
        let named = conversation::add(span, format, known, search, keeps_rest, &mut attributes);
        model = model.or(named.filter(|model| !model.is_empty()));
    }
    if let Some(tools) = said(keys::CHAT_TOOLS).filter(|tools| *tools != "null") {
        let tools = text(tools).unwrap_or(Cow::Borrowed(tools));
        attributes.set("gen_ai.tool.definitions", Said::Text(tools));
    }
    if let Some(model) = model.clone() {
        attributes.set("gen_ai.request.model", Said::Text(model));
    }
    if let Some(provider) = text_of(keys::LLM_PROVIDER) {
        attributes.set("gen_ai.provider.name", Said::Text(provider));
    }

    // Libraries that follow the conventions name the tool or agent in an attribute.
    let name_key = match operation {
        "execute_tool" => Some("gen_ai.tool.name"),
        "invoke_agent" => Some("gen_ai.agent.name"),
        _ => None,
    };
    let own_name =
        || Some(Cow::Borrowed(span.name.as_str())).filter(|name| !name.is_empty() && name != operation);
    let target = name_key.and_then(|key| Some((key, text_of(key).or_else(own_name)?)));
    if let Some((key, name)) = &target {
        attributes.set(key, Said::Text(name.clone()));
    }
    let name = match target.map(|(_, name)| name).or(model) {
        Some(target) => format!("{operation} {target}"),
        None => operation.to_owned(),
    };
    Translation { attributes: attributes.0, name: Some(name).filter(|name| !name.is_empty()), kind }
}
