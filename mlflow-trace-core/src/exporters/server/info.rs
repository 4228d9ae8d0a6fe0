//! The info about a trace as a whole: sent after its spans, read back where something is wanted from it.

use std::collections::BTreeMap;

use super::probe::Capabilities;
use super::round::{Ask, Problem, Round};
use crate::model::{TraceId, TraceInfo, keys};
use crate::wire::rest::{self, Refusal, TraceAnswer, TraceRequest};

/// Metadata that servers make of spans; 3.6 to 3.9 fail when the info does not bring them along.
const OF_SPANS: [&str; 4] =
    [keys::META_TOKEN_USAGE, keys::META_TRACE_SESSION, keys::META_TRACE_USER, keys::META_COST];

/// An info to be sent.
#[derive(Clone, Copy)]
pub(super) struct InfoOf<'a> {
    pub(super) info: &'a TraceInfo,
    pub(super) experiment_id: &'a str,
    pub(super) run_id: Option<&'a str>,
    pub(super) is_running: bool,
    pub(super) refused_spans: u64,
}

/// Sends it. Sending the same again changes nothing.
pub(super) fn send(
    round: &mut Round,
    capabilities: &Capabilities,
    what: InfoOf<'_>,
) -> Result<TraceAnswer, Problem> {
    let none = BTreeMap::new();
    let request = TraceRequest {
        info: what.info,
        experiment_id: what.experiment_id,
        run_id: what.run_id,
        is_running: what.is_running,
        with_cost: !capabilities.sums_cost,
        refused_spans: what.refused_spans,
        more_metadata: &none,
    };
    let problem = match post(round, capabilities, request) {
        Ok(answer) => return Ok(answer),
        Err(problem) => problem,
    };
    let Some(refusal) = &problem.refusal else { return Err(problem) };
    if !capabilities.takes_info_again && refusal.is_there_already() {
        return read(round, what.info.trace_id);
    }
    if wants_metadata_back(refusal) {
        let mut stored = read(round, what.info.trace_id)?;
        stored.metadata.retain(|key, _| OF_SPANS.contains(&key.as_str()));
        return post(round, capabilities, TraceRequest { more_metadata: &stored.metadata, ..request });
    }
    Err(problem)
}

/// Reads what the server has about a trace.
pub(super) fn read(round: &mut Round, trace_id: TraceId) -> Result<TraceAnswer, Problem> {
    let answer = round.ask(&Ask::get(&rest::trace_path(&trace_id.to_string())))?;
    rest::trace_answer(&answer.body).ok_or_else(|| unread(round))
}

fn post(
    round: &mut Round,
    capabilities: &Capabilities,
    request: TraceRequest<'_>,
) -> Result<TraceAnswer, Problem> {
    let body = request.to_json();
    let ask = Ask { repeats_races: capabilities.takes_info_again, ..Ask::post_json(rest::TRACES, &body) };
    let answer = round.ask(&ask)?;
    rest::trace_answer(&answer.body).ok_or_else(|| unread(round))
}

fn wants_metadata_back(refusal: &Refusal) -> bool {
    refusal.status == 500 && refusal.says_one_of(&["Dependency rule"])
}

fn unread(round: &Round) -> Problem {
    let base = &round.server.connection.base;
    Problem::refused(format!("what {base} answered about a trace can't be read; it may be no MLflow server."))
}
