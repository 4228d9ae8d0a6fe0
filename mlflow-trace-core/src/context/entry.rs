//! Entering a context that was made elsewhere, for a block of code or for a future.

use std::fmt::{self, Debug, Formatter};

use super::surroundings::Surroundings;
use super::{Attached, Context, attach, current};

/// What becomes current when a context is entered.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Entry {
    /// `None` leaves the current span as it is.
    pub(super) context: Option<Context>,
    pub(super) surroundings: Surroundings,
}

impl Entry {
    /// All that is current here.
    #[inline]
    pub(crate) fn here() -> Self {
        Self::new(Some(current()), Surroundings::current())
    }

    #[inline]
    pub(crate) fn new(context: Option<Context>, surroundings: Surroundings) -> Self {
        Self { context, surroundings }
    }

    /// The same with another current span.
    #[inline]
    pub(crate) fn in_context(self, context: Context) -> Self {
        Self { context: Some(context), ..self }
    }

    /// Makes it current until the guard is dropped.
    #[inline]
    pub(crate) fn attach(mut self) -> ContextGuard {
        self.surroundings.swap();
        ContextGuard { surroundings: self.surroundings, _attached: self.context.map(attach) }
    }
}

/// What can be entered: [`context()`](crate::context()) and a [`RemoteParent`](crate::propagation::RemoteParent).
pub trait ContextSource: private::Sealed {
    #[doc(hidden)]
    fn entry(self) -> Entry;
}

pub(crate) mod private {
    /// Only types of ours.
    pub trait Sealed {}
}

/// Leaves the context again when it is dropped. It belongs to its thread, so an async function can't hold it across an
/// `await`; futures have [`with_context`](crate::WithContext::with_context).
///
/// Guards end in the reverse of the order in which they began, as locals do by themselves. Kept in a struct or a list, whose
/// parts are dropped first to last, they would leave the thread in a context that is over.
#[must_use = "the context is left again when this is dropped"]
pub struct ContextGuard {
    /// What was there before.
    surroundings: Surroundings,
    _attached: Option<Attached>,
}

impl Drop for ContextGuard {
    #[inline]
    fn drop(&mut self) {
        self.surroundings.swap();
    }
}

impl Debug for ContextGuard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ContextGuard")
    }
}
