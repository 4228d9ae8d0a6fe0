//! The one background thread: reads logs, assembles traces, hands them to the destination.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::assemble::{Assembler, Done};
use super::describe::Source;
use super::ending::Ending;
use super::recover::Recovery;
use super::waiting::{Asked, Counts, Request, Requests};
use crate::buffer::record::split_first;
use crate::buffer::{Hub, Reader};
use crate::exporters::{ExportOutcome, Exporter, Finished, Urgency};
use crate::model::Trace;
use crate::policy::notice;
use crate::policy::timeline::Timeline;

/// How often the logs are read while something happens.
const PACE: Duration = Duration::from_millis(100);
/// The least pause between two tries while somebody waits.
const BREATH: Duration = Duration::from_millis(1);
/// How long nothing must happen before the worker sleeps until it is woken.
const CALM: Duration = Duration::from_secs(1);
/// A sleeping worker looks up this often, in case a wake-up got lost.
const NAP: Duration = Duration::from_secs(1);

/// Traces that the testing kit captures, by route.
#[cfg_attr(not(feature = "testing"), allow(dead_code))]
pub(crate) type Captures = Mutex<Vec<(u32, Trace)>>;

/// What the thread works with.
pub(crate) struct Worker {
    pub(crate) hub: Arc<Hub>,
    pub(crate) requests: Arc<Requests>,
    pub(crate) counts: Arc<Mutex<Counts>>,
    pub(crate) captures: Arc<Captures>,
    pub(crate) ending: Arc<Ending>,
    /// Made by the thread itself when the first trace is done, since making it may touch files.
    pub(crate) source: Box<dyn FnOnce() -> Source + Send>,
    pub(crate) exporter: Box<dyn FnOnce() -> Box<dyn Exporter> + Send>,
    /// In durable mode: where processes that have ended left what they had not delivered.
    pub(crate) journals: Option<PathBuf>,
}

impl Worker {
    /// Starts the thread, which first does what it is told. Fails when the system gives no thread.
    pub(crate) fn spawn(self, prepare_thread: fn()) -> std::io::Result<()> {
        std::thread::Builder::new().name("mlflow-trace".to_owned()).spawn(move || {
            prepare_thread();
            self.hub.become_worker();
            Shift::new(self).run();
        })?;
        Ok(())
    }
}

/// The thread at work.
struct Shift {
    worker: Parts,
    source: Lazy<Arc<Source>>,
    exporter: Lazy<Box<dyn Exporter>>,
    /// Until they were looked for.
    journals: Option<PathBuf>,
    recovery: Recovery,
    assembler: Assembler,
    timeline: Timeline,
    reader: Reader,
    queue: VecDeque<Finished>,
    retry_at: Option<Instant>,
    /// What is asked and not answered yet: while the destination is not ready, until its deadline.
    asked: Vec<Asked>,
    has_said_lost: bool,
    last_event: Instant,
}

struct Parts {
    hub: Arc<Hub>,
    requests: Arc<Requests>,
    counts: Arc<Mutex<Counts>>,
    captures: Arc<Captures>,
    ending: Arc<Ending>,
}

enum Lazy<T> {
    Made(T),
    Maker(Box<dyn FnOnce() -> T + Send>),
    /// Making it panicked.
    Broken,
}

impl<T> Lazy<T> {
    fn get(&mut self) -> Option<&mut T> {
        if let Self::Maker(_) = self
            && let Self::Maker(make) = std::mem::replace(self, Self::Broken)
        {
            *self = Self::Made(make());
        }
        match self {
            Self::Made(made) => Some(made),
            _ => None,
        }
    }
}

impl Shift {
    fn new(worker: Worker) -> Self {
        let Worker { hub, requests, counts, captures, ending, source, exporter, journals } = worker;
        Self {
            worker: Parts { hub, requests, counts, captures, ending },
            source: Lazy::Maker(Box::new(|| Arc::new(source()))),
            exporter: Lazy::Maker(exporter),
            journals,
            recovery: Recovery::default(),
            assembler: Assembler::new(),
            timeline: Timeline::new(),
            reader: Reader::default(),
            queue: VecDeque::new(),
            retry_at: None,
            asked: Vec::new(),
            has_said_lost: false,
            last_event: Instant::now(),
        }
    }

    fn run(mut self) {
        loop {
            // A mistake of ours costs what was being assembled, never the thread.
            if catch_unwind(AssertUnwindSafe(|| self.pass())).is_err() {
                let lost = self.held_spans() as u64;
                self.count(|counts| counts.dropped_spans += lost);
                notice::warn(&format!(
                    "an internal error cost {lost} spans that were being assembled; tracing goes on. Please report it."
                ));
                self.assembler = Assembler::new();
                self.queue.clear();
            }
            self.answer();
            self.rest();
        }
    }

    fn pass(&mut self) {
        self.asked.append(&mut self.worker.requests.take());
        let ending = self.worker.ending.asked();
        let is_final = ending.is_some() || self.asked.iter().any(|asked| asked.request == Request::Final);
        let is_asked = is_final || !self.asked.is_empty();
        if !is_final {
            self.recover();
        }
        if self.read_logs() || is_asked {
            self.last_event = Instant::now();
        }
        if is_asked {
            // Spans that began before a root ended may stand in a log that was read before that root's.
            self.read_logs();
        }
        self.collect(is_asked, is_final);
        let urgency = match (is_final, is_asked) {
            (true, _) => Urgency::Final,
            (false, true) => Urgency::Flush,
            (false, false) => Urgency::Relaxed,
        };
        self.export(urgency);
        self.say_losses(is_final);
        self.tidy_journal(false);
        let hub = &self.worker.hub;
        hub.set_held(self.assembler.held_bytes() + bytes_of(&self.queue), self.held_spans());
        if let Some((signal, finish)) = ending {
            finish(signal);
        }
    }

    /// Answers what was asked once the queue is empty, or when no more time is left.
    fn answer(&mut self) {
        // The end of the process does not wait for what stays on disk anyway.
        let is_final = self.asked.iter().any(|asked| asked.request == Request::Final);
        let is_done = self.queue.is_empty() && (self.recovery.is_done() || is_final);
        let now = Instant::now();
        if self.asked.iter().any(|asked| is_done || asked.deadline <= now) {
            let counts = self.current_counts();
            for asked in self.asked.extract_if(.., |asked| is_done || asked.deadline <= now) {
                asked.answer.give(counts);
            }
        }
    }

    fn held_spans(&self) -> usize {
        self.assembler.held_spans() + spans_of(&self.queue)
    }

    /// Queues what processes that have ended left, a part at a time, so that what is new is not held up.
    fn recover(&mut self) {
        if let Some(journals) = self.journals.take() {
            self.recovery = Recovery::new(&journals);
        }
        if self.recovery.is_done() || !self.queue.is_empty() {
            return;
        }
        let Some(source) = self.source.get() else { return };
        self.queue.extend(self.recovery.next(source, self.worker.hub.limits()));
        self.recovery.take_remarks().iter().for_each(|sentence| notice::warn(sentence));
        self.last_event = Instant::now();
    }

    /// Lets the journal remove what is settled.
    fn tidy_journal(&self, now: bool) {
        if let Some(journal) = self.worker.hub.journal()
            && (now || journal.wants_tidying())
        {
            journal.tidy(self.assembler.oldest_start());
        }
    }

    fn read_logs(&mut self) -> bool {
        self.assembler.begin_pass();
        let (queued_bytes, queued_spans) = (bytes_of(&self.queue), spans_of(&self.queue));
        let (assembler, timeline, hub) = (&mut self.assembler, &mut self.timeline, &self.worker.hub);
        let mut payload = Vec::new();
        hub.drain(&mut self.reader, |mut words| {
            timeline.advance();
            while let Some((head, rest)) = split_first(words, &mut payload) {
                assembler.take(head.with_time(|reading| timeline.nanos(reading)), &payload, hub);
                words = rest;
            }
            hub.set_held(assembler.held_bytes() + queued_bytes, assembler.held_spans() + queued_spans);
        })
    }

    fn collect(&mut self, hurry: bool, everything: bool) {
        let Some(source) = self.source.get() else { return };
        let hub = &self.worker.hub;
        let done = if everything {
            self.assembler.settle_all(source, hub)
        } else {
            self.assembler.settle(hurry, source, hub)
        };
        for Done { finished, route, .. } in done {
            if route == 0 {
                self.queue.push_back(finished);
            } else {
                let trace = finished.build();
                let mut captures = self.worker.captures.lock().unwrap_or_else(PoisonError::into_inner);
                captures.push((route, trace));
            }
        }
    }

    fn export(&mut self, urgency: Urgency) {
        let waits = urgency != Urgency::Final && self.retry_at.is_some_and(|at| Instant::now() < at);
        // The final call also closes what is open.
        let closes = urgency == Urgency::Final && matches!(self.exporter, Lazy::Made(_));
        if (self.queue.is_empty() && !closes) || waits {
            return;
        }
        let Some(exporter) = self.exporter.get() else { return };
        let outcome = exporter.export(&mut self.queue, urgency);
        // What a burst left behind is given back.
        if self.queue.is_empty() && self.queue.capacity() > 1024 {
            self.queue = VecDeque::new();
        }
        let ExportOutcome { delivered_traces, delivered_spans, dropped_spans, retry_after } = outcome;
        self.retry_at = retry_after.map(|pause| Instant::now() + pause);
        self.count(|counts| {
            counts.delivered_traces += delivered_traces;
            counts.delivered_spans += delivered_spans;
            counts.dropped_spans += dropped_spans;
        });
    }

    /// Says once that spans are being lost, and at the end how many it were.
    fn say_losses(&mut self, is_final: bool) {
        let lost = self.worker.hub.lost_spans();
        if lost > 0 && !std::mem::replace(&mut self.has_said_lost, true) {
            notice::warn(
                "the memory for traces is full, so new spans are dropped until the destination keeps up; raise \
                 MLFLOW_TRACE_MAX_MEMORY_BYTES or MLFLOW_TRACE_MAX_SPANS, or lower MLFLOW_TRACE_SAMPLING_RATIO.",
            );
        }
        let cut = self.worker.hub.cut_values();
        let undurable = self.worker.hub.journal().map_or(0, |journal| journal.failed_writes());
        if is_final && undurable > 0 {
            notice::warn(&format!(
                "writes to the journal that failed: {undurable}; the spans in them were not durable."
            ));
        }
        if is_final && (lost > 0 || cut > 0) {
            notice::warn(&format!(
                "spans dropped: {lost}, values left out: {cut}, because the bounds for traces in memory were \
                 reached."
            ));
        }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.worker.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn current_counts(&self) -> Counts {
        let mut counts = *self.worker.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.pending_spans = (self.held_spans() + self.recovery.pending_spans()) as u64;
        counts.dropped_spans += self.worker.hub.lost_spans();
        counts
    }

    /// Sleeps until the next pass is due.
    fn rest(&mut self) {
        if !self.worker.requests.is_empty() || (self.queue.is_empty() && !self.recovery.is_done()) {
            return;
        }
        if let Some(first) = self.asked.iter().map(|asked| asked.deadline).min() {
            let until = self.retry_at.map_or(first, |at| at.min(first));
            std::thread::park_timeout(until.saturating_duration_since(Instant::now()).clamp(BREATH, PACE));
            return;
        }
        let is_calm =
            self.last_event.elapsed() > CALM && self.queue.is_empty() && self.assembler.held_spans() == 0;
        if self.worker.hub.is_full() && self.queue.is_empty() {
            // What fills the memory may be done after another reading; until then spans are lost.
            std::thread::park_timeout(BREATH);
            return;
        }
        if !is_calm || self.worker.ending.is_armed() {
            std::thread::park_timeout(PACE);
            return;
        }
        self.worker.hub.shed_spare();
        self.tidy_journal(true);
        self.worker.hub.set_idle(true);
        // What was written before the flag was seen did not wake us: look once more before sleeping.
        if self.read_logs() || !self.worker.requests.is_empty() {
            self.worker.hub.set_idle(false);
            self.last_event = Instant::now();
            return;
        }
        std::thread::park_timeout(NAP);
        self.worker.hub.set_idle(false);
    }
}

fn spans_of(queue: &VecDeque<Finished>) -> usize {
    queue.iter().map(|trace| trace.spans).sum()
}

fn bytes_of(queue: &VecDeque<Finished>) -> usize {
    queue.iter().map(|trace| trace.bytes).sum()
}
