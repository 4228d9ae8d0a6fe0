//! Prompts of MLflow's registry that a trace or a span used: a JSON text in a tag and in an attribute.

use serde::{Deserialize, Serialize};

/// A version of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkedPrompt {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// The prompts of the tag or attribute; none if it is anything else.
pub(crate) fn linked_prompts(text: &str) -> Vec<LinkedPrompt> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The text with these prompts behind those that it has, each once; as Python's `json.dumps` writes it.
pub(crate) fn with_linked_prompts(text: Option<&str>, more: Vec<LinkedPrompt>) -> String {
    let mut prompts = text.map(linked_prompts).unwrap_or_default();
    for prompt in more {
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    let quoted = |text: &str| super::Json::string(text).to_ascii();
    let prompts: Vec<String> = prompts
        .iter()
        .map(|prompt| {
            format!("{{\"name\": {}, \"version\": {}}}", quoted(&prompt.name), quoted(&prompt.version))
        })
        .collect();
    format!("[{}]", prompts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(name: &str, version: &str) -> LinkedPrompt {
        LinkedPrompt { name: name.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn each_prompt_is_there_once_and_in_order() {
        let text = with_linked_prompts(None, vec![prompt("b", "2"), prompt("ä", "1"), prompt("b", "2")]);
        assert_eq!(text, r#"[{"name": "b", "version": "2"}, {"name": "\u00e4", "version": "1"}]"#);
        let text = with_linked_prompts(Some(&text), vec![prompt("ä", "1"), prompt("b", "3")]);
        assert_eq!(linked_prompts(&text), [prompt("b", "2"), prompt("ä", "1"), prompt("b", "3")]);
        assert!(linked_prompts("{}").is_empty());
    }
}
