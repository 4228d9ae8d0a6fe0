//! Traces read back: where they are asked for, searched and deleted, and what is answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::found_spans::Spans;
use super::trace_info::TRACES;
use crate::model::{Trace, TraceId, TraceInfo, TraceState, keys};

/// Where a trace is searched for.
pub(crate) const SEARCH: &str = "/api/3.0/mlflow/traces/search";

/// Where traces are deleted.
pub(crate) const DELETE: &str = "/api/3.0/mlflow/traces/delete-traces";

/// The most traces that a server gives at once.
const MOST_FOUND: usize = 500;

/// The most traces that are asked for with their spans at once, and the most that are deleted at once, by Python's client.
pub(crate) const MOST_WITH_SPANS: usize = 10;
pub(crate) const MOST_DELETED: usize = 100;

/// Where a trace is given with its spans, as many as there are (3.7 and newer).
pub(crate) fn whole_path(trace_id: TraceId) -> String {
    format!("{TRACES}/get?trace_id={trace_id}&allow_partial=true")
}

/// Where several are (3.6 and newer).
pub(crate) fn batch_path(trace_ids: &[TraceId]) -> String {
    let ids: Vec<String> = trace_ids.iter().map(|id| format!("trace_ids={id}")).collect();
    format!("{TRACES}/batchGet?{}", ids.join("&"))
}

/// Where the user interface gets the spans of a trace, wherever they are, in the form of the file.
pub(crate) fn artifact_of_ui_path(trace_id: TraceId) -> String {
    format!("/ajax-api/2.0/mlflow/get-trace-artifact?request_id={trace_id}")
}

/// A search, as it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchRequest<'a> {
    pub(crate) experiment_ids: &'a [String],
    pub(crate) filter: &'a str,
    pub(crate) order_by: &'a [String],
    pub(crate) max_results: usize,
    pub(crate) page_token: Option<&'a str>,
}

impl SearchRequest<'_> {
    /// The body of the request.
    pub(crate) fn to_json(self) -> Vec<u8> {
        let locations = self.experiment_ids.iter();
        let body = SearchBody {
            locations: locations
                .map(|id| LocationBody {
                    kind: "MLFLOW_EXPERIMENT",
                    mlflow_experiment: ExperimentBody { experiment_id: id },
                })
                .collect(),
            filter: Some(self.filter).filter(|filter| !filter.is_empty()),
            max_results: self.max_results.clamp(1, MOST_FOUND),
            order_by: self.order_by,
            page_token: self.page_token,
        };
        // Texts and numbers: there is always a JSON form.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct SearchBody<'a> {
    locations: Vec<LocationBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    max_results: usize,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    order_by: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    page_token: Option<&'a str>,
}

#[derive(Serialize)]
struct LocationBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    mlflow_experiment: ExperimentBody<'a>,
}

#[derive(Serialize)]
struct ExperimentBody<'a> {
    experiment_id: &'a str,
}

/// The body that deletes these traces of one experiment.
pub(crate) fn delete_body(experiment_id: &str, trace_ids: &[TraceId]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        experiment_id: &'a str,
        request_ids: Vec<String>,
    }
    let request_ids = trace_ids.iter().map(TraceId::to_string).collect();
    serde_json::to_vec(&Body { experiment_id, request_ids }).unwrap_or_default()
}

/// How many were deleted; `None` when that is not said.
pub(crate) fn deleted(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        traces_deleted: u64,
    }
    serde_json::from_slice::<Body>(body).ok().map(|body| body.traces_deleted)
}

/// What is answered about one trace alone.
pub(crate) fn found_info(body: &[u8]) -> Option<TraceInfo> {
    found_trace(body).map(|trace| trace.info)
}

/// A trace, with the spans that the answer has.
pub(crate) fn found_trace(body: &[u8]) -> Option<Trace> {
    #[derive(Deserialize)]
    struct Body {
        trace: FoundTrace,
    }
    let Body { trace } = serde_json::from_slice(body).ok()?;
    trace.read()
}

/// Traces with their spans. Those whose ids have another form are left out.
pub(crate) fn found_traces(body: &[u8]) -> Option<Vec<Trace>> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        traces: Vec<FoundTrace>,
    }
    let Body { traces } = serde_json::from_slice(body).ok()?;
    Some(traces.into_iter().filter_map(FoundTrace::read).collect())
}

/// A page of a search, and the token for the next one.
pub(crate) fn found_page(body: &[u8]) -> Option<(Vec<TraceInfo>, Option<String>)> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        traces: Vec<FoundInfo>,
        next_page_token: Option<String>,
    }
    let Body { traces, next_page_token } = serde_json::from_slice(body).ok()?;
    let infos = traces.into_iter().filter_map(FoundInfo::read).collect();
    Some((infos, next_page_token.filter(|token| !token.is_empty())))
}

/// Whether the spans of a trace are where `whole_path` finds them.
pub(crate) fn has_spans_in_database(info: &TraceInfo) -> bool {
    info.tags.get(keys::TAG_SPANS_LOCATION).is_some_and(|place| place != "ARTIFACT_REPO")
}

#[derive(Deserialize)]
struct FoundTrace {
    trace_info: FoundInfo,
    #[serde(default)]
    spans: Spans,
}

impl FoundTrace {
    fn read(self) -> Option<Trace> {
        Some(Trace::read_back(self.trace_info.read()?, self.spans.0))
    }
}

/// Every field may be missing, and there may be more of them.
#[derive(Deserialize)]
struct FoundInfo {
    trace_id: String,
    client_request_id: Option<String>,
    trace_location: Option<FoundLocation>,
    #[serde(default)]
    request_time: String,
    execution_duration: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    trace_metadata: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    request_preview: Option<String>,
    response_preview: Option<String>,
}

#[derive(Deserialize)]
struct FoundLocation {
    mlflow_experiment: Option<FoundExperiment>,
}

#[derive(Deserialize)]
struct FoundExperiment {
    experiment_id: String,
}

impl FoundInfo {
    fn read(self) -> Option<TraceInfo> {
        // Ids of other forms belong to other products' traces.
        let id = self.trace_id.starts_with("tr-").then(|| TraceId::parse(&self.trace_id))??;
        let mut info = TraceInfo::new(id);
        info.start_unix_nanos = unix_nanos(&self.request_time).unwrap_or(0);
        info.duration_nanos = self.execution_duration.as_deref().and_then(nanos);
        info.state = TraceState::read(&self.state);
        info.client_request_id = self.client_request_id;
        info.request_preview = self.request_preview;
        info.response_preview = self.response_preview;
        info.experiment_id =
            self.trace_location.and_then(|place| place.mlflow_experiment).map(|found| found.experiment_id);
        info.take_stored(self.tags, self.trace_metadata);
        Some(info)
    }
}

/// A duration of protobuf's JSON, such as `1.500s`.
fn nanos(text: &str) -> Option<u64> {
    let (seconds, rest) = split_fraction(text)?;
    (rest == "s").then_some(())?;
    let (whole, fraction) = seconds;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// A moment in UTC, such as `2026-11-22T13:22:04.754Z`.
fn unix_nanos(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.split('-').map(|piece| piece.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (hour, time) = time.split_once(':')?;
    let (minute, time) = time.split_once(':')?;
    let ((second, fraction), zone) = split_fraction(time)?;
    if zone != "Z"
        || !(1970..10_000).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    // Years that begin on 1 March, so that the leap day ends each one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    let piece = |text: &str, below: u64| text.parse::<u64>().ok().filter(|number| *number < below);
    let seconds = days * 86_400 + piece(hour, 24)? * 3_600 + piece(minute, 60)? * 60 + piece(second, 61)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// The whole part, the fraction in billionths, and what follows.
fn split_fraction(text: &str) -> Option<((&str, u64), &str)> {
    let digits = |text: &str| text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(digits(text));
    let Some(rest) = rest.strip_prefix('.') else { return Some(((whole, 0), rest)) };
    let (fraction, rest) = rest.split_at(digits(rest));
    let billionths = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(((whole, billionths), rest))
}

#[cfg(test)]
#[path = "found_traces_tests.rs"]
mod tests;
