//! What an outbox holds: traces in memory, traces on their way, and traces on disk; and what is decided about them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::shelf::{Put, Shelf};
use super::{LAST_CHANCE, OutboxSettings, Shared};
use crate::exporters::voice::Voice;
use crate::exporters::{DropReason, Finished, Tally, Urgency};
use crate::model::{Completeness, TraceId};
use crate::spool::{Position, Spool};

/// So many traces with lost parts are remembered.
const MOST_BROKEN: usize = 10_000;

/// A trace in memory.
pub(super) struct Item {
    pub(super) finished: Arc<Finished>,
    pub(super) since: Instant,
    /// Where it lies on disk as well, if the destination took so long that it was put there.
    pub(super) position: Option<Position>,
    /// It is not put there: it is larger than the disk queue may be.
    pub(super) stays_in_memory: bool,
    /// The process ended, and it was counted as lost.
    pub(super) is_given_up: bool,
}

/// Traces of which a running part was lost.
#[derive(Default)]
pub(super) struct Broken {
    traces: BTreeSet<TraceId>,
    /// There are more than are remembered: any trace may be one.
    may_be_others: bool,
}

impl Item {
    /// Whether it is nowhere else, and not lost yet.
    fn is_in_memory_alone(&self) -> bool {
        self.position.is_none() && !self.is_given_up
    }
}

pub(super) struct State {
    /// What waits in memory, oldest first.
    pub(super) queue: VecDeque<Item>,
    pub(super) queued_bytes: usize,
    /// What the thread is sending at the moment, out of the queue.
    pub(super) in_flight: Vec<Item>,
    pub(super) shelf: Shelf,
    pub(super) voice: Voice,
    /// The destination did not take what was sent last.
    pub(super) is_down: bool,
    /// When to try again after that.
    pub(super) retry_at: Option<Instant>,
    /// Tries since somebody began to wait, and how many of them failed.
    pub(super) tries: u32,
    pub(super) failures: u32,
    /// Traces of which a running part was lost here: the whole sends all spans once more.
    broken: Broken,
    urgency: Urgency,
    /// Until when the end of the process waits.
    pub(super) last_moment: Option<Instant>,
    /// The process ends; nothing is sent any more.
    pub(super) is_finished: bool,
}

impl State {
    pub(super) fn new(spool: Option<Spool>) -> Self {
        Self {
            queue: VecDeque::new(),
            queued_bytes: 0,
            in_flight: Vec::new(),
            shelf: Shelf::new(spool),
            voice: Voice::collecting(),
            is_down: false,
            retry_at: None,
            tries: 0,
            failures: 0,
            broken: Broken::default(),
            urgency: Urgency::Relaxed,
            last_moment: None,
            is_finished: false,
        }
    }

    /// Somebody waits, or waits no longer.
    pub(super) fn is_asked(&mut self, urgency: Urgency) {
        if urgency > self.urgency {
            (self.tries, self.failures) = (0, 0);
        }
        self.urgency = urgency;
        if urgency == Urgency::Final && self.last_moment.is_none() {
            self.last_moment = Some(Instant::now() + LAST_CHANCE);
        }
    }

    /// Takes a trace over from the worker.
    pub(super) fn take(&mut self, finished: Arc<Finished>, shared: &Shared) {
        let mut item = Item {
            finished,
            since: Instant::now(),
            position: None,
            stays_in_memory: false,
            is_given_up: false,
        };
        // What can't be sent now anyway goes to disk at once, behind what is there.
        let goes_to_disk = self.shelf.is_open()
            && self.queue.is_empty()
            && (self.is_down || self.is_finished || self.shelf.waiting().traces > 0);
        if !(goes_to_disk && put_on_disk(&mut item, &self.broken, &mut self.shelf, &mut self.voice, shared)) {
            self.queued_bytes += item.finished.bytes;
            self.queue.push_back(item);
        }
    }

    /// A part of a running trace was lost.
    pub(super) fn note_broken(&mut self, trace_id: TraceId) {
        if self.broken.traces.len() < MOST_BROKEN {
            self.broken.traces.insert(trace_id);
        } else {
            self.broken.may_be_others = true;
        }
    }

    /// Whether this brings a whole trace of which a part was lost.
    pub(super) fn mends(&self, finished: &Finished) -> bool {
        mends(&self.broken, finished)
    }

    /// Beyond its share of memory an outbox without a disk drops what came last.
    pub(super) fn keep_within_memory(&mut self, shared: &Shared) {
        let OutboxSettings { most_memory, most_spans, .. } = shared.settings;
        let mut spans: usize = self.queue.iter().map(|item| item.finished.spans).sum();
        if self.queued_bytes <= most_memory && spans <= most_spans {
            return;
        }
        self.put_all_on_disk(shared);
        let mut dropped = 0;
        spans = self.queue.iter().map(|item| item.finished.spans).sum();
        while (self.queued_bytes > most_memory || spans > most_spans)
            && let Some(item) = self.queue.pop_back()
        {
            self.queued_bytes -= item.finished.bytes;
            spans = spans.saturating_sub(item.finished.spans);
            dropped += item.finished.spans_to_lose();
            self.lose_tag_changes([&*item.finished], shared);
            if item.finished.completeness == Completeness::Running {
                self.note_broken(item.finished.trace_id);
            }
        }
        self.drop_spans(DropReason::QueueFull, dropped, shared);
    }

    /// Whether the oldest trace in memory has been there for so long.
    pub(super) fn has_waited(&self, window: Duration) -> bool {
        let mut all = self.in_flight.iter().chain(&self.queue);
        let oldest = all.find(|item| item.position.is_none() && !item.stays_in_memory);
        self.shelf.exists() && oldest.is_some_and(|item| item.since.elapsed() >= window)
    }

    /// Puts on disk what is in memory only, in its order. What the disk does not take stays in memory.
    pub(super) fn put_all_on_disk(&mut self, shared: &Shared) {
        let Self { in_flight, queue, broken, shelf, voice, .. } = self;
        let is_refused = |item: &mut Item| {
            !put_on_disk(item, broken, shelf, voice, shared) && !item.stays_in_memory && !item.is_given_up
        };
        let _ = in_flight.iter_mut().chain(queue.iter_mut()).any(is_refused);
        let queued_bytes = &mut self.queued_bytes;
        self.queue.retain(|item| {
            let is_on_disk = item.position.is_some();
            *queued_bytes -= if is_on_disk { item.finished.bytes } else { 0 };
            !is_on_disk
        });
    }

    /// Whether the end of the process has waited long enough for the destination.
    pub(super) fn is_over(&self) -> bool {
        let is_late = self.last_moment.is_some_and(|moment| moment <= Instant::now());
        is_late || (self.is_down && self.failures > 0)
    }

    /// The end of the process: what is left is put on disk, stays in the journal, or is lost and counted.
    pub(super) fn finish(&mut self, shared: &Shared) {
        self.is_finished = true;
        self.put_all_on_disk(shared);
        // What is on its way may still arrive, and may still be noted on disk if the process lives that long.
        let mut gone: Vec<Arc<Finished>> = self.queue.drain(..).map(|item| item.finished).collect();
        for item in self.in_flight.iter_mut().filter(|item| item.is_in_memory_alone()) {
            item.is_given_up = true;
            gone.push(Arc::clone(&item.finished));
        }
        let lost: u64 = gone.iter().map(|finished| finished.spans_to_lose()).sum();
        self.lose_tag_changes(gone.iter().map(|finished| &**finished), shared);
        self.queued_bytes = 0;
        self.drop_spans(DropReason::OutOfTime, lost, shared);
    }

    /// Gives up what is on its way, and says how many spans it is that nobody has counted, and where it lies on disk.
    pub(super) fn lose_in_flight(&mut self, shared: &Shared) -> (u64, Vec<Position>) {
        let items: Vec<Item> = self.in_flight.drain(..).collect();
        let gone: Vec<&Finished> =
            items.iter().filter(|item| !item.is_given_up).map(|item| &*item.finished).collect();
        for part in gone.iter().filter(|one| one.completeness == Completeness::Running) {
            self.note_broken(part.trace_id);
        }
        self.lose_tag_changes(gone.iter().copied(), shared);
        let spans = gone.iter().map(|one| one.spans as u64).sum();
        (spans, items.iter().filter_map(|item| item.position).collect())
    }

    /// Counts changes of tags and assessments that are given up, and says so.
    pub(super) fn lose_tag_changes<'f>(
        &mut self,
        gone: impl IntoIterator<Item = &'f Finished>,
        shared: &Shared,
    ) {
        let (mut changes, mut assessments) = (0, 0);
        for one in gone {
            changes += u64::from(one.completeness == Completeness::Tags);
            assessments += u64::from(one.completeness == Completeness::Assessment);
        }
        if assessments > 0 {
            let tally = &shared.tally;
            tally.count_lost_assessments(assessments);
            let sentence = format!("{}: assessments are lost, for want of time or memory.", tally.name);
            self.voice.say_about("assessments", &sentence);
        }
        if changes > 0 {
            let tally = &shared.tally;
            tally.count_lost_tag_changes(changes);
            let sentence = format!("{}: changes of tags are lost, for want of time or memory.", tally.name);
            self.voice.say_about("changes of tags", &sentence);
        }
    }

    /// Counts spans that are given up, and says so.
    pub(super) fn drop_spans(&mut self, reason: DropReason, spans: u64, shared: &Shared) {
        if spans == 0 {
            return;
        }
        let tally = &shared.tally;
        tally.count_dropped(reason, spans);
        let fix = match reason {
            DropReason::QueueFull => {
                "traces wait in memory only because the disk queue is off or can't be written; switch it on with \
                 MLFLOW_TRACE_SPOOL_DIRECTORY, or raise MLFLOW_TRACE_MAX_MEMORY_BYTES"
            }
            DropReason::OutOfTime => "switch the disk queue on with MLFLOW_TRACE_SPOOL_DIRECTORY",
            _ => "see the earlier message for the cause",
        };
        let all = tally.dropped(reason);
        self.voice.say_about(
            reason.as_str(),
            &format!("{}: {all} spans are lost so far ({}); {fix}.", tally.name, reason.as_str()),
        );
    }

    /// How many of this process's traces are not settled. Those on disk are, once the destination was seen to be gone.
    pub(super) fn unsettled(&self) -> u64 {
        let in_memory =
            self.queue.len() + self.in_flight.iter().filter(|item| item.is_in_memory_alone()).count();
        let is_gone =
            self.is_finished || (self.is_down && (self.urgency == Urgency::Relaxed || self.failures > 0));
        in_memory as u64 + if is_gone { 0 } else { self.shelf.own() }
    }

    /// Whether there is something to send.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty() || self.shelf.waiting().traces > 0
    }

    /// Whether it may be sent now: at once when somebody has begun to wait, else after the pause.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.retry_at.is_none_or(|at| at <= now) || (self.urgency > Urgency::Relaxed && self.tries == 0)
    }

    /// Brings the gauges up to date.
    pub(super) fn publish(&mut self, tally: &Tally) {
        self.shelf.account(tally, &mut self.voice);
        let items =
            || self.queue.iter().chain(self.in_flight.iter().filter(|item| item.is_in_memory_alone()));
        let spans: usize = items().map(|item| item.finished.spans).sum();
        tally.queued_traces.store(items().count() as u64, Ordering::Relaxed);
        tally.queued_spans.store(spans as u64, Ordering::Relaxed);
        let waiting = self.shelf.waiting();
        tally.spooled_traces.store(waiting.traces, Ordering::Relaxed);
        tally.spooled_spans.store(waiting.spans, Ordering::Relaxed);
        tally.spooled_bytes.store(waiting.bytes, Ordering::Relaxed);
    }
}

/// Puts a trace on disk, unless it is there or does not belong there, and says whether it is there now.
fn put_on_disk(
    item: &mut Item,
    broken: &Broken,
    shelf: &mut Shelf,
    voice: &mut Voice,
    shared: &Shared,
) -> bool {
    if item.position.is_none() && !item.stays_in_memory && !item.is_given_up {
        let trace = shared.build(&item.finished, mends(broken, &item.finished));
        match shelf.put(&trace, &shared.settings.experiment, voice) {
            Put::Placed(position) => item.position = Some(position),
            Put::TooLarge => item.stays_in_memory = true,
            Put::Refused => {}
        }
    }
    item.position.is_some()
}

/// Whether this brings a whole trace of which a part was lost.
fn mends(broken: &Broken, finished: &Finished) -> bool {
    finished.completeness == Completeness::Whole
        && (broken.may_be_others || broken.traces.contains(&finished.trace_id))
}
