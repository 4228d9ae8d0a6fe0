//! Tags of traces that the server has, and the prompts that a trace used.

use serde::Serialize;

use super::percent_encoded;
use super::trace_info::storable;
use crate::model::{LinkedPrompt, keys};

/// Where prompts are linked; since 3.7.
pub(crate) const LINK_PROMPTS: &str = "/api/2.0/mlflow/traces/link-prompts";

/// Where a trace's tags are changed, in the form that all versions understand.
pub(crate) fn tags_path(trace_id: &str) -> String {
    format!("/api/2.0/mlflow/traces/{}/tags", percent_encoded(trace_id))
}

/// The body that sets a tag.
pub(crate) fn set_tag(key: &str, value: &str) -> Vec<u8> {
    let (key, value) = (storable(key, keys::MAX_TAG_KEY), storable(value, keys::MAX_TAG_VALUE));
    json(&Set { key: &key, value: &value })
}

/// The body that deletes a tag.
pub(crate) fn delete_tag(key: &str) -> Vec<u8> {
    json(&Delete { key: &storable(key, keys::MAX_TAG_KEY) })
}

/// The body that links prompts. A version that is no number is left out: the server stumbles over it.
pub(crate) fn link_prompts(trace_id: &str, prompts: &[LinkedPrompt]) -> Option<Vec<u8>> {
    let is_number = |version: &str| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let prompt_versions: Vec<_> = prompts.iter().filter(|prompt| is_number(&prompt.version)).collect();
    (!prompt_versions.is_empty()).then(|| json(&Link { trace_id, prompt_versions }))
}

/// Texts and nothing else: there is always a JSON form.
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

#[derive(Serialize)]
struct Set<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Delete<'a> {
    key: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    trace_id: &'a str,
    prompt_versions: Vec<&'a LinkedPrompt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_what_the_server_reads() {
        assert_eq!(tags_path("tr-0a"), "/api/2.0/mlflow/traces/tr-0a/tags");
        assert_eq!(set_tag("k", "v\0"), r#"{"key":"k","value":"v�"}"#.as_bytes());
        assert_eq!(delete_tag("k"), br#"{"key":"k"}"#);
        let prompt = |version: &str| LinkedPrompt { name: "p".to_owned(), version: version.to_owned() };
        let body = link_prompts("tr-0a", &[prompt("1"), prompt("x")]).unwrap();
        assert_eq!(body, br#"{"trace_id":"tr-0a","prompt_versions":[{"name":"p","version":"1"}]}"#);
        assert_eq!(link_prompts("tr-0a", &[prompt("")]), None);
    }
}
