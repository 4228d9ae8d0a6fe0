//! Token counts and costs under the names that MLflow gives them, in its columns, rows and JSON alike.

use std::fmt::Display;

use crate::model::{Cost, TokenUsage};

/// The counts that are there.
pub(super) fn token_counts(usage: &TokenUsage) -> Vec<(&'static str, i64)> {
    [
        ("input_tokens", Some(usage.input_tokens)),
        ("output_tokens", Some(usage.output_tokens)),
        ("total_tokens", Some(usage.total_tokens)),
        ("cache_read_input_tokens", usage.cache_read_input_tokens),
        ("cache_creation_input_tokens", usage.cache_creation_input_tokens),
    ]
    .into_iter()
    .filter_map(|(key, count)| Some((key, i64::try_from(count?).unwrap_or(i64::MAX))))
    .collect()
}

/// The amounts that are numbers.
pub(super) fn dollars(cost: &Cost) -> Vec<(&'static str, f64)> {
    [("input_cost", cost.input_cost), ("output_cost", cost.output_cost), ("total_cost", cost.total_cost)]
        .into_iter()
        .filter(|(_, dollars)| dollars.is_finite())
        .collect()
}

/// A JSON object of numbers.
pub(super) fn object<N: Display>(pairs: &[(&str, N)]) -> String {
    let fields: Vec<String> = pairs.iter().map(|(key, number)| format!("\"{key}\": {number}")).collect();
    format!("{{{}}}", fields.join(", "))
}
