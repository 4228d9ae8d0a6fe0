//! Setting tracing up by code, where the environment and the defaults are not enough.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::AlsoTo;
use crate::config::{Capture, Choices};
use crate::error::Error;
use crate::policy::notice::{self, Listener};
use crate::policy::{FinishedSpan, Keep, PriceTable, Redactor};
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
    Init::default()
}

/// Settings in code. What is not set here comes from the environment, then from the defaults.
#[derive(Clone, Default)]
#[must_use = "nothing happens until `start` is called"]
pub struct Init {
    #[cfg(not(feature = "disabled"))]
    choices: Box<Choices>,
    #[cfg(not(feature = "disabled"))]
    listener: Option<Listener>,
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Init");
        #[cfg(not(feature = "disabled"))]
        shown.field("choices", &self.choices);
        shown.finish_non_exhaustive()
    }
}

impl Init {
    #[cfg(not(feature = "disabled"))]
    fn choose(mut self, choose: impl FnOnce(&mut Choices)) -> Self {
        choose(&mut self.choices);
        self
    }

    #[cfg(not(feature = "disabled"))]
    fn chosen(self) -> (Box<Choices>, Option<Listener>) {
        (self.choices, self.listener)
    }

    /// Nothing was kept, so nothing of it is left in the program.
    #[cfg(feature = "disabled")]
    fn chosen(self) -> (Box<Choices>, Option<Listener>) {
        Default::default()
    }

    #[cfg(feature = "disabled")]
    #[inline]
    fn choose(self, _choose: impl FnOnce(&mut Choices)) -> Self {
        self
    }

    /// Where traces go: `sqlite:///relative.db` or `sqlite:////absolute/path.db`, `http://…` or `https://…` for an MLflow
    /// tracking server, `databricks` or `databricks://profile` (`MLFLOW_TRACKING_URI`; default `mlflow.db` in the working
    /// directory).
    #[inline]
    pub fn tracking_uri(self, uri: impl Into<String>) -> Self {
        self.choose(|choices| choices.tracking_uri = Some(uri.into().into()))
    }

    /// One more destination, as often as there are destinations: each has a queue, retries, bounds and counters of its
    /// own, so that one that is slow or gone delays no other. `tracking_uri` is the first one.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// use mlflow_trace_core::Otlp;
    /// let _guard = mlflow_trace_core::init()
    ///     .tracking_uri("http://localhost:5000")
    ///     .also(Otlp::new("https://api.honeycomb.io").header("x-honeycomb-team", "the key"))
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn also(self, destination: impl Into<AlsoTo>) -> Self {
        self.choose(|choices| choices.further.push(destination.into().0))
    }

    /// Keeps values and parts of texts out of everything that is delivered, the local file and the disk queue included;
    /// as often as there are rules. A destination may have rules of its own beyond these.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// use mlflow_trace_core::Redactor;
    /// let _guard = mlflow_trace_core::init().redact(Redactor::keys(["password", "ssn"])).start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn redact(self, redactor: Redactor) -> Self {
        self.choose(|choices| choices.redactors.push(redactor))
    }

    /// Sets the prices by which the cost of calls to language models is worked out (default: [`PriceTable::new`], those
    /// that ship). Changes nothing for spans that say their cost.
    #[inline]
    pub fn prices(self, prices: PriceTable) -> Self {
        self.choose(|choices| choices.prices = prices)
    }

    /// Adds a function that sees every finished span before anybody else does, and may change or drop it; as often as
    /// there are functions, which run in their order (Python: `mlflow.tracing.configure(span_processors=[..])`).
    ///
    /// They run once for each span, on this library's own thread, when its trace is over (or when it is first shown while it
    /// runs), before rules of [`redact`](Self::redact), and before the local file, the disk queue or any destination.
    /// Previews, token totals and the trace's name are made of what they leave; an open root is shown without its content
    /// until they have seen it. What [`update_current_trace`](crate::update_current_trace) says is about the trace and
    /// not shown to them. A function that panics costs the span its name and its content, never its privacy. It should be
    /// quick: while it runs, nothing is delivered.
    ///
    /// Together with [`durable`](Self::durable) it takes [`durable_unredacted`](Self::durable_unredacted), as rules of
    /// redaction do.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// let _guard = mlflow_trace_core::init()
    ///     .processor(|span| {
    ///         if span.name() == "health" {
    ///             span.drop_span();
    ///         }
    ///         span.remove_attribute("card");
    ///     })
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn processor(self, processor: impl Fn(&mut FinishedSpan) + Send + Sync + 'static) -> Self {
        self.choose(|choices| choices.processors.push(Arc::new(processor)))
    }

    /// Keeps only the traces that a rule keeps, judged when the root has ended; the others are dropped and counted by
    /// [`Stats::unkept_traces`](crate::Stats::unkept_traces). Default: all are kept. The rule sees what processors left.
    ///
    /// With such a rule no trace is shown while it runs, since it may have to be dropped. Spans that end after their root
    /// share its fate and do not change it. Parts of a trace whose root is in another process are kept.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// use mlflow_trace_core::Keep;
    /// use std::time::Duration;
    /// let rule = Keep::errors().or_slower_than(Duration::from_secs(5));
    /// let _guard = mlflow_trace_core::init().keep(rule).start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn keep(self, rule: Keep) -> Self {
        self.choose(|choices| choices.keep = Some(rule))
    }

    /// Whether traces that a network destination can't take now wait on disk (default true;
    /// `MLFLOW_TRACE_SPOOL_DIRECTORY=off` switches it off).
    #[inline]
    pub fn spool(self, spool: bool) -> Self {
        self.choose(|choices| choices.spool = Some(spool))
    }

    /// Where they wait (`MLFLOW_TRACE_SPOOL_DIRECTORY`; default `mlflow-trace/spool` in the user's folder for state,
    /// `$XDG_STATE_HOME` or `~/.local/state`). Programs that share the folder deliver what the others left there.
    #[inline]
    pub fn spool_directory(self, directory: impl Into<PathBuf>) -> Self {
        self.choose(|choices| choices.spool_directory = Some(directory.into()))
    }

    /// Bytes on disk for each destination; beyond, the oldest traces there make room and are counted
    /// (`MLFLOW_TRACE_SPOOL_MAX_BYTES`; default 512 MiB).
    #[inline]
    pub fn spool_max_bytes(self, bytes: u64) -> Self {
        self.choose(|choices| choices.spool_max_bytes = Some(bytes))
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

    /// How long a trace may run: one that takes longer is ended with an error and delivered, its open spans with it
    /// (`MLFLOW_TRACE_TIMEOUT_SECONDS`; default: as long as it takes). What ends afterwards is added to it. Looked at twice
    /// a second.
    #[inline]
    pub fn trace_timeout(self, timeout: Duration) -> Self {
        self.choose(|choices| choices.trace_timeout = Some(timeout))
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

    /// Whether encoded content in inputs and outputs becomes [attachments](crate::Attachment): data URIs, and the base64 of
    /// OpenAI's, Anthropic's, Bedrock's and Gemini's messages (`MLFLOW_TRACE_EXTRACT_ATTACHMENTS`; default true). Without it
    /// such texts stay in their values, under the bound of [`max_value_bytes`](Self::max_value_bytes).
    #[inline]
    pub fn extract_attachments(self, extract: bool) -> Self {
        self.choose(|choices| choices.extract_attachments = Some(extract))
    }

    /// Bytes of one [attachment](crate::Attachment); in the place of a larger one stands a text that says so
    /// (`MLFLOW_TRACE_MAX_ATTACHMENT_SIZE`; default 20 MiB). All attachments that wait for delivery take at most half of
    /// [`max_memory_bytes`](Self::max_memory_bytes).
    #[inline]
    pub fn max_attachment_bytes(self, bytes: usize) -> Self {
        self.choose(|choices| choices.max_attachment_bytes = Some(bytes))
    }

    /// Writes each span to a journal on disk before the call that it stands for returns, so that even `kill -9` loses no
    /// finished span (`MLFLOW_TRACE_DURABLE`; default false). What a killed process left is delivered by the next one that
    /// starts with the same settings, or by `mlflow-trace drain`. Costs a `write` for each span, on the caller's thread;
    /// nothing is synced, so that the death of the machine may lose spans.
    ///
    /// The journal is in the folder `journal` of the spool's directory ([`spool_directory`](Self::spool_directory)), and at
    /// most as large as [`spool_max_bytes`](Self::spool_max_bytes); its files can be read by this user alone. It holds what
    /// was recorded before [`redact`](Self::redact) runs, so that both together are an error of [`start`](Self::start)
    /// unless [`durable_unredacted`](Self::durable_unredacted) accepts it.
    #[inline]
    pub fn durable(self, durable: bool) -> Self {
        self.choose(|choices| choices.durable = Some(durable))
    }

    /// Accepts a journal of [`durable`](Self::durable) that holds values which [`redact`](Self::redact) or a
    /// [`processor`](Self::processor) keeps out of everything that is delivered (default false). What is recovered from it is redacted before it is delivered, and only
    /// by a process with the same rules.
    #[inline]
    pub fn durable_unredacted(self, accepted: bool) -> Self {
        self.choose(|choices| choices.durable_unredacted = accepted)
    }

    /// Lets the program hear every sentence that this library says about what went wrong, beside standard error: a
    /// destination that can't be reached, spans that are lost, a setting that can't be used. Called on this library's own
    /// threads for the most part; it should be quick. The first listener of a process stays.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// let _guard = mlflow_trace_core::init().on_warning(|sentence| println!("tracing: {sentence}")).start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn on_warning(self, listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        #[cfg(not(feature = "disabled"))]
        let this = Self { listener: Some(Arc::new(listener)), ..self };
        #[cfg(feature = "disabled")]
        let this = {
            drop(listener);
            self
        };
        this
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
        let (choices, listener) = self.chosen();
        if let Some(listener) = listener {
            notice::listen(listener);
        }
        let place = std::panic::Location::caller();
        runtime::start_by_init(&choices, format!("mlflow::init() at {place}"))?;
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
