//! What processes that have ended left in their journals becomes traces again.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use super::assemble::Assembler;
use super::describe::Source;
use crate::buffer::journal::{DeadJournal, Settled, journal_folders};
use crate::buffer::record::{Head, split_first};
use crate::buffer::{Hub, Limits};
use crate::exporters::{Finished, Held};

/// Traces that are handed out at a time.
const PORTION: usize = 100;

/// The journals of processes that have ended, read one after the other, as fast as their traces are delivered: a process
/// leaves no more in its journal than it may have in memory.
#[derive(Default)]
pub(crate) struct Recovery {
    folders: VecDeque<PathBuf>,
    /// Of the journal that was read last.
    traces: VecDeque<Arc<Finished>>,
    /// Counts all of them that no destination has taken, apart from what this process recorded: that is in a journal, and
    /// must not keep new spans out.
    held: Arc<Held>,
    /// Of the journals that were read, as long as something of them is not settled.
    settled: Vec<Weak<Settled>>,
    remarks: Vec<String>,
}

impl Recovery {
    /// Of the journals under this folder. Reads files, as all of this does, so it belongs on the worker.
    pub(crate) fn new(journals: &Path) -> Self {
        Self { folders: journal_folders(journals).into(), ..Self::default() }
    }

    /// Whether all was handed out.
    pub(crate) fn is_done(&self) -> bool {
        self.folders.is_empty() && self.traces.is_empty()
    }

    /// Spans that no destination has taken. Of journals that were not read it is not known how many they hold: each
    /// counts for one, so that there is something.
    pub(crate) fn pending_spans(&self) -> usize {
        self.folders.len() + self.held.spans()
    }

    /// Traces that no destination has taken. Journals that were not read count as one.
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "`drain` counts them"))]
    pub(super) fn left_traces(&self) -> usize {
        let read = self.settled.iter().filter_map(Weak::upgrade).map(|settled| settled.unsettled_traces());
        self.folders.len() + read.sum::<usize>()
    }

    /// The next traces: of the finished spans that are not settled, the oldest first within a process. A journal is
    /// removed when the last of its traces is dropped: keep each until it is delivered, or on disk elsewhere.
    pub(crate) fn next(&mut self, source: &Arc<Source>, limits: Limits) -> Vec<Arc<Finished>> {
        while self.traces.is_empty()
            && let Some(folder) = self.folders.pop_front()
        {
            match DeadJournal::take_over(folder) {
                Ok(Some(journal)) => self.read(journal, source, limits),
                Ok(None) => {}
                Err(sentence) => self.remarks.push(sentence),
            }
        }
        let portion = self.traces.len().min(PORTION);
        self.traces.drain(..portion).collect()
    }

    /// Sentences that are worth saying once.
    pub(crate) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    fn read(&mut self, mut journal: DeadJournal, source: &Arc<Source>, limits: Limits) {
        self.settled.retain(|settled| settled.strong_count() > 0);
        self.settled.push(Arc::downgrade(&journal.settled));
        let of_journal = journal.source.take().and_then(|texts| source.of_journal(texts));
        let source = &of_journal.map_or_else(|| Arc::clone(source), Arc::new);
        let callsites = std::mem::take(&mut journal.callsites);
        let hub = Hub::of_dead_process(limits, callsites, Arc::clone(&journal.settled));
        let mut assembler = Assembler::new(Arc::clone(&self.held));
        assembler.begin_pass();
        assembler.set_wall_offset(journal.wall_offset);
        let mut payload = Vec::new();
        let damaged = journal.each_row(|mut words| {
            while let Some((head, rest)) = split_first(words, &mut payload) {
                if is_wanted(&head, &journal) {
                    assembler.take(head, &payload, &hub);
                }
                words = rest;
            }
        });
        if damaged > 0 {
            self.remarks.push(format!(
                "{damaged} bytes of the journal in {} are damaged; the spans in them are lost.",
                journal.folder.display()
            ));
        }
        for trace_id in &journal.settled_traces {
            assembler.continue_earlier(*trace_id);
        }
        // What was captured for a test goes nowhere.
        let done = assembler.settle_all(source, &hub).into_iter().filter(|done| done.route == 0);
        self.traces.extend(done.map(|done| Arc::new(done.finished)));
    }
}

/// What is settled is left out, and so is what the testing kit captured.
fn is_wanted(head: &Head, journal: &DeadJournal) -> bool {
    match head {
        Head::Start { span, route, .. } => *route == 0 && !journal.settled_spans.contains(span),
        Head::End { span, .. } | Head::Update { span, .. } => !journal.settled_spans.contains(span),
        Head::Trace { .. } => true,
    }
}

#[cfg(test)]
#[path = "recover_tests.rs"]
mod tests;
