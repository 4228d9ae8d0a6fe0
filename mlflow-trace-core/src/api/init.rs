//! Setting tracing up by code, where the environment and the defaults are not enough.

use crate::config::{Capture, Choices};
use crate::error::Error;
use crate::runtime;

/// Begins the set-up. Optional: without it the first span starts tracing with what the environment says.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// let _guard = mlflow_trace_core::init().tracking_uri("sqlite:///traces.db").experiment("support-bot").start()?;
/// # Ok(())
/// # }
/// ```
#[inline]
pub fn init() -> Init {
    Init { choices: Choices::default() }
}

/// Settings in code. What is not set here comes from the environment, then from the defaults.
#[derive(Clone, Debug)]
#[must_use = "nothing happens until `start` is called"]
pub struct Init {
    choices: Choices,
}

impl Init {
    #[inline]
    fn choose(mut self, choose: impl FnOnce(&mut Choices)) -> Self {
        if !cfg!(feature = "disabled") {
            choose(&mut self.choices);
        }
        self
    }

    /// Where traces go: `sqlite:///relative.db` or `sqlite:////absolute/path.db` (`MLFLOW_TRACKING_URI`; default
    /// `mlflow.db` in the working directory).
    #[inline]
    pub fn tracking_uri(self, uri: impl Into<String>) -> Self {
        self.choose(|choices| choices.tracking_uri = Some(uri.into()))
    }

    /// The experiment by name; created when it is missing (`MLFLOW_EXPERIMENT_NAME`; default `Default`).
    #[inline]
    pub fn experiment(self, name: impl Into<String>) -> Self {
        self.choose(|choices| choices.experiment_name = Some(name.into()))
    }

    /// The experiment by id; it must exist (`MLFLOW_EXPERIMENT_ID`).
    #[inline]
    pub fn experiment_id(self, id: impl Into<String>) -> Self {
        self.choose(|choices| choices.experiment_id = Some(id.into()))
    }

    /// Whether tracing begins switched on (default true); [`crate::enable`] and [`crate::disable`] switch it later.
    /// What `MLFLOW_TRACING_ENABLED=false` or `OTEL_SDK_DISABLED=true` switched off stays off.
    #[inline]
    pub fn enabled(self, enabled: bool) -> Self {
        self.choose(|choices| choices.enabled = Some(enabled))
    }

    /// The share of traces that is recorded, from 0.0 to 1.0 (`MLFLOW_TRACE_SAMPLING_RATIO`; default 1.0).
    #[inline]
    pub fn sampling_ratio(self, ratio: f64) -> Self {
        self.choose(|choices| choices.sampling_ratio = Some(ratio))
    }

    /// Whether arguments and return values are kept without being asked for (`MLFLOW_TRACE_CAPTURE=all|none`;
    /// default [`Capture::All`]).
    #[inline]
    pub fn capture(self, capture: Capture) -> Self {
        self.choose(|choices| choices.capture = Some(capture))
    }

    /// Bytes of traces in memory; beyond, new spans are dropped and counted (`MLFLOW_TRACE_MAX_MEMORY_BYTES`; default
    /// 64 MiB).
    #[inline]
    pub fn max_memory_bytes(self, bytes: usize) -> Self {
        self.choose(|choices| choices.max_memory_bytes = Some(bytes))
    }

    /// Spans in memory; beyond, new spans are dropped and counted (`MLFLOW_TRACE_MAX_SPANS`; default 100,000).
    #[inline]
    pub fn max_spans(self, spans: usize) -> Self {
        self.choose(|choices| choices.max_spans = Some(spans))
    }

    /// Bytes of one recorded value; a larger one is cut and says so (`MLFLOW_TRACE_MAX_VALUE_BYTES`; default 1 MiB).
    #[inline]
    pub fn max_value_bytes(self, bytes: usize) -> Self {
        self.choose(|choices| choices.max_value_bytes = Some(bytes))
    }

    /// Bytes of all that is said about a span before it ends; more is left out, and the span says so
    /// (`MLFLOW_TRACE_MAX_SPAN_BYTES`; default 4 MiB).
    #[inline]
    pub fn max_span_bytes(self, bytes: usize) -> Self {
        self.choose(|choices| choices.max_span_bytes = Some(bytes))
    }

    /// Writes each span to disk before the call that it stands for returns, so that even `kill -9` loses no finished
    /// span (`MLFLOW_TRACE_DURABLE`; default false). What a killed process left is delivered by the next one that starts
    /// with this setting and the same destination. Costs a `write` for each span, on the caller's thread; nothing is
    /// synced, so that the death of the machine may lose spans.
    #[inline]
    pub fn durable(self, durable: bool) -> Self {
        self.choose(|choices| choices.durable = Some(durable))
    }

    /// Starts tracing.
    ///
    /// # Errors
    /// A setting, in code or in the environment, can't be used: then nothing is traced until an `init()` succeeds. Or
    /// tracing was started before, by an earlier `init()` or by a traced call: then it goes on as it was started.
    #[inline]
    #[track_caller]
    pub fn start(self) -> Result<Guard, Error> {
        if cfg!(feature = "disabled") {
            return Ok(Guard { _private: () });
        }
        let place = std::panic::Location::caller();
        runtime::start_by_init(&self.choices, format!("mlflow::init() at {place}"))?;
        Ok(Guard { _private: () })
    }
}

/// Flushes when it is dropped. Keeping it is not needed: traces are delivered when the program ends.
#[derive(Debug)]
#[must_use = "dropping the guard at once flushes at once; bind it to a name in main"]
pub struct Guard {
    _private: (),
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        let _ = super::flush();
    }
}
