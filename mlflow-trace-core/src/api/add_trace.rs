//! Merging a trace that was made elsewhere into one of this process.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, UNIX_EPOCH};

use super::handle::current_span;
use super::scope::recorder_now;
use super::{SpanHandle, span};
use crate::buffer::record::Section;
use crate::context::{Context, Mode};
use crate::error::Error;
use crate::model::{Link, Span, SpanId, SpanType, StatusCode, Trace, TraceState, keys};
use crate::recorder::{Payload, Recorder};
use crate::runtime;

/// Adds a finished trace to another one, for example that of a remote service that sends its trace with its answer.
///
/// Its spans go below `target`, else below the current span, else into a trace of their own whose root is called
/// `Remote Trace <name>`. They get ids of their own and keep times, values, events and links; tags and metadata are
/// added where the trace has none of the same name. What is added goes the way of all spans: through redaction and the
/// bounds, to every destination.
///
/// ```
/// use mlflow_trace_core::{Trace, add_trace, span};
///
/// # fn ask() -> String { include_str!("../model/remote_trace.json").to_owned() }
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// span("call the service").run(|span| {
///     let trace = Trace::from_json(&ask())?;
///     add_trace(&trace, Some(&span))
/// })
/// # }
/// ```
///
/// # Errors
/// When the trace has not ended, or has no spans.
pub fn add_trace(trace: &Trace, target: Option<&SpanHandle>) -> Result<(), Error> {
    if cfg!(feature = "disabled") || runtime::is_off() {
        return Ok(());
    }
    let id = trace.info.trace_id;
    if trace.info.state == TraceState::InProgress {
        return Err(Error::invalid(format!("the trace {id} is in progress; add it when it has ended")));
    }
    let Some(first) = trace.root().or(trace.spans.first()) else {
        return Err(Error::invalid(format!("the trace {id} has no spans that could be added")));
    };
    let target = target.cloned().unwrap_or_else(current_span);
    match target.context().mode() {
        Mode::Recording | Mode::InLostSpan | Mode::Remote => merge(trace, target.context()),
        Mode::Outside => add_as_trace(trace, first),
        Mode::Lost => {
            if let Some(recorder) = recorder_now() {
                recorder.count_lost(trace.spans.len());
            }
        }
        Mode::Silent | Mode::Unsampled | Mode::Paused => {}
    }
    Ok(())
}

/// A trace of its own around the spans, as Python makes it.
fn add_as_trace(trace: &Trace, first: &Span) {
    let time = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
    let mut root = span(format!("Remote Trace <{}>", first.name))
        .root()
        .start_time(time(first.start_unix_nanos.saturating_sub(1)));
    for (key, value) in own_attributes(first) {
        root = root.json(key, value);
    }
    let root = root.start_detached();
    if matches!(root.context().mode(), Mode::Recording | Mode::InLostSpan) {
        merge(trace, root.context());
    }
    if trace.info.state == TraceState::Error {
        root.set_status(StatusCode::Error, "");
    }
    root.end_at(time(first.end_unix_nanos));
}

fn merge(trace: &Trace, target: Context) {
    let Some(recorder) = recorder_now() else { return };
    let new_id = |span: &Span| (span.span_id, recorder.draw_span_id(&target));
    let mut ids: HashMap<SpanId, u64> = trace.spans.iter().map(new_id).collect();
    let mut used = HashSet::new();
    for (index, parent) in parents_first(&trace.spans) {
        let Some(span) = trace.spans.get(index) else { continue };
        let parent = parent.and_then(|id| ids.get(&id).copied()).unwrap_or(target.span);
        // Of spans with the same id, which only a damaged trace has, the first one keeps the children.
        let id = ids.get(&span.span_id).copied().filter(|id| used.insert(*id));
        let id = id.unwrap_or_else(|| recorder.draw_span_id(&target));
        let is_kept =
            recorder.finished(&target.in_span(parent), id, &mut |payload| write(payload, span, &ids, target));
        if !is_kept {
            // Its children become its parent's.
            ids.insert(span.span_id, parent);
        }
    }
    add_facts(recorder, trace, &target);
}

/// The indices of spans and their parents, each parent before its children. Spans whose parents are missing have none,
/// and a circle, which only a damaged trace has, is opened at the span that stands first.
fn parents_first(spans: &[Span]) -> Vec<(usize, Option<SpanId>)> {
    let known: HashMap<SpanId, usize> =
        spans.iter().enumerate().rev().map(|(index, span)| (span.span_id, index)).collect();
    let mut below: HashMap<SpanId, Vec<usize>> = HashMap::new();
    let (mut tops, mut order) = (Vec::new(), Vec::with_capacity(spans.len()));
    for (index, span) in spans.iter().enumerate() {
        match span.parent_id.filter(|parent| known.contains_key(parent) && *parent != span.span_id) {
            Some(parent) => below.entry(parent).or_default().push(index),
            None => tops.push(index),
        }
    }
    let mut is_visited = vec![false; spans.len()];
    // Those behind the tops are reached already, but for circles.
    for top in tops.into_iter().chain(0..spans.len()) {
        let mut waiting = vec![(top, None)];
        while let Some((index, parent)) = waiting.pop() {
            let Some(is_visited) = is_visited.get_mut(index).filter(|is_visited| !**is_visited) else {
                continue;
            };
            *is_visited = true;
            order.push((index, parent));
            if let Some(span) = spans.get(index) {
                let children = below.get(&span.span_id).into_iter().flatten().rev();
                waiting.extend(children.map(|child| (*child, Some(span.span_id))));
            }
        }
    }
    order
}

/// What is known of a span. Links to spans of its own trace follow them into the new one.
fn write(payload: &mut Payload, span: &Span, ids: &HashMap<SpanId, u64>, target: Context) {
    payload.texts(Section::Name, &[&span.name]);
    payload.number(Section::StartedAt, span.start_unix_nanos);
    payload.number(Section::EndedAt, span.end_unix_nanos);
    payload.texts(Section::Status, &[span.status.code.as_str(), &span.status.message]);
    if span.span_type != SpanType::Unknown {
        payload.texts(Section::SpanType, &[span.span_type.as_str()]);
    }
    for (key, value) in own_attributes(span) {
        payload.json(Section::Attribute, Some(key), value);
    }
    for event in &span.events {
        let attributes = event.attributes.iter().map(|(key, value)| (key, value));
        payload.event_at(event.time_unix_nanos, &event.name, attributes);
    }
    for link in &span.links {
        let moved = ids.get(&link.span_id).filter(|_| link.trace_id == span.trace_id);
        let moved = moved
            .and_then(|id| Some((SpanHandle::new(target.in_span(*id)).trace_id()?, SpanId::from_u64(*id)?)));
        match moved {
            Some((trace_id, span_id)) => {
                payload.link(&Link { attributes: link.attributes.clone(), ..Link::new(trace_id, span_id) });
            }
            None => payload.link(link),
        }
    }
}

/// The attributes that a span takes along: not those that say which trace it was in, and when it began.
fn own_attributes(span: &Span) -> impl Iterator<Item = (&str, &crate::model::Json)> {
    let of_its_place = [keys::TRACE_REQUEST_ID, keys::SPAN_START_TIME];
    let attributes = span.attributes.iter().map(|(key, value)| (key.as_str(), value));
    attributes.filter(move |(key, _)| !of_its_place.contains(key))
}

/// What is known of the whole, for where nothing else is.
fn add_facts(recorder: &Recorder, trace: &Trace, target: &Context) {
    let info = &trace.info;
    // These are worked out anew of all spans, or belong to where the trace was stored.
    let of_its_place = [
        keys::META_TRACE_INPUTS,
        keys::META_TRACE_OUTPUTS,
        keys::META_SIZE_STATS,
        keys::META_SIZE_BYTES,
        keys::META_INFO_FINALIZED,
    ];
    let session = info.session.as_deref().map(|session| (keys::META_TRACE_SESSION, session));
    let metadata = info.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in metadata.chain(session).filter(|(key, _)| !of_its_place.contains(key)) {
        recorder.update_trace(target, |payload| payload.texts(Section::FallbackMetadata, &[key, value]));
    }
    for (key, value) in &info.tags {
        recorder.update_trace(target, |payload| payload.texts(Section::FallbackTag, &[key, value]));
    }
}
