//! How threads of the program ask the worker for something and wait for the answer.
//!
//! Plain locks and conditions of the standard library: they work in any thread, inside and outside of runtimes, and
//! while a process exits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::destinations::Marks;
use super::ledger::Counts;

/// Longer limits mean this one: a time so far away can't always be expressed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What is asked of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Deliver everything that has ended.
    Flush,
    /// Deliver everything that can be delivered: the process ends.
    Final,
}

/// Requests that the worker has not answered yet.
#[derive(Default)]
pub(crate) struct Requests(Mutex<Vec<Asked>>);

/// A request, until when its answer is waited for, and where.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) deadline: Instant,
    /// What has to be settled before the answer, once the worker has read the logs for it.
    pub(super) marks: Option<Marks>,
    pub(super) answer: Arc<Answer>,
}

/// Where an answer is waited for.
#[derive(Default)]
pub(crate) struct Answer {
    counts: Mutex<Option<Counts>>,
    given: Condvar,
}

impl Requests {
    /// Leaves a request for the worker, which must be woken after this.
    pub(crate) fn push(&self, request: Request, limit: Duration) -> Arc<Answer> {
        let answer = Arc::new(Answer::default());
        let limit = limit.min(LONGEST);
        // The worker answers a little early, so that whoever asked hears what became of the traces.
        let deadline = Instant::now() + limit.saturating_sub(limit / 10);
        lock(&self.0).push(Asked { request, deadline, marks: None, answer: Arc::clone(&answer) });
        answer
    }

    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *lock(&self.0))
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}

impl Answer {
    pub(super) fn give(&self, counts: Counts) {
        *lock(&self.counts) = Some(counts);
        self.given.notify_all();
    }

    /// Waits for the answer at most so long.
    pub(crate) fn wait(&self, limit: Duration) -> Option<Counts> {
        let deadline = Instant::now() + limit.min(LONGEST);
        let mut counts = lock(&self.counts);
        loop {
            if counts.is_some() {
                return *counts;
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            counts = self.given.wait_timeout(counts, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
