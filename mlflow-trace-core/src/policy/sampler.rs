//! Which traces are recorded: a share of them, chosen by trace id so that processes agree.

/// Decides at the root whether a trace is recorded.
///
/// The rule is OpenTelemetry's `TraceIdRatioBased`, which Python MLflow uses: the low 64 bits of the trace id are
/// compared with the ratio times 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sampler {
    /// Ids below are recorded; `None` records all.
    bound: Option<u64>,
}

impl Sampler {
    /// For a ratio from 0.0 to 1.0.
    pub(crate) fn new(ratio: f64) -> Self {
        let bound =
            (ratio < 1.0).then_some((ratio.max(0.0) * 18_446_744_073_709_551_616.0).round_ties_even() as u64);
        Self { bound }
    }

    pub(crate) fn samples(self, trace_id_low: u64) -> bool {
        self.bound.is_none_or(|bound| trace_id_low < bound)
    }
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
