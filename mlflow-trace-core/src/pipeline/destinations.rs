//! All destinations of the process, each with a queue of its own, so that one that is slow or gone delays no other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::exporters::{DropReason, Exporter, Finished, Urgency};
use crate::model::Completeness;

/// The destinations and what waits for each.
pub(super) struct Destinations(Vec<Destination>);

struct Destination {
    exporter: Box<dyn Exporter>,
    queue: VecDeque<Arc<Finished>>,
    /// How many traces were put into the queue since the process began.
    pushed: u64,
    retry_at: Option<Instant>,
}

/// How far each destination's queue had been filled at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(Vec<u64>);

impl Destination {
    /// How many of the traces that were pushed are delivered, given up, or left on disk for later.
    fn settled(&self) -> u64 {
        self.pushed.saturating_sub(self.queue.len() as u64).saturating_sub(self.exporter.unsettled())
    }

    fn export(&mut self, urgency: Urgency) {
        let waits = urgency != Urgency::Final && self.retry_at.is_some_and(|at| Instant::now() < at);
        if waits {
            return;
        }
        let outcome = self.exporter.export(&mut self.queue, urgency);
        // What a burst left behind is given back.
        if self.queue.is_empty() && self.queue.capacity() > 1024 {
            self.queue = VecDeque::new();
        }
        self.retry_at = outcome.retry_after.map(|pause| Instant::now() + pause);
        let tally = self.exporter.tally();
        tally.count_delivered(outcome.delivered_traces, outcome.delivered_spans);
        tally.count_dropped(DropReason::Refused, outcome.dropped_spans);
    }
}

impl Destinations {
    pub(super) fn new(exporters: Vec<Box<dyn Exporter>>) -> Self {
        let destination =
            |exporter| Destination { exporter, queue: VecDeque::new(), pushed: 0, retry_at: None };
        Self(exporters.into_iter().map(destination).collect())
    }

    /// Puts a trace into the queues of all that take it; false when there is none.
    pub(super) fn push(&mut self, finished: &Arc<Finished>) -> bool {
        let mut is_taken = false;
        for destination in &mut self.0 {
            let takes_it = match finished.completeness {
                Completeness::Whole | Completeness::LateSpans => true,
                Completeness::Running => destination.exporter.takes_running_parts(),
                Completeness::Tags | Completeness::Assessment => destination.exporter.takes_tags(),
            };
            if takes_it {
                destination.queue.push_back(Arc::clone(finished));
                destination.pushed += 1;
                is_taken = true;
            }
        }
        is_taken
    }

    /// Those first that only take over and go on: the others may wait for a disk or a lock.
    pub(super) fn export(&mut self, urgency: Urgency) {
        for only_takes_over in [true, false] {
            let in_turn = |one: &&mut Destination| one.exporter.takes_running_parts() == only_takes_over;
            self.0.iter_mut().filter(in_turn).for_each(|one| one.export(urgency));
        }
    }

    /// How far the queues have been filled.
    pub(super) fn marks(&self) -> Marks {
        Marks(self.0.iter().map(|destination| destination.pushed).collect())
    }

    /// Whether everything that had been pushed by then is settled.
    pub(super) fn have_settled(&self, marks: &Marks) -> bool {
        self.0.iter().zip(&marks.0).all(|(destination, mark)| destination.settled() >= *mark)
    }

    /// Whether nothing waits in the worker's own queues.
    pub(super) fn have_empty_queues(&self) -> bool {
        self.0.iter().all(|destination| destination.queue.is_empty())
    }

    /// Whether nothing has to be looked at before the next trace comes.
    pub(super) fn are_at_rest(&self) -> bool {
        self.0.iter().all(|destination| destination.settled() == destination.pushed)
    }

    /// When the next one wants to be called again.
    pub(super) fn next_try(&self) -> Option<Instant> {
        self.0.iter().filter_map(|destination| destination.retry_at).min()
    }

    /// Gives up what waits in the worker's own queues, after a mistake of ours; how many spans for each destination.
    pub(super) fn give_up(&mut self) {
        for destination in &mut self.0 {
            let spans = destination.queue.drain(..).map(|trace| trace.spans_to_lose()).sum();
            destination.exporter.tally().count_dropped(DropReason::Internal, spans);
        }
    }
}

/// How long the worker may sleep while somebody waits for an answer.
pub(super) fn pause_until(
    first: Instant,
    next_try: Option<Instant>,
    least: Duration,
    most: Duration,
) -> Duration {
    let until = next_try.map_or(first, |at| at.min(first));
    until.saturating_duration_since(Instant::now()).clamp(least, most)
}
