//! Delivering what other processes have left in disk queues and journals, for the command line tool.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{destinations, durable, program};
use crate::buffer::Limits;
use crate::buffer::journal::journal_folders;
use crate::config::{Choices, Settings, environment};
use crate::error::Error;
use crate::exporters::{Fate, Parcel};
use crate::pipeline;
use crate::spool::Spool;

/// How many traces go to a sender at once.
const MOST_TRACES: usize = 50;
const MOST_BYTES: usize = 4 << 20;
/// A time so far away can always be expressed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two tries at a destination that does not take what it is sent.
const PAUSE: Duration = Duration::from_secs(2);

/// What became of one destination's queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drained {
    pub(crate) name: String,
    pub(crate) delivered_traces: u64,
    pub(crate) refused_traces: u64,
    /// Traces that still wait.
    pub(crate) left_traces: u64,
    pub(crate) failure: Option<String>,
    pub(crate) remarks: Vec<String>,
}

/// Delivers to each destination of the environment what ended processes left for it, within a limit.
///
/// # Errors
/// A setting of the environment that can't be used.
pub(crate) fn drain(limit: Duration) -> Result<Vec<Drained>, Error> {
    let deadline = Instant::now() + limit.min(LONGEST);
    let variable = environment::variable;
    let (mut settings, problems) =
        Settings::resolve(&Choices::default(), variable, &environment::working_directory());
    if let Some(problem) = problems.in_environment.into_iter().next() {
        return Err(Error::invalid(problem));
    }
    // How long recovered spans took is no news of this program.
    settings.metrics = None;
    let mut all = match &settings.spool.folder {
        Some(folder) => drain_spools(&settings, folder, deadline)?,
        None => Vec::new(),
    };
    drain_journals(&settings, deadline, &mut all);
    Ok(all)
}

fn drain_spools(settings: &Settings, folder: &Path, deadline: Instant) -> Result<Vec<Drained>, Error> {
    let networks = settings.destinations.iter().filter(|one| destinations::is_network(one));
    networks
        .map(|destination| {
            let identity = destinations::identity(destination);
            let mut spool = Spool::new(folder, &identity, settings.spool.max_bytes);
            let mut drained = Drained { name: destinations::name(destination), ..Drained::default() };
            spool.adopt();
            if spool.waiting().traces > 0 {
                let mut sender = destinations::sender(destination)?;
                empty(&mut spool, deadline, &mut drained, |parcels, deadline| sender.send(parcels, deadline));
            }
            drained.left_traces = spool.waiting().traces;
            drained.remarks.extend(spool.take_remarks());
            Ok(drained)
        })
        .collect()
}

/// Delivers what ended processes left in their journals, to all destinations; what a destination can't take now goes to
/// its disk queue, or stays.
fn drain_journals(settings: &Settings, deadline: Instant, all: &mut Vec<Drained>) {
    let journals = durable::journals(settings);
    let with_rules = durable::journals_with_rules(settings);
    let locked = with_rules.iter().filter(|folder| !journal_folders(folder).is_empty());
    let mut remarks: Vec<String> = locked
        .map(|folder| {
            format!(
                "what is in {} was recorded by a program with rules of redaction, which alone knows them: start it to \
                 have its spans delivered.",
                folder.display()
            )
        })
        .collect();
    let mut left_traces = 0;
    if !journal_folders(&journals).is_empty() {
        let limits = Limits {
            memory_bytes: settings.max_memory_bytes,
            spans: settings.max_spans,
            span_bytes: settings.max_span_bytes,
        };
        let (tallies, exporters) = destinations::plan(settings, &(Arc::new(|| {}) as destinations::Wake));
        let drained = pipeline::drain_journals(&journals, program::describe(), exporters(), limits, deadline);
        left_traces = drained.left_traces;
        remarks.extend(drained.remarks);
        for tally in tallies {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let known = all.iter().position(|one| one.name == tally.name).unwrap_or_else(|| {
                all.push(Drained { name: tally.name.clone(), ..Drained::default() });
                all.len() - 1
            });
            let Some(one) = all.get_mut(known) else { continue };
            one.delivered_traces += count(&tally.delivered_traces);
            // These are what the disk queue holds by now, what was left there before among it.
            one.left_traces = one.left_traces.max(count(&tally.spooled_traces));
            one.failure = tally.last_failure().or_else(|| one.failure.take());
        }
    }
    if left_traces > 0 || !remarks.is_empty() {
        let name = format!("journal {}", journals.display());
        all.push(Drained { name, left_traces, remarks, ..Drained::default() });
    }
}

fn empty(
    spool: &mut Spool,
    deadline: Instant,
    drained: &mut Drained,
    mut send: impl FnMut(&[Parcel], Instant) -> crate::exporters::Sent,
) {
    loop {
        let entries = spool.oldest(MOST_TRACES, MOST_BYTES);
        if entries.is_empty() || Instant::now() >= deadline {
            return;
        }
        let (positions, parcels): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .map(|entry| (entry.position, Parcel { trace: entry.trace, experiment: entry.experiment }))
            .unzip();
        let sent = send(&parcels, deadline);
        let mut settled = Vec::new();
        for (position, fate) in positions.iter().zip(&sent.fates) {
            match fate {
                Fate::Delivered { .. } => drained.delivered_traces += 1,
                Fate::Refused => drained.refused_traces += 1,
                Fate::Later => continue,
            }
            settled.push(*position);
        }
        spool.settle(&settled);
        drained.remarks.extend(sent.remarks);
        drained.failure = sent.failure.map(|failure| failure.sentence);
        if settled.is_empty() {
            let pause = sent.pause.unwrap_or(PAUSE).clamp(PAUSE, LONGEST);
            if Instant::now() + pause >= deadline {
                return;
            }
            std::thread::sleep(pause);
        }
    }
}
