//! What is searched for, and what is found.

use crate::config::Experiment;
use crate::model::Trace;

/// Which traces are wanted, in which order, and how many.
///
/// ```
/// use mlflow_trace_core::client::Search;
/// let search = Search::new()
///     .experiment("support bot")
///     .filter("tag.tier = 'gold' AND trace.status = 'ERROR'")
///     .order_by("timestamp_ms DESC")
///     .max_results(50);
/// # let _ = search;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a search does nothing until it is handed to `search`"]
pub struct Search {
    pub(super) experiments: Vec<Experiment>,
    pub(super) filter: String,
    pub(super) order_by: Vec<String>,
    pub(super) max_results: usize,
    pub(super) page_token: Option<String>,
    pub(super) with_spans: bool,
}

/// As many as Python's client asks for at once.
const DEFAULT_MAX_RESULTS: usize = 100;

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

impl Search {
    /// The newest 100 traces of the experiment that the environment names, with their spans.
    pub fn new() -> Self {
        Self {
            experiments: Vec::new(),
            filter: String::new(),
            order_by: Vec::new(),
            max_results: DEFAULT_MAX_RESULTS,
            page_token: None,
            with_spans: true,
        }
    }

    /// Searches in the experiment with this name; said again, in several.
    pub fn experiment(mut self, name: impl Into<String>) -> Self {
        self.experiments.push(Experiment::Name(name.into()));
        self
    }

    /// Searches in the experiment with this id; said again, in several.
    pub fn experiment_id(mut self, id: impl Into<String>) -> Self {
        self.experiments.push(Experiment::Id(id.into()));
        self
    }

    /// Only traces of which this is true, in MLflow's filter language: conditions joined by `AND`, such as
    /// `trace.status = 'ERROR'`, `tag.tier IN ('gold', 'silver')`, ``metadata.`mlflow.trace.session` = 's-4'``. Said
    /// again, all must be true.
    ///
    /// A server reads the text itself. The local file understands `trace.status`, `trace.name`, `trace.timestamp_ms`,
    /// `trace.execution_time_ms`, `trace.end_time_ms`, `trace.request_id`, `trace.client_request_id`, `trace.run_id`,
    /// `trace.text`, `tag.KEY`, `metadata.KEY`, `span.name`, `span.type`, `span.status` and `span.content` with `=`,
    /// `!=`, `>`, `<`, `>=`, `<=`, `LIKE`, `ILIKE`, `IN`, `NOT IN`, `IS NULL` and `IS NOT NULL`.
    pub fn filter(mut self, filter: impl AsRef<str>) -> Self {
        if !self.filter.is_empty() {
            self.filter.push_str(" AND ");
        }
        self.filter.push_str(filter.as_ref());
        self
    }

    /// In this order: a key with `ASC` or `DESC`, such as `execution_time_ms DESC` or `tag.tier ASC`; said again, within
    /// the first order. Without it the newest come first.
    pub fn order_by(mut self, order: impl Into<String>) -> Self {
        self.order_by.push(order.into());
        self
    }

    /// At most so many traces; 100 unless it is said. `usize::MAX` asks for all of them, page by page.
    pub const fn max_results(mut self, traces: usize) -> Self {
        self.max_results = traces;
        self
    }

    /// From where an earlier page ended, by its [`Page::next_page_token`]; the rest of the search must be the same.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.page_token = Some(token.into());
        self
    }

    /// Whether the traces come with their spans, which takes further requests to a server; true unless it is said.
    pub const fn include_spans(mut self, with_spans: bool) -> Self {
        self.with_spans = with_spans;
        self
    }
}

/// Traces that were found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The traces, in the order of the search.
    pub traces: Vec<Trace>,
    /// For [`Search::page_token`], when there may be more.
    pub next_page_token: Option<String>,
}

/// The traces of one session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// The session's id (`mlflow.trace.session`).
    pub id: String,
    /// All its traces, the oldest first.
    pub traces: Vec<Trace>,
}

/// That none of the experiments is there.
pub(super) fn no_experiment(experiments: &[Experiment]) -> String {
    let named: Vec<String> = experiments
        .iter()
        .map(|experiment| match experiment {
            Experiment::Default => "`Default`".to_owned(),
            Experiment::Name(name) => format!("`{name}`"),
            Experiment::Id(id) => format!("with the id `{id}`"),
        })
        .collect();
    format!(
        "there is no experiment {}; check the name, or record a trace there first.",
        named.join(" and none ")
    )
}
