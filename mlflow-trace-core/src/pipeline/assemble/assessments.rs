//! Assessments of traces: each is a hand-over of its own, behind that of its trace.

use std::sync::Arc;

use super::Assembler;
use crate::buffer::Hub;
use crate::buffer::record::{Section, Sections};
use crate::buffer::tape::to_json;
use crate::exporters::Finished;
use crate::model::{AssessmentChange, AssessmentKind, Completeness, Json, Trace, TraceId, TraceInfo};
use crate::pipeline::complete::Done;
use crate::pipeline::describe::Source;
use crate::policy::notice;

/// What was said about one trace and has not been handed over.
pub(super) struct Assessments {
    route: u32,
    said: Vec<Said>,
}

struct Said {
    /// The pass in which it was read: what was said before it may stand in a log that is read later.
    pass: u64,
    time: u64,
    bytes: usize,
    change: AssessmentChange,
}

impl Assessments {
    /// The time up to which all has been read that was said, when that is so for anything.
    fn due(&self, pass: u64) -> Option<u64> {
        self.said.iter().filter(|said| said.pass < pass).map(|said| said.time).max()
    }
}

/// The route by which an assessment goes; nothing when this is something else that is said about a trace.
pub(super) fn route(payload: &[u8]) -> Option<u32> {
    let mut fields = Sections::new(payload);
    (fields.tag()? == Section::Assessment).then(|| fields.text().parse().ok())?
}

fn read(payload: &[u8]) -> Option<AssessmentChange> {
    let mut fields = Sections::new(payload);
    let (_tag, _route) = (fields.tag(), fields.bytes());
    let mut change: AssessmentChange = serde_json::from_slice(fields.bytes()).ok()?;
    if fields.tag() == Some(Section::AssessmentValue) {
        change.value = Some(Json::from_valid(to_json(fields.bytes())));
    }
    Some(change)
}

impl Assembler {
    /// Keeps an assessment until its trace has been handed over.
    pub(super) fn assess(&mut self, trace_id: u128, time: u64, payload: &[u8], route: u32, hub: &Hub) {
        // Texts are cut at the bound of values, and half a text of JSON is none.
        let Some(mut change) = read(payload) else {
            hub.count_cut_value();
            notice::warn(
                "an assessment whose texts are larger than MLFLOW_TRACE_MAX_VALUE_BYTES was left out; raise it, or make \
                 the rationale or the metadata shorter.",
            );
            return;
        };
        let is_null = change.value.as_ref().is_some_and(|value| value.as_str() == "null");
        if is_null && change.text.kind == AssessmentKind::Expectation {
            hub.count_cut_value();
            notice::warn("an expectation without a value was left out; MLflow keeps none, so give it one.");
            return;
        }
        change.unix_millis = time.saturating_add(self.wall_offset(route)) / 1_000_000;
        let bytes = payload.len() + size_of::<AssessmentChange>() + 128;
        self.held_bytes += bytes;
        let of_trace = self.assessments.entry(trace_id);
        let of_trace = of_trace.or_insert_with(|| Assessments { route, said: Vec::new() });
        of_trace.said.push(Said { pass: self.pass, time, bytes, change });
    }

    /// Those that were read before this pass and whose trace is not here any more, in the order in which they were said.
    pub(super) fn assessments_before(&mut self, pass: u64, source: &Arc<Source>) -> Vec<Done> {
        let (traces, mut due) = (&self.traces, Vec::new());
        self.assessments.retain(|id, one| {
            let is_open = traces.get(id).is_some_and(|trace| !trace.was_handed_over());
            let Some(until) = one.due(pass).filter(|_| !is_open) else { return true };
            let (now, later): (Vec<Said>, _) = one.said.drain(..).partition(|said| said.time <= until);
            due.extend(now.into_iter().map(|said| (*id, one.route, said)));
            one.said = later;
            !one.said.is_empty()
        });
        due.sort_by_key(|(.., said)| said.time);
        let mut done = Vec::new();
        for (id, route, Said { bytes, change, .. }) in due {
            self.held_bytes = self.held_bytes.saturating_sub(bytes);
            // Nobody has a trace that was not kept.
            if self.left_out.has_trace(id) {
                continue;
            }
            let (Some(trace_id), source) = (TraceId::from_u128(id), source.on_route(route)) else { continue };
            let build = move || {
                let mut trace = Trace::new(TraceInfo::new(trace_id), Vec::new(), Completeness::Assessment);
                let mut change = change.clone();
                source.redactors.iter().for_each(|redactor| redactor.assessment(&mut change));
                trace.assessment = Some(Box::new(change));
                trace
            };
            let finished = Finished::new(trace_id, Completeness::Assessment, 0, bytes, &self.finished, build);
            done.push(Done { finished, route, start: u64::MAX });
        }
        done
    }
}
