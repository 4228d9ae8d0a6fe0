//! The short text by which MLflow's lists show a request or a response.
//!
//! The rule is MLflow's (`mlflow/tracing/utils/truncation.py`): the text of the last message of the wanted role when
//! the value looks like a chat, else the JSON text itself.

use serde_json::Value;

use super::keys::MAX_PREVIEW;

/// Whose message is looked for first.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    User,
    Assistant,
}

/// The preview of inputs (role user) or outputs (role assistant), from their JSON text.
pub(crate) fn preview(json: &str, role: Role) -> String {
    let text = chat_text(json, role);
    shorten(text.as_deref().filter(|text| !text.is_empty()).unwrap_or(json), MAX_PREVIEW)
}

/// Cuts a text to so many characters, the last three of them dots.
pub(crate) fn shorten(text: &str, max_chars: usize) -> String {
    // A char is at least a byte, so a short text needs no counting.
    if text.len() <= max_chars || text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max_chars - 3).collect();
    short.push_str("...");
    short
}

fn chat_text(json: &str, role: Role) -> Option<String> {
    // Reading a large value only to find that it is no chat would be waste.
    if !json.starts_with('{') || !looks_like_chat(json) {
        return None;
    }
    let value: Value = serde_json::from_str(json).ok()?;
    let messages = messages(&value)?;
    let wanted = match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let message = messages.iter().rev().find(|message| message["role"] == wanted).or(messages.last())?;
    text_of(message)
}

fn looks_like_chat(json: &str) -> bool {
    json.contains("\"role\"") && json.contains("\"content\"")
}

fn messages(value: &Value) -> Option<Vec<&Value>> {
    let object = value.as_object()?;
    if let Some(list) = filled_list(object.get("messages")) {
        return Some(only_messages(list));
    }
    if let Some(list) = filled_list(object.get("choices")) {
        let message = &list[0]["message"];
        if is_message(message) {
            return Some(vec![message]);
        }
    }
    for key in ["input", "output"] {
        if let Some(list) = filled_list(object.get(key)) {
            return Some(only_messages(list));
        }
    }
    messages(object.get("request")?)
}

fn filled_list(value: Option<&Value>) -> Option<&Vec<Value>> {
    value?.as_array().filter(|list| !list.is_empty())
}

fn only_messages(list: &[Value]) -> Vec<&Value> {
    list.iter().filter(|item| is_message(item)).collect()
}

fn is_message(item: &Value) -> bool {
    item.get("role").is_some() && item.get("content").is_some()
}

fn text_of(message: &Value) -> Option<String> {
    match &message["content"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().find_map(|part| match part {
            Value::String(text) => Some(text.clone()),
            _ if part["type"] == "text" || part["type"] == "output_text" => {
                part["text"].as_str().map(str::to_owned)
            }
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_request_shows_the_last_user_message() {
        let json = r#"{"messages": [{"role": "user", "content": "one"}, {"role": "user", "content": "two"},
            {"role": "assistant", "content": "three"}]}"#;
        assert_eq!(preview(json, Role::User), "two");
        assert_eq!(preview(json, Role::Assistant), "three");
    }

    #[test]
    fn a_chat_completion_shows_the_answer() {
        let json = r#"{"choices": [{"message": {"role": "assistant", "content": "Grüße"}}]}"#;
        assert_eq!(preview(json, Role::Assistant), "Grüße");
    }

    #[test]
    fn content_parts_show_their_first_text() {
        let json = r#"{"input": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "see"}]}]}"#;
        assert_eq!(preview(json, Role::User), "see");
    }

    #[test]
    fn a_request_inside_request_is_found() {
        let json = r#"{"request": {"input": [{"role": "user", "content": "deep"}]}}"#;
        assert_eq!(preview(json, Role::User), "deep");
    }

    #[test]
    fn anything_else_shows_its_json() {
        assert_eq!(preview(r#""plain""#, Role::User), r#""plain""#);
        assert_eq!(preview(r#"{"q": 1}"#, Role::User), r#"{"q": 1}"#);
        assert_eq!(preview(r#"{"messages": []}"#, Role::User), r#"{"messages": []}"#);
    }

    #[test]
    fn a_long_text_is_cut_to_a_thousand_characters_with_dots() {
        let short = preview(&format!("\"{}\"", "ü".repeat(2000)), Role::User);
        assert_eq!(short.chars().count(), 1000);
        assert!(short.ends_with("ü..."));
    }
}
