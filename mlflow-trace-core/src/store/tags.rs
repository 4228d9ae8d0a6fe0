//! Tags of a stored trace that are changed later, and the prompts that a trace used.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::revisions::Layout;
use super::rows::clip;
use crate::model::{Trace, keys, linked_prompts};

/// Changes the tags of a stored trace; `false` when the trace is not here. Deleting what is not there changes nothing.
pub(super) fn change(transaction: &Connection, layout: Layout, change: &Trace) -> rusqlite::Result<bool> {
    let id = change.info.trace_id.to_string();
    let is_here = transaction
        .query_row("SELECT 1 FROM trace_info WHERE request_id = ?1", [&id], |_| Ok(()))
        .optional()?
        .is_some();
    if !is_here {
        return Ok(false);
    }
    // Newer files keep the name in a column.
    let is_column = |key: &str| key == keys::TAG_TRACE_NAME && layout.has_analytics_columns();
    let name = "UPDATE trace_info SET trace_name = ?2 WHERE request_id = ?1";
    for key in &change.deleted_tags {
        if is_column(key) {
            transaction.execute(name, params![id, None::<&str>])?;
        } else {
            transaction.execute("DELETE FROM trace_tags WHERE request_id = ?1 AND key = ?2", [&id, key])?;
        }
    }
    for (key, value) in &change.info.tags {
        let (key, value) = (clip(key, keys::MAX_TAG_KEY), clip(value, keys::MAX_TAG_VALUE));
        if is_column(key) {
            transaction.execute(name, [id.as_str(), value])?;
        } else {
            let set = "INSERT OR REPLACE INTO trace_tags (request_id, key, value) VALUES (?1, ?2, ?3)";
            transaction.execute(set, [id.as_str(), key, value])?;
        }
    }
    Ok(true)
}

/// Links the prompts that the trace names in its tag, so that it is found by them.
pub(super) fn link_prompts(transaction: &Connection, id: &str, tag: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO entity_associations (association_id, source_type, source_id, destination_type, \
               destination_id, created_time) \
               VALUES (lower(hex(randomblob(16))), 'trace', ?1, 'prompt_version', ?2, \
               CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))";
    // The oldest files have no such table; the tag is enough for showing them.
    let Ok(mut link) = transaction.prepare(sql) else { return Ok(()) };
    for prompt in linked_prompts(tag) {
        link.execute([id, &format!("{}/{}", prompt.name, prompt.version)])?;
    }
    Ok(())
}
