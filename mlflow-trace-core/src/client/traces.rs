//! Reading traces back from where they went: an MLflow server or the local file.

use std::collections::HashSet;
use std::fmt;

use super::search::{Page, Search, Session};
use crate::config::{Destination, Experiment, environment, tracking_place};
use crate::error::{Error, ErrorKind};
use crate::model::{Trace, TraceId, keys};

/// The traces at a tracking URI: on an MLflow server, on Databricks, or in the local file.
///
/// Every call blocks its thread until the answer is there; in async code call it by `spawn_blocking` or what your
/// runtime has in its place. Nothing of it is traced, and tracing never calls it. What this process has recorded and
/// not delivered is not found: call [`flush`](crate::flush) first.
///
/// ```no_run
/// # fn main() -> Result<(), mlflow_trace_core::Error> {
/// use mlflow_trace_core::client::{Search, Traces};
/// let traces = Traces::connect()?;
/// let failed = Search::new().experiment("support bot").filter("trace.status = 'ERROR'").max_results(10);
/// for trace in traces.search(&failed)?.traces {
///     println!("{} {}", trace.info.trace_id, trace.root().map_or("", |root| &root.status.message));
/// }
/// # Ok(())
/// # }
/// ```
pub struct Traces {
    place: Place,
    /// Where a search names no experiment.
    experiment: Experiment,
}

enum Place {
    #[cfg(feature = "sqlite")]
    Local(super::local_search::LocalPlace),
    #[cfg(feature = "http")]
    Server(Box<super::server::ServerPlace>),
    #[cfg(not(all(feature = "sqlite", feature = "http")))]
    #[allow(dead_code)]
    Never(std::convert::Infallible),
}

impl Traces {
    /// Those at the tracking URI of the environment (`MLFLOW_TRACKING_URI`, with its credentials, certificates and
    /// proxies); without one, those of `mlflow.db` in the working directory. Nothing is asked yet.
    ///
    /// # Errors
    /// When a setting can't be used, or traces can't be read from such an address.
    pub fn connect() -> Result<Self, Error> {
        Self::find(None)
    }

    /// Those at this tracking URI: `http://host`, `https://host`, `databricks`, `sqlite:///relative.db`,
    /// `sqlite:////absolute/path.db`. All else comes from the environment.
    ///
    /// # Errors
    /// As [`Traces::connect`].
    pub fn at(uri: &str) -> Result<Self, Error> {
        Self::find(Some(uri))
    }

    fn find(uri: Option<&str>) -> Result<Self, Error> {
        let found = tracking_place(uri, &environment::variable, &environment::working_directory());
        let (destination, experiment) = found.map_err(Error::invalid)?;
        Self::of(&destination, &experiment)
    }

    /// Those that went to this destination.
    pub(crate) fn of(destination: &Destination, experiment: &Experiment) -> Result<Self, Error> {
        let place = match destination {
            #[cfg(feature = "sqlite")]
            Destination::Local { file, .. } => Place::Local(super::local_search::LocalPlace::new(file)),
            #[cfg(not(feature = "sqlite"))]
            Destination::Local { .. } => {
                return Err(Error::invalid(
                    "this build can't read local files; enable the feature `sqlite` of mlflow-trace, or set \
                     MLFLOW_TRACKING_URI to a server.",
                ));
            }
            #[cfg(feature = "http")]
            Destination::Server(server) => Place::Server(Box::new(super::server::ServerPlace::new(server)?)),
            #[cfg(feature = "http")]
            Destination::Otlp(_) => {
                return Err(Error::invalid("an OTLP receiver gives no traces back; name a tracking URI."));
            }
        };
        Ok(Self { place, experiment: experiment.clone() })
    }

    /// The trace with this id and all its stored spans; `None` when it is not there.
    ///
    /// Of a trace that is still running it has what has arrived so far.
    ///
    /// # Errors
    /// When the server does not answer as it should, or the file can't be read.
    pub fn get(&self, trace_id: TraceId) -> Result<Option<Trace>, Error> {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Local(local) => local.get(trace_id),
            #[cfg(feature = "http")]
            Place::Server(server) => server.get(trace_id),
            #[cfg(not(all(feature = "sqlite", feature = "http")))]
            Place::Never(never) => match *never {},
        }
    }

    /// One page of the traces that a search finds.
    ///
    /// # Errors
    /// When an experiment that is named is not there ([`ErrorKind::NotFound`]), the filter or the order is not
    /// understood ([`ErrorKind::Invalid`]), or as [`Traces::get`].
    pub fn search(&self, search: &Search) -> Result<Page, Error> {
        let mut search = search.clone();
        let is_named = !search.experiments.is_empty();
        if !is_named {
            search.experiments.push(self.experiment.clone());
        }
        let found = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Local(local) => local.search(&search),
            #[cfg(feature = "http")]
            Place::Server(server) => server.search(&search),
            #[cfg(not(all(feature = "sqlite", feature = "http")))]
            Place::Never(never) => match *never {},
        };
        match found {
            // The environment's experiment is made by the first trace that goes there.
            Err(error) if !is_named && error.kind() == ErrorKind::NotFound => Ok(Page::default()),
            found => found,
        }
    }

    /// The sessions of the traces that a search finds, the one with the newest trace first; each has all its traces,
    /// the oldest first, also those that the filter leaves out.
    ///
    /// [`Search::max_results`] counts sessions here. Orders and page tokens of the search are not used.
    ///
    /// # Errors
    /// As [`Traces::search`].
    pub fn sessions(&self, search: &Search) -> Result<Vec<Session>, Error> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        let pages = Search { order_by: vec!["timestamp_ms DESC".to_owned()], ..search.clone() };
        let mut page = Search { page_token: None, ..pages }.include_spans(false).max_results(PAGE);
        while ids.len() < search.max_results {
            let found = self.search(&page)?;
            for session in found.traces.into_iter().filter_map(|trace| trace.info.session) {
                if ids.len() < search.max_results && seen.insert(session.clone()) {
                    ids.push(session);
                }
            }
            match found.next_page_token {
                Some(token) => page.page_token = Some(token),
                None => break,
            }
        }
        let mut sessions = Vec::with_capacity(ids.len());
        for id in ids {
            let of_session = Search {
                filter: session_filter(&id),
                order_by: vec!["timestamp_ms ASC".to_owned()],
                max_results: usize::MAX,
                page_token: None,
                ..search.clone()
            };
            let mut traces = self.search(&of_session)?.traces;
            traces.retain(|trace| trace.info.session.as_ref() == Some(&id));
            if !traces.is_empty() {
                sessions.push(Session { id, traces });
            }
        }
        Ok(sessions)
    }

    /// Deletes these traces on a server, with their spans; returns how many there were. What is deleted can't be had back.
    ///
    /// # Errors
    /// As [`Traces::get`]; and for the local file, in which this library deletes nothing.
    pub fn delete(&self, trace_ids: &[TraceId]) -> Result<u64, Error> {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Local(_) => {
                let _ = trace_ids;
                Err(Error::invalid(
                    "traces in a local file can't be deleted from here; start `mlflow server` on it and name its \
                     address, or use Python's MlflowClient.delete_traces.",
                ))
            }
            #[cfg(feature = "http")]
            Place::Server(server) => server.delete(trace_ids),
            #[cfg(not(all(feature = "sqlite", feature = "http")))]
            Place::Never(never) => match *never {},
        }
    }
}

/// Traces that are looked at in one step, as servers give them at most.
const PAGE: usize = 500;

/// The filter for one session. The language has no escape for quotation marks, so an id with both kinds is matched by a
/// pattern, and what else that finds is left out afterwards.
fn session_filter(id: &str) -> String {
    let key = keys::META_TRACE_SESSION;
    match (id.contains('\''), id.contains('"')) {
        (false, _) => format!("metadata.`{key}` = '{id}'"),
        (true, false) => format!("metadata.`{key}` = \"{id}\""),
        (true, true) => format!("metadata.`{key}` LIKE '{}'", id.replace('\'', "_")),
    }
}

/// Shows where it reads and no secret.
impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Traces");
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Local(local) => shown.field("file", &local.path()),
            #[cfg(feature = "http")]
            Place::Server(server) => shown.field("server", &server.base()),
            #[cfg(not(all(feature = "sqlite", feature = "http")))]
            Place::Never(never) => match *never {},
        };
        shown.finish_non_exhaustive()
    }
}
