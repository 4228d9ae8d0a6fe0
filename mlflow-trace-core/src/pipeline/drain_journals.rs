//! Delivering what ended processes left in their journals, for a program that does nothing else.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::describe::Source;
use super::destinations::Destinations;
use super::recover::Recovery;
use crate::buffer::Limits;
use crate::exporters::{Exporter, Urgency};

/// Between two looks at destinations that work on threads of their own.
const BREATH: Duration = Duration::from_millis(10);
/// How long destinations may take to end.
const ENDING: Duration = Duration::from_secs(5);

/// What became of the journals.
pub(crate) struct DrainedJournals {
    /// Traces that still wait in them.
    pub(crate) left_traces: u64,
    pub(crate) remarks: Vec<String>,
}

/// Delivers the journals under this folder until the deadline.
pub(crate) fn drain_journals(
    journals: &Path,
    source: Source,
    exporters: Vec<Box<dyn Exporter>>,
    limits: Limits,
    deadline: Instant,
) -> DrainedJournals {
    let (mut recovery, source) = (Recovery::new(journals), Arc::new(source));
    let mut destinations = Destinations::new(exporters);
    while Instant::now() < deadline {
        let traces = recovery.next(&source, limits);
        if traces.is_empty() {
            break;
        }
        for trace in &traces {
            destinations.push(trace);
        }
        // Who holds a trace keeps its journal.
        drop(traces);
        settle(&mut destinations, Urgency::Flush, deadline);
    }
    settle(&mut destinations, Urgency::Final, Instant::now() + ENDING);
    DrainedJournals { left_traces: recovery.left_traces() as u64, remarks: recovery.take_remarks() }
}

/// Calls the destinations until they have settled all that they have.
fn settle(destinations: &mut Destinations, urgency: Urgency, deadline: Instant) {
    let marks = destinations.marks();
    loop {
        destinations.export(urgency);
        if destinations.have_settled(&marks) || Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(BREATH);
    }
}
