//! Token counts and costs of calls to language models.

use serde::Serialize;

/// How many tokens a call used (`mlflow.chat.tokenUsage`).
///
/// ```
/// use mlflow_trace_core::TokenUsage;
/// let usage = TokenUsage::new(120, 30).cache_read(100);
/// assert_eq!(usage.total_tokens, 150);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenUsage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// The sum; MLflow shows zero when it is left out, so it is always written.
    pub total_tokens: u64,
    /// Tokens of the prompt that came from the provider's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    /// Tokens of the prompt that were written to the provider's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens: Option<u64>,
    /// Those of them that stay in the cache for an hour, which Anthropic prices apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens_above_1hr: Option<u64>,
}

impl TokenUsage {
    /// The usage of a call; the total is the sum of both.
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            total_tokens: input_tokens.saturating_add(output_tokens),
            cache_read_input_tokens: None,
            cache_creation_input_tokens: None,
            cache_creation_input_tokens_above_1hr: None,
        }
    }

    /// Sets the total where the provider counts it in another way.
    #[must_use]
    pub const fn total(mut self, tokens: u64) -> Self {
        self.total_tokens = tokens;
        self
    }

    /// Sets the tokens that were read from the provider's cache.
    #[must_use]
    pub const fn cache_read(mut self, tokens: u64) -> Self {
        self.cache_read_input_tokens = Some(tokens);
        self
    }

    /// Sets the tokens that were written to the provider's cache.
    #[must_use]
    pub const fn cache_creation(mut self, tokens: u64) -> Self {
        self.cache_creation_input_tokens = Some(tokens);
        self
    }

    /// Sets how many of those written to the provider's cache stay there for an hour.
    #[must_use]
    pub const fn cache_creation_above_1hr(mut self, tokens: u64) -> Self {
        self.cache_creation_input_tokens_above_1hr = Some(tokens);
        self
    }

    /// Reads what a span says about its call; a count that is no number counts as none.
    pub(crate) fn read(value: &serde_json::Value) -> Option<Self> {
        let count = |key: &str| value.get(key).and_then(serde_json::Value::as_u64);
        value.as_object().filter(|fields| !fields.is_empty())?;
        Some(Self {
            input_tokens: count("input_tokens").unwrap_or(0),
            output_tokens: count("output_tokens").unwrap_or(0),
            total_tokens: count("total_tokens").unwrap_or(0),
            cache_read_input_tokens: count("cache_read_input_tokens"),
            cache_creation_input_tokens: count("cache_creation_input_tokens"),
            cache_creation_input_tokens_above_1hr: count("cache_creation_input_tokens_above_1hr"),
        })
    }
}

/// What a call cost, in US dollars (`mlflow.llm.cost`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// For the prompt.
    pub input_cost: f64,
    /// For the answer.
    pub output_cost: f64,
    /// The sum.
    pub total_cost: f64,
}

impl Cost {
    /// The cost of a call; the total is the sum of both.
    pub const fn new(input_cost: f64, output_cost: f64) -> Self {
        Self { input_cost, output_cost, total_cost: input_cost + output_cost }
    }
}
