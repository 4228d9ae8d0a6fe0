//! What becomes of binary content in values.

use super::reading::{Reading, origin};
use super::settings::Choices;
use super::variables as var;

/// What becomes of binary content in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attachments {
    /// Whether encoded content in inputs and outputs becomes attachments.
    pub(crate) extracts: bool,
    /// Bytes of one attachment; a larger one is left out.
    pub(crate) max_bytes: usize,
    /// Bytes of a text that stays in its value.
    pub(crate) max_text_bytes: usize,
}

/// Bytes of one attachment where nothing is said. MLflow has no bound; memory has one.
const MAX_BYTES: usize = 20 << 20;

impl Default for Attachments {
    fn default() -> Self {
        Self { extracts: true, max_bytes: MAX_BYTES, max_text_bytes: 1 << 20 }
    }
}

impl Attachments {
    /// `are_kept` says whether a destination keeps them: where none does, encoded content stays in its value unless it is
    /// to be taken out of it.
    pub(super) fn resolve(
        choices: &Choices,
        max_text_bytes: usize,
        are_kept: bool,
        reading: &mut Reading<'_>,
    ) -> Self {
        let is_chosen = choices.extract_attachments.is_some();
        let from_environment = if is_chosen { None } else { reading.flag(var::EXTRACT_ATTACHMENTS) };
        let extracts = choices.extract_attachments.or(from_environment).unwrap_or(are_kept);
        let source = origin(is_chosen, from_environment.is_some());
        reading.note(var::EXTRACT_ATTACHMENTS, extracts.to_string(), source);

        let chosen = choices.max_attachment_bytes;
        if chosen == Some(0) {
            let problem = "max_attachment_bytes is 0; accepted is at least 1.";
            reading.problem(true, problem.to_owned());
        }
        let from_environment = match chosen {
            Some(_) => None,
            None => reading.read(var::MAX_ATTACHMENT_SIZE, var::size_or_none),
        };
        // Sizes travel in four bytes.
        let max_bytes = chosen.or(from_environment).unwrap_or(MAX_BYTES).min(u32::MAX as usize);
        let source = origin(chosen.is_some(), from_environment.is_some());
        reading.note(var::MAX_ATTACHMENT_SIZE, max_bytes.to_string(), source);
        Self { extracts, max_bytes, max_text_bytes }
    }
}
