//! The journal of `durable`: where it is, and its beginning.

use std::path::PathBuf;
use std::sync::Arc;

use super::destinations;
use crate::buffer::journal::Journal;
use crate::config::Settings;
use crate::policy::fingerprint::fingerprint;
use crate::policy::notice;

/// The folder of the journals of all processes that trace to the same destinations, so that none delivers what another
/// one meant for elsewhere.
pub(super) fn journals(settings: &Settings) -> PathBuf {
    let mut places: Vec<String> = settings
        .destinations
        .iter()
        .map(|destination| destinations::journal_identity(destination, settings))
        .collect();
    places.sort();
    settings.spool.journals.join(fingerprint(&places.join("\n")))
}

/// Begins the journal of this process. Where that fails it is said, and tracing goes on without.
pub(super) fn begin(settings: &Settings) -> Option<Arc<Journal>> {
    if !settings.durable {
        return None;
    }
    let journals = journals(settings);
    let begun = Journal::begin(&journals, settings.spool.max_bytes);
    begun
        .map_err(|error| {
            notice::warn(&format!(
                "spans are not durable because {} can't be written ({error}); tracing goes on without. Set \
                 MLFLOW_TRACE_SPOOL_DIRECTORY to a folder that this program may write.",
                journals.display()
            ));
        })
        .ok()
}
