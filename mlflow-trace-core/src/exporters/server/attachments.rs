//! A trace's attachments, each sent as a file of its own once the trace is there.
//!
//! The trace is what counts: where an attachment can't be taken for good, that is said, and the trace is delivered. Where
//! it may be taken later, the trace is sent again with it.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use super::files;
use super::info;
use super::probe::{Capabilities, SpansPlace};
use super::round::{Ask, Problem, Round};
use crate::exporters::attachment_files;
use crate::exporters::sender::Fate;
use crate::http::Method;
use crate::model::{Attachment, Completeness, Trace, TraceId, keys};
use crate::wire::rest;

/// So many attachments and traces are remembered.
const MOST_REMEMBERED: usize = 10_000;
/// How often an attachment is tried that the server does not take, while it takes all else.
const MOST_TRIES: u8 = 4;

/// What was sent, and what was tried in vain.
#[derive(Debug, Default)]
pub(super) struct SentAttachments {
    sent: VecDeque<(TraceId, u128)>,
    tries: HashMap<TraceId, u8>,
}

impl SentAttachments {
    /// Sends those of a trace that were not sent.
    ///
    /// # Errors
    /// When the trace has to come again, since its attachments may be taken then.
    pub(super) fn send(
        &mut self,
        round: &mut Round,
        trace: &Trace,
        capabilities: &Capabilities,
    ) -> Result<(), Problem> {
        let trace_id = trace.info.trace_id;
        let is_new = |attachment: &&Attachment| !self.sent.contains(&(trace_id, attachment.number()));
        let unsent: Vec<&Attachment> = trace.attachments.iter().filter(is_new).collect();
        if unsent.is_empty() {
            return Ok(());
        }
        let problem = match self.send_all(round, trace_id, &unsent, capabilities) {
            Ok(()) => return Ok(()),
            Err(problem) => problem,
        };
        // The whole brings them again.
        if trace.completeness == Completeness::Running && !problem.stops {
            return Ok(());
        }
        let is_for_good = problem.fate == Fate::Refused || says_not_here(&problem);
        // The spans were taken a moment ago, so the server is there: what it answers now is about attachments.
        if !is_for_good && (round.is_over() || self.is_worth_another_try(trace_id)) {
            return Err(problem);
        }
        let why = &problem.failure.sentence;
        round.sent.remarks.push(format!("attachments are lost, and their traces kept: {why}"));
        Ok(())
    }

    fn send_all(
        &mut self,
        round: &mut Round,
        trace_id: TraceId,
        unsent: &[&Attachment],
        capabilities: &Capabilities,
    ) -> Result<(), Problem> {
        if capabilities.spans == SpansPlace::SignedFile {
            for attachment in unsent {
                files::put_signed_attachment(round, trace_id, &attachment.id(), attachment.content())?;
                self.remember(trace_id, attachment);
            }
            return Ok(());
        }
        let stored = info::read(round, trace_id)?;
        let location = stored.tags.get(keys::TAG_ARTIFACT_LOCATION).map(String::as_str).unwrap_or_default();
        for attachment in unsent {
            let file = format!("attachments/{}", attachment.id());
            match rest::artifact_path_of(location, &file) {
                Some(path) => put(round, &path, attachment)?,
                None => write_beside(round, location, attachment)?,
            }
            self.remember(trace_id, attachment);
        }
        Ok(())
    }

    fn remember(&mut self, trace_id: TraceId, attachment: &Attachment) {
        self.sent.push_back((trace_id, attachment.number()));
        if self.sent.len() > MOST_REMEMBERED {
            self.sent.pop_front();
        }
    }

    fn is_worth_another_try(&mut self, trace_id: TraceId) -> bool {
        if self.tries.len() > MOST_REMEMBERED {
            self.tries.clear();
        }
        let tries = self.tries.entry(trace_id).or_default();
        *tries += 1;
        *tries < MOST_TRIES
    }
}

fn put(round: &mut Round, path: &str, attachment: &Attachment) -> Result<(), Problem> {
    let content_type = Some("application/octet-stream");
    let ask = Ask { method: Method::Put, content_type, body: attachment.content(), ..Ask::get(path) };
    round.ask(&ask).map(drop)
}

/// A server that does not take files has them in a folder, as experiments do that were made without a server. On the
/// same machine that folder is ours as well; Python's client writes there too, on whatever machine.
fn write_beside(round: &Round, location: &str, attachment: &Attachment) -> Result<(), Problem> {
    let base = &round.server.connection.base;
    let is_absolute = |folder: &std::path::PathBuf| folder.is_absolute();
    let folder = attachment_files::local_folder(location, Path::new("")).filter(is_absolute);
    match folder.filter(|_| is_this_machine(base)) {
        Some(folder) => attachment_files::write(&folder, std::slice::from_ref(attachment)).map_err(|error| {
            Problem::refused(format!("the folder of the experiment's files can't be written ({error})."))
        }),
        None => {
            let place = location.split_once(':').map_or("a folder of its machine", |(scheme, _)| scheme);
            Err(Problem::refused(format!(
                "the MLflow server at {base} keeps the experiment's files in `{place}`, which only those can write who \
                 have its credentials; start it with --serve-artifacts and use an experiment that was made there."
            )))
        }
    }
}

fn is_this_machine(base: &str) -> bool {
    let host = base.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|known| host.strip_prefix(known).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}

/// Whether the server was started without a place for files, which it says with a status that asks for patience.
fn says_not_here(problem: &Problem) -> bool {
    problem.refusal.as_ref().is_some_and(|refusal| refusal.says_one_of(&["--serve-artifacts"]))
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_names_of_this_machine_are_this_machine() {
        for here in ["http://localhost:5000", "http://127.0.0.1", "https://[::1]:80/x"] {
            assert!(is_this_machine(here), "{here}");
        }
        for there in ["http://localhost.example.org", "http://10.0.0.1:5000", "https://example.org/localhost"]
        {
            assert!(!is_this_machine(there), "{there}");
        }
    }
}
