//! MLflow's attributes as OpenTelemetry's GenAI conventions name them (`gen_ai.*`), as Python's client translates them.
//! The messages of chats are not translated yet.

use std::borrow::Cow;

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

/// What the conventions make of a span.
#[derive(Debug, Default)]
pub(super) struct Translation<'a> {
    pub(super) attributes: Vec<(Cow<'static, str>, Said<'a>)>,
    pub(super) name: Option<String>,
    pub(super) kind: Option<Kind>,
}

pub(super) fn translate(span: &Span) -> Translation<'_> {
    let (operation, kind) = match span.span_type.as_str() {
        "CHAT_MODEL" => ("chat", Some(Kind::Client)),
        "LLM" => ("generate_content", Some(Kind::Client)),
        "EMBEDDING" => ("embeddings", Some(Kind::Client)),
        "TOOL" => ("execute_tool", Some(Kind::Internal)),
        "AGENT" => ("invoke_agent", Some(Kind::Internal)),
        other => (other, None),
    };
    let mut attributes = Vec::new();
    let mut add = |key: &'static str, said: Said<'_>| match said {
        Said::Text(text) => attributes.push((Cow::Borrowed(key), Said::Text(Cow::Owned(text.into_owned())))),
        Said::Json(json) => attributes.push((Cow::Borrowed(key), Said::Json(Cow::Owned(json.into_owned())))),
    };
    let said = |key: &str| span.attribute(key).map(Json::as_str);
    let text_of = |key: &str| said(key).and_then(text).filter(|text| !text.is_empty());
    add("gen_ai.operation.name", Said::Text(operation.into()));
    let model = text_of(keys::LLM_MODEL);
    if let Some(model) = model.clone() {
        add("gen_ai.request.model", Said::Text(model));
    }
    if let Some(provider) = text_of(keys::LLM_PROVIDER) {
        add("gen_ai.provider.name", Said::Text(provider));
    }
    let usage = said(keys::TOKEN_USAGE).unwrap_or_default();
    for (name, key) in
        [("input_tokens", "gen_ai.usage.input_tokens"), ("output_tokens", "gen_ai.usage.output_tokens")]
    {
        if let Some(tokens) = member(usage, name).filter(|tokens| *tokens != "null") {
            add(key, Said::Json(tokens.into()));
        }
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
        add(key, Said::Text(name.clone()));
    }
    if operation == "execute_tool" {
        for (key, name) in [
            (keys::SPAN_INPUTS, "gen_ai.tool.call.arguments"),
            (keys::SPAN_OUTPUTS, "gen_ai.tool.call.result"),
        ] {
            if let Some(json) = said(key).filter(|json| *json != "null") {
                add(name, Said::Text(json.into()));
            }
        }
    }
    let name = match target.map(|(_, name)| name).or(model) {
        Some(target) => format!("{operation} {target}"),
        None => operation.to_owned(),
    };
    Translation { attributes, name: Some(name).filter(|name| !name.is_empty()), kind }
}
