//! How long to wait between tries: exponentially longer, with a random part so that many clients do not come at the
//! same moment (OTLP specification, "Failures"), and never shorter than the destination asked for.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// The first pause is up to twice this.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// A destination that asks for more is asked again after this.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The pauses since the last success.
pub(super) struct Pauses(ExponentialBackoff);

impl Pauses {
    pub(super) fn new() -> Self {
        let builder =
            ExponentialBuilder::default().with_min_delay(FIRST).with_max_delay(LONGEST).with_factor(2.0);
        Self(builder.with_jitter().without_max_times().build())
    }

    /// The next one; `asked` is what the destination asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let pause = self.0.next().unwrap_or(LONGEST);
        pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew_after_a_success() {
        let mut pauses = Pauses::new();
        let all: Vec<Duration> = (0..12).map(|_| pauses.next(None)).collect();
        assert!(all[0] >= FIRST && all[0] <= 2 * FIRST, "{all:?}");
        assert!(all[11] >= LONGEST && all[11] <= 2 * LONGEST, "{all:?}");
        assert!(all.windows(2).take(5).all(|pair| pair[1] * 2 > pair[0]), "{all:?}");
        pauses.reset();
        assert!(pauses.next(None) <= 2 * FIRST);
    }

    #[test]
    fn a_destination_that_asks_for_patience_gets_it_within_reason() {
        let mut pauses = Pauses::new();
        assert!(pauses.next(Some(Duration::from_secs(7))) >= Duration::from_secs(7));
        assert!(pauses.next(Some(Duration::from_secs(86_400))) <= LONGEST_ASKED);
    }
}
