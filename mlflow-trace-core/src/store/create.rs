//! A new database, in MLflow's own schema.

use rusqlite::{Connection, TransactionBehavior, params};

use super::experiments::{self, DEFAULT_ID, DEFAULT_NAME};
use super::revisions::{CREATED_REVISION, Layout};
use crate::store::StoreError;

/// The tables at [`CREATED_REVISION`]: all of them, since MLflow can't open a file that has only some.
pub(crate) const SCHEMA: [&str; 4] = [
    include_str!("schema/tracking.sql"),
    include_str!("schema/traces.sql"),
    include_str!("schema/registry.sql"),
    include_str!("schema/gateway.sql"),
];

/// Fills an empty database in one step, unless another process was faster.
///
/// `is_new` says that there was no file before us: only then the journal mode is ours to choose.
pub(crate) fn create(
    connection: &mut Connection,
    artifact_root: &str,
    is_new: bool,
) -> Result<(), StoreError> {
    if is_new {
        // Write-ahead logging lets MLflow read while we write. Where it is not to be had, the mode stays as it is.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    if !is_empty(&transaction)? {
        return Ok(());
    }
    for part in SCHEMA {
        transaction.execute_batch(part)?;
    }
    transaction.execute("INSERT INTO alembic_version (version_num) VALUES (?1)", [CREATED_REVISION])?;
    transaction.execute(
        "INSERT INTO workspaces (name, description) VALUES ('default', ?1)",
        params!["Default workspace for legacy resources"],
    )?;
    experiments::insert(&transaction, Layout::V3_10, Some(DEFAULT_ID), DEFAULT_NAME, artifact_root)?;
    Ok(transaction.commit()?)
}

/// Whether a database has no tables at all.
pub(crate) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0))
}
