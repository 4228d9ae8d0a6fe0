//! The journal of `durable`: where it is, and its beginning.

use std::path::PathBuf;
use std::sync::Arc;

use super::destinations;
use crate::buffer::journal::Journal;
use crate::config::Settings;
use crate::policy::fingerprint::fingerprint;
use crate::policy::{Redactor, notice};

/// The folder of the journals of all processes that trace to the same destinations, so that none delivers what another
/// one meant for elsewhere. Where rules keep something out, of those with the same rules.
pub(super) fn journals(settings: &Settings) -> PathBuf {
    let mut places: Vec<String> = settings
        .destinations
        .iter()
        .map(|destination| destinations::journal_identity(destination, settings))
        .collect();
    places.sort();
    let mut name = fingerprint(&places.join("\n"));
    let mut rules: Vec<String> = settings.all_redactors().map(Redactor::rules).collect();
    // Functions can't be compared; their number can.
    if settings.processors.len() > 0 {
        rules.push(format!("processors {}", settings.processors.len()));
    }
    if !rules.is_empty() {
        name = format!("{name}-{}", fingerprint(&rules.join("\n")));
    }
    settings.spool.journals.join(name)
}

/// Those of processes that trace to the same destinations as these, which have no rules, but with rules.
#[cfg(feature = "http")]
pub(super) fn journals_with_rules(settings: &Settings) -> Vec<PathBuf> {
    let journals = journals(settings);
    let name = journals.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_with_rules = |path: &PathBuf| {
        path.file_name()
            .and_then(|other| other.to_str()?.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('-'))
    };
    let entries = std::fs::read_dir(&settings.spool.journals).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_with_rules).collect()
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
