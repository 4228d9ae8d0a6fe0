//! Saying something about the current trace as a whole.

use crate::buffer::record::Section;
use crate::context::{Context, Mode, current};
use crate::model::{TraceState, keys};
use crate::runtime;

/// The trace that is current in this thread or task. Without one, what is said has no effect.
///
/// ```
/// mlflow_trace_core::update_current_trace().user("u-17").session("s-4").tag("tier", "gold");
/// ```
#[inline]
pub fn update_current_trace() -> TraceUpdate {
    TraceUpdate { inside: current() }
}

/// Says something about a trace. Without effect once the trace's root and all its spans have ended.
#[derive(Clone, Debug)]
pub struct TraceUpdate {
    pub(super) inside: Context,
}

impl TraceUpdate {
    #[inline]
    pub(super) fn say(self, tag: Section, fields: &[&str]) -> Self {
        if !cfg!(feature = "disabled")
            && matches!(self.inside.mode(), Mode::Recording | Mode::InLostSpan)
            && !runtime::is_off()
            && let Some(runtime) = runtime::started()
        {
            runtime.recorder.update_trace(&self.inside, |payload| payload.texts(tag, fields));
        }
        self
    }

    /// Sets a tag (key up to 250 characters, value up to 4,096). MLflow lets people change tags later.
    #[inline]
    pub fn tag(self, key: &str, value: impl AsRef<str>) -> Self {
        self.say(Section::TraceTag, &[key, value.as_ref()])
    }

    /// Sets metadata (key and value up to 250 characters). Metadata never changes later.
    #[inline]
    pub fn metadata(self, key: &str, value: impl AsRef<str>) -> Self {
        self.say(Section::TraceMetadata, &[key, value.as_ref()])
    }

    /// Names the user that the trace belongs to (`mlflow.trace.user`).
    #[inline]
    pub fn user(self, user: impl AsRef<str>) -> Self {
        self.say(Section::User, &[user.as_ref()])
    }

    /// Names the session, such as a conversation, that the trace belongs to (up to 250 characters;
    /// `mlflow.trace.session`).
    #[inline]
    pub fn session(self, session: impl AsRef<str>) -> Self {
        self.say(Section::Session, &[session.as_ref()])
    }

    /// Sets the caller's own id of the request (up to 50 characters).
    #[inline]
    pub fn client_request_id(self, id: impl AsRef<str>) -> Self {
        self.say(Section::ClientRequestId, &[id.as_ref()])
    }

    /// Sets how the trace ends, in place of its root's outcome; the root's own status stays. [`TraceState::InProgress`]
    /// is no end and changes nothing.
    #[inline]
    pub fn state(self, state: TraceState) -> Self {
        match state {
            TraceState::Ok | TraceState::Error => self.say(Section::TraceState, &[state.as_str()]),
            TraceState::InProgress => self,
        }
    }

    /// Names the logged model, such as a version of the application, that the trace belongs to (`mlflow.modelId`).
    #[inline]
    pub fn model_id(self, model_id: impl AsRef<str>) -> Self {
        self.say(Section::TraceMetadata, &[keys::META_MODEL_ID, model_id.as_ref()])
    }

    /// Links a version of a prompt in MLflow's registry that the trace used: MLflow shows it beside the trace and finds
    /// the trace by it. Whether there is such a prompt is not checked.
    ///
    /// ```
    /// mlflow_trace_core::update_current_trace().prompt("greeting", 3);
    /// ```
    #[inline]
    pub fn prompt(self, name: &str, version: u32) -> Self {
        if cfg!(feature = "disabled") {
            return self;
        }
        self.say(Section::Prompt, &[name, &version.to_string()])
    }

    /// Sets what lists show as the request, in place of the root's inputs (up to 1,000 characters).
    #[inline]
    pub fn request_preview(self, text: impl AsRef<str>) -> Self {
        self.say(Section::RequestPreview, &[text.as_ref()])
    }

    /// Sets what lists show as the response, in place of the root's outputs (up to 1,000 characters).
    #[inline]
    pub fn response_preview(self, text: impl AsRef<str>) -> Self {
        self.say(Section::ResponsePreview, &[text.as_ref()])
    }
}
