//! Traces back out of a file, at any known layout.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::Value;

use crate::model::{
    Completeness, Cost, Span, SpanContent, SpanId, SpanType, Status, StatusCode, TokenUsage, Trace, TraceId,
    TraceInfo, TraceState, keys,
};

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
    let Some(mut info) = info(connection, row)? else { return Ok(None) };
    let experiment_id = row.get::<_, Option<i64>>("experiment_id")?.map(|id| id.to_string());
    let spans = spans(connection, &id)?;
    // The table keeps milliseconds; the root knows better.
    if let Some(root) = spans.iter().find(|span| span.parent_id.is_none())
        && root.start_unix_nanos / 1_000_000 == info.start_unix_nanos / 1_000_000
    {
        info.start_unix_nanos = root.start_unix_nanos;
        info.duration_nanos =
            info.duration_nanos.map(|_| root.end_unix_nanos.saturating_sub(root.start_unix_nanos));
    }
    Ok(Some(Trace { experiment_id, ..Trace::new(info, spans, Completeness::Whole) }))
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
        span_type: span_type(row.get(3)?),
        start_unix_nanos: start,
        end_unix_nanos: row.get::<_, Option<i64>>(6)?.map_or(start, i64::unsigned_abs),
        status: Status { code: status_code(&row.get::<_, String>(4)?), message: content.status_message },
        attributes: content.attributes,
        events: content.events,
        links: content.links,
    })
}

fn span_id(text: Option<String>) -> Option<SpanId> {
    u64::from_str_radix(text?.trim_start_matches("0x"), 16).ok().and_then(SpanId::from_u64)
}

fn span_type(text: Option<String>) -> SpanType {
    text.map_or(SpanType::Unknown, SpanType::stored)
}

fn status_code(text: &str) -> StatusCode {
    match text {
        "OK" => StatusCode::Ok,
        "ERROR" => StatusCode::Error,
        _ => StatusCode::Unset,
    }
}

/// The info in a row of `trace_info`, with its tags and metadata; `None` when its id is not one of ours to show.
fn info(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<TraceInfo>> {
    let id: String = row.get("request_id")?;
    let Ok(trace_id) = id.parse() else { return Ok(None) };
    let mut tags = pairs(connection, "trace_tags", &id)?;
    let mut metadata = pairs(connection, "trace_request_metadata", &id)?;
    let (stored_name, stored_session) =
        (tags.remove(keys::TAG_TRACE_NAME), metadata.remove(keys::META_TRACE_SESSION));
    let object = |text: Option<String>| text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let usage = object(metadata.remove(keys::META_TOKEN_USAGE));
    let cost = object(metadata.remove(keys::META_COST));
    let is_column = |name: &str| row.as_ref().column_index(name).is_ok();

    let mut info = TraceInfo::new(trace_id);
    info.start_unix_nanos = nanos(row.get("timestamp_ms")?);
    info.duration_nanos = row.get::<_, Option<i64>>("execution_time_ms")?.map(nanos);
    info.state = match row.get::<_, String>("status")?.as_str() {
        "OK" => TraceState::Ok,
        "ERROR" => TraceState::Error,
        _ => TraceState::InProgress,
    };
    info.client_request_id = row.get("client_request_id")?;
    info.request_preview = row.get("request_preview")?;
    info.response_preview = row.get("response_preview")?;
    if is_column("trace_name") {
        info.name = row.get::<_, Option<String>>("trace_name")?.unwrap_or_default();
        info.session = row.get("session_id")?;
        info.token_usage = token_usage(|key| Ok(row.get::<_, Option<i64>>(key)?.map(i64::unsigned_abs)))?;
        info.cost = cost_of(|key| row.get(key))?;
    } else {
        info.name = stored_name.unwrap_or_default();
        info.session = stored_session;
        info.token_usage = token_usage(|key| Ok(usage.as_ref().and_then(|usage| usage.get(key)?.as_u64())))?;
        info.cost = cost_of(|key| Ok(cost.as_ref().and_then(|cost| cost.get(key)?.as_f64())))?;
    }
    info.tags = tags;
    info.metadata = metadata;
    Ok(Some(info))
}

fn token_usage(
    count: impl Fn(&str) -> rusqlite::Result<Option<u64>>,
) -> rusqlite::Result<Option<TokenUsage>> {
    let (input, output, total) = (count("input_tokens")?, count("output_tokens")?, count("total_tokens")?);
    if input.or(output).or(total).is_none() {
        return Ok(None);
    }
    let mut usage = TokenUsage::new(input.unwrap_or(0), output.unwrap_or(0));
    usage.total_tokens = total.unwrap_or(usage.total_tokens);
    usage.cache_read_input_tokens = count("cache_read_input_tokens")?;
    usage.cache_creation_input_tokens = count("cache_creation_input_tokens")?;
    usage.cache_creation_input_tokens_above_1hr = count("cache_creation_input_tokens_above_1hr")?;
    Ok(Some(usage))
}

fn cost_of(dollars: impl Fn(&str) -> rusqlite::Result<Option<f64>>) -> rusqlite::Result<Option<Cost>> {
    let (input, output, total) = (dollars("input_cost")?, dollars("output_cost")?, dollars("total_cost")?);
    if input.or(output).or(total).is_none() {
        return Ok(None);
    }
    let mut cost = Cost::new(input.unwrap_or(0.0), output.unwrap_or(0.0));
    cost.total_cost = total.unwrap_or(cost.total_cost);
    Ok(Some(cost))
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
