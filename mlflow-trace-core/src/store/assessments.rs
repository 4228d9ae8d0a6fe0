//! Assessments of stored traces: rows as MLflow's own store writes them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::revisions::Layout;
use super::rows::clip;
use crate::model::{
    AssessmentAct, AssessmentChange, AssessmentError, AssessmentKind, Json, TraceId, keys, push_string,
};

/// Why a change was not made, to follow the file's name.
const NO_TRACE: &str = "has no trace with the id that an assessment was logged for";
const NO_ASSESSMENT: &str = "has no assessment with the id that was to be updated or overridden, or it is of the other kind \
                             (feedback, expectation)";

/// Makes a change; twice is as once. An error says why it can't be made.
pub(super) fn change(
    transaction: &Connection,
    layout: Layout,
    trace_id: TraceId,
    change: &AssessmentChange,
) -> rusqlite::Result<Result<(), &'static str>> {
    let row = Row { transaction, layout, trace: trace_id.to_string(), id: change.id.to_string(), change };
    match change.act {
        AssessmentAct::Create => row.create(None),
        AssessmentAct::Override(old) => row.create(Some(&old.to_string())),
        AssessmentAct::Update => row.update(),
        AssessmentAct::Delete => row.delete(),
    }
}

/// The row that a change is about.
struct Row<'a> {
    transaction: &'a Connection,
    layout: Layout,
    trace: String,
    id: String,
    change: &'a AssessmentChange,
}

type Changed = rusqlite::Result<Result<(), &'static str>>;

impl Row<'_> {
    fn create(&self, overrides: Option<&str>) -> Changed {
        let place = "SELECT experiment_id, timestamp_ms FROM trace_info WHERE request_id = ?1";
        let place = self.transaction.query_row(place, [&self.trace], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        });
        let Some((experiment, timestamp)) = place.optional()? else { return Ok(Err(NO_TRACE)) };
        if self.is_here()? {
            return Ok(Ok(()));
        }
        let text = &self.change.text;
        let (mut name, mut span_id) = (text.name.clone().unwrap_or_default(), text.span_id.clone());
        if let Some(old) = overrides {
            let sql = "UPDATE assessments SET valid = 0 WHERE trace_id = ?1 AND assessment_id = ?2 \
                       AND assessment_type = 'feedback' RETURNING name, span_id";
            let old = self
                .transaction
                .query_row(sql, [self.trace.as_str(), old], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some(of_old) = old.optional()? else { return Ok(Err(NO_ASSESSMENT)) };
            (name, span_id) = of_old;
        }
        let source = self.change.source();
        let said_at = self.said_at();
        self.transaction.execute(
            "INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, error, created_timestamp, \
             last_updated_timestamp, source_type, source_id, run_id, span_id, rationale, overrides, valid, \
             assessment_metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1, ?14)",
            params![
                self.id,
                self.trace,
                clip(&name, keys::MAX_ASSESSMENT_TEXT),
                kind(text.kind),
                self.value(),
                text.error.as_ref().map(error_json),
                said_at,
                source.source_type.as_str(),
                clip(&source.source_id, keys::MAX_ASSESSMENT_TEXT),
                text.metadata.get(keys::META_ASSESSMENT_RUN).map(|run| clip(run, 32)),
                span_id,
                text.rationale,
                overrides,
                metadata_json(&text.metadata),
            ],
        )?;
        if self.layout.has_analytics_columns() {
            self.transaction.execute(
                "UPDATE assessments SET experiment_id = ?2, trace_timestamp_ms = ?3 WHERE assessment_id = ?1",
                params![self.id, experiment, timestamp],
            )?;
            self.set_aggregate()?;
        }
        Ok(Ok(()))
    }

    fn update(&self) -> Changed {
        let sql = "SELECT assessment_type, assessment_metadata FROM assessments \
                   WHERE trace_id = ?1 AND assessment_id = ?2";
        let old = self.transaction.query_row(sql, [&self.trace, &self.id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        });
        let Some((old_kind, metadata)) = old.optional()? else { return Ok(Err(NO_ASSESSMENT)) };
        let text = &self.change.text;
        if self.change.value.is_some() {
            if old_kind != kind(text.kind) {
                return Ok(Err(NO_ASSESSMENT));
            }
            self.set("value", &self.value())?;
            self.set("error", &text.error.as_ref().map(error_json))?;
            if self.layout.has_analytics_columns() {
                self.set_aggregate()?;
            }
        }
        if let Some(name) = &text.name {
            self.set("name", &clip(name, keys::MAX_ASSESSMENT_TEXT))?;
        }
        // Expectations have none.
        if let Some(rationale) = text.rationale.as_ref().filter(|_| old_kind == "feedback") {
            self.set("rationale", rationale)?;
        }
        if !text.metadata.is_empty() {
            let mut all: std::collections::BTreeMap<String, String> =
                metadata.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
            all.extend(text.metadata.clone());
            self.set("assessment_metadata", &metadata_json(&all))?;
        }
        self.set("last_updated_timestamp", &self.said_at())?;
        Ok(Ok(()))
    }

    /// What is not there stays away; what it had overridden is valid again.
    fn delete(&self) -> Changed {
        let sql = "DELETE FROM assessments WHERE trace_id = ?1 AND assessment_id = ?2 RETURNING overrides";
        let gone =
            self.transaction.query_row(sql, [&self.trace, &self.id], |row| row.get::<_, Option<String>>(0));
        if let Some(old) = gone.optional()?.flatten() {
            self.transaction.execute("UPDATE assessments SET valid = 1 WHERE assessment_id = ?1", [old])?;
        }
        Ok(Ok(()))
    }

    fn is_here(&self) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM assessments WHERE assessment_id = ?1";
        Ok(self.transaction.query_row(sql, [&self.id], |_| Ok(())).optional()?.is_some())
    }

    fn set(&self, column: &str, value: &dyn rusqlite::ToSql) -> rusqlite::Result<()> {
        let sql = format!("UPDATE assessments SET {column} = ?2 WHERE assessment_id = ?1");
        self.transaction.execute(&sql, params![self.id, value]).map(drop)
    }

    /// The number that charts are made of.
    fn set_aggregate(&self) -> rusqlite::Result<()> {
        let value = self.change.value.as_ref().map(Json::to_value).unwrap_or_default();
        let number = match &value {
            serde_json::Value::Bool(is_true) => Some(f64::from(u8::from(*is_true))),
            serde_json::Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
            serde_json::Value::String(text) => match text.trim().to_lowercase().as_str() {
                "yes" => Some(1.0),
                "no" => Some(0.0),
                _ => None,
            },
            _ => None,
        };
        self.set("aggregate_value", &number)?;
        self.set("is_numeric_value", &(value.is_number() && number.is_some()))
    }

    /// As Python's `json.dumps` writes it, which searches compare with.
    fn value(&self) -> String {
        self.change.value.as_ref().map_or_else(|| "null".to_owned(), Json::to_ascii)
    }

    fn said_at(&self) -> i64 {
        // Milliseconds since 1970 are far below.
        self.change.unix_millis as i64
    }
}

fn kind(kind: AssessmentKind) -> &'static str {
    match kind {
        AssessmentKind::Feedback => "feedback",
        AssessmentKind::Expectation => "expectation",
    }
}

fn metadata_json(metadata: &std::collections::BTreeMap<String, String>) -> Option<String> {
    let pairs = metadata.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
    (!metadata.is_empty()).then(|| object(pairs))
}

fn error_json(error: &AssessmentError) -> String {
    object(
        [
            ("error_code", Some(error.error_code.as_str())),
            ("error_message", error.error_message.as_deref()),
            ("stack_trace", error.stack_trace.as_deref()),
        ]
        .into_iter(),
    )
}

/// An object of texts and nulls, as Python's `json.dumps` writes it.
fn object<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut json = String::new();
    for (key, value) in pairs {
        json.push_str(if json.is_empty() { "{" } else { ", " });
        push_string(&mut json, key);
        json.push_str(": ");
        match value {
            Some(text) => push_string(&mut json, text),
            None => json.push_str("null"),
        }
    }
    json.push('}');
    Json::from_valid(json).to_ascii()
}
