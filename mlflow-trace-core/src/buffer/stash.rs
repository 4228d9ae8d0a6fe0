//! Content that is too large for records: attachments, and texts that may become some. It is shared, never copied, and
//! waits here under its trace until the worker has made the trace.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Hub;
use super::hub::lock;
use super::record::{Head, Section, push_id, push_tag, push_with};

/// Content whose trace is gone, or never came, is let go after so long.
const LONGEST: Duration = Duration::from_secs(10);

/// Content by trace and id, within a bound of bytes.
pub(crate) struct Stash {
    entries: Mutex<BTreeMap<(u128, u128), Entry>>,
    /// Bytes of all content that is in use, here and in traces that are being delivered.
    bytes: Arc<AtomicUsize>,
    most_bytes: usize,
}

struct Entry {
    content: Arc<Stashed>,
    since: Instant,
}

/// Content that counts as memory in use until the last holder lets it go.
pub(crate) struct Stashed {
    content: Arc<Vec<u8>>,
    counted: Arc<AtomicUsize>,
}

impl Stashed {
    pub(crate) fn content(&self) -> &Arc<Vec<u8>> {
        &self.content
    }
}

impl Drop for Stashed {
    fn drop(&mut self) {
        self.counted.fetch_sub(self.content.len(), Ordering::Relaxed);
    }
}

impl Stash {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { entries: Mutex::default(), bytes: Arc::default(), most_bytes }
    }

    /// Bytes in use.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Keeps content for a trace, once however often it occurs there; false when there is no room.
    ///
    /// The lock is held for moments, and only by threads with such content.
    pub(super) fn put(&self, trace: u128, id: u128, content: &Arc<Vec<u8>>) -> bool {
        let mut entries = lock(&self.entries);
        if entries.contains_key(&(trace, id)) {
            return true;
        }
        let size = content.len();
        if self.bytes.fetch_add(size, Ordering::Relaxed).saturating_add(size) > self.most_bytes {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            return false;
        }
        let content = Arc::new(Stashed { content: Arc::clone(content), counted: Arc::clone(&self.bytes) });
        entries.insert((trace, id), Entry { content, since: Instant::now() });
        true
    }

    /// What there is for a trace, by id.
    pub(crate) fn of_trace(&self, trace: u128) -> Vec<(u128, Arc<Stashed>)> {
        if self.bytes() == 0 {
            return Vec::new();
        }
        let entries = lock(&self.entries);
        entries.range(all(trace)).map(|((_, id), entry)| (*id, Arc::clone(&entry.content))).collect()
    }

    /// Lets go what came for a trace before this moment: the trace has it, and everything that was said by then is read.
    pub(crate) fn release(&self, trace: u128, before: Instant) {
        self.retain(|of, entry| of != trace || entry.since >= before);
    }

    /// Lets go what waits for traces that are not there.
    pub(crate) fn sweep(&self, is_there: impl Fn(u128) -> bool) {
        self.retain(|trace, entry| entry.since.elapsed() < LONGEST || is_there(trace));
    }

    fn retain(&self, keeps: impl Fn(u128, &Entry) -> bool) {
        if self.bytes() == 0 {
            return;
        }
        let mut gone = Vec::new();
        let mut entries = lock(&self.entries);
        entries.retain(|(trace, _), entry| {
            let stays = keeps(*trace, entry);
            if !stays {
                gone.push(Arc::clone(&entry.content));
            }
            stays
        });
        // Freeing is done without the lock.
        drop(entries);
    }
}

impl Hub {
    pub(crate) fn stash(&self) -> &Stash {
        &self.stash
    }

    /// Keeps content that a span's values refer to. Where there is no room for it, it is counted as left out.
    #[cold]
    pub(crate) fn attach(&self, trace: u128, span: u64, time: u64, id: u128, content: &Arc<Vec<u8>>) {
        if !self.is_this_process() || !self.stash.put(trace, id, content) {
            return self.count_cut_value();
        }
        self.judge_fullness();
        if let Some(journal) = &self.journal {
            let mut payload = Vec::with_capacity(content.len() + 32);
            push_tag(&mut payload, Section::AttachedContent);
            push_id(&mut payload, id);
            push_with(&mut payload, |out| out.extend_from_slice(content));
            journal.record(&Head::update(payload.len(), span, time), &payload);
        }
    }
}

fn all(trace: u128) -> RangeInclusive<(u128, u128)> {
    (trace, 0)..=(trace, u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: usize) -> Arc<Vec<u8>> {
        Arc::new(vec![1; bytes])
    }

    #[test]
    fn content_counts_once_and_until_the_last_holder_lets_it_go() {
        let stash = Stash::new(100);
        assert!(stash.put(1, 7, &content(60)) && stash.put(1, 7, &content(60)));
        assert_eq!(stash.bytes(), 60);
        assert!(!stash.put(1, 8, &content(41)));
        let held = stash.of_trace(1);
        assert_eq!((held.len(), held[0].0), (1, 7));
        assert!(stash.of_trace(2).is_empty());
        stash.release(1, Instant::now() + Duration::from_secs(1));
        assert!(stash.of_trace(1).is_empty());
        assert_eq!(stash.bytes(), 60);
        drop(held);
        assert_eq!(stash.bytes(), 0);
        assert!(stash.put(1, 8, &content(100)));
    }

    #[test]
    fn only_what_came_before_is_released() {
        let stash = Stash::new(100);
        let before = Instant::now();
        assert!(stash.put(1, 7, &content(1)));
        stash.release(1, before);
        stash.sweep(|_| false);
        assert_eq!(stash.of_trace(1).len(), 1);
    }
}
