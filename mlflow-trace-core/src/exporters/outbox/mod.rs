//! The way to a network destination: a queue, a thread of its own that sends, and the disk queue for what can't be sent
//! now.
//!
//! The worker hands traces over and goes on. What the destination has not taken within [`WINDOW`] lies on disk, where
//! the end of the process can't reach it. Traces are sent in their order: what lies on disk first, then what waits in
//! memory.

mod courier;
mod pauses;
mod shelf;
mod state;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::state::State;
use super::{ExportOutcome, Exporter, Finished, Sender, Tally, Urgency};
use crate::config::Experiment;
use crate::error::Error;
use crate::model::Trace;
use crate::policy::notice;
use crate::spool::Spool;

/// How long a trace may lie in memory before it is written to disk.
const WINDOW: Duration = Duration::from_millis(100);
/// How long the end of the process is held up for a destination that answers.
const LAST_CHANCE: Duration = Duration::from_millis(3500);

/// Makes the sender on the outbox's own thread; asked again when it fails.
pub(crate) type MakeSender = Box<dyn FnMut() -> Result<Box<dyn Sender>, Error> + Send>;

/// What is done to a trace before this destination or its disk queue sees it.
pub(crate) type Prepare = Box<dyn Fn(&mut Trace) + Send + Sync>;

/// How an outbox works.
pub(crate) struct OutboxSettings {
    pub(crate) experiment: Experiment,
    /// Whether finished spans of traces that go on are sent.
    pub(crate) takes_running_parts: bool,
    /// Whether the destination can change tags of traces that it has taken.
    pub(crate) takes_tags: bool,
    /// Bounds of one hand-over to the sender: traces, and bytes as they were recorded.
    pub(crate) most_traces: usize,
    pub(crate) most_bytes: usize,
    /// Bytes that may wait in memory.
    pub(crate) most_memory: usize,
    /// Spans that may wait in memory.
    pub(crate) most_spans: usize,
    pub(crate) spool: Option<Spool>,
    /// Where the disk queue is, for people.
    pub(crate) spool_place: String,
    /// Without a disk queue: how long a trace is tried to be delivered.
    pub(crate) give_up_after: Duration,
    pub(crate) prepare: Option<Prepare>,
    /// Takes the destination's secrets out of what it says.
    pub(crate) hide: Box<dyn Fn(&str) -> String + Send + Sync>,
    /// Wakes the worker when something is settled.
    pub(crate) wake: Arc<dyn Fn() + Send + Sync>,
    /// What the thread does first.
    pub(crate) prepare_thread: fn(),
}

/// One network destination's queue.
pub(crate) struct Outbox {
    shared: Arc<Shared>,
    /// For the thread, once it is started.
    make_sender: Arc<Mutex<MakeSender>>,
    is_started: bool,
}

/// What the worker and the outbox's thread share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    settings: OutboxSettings,
    tally: Arc<Tally>,
}

impl Shared {
    /// Both sides hold the lock for moments, while they write to or read from the disk queue at the longest; no thread
    /// of the program's ever takes it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what there is to say. Nobody may hold the lock: the program's listener may be slow, or ask us something.
    fn speak(&self) {
        let sentences = self.state().voice.take();
        sentences.iter().for_each(|sentence| notice::warn(sentence));
    }

    /// The trace as this destination gets to see it.
    fn build(&self, finished: &Finished, sends_all_again: bool) -> Trace {
        let mut trace = finished.build();
        if sends_all_again {
            trace.sent_while_running.clear();
        }
        if let Some(prepare) = &self.settings.prepare {
            prepare(&mut trace);
        }
        trace
    }
}

impl Outbox {
    /// An outbox, whose thread starts with the first trace.
    pub(crate) fn new(mut settings: OutboxSettings, tally: Arc<Tally>, make_sender: MakeSender) -> Self {
        let spool = settings.spool.take();
        let state = Mutex::new(State::new(spool));
        let shared = Arc::new(Shared { state, changed: Condvar::new(), settings, tally });
        Self { shared, make_sender: Arc::new(Mutex::new(make_sender)), is_started: false }
    }

    fn start(&mut self, state: &mut State) {
        if self.is_started {
            return;
        }
        match courier::start(Arc::clone(&self.shared), Arc::clone(&self.make_sender)) {
            Ok(()) => self.is_started = true,
            // The next call tries again.
            Err(error) => {
                state.voice.say(&format!(
                    "the system gave no thread for sending traces to {}: {error}.",
                    self.shared.tally.name
                ));
            }
        }
    }
}

impl Exporter for Outbox {
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, urgency: Urgency) -> ExportOutcome {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        state.is_asked(urgency);
        let has_news = !queue.is_empty();
        for finished in queue.drain(..) {
            state.take(finished, &shared);
        }
        state.keep_within_memory(&shared);
        if state.has_waited(WINDOW) {
            state.put_all_on_disk(&shared);
        }
        if urgency == Urgency::Final && state.is_over() {
            state.finish(&shared);
        }
        if has_news || state.has_work() {
            self.start(&mut state);
        }
        state.publish(&shared.tally);
        drop(state);
        shared.changed.notify_all();
        shared.speak();
        ExportOutcome::default()
    }

    fn unsettled(&self) -> u64 {
        self.shared.state().unsettled()
    }

    fn takes_running_parts(&self) -> bool {
        self.shared.settings.takes_running_parts
    }

    fn takes_tags(&self) -> bool {
        self.shared.settings.takes_tags
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.shared.tally
    }
}

#[cfg(test)]
mod tests;
