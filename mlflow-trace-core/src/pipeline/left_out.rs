//! What the program's processors and its rule left out, remembered for spans that come later: a bounded number, the
//! newest.

use std::collections::VecDeque;
use std::hash::Hash;

use super::id_map::IdMap;

/// How many spans, and how many traces, are remembered.
const MOST: usize = 16_384;

/// Spans that were dropped with what is above them, and traces that were dropped whole.
#[derive(Default)]
pub(super) struct LeftOut {
    spans: Recent<u64, u64>,
    traces: Recent<u128, ()>,
}

impl LeftOut {
    /// A span that was dropped, and the one that it was in.
    pub(super) fn span(&mut self, id: u64, parent: u64) {
        self.spans.add(id, parent);
    }

    pub(super) fn trace(&mut self, id: u128) {
        self.traces.add(id, ());
    }

    /// What was above this span, if it was dropped.
    pub(super) fn above(&self, id: u64) -> Option<u64> {
        self.spans.known.get(&id).copied()
    }

    pub(super) fn has_trace(&self, id: u128) -> bool {
        self.traces.known.contains_key(&id)
    }
}

/// The last so many things.
struct Recent<K, V> {
    known: IdMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { known: IdMap::default(), order: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    fn add(&mut self, key: K, value: V) {
        if self.known.insert(key, value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_remembered() {
        let mut left_out = LeftOut::default();
        let ids = 1..=(MOST as u64 + 1);
        ids.for_each(|id| left_out.span(id, 0));
        assert_eq!((left_out.above(1), left_out.above(2)), (None, Some(0)));
        assert_eq!(left_out.spans.known.len(), MOST);
    }
}
