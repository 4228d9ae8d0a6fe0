//! Traces that are open for too long, or too many: their open spans are ended, and said to be.

use std::time::{Duration, Instant};

use super::{Assembler, OpenTrace};
use crate::buffer::record::{Section, push_tag, push_text};
use crate::config::TraceBounds;
use crate::model::TraceId;
use crate::pipeline::records::Said;
use crate::policy::{clock, notice};

/// How often the traces are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// What Python calls the exception that ends a trace.
const EXCEPTION: &str = "MlflowTracingException";

/// Why a trace is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// It runs for longer than its timeout.
    Timeout(Duration),
    /// It is open for longer than it is kept.
    Lifetime(Duration),
    /// Its root has ended long ago, its spans have not.
    Leaked(Duration),
    /// There are too many.
    TooMany(usize),
}

impl Reason {
    /// The sentence; for the timeout it is Python's.
    fn sentence(self, trace_id: TraceId) -> String {
        match self {
            Self::Timeout(bound) => format!(
                "Trace {trace_id} is timed out after {} seconds. The operation may be stuck or taking too long to \
                 complete. To increase the timeout, set the environment variable MLFLOW_TRACE_TIMEOUT_SECONDS to a \
                 larger value.",
                bound.as_secs_f64()
            ),
            Self::Lifetime(bound) => format!(
                "Trace {trace_id} was open for {} seconds and is ended. To keep traces longer, set \
                 MLFLOW_TRACE_BUFFER_TTL_SECONDS to a larger value.",
                bound.as_secs_f64()
            ),
            Self::Leaked(bound) => format!(
                "Trace {trace_id} has spans that were never ended: they are ended {} seconds after they began. Where \
                 spans do take longer, set MLFLOW_TRACE_BUFFER_TTL_SECONDS to a larger value.",
                bound.as_secs_f64()
            ),
            Self::TooMany(bound) => format!(
                "Trace {trace_id} is ended because more than {bound} traces are open. To allow more, set \
                 MLFLOW_TRACE_BUFFER_MAX_SIZE to a larger value."
            ),
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Timeout(_) => 0,
            Self::Lifetime(_) => 1,
            Self::Leaked(_) => 2,
            Self::TooMany(_) => 3,
        }
    }
}

/// When the traces were last looked at, and what has been said.
#[derive(Default)]
pub(super) struct Expiry {
    looked: Option<Instant>,
    has_said: [bool; 4],
}

impl Assembler {
    /// Ends the spans of traces that are over the bounds. The traces are handed over as any other whose spans have ended.
    pub(super) fn expire(&mut self, bounds: &TraceBounds) {
        let now = self.now;
        if self.expiry.looked.is_some_and(|looked| now.duration_since(looked) < EVERY) {
            return;
        }
        self.expiry.looked = Some(now);
        let mut due: Vec<(u128, Reason)> = self
            .traces
            .iter()
            .filter(|(_, trace)| trace.open > 0 && trace.route == 0)
            .filter_map(|(id, trace)| Some((*id, reason(trace, bounds, now)?)))
            .collect();
        if let Some(most) = bounds.open_traces {
            self.add_oldest(most, &mut due);
        }
        for (id, reason) in due {
            self.end_open_spans(id, reason);
        }
    }

    /// The oldest open traces that are too many.
    fn add_oldest(&self, most: usize, due: &mut Vec<(u128, Reason)>) {
        let is_open = |trace: &OpenTrace| trace.open > 0 && trace.route == 0 && trace.root_ended.is_none();
        let mut open: Vec<(Instant, u128)> = self
            .traces
            .iter()
            .filter(|(id, trace)| is_open(trace) && !due.iter().any(|(other, _)| other == *id))
            .map(|(id, trace)| (trace.since, *id))
            .collect();
        let too_many = open.len().saturating_sub(most);
        if too_many > 0 {
            open.sort_unstable();
            due.extend(open.iter().take(too_many).map(|(_, id)| (*id, Reason::TooMany(most))));
        }
    }

    fn end_open_spans(&mut self, id: u128, reason: Reason) {
        let (Some(trace), Some(trace_id)) = (self.traces.get_mut(&id), TraceId::from_u128(id)) else {
            return;
        };
        let sentence = reason.sentence(trace_id);
        let time = clock::nanos();
        for index in 0..trace.records.spans().len() {
            let Some(record) = trace.records.get_mut(index).filter(|record| !record.has_ended()) else {
                continue;
            };
            let (span, is_root) = (record.id, record.parent == 0);
            let end = time.max(record.start).max(1);
            record.end = end;
            let mut payload = Vec::new();
            if is_root || matches!(reason, Reason::Leaked(_)) {
                push_tag(&mut payload, Section::Exception);
                [EXCEPTION, &sentence, ""].iter().for_each(|text| push_text(&mut payload, text));
            }
            push_tag(&mut payload, Section::Failed);
            push_text(&mut payload, &sentence);
            trace.records.say(index, Said { time: end, payload: &payload });
            self.places.remove(&span);
        }
        trace.open = 0;
        trace.touched = self.pass;
        if !trace.is_late_part {
            trace.root_ended = Some((self.now, self.pass));
        }
        trace.count(&mut self.held_bytes);
        if let Some(has_said) = self.expiry.has_said.get_mut(reason.index())
            && !std::mem::replace(has_said, true)
        {
            notice::warn(&sentence);
        }
    }
}

fn reason(trace: &OpenTrace, bounds: &TraceBounds, now: Instant) -> Option<Reason> {
    let age = now.duration_since(trace.since);
    let is_rest = trace.root.is_some() && (trace.is_late_part || trace.root_ended.is_some());
    if let Some(timeout) = bounds.timeout.filter(|timeout| age >= *timeout) {
        // What is left of a trace that is over timed out no more than its root did.
        return Some(if is_rest { Reason::Leaked(timeout) } else { Reason::Timeout(timeout) });
    }
    if is_rest && age >= bounds.leaked_after() {
        return Some(Reason::Leaked(bounds.leaked_after()));
    }
    bounds.lifetime.filter(|lifetime| age >= *lifetime).map(Reason::Lifetime)
}

#[cfg(test)]
#[path = "expire_tests.rs"]
mod tests;
