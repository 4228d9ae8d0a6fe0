//! Traces out of what is stored of them: facts that lie among tags and metadata go to their own places.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Completeness, Cost, Span, StatusCode, TokenUsage, Trace, TraceInfo, TraceState, keys};

impl TraceInfo {
    /// Takes the stored tags and metadata; name, session, tokens and cost are taken out of them.
    pub(crate) fn take_stored(
        &mut self,
        mut tags: BTreeMap<String, String>,
        mut metadata: BTreeMap<String, String>,
    ) {
        self.name = tags.remove(keys::TAG_TRACE_NAME).unwrap_or_default();
        self.session = metadata.remove(keys::META_TRACE_SESSION);
        let object = |text: Option<String>| serde_json::from_str::<Value>(&text?).ok();
        let usage = object(metadata.remove(keys::META_TOKEN_USAGE));
        let cost = object(metadata.remove(keys::META_COST));
        self.token_usage = TokenUsage::stored(|key| usage.as_ref()?.get(key)?.as_u64());
        self.cost = Cost::read(|key| cost.as_ref()?.get(key)?.as_f64());
        self.tags = tags;
        self.metadata = metadata;
    }
}

impl TokenUsage {
    /// From counts by their names; `None` when none of the three sums is there.
    pub(crate) fn stored(count: impl Fn(&str) -> Option<u64>) -> Option<Self> {
        let (input, output, total) = (count("input_tokens"), count("output_tokens"), count("total_tokens"));
        input.or(output).or(total)?;
        let mut usage = Self::new(input.unwrap_or(0), output.unwrap_or(0));
        usage.total_tokens = total.unwrap_or(usage.total_tokens);
        usage.cache_read_input_tokens = count("cache_read_input_tokens");
        usage.cache_creation_input_tokens = count("cache_creation_input_tokens");
        usage.cache_creation_input_tokens_above_1hr = count("cache_creation_input_tokens_above_1hr");
        Some(usage)
    }
}

impl Cost {
    /// From dollars by their names; `None` when none of the three is there.
    pub(crate) fn read(dollars: impl Fn(&str) -> Option<f64>) -> Option<Self> {
        let (input, output, total) = (dollars("input_cost"), dollars("output_cost"), dollars("total_cost"));
        input.or(output).or(total)?;
        let mut cost = Self::new(input.unwrap_or(0.0), output.unwrap_or(0.0));
        cost.total_cost = total.unwrap_or(cost.total_cost);
        Some(cost)
    }
}

impl Trace {
    /// A trace as it was read. Times of the whole are stored in milliseconds; the root knows better.
    pub(crate) fn read_back(mut info: TraceInfo, spans: Vec<Span>) -> Self {
        if let Some(root) = spans.iter().find(|span| span.parent_id.is_none())
            && root.start_unix_nanos / 1_000_000 == info.start_unix_nanos / 1_000_000
        {
            info.start_unix_nanos = root.start_unix_nanos;
            info.duration_nanos =
                info.duration_nanos.map(|_| root.end_unix_nanos.saturating_sub(root.start_unix_nanos));
        }
        Self::new(info, spans, Completeness::Whole)
    }
}

impl StatusCode {
    /// From MLflow's short spelling, or OpenTelemetry's with `STATUS_CODE_` before it.
    pub(crate) fn read(text: &str) -> Self {
        match text.strip_prefix("STATUS_CODE_").unwrap_or(text) {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            _ => Self::Unset,
        }
    }
}

impl TraceState {
    /// From MLflow's spelling.
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            _ => Self::InProgress,
        }
    }
}
