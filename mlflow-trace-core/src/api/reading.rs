//! Reading traces back from where this process sends them.

use crate::client::{Page, Search, Session, Traces};
use crate::config::Destination;
use crate::error::Error;
use crate::model::{Trace, TraceId};
use crate::runtime;

/// The trace with this id, with its spans, from where this process's traces go: an MLflow server or the local file.
///
/// When it is not there, it waits until what this process has recorded is delivered, as [`flush`](crate::flush) does, and
/// looks once more. `None` when it is not there then either. It blocks its thread; see
/// [`client::Traces`](crate::client::Traces), which also reads from other places.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// # let last = mlflow_trace_core::last_trace_id();
/// if let Some(trace) = mlflow_trace_core::get_trace(last.unwrap())? {
///     println!("{} spans", trace.spans.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the server does not answer as it should, or the file can't be read.
pub fn get_trace(trace_id: TraceId) -> Result<Option<Trace>, Error> {
    if cfg!(feature = "disabled") {
        return Ok(None);
    }
    let traces = traces()?;
    if let Some(trace) = traces.get(trace_id)? {
        return Ok(Some(trace));
    }
    let _ = super::flush();
    traces.get(trace_id)
}

/// A page of the traces that a search finds where this process's traces go. What is not delivered is not found: call
/// [`flush`](crate::flush) first. It blocks its thread.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::client::Search;
/// for trace in mlflow_trace_core::search_traces(&Search::new().filter("tag.tier = 'gold'"))?.traces {
///     println!("{}", trace.info.name);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`client::Traces::search`](crate::client::Traces::search).
pub fn search_traces(search: &Search) -> Result<Page, Error> {
    if cfg!(feature = "disabled") { Ok(Page::default()) } else { traces()?.search(search) }
}

/// The sessions of the traces that a search finds where this process's traces go, each with all its traces. It blocks
/// its thread.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::client::Search;
/// for session in mlflow_trace_core::search_sessions(&Search::new().max_results(10))? {
///     println!("{}: {} traces", session.id, session.traces.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`client::Traces::sessions`](crate::client::Traces::sessions).
pub fn search_sessions(search: &Search) -> Result<Vec<Session>, Error> {
    if cfg!(feature = "disabled") { Ok(Vec::new()) } else { traces()?.sessions(search) }
}

/// Where this process's traces go, as far as they can be read there; before tracing has started, what the environment
/// says.
fn traces() -> Result<Traces, Error> {
    let started = runtime::started().map(|runtime| runtime.settings());
    let read_from = started.and_then(|settings| {
        let destination = settings.destinations.iter().find(|destination| gives_back(destination))?;
        Some(Traces::of(destination, experiment(destination, settings)))
    });
    read_from.unwrap_or_else(Traces::connect)
}

fn gives_back(destination: &Destination) -> bool {
    match destination {
        Destination::Local { .. } => true,
        #[cfg(feature = "http")]
        Destination::Server(_) => true,
        #[cfg(feature = "http")]
        Destination::Otlp(_) => false,
    }
}

/// The experiment that traces for this destination go to.
fn experiment<'a>(
    destination: &'a Destination,
    settings: &'a crate::config::Settings,
) -> &'a crate::config::Experiment {
    match destination {
        #[cfg(feature = "http")]
        Destination::Server(server) => &server.experiment,
        _ => &settings.experiment,
    }
}
