//! Filling the global slot: by the first span, or by `init()`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{destinations, durable, program, switch};
use crate::buffer::{Hub, Limits};
use crate::config::{Capture, Choices, Problems, Settings, environment};
use crate::context;
use crate::error::{Error, ErrorKind};
use crate::pipeline::{Captures, Counts, Ending, Ledger, Request, Requests, Source, Worker};
use crate::policy::{clock, notice, processing::Processing, sampler::Sampler};
use crate::recorder::{CaptureLimits, Recorder};

/// Everything that runs. Made at most once in a process.
pub(crate) struct Runtime {
    pub(crate) recorder: Recorder,
    hub: Arc<Hub>,
    requests: Arc<Requests>,
    pub(crate) ledger: Arc<Ledger>,
    #[cfg_attr(not(feature = "testing"), allow(dead_code))]
    pub(crate) captures: Arc<Captures>,
    #[cfg_attr(not(feature = "signals"), allow(dead_code))]
    pub(crate) ending: Arc<Ending>,
    /// What the program does to finished spans, with what became of them.
    pub(crate) processing: Arc<Processing>,
    /// A child made by `fork` has the memory but not the worker.
    process: u32,
    started_by: String,
    pub(super) settings: Settings,
}

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// The runtime, started now if tracing is on and nothing has started it. `by` names what asks, for people.
#[inline]
pub(crate) fn runtime(by: &dyn Fn() -> String) -> Option<&'static Runtime> {
    if cfg!(feature = "disabled") {
        return None;
    }
    match RUNTIME.get() {
        Some(runtime) => {
            switch::set_on();
            runtime.as_ref()
        }
        None => start_by_itself(by),
    }
}

/// The runtime, if tracing has started.
#[inline]
pub(crate) fn started() -> Option<&'static Runtime> {
    if cfg!(feature = "disabled") { None } else { RUNTIME.get().and_then(Option::as_ref) }
}

#[cold]
fn start_by_itself(by: &dyn Fn() -> String) -> Option<&'static Runtime> {
    if switch::is_refused() {
        return None;
    }
    // Said once the slot is filled: the program's logger may be traced, and would wait for the slot.
    let mut sentences = Vec::new();
    let mut is_first = false;
    let started = RUNTIME.get_or_init(|| {
        is_first = true;
        let (settings, problems) = resolve(&Choices::default());
        notice::set_speech(settings.speech);
        if !settings.off_by_environment {
            sentences.extend(settings.remarks.iter().chain(&problems.in_environment).cloned());
        }
        match build(&settings, by()) {
            Ok(runtime) => runtime,
            Err(error) => {
                sentences.push(format!("tracing is off: {error}"));
                switch::set_off_for_good();
                None
            }
        }
    });
    sentences.iter().for_each(|sentence| notice::warn(sentence));
    if is_first && let Some(runtime) = started {
        runtime.say_started();
    }
    started.as_ref()
}

/// Starts with what the program chose. An error when a setting can't be used, or when tracing has started before.
pub(crate) fn start_by_init(choices: &Choices, by: String) -> Result<(), Error> {
    if cfg!(feature = "disabled") {
        return Ok(());
    }
    let (settings, problems) = resolve(choices);
    let of_environment = if settings.off_by_environment { Vec::new() } else { problems.in_environment };
    if let Some(problem) = problems.in_code.into_iter().chain(of_environment).next() {
        // What was chosen may be there to keep something out, so nothing is traced without it.
        switch::refuse_start();
        return Err(Error::invalid(problem));
    }
    #[cfg(feature = "http")]
    if !settings.off_by_environment
        && let Err(error) = destinations::check_files(&settings)
    {
        switch::refuse_start();
        return Err(error);
    }
    notice::set_speech(settings.speech);
    switch::allow_start();
    let mut is_first = false;
    let mut failure = None;
    let slot = RUNTIME.get_or_init(|| {
        is_first = true;
        match build(&settings, by) {
            Ok(runtime) => runtime,
            Err(error) => {
                failure = Some(error);
                switch::set_off_for_good();
                None
            }
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    if !is_first {
        let by = slot.as_ref().map_or("an earlier start, which found it off", |runtime| &runtime.started_by);
        return Err(Error::new(
            ErrorKind::AlreadyStarted,
            format!("tracing was started before, by {by}; call mlflow::init() first in main."),
        ));
    }
    for sentence in &settings.remarks {
        notice::warn(sentence);
    }
    if let Some(runtime) = slot {
        runtime.say_started();
    }
    Ok(())
}

fn resolve(choices: &Choices) -> (Settings, Problems) {
    Settings::resolve(choices, environment::variable, &environment::working_directory())
}

/// Makes the runtime and its thread; nothing at all when the environment switched tracing off.
fn build(settings: &Settings, by: String) -> Result<Option<Runtime>, Error> {
    if settings.off_by_environment {
        switch::set_off_for_good();
        return Ok(None);
    }
    let limits = Limits {
        memory_bytes: settings.max_memory_bytes,
        spans: settings.max_spans,
        span_bytes: settings.max_span_bytes,
    };
    clock::choose(settings.durable);
    let hub = Hub::new(limits);
    let hub = Arc::new(match durable::begin(settings) {
        Some(journal) => hub.with_journal(journal),
        None => hub,
    });
    let capture = CaptureLimits {
        value_bytes: settings.max_value_bytes,
        span_bytes: settings.max_span_bytes,
        debug_bytes: settings.max_debug_bytes,
        attachment_bytes: u32::try_from(settings.attachments.max_bytes).unwrap_or(u32::MAX),
        automatic: settings.capture == Capture::All,
        extracts: settings.attachments.extracts,
    };
    let recorder = Recorder::new(Arc::clone(&hub), capture, Sampler::new(settings.sampling_ratio));
    let requests = Arc::new(Requests::default());
    let captures = Arc::new(Captures::default());
    let of_hub = Arc::clone(&hub);
    let wake: destinations::Wake = Arc::new(move || of_hub.wake_worker());
    let (tallies, exporters) = destinations::plan(settings, &wake);
    let ledger = Arc::new(Ledger::new(tallies));
    let ending = Arc::new(Ending::default());
    let (run_id, redactors) = (settings.run_id.clone(), settings.redactors.clone());
    let prices = settings.prices.clone();
    let processing = Arc::new(Processing::new(settings.processors.clone(), settings.keep));
    let (of_source, bounds) = (Arc::clone(&processing), settings.trace_bounds);
    let attachments = settings.attachments;
    let worker = Worker {
        hub: Arc::clone(&hub),
        requests: Arc::clone(&requests),
        ledger: Arc::clone(&ledger),
        captures: Arc::clone(&captures),
        ending: Arc::clone(&ending),
        takes_running_parts: settings.shows_running_traces(),
        source: Box::new(move || Source {
            run_id,
            redactors,
            prices,
            processing: of_source,
            bounds,
            attachments,
            ..program::describe()
        }),
        exporters,
        journals: settings.durable.then(|| durable::journals(settings)),
    };
    // Nothing that our own thread does is traced.
    worker.spawn(context::silence_this_thread).map_err(|error| {
        Error::new(ErrorKind::Destination, "the system gave no thread for delivering traces.")
            .with_source(error)
    })?;
    if settings.enabled {
        switch::set_on();
    } else {
        switch::set_enabled(false);
    }
    let process = std::process::id();
    Ok(Some(Runtime {
        recorder,
        hub,
        requests,
        ledger,
        captures,
        ending,
        processing,
        process,
        started_by: by,
        settings: settings.clone(),
    }))
}

impl Runtime {
    fn say_started(&self) {
        let names: Vec<String> = self.settings.destinations.iter().map(destinations::name).collect();
        notice::info(&format!(
            "tracing was started by {}; traces go to {}.",
            self.started_by,
            names.join(", ")
        ));
    }

    /// Leaves a request for the worker and waits for the answer.
    pub(crate) fn ask(&self, request: Request, limit: Duration) -> Option<Counts> {
        let answer = self.requests.push(request, limit);
        self.hub.wake_worker();
        answer.wait(limit)
    }

    /// What the worker has counted so far, for when it does not answer.
    pub(crate) fn counts_so_far(&self) -> Counts {
        self.ledger.counts(self.pending_spans(), self.hub.lost_spans())
    }

    /// What it was started with.
    #[cfg(any(feature = "http", feature = "sqlite"))]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Spans in memory, as the worker last said.
    pub(crate) fn pending_spans(&self) -> u64 {
        self.hub.held_spans() as u64
    }

    /// Spans that were lost before any destination saw them.
    pub(crate) fn lost_spans(&self) -> u64 {
        self.hub.lost_spans() + self.ledger.lost_inside()
    }

    /// Spans of finished traces that no destination has taken.
    pub(super) fn queued_spans(&self) -> usize {
        self.hub.queued_spans().load(Ordering::Relaxed) + self.hub.left_spans()
    }

    /// What is said of so many spans that stay in the journal; nothing where there is none.
    pub(super) fn farewell(&self, spans: usize) -> Option<String> {
        self.hub.journal().map(|journal| journal.farewell(spans))
    }

    /// These, and all others that have ended and are not delivered.
    pub(super) fn undelivered_spans(&self) -> usize {
        self.hub.undelivered_spans()
    }

    pub(super) fn is_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Takes out what was captured by this route.
    #[cfg(feature = "testing")]
    pub(crate) fn take_captured(&self, route: u32) -> Vec<crate::model::Trace> {
        let mut captures = self.captures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        captures.extract_if(.., |(of, _)| *of == route).map(|(_, trace)| trace).collect()
    }
}
