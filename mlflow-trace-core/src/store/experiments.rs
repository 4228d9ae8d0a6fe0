//! Which experiment's id the rows carry.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::revisions::Layout;
use crate::config::Experiment;

pub(crate) const DEFAULT_ID: i64 = 0;
pub(crate) const DEFAULT_NAME: &str = "Default";

/// The experiment that a batch of traces goes to.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) id: i64,
    pub(crate) artifact_location: String,
    /// Why it is not the one that was asked for, to follow "mlflow.db".
    pub(crate) remark: Option<String>,
}

/// Finds the experiment, or creates it when it was given by name. Runs inside the write transaction, so two processes
/// can't both create it.
pub(crate) fn resolve(
    transaction: &Connection,
    layout: Layout,
    wanted: &Experiment,
    artifact_root: &str,
) -> rusqlite::Result<Resolved> {
    let found = match wanted {
        Experiment::Default => return default(transaction, layout, artifact_root, None),
        Experiment::Id(id) => match id.parse() {
            Ok(number) => by_id(transaction, number, artifact_root)?,
            Err(_) => None,
        },
        Experiment::Name(name) => match by_name(transaction, layout, name)? {
            Some(id) => by_id(transaction, id, artifact_root)?,
            None => Some((insert(transaction, layout, None, name, artifact_root)?, true)),
        },
    };
    match found {
        Some((experiment, true)) => Ok(experiment),
        Some((_, false)) => {
            let remark = format!("has the experiment {} among its deleted ones", shown(wanted));
            default(transaction, layout, artifact_root, Some(remark))
        }
        None => {
            let remark = format!("has no experiment {}", shown(wanted));
            default(transaction, layout, artifact_root, Some(remark))
        }
    }
}

/// Creates an experiment as MLflow's Python client does.
pub(crate) fn insert(
    transaction: &Connection,
    layout: Layout,
    id: Option<i64>,
    name: &str,
    artifact_root: &str,
) -> rusqlite::Result<Resolved> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
    let (column, value) = if layout.has_workspaces() { (", workspace", ", 'default'") } else { ("", "") };
    transaction.execute(
        &format!(
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage, creation_time, last_update_time{column}) \
             VALUES (?1, ?2, 'active', ?3, ?3{value})"
        ),
        params![id, name, now],
    )?;
    let id = transaction.last_insert_rowid();
    let artifact_location = default_location(artifact_root, id);
    transaction.execute(
        "UPDATE experiments SET artifact_location = ?2 WHERE experiment_id = ?1",
        params![id, artifact_location],
    )?;
    Ok(Resolved { id, artifact_location, remark: None })
}

/// The experiment with this id, and whether it is active.
fn by_id(
    connection: &Connection,
    id: i64,
    artifact_root: &str,
) -> rusqlite::Result<Option<(Resolved, bool)>> {
    connection
        .query_row(
            "SELECT artifact_location, lifecycle_stage FROM experiments WHERE experiment_id = ?1",
            [id],
            |row| {
                let artifact_location = row
                    .get::<_, Option<String>>(0)?
                    .filter(|location| !location.is_empty())
                    .unwrap_or_else(|| default_location(artifact_root, id));
                let is_active = row.get::<_, Option<String>>(1)?.as_deref() != Some("deleted");
                Ok((Resolved { id, artifact_location, remark: None }, is_active))
            },
        )
        .optional()
}

fn by_name(connection: &Connection, layout: Layout, name: &str) -> rusqlite::Result<Option<i64>> {
    let workspace = if layout.has_workspaces() { "AND workspace = 'default'" } else { "" };
    let sql = format!("SELECT experiment_id FROM experiments WHERE name = ?1 {workspace}");
    connection.query_row(&sql, [name], |row| row.get(0)).optional()
}

/// Experiment 0, which MLflow also creates when it opens a file without it.
fn default(
    transaction: &Connection,
    layout: Layout,
    artifact_root: &str,
    remark: Option<String>,
) -> rusqlite::Result<Resolved> {
    let mut experiment = match by_id(transaction, DEFAULT_ID, artifact_root)? {
        Some((experiment, _)) => experiment,
        None => insert(transaction, layout, Some(DEFAULT_ID), DEFAULT_NAME, artifact_root)?,
    };
    experiment.remark = remark;
    Ok(experiment)
}

fn default_location(artifact_root: &str, id: i64) -> String {
    format!("{}/{id}", artifact_root.trim_end_matches('/'))
}

fn shown(wanted: &Experiment) -> String {
    match wanted {
        Experiment::Default => format!("`{DEFAULT_NAME}`"),
        Experiment::Name(name) => format!("`{name}`"),
        Experiment::Id(id) => format!("with the id `{id}`"),
    }
}
