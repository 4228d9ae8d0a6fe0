//! The end of the process that a signal asks for: delivered first, then ended as the signal would have.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A signal's number on its way from the handler, which may only store it, to the worker.
#[derive(Default)]
pub(crate) struct Ending {
    signal: Arc<AtomicUsize>,
    finish: OnceLock<fn(usize)>,
}

impl Ending {
    /// Where a signal handler stores the signal's number. `finish` ends the process once everything is delivered.
    #[cfg(feature = "signals")]
    pub(crate) fn arm(&self, finish: fn(usize)) -> Arc<AtomicUsize> {
        let _ = self.finish.set(finish);
        Arc::clone(&self.signal)
    }

    /// Whether a signal may come at any time.
    pub(super) fn is_armed(&self) -> bool {
        self.finish.get().is_some()
    }

    /// The signal that came, and how to end.
    pub(super) fn asked(&self) -> Option<(usize, fn(usize))> {
        let signal = self.signal.load(Ordering::Relaxed);
        self.finish.get().filter(|_| signal != 0).map(|finish| (signal, *finish))
    }
}
