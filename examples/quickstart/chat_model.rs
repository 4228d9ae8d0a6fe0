//! A chat model behind OpenAI's HTTP API, and how its call is recorded.

use std::env;
use std::error::Error;
use std::time::Duration;

use mlflow::TokenUsage;
use serde::Serialize;

/// Where the model is and how it is called.
pub(crate) struct ChatModel {
    base_url: String,
    api_key: Option<String>,
    model: String,
}

#[derive(Serialize)]
pub(crate) struct Message {
    role: String,
    content: String,
}

impl Message {
    pub(crate) fn new(role: &str, content: impl Into<String>) -> Self {
        Self { role: role.to_owned(), content: content.into() }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    max_tokens: u32,
}

/// The server's answer as it came; MLflow knows its shape.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Completion(serde_json::Value);

impl Completion {
    pub(crate) fn text(&self) -> Result<String, Box<dyn Error>> {
        let text = self.0["choices"][0]["message"]["content"].as_str();
        Ok(text.ok_or("the model's answer holds no text")?.trim().to_owned())
    }
}

impl ChatModel {
    /// The model that the environment names, if it names any.
    pub(crate) fn from_environment() -> Option<Self> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let (base_url, api_key) = (variable("OPENAI_BASE_URL"), variable("OPENAI_API_KEY"));
        if base_url.is_none() && api_key.is_none() {
            return None;
        }
        Some(Self {
            base_url: base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned()),
            api_key,
            model: variable("OPENAI_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned()),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.model
    }

    /// One call. `self`, and with it the key, is never captured; the inputs are the request's body.
    #[mlflow::trace(span_type = "LLM", skip_all)]
    pub(crate) fn complete(&self, messages: &[Message]) -> Result<Completion, ureq::Error> {
        let body = Request { model: &self.model, messages, max_tokens: 160 };
        let span = mlflow::current_span();
        span.set_inputs(&body);
        span.set_model(&self.model);
        span.set_provider("openai");

        let url = format!("{}/chat/completions", self.base_url.trim_end_matches('/'));
        let mut request = ureq::post(&url).config().timeout_global(Some(Duration::from_secs(120))).build();
        if let Some(key) = &self.api_key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let completion: serde_json::Value = request.send_json(&body)?.body_mut().read_json()?;

        let tokens = |name: &str| completion["usage"][name].as_u64();
        if let (Some(input), Some(output)) = (tokens("prompt_tokens"), tokens("completion_tokens")) {
            span.set_token_usage(TokenUsage::new(input, output));
        }
        Ok(Completion(completion))
    }
}
