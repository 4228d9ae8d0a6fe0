//! What holds for all traces that begin in a scope: `mlflow::context()`.

use std::fmt::{self, Debug, Formatter};

use crate::context::{ContextGuard, ContextSource, Entry, private};

/// Begins a scope. All traces that begin in it get its session, user, tags and metadata, without a span around them; it
/// may also keep tracing out, or choose the share of traces that is recorded.
///
/// Scopes nest: the inner one adds to the outer one and wins where both say something. Spans of a trace that began
/// outside are not changed, save that [`enabled(false)`](TraceContext::enabled) keeps them out.
///
/// ```
/// # fn answer(_: &str) {}
/// mlflow_trace_core::context().session("s-4").user("u-17").tag("tier", "gold").run(|| {
///     answer("What is MLflow?");
/// });
/// ```
///
/// In async code, [`with_context`](crate::WithContext::with_context) gives a future a scope. Tasks and threads that get
/// the current span by `.in_current_span()` get the scope as well.
#[inline]
pub fn context() -> TraceContext {
    TraceContext::default()
}

/// What a scope says. It holds from [`run`](Self::run), [`attach`](Self::attach) or
/// [`with_context`](crate::WithContext::with_context) on.
#[must_use = "a context holds where it is entered, with `run`, `attach` or `with_context`"]
#[derive(Clone, Default)]
pub struct TraceContext {
    said: Said,
}

impl TraceContext {
    /// Names the session, such as a conversation, that the traces belong to (up to 250 characters;
    /// `mlflow.trace.session`).
    #[inline]
    pub fn session(mut self, session: impl AsRef<str>) -> Self {
        self.said.session(session.as_ref());
        self
    }

    /// Names the user that the traces belong to (`mlflow.trace.user`).
    #[inline]
    pub fn user(mut self, user: impl AsRef<str>) -> Self {
        self.said.user(user.as_ref());
        self
    }

    /// Sets a tag (key up to 250 characters, value up to 4,096). MLflow lets people change tags later.
    #[inline]
    pub fn tag(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.said.tag(key.as_ref(), value.as_ref());
        self
    }

    /// Sets metadata (key and value up to 250 characters). Metadata never changes later.
    #[inline]
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.said.metadata(key.as_ref(), value.as_ref());
        self
    }

    /// `false` records nothing in the scope, whatever a function's attribute asks for; `true` goes on recording in a
    /// scope inside of such a one. Neither changes what [`disable`](crate::disable) or the environment switched off.
    #[inline]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.said.enabled(enabled);
        self
    }

    /// The share of traces that is recorded of those that begin in the scope, from 0.0 to 1.0, in place of
    /// `MLFLOW_TRACE_SAMPLING_RATIO`. A function's own `sampling_ratio` wins over it. What is no number chooses nothing.
    #[inline]
    pub fn sampling_ratio(mut self, ratio: f64) -> Self {
        self.said.sampling_ratio(ratio);
        self
    }

    /// Runs a closure in the scope.
    #[inline]
    pub fn run<R>(self, body: impl FnOnce() -> R) -> R {
        let _attached = self.attach();
        body()
    }

    /// The scope holds on this thread until the guard is dropped. The guard can't be held across an `await`.
    #[inline]
    pub fn attach(self) -> ContextGuard {
        self.entry().attach()
    }
}

impl private::Sealed for TraceContext {}

impl ContextSource for TraceContext {
    #[inline]
    fn entry(self) -> Entry {
        self.said.entry()
    }
}

impl Debug for TraceContext {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("TraceContext")
    }
}

#[cfg(feature = "disabled")]
use off::Said;
#[cfg(not(feature = "disabled"))]
use on::Said;

#[cfg(not(feature = "disabled"))]
mod on {
    use std::sync::Arc;

    use crate::context::{Entry, Mode, Scope, Surroundings, current, current_scope};
    use crate::model::keys;
    use crate::policy::sampler::Sampler;

    #[derive(Clone, Default)]
    pub(super) struct Said {
        scope: Scope,
        enabled: Option<bool>,
    }

    impl Said {
        pub(super) fn session(&mut self, session: &str) {
            self.scope.session = Some(session.to_owned());
        }

        pub(super) fn user(&mut self, user: &str) {
            self.scope.user = Some(user.to_owned());
        }

        pub(super) fn tag(&mut self, key: &str, value: &str) {
            self.scope.tags.insert(key.to_owned(), value.to_owned());
        }

        pub(super) fn metadata(&mut self, key: &str, value: &str) {
            // What has a place of its own, so that the last word counts.
            match key {
                keys::META_TRACE_SESSION => self.session(value),
                keys::META_TRACE_USER => self.user(value),
                _ => drop(self.scope.metadata.insert(key.to_owned(), value.to_owned())),
            }
        }

        pub(super) fn enabled(&mut self, enabled: bool) {
            self.enabled = Some(enabled);
        }

        pub(super) fn sampling_ratio(&mut self, ratio: f64) {
            self.scope.sampler = (!ratio.is_nan()).then(|| Sampler::new(ratio)).or(self.scope.sampler);
        }

        /// Together with the scope that holds here.
        pub(super) fn entry(self) -> Entry {
            let mut scope = current_scope().map_or_else(Scope::default, Arc::unwrap_or_clone);
            let Self { scope: inner, enabled } = self;
            scope.session = inner.session.or(scope.session);
            scope.user = inner.user.or(scope.user);
            scope.tags.extend(inner.tags);
            scope.metadata.extend(inner.metadata);
            scope.sampler = inner.sampler.or(scope.sampler);
            let here = current();
            let context = match (enabled, here.mode()) {
                // In code of ours, or a value's own code that we run, nothing is recorded whatever it asks for.
                (None, _) | (_, Mode::Silent) | (Some(false), Mode::Paused) => None,
                (Some(false), _) => {
                    scope.paused = Some(here);
                    Some(here.with_mode(Mode::Paused))
                }
                (Some(true), Mode::Paused) => scope.paused.take(),
                (Some(true), _) => None,
            };
            Entry::new(context, Surroundings::new(scope))
        }
    }
}

#[cfg(feature = "disabled")]
mod off {
    use crate::context::{Entry, Surroundings};

    #[derive(Clone, Default)]
    pub(super) struct Said;

    impl Said {
        pub(super) fn session(&mut self, _: &str) {}

        pub(super) fn user(&mut self, _: &str) {}

        pub(super) fn tag(&mut self, _: &str, _: &str) {}

        pub(super) fn metadata(&mut self, _: &str, _: &str) {}

        pub(super) fn enabled(&mut self, _: bool) {}

        pub(super) fn sampling_ratio(&mut self, _: f64) {}

        pub(super) fn entry(self) -> Entry {
            Entry::new(None, Surroundings::current())
        }
    }
}
