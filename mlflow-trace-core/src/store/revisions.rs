//! What is known of MLflow's schema revisions: which columns the tables of traces have at each.
//!
//! Alembic's revision says which migrations have run; the columns say whether they have finished. Both must agree
//! before anything is written (see `guard`).

use std::collections::BTreeSet;

/// The layouts of the trace tables, named after the first MLflow that has them. Each follows from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// The oldest with a table of spans.
    V3_3,
    /// Token counts have a table, `trace_metrics`.
    V3_9,
    /// Costs of spans have a table, `span_metrics`; models are in `spans.dimension_attributes`. We create this one.
    V3_10,
    /// `trace_info.db_payload_generation` counts writes.
    V3_13,
    /// Names, sessions, tokens, costs and models are columns.
    V3_17,
}

/// The newest MLflow whose schema is known, for messages.
pub(crate) const NEWEST_KNOWN_RELEASE: &str = "3.17";

/// The revision at which we create files: old enough for many MLflow versions to open, and the first that loses
/// nothing when a newer MLflow upgrades it.
pub(crate) const CREATED_REVISION: &str = "1b5f0d9ad7c1";

/// The revisions since the table of spans came, with the layout that each one's migration leaves behind.
const KNOWN: &[(Layout, &str)] = &[
    (Layout::V3_3, "1a0cddfcaa16 71994744cf8e bf29a5ff90ea 1bd49d398cd23"),
    (Layout::V3_9, "d3e4f5a6b7c8"),
    (
        Layout::V3_10,
        "1b5f0d9ad7c1 e1f2a3b4c5d6 76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0",
    ),
    (
        Layout::V3_13,
        "da6fb0208061 89d3d66ed43f b7e4c1a90f23 a8b9c0d1e2f3 c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e",
    ),
    (Layout::V3_13, "1971f2d9a75b 17e22815139b b7e2c1a4d9f3"),
    (Layout::V3_17, "75868b020152 dc11669786a5"),
];

/// Revisions before 3.10 at which no release stopped: a file only passes through. Waiting for the end is better than
/// writing to a layout that has no room for the costs and models of spans.
const PASSING: &str =
    "534353b11cbc 3da73c924c2f b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d0e1f2a3b4c5 c8d9e0f1a2b3";

/// What a revision's name alone tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The tables must have exactly this layout.
    Known(Layout),
    /// A migration is at work.
    Passing,
    /// Newer than this crate, or older than the table of spans.
    Unknown,
}

/// Looks a revision up.
pub(crate) fn standing(revision: &str) -> Standing {
    let is_in = |list: &str| list.split(' ').any(|known| known == revision);
    if is_in(PASSING) {
        return Standing::Passing;
    }
    KNOWN
        .iter()
        .find(|(_, list)| is_in(list))
        .map_or(Standing::Unknown, |(layout, _)| Standing::Known(*layout))
}

/// The tables that the guard looks at. One that a layout does not have must be absent.
pub(crate) const GUARDED_TABLES: [&str; 9] = [
    "experiments",
    "trace_info",
    "trace_tags",
    "trace_request_metadata",
    "trace_metrics",
    "spans",
    "span_metrics",
    "assessments",
    "sql_trace_rollup_rebuild_queue",
];

/// Pairs of table and column, generated columns included.
pub(crate) type Columns = BTreeSet<(String, String)>;

const ADDED: &[(Layout, &str, &str)] = &[
    (
        Layout::V3_3,
        "experiments",
        "experiment_id name artifact_location lifecycle_stage creation_time last_update_time",
    ),
    (Layout::V3_3, "trace_info", "request_id experiment_id timestamp_ms execution_time_ms status"),
    (Layout::V3_3, "trace_info", "client_request_id request_preview response_preview"),
    (Layout::V3_3, "trace_tags", "key value request_id"),
    (Layout::V3_3, "trace_request_metadata", "key value request_id"),
    (Layout::V3_3, "spans", "trace_id experiment_id span_id parent_span_id name type status"),
    (Layout::V3_3, "spans", "start_time_unix_nano end_time_unix_nano duration_ns content"),
    (
        Layout::V3_3,
        "assessments",
        "assessment_id trace_id name assessment_type value error created_timestamp",
    ),
    (Layout::V3_3, "assessments", "last_updated_timestamp source_type source_id run_id span_id rationale"),
    (Layout::V3_3, "assessments", "overrides valid assessment_metadata"),
    (Layout::V3_9, "trace_metrics", "request_id key value"),
    (Layout::V3_10, "experiments", "workspace"),
    (Layout::V3_10, "spans", "dimension_attributes"),
    (Layout::V3_10, "span_metrics", "trace_id span_id key value"),
    (Layout::V3_13, "trace_info", "db_payload_generation"),
    (Layout::V3_17, "trace_info", "trace_name session_id input_tokens output_tokens total_tokens"),
    (Layout::V3_17, "trace_info", "cache_read_input_tokens cache_creation_input_tokens"),
    (Layout::V3_17, "trace_info", "cache_creation_input_tokens_above_1hr input_cost output_cost total_cost"),
    (Layout::V3_17, "spans", "input_cost output_cost total_cost model_name model_provider"),
    (Layout::V3_17, "assessments", "experiment_id trace_timestamp_ms aggregate_value is_numeric_value"),
    (Layout::V3_17, "sql_trace_rollup_rebuild_queue", "experiment_id rollup_day rollup_family"),
];

const REMOVED: &[(Layout, &str, &str)] = &[(Layout::V3_17, "spans", "dimension_attributes")];

impl Layout {
    const ALL: [Self; 5] = [Self::V3_3, Self::V3_9, Self::V3_10, Self::V3_13, Self::V3_17];

    /// The columns that the guarded tables have, no more and no less.
    pub(crate) fn columns(self) -> Columns {
        let mut columns = Columns::new();
        for (_, table, names) in ADDED.iter().filter(|(since, ..)| *since <= self) {
            columns.extend(names.split(' ').map(|name| ((*table).to_owned(), name.to_owned())));
        }
        for (_, table, name) in REMOVED.iter().filter(|(since, ..)| *since <= self) {
            columns.remove(&((*table).to_owned(), (*name).to_owned()));
        }
        columns
    }

    /// The layout with exactly these columns.
    pub(crate) fn of(columns: &Columns) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.columns() == *columns)
    }

    /// Whether token counts are also rows of `trace_metrics`. From 3.17 on the table is kept empty.
    pub(crate) fn has_trace_metrics(self) -> bool {
        (Self::V3_9..Self::V3_17).contains(&self)
    }

    /// Whether costs of spans are rows of `span_metrics` and models JSON in `spans.dimension_attributes`.
    pub(crate) fn has_span_metrics(self) -> bool {
        (Self::V3_10..Self::V3_17).contains(&self)
    }

    /// Whether experiments belong to a workspace.
    pub(crate) fn has_workspaces(self) -> bool {
        self >= Self::V3_10
    }

    /// Whether `trace_info` counts the writes of spans.
    pub(crate) fn has_payload_generation(self) -> bool {
        self >= Self::V3_13
    }

    /// Whether names, sessions, tokens, costs and models have columns of their own.
    pub(crate) fn has_analytics_columns(self) -> bool {
        self >= Self::V3_17
    }
}
