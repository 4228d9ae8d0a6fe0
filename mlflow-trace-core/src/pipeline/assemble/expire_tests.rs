//! Traces that are open for too long, and too many of them.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::buffer::record::Head;
use crate::buffer::{Hub, Limits};
use crate::model::{Trace, TraceState};
use crate::pipeline::describe::Source;

struct Reading {
    assembler: Assembler,
    hub: Hub,
    source: Arc<Source>,
}

impl Reading {
    fn new(bounds: TraceBounds) -> Self {
        let limits = Limits { memory_bytes: 1 << 20, spans: 1000, span_bytes: 10_000 };
        let source = Arc::new(Source { bounds, ..Source::default() });
        Self { assembler: Assembler::new(Arc::default()), hub: Hub::new(limits), source }
    }

    /// A root that stays open.
    fn start(&mut self, trace_id: u128) {
        let span = u64::try_from(trace_id).unwrap();
        let head = Head::Start { trace_id, span, parent: 0, time: span, callsite: 0, route: 0 };
        self.assembler.begin_pass();
        self.assembler.take(head, b"", &self.hub);
    }

    /// As if all traces were older by this.
    fn wait(&mut self, time: Duration) {
        for trace in self.assembler.traces.values_mut() {
            trace.since = trace.since.checked_sub(time).unwrap();
        }
        self.assembler.expiry.looked = None;
    }

    /// What is handed over in two readings: a trace whose spans have ended is judged after one more.
    fn ended(&mut self) -> Vec<Trace> {
        let mut done = Vec::new();
        for _ in 0..2 {
            self.assembler.begin_pass();
            done.extend(self.assembler.settle(false, &self.source, &self.hub));
        }
        done.iter().map(|done| done.finished.build()).collect()
    }
}

fn says(trace: &Trace, variable: &str) -> bool {
    trace.info.state == TraceState::Error && trace.spans[0].status.message.contains(variable)
}

#[test]
fn a_trace_that_is_open_for_longer_than_its_lifetime_is_ended_and_handed_over() {
    let bounds = TraceBounds { lifetime: Some(Duration::from_secs(60)), ..TraceBounds::default() };
    let mut reading = Reading::new(bounds);
    reading.start(7);
    reading.wait(Duration::from_secs(59));
    assert!(reading.ended().is_empty());
    reading.wait(Duration::from_secs(1));
    let ended = reading.ended();
    assert_eq!(ended.len(), 1);
    assert!(says(&ended[0], "MLFLOW_TRACE_BUFFER_TTL_SECONDS"), "{:?}", ended[0].spans[0].status);
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn beyond_the_number_of_open_traces_the_oldest_are_ended() {
    let mut reading = Reading::new(TraceBounds { open_traces: Some(2), ..TraceBounds::default() });
    for trace_id in 1..=3 {
        reading.start(trace_id);
        reading.wait(Duration::from_secs(1));
    }
    let ended = reading.ended();
    assert_eq!(ended.iter().map(|trace| trace.info.trace_id.to_u128()).collect::<Vec<_>>(), [1]);
    assert!(says(&ended[0], "MLFLOW_TRACE_BUFFER_MAX_SIZE"), "{:?}", ended[0].spans[0].status);
}

#[test]
fn without_bounds_nothing_that_runs_is_ended() {
    let mut reading = Reading::new(TraceBounds::default());
    reading.start(7);
    reading.wait(Duration::from_secs(100_000));
    assert!(reading.ended().is_empty());
}
