//! Tags of a trace by its id, whether it is open, on its way or delivered.

use crate::buffer::record::Section;
use crate::context::current;
use crate::model::TraceId;
use crate::recorder::Payload;
use crate::runtime;

/// Sets a tag of a trace (key up to 250 characters, value up to 4,096), which may be open, on its way or delivered.
///
/// Of a trace that is open the tag is delivered with it. Of one that is delivered it is changed at the destinations:
/// MLflow's file and MLflow's servers, behind everything that was ended before; OTLP has no way to say it. The call hands
/// the change over and returns at once. What a destination does not take, such as a tag of a trace that it has not got,
/// is said and counted ([`DestinationStats::lost_tag_changes`](crate::DestinationStats::lost_tag_changes)). Tags that
/// MLflow keeps for itself, such as `mlflow.artifactLocation`, stay as they are. Without effect while tracing is off.
///
/// ```
/// use mlflow_trace_core::{delete_trace_tag, set_trace_tag, span};
///
/// span("answer").run(|_| {});
/// if let Some(trace) = mlflow_trace_core::last_trace_id() {
///     set_trace_tag(trace, "reviewed", "yes");
///     delete_trace_tag(trace, "draft");
/// }
/// ```
///
/// An id that was stored as text is read by `"tr-…".parse::<TraceId>()`.
#[inline]
#[track_caller]
pub fn set_trace_tag(trace_id: TraceId, key: &str, value: impl AsRef<str>) {
    if !cfg!(feature = "disabled") {
        change(trace_id, key, &|payload, route| {
            payload.texts(Section::TagSet, &[key, value.as_ref(), route]);
        });
    }
}

/// Deletes a tag of a trace, which may be open, on its way or delivered; as [`set_trace_tag`] sets one. A tag that is not
/// there stays away.
#[inline]
#[track_caller]
pub fn delete_trace_tag(trace_id: TraceId, key: &str) {
    if !cfg!(feature = "disabled") {
        change(trace_id, key, &|payload, route| payload.texts(Section::TagDeleted, &[key, route]));
    }
}

#[track_caller]
fn change(trace_id: TraceId, key: &str, fill: &dyn Fn(&mut Payload, &str)) {
    if runtime::is_off() || key.is_empty() {
        return;
    }
    let place = std::panic::Location::caller();
    let Some(runtime) = runtime::runtime(&|| format!("a tag that was set at {place}")) else { return };
    // A test that captures its traces keeps the tags of those to itself.
    let route = current().route().to_string();
    runtime.recorder.about_trace(trace_id.to_u128(), |payload| fill(payload, &route));
}
