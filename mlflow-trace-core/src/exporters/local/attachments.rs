//! The attachments of traces that were just stored, written where `mlflow ui` looks for them.

use std::path::Path;

use super::target::Target;
use crate::exporters::attachment_files;
use crate::model::Trace;

/// Writes the attachments of all these traces and returns what there is to say about those that could not be written.
/// The traces are stored whatever becomes of their attachments.
pub(super) fn write(target: &Target, traces: &[Trace], working_folder: &Path) -> Vec<String> {
    let with_attachments = traces.iter().filter(|trace| !trace.attachments.is_empty());
    with_attachments.filter_map(|trace| write_those_of(target, trace, working_folder).err()).collect()
}

fn write_those_of(target: &Target, trace: &Trace, working_folder: &Path) -> Result<(), String> {
    // A trace that the database does not take has no place, and was said to be lost.
    let Some(location) = target.artifact_location(trace.info.trace_id) else { return Ok(()) };
    let Some(folder) = attachment_files::local_folder(&location, working_folder) else {
        let scheme = location.split(':').next().unwrap_or_default();
        return Err(format!(
            "attachments are lost, and their traces kept: the experiment in {} keeps its files at `{scheme}:`, which is no \
             folder of this machine. Set MLFLOW_TRACKING_URI to the server that serves them, or choose another experiment.",
            target.path().display()
        ));
    };
    attachment_files::write(&folder, &trace.attachments).map_err(|error| {
        let place = folder.parent().and_then(Path::parent).unwrap_or(&folder);
        let place = place.display();
        format!("attachments are lost, and their traces kept: {place} can't be written ({error}); make room or change its rights.")
    })
}
