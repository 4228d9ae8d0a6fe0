//! One open database that traces are written to.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::file::{self, FileIdentity};
use super::guard::{Admission, Guard, Obstacle};
use super::revisions::Layout;
use super::rows::{Care, TraceRows};
use super::{StoreError, assessments, create, experiments, failure, tags};
use crate::config::Experiment;
use crate::model::{Completeness, Trace, TraceId};

/// An open database, kept open between batches.
pub(crate) struct StoreWriter {
    path: PathBuf,
    connection: Connection,
    identity: Option<FileIdentity>,
    guard: Guard,
    artifact_root: String,
    is_wal: bool,
}

/// What became of the traces of one transaction, which has been committed.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) stored_traces: u64,
    pub(crate) stored_spans: u64,
    /// Spans of traces that the database does not take, whatever is tried.
    pub(crate) rejected_spans: u64,
    /// Changes of tags of traces that are not here.
    pub(crate) rejected_tag_changes: u64,
    /// Assessments of traces that are not here, and changes of assessments that are not here.
    pub(crate) rejected_assessments: u64,
    /// Things that the user should know, each to follow the file's name.
    pub(crate) remarks: Vec<String>,
    /// How long the lock on the file was held.
    pub(crate) locked_for: Duration,
}

impl StoreWriter {
    /// Opens a database; creates it, and its folder, when it is not there or empty.
    pub(crate) fn open(path: &Path, artifact_root: &str, busy_timeout: Duration) -> Result<Self, StoreError> {
        file::await_first_bytes(path);
        let is_new = file::is_absent_or_blank(path);
        if is_new && let Some(folder) = path.parent() {
            // When this fails, opening fails too and says why.
            let _ = std::fs::create_dir_all(folder);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(busy_timeout)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        if create::is_empty(&connection)? {
            create::create(&mut connection, artifact_root, is_new)?;
        }
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        let is_wal = mode == "wal";
        if is_wal {
            // With a write-ahead log this survives the death of the process, and never damages the file.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        let identity = FileIdentity::of(path);
        let (path, artifact_root) = (path.to_owned(), artifact_root.to_owned());
        Ok(Self { path, connection, identity, guard: Guard::default(), artifact_root, is_wal })
    }

    /// Whether the path still names the file that is open.
    pub(crate) fn is_current(&self) -> bool {
        self.identity.is_some() && FileIdentity::of(&self.path) == self.identity
    }

    /// Whether readers and writers don't stand in each other's way, so that no pause is owed between commits.
    pub(crate) fn is_wal(&self) -> bool {
        self.is_wal
    }

    /// How long to wait for another process's lock.
    pub(crate) fn set_busy_timeout(&self, timeout: Duration) -> Result<(), StoreError> {
        Ok(self.connection.busy_timeout(timeout)?)
    }

    /// Writes traces in one transaction: all of them, save those that are rejected, or none.
    pub(crate) fn write<'a>(
        &mut self,
        traces: impl Iterator<Item = &'a Trace>,
        experiment: &Experiment,
    ) -> Result<Batch, StoreError> {
        // Room for undoing a single trace slows all of them down, so it is made only when one was refused.
        let traces: Vec<&Trace> = traces.collect();
        match self.write_all(&traces, experiment, Care::New)? {
            Some(batch) => Ok(batch),
            None => Ok(self.write_all(&traces, experiment, Care::Any)?.unwrap_or_default()),
        }
    }

    /// One transaction. `None` when it was undone because of a single trace, which only happens without care.
    fn write_all(
        &mut self,
        traces: &[&Trace],
        experiment: &Experiment,
        care: Care,
    ) -> Result<Option<Batch>, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let locked_at = Instant::now();
        let admission = self.guard.check(&transaction).map_err(|obstacle| refusal(&self.path, obstacle))?;
        let batch = write_batch(&transaction, &admission, traces, experiment, &self.artifact_root, care)?;
        let Some(mut batch) = batch else { return Ok(None) };
        transaction.commit()?;
        batch.locked_for = locked_at.elapsed();
        Ok(Some(batch))
    }

    /// Whether a write would be admitted now; writes nothing.
    pub(crate) fn check(&mut self) -> Result<(), StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        self.guard.check(&transaction).map_err(|obstacle| refusal(&self.path, obstacle))?;
        Ok(())
    }

    /// Lets the database grow by a few pages only.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self) {
        let pages: i64 = self.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = format!("PRAGMA max_page_count = {}", pages + 5);
        self.connection.query_row(&limit, [], |_| Ok(())).unwrap();
    }

    /// Where the files of a stored trace belong, as MLflow writes it.
    pub(crate) fn artifact_location(&self, trace_id: TraceId) -> Option<String> {
        let sql = "SELECT value FROM trace_tags WHERE request_id = ?1 AND key = ?2";
        let key = crate::model::keys::TAG_ARTIFACT_LOCATION;
        self.connection.query_row(sql, [&trace_id.to_string(), key], |row| row.get(0)).ok()
    }

    /// Whether a trace is stored here; `false` when that can't be told.
    pub(crate) fn holds(&self, trace_id: TraceId) -> bool {
        let sql = "SELECT 1 FROM trace_info WHERE request_id = ?1";
        self.connection.query_row(sql, [trace_id.to_string()], |_| Ok(())).is_ok()
    }
}

impl Drop for StoreWriter {
    fn drop(&mut self) {
        if !self.is_current() {
            // Closing would tidy up a log by its path, and the log at that path may belong to a newer file.
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

fn write_batch(
    transaction: &Connection,
    admission: &Admission,
    traces: &[&Trace],
    experiment: &Experiment,
    artifact_root: &str,
    care: Care,
) -> Result<Option<Batch>, StoreError> {
    let mut batch = Batch::default();
    batch.remarks.extend(admission.unknown_revision.as_ref().map(|revision| {
        format!(
            "is at schema revision {revision}, newer than this version of mlflow-trace knows; its tables of traces \
             are as known, so traces go there"
        )
    }));
    let mut chosen: Vec<Option<&str>> = traces.iter().map(|trace| trace.info.experiment.as_deref()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    for name in chosen {
        let of_trace = name.map(|name| Experiment::Name(name.to_owned()));
        let wanted = of_trace.as_ref().unwrap_or(experiment);
        let of_experiment = traces.iter().copied().filter(|trace| trace.info.experiment.as_deref() == name);
        let destination = experiments::resolve(transaction, admission.layout, wanted, artifact_root)?;
        batch.remarks.extend(
            destination
                .remark
                .as_ref()
                .map(|remark| format!("{remark}; traces go to the experiment `Default`")),
        );
        let rows = TraceRows::prepare(transaction, admission.layout, &destination, care)?;
        if !write_traces(transaction, rows, admission.layout, of_experiment, care, &mut batch)? {
            return Ok(None);
        }
    }
    Ok(Some(batch))
}

/// Writes the traces of one experiment; `false` when one of them was refused and there is no room for undoing it alone.
fn write_traces<'a>(
    transaction: &Connection,
    mut rows: TraceRows<'_>,
    layout: Layout,
    traces: impl Iterator<Item = &'a Trace>,
    care: Care,
    batch: &mut Batch,
) -> Result<bool, StoreError> {
    for trace in traces {
        let spans = trace.spans.len() as u64;
        if trace.completeness == Completeness::Tags {
            if !tags::change(transaction, layout, trace)? {
                batch.rejected_tag_changes += 1;
                batch.remarks.push("has no trace with the id that a tag was set or deleted for".to_owned());
            }
            continue;
        }
        if let Some(change) = &trace.assessment {
            if let Err(remark) = assessments::change(transaction, layout, trace.info.trace_id, change)? {
                batch.rejected_assessments += 1;
                batch.remarks.push(remark.to_owned());
            }
            continue;
        }
        if care == Care::Any {
            transaction.execute_batch("SAVEPOINT trace")?;
        }
        match rows.write(trace) {
            Ok(()) => {
                batch.stored_traces += 1;
                batch.stored_spans += spans;
            }
            Err(error) if failure::blames_the_trace(&error) => {
                if care == Care::New {
                    return Ok(false);
                }
                transaction.execute_batch("ROLLBACK TO trace")?;
                batch.rejected_spans += spans;
                batch.remarks.push(format!("does not take a trace, which is lost ({error})"));
            }
            Err(error) => return Err(error.into()),
        }
        if care == Care::Any {
            transaction.execute_batch("RELEASE trace")?;
        }
    }
    Ok(true)
}

fn refusal(path: &Path, obstacle: Obstacle) -> StoreError {
    match obstacle {
        Obstacle::Sqlite(error) => error.into(),
        Obstacle::Migrating(reason) => StoreError::NotReady(reason),
        // MLflow needs seconds to create a file, in many steps; meanwhile it looks like nothing that we know.
        Obstacle::Foreign(reason) if file::changed_within(path, QUIET) => StoreError::NotReady(reason),
        Obstacle::Foreign(reason) => StoreError::Refused(reason),
    }
}

/// A file that nobody has changed for so long is not being created.
const QUIET: Duration = Duration::from_secs(10);
