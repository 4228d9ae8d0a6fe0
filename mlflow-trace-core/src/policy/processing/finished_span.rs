//! A span that has ended, as a processor sees and changes it.

use std::time::Duration;

use serde::Serialize as _;
use serde_json::Value;

use crate::model::{Event, Json, Link, Span, SpanId, SpanType, Status, StatusCode, TraceId, keys};

/// A span that has ended and has not been delivered, in the hands of a processor ([`Init::processor`]).
///
/// [`Init::processor`]: crate::Init::processor
#[derive(Clone, Debug)]
pub struct FinishedSpan {
    span: Span,
    is_dropped: bool,
}

/// What takes the place of texts that a failed processor was to look at.
const REMOVED: &str = "[removed]";

impl FinishedSpan {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, is_dropped: false }
    }

    /// What the processors left, and whether one of them dropped it.
    pub(crate) fn into_parts(self) -> (Span, bool) {
        (self.span, self.is_dropped)
    }

    /// Takes out everything that the program said about the span, since it may hold what a processor was to remove.
    pub(super) fn remove_content(&mut self) {
        let span = &mut self.span;
        REMOVED.clone_into(&mut span.name);
        if let SpanType::Custom(_) = span.span_type {
            span.span_type = SpanType::Unknown;
        }
        if !span.status.message.is_empty() {
            REMOVED.clone_into(&mut span.status.message);
        }
        span.attributes.retain(|(key, _)| key == keys::TRACE_REQUEST_ID || key == keys::SPAN_LOG_LEVEL);
        let span_type = Json::string(span.span_type.as_str());
        span.attributes.push((keys::SPAN_TYPE.to_owned(), span_type));
        let mark = Json::from_valid("true".to_owned());
        span.attributes.push((keys::PROCESSOR_FAILED.to_owned(), mark));
        for event in &mut span.events {
            REMOVED.clone_into(&mut event.name);
            event.attributes.clear();
        }
        for link in &mut span.links {
            link.attributes.clear();
        }
    }

    /// The span as it is now.
    pub fn as_span(&self) -> &Span {
        &self.span
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.span.trace_id
    }

    /// The span's own id.
    pub fn span_id(&self) -> SpanId {
        self.span.span_id
    }

    /// The span that this one was started in; `None` for the root of a trace.
    pub fn parent_id(&self) -> Option<SpanId> {
        self.span.parent_id
    }

    /// How long the span took.
    pub fn duration(&self) -> Duration {
        self.span.duration()
    }

    /// The name that MLflow shows.
    pub fn name(&self) -> &str {
        &self.span.name
    }

    /// Gives the span another name. The root's name is that of the trace.
    pub fn set_name(&mut self, name: impl Into<String>) {
        self.span.name = name.into();
    }

    /// What the span stands for.
    pub fn span_type(&self) -> &SpanType {
        &self.span.span_type
    }

    /// Gives the span another type.
    pub fn set_span_type(&mut self, span_type: impl Into<SpanType>) {
        self.span.span_type = span_type.into();
        let text = Json::string(self.span.span_type.as_str());
        self.put(keys::SPAN_TYPE, text);
    }

    /// How the span ended.
    pub fn status(&self) -> &Status {
        &self.span.status
    }

    /// Gives the span another outcome. The message is kept for [`StatusCode::Error`] alone.
    pub fn set_status(&mut self, code: StatusCode, message: impl Into<String>) {
        let message = if code == StatusCode::Error { message.into() } else { String::new() };
        self.span.status = Status { code, message };
    }

    /// What was recorded as inputs.
    pub fn inputs(&self) -> Option<&Json> {
        self.span.inputs()
    }

    /// Puts other inputs in their place. The root's inputs are those of the trace, of which its preview is made.
    pub fn set_inputs(&mut self, inputs: impl Into<Value>) {
        self.put(keys::SPAN_INPUTS, to_json(&inputs.into()));
    }

    /// What was recorded as outputs.
    pub fn outputs(&self) -> Option<&Json> {
        self.span.outputs()
    }

    /// Puts other outputs in their place.
    pub fn set_outputs(&mut self, outputs: impl Into<Value>) {
        self.put(keys::SPAN_OUTPUTS, to_json(&outputs.into()));
    }

    /// All attributes in the order of their first setting, MLflow's own (`mlflow.*`) included: inputs and outputs are
    /// among them, as `mlflow.spanInputs` and `mlflow.spanOutputs`.
    pub fn attributes(&self) -> &[(String, Json)] {
        &self.span.attributes
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Json> {
        self.span.attribute(key)
    }

    /// Sets an attribute, or replaces its value. MLflow's own `mlflow.traceRequestId` stays as it is.
    pub fn set_attribute(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match key {
            keys::TRACE_REQUEST_ID => {}
            keys::SPAN_TYPE => {
                if let Value::String(text) = value {
                    self.set_span_type(text);
                }
            }
            _ => self.put(key, to_json(&value)),
        }
    }

    /// Removes an attribute and returns its value: inputs and outputs as well. `mlflow.traceRequestId` and
    /// `mlflow.spanType`, without which MLflow knows no span, stay.
    pub fn remove_attribute(&mut self, key: &str) -> Option<Json> {
        if [keys::TRACE_REQUEST_ID, keys::SPAN_TYPE].contains(&key) {
            return None;
        }
        let index = self.span.attributes.iter().position(|(known, _)| known == key)?;
        Some(self.span.attributes.remove(index).1)
    }

    /// Shows every value of the span to a function that may change it, with its key: inputs and outputs, attributes, and
    /// the attributes of events and links. `mlflow.traceRequestId` and `mlflow.spanType` are not shown.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// let _guard = mlflow_trace_core::init()
    ///     .processor(|span| {
    ///         span.change_values(|key, value| {
    ///             if key == "mlflow.spanInputs" && value["card"].is_string() {
    ///                 value["card"] = "****".into();
    ///             }
    ///         });
    ///     })
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn change_values(&mut self, mut change: impl FnMut(&str, &mut Value)) {
        let mut change = |pairs: &mut Vec<(String, Json)>| {
            for (key, json) in pairs {
                if [keys::TRACE_REQUEST_ID, keys::SPAN_TYPE].contains(&key.as_str()) {
                    continue;
                }
                let before = json.to_value();
                let mut value = before.clone();
                change(key, &mut value);
                // What stays is kept to the letter.
                if value != before {
                    *json = to_json(&value);
                }
            }
        };
        change(&mut self.span.attributes);
        self.span.events.iter_mut().for_each(|event| change(&mut event.attributes));
        self.span.links.iter_mut().for_each(|link| change(&mut link.attributes));
    }

    /// Events in the order of their times.
    pub fn events(&self) -> &[Event] {
        &self.span.events
    }

    /// The events, to be changed or removed.
    pub fn events_mut(&mut self) -> &mut Vec<Event> {
        &mut self.span.events
    }

    /// The links to other spans, to be changed or removed.
    pub fn links_mut(&mut self) -> &mut Vec<Link> {
        &mut self.span.links
    }

    /// Keeps the span out of all destinations. What is below it goes to the nearest span above that is kept. A root that
    /// is dropped takes its whole trace with it, spans that end later included; only a trace that has been shown while it
    /// ran can't be taken back any more, and then its root stays, without its content.
    pub fn drop_span(&mut self) {
        self.is_dropped = true;
    }

    /// Whether a processor has dropped the span.
    pub fn is_dropped(&self) -> bool {
        self.is_dropped
    }

    fn put(&mut self, key: &str, value: Json) {
        match self.span.attributes.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => self.span.attributes.push((key.to_owned(), value)),
        }
    }
}

/// Spaced as everything else: `{"a": 1, "b": [1, 2]}`.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        is_first: bool,
    ) -> std::io::Result<()> {
        if is_first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        is_first: bool,
    ) -> std::io::Result<()> {
        if is_first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

fn to_json(value: &Value) -> Json {
    let mut text = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spaced));
    // Neither a value in memory nor a Vec fails, and the serializer writes UTF-8.
    match (written, String::from_utf8(text)) {
        (Ok(()), Ok(text)) => Json::from_valid(text),
        _ => Json::from_valid("null".to_owned()),
    }
}
