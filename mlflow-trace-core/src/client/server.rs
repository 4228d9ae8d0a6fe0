//! Traces on an MLflow server or on Databricks.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::ask::Asker;
use super::search::{Page, Search, no_experiment};
use crate::config::{Connection, Experiment, ServerDestination};
use crate::error::{Error, ErrorKind};
use crate::http::{Client, Method, Request};
use crate::model::{Span, Trace, TraceId, TraceInfo, keys};
use crate::wire::rest;

/// The longest answer that is read, in bytes: traces may hold whole documents.
pub(super) const MOST_BYTES: u64 = 256 << 20;

/// The experiment that every new MLflow has.
const DEFAULT_ID: &str = "0";
const DEFAULT_NAME: &str = "Default";

/// A server.
pub(super) struct ServerPlace {
    asker: Asker,
    is_databricks: bool,
    /// In a workspace of its own, the experiment `Default` has an id like any other.
    has_workspace: bool,
}

impl ServerPlace {
    pub(super) fn new(destination: &ServerDestination) -> Result<Self, Error> {
        let connection = &destination.connection;
        let has_workspace = connection.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("x-mlflow-workspace") && value.reveal() != "default"
        });
        Ok(Self { asker: Asker::new(connection)?, is_databricks: destination.is_databricks, has_workspace })
    }

    /// The address, without secrets.
    pub(super) fn base(&self) -> &str {
        self.asker.base()
    }

    pub(super) fn get(&self, id: TraceId) -> Result<Option<Trace>, Error> {
        self.info(id)?.map(|info| self.with_spans(info)).transpose()
    }

    pub(super) fn search(&self, search: &Search) -> Result<Page, Error> {
        let experiment_ids = self.experiment_ids(&search.experiments)?;
        let mut infos = Vec::new();
        let mut token = search.page_token.clone();
        while infos.len() < search.max_results {
            let request = rest::SearchRequest {
                experiment_ids: &experiment_ids,
                filter: &search.filter,
                order_by: &search.order_by,
                max_results: search.max_results - infos.len(),
                page_token: token.as_deref(),
            };
            let answer = self.asker.post(rest::SEARCH, &request.to_json())?;
            let (found, next) =
                rest::found_page(&answer).ok_or_else(|| self.asker.unreadable(rest::SEARCH))?;
            infos.extend(found);
            token = next;
            if token.is_none() {
                break;
            }
        }
        let traces = match search.with_spans {
            true => self.all_with_spans(infos)?,
            false => infos.into_iter().map(|info| Trace::read_back(info, Vec::new())).collect(),
        };
        Ok(Page { traces, next_page_token: token })
    }

    pub(super) fn delete(&self, trace_ids: &[TraceId]) -> Result<u64, Error> {
        let mut by_experiment: BTreeMap<String, Vec<TraceId>> = BTreeMap::new();
        for id in trace_ids {
            if let Some(experiment) = self.info(*id)?.and_then(|info| info.experiment_id) {
                by_experiment.entry(experiment).or_default().push(*id);
            }
        }
        let mut deleted = 0;
        for (experiment, ids) in by_experiment {
            for ids in ids.chunks(rest::MOST_DELETED) {
                let answer = self.asker.post(rest::DELETE, &rest::delete_body(&experiment, ids))?;
                deleted += rest::deleted(&answer).ok_or_else(|| self.asker.unreadable(rest::DELETE))?;
            }
        }
        Ok(deleted)
    }

    /// What is kept about the whole; `None` when there is no such trace.
    fn info(&self, id: TraceId) -> Result<Option<TraceInfo>, Error> {
        let path = rest::trace_path(&id.to_string());
        match self.asker.get(&path) {
            Ok(answer) => rest::found_info(&answer).map(Some).ok_or_else(|| self.asker.unreadable(&path)),
            Err(refused) if refused.is_missing() => Ok(None),
            Err(refused) => Err(refused.into()),
        }
    }

    /// The ids of the experiments that are there.
    fn experiment_ids(&self, wanted: &[Experiment]) -> Result<Vec<String>, Error> {
        let mut ids = Vec::new();
        for experiment in wanted {
            let path = match experiment {
                Experiment::Default if !self.has_workspace => {
                    ids.push(DEFAULT_ID.to_owned());
                    continue;
                }
                Experiment::Default => rest::by_name(DEFAULT_NAME),
                Experiment::Name(name) => rest::by_name(name),
                Experiment::Id(id) => rest::by_id(id),
            };
            match self.asker.get(&path) {
                Ok(answer) => ids.extend(rest::found(&answer).map(|found| found.id)),
                Err(refused) if refused.is_missing() => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        if ids.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, no_experiment(wanted)));
        }
        Ok(ids)
    }

    /// The trace with its spans, wherever the server keeps them.
    fn with_spans(&self, info: TraceInfo) -> Result<Trace, Error> {
        if self.is_databricks {
            let spans = self.signed_file(info.trace_id)?;
            return Ok(Trace::read_back(info, spans));
        }
        if !rest::has_spans_in_database(&info) {
            let spans = self.file(&info)?;
            return Ok(Trace::read_back(info, spans));
        }
        let path = rest::whole_path(info.trace_id);
        match self.asker.get(&path) {
            Ok(answer) => match rest::found_trace(&answer) {
                Some(trace) => Ok(Trace::read_back(info, trace.spans)),
                // Values that lie deep in one another are only read as text.
                None => self.of_ui(info),
            },
            // Servers before 3.7 take `get` for the id of a trace, and have a way for several traces alone.
            Err(refused) if refused.is_missing() || refused.is_unknown_route() => {
                let answer = self.asker.get(&rest::batch_path(&[info.trace_id]))?;
                match rest::found_traces(&answer).and_then(|mut found| found.pop()) {
                    Some(trace) => Ok(Trace::read_back(info, trace.spans)),
                    None => self.of_ui(info),
                }
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// All these with their spans, in their order.
    fn all_with_spans(&self, infos: Vec<TraceInfo>) -> Result<Vec<Trace>, Error> {
        let in_database: Vec<TraceId> = infos
            .iter()
            .filter(|info| !self.is_databricks && rest::has_spans_in_database(info))
            .map(|info| info.trace_id)
            .collect();
        let mut spans: HashMap<TraceId, Vec<Span>> = HashMap::new();
        for ids in in_database.chunks(rest::MOST_WITH_SPANS) {
            let answer = match self.asker.get(&rest::batch_path(ids)) {
                Ok(answer) => answer,
                // One of them may spoil it for all; each alone says what is wrong.
                Err(refused) if refused.is_answered() => continue,
                Err(refused) => return Err(refused.into()),
            };
            let found = rest::found_traces(&answer).unwrap_or_default();
            spans.extend(found.into_iter().map(|trace| (trace.info.trace_id, trace.spans)));
        }
        let mut traces = Vec::with_capacity(infos.len());
        for info in infos {
            traces.push(match spans.remove(&info.trace_id) {
                Some(spans) => Trace::read_back(info, spans),
                // Those that are still running are left out there.
                None => self.with_spans(info)?,
            });
        }
        Ok(traces)
    }

    /// The spans in the file among the trace's artifacts. No file, no spans: the trace may be running.
    fn file(&self, info: &TraceInfo) -> Result<Vec<Span>, Error> {
        let location = info.tags.get(keys::TAG_ARTIFACT_LOCATION).map(String::as_str).unwrap_or_default();
        let Some(path) = rest::artifact_path(location) else {
            // The server may reach the place that it does not serve.
            return self.of_ui(info.clone()).map(|trace| trace.spans);
        };
        match self.asker.get(&path) {
            Ok(answer) => rest::spans_of_file(&answer).ok_or_else(|| self.asker.unreadable(&path)),
            Err(refused) if refused.status() == Some(404) => Ok(Vec::new()),
            Err(refused) => Err(refused.into()),
        }
    }

    /// The spans as the user interface gets them.
    fn of_ui(&self, info: TraceInfo) -> Result<Trace, Error> {
        let path = rest::artifact_of_ui_path(info.trace_id);
        let answer = self.asker.get(&path)?;
        let spans = rest::spans_of_file(&answer).ok_or_else(|| self.asker.unreadable(&path))?;
        Ok(Trace::read_back(info, spans))
    }

    /// The spans in the file that Databricks gives a signed address for, which is asked without credentials of ours.
    fn signed_file(&self, id: TraceId) -> Result<Vec<Span>, Error> {
        let path = rest::download_path(&id.to_string());
        let answer = self.asker.get(&path)?;
        let from = rest::upload(&answer).ok_or_else(|| self.asker.unreadable(&path))?;
        let ours = self.asker.connection();
        let storage = Connection {
            proxy: ours.proxy.clone(),
            timeout: ours.timeout,
            ..Connection::plain(&from.origin, "the address that Databricks gave for spans")
        };
        let headers: Vec<(&str, &str)> =
            from.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request {
            method: Method::Get,
            path: &from.path,
            content_type: None,
            headers: &headers,
            body: &[],
            gzip: false,
            within: Duration::MAX,
        };
        let answer = Client::new(&storage)?.reading_up_to(MOST_BYTES).send(&request);
        let answer = answer.map_err(|failure| Error::new(ErrorKind::Destination, failure.sentence))?;
        let spans = match answer.status {
            200..=299 => rest::spans_of_file(&answer.body),
            404 => Some(Vec::new()),
            // What the storage says may quote the signed address.
            _ => None,
        };
        spans.ok_or_else(|| {
            let status = answer.status;
            Error::new(
                ErrorKind::Destination,
                format!(
                    "the storage that Databricks named for spans answered {status}; try again in a moment."
                ),
            )
        })
    }
}
