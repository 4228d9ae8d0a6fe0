//! Whatever JSON the inputs and outputs are: nothing panics, and every text of JSON that is sent is JSON.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::span;
use crate::wire::gen_ai::{Said, translate};

/// Names that converters look for, so that their paths are walked and broken everywhere.
const NAMES: &[&str] = &[
    "messages",
    "role",
    "content",
    "parts",
    "type",
    "text",
    "tool_calls",
    "tool_call_id",
    "function",
    "name",
    "arguments",
    "input",
    "output",
    "message",
    "choices",
    "delta",
    "finish_reason",
    "candidates",
    "contents",
    "config",
    "system_instruction",
    "tools",
    "toolConfig",
    "toolSpec",
    "inferenceConfig",
    "system",
    "source",
    "image_url",
    "url",
    "inline_data",
    "mime_type",
    "function_call",
    "functionResponse",
    "toolUse",
    "toolResult",
    "json",
    "image",
    "summary",
    "status",
    "instructions",
    "prompt",
    "model",
    "temperature",
    "stop",
    "id",
    "reasoningContent",
    "thinking",
    "audio",
    "transcript",
    "custom",
    "other",
];

const TEXTS: &[&str] = &[
    "user",
    "system",
    "assistant",
    "model",
    "tool",
    "text",
    "image_url",
    "input_text",
    "input_image",
    "input_audio",
    "tool_use",
    "tool_result",
    "thinking",
    "image",
    "document",
    "base64",
    "url",
    "function_call",
    "reasoning",
    "function_call_output",
    "message",
    "data:",
    "data:image/png;base64,",
    "data:é,\u{0}",
    "",
    "\"",
    "\\",
    "é\u{1f600}",
    "{}",
    "{\"a\":[1,{}]}",
    "[1,",
    "nul",
    "\"\\ud800\"",
    "{\"\\udc00\":1e999}",
    " [ ] ",
    "\u{feff}1",
    "1 2",
    "NaN",
];

const FORMATS: &[&str] = &["openai", "anthropic", "gemini", "bedrock", "groq", "langchain", ""];
const TYPES: &[&str] = &["CHAT_MODEL", "LLM", "AGENT", "EMBEDDING", "TOOL", "RETRIEVER", "UNKNOWN"];

fn value() -> impl Strategy<Value = Value> {
    let name = prop_oneof![9 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => ".{0,3}"];
    let leaf = prop_oneof![
        4 => prop::sample::select(TEXTS).prop_map(Value::from),
        1 => ".{0,4}".prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(7, 60, 6, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => vec((name.clone(), inner), 0..6).prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn assert_is_json(key: &str, text: &str) {
    let read = serde_json::from_str::<IgnoredAny>(text);
    assert!(read.is_ok(), "{key} is no JSON: {text}");
}

/// Translates the span and looks at all that comes of it.
fn walk(span_type: &str, format: Option<&str>, inputs: &str, outputs: &str) {
    let span = span(span_type, format, inputs, outputs);
    for keeps_rest in [true, false] {
        let translated = translate(&span, keeps_rest).attributes;
        for (index, (key, said)) in translated.iter().enumerate() {
            assert!(translated.iter().skip(index + 1).all(|(other, _)| other != key), "{key} is sent twice");
            match said {
                Said::Json(json) => assert_is_json(key, json),
                Said::Text(text) if key.ends_with("messages") => {
                    assert_is_json(key, text);
                    // Numbers that only text can hold are not for this reader.
                    let Ok(messages) = serde_json::from_str::<Value>(text) else { continue };
                    for message in messages.as_array().expect("a list") {
                        assert!(
                            !message["role"].is_null() && message["parts"].is_array(),
                            "{key}: {message}"
                        );
                    }
                }
                Said::Text(text)
                    if ["instructions", "definitions", "arguments", "result", "puts"]
                        .iter()
                        .any(|end| key.ends_with(end)) =>
                {
                    assert_is_json(key, text);
                }
                Said::Text(_) => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_translated_into_json(
        span_type in prop::sample::select(TYPES),
        format in prop::option::of(prop::sample::select(FORMATS)),
        inputs in value(),
        outputs in value(),
    ) {
        walk(span_type, format, &inputs.to_string(), &outputs.to_string());
    }

    #[test]
    fn any_messages_are_translated_into_json(
        format in prop::option::of(prop::sample::select(FORMATS)),
        key in prop::sample::select(&["messages", "input", "contents"][..]),
        contents in vec((prop::sample::select(TEXTS), value()), 0..4),
    ) {
        let message = |(role, content)| serde_json::json!({"role": role, "content": content, "parts": content});
        let messages: Vec<Value> = contents.into_iter().map(message).collect();
        let (inputs, outputs) = (serde_json::json!({key: messages}), serde_json::json!({"choices": messages, "output": messages}));
        walk("CHAT_MODEL", format, &inputs.to_string(), &outputs.to_string());
    }
}

proptest! {
    #[test]
    fn what_nobody_knows_is_kept_to_the_letter(
        span_type in prop::sample::select(TYPES),
        format in prop::option::of(prop::sample::select(FORMATS)),
        values in vec(value(), 2..4),
    ) {
        prop_assume!(span_type != "TOOL");
        let members: Map<_, _> = values.into_iter().enumerate().map(|(index, value)| (format!("k{index}"), value)).collect();
        let json = Value::from(members).to_string();
        let span = span(span_type, format, &json, &json);
        let kept = translate(&span, true).attributes;
        let kept = kept.iter().filter(|(key, _)| key.starts_with("mlflow.")).map(|(_, said)| said);
        let whole = Said::Text(json.as_str().into());
        prop_assert_eq!(kept.collect::<Vec<_>>(), [&whole, &whole]);
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let objects = format!("{}1{}", "{\"messages\":".repeat(100_000), "}".repeat(100_000));
    let content = format!("{{\"messages\": [{{\"role\": \"user\", \"content\": {deep}}}]}}");
    let arguments = format!(
        "{{\"messages\": [{{\"role\": \"user\", \"function_call\": {{\"arguments\": \"{deep}\"}}}}]}}"
    );
    for json in [&deep, &objects, &content, &arguments] {
        for format in FORMATS {
            let span = span("CHAT_MODEL", Some(format), json, json);
            assert!(translate(&span, true).attributes.len() > 1);
        }
    }
}

#[test]
fn text_that_is_no_json_harms_nothing() {
    for broken in [
        "",
        "{",
        "{\"messages\"",
        "{\"messages\": [",
        "{\"messages\": [{\"role\": \"user\", \"content\": ",
        "]",
        "nul",
    ] {
        for format in FORMATS {
            translate(&span("CHAT_MODEL", Some(format), broken, broken), true);
        }
    }
}
