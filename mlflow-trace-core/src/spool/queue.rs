//! One file of the queue, as its owner keeps it.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

pub(super) use super::segment::Contents;
use super::segment::{self, HeadSays, Slot};
use super::{Entry, Position, Waiting, codec, home};

/// Larger files are none of ours: places in a file are numbers of four bytes, and traces are far smaller.
const LARGEST: u64 = 1 << 30;

/// A file of ours.
pub(super) struct QueueFile {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    /// While it is appended to.
    file: Option<File>,
    slots: Vec<Slot>,
    /// Slots before this one are settled.
    first_waiting: usize,
    /// Of the whole file.
    pub(super) bytes: u64,
    pub(super) waiting: Waiting,
}

/// What one look at the queue brought, and how much more it may bring.
pub(super) struct Reading {
    pub(super) entries: Vec<Entry>,
    pub(super) left_traces: usize,
    pub(super) left_bytes: usize,
}

impl Reading {
    pub(super) fn is_full(&self) -> bool {
        self.left_traces == 0 || self.left_bytes == 0
    }

    /// Whether one more of this size is to be brought; if not, none behind it is.
    fn takes(&mut self, size: usize) -> bool {
        if self.is_full() || (size > self.left_bytes && !self.entries.is_empty()) {
            self.left_traces = 0;
            return false;
        }
        self.left_traces -= 1;
        self.left_bytes = self.left_bytes.saturating_sub(size);
        true
    }
}

impl QueueFile {
    pub(super) fn begin(number: u64, path: PathBuf) -> io::Result<Self> {
        let file = Some(home::create(&path)?);
        Ok(Self {
            number,
            path,
            file,
            slots: Vec::new(),
            first_waiting: 0,
            bytes: 0,
            waiting: Waiting::default(),
        })
    }

    /// A file that was taken over.
    pub(super) fn adopted(number: u64, path: PathBuf, contents: Contents) -> Self {
        let Contents { slots, torn_at, .. } = contents;
        let mut bytes = fs::metadata(&path).map_or(0, |file| file.len());
        if let Some(whole) = torn_at
            && File::options().write(true).open(&path).and_then(|file| file.set_len(whole)).is_ok()
        {
            bytes = whole;
        }
        let mut waiting = Waiting::default();
        slots.iter().filter(|slot| !slot.is_settled).for_each(|slot| waiting.add(size_of_slot(slot)));
        Self { number, path, file: None, slots, first_waiting: 0, bytes, waiting }
    }

    /// Whether nothing was written to it.
    pub(super) fn is_fresh(&self) -> bool {
        self.slots.is_empty()
    }

    /// Writes a record by one call and returns its place.
    pub(super) fn append(&mut self, record: &[u8], spans: u64) -> io::Result<u32> {
        let with_head;
        let (offset, text) = if self.bytes == 0 {
            with_head = [&segment::head()[..], record].concat();
            (segment::HEAD as u64, with_head.as_slice())
        } else {
            (self.bytes, record)
        };
        let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
        let (place, size) = (u32::try_from(offset), u32::try_from(record.len()));
        let (Ok(place), Ok(size)) = (place, size) else { return Err(too_large()) };
        self.write(text)?;
        let slot =
            Slot { offset: place, size, spans: u32::try_from(spans).unwrap_or(u32::MAX), is_settled: false };
        self.waiting.add(size_of_slot(&slot));
        self.slots.push(slot);
        Ok(place)
    }

    /// Appends all of the text or nothing.
    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        let opened;
        let mut file = match &self.file {
            Some(file) => file,
            None => {
                opened = File::options().append(true).open(&self.path)?;
                &opened
            }
        };
        if let Err(error) = file.write_all(text) {
            // A part may have been written, where the disk became full.
            let _ = file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += text.len() as u64;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// Reads traces that wait; says what turned out to be damaged.
    pub(super) fn read(&mut self, reading: &mut Reading) -> Waiting {
        let mut damaged = Waiting::default();
        let mut file = None;
        let mut record = Vec::new();
        for slot in self.slots.iter_mut().skip(self.first_waiting).filter(|slot| !slot.is_settled) {
            if file.is_none() {
                file = match File::open(&self.path) {
                    Ok(file) => Some(file),
                    // Somebody removed it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    // Too many files may be open: the next look may succeed.
                    Err(_) => break,
                };
            }
            if !reading.takes(slot.size as usize) {
                break;
            }
            let found = file.as_mut().and_then(|file| read_record(file, slot, &mut record));
            if let Some((trace, experiment)) = found.and_then(codec::decode) {
                let position = Position { file: self.number, offset: slot.offset };
                reading.entries.push(Entry { position, trace, experiment });
            } else {
                slot.is_settled = true;
                damaged.add(size_of_slot(slot));
            }
        }
        self.subtract(damaged);
        damaged
    }

    /// Notes that the traces at these places are settled, here and on the disk.
    pub(super) fn settle(&mut self, offsets: &[u32]) -> io::Result<()> {
        let mut settled = Waiting::default();
        let mut noted = Vec::with_capacity(offsets.len());
        for offset in offsets {
            let slot = self.slots.binary_search_by_key(offset, |slot| slot.offset).ok();
            let Some(slot) = slot.and_then(|index| self.slots.get_mut(index)) else { continue };
            if !std::mem::replace(&mut slot.is_settled, true) {
                settled.add(size_of_slot(slot));
                noted.push(*offset);
            }
        }
        self.subtract(settled);
        // A file of which nothing waits is removed instead.
        if noted.is_empty() || self.waiting.traces == 0 {
            return Ok(());
        }
        let mut record = Vec::new();
        segment::put_settled(&mut record, &noted);
        self.write(&record)
    }

    fn subtract(&mut self, settled: Waiting) {
        self.waiting.traces = self.waiting.traces.saturating_sub(settled.traces);
        self.waiting.spans = self.waiting.spans.saturating_sub(settled.spans);
        self.waiting.bytes = self.waiting.bytes.saturating_sub(settled.bytes);
        let is_waiting = |slot: &Slot| !slot.is_settled;
        let behind = self.slots.iter().skip(self.first_waiting).position(is_waiting);
        self.first_waiting = behind.map_or(self.slots.len(), |behind| self.first_waiting + behind);
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn write_to_a_full_disk(&mut self) {
        self.file = File::options().append(true).open("/dev/full").ok();
    }

    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn size_of_slot(slot: &Slot) -> Waiting {
    Waiting { traces: 1, spans: u64::from(slot.spans), bytes: u64::from(slot.size) }
}

fn read_record<'a>(file: &mut File, slot: &Slot, record: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    record.resize(slot.size as usize, 0);
    file.seek(SeekFrom::Start(u64::from(slot.offset))).ok()?;
    file.read_exact(record).ok()?;
    segment::trace_in(record)
}

/// What is in a file that a dead process left; nothing if it is gone, or never had anything, and then it is removed.
/// An error says why it has to be left alone.
pub(super) fn look(path: &Path) -> Result<Option<Contents>, String> {
    let unreadable = |error: io::Error| {
        format!("{} can't be read ({error}) and is left alone; traces may wait in it.", path.display())
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if file.metadata().map_err(unreadable)?.len() > LARGEST {
        return Err(format!("{} is too large for a file of the queue and is left alone.", path.display()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    match segment::read_head(&bytes) {
        HeadSays::Newer(version) => Err(format!(
            "{} is of version {version}, which this program does not know (it knows {}), and is left alone: start a \
             program with a newer mlflow-trace to have its traces delivered.",
            path.display(),
            segment::VERSION
        )),
        HeadSays::Incomplete => {
            let _ = fs::remove_file(path);
            Ok(None)
        }
        HeadSays::Ours => Ok(Some(segment::contents(&bytes))),
        HeadSays::Damaged => {
            let mut contents = segment::contents(&bytes);
            contents.damaged_bytes += segment::HEAD as u64;
            Ok(Some(contents))
        }
    }
}
