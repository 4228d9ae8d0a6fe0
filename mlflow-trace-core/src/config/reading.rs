//! Reading the settings: one variable after the other, with what can't be used and where each value came from.

use std::path::Path;

use super::variables as var;
#[cfg(feature = "http")]
use super::{Sources, environment};

/// Settings that can't be used, in sentences.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// What the code chose and can't be used.
    pub(crate) in_code: Vec<String>,
    /// What the environment says and can't be used; the program goes on with another value.
    pub(crate) in_environment: Vec<String>,
}

/// A setting as it was found, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundSetting {
    /// The variable, or what the setting is about.
    pub(crate) name: &'static str,
    /// The value, without secrets.
    pub(crate) value: String,
    pub(crate) source: Origin,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Code,
    Environment,
    Default,
}

/// One reading of all settings.
pub(super) struct Reading<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(super) working_directory: &'a Path,
    pub(super) problems: Problems,
    /// Sentences to say once.
    pub(super) remarks: Vec<String>,
    pub(super) found: Vec<FoundSetting>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>, working_directory: &'a Path) -> Self {
        Self {
            lookup,
            working_directory,
            problems: Problems::default(),
            remarks: Vec::new(),
            found: Vec::new(),
        }
    }

    /// What connections are read from.
    #[cfg(feature = "http")]
    pub(super) fn sources(&self) -> Sources<'a> {
        Sources {
            variable: self.lookup,
            read: &|path| std::fs::read_to_string(path),
            home: environment::home(),
        }
    }

    /// The variables, for functions that read many.
    pub(super) fn lookup(&self) -> &'a dyn Fn(&str) -> Option<String> {
        self.lookup
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    /// A variable that holds a truth value.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, var::boolean)
    }

    /// A variable that holds a size or count of at least one.
    pub(super) fn count(&mut self, name: &'static str) -> Option<usize> {
        self.read(name, var::count)
    }

    /// A variable, read by a function that says what is wrong with it.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str, &str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.variable(name)?;
        read(name, &text).map_err(|sentence| self.problem(false, sentence)).ok()
    }

    /// A size in code, or in the environment, or by default.
    pub(super) fn size(&mut self, name: &'static str, choice: Option<usize>, default: usize) -> usize {
        if choice == Some(0) {
            self.problems
                .in_code
                .push(format!("the setting that {name} stands for is 0; accepted is at least 1."));
        }
        let from_environment = if choice.is_some() { None } else { self.count(name) };
        let value = choice.or(from_environment).unwrap_or(default);
        self.note(name, value.to_string(), origin(choice.is_some(), from_environment.is_some()));
        value
    }

    /// What can't be used, where it stands.
    pub(super) fn problem(&mut self, is_in_code: bool, sentence: String) {
        let list = if is_in_code { &mut self.problems.in_code } else { &mut self.problems.in_environment };
        say_once(list, sentence);
    }

    pub(super) fn remark(&mut self, sentence: String) {
        say_once(&mut self.remarks, sentence);
    }

    /// Remembers where a value came from.
    pub(super) fn note(&mut self, name: &'static str, value: impl Into<String>, source: Origin) {
        self.found.push(FoundSetting { name, value: value.into(), source });
    }
}

/// A variable that traces and metrics share is read for both.
fn say_once(list: &mut Vec<String>, sentence: String) {
    if !list.contains(&sentence) {
        list.push(sentence);
    }
}

/// Where a value came from that may be in code or in the environment.
pub(super) fn origin(is_in_code: bool, is_in_environment: bool) -> Origin {
    match (is_in_code, is_in_environment) {
        (true, _) => Origin::Code,
        (false, true) => Origin::Environment,
        (false, false) => Origin::Default,
    }
}
