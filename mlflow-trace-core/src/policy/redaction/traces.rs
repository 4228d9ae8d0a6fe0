//! Redaction of spans and traces.

use std::collections::BTreeMap;

use super::{REDACTED, Redactor};
use crate::model::{AssessmentChange, Json, Role, Span, Trace, TraceInfo, keys, preview, shorten};

impl Redactor {
    /// Applies the rules to a span.
    pub(crate) fn span(&self, span: &mut Span) {
        self.replace(&mut span.name);
        self.replace(&mut span.status.message);
        self.pairs(&mut span.attributes);
        for event in &mut span.events {
            self.replace(&mut event.name);
            self.pairs(&mut event.attributes);
        }
        for link in &mut span.links {
            self.pairs(&mut link.attributes);
        }
    }

    /// Applies the rules to what is said about a trace as a whole.
    pub(crate) fn info(&self, info: &mut TraceInfo) {
        self.replace(&mut info.name);
        let texts = [
            &mut info.request_preview,
            &mut info.response_preview,
            &mut info.client_request_id,
            &mut info.session,
        ];
        texts.into_iter().flatten().for_each(|text| self.replace(text));
        self.map(&mut info.tags);
        self.map(&mut info.metadata);
    }

    /// Applies the rules to a trace that has been described: what was made of the root's inputs and outputs is made anew.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn trace(&self, trace: &mut Trace) {
        let before = trace.root().map(Excerpts::of);
        trace.spans.iter_mut().for_each(|span| self.span(span));
        self.attachments(&mut trace.attachments, &mut trace.spans);
        match (before, trace.root().map(Excerpts::of)) {
            (Some(before), Some(after)) => before.replace(&after, &mut trace.info),
            // The root is still open: what was made of it is all there is.
            _ => self.excerpts(&mut trace.info),
        }
        self.info(&mut trace.info);
        trace.assessment.iter_mut().for_each(|change| self.assessment(change));
    }

    /// Applies the rules to an assessment; those on keys are about its name too.
    pub(crate) fn assessment(&self, change: &mut AssessmentChange) {
        let text = &mut change.text;
        if let Some(value) = &mut change.value {
            if text.name.as_ref().is_some_and(|name| self.is_key(name)) {
                *value = Json::string(REDACTED);
            } else if let Some(clean) = self.json(value) {
                *value = clean;
            }
        }
        let source = text.source.as_mut().map(|source| &mut source.source_id);
        let texts = text.name.iter_mut().chain(&mut text.rationale).chain(source);
        texts.for_each(|text| self.replace(text));
        if let Some(error) = &mut text.error {
            self.replace(&mut error.error_code);
            let texts = [&mut error.error_message, &mut error.stack_trace];
            texts.into_iter().flatten().for_each(|text| self.replace(text));
        }
        self.map(&mut text.metadata);
    }

    /// Applies the rules to excerpts of JSON whose whole is not here; an excerpt that is no JSON by itself is kept out
    /// where a rule on keys or sizes may be about it.
    fn excerpts(&self, info: &mut TraceInfo) {
        let metadata = &mut info.metadata;
        let mut apply = |text: &mut String| {
            if text.is_empty() || (self.keys.is_empty() && self.max_value_bytes.is_none()) {
                return;
            }
            if serde_json::from_str::<serde_json::Value>(text).is_err() {
                REDACTED.clone_into(text);
            } else if let Some(clean) = self.json(&Json::from_valid(text.clone())) {
                clean.as_str().clone_into(text);
            }
        };
        [&mut info.request_preview, &mut info.response_preview].into_iter().flatten().for_each(&mut apply);
        for key in [keys::META_TRACE_INPUTS, keys::META_TRACE_OUTPUTS] {
            metadata.get_mut(key).into_iter().for_each(&mut apply);
        }
    }

    fn replace(&self, text: &mut String) {
        if let Some(clean) = self.text(text) {
            *text = clean;
        }
    }

    fn pairs(&self, pairs: &mut [(String, Json)]) {
        for (key, value) in pairs {
            // MLflow's own attributes hold what it needs; the rules on keys are about the user's.
            if self.is_key(key) && !key.starts_with("mlflow.") {
                *value = Json::string(REDACTED);
            } else if let Some(clean) = self.json(value) {
                *value = clean;
            }
        }
    }

    fn map(&self, map: &mut BTreeMap<String, String>) {
        for (key, value) in map {
            if self.is_key(key) && !key.starts_with("mlflow.") {
                REDACTED.clone_into(value);
            } else {
                self.replace(value);
            }
        }
    }
}

/// What is made of a root's inputs and outputs for lists.
#[derive(Default)]
struct Excerpts {
    request: Option<String>,
    response: Option<String>,
    inputs: String,
    outputs: String,
}

impl Excerpts {
    fn of(root: &Span) -> Self {
        let (inputs, outputs) = (root.inputs(), root.outputs());
        let short = |json: Option<&Json>| {
            json.map_or_else(String::new, |json| shorten(json.as_str(), keys::MAX_METADATA_VALUE))
        };
        Self {
            request: inputs.map(|json| preview(json.as_str(), Role::User)),
            response: outputs.map(|json| preview(json.as_str(), Role::Assistant)),
            inputs: short(inputs),
            outputs: short(outputs),
        }
    }

    /// Puts other excerpts where these stand.
    fn replace(&self, with: &Self, info: &mut TraceInfo) {
        if info.request_preview == self.request {
            info.request_preview.clone_from(&with.request);
        }
        if info.response_preview == self.response {
            info.response_preview.clone_from(&with.response);
        }
        for (key, old, new) in [
            (keys::META_TRACE_INPUTS, &self.inputs, &with.inputs),
            (keys::META_TRACE_OUTPUTS, &self.outputs, &with.outputs),
        ] {
            if let Some(text) = info.metadata.get_mut(key).filter(|text| *text == old) {
                text.clone_from(new);
            }
        }
    }
}
