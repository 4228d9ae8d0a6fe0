//! Spans that come after their trace was stored, and the counts and totals that they change.

use rusqlite::params;

use super::read;
use super::rows::{Statements, millis};
use crate::model::{SizeStats, Span, StatusCode, TraceState, keys, total_cost, total_usage};

/// Adds spans to a stored trace and brings its counts and totals up to date.
pub(super) fn add(
    statements: &mut Statements<'_>,
    id: &str,
    experiment_id: i64,
    spans: &[Span],
) -> rusqlite::Result<()> {
    let info_bytes = info_bytes(statements, id)?;
    statements.spans.write(id, experiment_id, spans)?;
    if statements.layout.has_payload_generation() {
        statements.transaction.execute(
            "UPDATE trace_info SET db_payload_generation = db_payload_generation + 1 WHERE request_id = ?1",
            [id],
        )?;
    }
    if let Some(root) = spans.iter().find(|span| span.parent_id.is_none()) {
        finish(statements, id, root)?;
    }
    refresh(statements, id, Some(info_bytes))
}

/// Recounts the stored spans. `info_bytes` is the part of the size that the spans don't make up.
pub(super) fn refresh(
    statements: &mut Statements<'_>,
    id: &str,
    info_bytes: Option<usize>,
) -> rusqlite::Result<()> {
    let sizes = span_sizes(statements, id)?;
    let stats = SizeStats::new(sizes, info_bytes.unwrap_or(0));
    statements.set_metadata(id, keys::META_SIZE_STATS, &stats.to_json())?;
    statements.set_metadata(id, keys::META_SIZE_BYTES, &stats.total_bytes().to_string())?;
    let spans = read::spans(statements.transaction, id)?;
    statements.set_totals(id, total_usage(&spans), total_cost(&spans))
}

/// Ends a trace that was stored while its root was open.
fn finish(statements: &mut Statements<'_>, id: &str, root: &Span) -> rusqlite::Result<()> {
    let state = match root.status.code {
        StatusCode::Error => TraceState::Error,
        StatusCode::Ok | StatusCode::Unset => TraceState::Ok,
    };
    let duration = root.end_unix_nanos.saturating_sub(root.start_unix_nanos);
    statements.transaction.execute(
        "UPDATE trace_info SET status = ?2, timestamp_ms = ?3, execution_time_ms = ?4 \
         WHERE request_id = ?1 AND status = ?5",
        params![
            id,
            state.as_str(),
            millis(root.start_unix_nanos),
            millis(duration),
            TraceState::InProgress.as_str()
        ],
    )?;
    Ok(())
}

fn span_sizes(statements: &Statements<'_>, id: &str) -> rusqlite::Result<Vec<usize>> {
    let mut statement =
        statements.transaction.prepare("SELECT octet_length(content) FROM spans WHERE trace_id = ?1")?;
    let sizes = statement.query_map([id], |row| row.get::<_, i64>(0))?;
    // A length is never negative.
    sizes.map(|size| size.map(|size| size as usize)).collect()
}

/// The stored size without that of the stored spans.
fn info_bytes(statements: &Statements<'_>, id: &str) -> rusqlite::Result<usize> {
    let total = read::metadata_value(statements.transaction, id, keys::META_SIZE_BYTES)?;
    let total: usize = total.and_then(|total| total.parse().ok()).unwrap_or(0);
    let of_spans = SizeStats::new(span_sizes(statements, id)?, 0).total_bytes();
    Ok(total.saturating_sub(of_spans))
}
