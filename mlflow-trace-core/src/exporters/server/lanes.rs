//! The traces of one call in a few lanes side by side: spans first, then the info of each trace.
//!
//! A server answers one connection after the other in as many processes as it has, and spends far more time on a trace
//! than we do. Lanes are threads that live as long as the call; a call with few traces needs none. Everything about one
//! trace stays in one lane, in its order.

use std::borrow::Cow;
use std::collections::HashSet;
use std::thread;

use super::info::{self, InfoOf};
use super::probe::Capabilities;
use super::round::{Problem, Round};
use super::spans::{Courier, Interruption, Outcome};
use crate::model::{Completeness, Trace, TraceId};
use crate::wire::otlp::Encoding;
use crate::wire::rest::TraceAnswer;

/// As many as an MLflow server has processes unless it is told otherwise.
pub(super) const MOST_LANES: usize = 4;
/// Fewer traces are not worth another lane.
const TRACES_OF_A_LANE: usize = 4;

/// A trace on its way, with its place among those of the call.
pub(super) struct Load<'t> {
    pub(super) place: usize,
    pub(super) trace: Cow<'t, Trace>,
    /// The server has heard of the trace as a whole or as one that runs.
    pub(super) is_known: bool,
}

/// What all lanes of a call have in common.
pub(super) struct Way<'w> {
    pub(super) encoding: &'w Encoding,
    pub(super) capabilities: &'w Capabilities,
    pub(super) experiment_id: &'w str,
    /// `x-mlflow-experiment-id` and, if there is one, `x-mlflow-run-id`.
    pub(super) headers: &'w [(&'w str, &'w str)],
    pub(super) max_body: usize,
}

/// How far a trace has come.
pub(super) struct Passed {
    pub(super) place: usize,
    pub(super) outcome: Outcome,
    /// Nothing of it was taken, now or before.
    pub(super) is_refused: bool,
    /// What the server said to the info, and whether it was that of a running trace; nothing where none was due.
    pub(super) info: Option<(bool, Result<TraceAnswer, Problem>)>,
}

/// What came of one lane.
pub(super) struct LaneEnd {
    pub(super) passed: Vec<Passed>,
    pub(super) interruption: Option<Interruption>,
    /// Learnt from the server.
    pub(super) max_body: usize,
}

impl Way<'_> {
    /// Sends all of it, in as many lanes as it is worth.
    pub(super) fn send(&self, round: &mut Round, loads: Vec<Load<'_>>) -> Vec<LaneEnd> {
        let lanes = in_lanes(loads);
        let (first, others) = match lanes.split_first() {
            None => return Vec::new(),
            Some((only, [])) => return vec![self.send_lane(round, only)],
            Some(lanes) => lanes,
        };
        thread::scope(|scope| {
            let mut ends = Vec::new();
            let mut running = Vec::new();
            for lane in others {
                let mut of_lane = round.another();
                let job = move || {
                    let end = self.send_lane(&mut of_lane, lane);
                    (end, of_lane)
                };
                match thread::Builder::new().spawn_scoped(scope, job) {
                    Ok(thread) => running.push(thread),
                    // The system gives no thread: then one after the other.
                    Err(_) => ends.push(self.send_lane(round, lane)),
                }
            }
            ends.push(self.send_lane(round, first));
            for thread in running {
                match thread.join() {
                    Ok((end, of_lane)) => {
                        round.join(of_lane);
                        ends.push(end);
                    }
                    // A mistake of ours, as it would be on this thread.
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            ends
        })
    }

    fn send_lane(&self, round: &mut Round, loads: &[Load<'_>]) -> LaneEnd {
        let mut end = LaneEnd { passed: Vec::new(), interruption: None, max_body: self.max_body };
        let mut courier = Courier {
            round,
            encoding: self.encoding,
            headers: self.headers,
            takes_gzip: self.capabilities.takes_gzip,
            max_body: &mut end.max_body,
        };
        let outcomes = match courier.deliver(loads.iter().map(|load| Cow::Borrowed(&*load.trace))) {
            Ok(outcomes) => outcomes,
            Err(interruption) => {
                end.interruption = Some(interruption);
                return end;
            }
        };
        let mut known: HashSet<TraceId> = loads
            .iter()
            .filter(|load| load.is_known || load.trace.completeness == Completeness::Whole)
            .map(|load| load.trace.info.trace_id)
            .collect();
        for (load, outcome) in loads.iter().zip(outcomes) {
            let info = is_due(load, &outcome, &mut known)
                .map(|is_running| (is_running, self.send_info(round, load, &outcome, is_running)));
            let interruption =
                info.as_ref().and_then(|(_, answer)| answer.as_ref().err()).and_then(Problem::interrupts);
            let is_refused = outcome.has_refused_all(&load.trace);
            end.passed.push(Passed { place: load.place, outcome, is_refused, info });
            if interruption.is_some() {
                end.interruption = interruption;
                return end;
            }
        }
        end
    }

    fn send_info(
        &self,
        round: &mut Round,
        load: &Load<'_>,
        outcome: &Outcome,
        is_running: bool,
    ) -> Result<TraceAnswer, Problem> {
        let what = InfoOf {
            info: &load.trace.info,
            experiment_id: self.experiment_id,
            run_id: None,
            is_running,
            refused_spans: outcome.refused.len() as u64,
        };
        info::send(round, self.capabilities, what)
    }
}

/// Whether an info follows, and whether it is that of a running trace.
fn is_due(load: &Load<'_>, outcome: &Outcome, known: &mut HashSet<TraceId>) -> Option<bool> {
    let trace = &load.trace;
    if outcome.is_later || outcome.has_refused_all(trace) {
        return None;
    }
    match trace.completeness {
        Completeness::LateSpans | Completeness::Tags | Completeness::Assessment => None,
        Completeness::Whole => Some(false),
        // Seen in the lists while it runs, with its name; said once, and never after the whole.
        Completeness::Running => known.insert(trace.info.trace_id).then_some(true),
    }
}

/// Everything about one trace in one lane.
fn in_lanes(loads: Vec<Load<'_>>) -> Vec<Vec<Load<'_>>> {
    let count = loads.len().div_ceil(TRACES_OF_A_LANE).clamp(1, MOST_LANES);
    let mut lanes: Vec<Vec<Load<'_>>> = Vec::new();
    lanes.resize_with(count, Vec::new);
    let mut trace_ids: Vec<TraceId> = Vec::new();
    for load in loads {
        let id = load.trace.info.trace_id;
        let number = trace_ids.iter().position(|known| *known == id).unwrap_or_else(|| {
            trace_ids.push(id);
            trace_ids.len() - 1
        });
        // Invariant: a remainder of the number of lanes, which is at least one.
        lanes[number % count].push(load);
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}
