//! What calls to language models cost, by model and provider, as MLflow looks prices up.
//!
//! The prices that ship are those of the well-known providers in MLflow's own catalogue; `make_table.py` writes them out.
//! A model of a provider that MLflow knows and this table does not has no price here, rather than another provider's.

mod built_in;

use std::collections::BTreeMap;

use crate::model::{Cost, TokenUsage};

/// What a model costs, in US dollars for a million tokens.
///
/// ```
/// use mlflow_trace_core::Price;
///
/// let price = Price::per_million(3.0, 15.0).cache_read(0.3).cache_creation(3.75);
/// assert_eq!(price.input, 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Price {
    /// For tokens of the prompt.
    pub input: f64,
    /// For tokens of the answer.
    pub output: f64,
    /// For tokens of the prompt that came from the provider's cache; `None` for the price of the others.
    pub cache_read: Option<f64>,
    /// For tokens of the prompt that were written to the cache; `None` for the price of the others.
    pub cache_creation: Option<f64>,
    /// For those of them that stay there for an hour; `None` for the price of the others that are written.
    pub cache_creation_above_1hr: Option<f64>,
}

impl Price {
    /// The price of prompts and answers.
    pub const fn per_million(input: f64, output: f64) -> Self {
        Self { input, output, cache_read: None, cache_creation: None, cache_creation_above_1hr: None }
    }

    /// Sets the price of tokens that come from the provider's cache.
    #[must_use]
    pub const fn cache_read(mut self, dollars: f64) -> Self {
        self.cache_read = Some(dollars);
        self
    }

    /// Sets the price of tokens that are written to the provider's cache.
    #[must_use]
    pub const fn cache_creation(mut self, dollars: f64) -> Self {
        self.cache_creation = Some(dollars);
        self
    }

    /// Sets the price of tokens that are written to the provider's cache for an hour.
    #[must_use]
    pub const fn cache_creation_above_1hr(mut self, dollars: f64) -> Self {
        self.cache_creation_above_1hr = Some(dollars);
        self
    }

    /// What so many tokens cost. The order of the sums is MLflow's, so that not even the last digit differs.
    fn of(&self, usage: &TokenUsage) -> Cost {
        let rate = |dollars: f64| dollars / 1e6;
        let input = rate(self.input);
        let creation_rate = self.cache_creation.map_or(input, rate);
        let long_rate = self.cache_creation_above_1hr.map_or(creation_rate, rate);
        let read = usage.cache_read_input_tokens.unwrap_or(0);
        let creation = usage.cache_creation_input_tokens.unwrap_or(0);
        let long = usage.cache_creation_input_tokens_above_1hr.unwrap_or(0).min(creation);
        let regular = usage.input_tokens.saturating_sub(read).saturating_sub(creation);
        let mut cost = regular as f64 * input;
        let parts = [
            (read, self.cache_read.map_or(input, rate)),
            (creation - long, creation_rate),
            (long, long_rate),
        ];
        for (tokens, rate) in parts.into_iter().filter(|(tokens, _)| *tokens > 0) {
            cost += tokens as f64 * rate;
        }
        Cost::new(cost, usage.output_tokens as f64 * rate(self.output))
    }
}

/// The prices by which the cost of a call is worked out, when a span has a model and token usage and no cost of its own.
///
/// Begins with the prices that ship, those of MLflow's catalogue for the well-known providers; what is added here comes
/// first. It is used by [`Init::prices`](crate::Init::prices).
///
/// ```no_run
/// use mlflow_trace_core::{Price, PriceTable};
///
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// let prices = PriceTable::new()
///     .model("house-model-2", Price::per_million(0.5, 1.5))
///     .model_of("azure", "gpt-4o", Price::per_million(2.0, 8.0).cache_read(1.0));
/// let _guard = mlflow_trace_core::init().prices(prices).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceTable {
    #[cfg(not(feature = "disabled"))]
    own: OwnPrices,
}

/// The prices that the program has set.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "disabled", allow(dead_code))]
struct OwnPrices {
    /// By provider, or nothing for any, and model.
    by_name: BTreeMap<(String, String), Price>,
    /// Those that ship do not count.
    are_alone: bool,
}

impl PriceTable {
    /// The prices that ship.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// No prices, not even those that ship.
    #[inline]
    pub fn empty() -> Self {
        Self::default().with(|own| own.are_alone = true)
    }

    /// Sets the price of a model, whoever runs it.
    #[must_use]
    #[inline]
    pub fn model(self, model: impl Into<String>, price: Price) -> Self {
        self.model_of("", model, price)
    }

    /// Sets the price of a model at one provider (`mlflow.llm.provider`; upper and lower case are the same).
    #[must_use]
    #[inline]
    pub fn model_of(self, provider: &str, model: impl Into<String>, price: Price) -> Self {
        self.with(|own| {
            own.by_name.insert((provider.to_lowercase(), model.into()), price);
        })
    }

    #[cfg(not(feature = "disabled"))]
    #[inline]
    fn with(mut self, set: impl FnOnce(&mut OwnPrices)) -> Self {
        set(&mut self.own);
        self
    }

    /// Nothing is kept, so nothing of it is left in the program.
    #[cfg(feature = "disabled")]
    #[inline]
    fn with(self, _set: impl FnOnce(&mut OwnPrices)) -> Self {
        self
    }

    /// What a call cost: nothing when the model has no price, is a route of MLflow's gateway, or used no tokens.
    pub(crate) fn cost(&self, model: &str, provider: Option<&str>, usage: &TokenUsage) -> Option<Cost> {
        let is_route = ["gateway:/", "endpoints:/"].iter().any(|prefix| model.starts_with(prefix));
        if model.is_empty() || is_route || (usage.input_tokens == 0 && usage.output_tokens == 0) {
            return None;
        }
        let is_databricks = ["databricks-", "databricks/"].iter().any(|prefix| model.starts_with(prefix));
        let provider = provider.filter(|provider| !provider.is_empty()).map(str::to_lowercase);
        let provider = provider.or_else(|| is_databricks.then(|| "databricks".to_owned()));
        Some(self.price(model, provider.as_deref())?.of(usage))
    }

    #[cfg(feature = "disabled")]
    fn price(&self, model: &str, provider: Option<&str>) -> Option<Price> {
        built_in::price(model, provider)
    }

    #[cfg(not(feature = "disabled"))]
    fn price(&self, model: &str, provider: Option<&str>) -> Option<Price> {
        // A name like `openai/gpt-4o` begins with its provider.
        let bare = model.split_once('/').map_or(model, |(_, bare)| bare);
        let own = |provider: &str, name: &str| {
            self.own.by_name.get(&(provider.to_owned(), name.to_owned())).copied()
        };
        let of_program = [provider.unwrap_or_default(), ""]
            .into_iter()
            .find_map(|provider| own(provider, model).or_else(|| own(provider, bare)));
        of_program.or_else(|| if self.own.are_alone { None } else { built_in::price(bare, provider) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(table: &PriceTable, model: &str, provider: Option<&str>, usage: TokenUsage) -> Option<f64> {
        table.cost(model, provider, &usage).map(|cost| cost.total_cost)
    }

    #[test]
    fn cached_tokens_have_prices_of_their_own_and_are_part_of_the_input() {
        let price = Price::per_million(10.0, 20.0)
            .cache_read(1.0)
            .cache_creation(12.0)
            .cache_creation_above_1hr(15.0);
        let usage = TokenUsage::new(1_000_000, 500_000).cache_read(200_000).cache_creation(300_000);
        let cost = price.of(&usage.cache_creation_above_1hr(100_000));
        assert!((cost.input_cost - (5.0 + 0.2 + 2.4 + 1.5)).abs() < 1e-9, "{cost:?}");
        assert!((cost.total_cost - cost.input_cost - 10.0).abs() < 1e-9, "{cost:?}");
        let plain = Price::per_million(10.0, 0.0).of(&usage);
        assert!((plain.input_cost - 10.0).abs() < 1e-9, "{plain:?}");
    }

    #[test]
    fn what_the_program_sets_comes_before_what_ships() {
        let usage = TokenUsage::new(1_000_000, 0);
        let table = PriceTable::new().model("gpt-4o", Price::per_million(7.0, 0.0)).model_of(
            "Azure",
            "gpt-4o",
            Price::per_million(8.0, 0.0),
        );
        assert_eq!(cost(&table, "gpt-4o", None, usage), Some(7.0));
        assert_eq!(cost(&table, "gpt-4o", Some("AZURE"), usage), Some(8.0));
        assert_eq!(cost(&table, "azure/gpt-4o", Some("openai"), usage), Some(7.0));
        assert!(cost(&table, "gpt-4o-mini", Some("openai"), usage).is_some());
        assert_eq!(cost(&PriceTable::empty(), "gpt-4o-mini", Some("openai"), usage), None);
    }

    #[test]
    fn routes_unknown_models_and_calls_without_tokens_cost_nothing_that_is_known() {
        let table = PriceTable::new();
        let usage = TokenUsage::new(10, 10);
        for model in ["", "gateway:/gpt-4o", "endpoints:/gpt-4o", "nobodys-model"] {
            assert_eq!(cost(&table, model, None, usage), None, "{model}");
        }
        assert_eq!(cost(&table, "gpt-4o", None, TokenUsage::new(0, 0)), None);
        assert_eq!(
            cost(&table, "gpt-4o", Some("openrouter"), usage),
            None,
            "of a provider whose prices do not ship"
        );
        assert_eq!(cost(&table, "gpt-4o", Some("my own proxy"), usage), cost(&table, "gpt-4o", None, usage));
    }
}
