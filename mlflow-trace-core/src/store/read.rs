//! Traces back out of a file, at any known layout.

use std::collections::BTreeMap;

use crate::model::{
    Cost, Span, SpanContent, SpanId, SpanType, Status, StatusCode, TokenUsage, Trace, TraceId, TraceInfo,
    TraceState, keys,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The newest traces: their infos and how many spans are stored of each.
pub(crate) fn newest(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<(TraceInfo, u64)>> {
    let mut statement = connection.prepare(
        "SELECT t.*, (SELECT count(*) FROM spans s WHERE s.trace_id = t.request_id) AS span_count \
         FROM trace_info t ORDER BY t.timestamp_ms DESC, t.rowid DESC LIMIT ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query([limit])?;
    let mut traces = Vec::new();
    while let Some(row) = rows.next()? {
        // Ids of other forms belong to other products' traces.
        if let Some(info) = info(connection, row)? {
            traces.push((info, row.get::<_, i64>("span_count")?.unsigned_abs()));
        }
    }
    Ok(traces)
}

/// One trace with its spans.
pub(crate) fn trace(connection: &Connection, id: TraceId) -> rusqlite::Result<Option<Trace>> {
    let id = id.to_string();
    let mut statement = connection.prepare("SELECT * FROM trace_info WHERE request_id = ?1")?;
    let mut rows = statement.query([&id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let Some(info) = info(connection, row)? else { return Ok(None) };
    let spans = spans(connection, &id)?;
    Ok(Some(Trace::read_back(info, spans)))
}

/// One trace without its spans.
pub(crate) fn trace_info(connection: &Connection, id: TraceId) -> rusqlite::Result<Option<TraceInfo>> {
    let mut statement = connection.prepare("SELECT * FROM trace_info WHERE request_id = ?1")?;
    let mut rows = statement.query([id.to_string()])?;
    rows.next()?.map_or(Ok(None), |row| info(connection, row))
}

/// The spans of a trace: the root first, then by start time.
pub(crate) fn spans(connection: &Connection, id: &str) -> rusqlite::Result<Vec<Span>> {
    let Ok(trace_id) = id.parse::<TraceId>() else { return Ok(Vec::new()) };
    let mut statement = connection.prepare(
        "SELECT span_id, parent_span_id, name, type, status, start_time_unix_nano, end_time_unix_nano, content \
         FROM spans WHERE trace_id = ?1 ORDER BY parent_span_id IS NOT NULL, start_time_unix_nano, rowid",
    )?;
    let mut rows = statement.query([id])?;
    let mut spans = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(span_id) = span_id(row.get(0)?) {
            spans.push(span(row, trace_id, span_id)?);
        }
    }
    Ok(spans)
}

/// One value of a trace's metadata.
pub(crate) fn metadata_value(
    connection: &Connection,
    id: &str,
    key: &str,
) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT value FROM trace_request_metadata WHERE request_id = ?1 AND key = ?2";
    Ok(connection.query_row(sql, [id, key], |row| row.get(0)).optional()?.flatten())
}

fn span(row: &Row<'_>, trace_id: TraceId, span_id: SpanId) -> rusqlite::Result<Span> {
    let content = SpanContent::parse(&row.get::<_, String>(7)?);
    let start = row.get::<_, i64>(5)?.unsigned_abs();
    Ok(Span {
        trace_id,
        span_id,
        parent_id: self::span_id(row.get(1)?),
        name: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        span_type: row.get::<_, Option<String>>(3)?.map_or(SpanType::Unknown, SpanType::stored),
        start_unix_nanos: start,
        end_unix_nanos: row.get::<_, Option<i64>>(6)?.map_or(start, i64::unsigned_abs),
        status: Status { code: StatusCode::read(&row.get::<_, String>(4)?), message: content.status_message },
        attributes: content.attributes,
        events: content.events,
        links: content.links,
    })
}

fn span_id(text: Option<String>) -> Option<SpanId> {
    u64::from_str_radix(text?.trim_start_matches("0x"), 16).ok().and_then(SpanId::from_u64)
}

/// The info in a row of `trace_info`, with its tags and metadata; `None` when its id is not one of ours to show.
fn info(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<TraceInfo>> {
    let id: String = row.get("request_id")?;
    let Ok(trace_id) = id.parse() else { return Ok(None) };
    let tags = pairs(connection, "trace_tags", &id)?;
    let mut metadata = pairs(connection, "trace_request_metadata", &id)?;
    let is_column = |name: &str| row.as_ref().column_index(name).is_ok();

    let mut info = TraceInfo::new(trace_id);
    info.start_unix_nanos = nanos(row.get("timestamp_ms")?);
    info.duration_nanos = row.get::<_, Option<i64>>("execution_time_ms")?.map(nanos);
    info.state = TraceState::read(&row.get::<_, String>("status")?);
    info.experiment_id = row.get::<_, Option<i64>>("experiment_id")?.map(|id| id.to_string());
    info.client_request_id = row.get("client_request_id")?;
    info.request_preview = row.get("request_preview")?;
    info.response_preview = row.get("response_preview")?;
    let has_columns = is_column("trace_name");
    if has_columns {
        // Rows with these keys count for nothing there.
        for key in [keys::META_TRACE_SESSION, keys::META_TOKEN_USAGE, keys::META_COST] {
            metadata.remove(key);
        }
    }
    info.take_stored(tags, metadata);
    if has_columns {
        info.name = row.get::<_, Option<String>>("trace_name")?.unwrap_or_default();
        info.session = row.get("session_id")?;
        let count = |key: &str| row.get::<_, Option<i64>>(key).ok().flatten().map(i64::unsigned_abs);
        info.token_usage = TokenUsage::stored(count);
        info.cost = Cost::read(|key| row.get::<_, Option<f64>>(key).ok().flatten());
    }
    Ok(Some(info))
}

fn pairs(connection: &Connection, table: &str, id: &str) -> rusqlite::Result<BTreeMap<String, String>> {
    let sql = format!("SELECT key, coalesce(value, '') FROM {table} WHERE request_id = ?1");
    let mut statement = connection.prepare(&sql)?;
    let pairs = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    pairs.collect()
}

fn nanos(millis: i64) -> u64 {
    millis.unsigned_abs().saturating_mul(1_000_000)
}
