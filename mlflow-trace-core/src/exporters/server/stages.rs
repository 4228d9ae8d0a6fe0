//! How far the traces of the last minutes have come, for those that are sent in parts.

use std::collections::{HashMap, VecDeque};

use crate::model::TraceId;

/// Older ones are forgotten.
const MAX_TRACES: usize = 10_000;

/// How far a trace has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server knows it as running.
    Running,
    /// Parts of it were handed over that wait for the whole, since the server takes only that.
    Withheld,
    /// It was sent as a whole.
    Whole,
}

/// The stages of traces, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Stages {
    stages: HashMap<TraceId, Stage>,
    oldest_first: VecDeque<TraceId>,
}

impl Stages {
    pub(super) fn get(&self, trace_id: TraceId) -> Option<Stage> {
        self.stages.get(&trace_id).copied()
    }

    pub(super) fn set(&mut self, trace_id: TraceId, stage: Stage) {
        if self.stages.insert(trace_id, stage).is_none() {
            self.oldest_first.push_back(trace_id);
            if self.oldest_first.len() > MAX_TRACES
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.stages.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_remembered() {
        let id = |number: usize| TraceId::from_u128(number as u128 + 1).unwrap();
        let mut stages = Stages::default();
        for number in 0..=MAX_TRACES {
            stages.set(id(number), Stage::Running);
            stages.set(id(number), Stage::Whole);
        }
        assert_eq!((stages.get(id(0)), stages.get(id(1))), (None, Some(Stage::Whole)));
        assert_eq!(stages.oldest_first.len(), MAX_TRACES);
    }
}
