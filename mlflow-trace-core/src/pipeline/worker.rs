//! The one background thread: reads logs, assembles traces, hands them to the destination.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::assemble::Assembler;
use super::complete::Done;
use super::describe::Source;
use super::destinations::{Destinations, Marks, pause_until};
use super::ending::Ending;
use super::lazy::Lazy;
use super::ledger::{Counts, Ledger};
use super::losses::Losses;
use super::recover::Recovery;
use super::waiting::{Asked, Request, Requests};
use crate::buffer::record::split_first;
use crate::buffer::{Hub, Reader};
use crate::exporters::{Exporter, Held, Urgency};
use crate::model::{Completeness, Trace};
use crate::policy::notice;
use crate::policy::timeline::Timeline;

/// How often the logs are read while something happens.
const PACE: Duration = Duration::from_millis(100);
/// The least pause between two tries while somebody waits.
const BREATH: Duration = Duration::from_millis(1);
/// How long nothing must happen before the worker sleeps until it is woken.
const CALM: Duration = Duration::from_secs(1);
/// How often the finished spans of running traces are handed over.
const RUNNING_EVERY: Duration = Duration::from_secs(2);
/// How long a signal waits for the destinations.
const ENDING: Duration = Duration::from_secs(5);
/// A sleeping worker looks up this often, in case a wake-up got lost.
const NAP: Duration = Duration::from_secs(1);

/// No destination is an MLflow server or file.
const NO_TAGS: &str = "set_trace_tag and delete_trace_tag change nothing of traces that are delivered, and assessments such \
     as those of log_feedback are not delivered: OTLP has no way to say it.";

/// Traces that the testing kit captures, by route.
#[cfg_attr(not(feature = "testing"), allow(dead_code))]
pub(crate) type Captures = Mutex<Vec<(u32, Trace)>>;

/// What the thread works with.
pub(crate) struct Worker {
    pub(crate) hub: Arc<Hub>,
    pub(crate) requests: Arc<Requests>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) captures: Arc<Captures>,
    pub(crate) ending: Arc<Ending>,
    /// Whether a destination shows traces that are running.
    pub(crate) takes_running_parts: bool,
    /// Made by the thread itself when the first trace is done, since making it may touch files.
    pub(crate) source: Box<dyn FnOnce() -> Source + Send>,
    pub(crate) exporters: Box<dyn FnOnce() -> Vec<Box<dyn Exporter>> + Send>,
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
    destinations: Lazy<Destinations>,
    /// Until they were looked for.
    journals: Option<PathBuf>,
    recovery: Recovery,
    held: Arc<Held>,
    assembler: Assembler,
    timeline: Timeline,
    reader: Reader,
    /// What is asked and not answered yet: while the destination is not ready, until its deadline.
    asked: Vec<Asked>,
    /// A signal ends the process once this is settled, or this moment is over.
    ending: Option<(Marks, Instant)>,
    losses: Losses,
    has_said_no_tags: bool,
    last_event: Instant,
    last_running: Instant,
}

struct Parts {
    takes_running_parts: bool,
    hub: Arc<Hub>,
    requests: Arc<Requests>,
    ledger: Arc<Ledger>,
    captures: Arc<Captures>,
    ending: Arc<Ending>,
}

impl Shift {
    fn new(worker: Worker) -> Self {
        let Worker {
            hub,
            requests,
            ledger,
            captures,
            ending,
            takes_running_parts,
            source,
            exporters,
            journals,
        } = worker;
        let held = Arc::new(Held::new(Arc::clone(hub.queued_spans())));
        Self {
            worker: Parts { takes_running_parts, hub, requests, ledger, captures, ending },
            source: Lazy::Maker(Box::new(|| Arc::new(source()))),
            destinations: Lazy::Maker(Box::new(|| Destinations::new(exporters()))),
            journals,
            recovery: Recovery::default(),
            assembler: Assembler::new(Arc::clone(&held)),
            held,
            timeline: Timeline::new(),
            reader: Reader::default(),
            asked: Vec::new(),
            ending: None,
            losses: Losses::default(),
            has_said_no_tags: false,
            last_event: Instant::now(),
            last_running: Instant::now(),
        }
    }

    fn run(mut self) {
        loop {
            // A mistake of ours costs what was being assembled, never the thread.
            if catch_unwind(AssertUnwindSafe(|| self.pass())).is_err() {
                let lost = self.held_spans() as u64;
                self.worker.ledger.count_lost_inside(self.assembler.held_spans() as u64);
                notice::warn(&format!(
                    "an internal error cost {lost} spans that were being assembled; tracing goes on. Please report it."
                ));
                self.assembler = Assembler::new(Arc::clone(&self.held));
                if let Some(destinations) = self.destinations.made() {
                    destinations.give_up();
                }
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
        if self.worker.takes_running_parts {
            self.hand_over_running(Instant::now());
        }
        let marks = self.destinations.made().map(|destinations| destinations.marks()).unwrap_or_default();
        // The end of the process does not wait for what stays in a journal anyway.
        let has_recovered = self.recovery.is_done() || is_final;
        for asked in self.asked.iter_mut().filter(|_| has_recovered) {
            asked.marks.get_or_insert_with(|| marks.clone());
        }
        self.say_held();
        // Before the last delivery, behind which the process may not wait for us any more.
        self.say_losses(is_final);
        let urgency = match (is_final, is_asked) {
            (true, _) => Urgency::Final,
            (false, true) => Urgency::Flush,
            (false, false) => Urgency::Relaxed,
        };
        self.export(urgency);
        self.tidy_journal(false);
        self.say_held();
        if let Some((signal, finish)) = ending {
            let (marks, limit) = self.ending.get_or_insert_with(|| (marks, Instant::now() + ENDING));
            let is_settled = self.destinations.made().is_none_or(|to| to.have_settled(marks));
            if is_settled || *limit <= Instant::now() {
                self.say_farewell();
                finish(signal);
            }
        }
    }

    /// Answers what was asked once it is settled, or when no more time is left.
    fn answer(&mut self) {
        let now = Instant::now();
        let destinations = self.destinations.made();
        let is_settled = |marks: &Marks| destinations.as_ref().is_none_or(|to| to.have_settled(marks));
        let is_ripe = |asked: &Asked| asked.deadline <= now || asked.marks.as_ref().is_some_and(&is_settled);
        let (ripe, rest) = std::mem::take(&mut self.asked).into_iter().partition::<Vec<_>, _>(is_ripe);
        self.asked = rest;
        if !ripe.is_empty() {
            let counts = self.current_counts();
            ripe.into_iter().for_each(|asked| asked.answer.give(counts));
        }
    }

    fn say_held(&self) {
        say_held(&self.worker.hub, &self.assembler, self.held.bytes());
    }

    fn held_spans(&self) -> usize {
        self.assembler.held_spans() + self.held.spans()
    }

    /// Queues what processes that have ended left, a part at a time, so that what is new is not held up.
    fn recover(&mut self) {
        if let Some(journals) = self.journals.take() {
            self.recovery = Recovery::new(&journals);
            if let (Some(source), Some(journal)) = (self.source.get(), self.worker.hub.journal()) {
                journal.keep_source(&source.texts());
            }
        }
        if self.recovery.is_done() || self.destinations.made().is_some_and(|to| !to.have_empty_queues()) {
            return;
        }
        let (Some(source), Some(destinations)) = (self.source.get(), self.destinations.get()) else {
            // Nothing can be delivered, so the journals stay for another process.
            self.recovery = Recovery::default();
            return;
        };
        for finished in self.recovery.next(source, self.worker.hub.limits()) {
            destinations.push(&finished);
        }
        self.recovery.take_remarks().iter().for_each(|sentence| notice::warn(sentence));
        self.last_event = Instant::now();
    }

    /// Says what a process leaves in its journal that a signal ends.
    fn say_farewell(&self) {
        let hub = &self.worker.hub;
        if let Some(journal) = hub.journal()
            && let left @ 1.. = hub.undelivered_spans()
        {
            notice::warn(&journal.farewell(left));
        }
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
        let (assembler, timeline, hub) = (&mut self.assembler, &mut self.timeline, &self.worker.hub);
        let held = &self.held;
        let mut payload = Vec::new();
        hub.drain(&mut self.reader, |mut words| {
            timeline.advance();
            while let Some((head, rest)) = split_first(words, &mut payload) {
                assembler.take(head.with_time(|reading| timeline.nanos(reading)), &payload, hub);
                words = rest;
            }
            say_held(hub, assembler, held.bytes());
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
                let is_change =
                    matches!(finished.completeness, Completeness::Tags | Completeness::Assessment);
                let taken = self.destinations.get().map(|to| to.push(&Arc::new(finished)));
                if is_change && taken == Some(false) && !std::mem::replace(&mut self.has_said_no_tags, true) {
                    notice::warn(NO_TAGS);
                }
            } else {
                let trace = finished.build();
                let mut captures = self.worker.captures.lock().unwrap_or_else(PoisonError::into_inner);
                captures.push((route, trace));
            }
        }
    }

    /// Hands over what has finished in traces that go on, to destinations that show running traces.
    fn hand_over_running(&mut self, now: Instant) {
        if now.duration_since(self.last_running) < RUNNING_EVERY {
            return;
        }
        self.last_running = now;
        // What was said about a span may stand in a log that was read before the one with its end.
        self.assembler.expect_a_reading();
        self.read_logs();
        let Some(source) = self.source.get() else { return };
        for Done { finished, .. } in self.assembler.running_parts(source, &self.worker.hub) {
            if let Some(destinations) = self.destinations.get() {
                destinations.push(&Arc::new(finished));
            }
        }
    }

    fn export(&mut self, urgency: Urgency) {
        if let Some(destinations) = self.destinations.made() {
            destinations.export(urgency);
        }
    }

    fn say_losses(&mut self, is_final: bool) {
        self.losses.say(&self.worker.hub, is_final);
    }

    fn current_counts(&self) -> Counts {
        let pending = self.held_spans() + self.worker.hub.left_spans() + self.recovery.pending_spans();
        self.worker.ledger.counts(pending as u64, self.worker.hub.lost_spans())
    }

    /// Sleeps until the next pass is due.
    fn rest(&mut self) {
        if !self.worker.requests.is_empty() {
            return;
        }
        let destinations = self.destinations.made();
        if !self.recovery.is_done() && destinations.as_ref().is_none_or(|to| to.have_empty_queues()) {
            return;
        }
        if let Some(first) = self.asked.iter().map(|asked| asked.deadline).min() {
            let next_try = destinations.and_then(|to| to.next_try());
            std::thread::park_timeout(pause_until(first, next_try, BREATH, PACE));
            return;
        }
        let (are_empty, are_at_rest) = match destinations {
            Some(to) => (to.have_empty_queues(), to.are_at_rest()),
            None => (true, true),
        };
        let is_calm = self.last_event.elapsed() > CALM && are_at_rest && self.assembler.held_spans() == 0;
        if self.worker.hub.is_full() && are_empty {
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

/// Says what is held, for the bounds and for whoever counts from outside.
fn say_held(hub: &Hub, held: &Assembler, queued_bytes: usize) {
    hub.set_held(held.held_bytes() + queued_bytes, held.held_spans(), held.held_ended_spans());
}
