//! One database that traces are read from, without changing a byte of it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::search::{self, FoundId, TraceQuery};
use super::{StoreError, file, guard, read};
use crate::model::{Trace, TraceId, TraceInfo};

/// A database file that exists. It is opened anew for each question, so nothing is held between them.
pub(crate) struct StoreReader {
    path: PathBuf,
}

impl StoreReader {
    /// Checks that the file is there and holds MLflow's tables of traces.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let reader = Self { path: path.to_owned() };
        reader.ask(|connection| {
            let has_spans = guard::columns(connection)?.iter().any(|(table, _)| table == "spans");
            let revision = guard::revision(connection)?;
            Ok(match revision {
                Some(_) if has_spans => Ok(()),
                Some(revision) => Err(StoreError::Refused(format!(
                    "is at schema revision {revision}, older than MLflow 3.3, and holds no spans"
                ))),
                None => Err(StoreError::Refused("is not a database of MLflow".to_owned())),
            })
        })??;
        Ok(reader)
    }

    /// The newest traces' infos, each with the number of its spans.
    pub(crate) fn newest(&self, limit: usize) -> Result<Vec<(TraceInfo, u64)>, StoreError> {
        self.ask(|connection| read::newest(connection, limit))
    }

    /// One trace, if it is here.
    pub(crate) fn trace(&self, id: TraceId) -> Result<Option<Trace>, StoreError> {
        self.ask(|connection| read::trace(connection, id))
    }

    /// The ids of the traces that a query finds, in their order; `None` when the file has none of its experiments.
    pub(crate) fn search(&self, query: &TraceQuery) -> Result<Option<Vec<FoundId>>, StoreError> {
        self.ask(|connection| search::search(connection, query))
    }

    /// These traces, with or without their spans; those that are gone are left out.
    pub(crate) fn traces(&self, ids: &[TraceId], with_spans: bool) -> Result<Vec<Trace>, StoreError> {
        self.ask(|connection| {
            let mut traces = Vec::with_capacity(ids.len());
            for id in ids {
                traces.extend(match with_spans {
                    true => read::trace(connection, *id)?,
                    false => {
                        read::trace_info(connection, *id)?.map(|info| Trace::read_back(info, Vec::new()))
                    }
                });
            }
            Ok(traces)
        })
    }

    fn ask<T>(&self, question: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        for _ in 0..ATTEMPTS {
            let before = Snapshot::of(&self.path);
            let is_unattended = before.is_unattended(&self.path);
            let answer = open_read_only(&self.path, is_unattended).and_then(|mut connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
                question(&transaction)
            });
            // Without locks a writer that came meanwhile would go unnoticed; then nothing of the answer counts.
            if !is_unattended || Snapshot::of(&self.path) == before {
                return Ok(answer?);
            }
            thread::sleep(PAUSE);
        }
        Err(StoreError::NotReady("is being written by another process at this moment".to_owned()))
    }
}

/// What shows that somebody opened or changed the database.
#[derive(PartialEq, Eq)]
struct Snapshot {
    size_and_time: Option<(u64, Option<SystemTime>)>,
    has_log: bool,
}

impl Snapshot {
    fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        Self {
            size_and_time: metadata.map(|metadata| (metadata.len(), metadata.modified().ok())),
            has_log: file::beside(path, "-wal").exists(),
        }
    }

    /// Whether the database logs ahead and nobody has it open: its last user takes the log away. Reading it with
    /// locks would create the log's files again.
    fn is_unattended(&self, path: &Path) -> bool {
        !self.has_log && logs_ahead(path)
    }
}

/// Whether the file's header says write-ahead logging (byte 19, the version needed to read it).
fn logs_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[19] == 2
}

fn open_read_only(path: &Path, is_unattended: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if is_unattended {
        let uri = format!("file:{}?immutable=1", percent_encoded(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// The path as the path part of a URI.
fn percent_encoded(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::with_capacity(path.len());
    if path.get(1..2) == Some(":") {
        uri.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(20);
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
