//! The outbox's thread: takes what is due, lets the sender try, and books what became of it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pauses::Pauses;
use super::state::{Item, State};
use super::{MakeSender, Shared};
use crate::exporters::{Cause, DropReason, Failure, Fate, Finished, Parcel, Sender, Sent, Tally};
use crate::model::Completeness;
use crate::spool::Position;

/// How often to look for what ended processes have left.
const ADOPT_EVERY: Duration = Duration::from_secs(30);
/// A trace that is not taken so often, while others are, is given up.
const MOST_TRIES: u8 = 8;
/// Of so many traces it is remembered how often they were not taken.
const MOST_REMEMBERED: usize = 4096;
/// The longest time that one hand-over to the sender may take.
const ONE_TRY: Duration = Duration::from_secs(150);

/// Where a parcel came from.
enum Ticket {
    /// From memory: the place among what is in flight.
    Memory(usize),
    Disk(Position),
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>, make_sender: Arc<Mutex<MakeSender>>) -> std::io::Result<()> {
    std::thread::Builder::new().name("mlflow-trace-out".to_owned()).spawn(move || {
        (shared.settings.prepare_thread)();
        Courier {
            shared,
            make_sender,
            sender: None,
            pauses: Pauses::new(),
            adopted_at: None,
            tries: HashMap::new(),
        }
        .run();
    })?;
    Ok(())
}

struct Courier {
    shared: Arc<Shared>,
    make_sender: Arc<Mutex<MakeSender>>,
    sender: Option<Box<dyn Sender>>,
    pauses: Pauses,
    adopted_at: Option<Instant>,
    /// How often single traces were not taken while others were.
    tries: HashMap<Position, u8>,
}

impl Courier {
    fn run(mut self) {
        loop {
            // As below: what can't even be read or built costs itself, and a pause.
            let next = match catch_unwind(AssertUnwindSafe(|| self.next())) {
                Ok(next) => next,
                Err(_) => {
                    self.give_up_in_flight();
                    std::thread::sleep(Duration::from_secs(1));
                    continue;
                }
            };
            self.shared.speak();
            let Some((tickets, parcels, deadline)) = next else { return };
            // A mistake of ours costs what was being sent, never the thread.
            let sent = catch_unwind(AssertUnwindSafe(|| self.send(&parcels, deadline)));
            match sent {
                Ok(sent) => self.book(&tickets, &parcels, sent),
                Err(_) => {
                    self.sender = None;
                    self.book_panic(&tickets, &parcels);
                }
            }
            // The traces are let go before anybody hears that they are settled.
            drop(parcels);
            self.shared.speak();
            (self.shared.settings.wake)();
        }
    }

    fn send(&mut self, parcels: &[Parcel], deadline: Instant) -> Sent {
        let sender = match &mut self.sender {
            Some(sender) => sender,
            None => match (*self.make_sender.lock().unwrap_or_else(PoisonError::into_inner))() {
                Ok(sender) => self.sender.insert(sender),
                Err(error) => {
                    let failure = Failure { cause: Cause::Unreachable, sentence: error.to_string() };
                    let fates = vec![Fate::Later; parcels.len()];
                    return Sent { fates, failure: Some(failure), ..Sent::default() };
                }
            },
        };
        sender.send(parcels, deadline)
    }

    /// Waits for something that is due; nothing once the process ends.
    fn next(&mut self) -> Option<(Vec<Ticket>, Vec<Parcel>, Instant)> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        loop {
            if state.is_finished {
                return None;
            }
            let now = Instant::now();
            if self.adopted_at.is_none_or(|at| now.duration_since(at) >= ADOPT_EVERY) {
                // File by file, and the worker in between: it needs the lock, and other destinations need the worker.
                let is_more = state.shelf.adopt_some();
                state.publish(&shared.tally);
                self.adopted_at = (!is_more).then_some(now);
                if is_more {
                    state = wait(&shared, state, Duration::from_millis(1));
                    continue;
                }
            }
            if state.has_work() && state.is_due(now) {
                state.tries = state.tries.saturating_add(1);
                let deadline = state.last_moment.unwrap_or(now + ONE_TRY);
                let work = take_from_disk(&mut state, &shared);
                if !work.0.is_empty() {
                    return Some((work.0, work.1, deadline));
                }
                let items = take_from_memory(&mut state, &shared);
                if !items.is_empty() {
                    state.publish(&shared.tally);
                    drop(state);
                    return Some(pack(&items, &shared, deadline));
                }
            }
            let pause = match state.retry_at.filter(|_| state.has_work()) {
                Some(at) => at.saturating_duration_since(now).min(ADOPT_EVERY),
                None => ADOPT_EVERY,
            };
            state = wait(&shared, state, pause.max(Duration::from_millis(1)));
        }
    }

    fn book(&mut self, tickets: &[Ticket], parcels: &[Parcel], mut sent: Sent) {
        let shared = Arc::clone(&self.shared);
        let tally = &shared.tally;
        tally.requests.fetch_add(sent.requests, Ordering::Relaxed);
        tally.sent_bytes.fetch_add(sent.bytes, Ordering::Relaxed);
        // A sender that says too little has not delivered.
        sent.fates.resize(parcels.len(), Fate::Later);
        let is_left = sent.fates.contains(&Fate::Later);
        // Where others got through, the destination is not gone: what it did not take has a cause of its own.
        let is_down = is_left && sent.fates.iter().all(|fate| *fate == Fate::Later);
        let mut state = shared.state();
        let mut settled = Vec::new();
        let mut refused_spans = 0;
        let mut in_flight: Vec<Option<Item>> = state.in_flight.drain(..).map(Some).collect();
        let mut later = Vec::new();
        for ((ticket, parcel), fate) in tickets.iter().zip(parcels).zip(&sent.fates) {
            let spans = parcel.trace.unsent_spans().count() as u64;
            let item = match ticket {
                Ticket::Memory(index) => in_flight.get_mut(*index).and_then(Option::take),
                Ticket::Disk(_) => None,
            };
            if item.as_ref().is_some_and(|item| item.is_given_up) {
                // The process ends and this was counted as lost: whatever became of it, it is not counted again.
                continue;
            }
            let is_part = parcel.trace.completeness == Completeness::Running;
            if is_part && matches!(fate, Fate::Refused | Fate::Delivered { refused_spans: 1.. }) {
                state.note_broken(parcel.trace.info.trace_id);
            }
            match *fate {
                Fate::Delivered { refused_spans: refused } => {
                    let whole = parcel.trace.completeness == Completeness::Whole;
                    tally.count_delivered(u64::from(whole), spans.saturating_sub(refused));
                    refused_spans += if is_part { 0 } else { refused };
                }
                // They come again with the whole trace.
                Fate::Refused if is_part => {}
                Fate::Refused => {
                    refused_spans += spans;
                    count_lost_changes(parcel, tally);
                }
                Fate::Later if is_down || !self.is_worn_out(ticket, item.as_ref()) => {
                    later.extend(item);
                    continue;
                }
                Fate::Later if is_part => state.note_broken(parcel.trace.info.trace_id),
                Fate::Later => {
                    refused_spans += spans;
                    count_lost_changes(parcel, tally);
                }
            }
            match ticket {
                Ticket::Disk(position) => settled.push(*position),
                Ticket::Memory(_) => settled.extend(item.and_then(|item| item.position)),
            }
        }
        state.shelf.settle(&settled);
        self.keep(&mut state, later, &shared);
        state.is_down = is_down;
        state.failures = state.failures.saturating_add(u32::from(is_down));
        state.retry_at = if is_left {
            tally.retries.fetch_add(1, Ordering::Relaxed);
            if !is_down {
                self.pauses.reset();
            }
            Some(Instant::now() + self.pauses.next(sent.pause))
        } else {
            self.pauses.reset();
            None
        };
        self.tell(&mut state, is_down, refused_spans, &sent, &shared);
        state.publish(tally);
    }

    /// Whether the destination has refused to take this one trace, and not others, so often that it is given up.
    fn is_worn_out(&mut self, ticket: &Ticket, item: Option<&Item>) -> bool {
        let position = match ticket {
            Ticket::Disk(position) => Some(*position),
            Ticket::Memory(_) => item.and_then(|item| item.position),
        };
        // In memory alone a trace is given up after a while anyway; from the disk it comes again and again.
        let Some(position) = position else { return false };
        if self.tries.len() > MOST_REMEMBERED {
            self.tries.clear();
        }
        let tries = self.tries.entry(position).or_default();
        *tries += 1;
        *tries >= MOST_TRIES
    }

    /// Keeps what may be taken later: on disk, else in memory until its time is over.
    fn keep(&self, state: &mut State, later: Vec<Item>, shared: &Shared) {
        let mut out_of_time = 0;
        for item in later.into_iter().rev() {
            if item.position.is_some() {
                continue;
            }
            let is_in_memory_alone = item.stays_in_memory || !state.shelf.is_open();
            if is_in_memory_alone && item.since.elapsed() > shared.settings.give_up_after {
                out_of_time += item.finished.spans_to_lose();
                state.lose_tag_changes([&*item.finished], shared);
                if item.finished.completeness == Completeness::Running {
                    state.note_broken(item.finished.trace_id);
                }
                continue;
            }
            state.queued_bytes += item.finished.bytes;
            state.queue.push_front(item);
        }
        state.drop_spans(DropReason::OutOfTime, out_of_time, shared);
        if state.shelf.exists() {
            state.put_all_on_disk(shared);
        }
        if state.is_finished {
            state.finish(shared);
        }
    }

    fn tell(&self, state: &mut State, is_down: bool, refused_spans: u64, sent: &Sent, shared: &Shared) {
        let (tally, voice) = (&shared.tally, &mut state.voice);
        for remark in &sent.remarks {
            voice.say(&(shared.settings.hide)(remark));
        }
        if let Some(failure) = &sent.failure {
            let place = match (is_down, state.shelf.is_open()) {
                (false, _) => String::new(),
                (true, true) => format!(" Traces wait in {} meanwhile.", shared.settings.spool_place),
                (true, false) => " Traces wait in memory meanwhile.".to_owned(),
            };
            let sentence = (shared.settings.hide)(&failure.sentence);
            // What the destination adds may be different each time.
            let what = sentence.split(" It says: ").next().unwrap_or_default().to_owned();
            // Most sentences name it themselves.
            let name =
                if sentence.contains(&tally.name) { String::new() } else { format!("{}: ", tally.name) };
            voice.say_about(&what, &format!("{name}{sentence}{place}"));
            tally.set_last_failure(Some(sentence));
        } else {
            tally.set_last_failure(None);
        }
        state.drop_spans(DropReason::Refused, refused_spans, shared);
    }

    /// After a mistake of ours while traces were being made ready.
    fn give_up_in_flight(&self) {
        self.book_panic(&[], &[]);
    }

    fn book_panic(&self, tickets: &[Ticket], parcels: &[Parcel]) {
        let shared = &self.shared;
        let mut state = shared.state();
        let (mut spans, mut settled) = state.lose_in_flight(shared);
        for (ticket, parcel) in tickets.iter().zip(parcels) {
            if let Ticket::Disk(position) = ticket {
                settled.push(*position);
                count_lost_changes(parcel, &shared.tally);
                if parcel.trace.completeness == Completeness::Running {
                    state.note_broken(parcel.trace.info.trace_id);
                } else {
                    spans += parcel.trace.unsent_spans().count() as u64;
                }
            }
        }
        state.shelf.settle(&settled);
        state.drop_spans(DropReason::Internal, spans, shared);
        state.publish(&shared.tally);
    }
}

/// Counts what is no span and is given up.
fn count_lost_changes(parcel: &Parcel, tally: &Tally) {
    tally.count_lost_tag_changes(u64::from(parcel.trace.completeness == Completeness::Tags));
    tally.count_lost_assessments(u64::from(parcel.trace.assessment.is_some()));
}

/// Lets others have the lock until something changes or the pause is over.
fn wait<'a>(shared: &'a Shared, state: MutexGuard<'a, State>, pause: Duration) -> MutexGuard<'a, State> {
    shared.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0
}

/// The oldest traces on disk, which stay there until they are settled.
fn take_from_disk(state: &mut State, shared: &Shared) -> (Vec<Ticket>, Vec<Parcel>) {
    let entries = state.shelf.oldest(shared.settings.most_traces, shared.settings.most_bytes);
    let parcel = |entry: crate::spool::Entry| {
        (Ticket::Disk(entry.position), Parcel { trace: entry.trace, experiment: entry.experiment })
    };
    entries.into_iter().map(parcel).unzip()
}

/// The oldest traces in memory, which are in flight from now on.
fn take_from_memory(state: &mut State, shared: &Shared) -> Vec<(Arc<Finished>, bool)> {
    let mut bytes = 0;
    while let Some(item) = state.queue.front() {
        bytes += item.finished.bytes;
        let is_enough =
            state.in_flight.len() >= shared.settings.most_traces || bytes > shared.settings.most_bytes;
        if is_enough && !state.in_flight.is_empty() {
            break;
        }
        if let Some(item) = state.queue.pop_front() {
            state.queued_bytes -= item.finished.bytes;
            state.in_flight.push(item);
        }
    }
    let finished: Vec<Arc<Finished>> =
        state.in_flight.iter().map(|item| Arc::clone(&item.finished)).collect();
    finished
        .into_iter()
        .map(|finished| {
            let mends = state.mends(&finished);
            (finished, mends)
        })
        .collect()
}

/// Builds the traces, which takes a while and needs no lock.
fn pack(
    items: &[(Arc<Finished>, bool)],
    shared: &Shared,
    deadline: Instant,
) -> (Vec<Ticket>, Vec<Parcel>, Instant) {
    let tickets = (0..items.len()).map(Ticket::Memory).collect();
    let experiment = &shared.settings.experiment;
    let parcel = |(finished, mends): &(Arc<Finished>, bool)| Parcel {
        trace: shared.build(finished, *mends),
        experiment: experiment.clone(),
    };
    (tickets, items.iter().map(parcel).collect(), deadline)
}
