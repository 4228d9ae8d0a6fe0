//! Captures with processors, rules of redaction and a rule of what is kept, of their own.

use std::future::Future;

use super::{Captured, Route};
use crate::context::{CarriedFuture, Entry, attach};
use crate::policy::processing::scoped::{self, Scoped};
use crate::policy::processing::{Processing, Processors};
use crate::policy::{FinishedSpan, Keep, Redactor};

/// A capture that runs what a program hands to [`init`](crate::init) over its own traces alone, after that of the process:
/// so a test can try a processor without setting up tracing, beside other tests.
///
/// ```
/// use mlflow_trace_core::{span, testing};
///
/// let traces = testing::capture_with()
///     .processor(|span| {
///         if span.name() == "noise" {
///             span.drop_span();
///         }
///     })
///     .run(|| span("outer").run(|_| span("noise").run(|_| span("inner").run(|_| ()))));
/// assert_eq!(traces[0].spans.len(), 2);
/// ```
#[derive(Debug, Default)]
#[must_use = "nothing is captured until `run` is called"]
pub struct CaptureWith {
    processors: Processors,
    keep: Option<Keep>,
    redactors: Vec<Redactor>,
}

/// Begins a capture with processors or rules of its own.
pub fn capture_with() -> CaptureWith {
    CaptureWith::default()
}

impl CaptureWith {
    /// As [`Init::processor`](crate::Init::processor).
    pub fn processor(mut self, processor: impl Fn(&mut FinishedSpan) + Send + Sync + 'static) -> Self {
        self.processors.push(std::sync::Arc::new(processor));
        self
    }

    /// As [`Init::redact`](crate::Init::redact).
    ///
    /// # Panics
    /// When a rule can't be used.
    pub fn redact(mut self, redactor: Redactor) -> Self {
        assert!(redactor.problems().is_empty(), "{}", redactor.problems().join(" "));
        self.redactors.push(redactor);
        self
    }

    /// As [`Init::keep`](crate::Init::keep).
    ///
    /// # Panics
    /// When the rule can't be used.
    pub fn keep(mut self, rule: Keep) -> Self {
        assert!(rule.problem().is_none(), "{}", rule.problem().unwrap_or_default());
        self.keep = Some(rule);
        self
    }

    /// Runs a closure and returns what [`capture`](super::capture) returns, as the processors and rules left it.
    ///
    /// # Panics
    /// When tracing is switched off.
    pub fn run(self, body: impl FnOnce()) -> Captured {
        let route = self.route();
        {
            let _attached = attach(route.context());
            body();
        }
        route.collect()
    }

    /// [`run`](Self::run) for a future.
    ///
    /// # Panics
    /// When tracing is switched off.
    pub async fn run_async(self, body: impl Future<Output = ()>) -> Captured {
        let route = self.route();
        CarriedFuture::entering(Entry::here().in_context(route.context()), body).await;
        route.collect()
    }

    fn route(self) -> Route {
        let route = Route::new();
        let processing = Processing::new(self.processors, self.keep);
        scoped::set(route.0, Scoped { processing, redactors: self.redactors });
        route
    }
}
