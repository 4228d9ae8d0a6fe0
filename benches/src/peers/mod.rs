//! One module for each library. All export to a sink that discards, and keep the same facts as JSON.

mod ours;
mod plain;

#[cfg(feature = "peers")]
mod fast;
#[cfg(feature = "peers")]
mod otel;
#[cfg(feature = "peers")]
mod tracing_otel;

use std::sync::atomic::AtomicU64;

use crate::workloads::Workload;

/// Spans that reached the sinks of this process's peers; ours counts by itself.
pub static DELIVERED: AtomicU64 = AtomicU64::new(0);
/// How many spans a second the sinks take at most; zero for no bound.
pub static SINK_PACE: AtomicU64 = AtomicU64::new(0);

/// What a peer's sink does with a batch.
#[cfg(feature = "peers")]
fn discard<T>(spans: &[T]) {
    use std::sync::atomic::Ordering;
    std::hint::black_box(spans);
    let count = spans.len() as u64;
    DELIVERED.fetch_add(count, Ordering::Relaxed);
    let pace = SINK_PACE.load(Ordering::Relaxed);
    if let Some(nanos) = (count * 1_000_000_000).checked_div(pace) {
        std::thread::sleep(std::time::Duration::from_nanos(nanos));
    }
}

/// Whether and how tracing is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    On,
    /// The decision at the root is not to keep the trace.
    SampledOut,
    /// Switched off when the program runs.
    Off,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::On, Self::SampledOut, Self::Off];

    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::SampledOut => "sampled-out",
            Self::Off => "off",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == text)
    }
}

/// A library under measurement.
pub struct Peer {
    pub name: &'static str,
    pub modes: &'static [Mode],
    /// Sets the library up, once a process.
    pub start: fn(Mode),
    /// Calls the workload's root so many times.
    pub run: fn(Workload, usize),
    /// Waits until all finished spans reached the sink, so that one sample does not pay for another.
    pub drain: fn(),
    /// By how many bytes a future grows with each async level, the plain function's growth included.
    pub async_level: fn() -> Option<usize>,
    /// The size of what waits for the sink for each span, where that is a type of the library's.
    pub record: Option<usize>,
}

/// All libraries of this build, ours right after the plain function.
pub fn all() -> Vec<Peer> {
    vec![
        plain::PEER,
        ours::PEER,
        #[cfg(feature = "peers")]
        fast::PEER,
        #[cfg(feature = "peers")]
        otel::PEER,
        #[cfg(feature = "peers")]
        tracing_otel::PEER,
    ]
}

pub fn find(name: &str) -> Option<Peer> {
    all().into_iter().find(|peer| peer.name == name)
}
