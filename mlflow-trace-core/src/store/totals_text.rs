//! Token counts and costs under the names that MLflow gives them, in its columns, rows and JSON alike.

use std::fmt::Display;

use crate::model::{Cost, TokenUsage};

pub(super) const TOKEN_COLUMNS: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_input_tokens_above_1hr",
];
pub(super) const COST_COLUMNS: [&str; 3] = ["input_cost", "output_cost", "total_cost"];

/// The counts that are there.
pub(super) fn token_counts(usage: &TokenUsage) -> Vec<(&'static str, i64)> {
    let counts = [
        Some(usage.input_tokens),
        Some(usage.output_tokens),
        Some(usage.total_tokens),
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_creation_input_tokens_above_1hr,
    ];
    let known = TOKEN_COLUMNS.into_iter().zip(counts);
    known.filter_map(|(key, count)| Some((key, i64::try_from(count?).unwrap_or(i64::MAX)))).collect()
}

/// The amounts that are numbers.
pub(super) fn dollars(cost: &Cost) -> Vec<(&'static str, f64)> {
    let dollars = [cost.input_cost, cost.output_cost, cost.total_cost];
    COST_COLUMNS.into_iter().zip(dollars).filter(|(_, dollars)| dollars.is_finite()).collect()
}

/// A JSON object of numbers.
pub(super) fn object<N: Display>(pairs: &[(&str, N)]) -> String {
    let fields: Vec<String> = pairs.iter().map(|(key, number)| format!("\"{key}\": {number}")).collect();
    format!("{{{}}}", fields.join(", "))
}
