//! Delivery into MLflow's local database, or into a second file beside it when the database can't take traces.

mod attachments;
mod budget;
mod check;
mod messages;
mod target;

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use self::budget::Budget;
pub(crate) use self::check::check_file;
use self::target::Target;
use super::{ExportOutcome, Exporter, Finished, Tally, Urgency};
use crate::config::Experiment;
use crate::model::{Completeness, Trace};
use crate::policy::notice;
use crate::store::{StoreError, second_file};

/// Writes traces to the database at a path.
///
/// While another process creates, migrates or locks the database, traces wait; after [`HOLD`], or at once when the
/// process ends or the database is none that we may write to, they go to the second file. The database is looked at
/// again from time to time.
pub(crate) struct LocalExporter {
    primary: Target,
    second: Target,
    experiment: Experiment,
    working_folder: PathBuf,
    /// Set while traces go to the second file: when to look at the database again.
    look_again_at: Option<Instant>,
    /// Since when the database has been kept from us by another process.
    not_ready_since: Option<Instant>,
    hold: Duration,
    has_looked_for_shadow: bool,
    said: HashSet<String>,
    say: Box<dyn FnMut(&str) + Send>,
    tally: Arc<Tally>,
}

impl LocalExporter {
    /// An exporter to the database at this path, which is created when the first trace comes.
    pub(crate) fn new(path: &Path, experiment: Experiment, tally: Arc<Tally>) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // As MLflow's Python client: artifacts belong under the folder that the program runs in.
        let working_folder =
            std::env::current_dir().ok().or_else(|| path.parent().map(Path::to_owned)).unwrap_or_default();
        let artifact_root = working_folder.join("mlruns").to_string_lossy().into_owned();
        Self {
            second: Target::new(second_file(&path), artifact_root.clone()),
            primary: Target::new(path, artifact_root),
            experiment,
            working_folder,
            look_again_at: None,
            not_ready_since: None,
            hold: HOLD,
            has_looked_for_shadow: false,
            said: HashSet::new(),
            say: Box::new(notice::warn),
            tally,
        }
    }

    /// Tries the database, then the second file. What neither takes stays in the queue; the error says why.
    fn deliver(
        &mut self,
        queue: &mut VecDeque<Arc<Finished>>,
        budget: &Budget,
        outcome: &mut ExportOutcome,
    ) -> Result<Progress, Undelivered> {
        let mut reason = None;
        if self.look_again_at.is_none_or(|time| time <= Instant::now()) {
            let is_second_look = self.look_again_at.is_some();
            self.send_late_spans_after_their_traces(queue, budget, outcome);
            match self.drain(Place::Primary, queue, budget, outcome) {
                Ok(progress) => {
                    self.look_again_at = None;
                    return Ok(progress);
                }
                Err(error) => {
                    if !is_second_look && let Some(wait) = self.patience(&error, budget) {
                        return Err(Undelivered { error, path: self.primary.path().to_owned(), wait });
                    }
                    self.look_again_at = Some(Instant::now() + LOOK_AGAIN);
                    reason = Some(error);
                }
            }
        }
        match self.drain(Place::Second, queue, budget, outcome) {
            Ok(progress) => {
                if let Some(reason) = reason {
                    let sentence = messages::diverted(self.primary.path(), &reason, self.second.path());
                    self.say_once(sentence);
                }
                Ok(progress)
            }
            Err(second) => {
                // Neither file takes them, so the next call begins with the database again.
                self.look_again_at = None;
                let (error, path) = match reason {
                    Some(reason) => (reason, self.primary.path()),
                    None => (second, self.second.path()),
                };
                Err(Undelivered { error, path: path.to_owned(), wait: RETRY_BROKEN })
            }
        }
    }

    /// How long to keep the queue before the next try, or `None` when the second file shall take it now.
    fn patience(&mut self, error: &StoreError, budget: &Budget) -> Option<Duration> {
        if budget.urgency == Urgency::Final {
            return None;
        }
        match error {
            StoreError::NotReady(_) => {
                let waited = self.not_ready_since.get_or_insert(budget.started).elapsed();
                (waited < self.hold).then(|| (waited / 4).clamp(RETRY_AT_LEAST, RETRY_AT_MOST))
            }
            StoreError::Full(_) => Some(RETRY_BROKEN),
            StoreError::Refused(_) | StoreError::Unusable(_) => None,
        }
    }

    /// Writes batch after batch until the queue is empty or the time is over.
    fn drain(
        &mut self,
        place: Place,
        queue: &mut VecDeque<Arc<Finished>>,
        budget: &Budget,
        outcome: &mut ExportOutcome,
    ) -> Result<Progress, StoreError> {
        let is_second_look = self.look_again_at.is_some();
        let target = match place {
            Place::Primary => &mut self.primary,
            Place::Second => &mut self.second,
        };
        let (mut remarks, mut sentences) = (Vec::new(), Vec::new());
        let mut result = Ok(Progress::Done);
        // On a full disk a smaller batch may still fit.
        let mut most = usize::MAX;
        while !queue.is_empty() {
            let rest = target.rest_left();
            match budget.urgency {
                Urgency::Final => {}
                Urgency::Flush if rest < budget.left() => thread::sleep(rest),
                Urgency::Relaxed | Urgency::Flush if rest.is_zero() => {}
                Urgency::Relaxed | Urgency::Flush => {
                    result = Ok(Progress::Later(rest));
                    break;
                }
            }
            let length = batch_length(queue).min(most);
            let timeout = match place {
                Place::Primary if is_second_look => budget.busy_timeout().min(SECOND_LOOK_TIMEOUT),
                Place::Primary | Place::Second => budget.busy_timeout(),
            };
            let whole = queue.iter().take(length).filter(|t| t.completeness == Completeness::Whole).count();
            let traces: Vec<Trace> = queue.iter().take(length).map(|trace| trace.build()).collect();
            match target.write(traces.iter(), &self.experiment, timeout) {
                Ok(batch) => {
                    queue.drain(..length);
                    // Late spans belong to a trace that was counted before.
                    outcome.delivered_traces += batch.stored_traces.min(whole as u64);
                    outcome.delivered_spans += batch.stored_spans;
                    outcome.dropped_spans += batch.rejected_spans;
                    self.tally.count_lost_tag_changes(batch.rejected_tag_changes);
                    self.tally.count_lost_assessments(batch.rejected_assessments);
                    remarks.extend(batch.remarks);
                    sentences.extend(attachments::write(target, &traces, &self.working_folder));
                    if place == Place::Primary {
                        self.not_ready_since = None;
                    }
                }
                Err(StoreError::Full(_)) if length > 1 => most = length / 2,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            if budget.left().is_zero() && !queue.is_empty() {
                result = Ok(Progress::Later(Duration::ZERO));
                break;
            }
        }
        let file = target.path().to_owned();
        for remark in remarks {
            self.say_once(format!("{} {remark}.", file.display()));
        }
        sentences.into_iter().for_each(|sentence| self.say_once(sentence));
        result
    }

    /// After a time of diversion, late spans go where their trace went.
    fn send_late_spans_after_their_traces(
        &mut self,
        queue: &mut VecDeque<Arc<Finished>>,
        budget: &Budget,
        outcome: &mut ExportOutcome,
    ) {
        if !self.second.is_open() {
            return;
        }
        let second = &self.second;
        let is_there = |trace: &Arc<Finished>| {
            let is_behind = match trace.completeness {
                Completeness::LateSpans | Completeness::Tags | Completeness::Assessment => true,
                Completeness::Whole | Completeness::Running => false,
            };
            is_behind && second.holds(trace.trace_id)
        };
        let (mut late, others) = queue.drain(..).partition::<VecDeque<_>, _>(is_there);
        *queue = others;
        // What fails here waits with the rest.
        let _ = self.drain(Place::Second, &mut late, budget, outcome);
        queue.append(&mut late);
    }

    fn lose(
        &mut self,
        queue: &mut VecDeque<Arc<Finished>>,
        path: &Path,
        reason: &str,
        outcome: &mut ExportOutcome,
    ) {
        let count = |kind| queue.iter().filter(|trace| trace.completeness == kind).count() as u64;
        let (changes, assessments) = (count(Completeness::Tags), count(Completeness::Assessment));
        let spans = queue.drain(..).map(|trace| trace.spans_to_lose()).sum();
        outcome.dropped_spans += spans;
        self.tally.count_lost_tag_changes(changes);
        self.tally.count_lost_assessments(assessments);
        if spans > 0 || changes > 0 || assessments > 0 {
            self.say_once(messages::lost(path, reason, spans, changes, assessments));
        }
    }

    fn say_once(&mut self, sentence: String) {
        if !self.said.contains(&sentence) {
            (self.say)(&sentence);
            self.said.insert(sentence);
        }
    }

    fn warn_of_shadow(&mut self) {
        if !std::mem::replace(&mut self.has_looked_for_shadow, true)
            && let Some(sentence) = messages::shadowed(self.primary.path(), &self.working_folder)
        {
            self.say_once(sentence);
        }
    }
}

impl Exporter for LocalExporter {
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, urgency: Urgency) -> ExportOutcome {
        let mut outcome = ExportOutcome::default();
        if !queue.is_empty() {
            self.warn_of_shadow();
            let budget = Budget::new(urgency);
            let mut result = self.deliver(queue, &budget, &mut outcome);
            // Somebody waits for this call, so it does the waiting that otherwise lies between calls.
            while urgency == Urgency::Flush
                && let Err(Undelivered { error: StoreError::NotReady(_), wait, .. }) = &result
                && *wait < budget.left()
            {
                thread::sleep(*wait);
                result = self.deliver(queue, &budget, &mut outcome);
            }
            match result {
                Ok(Progress::Done) => {}
                Ok(Progress::Later(_)) if urgency == Urgency::Final => {
                    let path = self.primary.path().to_owned();
                    self.lose(queue, &path, "did not take everything before the program ended", &mut outcome);
                }
                Ok(Progress::Later(wait)) => outcome.retry_after = Some(wait),
                Err(Undelivered { error, path, .. }) if urgency == Urgency::Final => {
                    self.lose(queue, &path, error.reason(), &mut outcome);
                }
                Err(Undelivered { error, path, wait }) => {
                    outcome.retry_after = Some(wait);
                    if !matches!(error, StoreError::NotReady(_)) {
                        self.say_once(messages::waiting(&path, &error));
                    }
                }
            }
        }
        if urgency == Urgency::Final {
            // The last one out puts the log's content into the database, so that one file holds everything.
            self.primary.close();
            self.second.close();
        }
        outcome
    }

    /// What was taken is settled when the call returns.
    fn unsettled(&self) -> u64 {
        0
    }

    fn takes_running_parts(&self) -> bool {
        false
    }

    fn takes_tags(&self) -> bool {
        true
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Primary,
    Second,
}

/// How far a call came.
enum Progress {
    Done,
    /// The queue is not empty; go on after so long.
    Later(Duration),
}

struct Undelivered {
    error: StoreError,
    path: PathBuf,
    wait: Duration,
}

/// How many traces from the front go into one transaction: enough to be fast, and few enough to hold the lock for a
/// fraction of a second and little memory while its spans are built.
fn batch_length(queue: &VecDeque<Arc<Finished>>) -> usize {
    let (mut spans, mut bytes) = (0, 0);
    let fitting = queue.iter().take(MAX_BATCH_TRACES).take_while(|trace| {
        spans += trace.spans;
        bytes += trace.bytes;
        spans <= MAX_BATCH_SPANS && bytes <= MAX_BATCH_BYTES
    });
    fitting.count().max(1)
}

const HOLD: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_secs(30);
const SECOND_LOOK_TIMEOUT: Duration = Duration::from_millis(200);
const RETRY_AT_LEAST: Duration = Duration::from_millis(50);
const RETRY_AT_MOST: Duration = Duration::from_millis(250);
const RETRY_BROKEN: Duration = Duration::from_secs(5);
const MAX_BATCH_TRACES: usize = 200;
const MAX_BATCH_SPANS: usize = 2000;
const MAX_BATCH_BYTES: usize = 2 << 20;

#[cfg(test)]
mod contention_tests;
#[cfg(test)]
mod tests;
