//! How long a trace may stay open, and how many may be open.

use std::time::Duration;

use super::reading::{Reading, origin};
use super::variables as var;

/// After so many seconds Python drops a trace that is still open.
const LEAKED_AFTER: Duration = Duration::from_secs(3600);

/// The bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceBounds {
    /// A trace that runs longer is ended with an error.
    pub(crate) timeout: Option<Duration>,
    /// A trace that is open longer is ended and handed over; where nothing is said, only what is left of one whose root
    /// has ended.
    pub(crate) lifetime: Option<Duration>,
    /// When there are more open traces, the oldest are ended and handed over.
    pub(crate) open_traces: Option<usize>,
}

impl TraceBounds {
    pub(super) fn resolve(timeout: Option<Duration>, reading: &mut Reading<'_>) -> Self {
        if timeout == Some(Duration::ZERO) {
            reading.problem(true, "trace_timeout is 0; accepted is more than that.".to_owned());
        }
        let mut seconds = |name| reading.count(name).map(|seconds| Duration::from_secs(seconds as u64));
        let of_environment = seconds(var::TRACE_TIMEOUT);
        let lifetime = seconds(var::TRACE_BUFFER_TTL);
        let open_traces = reading.count(var::TRACE_BUFFER_SIZE);
        let bounds = Self { timeout: timeout.or(of_environment), lifetime, open_traces };
        if let Some(found) = bounds.timeout {
            let source = origin(timeout.is_some(), of_environment.is_some());
            reading.note(var::TRACE_TIMEOUT, found.as_secs_f64().to_string(), source);
        }
        if let Some(lifetime) = lifetime {
            reading.note(var::TRACE_BUFFER_TTL, lifetime.as_secs().to_string(), origin(false, true));
        }
        if let Some(open_traces) = open_traces {
            reading.note(var::TRACE_BUFFER_SIZE, open_traces.to_string(), origin(false, true));
        }
        bounds
    }

    /// How long spans may go on whose root has ended.
    pub(crate) fn leaked_after(&self) -> Duration {
        self.lifetime.unwrap_or(LEAKED_AFTER)
    }
}
