//! A finished trace: its spans and what MLflow keeps about the whole.

use std::collections::{BTreeMap, BTreeSet};

use super::{AssessmentChange, Attachment, Cost, Span, SpanId, TokenUsage, TraceId};

/// The state of a trace (`trace_info.status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceState {
    /// The root ended well.
    #[default]
    Ok,
    /// The root ended with an error.
    Error,
    /// The root has not ended.
    InProgress,
}

impl TraceState {
    /// MLflow's spelling: `OK`, `ERROR` or `IN_PROGRESS`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Error => "ERROR",
            Self::InProgress => "IN_PROGRESS",
        }
    }
}

/// Whether a [`Trace`] is handed over whole or brings spans for one that was handed over before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// The trace info is final and all spans that had ended are here.
    #[default]
    Whole,
    /// Spans that ended after their trace was handed over. Of the info only the id and the experiment count; the
    /// destination adds the spans and brings counts and totals up to date in one step.
    LateSpans,
    /// Spans that have ended in a trace that goes on. The info says how it looks so far; the whole trace follows.
    Running,
    /// Tags that were set or deleted after the trace was handed over; no spans. Of the info only the id and the tags
    /// count.
    Tags,
    /// One assessment that was logged, changed or deleted, handed over behind the trace; no spans. Of the info only the
    /// id counts.
    Assessment,
}

/// What MLflow keeps about a trace as a whole.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceInfo {
    /// The trace's id.
    pub trace_id: TraceId,
    /// The trace's name: the root span's (`mlflow.traceName`).
    pub name: String,
    /// The root's start, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// From the root's start to its end in nanoseconds; `None` while it runs.
    pub duration_nanos: Option<u64>,
    /// The root's outcome.
    pub state: TraceState,
    /// The start of the inputs, for lists (at most 1,000 characters).
    pub request_preview: Option<String>,
    /// The start of the outputs, for lists (at most 1,000 characters).
    pub response_preview: Option<String>,
    /// The caller's own id of the request (at most 50 characters).
    pub client_request_id: Option<String>,
    /// The session (at most 250 characters; `mlflow.trace.session`).
    pub session: Option<String>,
    /// The experiment that was chosen for this trace alone; `None` for the one that all traces go to.
    pub experiment: Option<String>,
    /// The id of the experiment that holds the trace, where it was read back.
    pub experiment_id: Option<String>,
    /// Tokens of the whole tree (`mlflow.trace.tokenUsage`).
    pub token_usage: Option<TokenUsage>,
    /// Cost of the whole tree (`mlflow.trace.cost`).
    pub cost: Option<Cost>,
    /// Tags: may be changed later. Without the name, which has a place of its own.
    pub tags: BTreeMap<String, String>,
    /// Metadata: never changes. Without session, tokens and cost, which have places of their own.
    pub metadata: BTreeMap<String, String>,
}

impl TraceInfo {
    pub(crate) fn new(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            name: String::new(),
            start_unix_nanos: 0,
            duration_nanos: None,
            state: TraceState::Ok,
            request_preview: None,
            response_preview: None,
            client_request_id: None,
            session: None,
            experiment: None,
            experiment_id: None,
            token_usage: None,
            cost: None,
            tags: BTreeMap::new(),
            metadata: BTreeMap::new(),
        }
    }
}

/// A trace on its way to a destination.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trace {
    /// What MLflow keeps about the whole.
    pub info: TraceInfo,
    /// The spans: the root first where it is known, then by start time.
    pub spans: Vec<Span>,
    /// Whether this is the whole trace or an addition to it.
    pub completeness: Completeness,
    /// Binary content that the spans refer to.
    pub attachments: Vec<Attachment>,
    /// Spans that were handed over while the trace was running, to destinations that take those.
    pub(crate) sent_while_running: BTreeSet<SpanId>,
    /// Of [`Completeness::Tags`]: the tags that go.
    pub(crate) deleted_tags: BTreeSet<String>,
    /// Of [`Completeness::Assessment`]: what is to be done.
    pub(crate) assessment: Option<Box<AssessmentChange>>,
}

impl Trace {
    pub(crate) fn new(info: TraceInfo, spans: Vec<Span>, completeness: Completeness) -> Self {
        Self {
            info,
            spans,
            completeness,
            attachments: Vec::new(),
            sent_while_running: BTreeSet::new(),
            deleted_tags: BTreeSet::new(),
            assessment: None,
        }
    }

    /// The spans that have not been handed over while the trace was running.
    #[cfg(feature = "http")]
    pub(crate) fn unsent_spans(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| !self.sent_while_running.contains(&span.span_id))
    }

    /// Changes the tags as a later hand-over says.
    #[cfg(feature = "testing")]
    pub(crate) fn change_tags(&mut self, change: Self) {
        self.info.tags.retain(|key, _| !change.deleted_tags.contains(key));
        self.info.tags.extend(change.info.tags);
    }

    /// The span without a parent.
    pub fn root(&self) -> Option<&Span> {
        self.spans.iter().find(|span| span.parent_id.is_none())
    }

    /// The first span with this name.
    pub fn span(&self, name: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.name == name)
    }
}
