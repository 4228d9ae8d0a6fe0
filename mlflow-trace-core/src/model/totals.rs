//! Sums of token usage and cost over a tree of spans.
//!
//! As MLflow sums them: a span that carries the figure hides the figures of all spans below it, so that a parent that
//! already reports its children's usage is not counted twice.

use std::collections::HashMap;

use serde_json::Value;

use super::{Cost, Span, SpanId, TokenUsage, keys};

/// The tokens of the whole tree, or `None` when no span carries any.
pub(crate) fn total_usage(spans: &[Span]) -> Option<TokenUsage> {
    let mut total: Option<TokenUsage> = None;
    for_each_outermost(spans, keys::TOKEN_USAGE, |value| {
        let total = total.get_or_insert_default();
        let count = |key: &str| value[key].as_u64();
        let add = |sum: &mut u64, key: &str| *sum = sum.saturating_add(count(key).unwrap_or(0));
        add(&mut total.input_tokens, "input_tokens");
        add(&mut total.output_tokens, "output_tokens");
        add(&mut total.total_tokens, "total_tokens");
        let add_optional = |sum: &mut Option<u64>, key: &str| {
            if let Some(count) = count(key) {
                *sum = Some(sum.unwrap_or(0).saturating_add(count));
            }
        };
        add_optional(&mut total.cache_read_input_tokens, "cache_read_input_tokens");
        add_optional(&mut total.cache_creation_input_tokens, "cache_creation_input_tokens");
        add_optional(
            &mut total.cache_creation_input_tokens_above_1hr,
            "cache_creation_input_tokens_above_1hr",
        );
    });
    total
}

/// The cost of the whole tree, or `None` when no span carries any.
pub(crate) fn total_cost(spans: &[Span]) -> Option<Cost> {
    let mut total: Option<Cost> = None;
    for_each_outermost(spans, keys::LLM_COST, |value| {
        let total = total.get_or_insert_default();
        let dollars = |key: &str| value[key].as_f64().unwrap_or(0.0);
        total.input_cost += dollars("input_cost");
        total.output_cost += dollars("output_cost");
        total.total_cost += dollars("total_cost");
    });
    total
}

/// Calls `visit` with the attribute's value of each span that has no ancestor with that attribute.
fn for_each_outermost(spans: &[Span], key: &str, mut visit: impl FnMut(&Value)) {
    // A null is as good as nothing.
    let carries = |span: &Span| span.attribute(key).is_some_and(|value| value.as_str() != "null");
    let carriers: Vec<&Span> = spans.iter().filter(|span| carries(span)).collect();
    if carriers.is_empty() {
        return;
    }
    let by_id: HashMap<SpanId, &Span> = spans.iter().map(|span| (span.span_id, span)).collect();
    for span in carriers {
        let mut ancestor = span.parent_id.and_then(|id| by_id.get(&id));
        let mut steps = 0;
        let hidden = loop {
            match ancestor {
                None => break false,
                Some(parent) if carries(parent) => break true,
                // A parent cycle can only come from a foreign trace; it must not hang us.
                Some(_) if steps > spans.len() => break false,
                Some(parent) => ancestor = parent.parent_id.and_then(|id| by_id.get(&id)),
            }
            steps += 1;
        };
        if !hidden && let Some(value) = span.attribute(key) {
            let value = value.to_value();
            if value.is_object() {
                visit(&value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Json, SpanType, Status, TraceId};

    fn span(id: u64, parent: u64, usage: Option<&str>) -> Span {
        Span {
            trace_id: TraceId::from_u128(1).unwrap(),
            span_id: SpanId::from_u64(id).unwrap(),
            parent_id: SpanId::from_u64(parent),
            name: String::new(),
            span_type: SpanType::Unknown,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            status: Status::default(),
            attributes: usage
                .map(|json| (keys::TOKEN_USAGE.to_owned(), Json::from_valid(json.to_owned())))
                .into_iter()
                .collect(),
            events: Vec::new(),
            links: Vec::new(),
        }
    }

    #[test]
    fn siblings_are_added() {
        let usage = Some(r#"{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"#);
        let total = total_usage(&[span(1, 0, None), span(2, 1, usage), span(3, 1, usage)]);
        assert_eq!(total, Some(TokenUsage::new(2, 4)));
    }

    #[test]
    fn a_parent_with_usage_hides_its_descendants() {
        let usage = Some(r#"{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"#);
        let total = total_usage(&[span(1, 0, usage), span(2, 1, None), span(3, 2, usage)]);
        assert_eq!(total, Some(TokenUsage::new(1, 2)));
    }

    #[test]
    fn a_parent_whose_usage_is_null_hides_nothing() {
        let usage = Some(r#"{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"#);
        let total = total_usage(&[span(1, 0, Some("null")), span(2, 1, usage)]);
        assert_eq!(total, Some(TokenUsage::new(1, 2)));
    }

    #[test]
    fn cached_tokens_are_summed_only_where_given() {
        let usage = Some(
            r#"{"input_tokens": 9, "output_tokens": 0, "total_tokens": 9, "cache_read_input_tokens": 4}"#,
        );
        let total = total_usage(&[span(1, 0, None), span(2, 1, usage), span(3, 1, usage)]).unwrap();
        assert_eq!(total.cache_read_input_tokens, Some(8));
        assert_eq!(total.cache_creation_input_tokens, None);
    }

    #[test]
    fn a_cycle_of_parents_ends() {
        let usage = Some(r#"{"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}"#);
        assert!(total_usage(&[span(1, 2, usage), span(2, 3, None), span(3, 2, None)]).is_some());
    }
}
