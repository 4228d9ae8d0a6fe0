//! Which traces are worth keeping, judged when they are over.

use std::time::Duration;

use crate::model::{Span, StatusCode};
use crate::policy::sampler::Sampler;

/// A rule that judges each trace at its end ([`Init::keep`](crate::Init::keep)): what no part of the rule keeps is
/// dropped, and counted by [`Stats::unkept_traces`](crate::Stats::unkept_traces).
///
/// ```
/// use std::time::Duration;
/// use mlflow_trace_core::Keep;
///
/// // Every trace with an error, every slow one, and one in a hundred of the rest.
/// let rule = Keep::errors().or_slower_than(Duration::from_secs(5)).or_share(0.01);
/// # let _ = rule;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "hand it to `init().keep(..)`"]
pub struct Keep {
    errors: bool,
    slower_than: Option<Duration>,
    share: f64,
}

impl Keep {
    /// Keeps traces in which a span ended with an error, be it one that its caller dealt with.
    pub fn errors() -> Self {
        Self { errors: true, slower_than: None, share: 0.0 }
    }

    /// Keeps traces whose root took longer than this.
    pub fn slower_than(duration: Duration) -> Self {
        Self { errors: false, slower_than: Some(duration), share: 0.0 }
    }

    /// Keeps traces in which a span ended with an error as well.
    pub fn or_errors(self) -> Self {
        Self { errors: true, ..self }
    }

    /// Keeps traces whose root took longer than this as well.
    pub fn or_slower_than(self, duration: Duration) -> Self {
        Self { slower_than: Some(duration), ..self }
    }

    /// Keeps a share of the others as well, from 0.0 to 1.0, chosen by trace id so that processes agree.
    pub fn or_share(self, ratio: f64) -> Self {
        Self { share: ratio, ..self }
    }

    /// What is wrong with the rule.
    pub(crate) fn problem(&self) -> Option<String> {
        let share = self.share;
        (!(0.0..=1.0).contains(&share)).then(|| {
            format!("or_share of the rule keep(..) is {share}; accepted is a number from 0.0 to 1.0.")
        })
    }

    /// Whether a trace with these spans is kept. One without a root is not judged: it may be a part of a greater one.
    pub(crate) fn keeps(&self, spans: &[Span]) -> bool {
        let Some(root) = spans.iter().find(|span| span.parent_id.is_none()) else { return true };
        let is_slow = self.slower_than.is_some_and(|bound| root.duration() > bound);
        let has_error = || spans.iter().any(|span| span.status.code == StatusCode::Error);
        let is_chosen = || {
            // The low half, as for sampling.
            let low = (root.trace_id.to_u128() & u128::from(u64::MAX)) as u64;
            Sampler::new(self.share).samples(low)
        };
        is_slow || (self.errors && has_error()) || is_chosen()
    }
}
