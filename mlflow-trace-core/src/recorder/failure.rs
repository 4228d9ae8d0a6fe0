//! How errors and panics are told, in MLflow's form: an `exception` event and the status `<Type>: <message>`.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::{Display, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::payload::{Payload, bounded, panic_text, printed};
use crate::buffer::record::Section;
use crate::context::{Context, attach};

/// At most so many sources of an error are told.
const MAX_SOURCES: usize = 32;

/// An error as text.
pub(crate) struct ErrorText {
    message: String,
    /// One line for each source, if there are any.
    chain: String,
}

impl ErrorText {
    /// From an error's `Display` and that of its sources.
    pub(crate) fn from_chain(error: &(dyn Error + 'static), limit: usize) -> Self {
        Self::with_sources(printed(limit, &error), source_of(error), limit)
    }

    /// From an error that need not be `'static`, whose sources are.
    pub(crate) fn from_error(error: &dyn Error, limit: usize) -> Self {
        Self::with_sources(printed(limit, &error), source_of(error), limit)
    }

    fn with_sources(mut message: String, first: Option<&(dyn Error + 'static)>, limit: usize) -> Self {
        let mut chain = String::new();
        let mut next = first;
        for _ in 0..MAX_SOURCES {
            let Some(source) = next else { break };
            let text = printed(limit, &source);
            // Many errors repeat their source in their own text.
            if !message.contains(&text) && message.len() + text.len() < limit {
                message.push_str(": ");
                message.push_str(&text);
            }
            // Writing into a String can't fail.
            let _ = write!(chain, "\ncaused by: {text}");
            next = source_of(source);
        }
        Self { message, chain }
    }

    /// From something that is only a text.
    pub(crate) fn from_text(error: &dyn Display, limit: usize) -> Self {
        Self { message: printed(limit, error), chain: String::new() }
    }

    /// Writes the event and the failure. `type_name` is the error's type as the compiler writes it.
    pub(crate) fn write(&self, payload: &mut Payload, type_name: &str) {
        let path = without_generics(type_name);
        let trace = if self.chain.is_empty() {
            String::new()
        } else {
            format!("{path}: {}{}", self.message, self.chain)
        };
        payload.texts(Section::Exception, &[path, &self.message, &trace]);
        payload.texts(Section::Failed, &[&format!("{}: {}", last_segment(path), self.message)]);
    }
}

/// An error's source. The error's own code may panic; then there is none.
fn source_of<'a>(error: &'a (dyn Error + 'a)) -> Option<&'a (dyn Error + 'static)> {
    let _silent = attach(Context::SILENT);
    catch_unwind(AssertUnwindSafe(|| error.source())).ok().flatten()
}

/// `a::b::Error<a::C>` is `a::b::Error`, and a boxed `dyn Error` is what is in the box.
fn without_generics(type_name: &str) -> &str {
    let name = type_name.trim_start_matches('&');
    let name = name.strip_prefix("alloc::boxed::Box<").unwrap_or(name);
    let name = name.strip_prefix("dyn ").unwrap_or(name);
    name.split(['<', '>', ' ']).next().unwrap_or(name)
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

thread_local! {
    /// Where this thread's newest panic came from and what it said, if a hook told us.
    static PANIC_PLACE: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Called by the panic hook: keeps the place for the span that is about to end.
pub(crate) fn remember_panic_place(place: String, panic: &(dyn std::any::Any + Send)) {
    let _ = PANIC_PLACE.try_with(|kept| {
        if let Ok(mut kept) = kept.try_borrow_mut() {
            *kept = Some((place, panic_text(panic).to_owned()));
        }
    });
}

/// The place of this thread's newest panic, if this is the one: `resume_unwind` brings others without telling a hook.
fn place_of(panic: &(dyn std::any::Any + Send)) -> Option<String> {
    let newest = PANIC_PLACE.try_with(|kept| kept.try_borrow().ok()?.clone()).ok()?;
    newest.filter(|(_, text)| text == panic_text(panic)).map(|(place, _)| place)
}

/// Writes the event and the failure of a panic.
pub(super) fn write_panic(payload: &mut Payload, panic: &(dyn std::any::Any + Send), limit: usize) {
    let message = bounded(limit, format_args!("{}", panic_text(panic)));
    let place = place_of(panic);
    let trace = place.map_or_else(String::new, |place| format!("panicked at {place}:\n{message}"));
    payload.texts(Section::Exception, &["panic", &message, &trace]);
    payload.texts(Section::Failed, &[&format!("panic: {message}")]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_type_is_without_generics_and_the_status_has_its_last_word() {
        assert_eq!(without_generics("app::Error<app::Kind>"), "app::Error");
        assert_eq!(without_generics("&dyn core::error::Error"), "core::error::Error");
        assert_eq!(
            without_generics("alloc::boxed::Box<dyn core::error::Error + core::marker::Send>"),
            "core::error::Error"
        );
        assert_eq!(last_segment("app::Error"), "Error");
    }
}
