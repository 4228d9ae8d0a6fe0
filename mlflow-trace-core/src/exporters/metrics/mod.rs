//! Reports how long spans took as a metric, by OTLP, as MLflow's Python client does.
//!
//! The worker adds each finished trace to histograms; a thread of its own reports them in regular intervals, at a flush
//! and at the end of the process. Reports are cumulative, so one that does not arrive costs nothing: the next has it all.
//! They are no traces, and stay out of the counts of what was delivered.

mod durations;
mod reporter;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use self::durations::Durations;
pub(crate) use self::reporter::check_metrics;
use super::{ExportOutcome, Exporter, Finished, Tally, Urgency};
use crate::config::{Experiment, MetricsDestination};
use crate::model::Completeness;
use crate::policy::notice;

/// How long the end of the process is held up for a receiver.
const LAST_CHANCE: Duration = Duration::from_millis(3500);

/// How the reports are made.
pub(crate) struct MetricsSettings {
    pub(crate) destination: MetricsDestination,
    /// Where traces go that name no experiment themselves.
    pub(crate) experiment: Experiment,
    /// Wakes the worker when a report has been sent.
    pub(crate) wake: Arc<dyn Fn() + Send + Sync>,
    /// What the thread does first.
    pub(crate) prepare_thread: fn(),
}

/// The destination that keeps durations alone.
pub(crate) struct MetricsExporter {
    shared: Arc<Shared>,
    has_thread: bool,
    /// Nobody reads it: what is reported are no traces.
    tally: Arc<Tally>,
}

/// What the worker and the thread share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    settings: MetricsSettings,
    start_unix_nanos: u64,
}

#[derive(Default)]
struct State {
    durations: Durations,
    /// Traces that no report has had yet.
    news: u64,
    /// Traces whose first report is on its way.
    in_flight: u64,
    urgency: Urgency,
    /// The report for those who wait now did not arrive.
    has_failed: bool,
    /// Until when the end of the process waits.
    last_moment: Option<Instant>,
}

impl Shared {
    /// Held for moments, while a trace is added or a report is written; no thread of the program's ever takes it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_asked(&mut self, urgency: Urgency) {
        if urgency > self.urgency {
            self.has_failed = false;
        }
        self.urgency = urgency;
        if urgency == Urgency::Final && self.last_moment.is_none() {
            self.last_moment = Some(Instant::now() + LAST_CHANCE);
        }
    }

    /// Whether somebody waits for a report that can still be sent.
    fn is_awaited(&self) -> bool {
        let is_late = self.last_moment.is_some_and(|moment| moment <= Instant::now());
        self.urgency > Urgency::Relaxed && !self.has_failed && !is_late
    }
}

impl MetricsExporter {
    /// An exporter, whose thread starts with the first trace.
    pub(crate) fn new(settings: MetricsSettings) -> Self {
        let tally = Arc::new(Tally::new(settings.destination.connection.base.clone()));
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            settings,
            start_unix_nanos: unix_nanos_now(),
        };
        Self { shared: Arc::new(shared), has_thread: false, tally }
    }

    fn start(&mut self) {
        if std::mem::replace(&mut self.has_thread, true) {
            return;
        }
        if let Err(error) = reporter::start(Arc::clone(&self.shared)) {
            // Nobody shall wait for what can't come.
            self.shared.state().has_failed = true;
            notice::warn(&format!("the system gave no thread for sending metrics: {error}."));
        }
    }
}

impl Exporter for MetricsExporter {
    fn export(&mut self, queue: &mut VecDeque<Arc<Finished>>, urgency: Urgency) -> ExportOutcome {
        let mut has_news = false;
        for finished in queue.drain(..).filter(|one| one.completeness != Completeness::Running) {
            let trace = finished.build();
            let mut state = self.shared.state();
            state.durations.add(&trace, &self.shared.settings.experiment);
            state.news += 1;
            has_news = true;
        }
        self.shared.state().is_asked(urgency);
        if has_news {
            self.start();
        }
        if urgency > Urgency::Relaxed {
            self.shared.changed.notify_all();
        }
        ExportOutcome::default()
    }

    fn unsettled(&self) -> u64 {
        let state = self.shared.state();
        if state.is_awaited() { state.news + state.in_flight } else { 0 }
    }

    fn takes_tags(&self) -> bool {
        false
    }

    fn takes_running_parts(&self) -> bool {
        false
    }

    fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}

fn unix_nanos_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
