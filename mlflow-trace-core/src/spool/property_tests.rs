//! Whatever the queue's processes do and whatever happens to its files: nothing is lost, doubled, or delivered wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::codec::tests as traces;
use super::tests::{Folder, adopt, die, trace_number};
use super::*;

const LIMIT: u64 = 1 << 30;

/// What one of the processes does next.
#[derive(Clone, Debug)]
enum Step {
    Append,
    /// Settles these of what it reads.
    Deliver {
        most: usize,
        settled: Vec<bool>,
    },
    /// Is killed, and another one starts.
    Die,
    /// Ends well, and another one starts.
    End,
    Adopt,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => Just(Step::Append),
        3 => (1..6_usize, vec(any::<bool>(), 6)).prop_map(|(most, settled)| Step::Deliver { most, settled }),
        1 => Just(Step::Die),
        1 => Just(Step::End),
        2 => Just(Step::Adopt),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_is_lost_or_doubled(steps in vec((0..3_usize, step()), 1..60), small_files: bool) {
        let folder = Folder::new();
        let start = || {
            let mut spool = Spool::new(&folder.0, "d", LIMIT);
            spool.file_bytes = if small_files { 600 } else { FILE_BYTES };
            spool
        };
        let mut processes = [start(), start(), start()];
        let (mut waiting, mut delivered) = (BTreeSet::new(), BTreeSet::new());
        let mut next = 0;
        for (who, step) in steps {
            let spool = &mut processes[who];
            match step {
                Step::Append => {
                    next += 1;
                    spool.append(&trace_number(next), &Experiment::Default).unwrap();
                    waiting.insert(next);
                }
                Step::Deliver { most, settled } => {
                    let entries = spool.oldest(most, usize::MAX);
                    prop_assert!(entries.len() <= most);
                    let mut positions = Vec::new();
                    for (entry, _) in entries.iter().zip(settled).filter(|(_, settled)| *settled) {
                        let number = entry.trace.info.start_unix_nanos;
                        prop_assert!(waiting.remove(&number), "{number} was not waiting");
                        prop_assert!(delivered.insert(number), "{number} twice");
                        positions.push(entry.position);
                    }
                    spool.settle(&positions);
                }
                Step::Die => die(std::mem::replace(spool, start())),
                Step::End => *spool = start(),
                Step::Adopt => { spool.adopt(); }
            }
        }
        let mut rest = BTreeSet::new();
        processes.into_iter().for_each(die);
        let mut last = start();
        adopt(&mut last, waiting.len() as u64);
        prop_assert_eq!(last.waiting().traces, waiting.len() as u64);
        loop {
            let entries = last.oldest(3, usize::MAX);
            if entries.is_empty() { break; }
            for entry in &entries {
                prop_assert!(rest.insert(entry.trace.info.start_unix_nanos));
            }
            last.settle(&entries.iter().map(|entry| entry.position).collect::<Vec<_>>());
        }
        prop_assert_eq!(rest, waiting);
        prop_assert_eq!(last.take_remarks(), Vec::<String>::new());
        drop(last);
        prop_assert_eq!(folder.spool_files().len(), 0);
    }

    #[test]
    fn damaged_or_cut_files_never_bring_a_wrong_trace(
        written in vec((traces::trace(), traces::experiment()), 1..5),
        settled in any::<Index>(),
        flips in vec((any::<Index>(), 1..=255_u8), 0..4),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let folder = Folder::new();
        let mut spool = Spool::new(&folder.0, "d", LIMIT);
        let mut known = BTreeMap::new();
        for (trace, experiment) in &written {
            let position = spool.append(trace, experiment).unwrap();
            known.insert(position, (trace, experiment));
        }
        let settled = *known.keys().nth(settled.index(known.len())).unwrap();
        let is_whole = flips.is_empty() && cut.is_none();
        spool.settle(&[settled]);
        die(spool);
        for path in folder.spool_files() {
            let mut bytes = fs::read(&path).unwrap();
            for (at, with) in &flips {
                let at = at.index(bytes.len());
                bytes[at] ^= with;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            fs::write(&path, bytes).unwrap();
        }
        let mut spool = Spool::new(&folder.0, "d", LIMIT);
        if is_whole { adopt(&mut spool, written.len() as u64 - 1); } else { spool.adopt(); }
        let read = spool.oldest(usize::MAX, usize::MAX);
        for entry in &read {
            let bytes = |trace: &Trace, experiment: &Experiment| {
                let mut out = Vec::new();
                codec::encode(trace, experiment, &mut out);
                out
            };
            let found = bytes(&entry.trace, &entry.experiment);
            prop_assert!(written.iter().any(|(trace, experiment)| bytes(trace, experiment) == found));
        }
        if is_whole {
            prop_assert_eq!(read.len(), written.len() - 1);
        }
        prop_assert!(read.len() <= written.len());
        // And it goes on.
        spool.settle(&read.iter().map(|entry| entry.position).collect::<Vec<_>>());
        spool.append(&written[0].0, &written[0].1).unwrap();
        prop_assert_eq!(spool.oldest(10, usize::MAX).len(), 1);
    }
}
