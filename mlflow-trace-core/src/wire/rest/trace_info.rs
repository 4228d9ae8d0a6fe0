//! `StartTraceV3`: what is kept about a trace as a whole. Despite its name it is sent when the trace has ended.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::percent_encoded;
use crate::model::{Cost, TraceInfo, TraceState, keys};

/// Where the info is sent.
pub(crate) const TRACES: &str = "/api/3.0/mlflow/traces";

/// Where the info is read.
pub(crate) fn trace_path(trace_id: &str) -> String {
    format!("{TRACES}/{}", percent_encoded(trace_id))
}

/// What is to be sent about a trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceRequest<'a> {
    pub(crate) info: &'a TraceInfo,
    pub(crate) experiment_id: &'a str,
    pub(crate) run_id: Option<&'a str>,
    /// The trace goes on: nothing is said that counts its spans.
    pub(crate) is_running: bool,
    /// Whether the cost is sent too. A server that sums it itself knows more prices.
    pub(crate) with_cost: bool,
    /// How many of the spans were refused, so that readers do not wait for them.
    pub(crate) refused_spans: u64,
    /// Metadata that the server has made of the spans and wants to have back.
    pub(crate) more_metadata: &'a BTreeMap<String, String>,
}

impl TraceRequest<'_> {
    /// The body of the request.
    pub(crate) fn to_json(self) -> Vec<u8> {
        let info = self.info;
        let state = if self.is_running { TraceState::InProgress } else { info.state };
        let duration = if self.is_running { None } else { info.duration_nanos };
        let preview = |text: &Option<String>| {
            text.as_deref().map(|text| storable(text, keys::MAX_PREVIEW).into_owned())
        };
        let body = Body {
            trace: Outer {
                trace_info: Info {
                    trace_id: info.trace_id.to_string(),
                    client_request_id: info
                        .client_request_id
                        .as_deref()
                        .map(|id| storable(id, keys::MAX_CLIENT_REQUEST_ID)),
                    trace_location: Location {
                        kind: "MLFLOW_EXPERIMENT",
                        mlflow_experiment: Experiment { experiment_id: self.experiment_id },
                    },
                    request_preview: preview(&info.request_preview),
                    response_preview: preview(&info.response_preview),
                    request_time: rfc_3339(info.start_unix_nanos),
                    execution_duration: duration.map(seconds),
                    state: state.as_str(),
                    trace_metadata: self.metadata(),
                    tags: self.tags(),
                },
            },
        };
        // Texts, maps of texts and nothing else: there is always a JSON form.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    fn metadata(&self) -> BTreeMap<Cow<'_, str>, Cow<'_, str>> {
        let info = self.info;
        let sizes = [keys::META_SIZE_STATS, keys::META_SIZE_BYTES];
        let given =
            info.metadata.iter().filter(|(key, _)| !(self.is_running && sizes.contains(&key.as_str())));
        let mut metadata: BTreeMap<_, _> = self
            .more_metadata
            .iter()
            .chain(given)
            .map(|(key, value)| {
                (storable(key, keys::MAX_METADATA_KEY), storable(value, keys::MAX_METADATA_VALUE))
            })
            .collect();
        metadata.entry(keys::META_SCHEMA_VERSION.into()).or_insert("3".into());
        if let Some(session) = &info.session {
            metadata.insert(keys::META_TRACE_SESSION.into(), storable(session, keys::MAX_SESSION));
        }
        let usage = info.token_usage.and_then(|usage| serde_json::to_string(&usage).ok());
        if let Some(usage) = usage {
            metadata.insert(keys::META_TOKEN_USAGE.into(), usage.into());
        }
        if let Some(cost) = info.cost.filter(|cost| self.with_cost && is_finite(cost)) {
            metadata.insert(keys::META_COST.into(), serde_json::to_string(&cost).unwrap_or_default().into());
        }
        if let Some(run) = self.run_id {
            metadata.insert(keys::META_SOURCE_RUN.into(), storable(run, keys::MAX_METADATA_VALUE));
        }
        if self.refused_spans > 0
            && let Some(stats) = metadata.get_mut(keys::META_SIZE_STATS)
            && let Some(fewer) = with_fewer_spans(stats, self.refused_spans)
        {
            *stats = fewer.into();
        }
        metadata
    }

    fn tags(&self) -> BTreeMap<Cow<'_, str>, Cow<'_, str>> {
        // The server's own: stored blindly if sent, and then the spans are looked for in the wrong place.
        let own = [keys::TAG_SPANS_LOCATION, keys::TAG_ARTIFACT_LOCATION];
        let given = self.info.tags.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        let mut tags: BTreeMap<_, _> = given
            .map(|(key, value)| (storable(key, keys::MAX_TAG_KEY), storable(value, keys::MAX_TAG_VALUE)))
            .collect();
        if !self.info.name.is_empty() {
            tags.insert(keys::TAG_TRACE_NAME.into(), storable(&self.info.name, keys::MAX_TAG_VALUE));
        }
        tags
    }
}

#[derive(Serialize)]
struct Body<'a> {
    trace: Outer<'a>,
}

#[derive(Serialize)]
struct Outer<'a> {
    trace_info: Info<'a>,
}

#[derive(Serialize)]
struct Info<'a> {
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<Cow<'a, str>>,
    trace_location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_preview: Option<String>,
    request_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_duration: Option<String>,
    state: &'static str,
    trace_metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    tags: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Serialize)]
struct Location<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    mlflow_experiment: Experiment<'a>,
}

#[derive(Serialize)]
struct Experiment<'a> {
    experiment_id: &'a str,
}

/// What the server says about a trace that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceAnswer {
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl TraceAnswer {
    /// Whether the spans are in the server's database.
    pub(crate) fn has_spans(&self) -> bool {
        self.tags.get(keys::TAG_SPANS_LOCATION).is_some_and(|place| place != "ARTIFACT_REPO")
    }
}

/// Reads what is answered when an info was sent or asked for; `None` when it is none.
pub(crate) fn trace_answer(body: &[u8]) -> Option<TraceAnswer> {
    #[derive(Deserialize)]
    struct Body {
        trace: Outer,
    }
    #[derive(Deserialize)]
    struct Outer {
        trace_info: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        #[serde(default)]
        tags: BTreeMap<String, String>,
        #[serde(default)]
        trace_metadata: BTreeMap<String, String>,
    }
    let Body { trace: Outer { trace_info: info } } = serde_json::from_slice(body).ok()?;
    Some(TraceAnswer { tags: info.tags, metadata: info.trace_metadata })
}

/// The first so many characters, without those that no PostgreSQL stores.
pub(super) fn storable(text: &str, max_chars: usize) -> Cow<'_, str> {
    // A char is at least a byte, so a short text needs no counting.
    let short = match text.len() <= max_chars {
        true => text,
        false => text.char_indices().nth(max_chars).map_or(text, |(end, _)| &text[..end]),
    };
    if short.contains('\0') { short.replace('\0', "\u{fffd}").into() } else { short.into() }
}

fn is_finite(cost: &Cost) -> bool {
    [cost.input_cost, cost.output_cost, cost.total_cost].iter().all(|dollars| dollars.is_finite())
}

/// The size statistics with a count that readers do not wait for in vain.
fn with_fewer_spans(stats: &str, fewer: u64) -> Option<String> {
    let mut stats: serde_json::Value = serde_json::from_str(stats).ok()?;
    let count = stats["num_spans"].as_u64()?;
    stats["num_spans"] = count.saturating_sub(fewer).into();
    Some(stats.to_string())
}

/// A moment with its milliseconds, in UTC.
pub(super) fn rfc_3339(unix_nanos: u64) -> String {
    let millis = unix_nanos / 1_000_000;
    let (days, in_day) = (millis / 86_400_000, millis % 86_400_000);
    // Days since 1 March of the year 0, in eras of 400 years, so that the leap day ends each year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = if months_since_march < 10 { months_since_march + 3 } else { months_since_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// A duration with its milliseconds, as protobuf's JSON has it.
fn seconds(nanos: u64) -> String {
    let millis = nanos / 1_000_000;
    format!("{}.{:03}s", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
#[path = "trace_info_tests.rs"]
mod tests;
