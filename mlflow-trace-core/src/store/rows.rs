//! The rows of a trace: its info, tags, metadata and totals, each fact where the file's layout has its place.

use rusqlite::types::{ToSql, Value};
use rusqlite::{Connection, OptionalExtension as _, Statement, params};

use super::experiments::Resolved;
use super::late;
use super::revisions::Layout;
use super::span_rows::SpanRows;
use super::tags;
use super::totals_text::{self, COST_COLUMNS, TOKEN_COLUMNS};
use crate::model::{Completeness, Cost, TokenUsage, Trace, TraceInfo, TraceState, keys};

/// Writes the traces of one transaction.
pub(crate) struct TraceRows<'t> {
    transaction: &'t Connection,
    layout: Layout,
    experiment: &'t Resolved,
    care: Care,
    stored_experiment: Statement<'t>,
    inserting: Option<Statements<'t>>,
    replacing: Option<Statements<'t>>,
}

/// How to meet rows that are already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// A trace that is not stored has no rows at all: inserting is much faster than replacing.
    New,
    /// Every row may be there already, even twice within a trace.
    Any,
}

impl<'t> TraceRows<'t> {
    /// For a layout that the guard has just confirmed.
    pub(crate) fn prepare(
        transaction: &'t Connection,
        layout: Layout,
        experiment: &'t Resolved,
        care: Care,
    ) -> rusqlite::Result<Self> {
        let stored_experiment =
            transaction.prepare("SELECT experiment_id FROM trace_info WHERE request_id = ?1")?;
        Ok(Self {
            transaction,
            layout,
            experiment,
            care,
            stored_experiment,
            inserting: None,
            replacing: None,
        })
    }

    /// Writes a trace, or adds late spans to a stored one. Writing the same again changes nothing.
    pub(crate) fn write(&mut self, trace: &Trace) -> rusqlite::Result<()> {
        let id = trace.info.trace_id.to_string();
        let stored: Option<i64> = self.stored_experiment.query_row([&id], |row| row.get(0)).optional()?;
        let experiment_id = stored.unwrap_or(self.experiment.id);
        let is_new = stored.is_none() && self.care == Care::New;
        match trace.completeness {
            Completeness::Whole if is_new => {
                let statements = self.statements(Care::New)?;
                statements.write_info(&id, &trace.info, trace.info.state)?;
                statements.spans.write(&id, experiment_id, &trace.spans)
            }
            Completeness::Whole => {
                let statements = self.statements(Care::Any)?;
                statements.write_info(&id, &trace.info, trace.info.state)?;
                statements.spans.write(&id, experiment_id, &trace.spans)?;
                // Spans of an earlier hand-over may be here too; readers wait for ever when the count is wrong.
                late::refresh(statements, &id, None)
            }
            Completeness::LateSpans | Completeness::Running => {
                let statements = self.statements(Care::Any)?;
                if stored.is_none() {
                    let mut info = trace.info.clone();
                    if info.start_unix_nanos == 0 {
                        info.start_unix_nanos =
                            trace.spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or(0);
                    }
                    statements.write_info(&id, &info, TraceState::InProgress)?;
                }
                late::add(statements, &id, experiment_id, &trace.spans)
            }
            // Written elsewhere.
            Completeness::Tags | Completeness::Assessment => Ok(()),
        }
    }

    fn statements(&mut self, care: Care) -> rusqlite::Result<&mut Statements<'t>> {
        let slot = match care {
            Care::New => &mut self.inserting,
            Care::Any => &mut self.replacing,
        };
        match slot {
            Some(statements) => Ok(statements),
            None => {
                Ok(slot.insert(Statements::prepare(self.transaction, self.layout, self.experiment, care)?))
            }
        }
    }
}

/// The prepared statements for one way of meeting rows that are already there.
pub(super) struct Statements<'t> {
    pub(super) transaction: &'t Connection,
    pub(super) layout: Layout,
    pub(super) spans: SpanRows<'t>,
    experiment: &'t Resolved,
    info: Statement<'t>,
    tag: Statement<'t>,
    metadata: Statement<'t>,
    metric: Option<Statement<'t>>,
}

impl<'t> Statements<'t> {
    fn prepare(
        transaction: &'t Connection,
        layout: Layout,
        experiment: &'t Resolved,
        care: Care,
    ) -> rusqlite::Result<Self> {
        // Two keys of a new trace can be the same after clipping; then the first one stays.
        let conflict = match care {
            Care::New => "IGNORE",
            Care::Any => "REPLACE",
        };
        let pair = |table: &str| {
            format!("INSERT OR {conflict} INTO {table} (request_id, key, value) VALUES (?1, ?2, ?3)")
        };
        let metric = match layout.has_trace_metrics() {
            true => Some(transaction.prepare(&pair("trace_metrics"))?),
            false => None,
        };
        Ok(Self {
            transaction,
            layout,
            experiment,
            spans: SpanRows::prepare(transaction, layout, care)?,
            info: transaction.prepare(&info_statement(layout))?,
            tag: transaction.prepare(&pair("trace_tags"))?,
            metadata: transaction.prepare(&pair("trace_request_metadata"))?,
            metric,
        })
    }

    fn write_info(&mut self, id: &str, info: &TraceInfo, state: TraceState) -> rusqlite::Result<()> {
        let clipped = |text: &Option<String>, max| text.as_deref().map(|text| clip(text, max).to_owned());
        let name = (!info.name.is_empty()).then(|| clip(&info.name, keys::MAX_TAG_VALUE));
        let session = info.session.as_deref().map(|session| clip(session, keys::MAX_SESSION));
        let mut values: Vec<Value> = vec![
            id.to_owned().into(),
            self.experiment.id.into(),
            millis(info.start_unix_nanos).into(),
            info.duration_nanos.map(millis).into(),
            state.as_str().to_owned().into(),
            clipped(&info.client_request_id, keys::MAX_CLIENT_REQUEST_ID).into(),
            clipped(&info.request_preview, keys::MAX_PREVIEW).into(),
            clipped(&info.response_preview, keys::MAX_PREVIEW).into(),
        ];
        if self.layout.has_analytics_columns() {
            values.push(name.map(str::to_owned).into());
            values.push(session.map(str::to_owned).into());
            let counts = info.token_usage.map(|usage| totals_text::token_counts(&usage)).unwrap_or_default();
            let dollars = info.cost.map(|cost| totals_text::dollars(&cost)).unwrap_or_default();
            values.extend(TOKEN_COLUMNS.map(|column| number_of(&counts, column)));
            values.extend(COST_COLUMNS.map(|column| number_of(&dollars, column)));
        }
        self.info.execute(rusqlite::params_from_iter(values))?;

        let artifacts =
            format!("{}/traces/{id}/artifacts", self.experiment.artifact_location.trim_end_matches('/'));
        self.set_tag(id, keys::TAG_ARTIFACT_LOCATION, &artifacts)?;
        // Without this tag MLflow looks for the spans in a file of artifacts.
        self.set_tag(id, keys::TAG_SPANS_LOCATION, "TRACKING_STORE")?;
        if !self.layout.has_analytics_columns()
            && let Some(name) = name
        {
            self.set_tag(id, keys::TAG_TRACE_NAME, name)?;
        }
        let own = [keys::TAG_ARTIFACT_LOCATION, keys::TAG_SPANS_LOCATION, keys::TAG_TRACE_NAME];
        for (key, value) in info.tags.iter().filter(|(key, _)| !own.contains(&key.as_str())) {
            self.set_tag(id, clip(key, keys::MAX_TAG_KEY), clip(value, keys::MAX_TAG_VALUE))?;
        }

        if let Some(prompts) = info.tags.get(keys::LINKED_PROMPTS) {
            tags::link_prompts(self.transaction, id, prompts)?;
        }

        let own = [keys::META_TRACE_SESSION, keys::META_TOKEN_USAGE, keys::META_COST];
        for (key, value) in info.metadata.iter().filter(|(key, _)| !own.contains(&key.as_str())) {
            let key = clip(key, keys::MAX_METADATA_KEY);
            self.set_metadata(id, key, clip(value, keys::MAX_METADATA_VALUE))?;
        }
        let mut set_if_absent = |key: &str, value: &str| match info.metadata.contains_key(key) {
            true => Ok(()),
            false => self.set_metadata(id, key, value),
        };
        set_if_absent(keys::META_SCHEMA_VERSION, "3")?;
        if state != TraceState::InProgress {
            set_if_absent(keys::META_INFO_FINALIZED, "true")?;
        }
        if !self.layout.has_analytics_columns()
            && let Some(session) = session
        {
            self.set_metadata(id, keys::META_TRACE_SESSION, session)?;
        }
        if self.layout.has_analytics_columns() {
            return Ok(());
        }
        self.set_totals(id, info.token_usage, info.cost)
    }

    fn set_tag(&mut self, id: &str, key: &str, value: &str) -> rusqlite::Result<()> {
        self.tag.execute([id, key, value]).map(drop)
    }

    pub(super) fn set_metadata(&mut self, id: &str, key: &str, value: &str) -> rusqlite::Result<()> {
        self.metadata.execute([id, key, value]).map(drop)
    }

    /// Writes the sums over the trace; what is `None` stays as it is.
    pub(super) fn set_totals(
        &mut self,
        id: &str,
        usage: Option<TokenUsage>,
        cost: Option<Cost>,
    ) -> rusqlite::Result<()> {
        if let Some(usage) = usage {
            let counts = totals_text::token_counts(&usage);
            if self.layout.has_analytics_columns() {
                self.set_columns(
                    id,
                    &counts.iter().map(|(key, n)| (*key, n as &dyn ToSql)).collect::<Vec<_>>(),
                )?;
            } else {
                self.set_metadata(id, keys::META_TOKEN_USAGE, &totals_text::object(&counts))?;
            }
            if let Some(metric) = &mut self.metric {
                for (key, count) in counts {
                    metric.execute(params![id, key, count as f64])?;
                }
            }
        }
        if let Some(cost) = cost {
            let dollars = totals_text::dollars(&cost);
            if self.layout.has_analytics_columns() {
                self.set_columns(
                    id,
                    &dollars.iter().map(|(key, d)| (*key, d as &dyn ToSql)).collect::<Vec<_>>(),
                )?;
            } else {
                self.set_metadata(id, keys::META_COST, &totals_text::object(&dollars))?;
            }
        }
        Ok(())
    }

    pub(super) fn set_columns(&self, id: &str, columns: &[(&str, &dyn ToSql)]) -> rusqlite::Result<()> {
        let Some(((first, _), rest)) = columns.split_first() else { return Ok(()) };
        let mut sql = format!("UPDATE trace_info SET {first} = ?2");
        for (index, (column, _)) in rest.iter().enumerate() {
            sql.push_str(&format!(", {column} = ?{}", index + 3));
        }
        sql.push_str(" WHERE request_id = ?1");
        let values: Vec<&dyn ToSql> =
            std::iter::once(&id as &dyn ToSql).chain(columns.iter().map(|(_, value)| *value)).collect();
        self.transaction.execute(&sql, values.as_slice()).map(drop)
    }
}

fn info_statement(layout: Layout) -> String {
    let mut columns = vec![
        "timestamp_ms",
        "execution_time_ms",
        "status",
        "client_request_id",
        "request_preview",
        "response_preview",
    ];
    if layout.has_analytics_columns() {
        columns.extend(["trace_name", "session_id"]);
        columns.extend(TOKEN_COLUMNS);
        columns.extend(COST_COLUMNS);
    }
    let places: String = (3..columns.len() + 3).map(|place| format!(", ?{place}")).collect();
    let updates: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    let (generation, one, next) = match layout.has_payload_generation() {
        true => (", db_payload_generation", ", 1", ", db_payload_generation = db_payload_generation + 1"),
        false => ("", "", ""),
    };
    format!(
        "INSERT INTO trace_info (request_id, experiment_id, {}{generation}) VALUES (?1, ?2{places}{one}) \
         ON CONFLICT (request_id) DO UPDATE SET {}{next}",
        columns.join(", "),
        updates.join(", ")
    )
}

fn number_of<N: Copy + Into<Value>>(pairs: &[(&str, N)], column: &str) -> Value {
    pairs.iter().find(|(key, _)| *key == column).map_or(Value::Null, |(_, number)| (*number).into())
}

/// The first so many characters.
pub(super) fn clip(text: &str, max_chars: usize) -> &str {
    // A char is at least a byte, so a short text needs no counting.
    if text.len() <= max_chars {
        return text;
    }
    text.char_indices().nth(max_chars).map_or(text, |(end, _)| &text[..end])
}

pub(super) fn millis(nanos: u64) -> i64 {
    // Less than i64::MAX after the division.
    (nanos / 1_000_000) as i64
}
