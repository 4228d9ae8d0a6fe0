//! The form of a file of the queue: a head, then records, each with a checksum; only ever appended to.
//!
//! A record holds a trace, or says which traces of the same file are settled. A process may be killed in the middle of
//! a write, and disks damage bytes: reading finds every record that is whole, wherever the damage lies.

use std::collections::BTreeSet;

use crc32fast::Hasher;

/// What every version begins its files with; the version and a checksum of both follow.
const MAGIC: [u8; 8] = *b"mlfspool";
/// Raised whenever the form changes, that of traces included.
pub(super) const VERSION: u32 = 2;
pub(super) const HEAD: usize = 16;

/// What every record begins with; the last byte is its kind. No UTF-8 text holds the first byte.
const MARK: [u8; 3] = [0xF5, b'm', b't'];
/// Mark and kind, checksum of all that follows and of the kind, length of the payload, spans of the trace.
pub(super) const RECORD_HEAD: usize = 16;

const TRACE: u8 = 1;
const SETTLED: u8 = 2;

/// The head of a file.
pub(super) fn head() -> [u8; HEAD] {
    head_of_version(VERSION)
}

pub(super) fn head_of_version(version: u32) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&version.to_le_bytes());
    let sum = crc32fast::hash(&head[..12]);
    head[12..].copy_from_slice(&sum.to_le_bytes());
    head
}

/// What the head of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadSays {
    Ours,
    /// A version that this code does not know.
    Newer(u32),
    /// The head is damaged; the records may be whole.
    Damaged,
    /// Nothing was written behind it: the process was killed when it began the file.
    Incomplete,
}

pub(super) fn read_head(file: &[u8]) -> HeadSays {
    let Some(head) = file.first_chunk::<HEAD>() else { return HeadSays::Incomplete };
    let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    if head[..8] != MAGIC || *head != head_of_version(version) {
        return HeadSays::Damaged;
    }
    if version > VERSION { HeadSays::Newer(version) } else { HeadSays::Ours }
}

/// Appends a record with a trace, whose payload `write` appends.
pub(super) fn put_trace(out: &mut Vec<u8>, spans: usize, write: impl FnOnce(&mut Vec<u8>)) {
    put_record(out, TRACE, u32::try_from(spans).unwrap_or(u32::MAX), write);
}

/// Appends a record that says that the traces at these places are settled.
pub(super) fn put_settled(out: &mut Vec<u8>, offsets: &[u32]) {
    put_record(out, SETTLED, 0, |out| {
        out.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    });
}

fn put_record(out: &mut Vec<u8>, kind: u8, spans: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; RECORD_HEAD]);
    write(out);
    let record = &mut out[at..];
    // Traces are bounded far below 4 GiB.
    let length = (record.len() - RECORD_HEAD) as u32;
    record[..3].copy_from_slice(&MARK);
    record[3] = kind;
    record[8..12].copy_from_slice(&length.to_le_bytes());
    record[12..16].copy_from_slice(&spans.to_le_bytes());
    let sum = checksum(record);
    record[4..8].copy_from_slice(&sum.to_le_bytes());
}

/// Of a whole record, without the checksum itself.
fn checksum(record: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&record[3..4]);
    hasher.update(&record[8..]);
    hasher.finalize()
}

/// A record, as it is read.
struct Record<'a> {
    kind: u8,
    spans: u32,
    payload: &'a [u8],
    size: usize,
}

enum Found<'a> {
    Whole(Record<'a>),
    /// It begins like a record and reaches beyond the end.
    Torn,
    No,
}

fn record_at(file: &[u8], at: usize) -> Found<'_> {
    let rest = file.get(at..).unwrap_or_default();
    let Some(head) = rest.first_chunk::<RECORD_HEAD>() else {
        let mark = &MARK[..rest.len().min(MARK.len())];
        return if rest.starts_with(mark) { Found::Torn } else { Found::No };
    };
    if head[..3] != MARK {
        return Found::No;
    }
    let number =
        |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
    let Some(record) = rest.get(..RECORD_HEAD + number(8) as usize) else { return Found::Torn };
    if checksum(record) != number(4) {
        return Found::No;
    }
    Found::Whole(Record {
        kind: head[3],
        spans: number(12),
        payload: &record[RECORD_HEAD..],
        size: record.len(),
    })
}

/// The payload of the one record with a trace that these bytes are, if they are.
pub(super) fn trace_in(record: &[u8]) -> Option<&[u8]> {
    match record_at(record, 0) {
        Found::Whole(whole) if whole.kind == TRACE && whole.size == record.len() => Some(whole.payload),
        _ => None,
    }
}

/// Where a trace stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) offset: u32,
    /// Of the whole record.
    pub(super) size: u32,
    pub(super) spans: u32,
    pub(super) is_settled: bool,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) slots: Vec<Slot>,
    /// Bytes that are no record and not what a killed process leaves at the end.
    pub(super) damaged_bytes: u64,
    /// Where the last write was cut off by the end of its process, if it was.
    pub(super) torn_at: Option<u64>,
}

/// Finds all whole records of a file.
pub(super) fn contents(file: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let mut settled = BTreeSet::new();
    let mut at = HEAD;
    while at < file.len() {
        let found = record_at(file, at);
        if let Found::Whole(record) = found {
            take(&record, at, &mut contents.slots, &mut settled);
            at += record.size;
            continue;
        }
        match next_record(file, at + 1) {
            Some(next) => {
                contents.damaged_bytes += (next - at) as u64;
                at = next;
            }
            None if matches!(found, Found::Torn) => {
                contents.torn_at = Some(at as u64);
                break;
            }
            None => {
                contents.damaged_bytes += (file.len() - at) as u64;
                break;
            }
        }
    }
    for slot in &mut contents.slots {
        slot.is_settled = settled.contains(&slot.offset);
    }
    contents
}

fn take(record: &Record<'_>, at: usize, slots: &mut Vec<Slot>, settled: &mut BTreeSet<u32>) {
    match record.kind {
        TRACE => {
            // A file this large is not read.
            if let (Ok(offset), Ok(size)) = (u32::try_from(at), u32::try_from(record.size)) {
                slots.push(Slot { offset, size, spans: record.spans, is_settled: false });
            }
        }
        SETTLED => {
            settled
                .extend(record.payload.as_chunks::<4>().0.iter().map(|offset| u32::from_le_bytes(*offset)));
        }
        _ => {}
    }
}

/// Where the next whole record begins.
fn next_record(file: &[u8], from: usize) -> Option<usize> {
    let mut from = from;
    loop {
        let rest = file.get(from..)?;
        let at = from + rest.windows(MARK.len()).position(|bytes| bytes == MARK)?;
        if matches!(record_at(file, at), Found::Whole(_)) {
            return Some(at);
        }
        from = at + 1;
    }
}
