//! The prices that ship: read once, when the first call of a model is priced.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use super::Price;

static TABLE: LazyLock<BuiltIn> = LazyLock::new(|| BuiltIn::read(include_str!("table.txt")));

struct BuiltIn {
    /// By provider, in the order in which they are searched for a model without one; first what beats all of them.
    providers: BTreeMap<&'static str, HashMap<&'static str, Price>>,
    /// Providers whose prices do not ship.
    others: BTreeSet<&'static str>,
}

/// The price of a model; of a provider that is not known at all, that of the first one who has it.
pub(super) fn price(model: &str, provider: Option<&str>) -> Option<Price> {
    let table = &*TABLE;
    if let Some(provider) = provider {
        if table.others.contains(provider) {
            return None;
        }
        let prices = table.providers.get(provider).filter(|_| !provider.is_empty());
        if let Some(price) = prices.and_then(|prices| prices.get(model)) {
            return Some(*price);
        }
    }
    let mut found = table.providers.values().filter_map(|prices| prices.get(model));
    let first = found.clone().next();
    found.find(|price| price.input > 0.0).or(first).copied()
}

impl BuiltIn {
    /// A line that can't be read is left out; a test says that there is none.
    fn read(text: &'static str) -> Self {
        let mut table = Self { providers: BTreeMap::new(), others: BTreeSet::new() };
        let mut prices = table.providers.entry("").or_default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                prices = table.providers.entry(name).or_default();
            } else if let Some(names) = line.strip_prefix("others: ") {
                table.others.extend(names.split(' '));
            } else if let Some((price, names)) =
                line.split_once(": ").and_then(|(price, names)| Some((read(price)?, names)))
            {
                prices.extend(names.split(' ').map(|name| (name, price)));
            }
        }
        table
    }
}

fn read(line: &str) -> Option<Price> {
    let mut numbers =
        line.split(' ').map(|number| if number == "-" { Some(None) } else { number.parse().ok().map(Some) });
    let mut next = || numbers.next().unwrap_or(Some(None));
    Some(Price {
        input: next()?.unwrap_or(0.0),
        output: next()?.unwrap_or(0.0),
        cache_read: next()?,
        cache_creation: next()?,
        cache_creation_above_1hr: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let is_head = |line: &&str| line.starts_with(['#', '[']) || line.starts_with("others: ");
        for line in include_str!("table.txt").lines().filter(|line| !is_head(line)) {
            let (prices, names) = line.split_once(": ").unwrap();
            assert!(read(prices).is_some() && !names.is_empty(), "{line}");
        }
        assert!(TABLE.providers.len() > 10 && TABLE.others.len() > 10);
        assert!(TABLE.providers.values().all(|prices| !prices.is_empty()));
    }

    #[test]
    fn a_provider_beats_the_search_through_all() {
        let openai = price("gpt-4o", Some("openai")).unwrap();
        assert_eq!((openai.input, openai.output, openai.cache_read), (2.5, 10.0, Some(1.25)));
        assert!(price("claude-3-haiku-20240307", Some("anthropic")).unwrap().cache_creation.is_some());
    }
}
