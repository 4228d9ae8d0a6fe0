//! The rows of spans, with their costs and models where the file's layout has their places.

use rusqlite::{Connection, Statement, params};

use super::revisions::Layout;
use super::rows::{Care, clip};
use super::totals_text::COST_COLUMNS;
use crate::model::{Span, keys, span_json};

/// The statements that write spans.
pub(crate) struct SpanRows<'t> {
    layout: Layout,
    span: Statement<'t>,
    metric: Option<Statement<'t>>,
}

impl<'t> SpanRows<'t> {
    pub(super) fn prepare(transaction: &'t Connection, layout: Layout, care: Care) -> rusqlite::Result<Self> {
        // Replacing a span also removes its old metrics, by the tables' own rules.
        let insert = match care {
            Care::New => "INSERT",
            Care::Any => "INSERT OR REPLACE",
        };
        let analytics = if layout.has_analytics_columns() {
            ", input_cost, output_cost, total_cost, model_name, model_provider"
        } else if layout.has_span_metrics() {
            ", dimension_attributes"
        } else {
            ""
        };
        let places: String =
            (11..11 + analytics.matches(',').count()).map(|place| format!(", ?{place}")).collect();
        let span = transaction.prepare(&format!(
            "{insert} INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, \
             start_time_unix_nano, end_time_unix_nano, content{analytics}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10{places})"
        ))?;
        let metric = match layout.has_span_metrics() {
            true => Some(transaction.prepare(&format!(
                "{insert} INTO span_metrics (trace_id, span_id, key, value) VALUES (?1, ?2, ?3, ?4)"
            ))?),
            false => None,
        };
        Ok(Self { layout, span, metric })
    }

    pub(super) fn write(
        &mut self,
        trace_id: &str,
        experiment_id: i64,
        spans: &[Span],
    ) -> rusqlite::Result<()> {
        for span in spans {
            self.write_one(trace_id, experiment_id, span)?;
        }
        Ok(())
    }

    fn write_one(&mut self, trace_id: &str, experiment_id: i64, span: &Span) -> rusqlite::Result<()> {
        let span_id = span.span_id.to_string();
        let parent_id = span.parent_id.map(|id| id.to_string());
        let span_type = clip(span.span_type.as_str(), MAX_TYPE);
        let start = i64::try_from(span.start_unix_nanos).unwrap_or(i64::MAX);
        let end = i64::try_from(span.end_unix_nanos).unwrap_or(i64::MAX);
        let content = span_json(span);
        let analytics = Analytics::of(span);
        let (layout, name, status) = (self.layout, &span.name, span.status.code.as_str());
        if layout.has_analytics_columns() {
            let [input, output, total] = analytics.costs;
            self.span.execute(params![
                trace_id,
                experiment_id,
                span_id,
                parent_id,
                name,
                span_type,
                status,
                start,
                end,
                content,
                input,
                output,
                total,
                analytics.model,
                analytics.provider
            ])?;
        } else if layout.has_span_metrics() {
            self.span.execute(params![
                trace_id,
                experiment_id,
                span_id,
                parent_id,
                name,
                span_type,
                status,
                start,
                end,
                content,
                analytics.dimensions()
            ])?;
        } else {
            self.span.execute(params![
                trace_id,
                experiment_id,
                span_id,
                parent_id,
                name,
                span_type,
                status,
                start,
                end,
                content
            ])?;
        }
        if let Some(metric) = &mut self.metric {
            for (key, cost) in COST_COLUMNS.iter().zip(analytics.costs) {
                if let Some(cost) = cost {
                    metric.execute(params![trace_id, span_id, key, cost])?;
                }
            }
        }
        Ok(())
    }
}

/// What MLflow's charts read of a span.
struct Analytics {
    costs: [Option<f64>; 3],
    model: Option<String>,
    provider: Option<String>,
}

impl Analytics {
    fn of(span: &Span) -> Self {
        // Only texts: MLflow's migration to 3.17 stops at a model that is anything else.
        let text = |key| {
            let value = span.attribute(key)?.to_value();
            Some(clip(value.as_str()?, MAX_MODEL).to_owned())
        };
        let cost = span.attribute(keys::LLM_COST).map(|cost| cost.to_value());
        Self {
            costs: COST_COLUMNS.map(|key| cost.as_ref()?.get(key)?.as_f64()),
            model: text(keys::LLM_MODEL),
            provider: text(keys::LLM_PROVIDER),
        }
    }

    /// The JSON of `spans.dimension_attributes`.
    fn dimensions(&self) -> Option<String> {
        let fields: serde_json::Map<String, serde_json::Value> =
            [(keys::LLM_MODEL, &self.model), (keys::LLM_PROVIDER, &self.provider)]
                .into_iter()
                .filter_map(|(key, text)| Some((key.to_owned(), text.as_deref()?.into())))
                .collect();
        (!fields.is_empty()).then(|| serde_json::Value::Object(fields).to_string())
    }
}

const MAX_TYPE: usize = 500;
const MAX_MODEL: usize = 500;
