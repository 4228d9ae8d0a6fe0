//! What is said about a trace that the server has: tags that are set or deleted later, and the prompts that it used.

use super::assessments;
use super::round::{Ask, Problem, Round};
use crate::exporters::sender::{Fate, Parcel};
use crate::http::Method;
use crate::model::{Completeness, Trace, TraceInfo, keys, linked_prompts};
use crate::wire::rest;

/// Changes tags and assessments, in the order in which the changes came; those of a trace that is not there yet have to wait.
pub(super) fn change_all(round: &mut Round, parcels: &[Parcel], fates: &mut [Option<Fate>]) {
    for (place, parcel) in parcels.iter().enumerate() {
        if !matches!(parcel.trace.completeness, Completeness::Tags | Completeness::Assessment) {
            continue;
        }
        let trace_id = parcel.trace.info.trace_id;
        let waits = |(earlier, fate): (&Parcel, &Option<Fate>)| {
            earlier.trace.info.trace_id == trace_id && matches!(fate, None | Some(Fate::Later))
        };
        if parcels.iter().zip(fates.iter()).take(place).any(waits) {
            continue;
        }
        let done = match &parcel.trace.assessment {
            Some(change) => assessments::change(round, trace_id, change),
            None => change(round, &parcel.trace),
        };
        let fate = match done {
            Ok(()) => Fate::Delivered { refused_spans: 0 },
            Err(problem) => {
                round.note(&problem);
                if problem.stops {
                    return;
                }
                // A server that does not know the way never will.
                if problem.is_unknown_route() { Fate::Refused } else { problem.fate }
            }
        };
        if let Some(slot) = fates.get_mut(place) {
            *slot = Some(fate);
        }
    }
}

fn change(round: &mut Round, change: &Trace) -> Result<(), Problem> {
    let path = rest::tags_path(&change.info.trace_id.to_string());
    for key in &change.deleted_tags {
        let body = rest::delete_tag(key);
        let ask = Ask { method: Method::Delete, ..Ask::post_json(&path, &body) };
        match round.ask(&ask) {
            // It is gone, maybe by a request of ours whose answer was lost.
            Err(problem) if problem.status() == Some(404) && !problem.is_unknown_route() => {}
            Err(problem) => return Err(problem),
            Ok(_) => {}
        }
    }
    for (key, value) in &change.info.tags {
        let body = rest::set_tag(key, value);
        round.ask(&Ask { method: Method::Patch, ..Ask::post_json(&path, &body) })?;
    }
    Ok(())
}

/// Links the prompts that a trace names in its tag, so that searches find it by them. The tag alone shows them beside the
/// trace, so that a server which links nothing loses nothing else.
pub(super) fn link_prompts(round: &mut Round, info: &TraceInfo) {
    let Some(tag) = info.tags.get(keys::LINKED_PROMPTS) else { return };
    let Some(body) = rest::link_prompts(&info.trace_id.to_string(), &linked_prompts(tag)) else { return };
    if let Err(problem) = round.ask(&Ask::post_json(rest::LINK_PROMPTS, &body))
        && !problem.is_unknown_route()
    {
        round.sent.remarks.push(format!("prompts were not linked to traces: {}", problem.failure.sentence));
    }
}
