//! What options of the attribute add to a span's start, beside the arguments that are recorded by their type.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use super::span::Inputs;
use crate::buffer::record::Section;
use crate::model::{Link, LinkTarget, SpanType, keys};

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
            self.link(&link);
        }
    }

    /// The same out of something that the function goes on to use.
    pub fn links_of<L: Links + ?Sized>(&mut self, targets: &L) {
        targets.for_each(&mut |target| {
            if let Some(link) = target.link() {
                self.link(&link);
            }
        });
    }

    fn link(&mut self, link: &Link) {
        self.0.link(link);
    }
}

/// A collection of spans that the function keeps.
#[diagnostic::on_unimplemented(
    message = "`links` takes a list of spans, which `{Self}` is not",
    label = "expected a `Vec`, slice, array, set or `Option` of `SpanHandle`, `Link` or `(TraceId, SpanId)`",
    note = "anything else that can be iterated is made on the spot, as in `links = handles.iter()`"
)]
pub trait Links {
    /// Looks at each of them.
    fn for_each(&self, look: &mut dyn FnMut(&dyn LinkTarget));
}

/// Collections whose `iter` gives targets.
macro_rules! links {
    ($([$($generics:tt)*] $collection:ty;)+) => {
        $(
            impl<T: LinkTarget, $($generics)*> Links for $collection {
                fn for_each(&self, look: &mut dyn FnMut(&dyn LinkTarget)) {
                    self.iter().for_each(|target| look(target));
                }
            }
        )+
    };
}

links! {
    [] [T];
    [const N: usize] [T; N];
    [] Vec<T>;
    [] VecDeque<T>;
    [] Option<T>;
    [] BTreeSet<T>;
    [S] HashSet<T, S>;
}

macro_rules! links_behind {
    ($($pointer:ty),+) => {
        $(
            impl<L: Links + ?Sized> Links for $pointer {
                fn for_each(&self, look: &mut dyn FnMut(&dyn LinkTarget)) {
                    L::for_each(self, look);
                }
            }
        )+
    };
}

links_behind!(&L, &mut L, Box<L>, Rc<L>, Arc<L>);
