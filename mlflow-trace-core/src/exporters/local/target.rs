//! One of the two files, opened when it is first needed and again when it was replaced under us.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::Experiment;
use crate::model::{Trace, TraceId};
use crate::store::{Batch, StoreError, StoreWriter};

pub(super) struct Target {
    path: PathBuf,
    artifact_root: String,
    writer: Option<StoreWriter>,
    #[cfg(test)]
    pub(super) is_disk_full: bool,
    /// Until when other writers of the file have their turn.
    resting_until: Option<Instant>,
}

impl Target {
    pub(super) fn new(path: PathBuf, artifact_root: String) -> Self {
        Self {
            path,
            artifact_root,
            writer: None,
            #[cfg(test)]
            is_disk_full: false,
            resting_until: None,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_open(&self) -> bool {
        self.writer.is_some()
    }

    pub(super) fn holds(&self, trace_id: TraceId) -> bool {
        self.writer.as_ref().is_some_and(|writer| writer.holds(trace_id))
    }

    pub(super) fn artifact_location(&self, trace_id: TraceId) -> Option<String> {
        self.writer.as_ref().and_then(|writer| writer.artifact_location(trace_id))
    }

    #[cfg(test)]
    pub(super) fn writer(&self) -> Option<&StoreWriter> {
        self.writer.as_ref()
    }

    pub(super) fn close(&mut self) {
        self.writer = None;
    }

    /// How long other writers of the file still have their turn.
    pub(super) fn rest_left(&self) -> Duration {
        self.resting_until.map_or(Duration::ZERO, |end| end.saturating_duration_since(Instant::now()))
    }

    pub(super) fn write<'a>(
        &mut self,
        traces: impl Iterator<Item = &'a Trace>,
        experiment: &Experiment,
        busy_timeout: Duration,
    ) -> Result<Batch, StoreError> {
        let mut writer = match self.writer.take().filter(StoreWriter::is_current) {
            Some(writer) => {
                writer.set_busy_timeout(busy_timeout)?;
                writer
            }
            None => StoreWriter::open(&self.path, &self.artifact_root, busy_timeout)?,
        };
        #[cfg(test)]
        if self.is_disk_full {
            writer.limit_pages();
        }
        let batch = writer.write(traces, experiment)?;
        if !writer.is_wal() {
            // Locks of a rollback journal are not fair: without a pause as long as our turn others would starve.
            self.resting_until = Some(Instant::now() + batch.locked_for.clamp(MIN_REST, MAX_REST));
        }
        // After a failure the file is opened anew, so the writer is kept only here.
        self.writer = Some(writer);
        Ok(batch)
    }
}

const MIN_REST: Duration = Duration::from_millis(100);
const MAX_REST: Duration = Duration::from_secs(1);
