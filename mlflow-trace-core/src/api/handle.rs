//! Saying something about an open span.

use std::error::Error;
use std::fmt::{self, Debug, Formatter};

use serde::Serialize;

use super::TraceUpdate;
use crate::buffer::record::Section;
use crate::context::{Context, current};
use crate::model::{Cost, Link, LinkTarget, SpanId, SpanType, StatusCode, TokenUsage, TraceId, keys};
use crate::recorder::{ErrorText, Payload};
use crate::runtime;

/// The span that is current in this thread or task, or a handle without effect where there is none.
///
/// ```
/// mlflow_trace_core::current_span().set_attribute("documents", 4);
/// ```
#[inline]
pub fn current_span() -> SpanHandle {
    SpanHandle { inside: current() }
}

/// The id of the trace that is recorded in this thread or task; `None` where there is none.
///
/// ```
/// assert_eq!(mlflow_trace_core::active_trace_id(), None);
/// ```
#[inline]
pub fn active_trace_id() -> Option<TraceId> {
    current_span().trace_id()
}

/// An open span, to say something about it. May be cloned, kept and sent to other threads.
///
/// Each method hands one record over and returns at once. After the span has ended they have no effect.
#[derive(Clone)]
pub struct SpanHandle {
    inside: Context,
}

impl SpanHandle {
    #[inline]
    pub(super) fn new(inside: Context) -> Self {
        Self { inside }
    }

    #[inline]
    pub(crate) fn context(&self) -> Context {
        self.inside
    }

    /// Whether what is said is recorded: false outside a span, when tracing is off, and in traces not sampled.
    #[inline]
    pub fn is_recording(&self) -> bool {
        !cfg!(feature = "disabled") && self.inside.is_recording()
    }

    /// The id of the trace, if there is one that is recorded.
    #[inline]
    pub fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_u128(self.inside.trace_id()).filter(|_| self.is_recording())
    }

    /// The id of the span, if there is one that is recorded.
    #[inline]
    pub fn span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(self.inside.span).filter(|_| self.is_recording())
    }

    #[inline]
    pub(super) fn update(&self, fill: impl FnOnce(&mut Payload)) -> &Self {
        if self.is_recording()
            && !runtime::is_off()
            && let Some(runtime) = runtime::started()
        {
            runtime.recorder.update(&self.inside, fill);
        }
        self
    }

    /// Sets an attribute; a later value replaces an earlier one.
    #[inline]
    pub fn set_attribute(&self, key: &str, value: impl Serialize) -> &Self {
        self.update(|payload| payload.serialized(Section::Attribute, Some(key), &value))
    }

    /// Sets several attributes.
    ///
    /// ```
    /// mlflow_trace_core::current_span().set_attributes([("temperature", 0.2), ("top_p", 0.9)]);
    /// ```
    #[inline]
    pub fn set_attributes<K: AsRef<str>, V: Serialize>(
        &self,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        self.update(|payload| {
            for (key, value) in attributes {
                payload.serialized(Section::Attribute, Some(key.as_ref()), &value);
            }
        })
    }

    /// Sets the inputs as a whole, in place of recorded arguments (`mlflow.spanInputs`).
    #[inline]
    pub fn set_inputs(&self, inputs: impl Serialize) -> &Self {
        self.update(|payload| payload.serialized(Section::Inputs, None, &inputs))
    }

    /// Sets the outputs; they win over a recorded return value (`mlflow.spanOutputs`).
    #[inline]
    pub fn set_outputs(&self, outputs: impl Serialize) -> &Self {
        self.update(|payload| payload.serialized(Section::Outputs, None, &outputs))
    }

    /// Sets how the span ends. A function that returns `Err` or panics ends as an error all the same.
    #[inline]
    pub fn set_status(&self, code: StatusCode, message: &str) -> &Self {
        self.update(|payload| payload.texts(Section::Status, &[code.as_str(), message]))
    }

    /// Changes the span's type.
    #[inline]
    pub fn set_span_type(&self, span_type: impl Into<SpanType>) -> &Self {
        let span_type = span_type.into();
        self.update(|payload| payload.texts(Section::SpanType, &[span_type.as_str()]))
    }

    /// Adds an event that happens now.
    ///
    /// ```
    /// mlflow_trace_core::current_span().add_event("cache miss", [("key", "q1")]);
    /// ```
    #[inline]
    pub fn add_event<K: AsRef<str>, V: Serialize>(
        &self,
        name: &str,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) -> &Self {
        self.update(|payload| payload.event(name, attributes))
    }

    /// Adds an `exception` event for an error and ends the span as an error, as Python's `record_exception` does.
    #[inline]
    pub fn record_error<E: Error + ?Sized>(&self, error: &E) -> &Self {
        self.update(|payload| {
            let text = ErrorText::from_error(&error, payload.text_limit());
            text.write(payload, std::any::type_name::<E>());
        })
    }

    /// Links a version of a prompt in MLflow's registry that the span used, and links it to the trace
    /// ([`TraceUpdate::prompt`](crate::TraceUpdate::prompt)), as loading a prompt inside a span does in Python
    /// (`mlflow.linkedPrompts`).
    #[inline]
    pub fn link_prompt(&self, name: &str, version: u32) -> &Self {
        if !cfg!(feature = "disabled") {
            self.update(|payload| payload.texts(Section::Prompt, &[name, &version.to_string()]));
            TraceUpdate { inside: self.inside }.prompt(name, version);
        }
        self
    }

    /// Names the model that was called (`mlflow.llm.model`).
    #[inline]
    pub fn set_model(&self, model: &str) -> &Self {
        self.set_attribute(keys::LLM_MODEL, model)
    }

    /// Names who runs the model (`mlflow.llm.provider`), for example `openai`.
    #[inline]
    pub fn set_provider(&self, provider: &str) -> &Self {
        self.set_attribute(keys::LLM_PROVIDER, provider)
    }

    /// Sets how many tokens the call used (`mlflow.chat.tokenUsage`); MLflow adds them up for the trace.
    #[inline]
    pub fn set_token_usage(&self, usage: TokenUsage) -> &Self {
        self.set_attribute(keys::TOKEN_USAGE, usage)
    }

    /// Sets what the call cost (`mlflow.llm.cost`); MLflow adds it up for the trace.
    #[inline]
    pub fn set_cost(&self, cost: Cost) -> &Self {
        self.set_attribute(keys::LLM_COST, cost)
    }
}

impl Debug for SpanHandle {
    /// The ids, which is also what is recorded of a handle that is an argument.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.trace_id(), self.span_id()) {
            (Some(trace), Some(span)) => write!(f, "SpanHandle({trace}, {span})"),
            _ => f.write_str("SpanHandle(not recorded)"),
        }
    }
}

impl LinkTarget for SpanHandle {
    fn link(&self) -> Option<Link> {
        Some(Link::new(self.trace_id()?, self.span_id()?))
    }
}
