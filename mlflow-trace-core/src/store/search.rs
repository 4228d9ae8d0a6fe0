//! Traces found by conditions and put in an order, as MLflow's own store finds and orders them.

use std::cmp::Ordering;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::filter::{self, Attribute, Condition, Key, Literal, Operator};
use crate::config::Experiment;
use crate::model::{TraceId, keys};

/// Which traces are wanted, and in which order.
#[derive(Clone, Debug)]
pub(crate) struct TraceQuery {
    experiments: Vec<Experiment>,
    conditions: Vec<Condition>,
    /// Each key, and whether it descends.
    orders: Vec<(Key, bool)>,
    /// As many as these, from the first one on.
    most: usize,
}

/// A trace that was found, with what it is ordered by.
#[derive(Clone, Debug)]
pub(crate) struct FoundId {
    pub(crate) id: TraceId,
    orders: Vec<Value>,
}

impl TraceQuery {
    /// Reads filter and orders.
    ///
    /// # Errors
    /// A sentence about what is not understood.
    pub(crate) fn new(
        experiments: Vec<Experiment>,
        filter: &str,
        orders: &[String],
        most: usize,
    ) -> Result<Self, String> {
        let mut orders = orders.iter().map(|text| filter::order(text)).collect::<Result<Vec<_>, _>>()?;
        // The newest first, where nothing else is said.
        for (key, descends) in [(Attribute::Timestamp, true), (Attribute::TraceId, false)] {
            if !orders.iter().any(|(ordered, _)| *ordered == Key::Attribute(key)) {
                orders.push((Key::Attribute(key), descends));
            }
        }
        Ok(Self { experiments, conditions: filter::conditions(filter)?, orders, most })
    }

    /// Which of two traces comes first, also when they are of two files.
    pub(crate) fn compare(&self, one: &FoundId, other: &FoundId) -> Ordering {
        let pairs = one.orders.iter().zip(&other.orders).zip(&self.orders);
        pairs.fold(Ordering::Equal, |so_far, ((one, other), (_, descends))| {
            so_far.then_with(|| match (one, other) {
                (Value::Null, Value::Null) => Ordering::Equal,
                (Value::Null, _) => Ordering::Greater,
                (_, Value::Null) => Ordering::Less,
                (one, other) if *descends => of_values(other, one),
                (one, other) => of_values(one, other),
            })
        })
    }
}

/// Numbers before texts, as SQLite has it; columns hold one kind.
fn of_values(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Real(one), Value::Real(other)) => one.total_cmp(other),
        (Value::Text(_), _) => Ordering::Greater,
        (_, Value::Text(_)) => Ordering::Less,
        _ => Ordering::Equal,
    }
}

/// The traces of this file, in their order; `None` when it has none of the experiments.
pub(super) fn search(connection: &Connection, query: &TraceQuery) -> rusqlite::Result<Option<Vec<FoundId>>> {
    let mut experiments = Vec::new();
    for wanted in &query.experiments {
        experiments.extend(experiment(connection, wanted)?);
    }
    if experiments.is_empty() {
        return Ok(None);
    }
    let (sql, values) = statement(query, &experiments, has_columns(connection)?);
    // LIKE tells upper from lower case, as in MLflow.
    connection.pragma_update(None, "case_sensitive_like", true)?;
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // Ids of other forms belong to other products' traces.
        if let Some(id) = TraceId::parse(&row.get::<_, String>(0)?) {
            let orders = (1..=query.orders.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            found.push(FoundId { id, orders });
        }
    }
    Ok(Some(found))
}

/// The id of an experiment, if the file has it and it is not deleted.
fn experiment(connection: &Connection, wanted: &Experiment) -> rusqlite::Result<Option<i64>> {
    let by = |column: &str, value: Value| {
        let sql = format!(
            "SELECT experiment_id FROM experiments WHERE {column} = ?1 ORDER BY experiment_id LIMIT 1"
        );
        connection.query_row(&sql, [value], |row| row.get(0)).optional()
    };
    match wanted {
        Experiment::Default => Ok(Some(super::experiments::DEFAULT_ID)),
        Experiment::Name(name) => by("name", name.clone().into()),
        Experiment::Id(id) => match id.parse::<i64>() {
            Ok(id) => by("experiment_id", id.into()),
            Err(_) => Ok(None),
        },
    }
}

/// Whether names and sessions are columns, since MLflow 3.17.
fn has_columns(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM pragma_table_info('trace_info') WHERE name = 'trace_name'";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

fn statement(query: &TraceQuery, experiments: &[i64], has_columns: bool) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut sql = "SELECT t.request_id".to_owned();
    let mut order = String::new();
    for (number, (key, descends)) in query.orders.iter().enumerate() {
        sql.push_str(&format!(", {} AS order_{number}", expression(key, has_columns, &mut values)));
        let (comma, direction) = (if number > 0 { ", " } else { "" }, if *descends { "DESC" } else { "ASC" });
        order.push_str(&format!("{comma}order_{number} IS NULL, order_{number} {direction}"));
    }
    let ids: Vec<String> = experiments.iter().map(i64::to_string).collect();
    sql.push_str(&format!(" FROM trace_info t WHERE t.experiment_id IN ({})", ids.join(", ")));
    let (of_spans, of_trace): (Vec<_>, Vec<_>) =
        query.conditions.iter().partition(|condition| matches!(condition.key, Key::Span(_)));
    for condition in of_trace {
        sql.push_str(" AND ");
        sql.push_str(&comparison(condition, has_columns, &mut values));
    }
    if !of_spans.is_empty() {
        sql.push_str(" AND EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.request_id");
        for condition in of_spans {
            sql.push_str(" AND ");
            sql.push_str(&comparison(condition, has_columns, &mut values));
        }
        sql.push(')');
    }
    sql.push_str(&format!(" ORDER BY {order} LIMIT ?"));
    values.push(Value::Integer(i64::try_from(query.most).unwrap_or(i64::MAX)));
    (sql, values)
}

/// What a key stands for in SQL; null where the trace has nothing of the kind.
fn expression(key: &Key, has_columns: bool, values: &mut Vec<Value>) -> String {
    let mut pair = |table: &str, key: &str| {
        values.push(key.to_owned().into());
        format!("(SELECT p.value FROM {table} p WHERE p.request_id = t.request_id AND p.key = ?)")
    };
    match key {
        Key::Attribute(Attribute::Name) if has_columns => "t.trace_name".to_owned(),
        Key::Tag(name) if has_columns && name == keys::TAG_TRACE_NAME => "t.trace_name".to_owned(),
        Key::Metadata(name) if has_columns && name == keys::META_TRACE_SESSION => "t.session_id".to_owned(),
        Key::Attribute(Attribute::Name) => pair("trace_tags", keys::TAG_TRACE_NAME),
        Key::Attribute(Attribute::Run) => pair("trace_request_metadata", keys::META_SOURCE_RUN),
        Key::Tag(name) => pair("trace_tags", name),
        Key::Metadata(name) => pair("trace_request_metadata", name),
        Key::Attribute(Attribute::Status) => "t.status".to_owned(),
        Key::Attribute(Attribute::Timestamp) => "t.timestamp_ms".to_owned(),
        Key::Attribute(Attribute::Duration) => "t.execution_time_ms".to_owned(),
        Key::Attribute(Attribute::End) => "(t.timestamp_ms + coalesce(t.execution_time_ms, 0))".to_owned(),
        Key::Attribute(Attribute::TraceId) => "t.request_id".to_owned(),
        Key::Attribute(Attribute::ClientRequestId) => "t.client_request_id".to_owned(),
        Key::Attribute(Attribute::Experiment) => "t.experiment_id".to_owned(),
        Key::Span(column) => format!("s.{column}"),
    }
}

fn comparison(condition: &Condition, has_columns: bool, values: &mut Vec<Value>) -> String {
    let left = expression(&condition.key, has_columns, values);
    let count = condition.values.len();
    values.extend(condition.values.iter().map(|value| match value {
        Literal::Text(text) => text.clone().into(),
        Literal::Number(number) => Value::Real(*number),
    }));
    let list = || vec!["?"; count].join(", ");
    let compared = match condition.operator {
        Operator::Equal => format!("{left} = ?"),
        Operator::NotEqual => format!("{left} != ?"),
        Operator::Less => format!("{left} < ?"),
        Operator::AtMost => format!("{left} <= ?"),
        Operator::Greater => format!("{left} > ?"),
        Operator::AtLeast => format!("{left} >= ?"),
        Operator::Like => format!("{left} LIKE ?"),
        Operator::Ilike => format!("lower({left}) LIKE lower(?)"),
        Operator::In => format!("{left} IN ({})", list()),
        Operator::NotIn => format!("{left} NOT IN ({})", list()),
        Operator::IsNull => format!("{left} IS NULL"),
        Operator::IsNotNull => format!("{left} IS NOT NULL"),
    };
    // A trace may also be linked to a run that it was not made in.
    if condition.key == Key::Attribute(Attribute::Run)
        && condition.operator == Operator::Equal
        && let Some(Literal::Text(run)) = condition.values.first()
    {
        values.push(run.clone().into());
        return format!(
            "({compared} OR EXISTS (SELECT 1 FROM entity_associations e WHERE e.source_type = 'trace' AND \
             e.source_id = t.request_id AND e.destination_type = 'run' AND e.destination_id = ?))"
        );
    }
    compared
}
