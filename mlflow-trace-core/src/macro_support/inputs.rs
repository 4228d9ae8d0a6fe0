//! What options of the attribute add to a span's start, beside the arguments that are recorded by their type.

use std::fmt::Debug;

use super::span::Inputs;
use crate::buffer::record::Section;
use crate::model::{LinkTarget, SpanType, keys};

/// What is recorded in the place of a value that is nobody's business.
const REDACTED: &str = "[redacted]";

impl Inputs<'_> {
    /// A name that depends on the type or trait in which the function stands.
    pub fn name(&mut self, name: &'static str) {
        self.0.texts(Section::Name, &[name]);
    }

    /// A type that depends on the type or trait in which the function stands.
    #[expect(clippy::needless_pass_by_value, reason = "made by an inline constant")]
    pub fn span_type(&mut self, span_type: SpanType) {
        self.0.texts(Section::SpanType, &[span_type.as_str()]);
    }

    /// A description that depends on the type or trait in which the function stands.
    pub fn description(&mut self, text: &'static str) {
        self.0.text_value(Section::Attribute, Some(keys::SPAN_DESCRIPTION), text);
    }

    /// An argument that is recorded by its `Debug`, whatever else it has.
    pub fn debug<T: Debug + ?Sized>(&mut self, name: &'static str, value: &T) {
        if self.0.is_automatic() {
            self.0.debugged(Section::Input, Some(name), &value);
        }
    }

    /// An argument whose name alone is recorded.
    pub fn redacted(&mut self, name: &'static str) {
        if self.0.is_automatic() {
            self.0.text_value(Section::Input, Some(name), REDACTED);
        }
    }

    /// How much the span matters: MLflow's number as text.
    pub fn log_level(&mut self, level: &'static str) {
        self.0.texts(Section::LogLevel, &[level]);
    }

    /// Spans that this one has to do with.
    pub fn links<L: LinkTarget>(&mut self, targets: impl IntoIterator<Item = L>) {
        for link in targets.into_iter().filter_map(|target| target.link()) {
            self.0.texts(Section::Link, &[&link.trace_id.to_string(), &link.span_id.to_string()]);
        }
    }
}
