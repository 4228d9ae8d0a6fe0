//! All settings of a process, worked out once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reading::{FoundSetting, Origin, Problems, Reading, origin};
use super::{
    Attachments, Destination, Experiment, Further, GivenUri, SpoolPlace, TraceBounds, destinations,
    environment, speech, variables as var,
};
#[cfg(feature = "http")]
use super::{MetricsDestination, network};
use crate::policy::notice::Speech;
use crate::policy::processing::Processors;
use crate::policy::{Keep, PriceTable, Redactor};

/// Whether arguments and return values are kept without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Capture {
    /// `#[mlflow::trace]` keeps arguments and return values, but for those that are skipped.
    #[default]
    All,
    /// Only what is set by hand (`set_inputs`, `set_outputs`, attributes) is kept.
    None,
}

/// What the program chose in code; what it did not choose comes from the environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choices {
    pub(crate) tracking_uri: Option<GivenUri>,
    pub(crate) experiment_name: Option<String>,
    pub(crate) experiment_id: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) sampling_ratio: Option<f64>,
    pub(crate) capture: Option<Capture>,
    pub(crate) max_memory_bytes: Option<usize>,
    pub(crate) max_spans: Option<usize>,
    pub(crate) max_value_bytes: Option<usize>,
    pub(crate) max_span_bytes: Option<usize>,
    pub(crate) durable: Option<bool>,
    pub(crate) durable_unredacted: bool,
    pub(crate) further: Vec<Further>,
    pub(crate) spool: Option<bool>,
    pub(crate) spool_directory: Option<PathBuf>,
    pub(crate) spool_max_bytes: Option<u64>,
    pub(crate) redactors: Vec<Redactor>,
    pub(crate) prices: PriceTable,
    pub(crate) processors: Processors,
    pub(crate) keep: Option<Keep>,
    pub(crate) trace_timeout: Option<Duration>,
    pub(crate) extract_attachments: Option<bool>,
    pub(crate) max_attachment_bytes: Option<usize>,
}

/// All settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// The environment switched tracing off, for good.
    pub(crate) off_by_environment: bool,
    /// The program's own switch.
    pub(crate) enabled: bool,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) experiment: Experiment,
    pub(crate) sampling_ratio: f64,
    pub(crate) capture: Capture,
    pub(crate) max_memory_bytes: usize,
    pub(crate) max_spans: usize,
    pub(crate) max_value_bytes: usize,
    pub(crate) max_span_bytes: usize,
    pub(crate) max_debug_bytes: usize,
    /// The run that traces belong to.
    pub(crate) run_id: Option<String>,
    /// Each span is on disk before the call that it stands for returns.
    pub(crate) durable: bool,
    /// What is kept out of all traces.
    pub(crate) redactors: Vec<Redactor>,
    /// What calls to language models cost.
    pub(crate) prices: PriceTable,
    /// Which of our sentences are said.
    pub(crate) speech: Speech,
    /// What the program does to finished spans.
    pub(crate) processors: Processors,
    /// Which traces are kept, judged when they are over.
    pub(crate) keep: Option<Keep>,
    /// How long traces may stay open, and how many.
    pub(crate) trace_bounds: TraceBounds,
    /// What becomes of binary content in values.
    pub(crate) attachments: Attachments,
    /// The queue on disk behind network destinations, and the place of journals.
    pub(crate) spool: SpoolPlace,
    /// Where the durations of spans are reported to, if anywhere.
    #[cfg(feature = "http")]
    pub(crate) metrics: Option<Box<MetricsDestination>>,
    /// Sentences to say once.
    pub(crate) remarks: Vec<String>,
    /// Where the values came from.
    pub(crate) found: Vec<FoundSetting>,
}

/// Bytes of one text that comes from `Debug`.
const MAX_DEBUG_BYTES: usize = 8 << 10;

impl Settings {
    /// Works out the settings. What can't be used is replaced by its default and said in the problems.
    pub(crate) fn resolve(
        choices: &Choices,
        variable: impl Fn(&str) -> Option<String>,
        working_directory: &Path,
    ) -> (Self, Problems) {
        let mut reading = Reading::new(&variable, working_directory);
        let is_off = reading.flag(var::TRACING_ENABLED) == Some(false);
        let is_off_for_otel = reading.flag(var::SDK_DISABLED) == Some(true);
        let experiment = experiment(choices, &mut reading);
        if let Some(problem) = choices.keep.as_ref().and_then(Keep::problem) {
            reading.problem(true, problem);
        }
        for problem in choices.redactors.iter().flat_map(Redactor::problems) {
            reading.problem(true, problem.clone());
        }
        let mut size = |name, choice, default| reading.size(name, choice, default);
        let max_memory_bytes = size(var::MAX_MEMORY_BYTES, choices.max_memory_bytes, 64 << 20);
        let max_spans = size(var::MAX_SPANS, choices.max_spans, 100_000);
        let max_value_bytes = size(var::MAX_VALUE_BYTES, choices.max_value_bytes, 1 << 20);
        let max_span_bytes = size(var::MAX_SPAN_BYTES, choices.max_span_bytes, 4 << 20);
        let destinations = destinations::resolve(choices, &experiment, &mut reading);
        let keeps_attachments = destinations.iter().any(Destination::keeps_attachments);
        let settings = Self {
            off_by_environment: is_off || is_off_for_otel,
            enabled: choices.enabled.unwrap_or(true),
            destinations,
            experiment,
            sampling_ratio: sampling_ratio(choices, &mut reading),
            capture: capture(choices, &mut reading),
            max_memory_bytes,
            max_spans,
            max_value_bytes,
            max_span_bytes,
            max_debug_bytes: MAX_DEBUG_BYTES,
            run_id: reading.variable(var::RUN_ID),
            durable: durable(choices, &mut reading),
            redactors: choices.redactors.clone(),
            prices: choices.prices.clone(),
            processors: choices.processors.clone(),
            keep: choices.keep,
            trace_bounds: TraceBounds::resolve(choices.trace_timeout, &mut reading),
            attachments: Attachments::resolve(choices, max_value_bytes, keeps_attachments, &mut reading),
            spool: spool(choices, &mut reading),
            speech: speech::resolve(&mut reading),
            #[cfg(feature = "http")]
            metrics: network::metrics_of_environment(&mut reading),
            remarks: std::mem::take(&mut reading.remarks),
            found: std::mem::take(&mut reading.found),
        };
        if settings.durable && !choices.durable_unredacted && settings.all_redactors().next().is_some() {
            reading.problems.in_code.push(format!(
                "redact() and durable ({}) contradict each other: the journal of durable holds what was recorded before \
                 rules of redaction run; leave one of them out, or accept such a journal with durable_unredacted(true).",
                var::DURABLE
            ));
        }
        if settings.durable && !choices.durable_unredacted && settings.processors.len() > 0 {
            reading.problems.in_code.push(format!(
                "processor() and durable ({}) contradict each other: the journal of durable holds what was recorded before \
                 processors run; leave one of them out, or accept such a journal with durable_unredacted(true).",
                var::DURABLE
            ));
        }
        (settings, reading.problems)
    }

    /// What is kept out of all traces, and out of those for one destination.
    pub(crate) fn all_redactors(&self) -> impl Iterator<Item = &Redactor> {
        self.redactors.iter().chain(self.destinations.iter().filter_map(Destination::redactor))
    }

    /// Whether a destination shows traces that are running. None does where traces are judged at their end.
    pub(crate) fn shows_running_traces(&self) -> bool {
        self.keep.is_none()
            && self.destinations.iter().any(|destination| !matches!(destination, Destination::Local { .. }))
    }
}

fn durable(choices: &Choices, reading: &mut Reading<'_>) -> bool {
    let from_environment = if choices.durable.is_some() { None } else { reading.flag(var::DURABLE) };
    let durable = choices.durable.or(from_environment).unwrap_or(false);
    reading.note(
        var::DURABLE,
        durable.to_string(),
        origin(choices.durable.is_some(), from_environment.is_some()),
    );
    durable
}

fn spool(choices: &Choices, reading: &mut Reading<'_>) -> SpoolPlace {
    let (temporary, user) = (environment::temporary_folder(), environment::user());
    let problems = &mut Vec::new();
    let mut place =
        SpoolPlace::resolve(&reading.lookup(), reading.working_directory, &temporary, &user, problems);
    problems.drain(..).for_each(|problem| reading.problem(false, problem));
    if let Some(directory) = &choices.spool_directory {
        place = place.at(reading.working_directory.join(directory));
    }
    if choices.spool == Some(false) {
        place.folder = None;
    }
    if choices.spool == Some(true) && place.folder.is_none() {
        let problem = "spool(true) in code contradicts MLFLOW_TRACE_SPOOL_DIRECTORY=off; unset one of them.";
        reading.problem(true, problem.to_owned());
    }
    place.max_bytes = choices.spool_max_bytes.unwrap_or(place.max_bytes);
    if place.max_bytes == 0 {
        reading.problem(
            true,
            "spool_max_bytes(0) in code; give at least 1, or spool(false) for no queue.".to_owned(),
        );
    }
    let is_in_code = choices.spool.is_some() || choices.spool_directory.is_some();
    let source = origin(is_in_code, reading.variable(var::SPOOL_DIRECTORY).is_some());
    let shown = place.folder.as_ref().map_or("off".to_owned(), |folder| folder.display().to_string());
    reading.note(var::SPOOL_DIRECTORY, shown, source);
    let source = origin(choices.spool_max_bytes.is_some(), reading.variable(var::SPOOL_MAX_BYTES).is_some());
    reading.note(var::SPOOL_MAX_BYTES, place.max_bytes.to_string(), source);
    place
}

fn sampling_ratio(choices: &Choices, reading: &mut Reading<'_>) -> f64 {
    let from_environment = reading.read(var::SAMPLING_RATIO, var::ratio);
    let ratio = match choices.sampling_ratio {
        Some(ratio) if !(0.0..=1.0).contains(&ratio) => {
            let problem = format!("sampling_ratio is {ratio}; accepted is a number from 0.0 to 1.0.");
            reading.problem(true, problem);
            1.0
        }
        chosen => chosen.or(from_environment).unwrap_or(1.0),
    };
    let source = origin(choices.sampling_ratio.is_some(), from_environment.is_some());
    reading.note(var::SAMPLING_RATIO, ratio.to_string(), source);
    ratio
}

fn capture(choices: &Choices, reading: &mut Reading<'_>) -> Capture {
    let from_environment = reading.variable(var::CAPTURE).map(|text| text.to_ascii_lowercase());
    let capture = choices.capture.unwrap_or_else(|| match from_environment.as_deref() {
        None | Some("all") => Capture::All,
        Some("none") => Capture::None,
        Some(other) => {
            let name = var::CAPTURE;
            reading.problem(false, format!("{name} is `{other}`; accepted are all and none; none is used."));
            // Whoever sets it means to keep something out.
            Capture::None
        }
    });
    let source = origin(choices.capture.is_some(), from_environment.is_some());
    reading.note(var::CAPTURE, format!("{capture:?}").to_lowercase(), source);
    capture
}

pub(super) fn experiment(choices: &Choices, reading: &mut Reading<'_>) -> Experiment {
    let in_code = [&choices.experiment_name, &choices.experiment_id];
    if in_code.iter().any(|text| text.as_deref() == Some("")) {
        reading.problem(true, "the experiment is an empty text; give its name or id.".to_owned());
        return Experiment::Default;
    }
    let names = [var::TRACING_DESTINATION, var::EXPERIMENT_NAME, var::EXPERIMENT_ID];
    let from_environment = names.map(|name| reading.variable(name));
    if let [Some(table), ..] = &from_environment
        && table.contains('.')
    {
        let name = var::TRACING_DESTINATION;
        let sentence = format!(
            "{name} is `{table}`: this version does not write to tables of Databricks' Unity Catalog; accepted is the id \
             of an experiment; it is not used."
        );
        reading.problem(false, sentence);
    }
    let (experiment, source, name) = match (in_code, from_environment) {
        ([Some(_), Some(_)], _) => {
            reading.problem(true, "both experiment and experiment_id are set; set one of them.".to_owned());
            return Experiment::Default;
        }
        ([Some(name), None], _) => (Experiment::Name(name.clone()), Origin::Code, var::EXPERIMENT_NAME),
        ([None, Some(id)], _) => (Experiment::Id(id.clone()), Origin::Code, var::EXPERIMENT_ID),
        (_, [Some(id), ..]) if !id.contains('.') => {
            (Experiment::Id(id), Origin::Environment, var::TRACING_DESTINATION)
        }
        (_, [_, Some(name), id]) => {
            if id.is_some() {
                let (name, id) = (var::EXPERIMENT_NAME, var::EXPERIMENT_ID);
                reading.remark(format!("both {name} and {id} are set; {name} is used."));
            }
            (Experiment::Name(name), Origin::Environment, var::EXPERIMENT_NAME)
        }
        (_, [_, None, Some(id)]) => (Experiment::Id(id), Origin::Environment, var::EXPERIMENT_ID),
        _ => (Experiment::Default, Origin::Default, var::EXPERIMENT_NAME),
    };
    let shown = match &experiment {
        Experiment::Default => "Default".to_owned(),
        Experiment::Name(text) | Experiment::Id(text) => text.clone(),
    };
    reading.note(name, shown, source);
    experiment
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
