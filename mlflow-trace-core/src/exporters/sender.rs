//! What a network destination is: something that tries once to deliver some traces and says what became of each.
//!
//! Queues, retries, pauses, the disk queue and the counting are not a sender's business; the outbox does them for all.

use std::time::{Duration, Instant};

use crate::config::Experiment;
use crate::model::Trace;

/// A trace as it goes to a network destination.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parcel {
    pub(crate) trace: Trace,
    /// Where the process that recorded it wants it, unless the trace itself names an experiment.
    pub(crate) experiment: Experiment,
}

/// Tries to deliver.
///
/// Called from one thread of its own, never concurrently; it may block until `deadline`, and no longer than a request's
/// time-out beyond it. It must not panic on account of what it is given, and sleeps only for the fraction of a second
/// that a race on the server's side needs.
pub(crate) trait Sender: Send {
    /// Tries once to deliver these, in their order, and says what became of each.
    fn send(&mut self, parcels: &[Parcel], deadline: Instant) -> Sent;

    /// Asks the destination for one real round trip that leaves nothing behind, and says in a sentence what it answered.
    fn check(&mut self, deadline: Instant) -> Result<String, Failure>;
}

/// What became of one call.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// One for each parcel, in their order.
    pub(crate) fates: Vec<Fate>,
    /// Bytes of request bodies, as they went over the wire.
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
    /// How long the destination asked us to wait (`Retry-After`).
    pub(crate) pause: Option<Duration>,
    /// Why something was not delivered: the first reason.
    pub(crate) failure: Option<Failure>,
    /// Sentences that are worth saying once, although everything went on.
    pub(crate) remarks: Vec<String>,
}

/// What became of one trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is there, but for so many of its spans that the destination refused.
    Delivered { refused_spans: u64 },
    /// The destination will never take it.
    Refused,
    /// It may be taken later.
    Later,
}

/// Why something was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    /// What happened and what to do about it, without secrets.
    pub(crate) sentence: String,
}

/// The family of a failure, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Cause {
    /// Nobody answers: name, connection, TLS, time-out.
    Unreachable,
    /// 401 or 403.
    Unauthorized,
    /// The destination asks for patience: 429, 502, 503, 504, or an internal error.
    Overloaded,
    /// The destination does not want what we send.
    Rejected,
    /// What is there is no such destination: another address is needed, whatever is sent.
    Misaddressed,
}
