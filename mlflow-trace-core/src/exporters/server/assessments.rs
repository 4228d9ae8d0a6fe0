//! Assessments of traces that the server has, one request each.

use super::round::{Ask, Problem, Round};
use crate::http::Method;
use crate::model::{AssessmentAct, AssessmentChange, TraceId};
use crate::wire::rest;

/// Makes a change; twice is as once, since an answer may be lost.
pub(super) fn change(round: &mut Round, trace_id: TraceId, change: &AssessmentChange) -> Result<(), Problem> {
    let trace = trace_id.to_string();
    let path = rest::assessment_path(&trace, &change.id.to_string());
    match change.act {
        AssessmentAct::Create => create(round, &trace, change, None),
        AssessmentAct::Override(old) => {
            let old = old.to_string();
            let answer = round.ask(&Ask::get(&rest::assessment_path(&trace, &old)))?;
            let of_old = rest::feedback_in(&answer.body).ok_or_else(|| {
                Problem::refused(format!("only feedback can be overridden, and {old} is something else."))
            })?;
            create(round, &trace, change, Some((&old, of_old)))
        }
        AssessmentAct::Update => {
            let body = rest::update_assessment(&trace, change);
            round.ask(&Ask { method: Method::Patch, ..Ask::post_json(&path, &body) }).map(drop)
        }
        AssessmentAct::Delete => {
            match round.ask(&Ask { method: Method::Delete, ..Ask::post_json(&path, b"{}") }) {
                // It is gone, maybe with its trace.
                Err(problem) if problem.status() == Some(404) && !problem.is_unknown_route() => Ok(()),
                done => done.map(drop),
            }
        }
    }
}

fn create(
    round: &mut Round,
    trace: &str,
    change: &AssessmentChange,
    overrides: Option<(&str, rest::Overridden)>,
) -> Result<(), Problem> {
    let id = change.id.to_string();
    let body = rest::create_assessment(trace, change, overrides);
    let path = rest::assessments_path(trace);
    match round.ask(&Ask { repeats_races: false, ..Ask::post_json(&path, &body) }) {
        Ok(answer) => {
            if rest::id_in(&answer.body).is_some_and(|given| given != id) {
                let base = &round.server.connection.base;
                let remark = format!(
                    "{base} gives assessments ids of its own, so that those which the log functions return can't be \
                     updated, overridden or deleted there."
                );
                round.sent.remarks.push(remark);
            }
            Ok(())
        }
        // Maybe it is there, by a request of ours whose answer was lost.
        Err(problem) if problem.refusal.as_ref().is_some_and(|refusal| refusal.is_race()) => {
            match round.ask(&Ask::get(&rest::assessment_path(trace, &id))) {
                Ok(_) => Ok(()),
                Err(_) => Err(problem),
            }
        }
        Err(problem) => Err(problem),
    }
}
