//! Delivering what other processes have left on disk, for the command line tool.

use std::time::{Duration, Instant};

use super::destinations;
use crate::config::{Choices, Settings, environment};
use crate::error::Error;
use crate::exporters::{Fate, Parcel};
use crate::spool::Spool;

/// How many traces go to a sender at once.
const MOST_TRACES: usize = 50;
const MOST_BYTES: usize = 4 << 20;
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

/// Delivers to each network destination of the environment what ended processes left for it, within a limit.
///
/// # Errors
/// A setting of the environment that can't be used.
pub(crate) fn drain(limit: Duration) -> Result<Vec<Drained>, Error> {
    let deadline = Instant::now() + limit;
    let variable = environment::variable;
    let (settings, problems) =
        Settings::resolve(&Choices::default(), variable, &environment::working_directory());
    if let Some(problem) = problems.in_environment.into_iter().next() {
        return Err(Error::invalid(problem));
    }
    let Some(folder) = &settings.spool.folder else { return Ok(Vec::new()) };
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
            let pause = sent.pause.unwrap_or(PAUSE).max(PAUSE);
            if Instant::now() + pause >= deadline {
                return;
            }
            std::thread::sleep(pause);
        }
    }
}
