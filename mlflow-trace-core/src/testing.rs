//! Capturing traces in memory, for tests of programs that are traced.
//!
//! Captured traces have ids that count from 1 and a clock that moves by 1 ms at each reading, so that a test can compare
//! whole trees. They never reach a destination, and captures that run at the same time do not see each other.
//!
//! ```
//! use mlflow_trace_core::{span, testing};
//!
//! let traces = testing::capture(|| {
//!     span("outer").run(|_| span("inner").inputs(&[1, 2]).run(|span| { span.set_outputs(3); }));
//! });
//! let inner = traces[0].span("inner").unwrap();
//! assert_eq!(inner.inputs().unwrap().as_str(), "[1, 2]");
//! assert_eq!(inner.parent_id, Some(traces[0].root().unwrap().span_id));
//! ```

mod capture_with;

use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::context::{CarriedFuture, Context, Entry, Surroundings, attach};
use crate::model::{Completeness, Json, SpanId, Trace, TraceId, keys};
use crate::policy::fixed;
use crate::policy::processing::scoped;
use crate::runtime;

pub use capture_with::{CaptureWith, capture_with};

/// How long the worker is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs a closure and returns the traces whose root began and ended in it, on this thread or on one that the current
/// span was carried to.
///
/// # Panics
/// When tracing is switched off, since an empty answer would look as if nothing were traced.
pub fn capture(body: impl FnOnce()) -> Captured {
    let route = Route::new();
    {
        let _attached = attach(route.context());
        body();
    }
    route.collect()
}

/// [`capture`] for a future.
///
/// # Panics
/// When tracing is switched off.
pub async fn capture_async(body: impl Future<Output = ()>) -> Captured {
    let route = Route::new();
    let entry = Entry::new(Some(route.context()), Surroundings::current());
    CarriedFuture::entering(entry, body).await;
    route.collect()
}

/// The traces of a capture, in the order in which their roots began.
#[derive(Debug)]
pub struct Captured {
    traces: Vec<Trace>,
}

impl Deref for Captured {
    type Target = [Trace];

    fn deref(&self) -> &[Trace] {
        &self.traces
    }
}

impl Captured {
    /// All traces as indented trees: a line for each span with its name, type and status.
    pub fn outline(&self) -> String {
        let mut out = String::new();
        for trace in &self.traces {
            outline(trace, None, 0, &mut out);
        }
        out
    }
}

fn outline(trace: &Trace, parent: Option<SpanId>, depth: usize, out: &mut String) {
    for span in trace.spans.iter().filter(|span| span.parent_id == parent) {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&format!("{} [{}] {}", span.name, span.span_type.as_str(), span.status.code.as_str()));
        if !span.status.message.is_empty() {
            out.push_str(&format!(" ({})", span.status.message));
        }
        out.push('\n');
        outline(trace, Some(span.span_id), depth + 1, out);
    }
}

/// How [`otlp_requests`] writes.
#[doc(hidden)]
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug)]
pub enum OtlpForm {
    /// Protobuf, values as JSON text: what OTLP backends are sent.
    ProtobufJsonText,
    /// Protobuf, values as lists and maps: what MLflow's server is sent.
    ProtobufStructured,
    /// JSON, values as lists and maps.
    JsonStructured,
}

/// The bodies of the requests that carry these traces. For the benches, which measure how quickly they are made.
#[doc(hidden)]
#[cfg(feature = "http")]
pub fn otlp_requests(traces: &[&Trace], form: OtlpForm, max_bytes: usize) -> Vec<Vec<u8>> {
    use crate::wire::otlp::{Encoding, Form, Profile, ValueForm, encode};

    let (form, values) = match form {
        OtlpForm::ProtobufJsonText => (Form::Protobuf, ValueForm::JsonText),
        OtlpForm::ProtobufStructured => (Form::Protobuf, ValueForm::Structured),
        OtlpForm::JsonStructured => (Form::Json, ValueForm::Structured),
    };
    let resource = [("service.name", "shop"), ("telemetry.sdk.language", "rust")];
    let encoding = Encoding {
        form,
        values,
        profile: Profile::Mlflow,
        max_attribute_bytes: None,
        resource: resource.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        scope: "mlflow.tracing.provider",
        tags_on_root: false,
    };
    encode(traces, &encoding, max_bytes).into_iter().map(|batch| batch.body).collect()
}

/// The number under which one capture's records travel.
struct Route(u32);

impl Route {
    fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let is_started = runtime::runtime(&|| "mlflow::testing::capture".to_owned()).is_some();
        assert!(
            is_started && !runtime::is_off(),
            "tracing is switched off (by MLFLOW_TRACING_ENABLED, OTEL_SDK_DISABLED or mlflow::disable()), so nothing \
             can be captured"
        );
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn context(&self) -> Context {
        Context::on_route(self.0)
    }

    fn collect(self) -> Captured {
        let _ = runtime::flush(LIMIT);
        let mut traces = runtime::started().map_or_else(Vec::new, |runtime| runtime.take_captured(self.0));
        fixed::forget(self.0);
        scoped::forget(self.0);
        // A flush of somebody else may have cut a trace in two.
        let rank = |trace: &Trace| match trace.completeness {
            Completeness::Whole | Completeness::Running => 0,
            Completeness::LateSpans => 1,
            Completeness::Tags => 2,
            Completeness::Assessment => 3,
        };
        traces.sort_by_key(|trace| (trace.info.trace_id, rank(trace)));
        traces.dedup_by(|part, whole| {
            let is_same = part.info.trace_id == whole.info.trace_id;
            if is_same {
                whole.spans.append(&mut part.spans);
                if part.completeness == Completeness::Tags {
                    whole.change_tags(part.clone());
                }
                whole.attachments.append(&mut part.attachments);
            }
            is_same
        });
        for trace in &mut traces {
            self.renumber(trace);
        }
        Captured { traces }
    }

    /// Takes the route's own number out of the ids.
    fn renumber(&self, trace: &mut Trace) {
        let trace_id = |id: TraceId| TraceId::from_u128(id.to_u128() & u128::from(u64::MAX)).unwrap_or(id);
        let span_id = |id: SpanId| SpanId::from_u64(id.to_u64() & u64::from(u32::MAX)).unwrap_or(id);
        let travelled = trace.info.trace_id.to_string();
        trace.info.trace_id = trace_id(trace.info.trace_id);
        if !trace.attachments.is_empty() {
            rename_in_references(trace, &travelled);
        }
        for span in &mut trace.spans {
            span.trace_id = trace_id(span.trace_id);
            span.span_id = span_id(span.span_id);
            span.parent_id = span.parent_id.map(span_id);
            for link in
                span.links.iter_mut().filter(|link| link.trace_id.to_u128() >> 64 == u128::from(self.0))
            {
                link.trace_id = trace_id(link.trace_id);
                link.span_id = span_id(link.span_id);
            }
            for (key, value) in &mut span.attributes {
                if key == keys::TRACE_REQUEST_ID {
                    *value = Json::string(&trace.info.trace_id.to_string());
                }
            }
        }
    }
}

/// References to attachments name the trace.
fn rename_in_references(trace: &mut Trace, travelled: &str) {
    let name = trace.info.trace_id.to_string();
    let info = &mut trace.info;
    let previews = [&mut info.request_preview, &mut info.response_preview].into_iter().flatten();
    previews.chain(info.metadata.values_mut()).for_each(|text| *text = text.replace(travelled, &name));
    for span in &mut trace.spans {
        let of_events = span.events.iter_mut().flat_map(|event| &mut event.attributes);
        for (_, value) in span.attributes.iter_mut().chain(of_events) {
            *value = Json::from_valid(value.as_str().replace(travelled, &name));
        }
    }
}
