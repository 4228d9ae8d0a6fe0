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
    /// Where traces go: `sqlite:///relative.db` or `sqlite:////absolute/path.db` (`MLFLOW_TRACKING_URI`; default
    /// `mlflow.db` in the working directory).
    pub fn tracking_uri(mut self, uri: impl Into<String>) -> Self {
        self.choices.tracking_uri = Some(uri.into());
        self
    }

    /// The experiment by name; created when it is missing (`MLFLOW_EXPERIMENT_NAME`; default `Default`).
    pub fn experiment(mut self, name: impl Into<String>) -> Self {
        self.choices.experiment_name = Some(name.into());
        self
    }

    /// The experiment by id; it must exist (`MLFLOW_EXPERIMENT_ID`).
    pub fn experiment_id(mut self, id: impl Into<String>) -> Self {
        self.choices.experiment_id = Some(id.into());
        self
    }

    /// Whether tracing begins switched on (default true); [`crate::enable`] and [`crate::disable`] switch it later.
    /// What `MLFLOW_TRACING_ENABLED=false` or `OTEL_SDK_DISABLED=true` switched off stays off.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.choices.enabled = Some(enabled);
        self
    }

    /// The share of traces that is recorded, from 0.0 to 1.0 (`MLFLOW_TRACE_SAMPLING_RATIO`; default 1.0).
    pub fn sampling_ratio(mut self, ratio: f64) -> Self {
        self.choices.sampling_ratio = Some(ratio);
        self
    }

    /// Whether arguments and return values are kept without being asked for (`MLFLOW_TRACE_CAPTURE=all|none`;
    /// default [`Capture::All`]).
    pub fn capture(mut self, capture: Capture) -> Self {
        self.choices.capture = Some(capture);
        self
    }

    /// Bytes of traces in memory; beyond, new spans are dropped and counted (`MLFLOW_TRACE_MAX_MEMORY_BYTES`; default
    /// 64 MiB).
    pub fn max_memory_bytes(mut self, bytes: usize) -> Self {
        self.choices.max_memory_bytes = Some(bytes);
        self
    }

    /// Spans in memory; beyond, new spans are dropped and counted (`MLFLOW_TRACE_MAX_SPANS`; default 100,000).
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.choices.max_spans = Some(spans);
        self
    }

    /// Bytes of one recorded value; a larger one is cut and says so (`MLFLOW_TRACE_MAX_VALUE_BYTES`; default 1 MiB).
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.choices.max_value_bytes = Some(bytes);
        self
    }

    /// Bytes of all that is said about a span before it ends; more is left out, and the span says so
    /// (`MLFLOW_TRACE_MAX_SPAN_BYTES`; default 4 MiB).
    pub fn max_span_bytes(mut self, bytes: usize) -> Self {
        self.choices.max_span_bytes = Some(bytes);
        self
    }

    /// Starts tracing.
    ///
    /// # Errors
    /// A setting, in code or in the environment, can't be used: then nothing is traced until an `init()` succeeds. Or
    /// tracing was started before, by an earlier `init()` or by a traced call: then it goes on as it was started.
    #[track_caller]
    pub fn start(self) -> Result<Guard, Error> {
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
    fn drop(&mut self) {
        let _ = super::flush();
    }
}
