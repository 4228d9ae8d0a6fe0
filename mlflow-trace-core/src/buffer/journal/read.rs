//! What a dead process left in its journal.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::super::hub::lock;
use super::home::{self, CALLSITES, RECORDS, SETTLED, SOURCE};
use super::{Settled, frame};
use crate::buffer::Callsite;
use crate::buffer::record::{Sections, push_text};
use crate::model::SpanType;

/// The journal of a process that has ended; ours alone.
pub(crate) struct DeadJournal {
    pub(crate) folder: PathBuf,
    /// Turns the records' times into nanoseconds since 1970.
    pub(crate) wall_offset: u64,
    /// The program that the traces come from, if it came to writing that.
    pub(crate) source: Option<Vec<String>>,
    /// By number, beginning with 1.
    pub(crate) callsites: Vec<Option<&'static Callsite>>,
    /// Spans that have been delivered, and the traces that they belong to.
    pub(crate) settled_spans: HashSet<u64>,
    pub(crate) settled_traces: HashSet<u128>,
    /// Takes the marks of what is recovered; the folder goes when the last one is dropped.
    pub(crate) settled: Arc<Settled>,
    records: Vec<PathBuf>,
}

/// The folders under this one in which processes, alive or not, have their journals.
pub(crate) fn journal_folders(journals: &Path) -> Vec<PathBuf> {
    home::folders(journals)
}

impl DeadJournal {
    /// Takes the journal over if its process has ended.
    ///
    /// # Errors
    /// A sentence, when it can't be read by this version.
    pub(crate) fn take_over(folder: PathBuf) -> Result<Option<Self>, String> {
        let taken = home::take_lock(&folder)?;
        Ok(taken.map(|(lock, wall_offset)| Self::open(folder, lock, wall_offset)))
    }

    fn open(folder: PathBuf, owner: fs::File, wall_offset: u64) -> Self {
        let (mut records, mut marks) = (Vec::new(), Vec::new());
        for path in fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with(RECORDS) {
                records.push(path);
            } else if let Some(number) = name.strip_suffix(SETTLED) {
                marks.push((number.parse().unwrap_or(0), path));
            }
        }
        records.sort();
        let next_number: u64 = marks.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let (mut settled_spans, mut settled_traces) = (HashSet::new(), HashSet::new());
        for (_, path) in &marks {
            frame::each_frame(&fs::read(path).unwrap_or_default(), |content| {
                let Some((trace, spans)) = content.split_first_chunk::<16>() else { return };
                settled_traces.insert(u128::from_le_bytes(*trace));
                settled_spans.extend(spans.as_chunks::<8>().0.iter().map(|span| u64::from_le_bytes(*span)));
            });
        }
        Self {
            source: read_source(&folder),
            callsites: read_callsites(&folder),
            settled: Settled::of_dead_process(folder.clone(), owner, next_number),
            folder,
            wall_offset,
            settled_spans,
            settled_traces,
            records,
        }
    }

    /// Calls `visit` with rows of whole records, thread by thread; returns how many bytes are damaged.
    pub(crate) fn each_row(&self, mut visit: impl FnMut(&[u64])) -> usize {
        let mut damaged = 0;
        let mut words = Vec::new();
        for path in &self.records {
            damaged += frame::each_frame(&fs::read(path).unwrap_or_default(), |content| {
                words.clear();
                words.extend(content.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)));
                visit(&words);
            });
        }
        damaged
    }
}

/// Texts, one after the other.
pub(super) fn texts_frame(texts: &[&str]) -> Vec<u8> {
    let mut content = vec![u8::try_from(texts.len()).unwrap_or(u8::MAX)];
    texts.iter().for_each(|text| push_text(&mut content, text));
    frame::frame(&content)
}

fn read_source(folder: &Path) -> Option<Vec<String>> {
    let mut source = None;
    frame::each_frame(&fs::read(folder.join(SOURCE)).ok()?, |content| {
        if let Some((count, rest)) = content.split_first() {
            let mut fields = Sections::new(rest);
            source = Some((0..*count).map(|_| fields.text()).collect());
        }
    });
    source
}

/// A callsite as it is written when it gets its number.
pub(super) fn callsite_frame(number: u32, callsite: &Callsite) -> Vec<u8> {
    let mut content = number.to_le_bytes().to_vec();
    for text in [callsite.name, callsite.function, callsite.span_type.as_str(), callsite.description] {
        push_text(&mut content, text);
    }
    frame::frame(&content)
}

fn read_callsites(folder: &Path) -> Vec<Option<&'static Callsite>> {
    let mut callsites = Vec::new();
    frame::each_frame(&fs::read(folder.join(CALLSITES)).unwrap_or_default(), |content| {
        let Some((number, rest)) = content.split_first_chunk::<4>() else { return };
        let Some(index) = (u32::from_le_bytes(*number) as usize).checked_sub(1) else { return };
        let mut fields = Sections::new(rest);
        let known = Known([fields.text(), fields.text(), fields.text(), fields.text()]);
        // Numbers are given one after the other.
        if index <= callsites.len() + 65_536 {
            callsites.resize(callsites.len().max(index + 1), None);
            callsites[index] = Some(known.callsite());
        }
    });
    callsites
}

/// Name, function, type and description.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Known([String; 4]);

impl Known {
    /// A callsite of a dead process has to live as long as those of this one: each is made once and kept.
    fn callsite(self) -> &'static Callsite {
        static KEPT: Mutex<Option<HashMap<Known, &'static Callsite>>> = Mutex::new(None);
        let mut kept = lock(&KEPT);
        kept.get_or_insert_default().entry(self).or_insert_with_key(|Self(texts)| {
            let [name, function, span_type, description] =
                texts.each_ref().map(|text| -> &'static str { Box::leak(text.clone().into_boxed_str()) });
            Box::leak(Box::new(Callsite::new(name, function, SpanType::custom(span_type), description)))
        })
    }
}
