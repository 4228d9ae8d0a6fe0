//! May we write to this file? Asked anew inside every write transaction, because MLflow may migrate it at any time.

use rusqlite::{Connection, OptionalExtension as _};

use super::revisions::{self, Columns, Layout, Standing};

/// The answer for a file that may be written.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Where the rows' facts have their places.
    pub(crate) layout: Layout,
    /// A revision that is not known, though its trace tables are.
    pub(crate) unknown_revision: Option<String>,
}

/// Why a file may not be written, or not now.
#[derive(Debug)]
pub(crate) enum Obstacle {
    /// The revision is known and the columns are not its own: a migration is at work, or was left half done.
    Migrating(String),
    /// Nothing that we know how to write to, unless MLflow is creating it at this moment.
    Foreign(String),
    /// The file could not be asked.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Obstacle {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Remembers the last answer for as long as neither the revision nor the schema has moved.
#[derive(Default)]
pub(crate) struct Guard {
    last: Option<Answer>,
}

struct Answer {
    revision: String,
    schema_version: i64,
    layout: Layout,
}

impl Guard {
    /// Checks revision and columns. Call it after `BEGIN IMMEDIATE`: what it saw then holds until the commit.
    pub(crate) fn check(&mut self, transaction: &Connection) -> Result<Admission, Obstacle> {
        let schema_version = transaction.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let revision = revision(transaction)?.ok_or_else(|| {
            Obstacle::Foreign(
                "has no schema revision, so MLflow did not make it or did not finish".to_owned(),
            )
        })?;
        let unchanged = self
            .last
            .as_ref()
            .filter(|last| last.schema_version == schema_version && last.revision == revision);
        let layout = match unchanged {
            Some(last) => last.layout,
            None => judge(&revision, &columns(transaction)?)?,
        };
        let is_known = revisions::standing(&revision) == Standing::Known(layout);
        let unknown_revision = (!is_known).then(|| revision.clone());
        self.last = Some(Answer { revision, schema_version, layout });
        Ok(Admission { layout, unknown_revision })
    }
}

fn judge(revision: &str, columns: &Columns) -> Result<Layout, Obstacle> {
    let actual = Layout::of(columns);
    match revisions::standing(revision) {
        Standing::Known(expected) if actual == Some(expected) => Ok(expected),
        Standing::Known(_) | Standing::Passing => Err(Obstacle::Migrating(format!(
            "is at schema revision {revision} without that revision's columns, as in the middle of a migration"
        ))),
        Standing::Unknown => actual.ok_or_else(|| {
            let has_spans = columns.iter().any(|(table, _)| table == "spans");
            Obstacle::Foreign(if has_spans {
                format!(
                    "is at schema revision {revision}, which this version of mlflow-trace does not know (it knows \
                     MLflow 3.3 to {})",
                    revisions::NEWEST_KNOWN_RELEASE
                )
            } else {
                format!("is at schema revision {revision}, older than MLflow 3.3, and can't hold spans")
            })
        }),
    }
}

/// The revision that Alembic stamped, if it has.
pub(crate) fn revision(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let stamped = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'";
    if connection.query_row(stamped, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    connection.query_row("SELECT version_num FROM alembic_version", [], |row| row.get(0)).optional()
}

/// The columns of the guarded tables as they are.
pub(crate) fn columns(connection: &Connection) -> rusqlite::Result<Columns> {
    let tables = revisions::GUARDED_TABLES.map(|table| format!("'{table}'")).join(", ");
    let mut statement = connection.prepare(&format!(
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_xinfo(t.name) c \
         WHERE t.type = 'table' AND t.name IN ({tables})"
    ))?;
    let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    pairs.collect()
}
