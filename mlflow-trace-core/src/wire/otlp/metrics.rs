//! An OTLP metrics request (opentelemetry-proto `collector/metrics/v1`) with one histogram: how long spans took.
//!
//! Names, unit and bounds are those of MLflow's Python client.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Form;
use super::lengths::{bytes, fixed64};

const SCOPE: &str = "mlflow.tracing";
const NAME: &str = "mlflow.trace.span.duration";
const DESCRIPTION: &str = "Duration of spans in milliseconds";
const UNIT: &str = "ms";
/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u8 = 2;

/// Upper bounds of the buckets in milliseconds; the last bucket has none.
pub(crate) const BOUNDS: [f64; 15] =
    [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];

/// The attributes of one point.
pub(crate) type Labels = Vec<(Cow<'static, str>, Label)>;

/// The value of a point's attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    Bool(bool),
    Text(Cow<'static, str>),
}

/// How often, and how long, since the report's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Histogram {
    pub(crate) count: u64,
    /// In milliseconds, as all of these.
    pub(crate) sum: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) buckets: [u64; BOUNDS.len() + 1],
}

/// What is the same for all points of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) resource: &'a [(String, String)],
    /// Since when durations are counted.
    pub(crate) start_unix_nanos: u64,
    pub(crate) now_unix_nanos: u64,
}

/// The request that carries these points.
pub(crate) fn encode_durations(form: Form, header: &Header<'_>, points: &[(&Labels, &Histogram)]) -> Vec<u8> {
    match form {
        Form::Protobuf => protobuf(header, points),
        Form::Json => json(header, points).to_string().into_bytes(),
    }
}

/// Tags of `opentelemetry/proto/{metrics,common,resource}/v1`: the field's number and how it is encoded.
mod tag {
    /// Of messages inside messages where the field is the first or the second.
    pub(super) const FIRST: u8 = 0x0a;
    pub(super) const SECOND: u8 = 0x12;
    pub(super) const METRIC_UNIT: u8 = 0x1a;
    pub(super) const METRIC_HISTOGRAM: u8 = 0x4a;
    pub(super) const HISTOGRAM_TEMPORALITY: u8 = 0x10;
    pub(super) const POINT_START: u8 = 0x11;
    pub(super) const POINT_TIME: u8 = 0x19;
    pub(super) const POINT_COUNT: u8 = 0x21;
    pub(super) const POINT_SUM: u8 = 0x29;
    pub(super) const POINT_BUCKETS: u8 = 0x32;
    pub(super) const POINT_BOUNDS: u8 = 0x3a;
    pub(super) const POINT_ATTRIBUTES: u8 = 0x4a;
    pub(super) const POINT_MIN: u8 = 0x59;
    pub(super) const POINT_MAX: u8 = 0x61;
    pub(super) const ANY_BOOL: u8 = 0x10;
}

fn protobuf(header: &Header<'_>, points: &[(&Labels, &Histogram)]) -> Vec<u8> {
    let mut histogram = Vec::new();
    for (labels, values) in points {
        message(&mut histogram, tag::FIRST, |out| point(out, header, labels, values));
    }
    histogram.extend_from_slice(&[tag::HISTOGRAM_TEMPORALITY, CUMULATIVE]);
    let mut request = Vec::with_capacity(histogram.len() + 512);
    message(&mut request, tag::FIRST, |out| {
        message(out, tag::FIRST, |out| {
            for (key, value) in header.resource {
                key_value(out, tag::FIRST, key, |out| bytes(out, tag::FIRST, value.as_bytes()));
            }
        });
        message(out, tag::SECOND, |out| {
            message(out, tag::FIRST, |out| bytes(out, tag::FIRST, SCOPE.as_bytes()));
            message(out, tag::SECOND, |out| {
                bytes(out, tag::FIRST, NAME.as_bytes());
                bytes(out, tag::SECOND, DESCRIPTION.as_bytes());
                bytes(out, tag::METRIC_UNIT, UNIT.as_bytes());
                bytes(out, tag::METRIC_HISTOGRAM, &histogram);
            });
        });
    });
    request
}

fn point(out: &mut Vec<u8>, header: &Header<'_>, labels: &Labels, values: &Histogram) {
    fixed64(out, tag::POINT_START, header.start_unix_nanos);
    fixed64(out, tag::POINT_TIME, header.now_unix_nanos);
    fixed64(out, tag::POINT_COUNT, values.count);
    fixed64(out, tag::POINT_SUM, values.sum.to_bits());
    let buckets: Vec<u8> = values.buckets.iter().flat_map(|count| count.to_le_bytes()).collect();
    bytes(out, tag::POINT_BUCKETS, &buckets);
    let bounds: Vec<u8> = BOUNDS.iter().flat_map(|bound| bound.to_le_bytes()).collect();
    bytes(out, tag::POINT_BOUNDS, &bounds);
    for (key, label) in labels {
        key_value(out, tag::POINT_ATTRIBUTES, key, |out| match label {
            Label::Bool(is_true) => out.extend_from_slice(&[tag::ANY_BOOL, u8::from(*is_true)]),
            Label::Text(text) => bytes(out, tag::FIRST, text.as_bytes()),
        });
    }
    fixed64(out, tag::POINT_MIN, values.min.to_bits());
    fixed64(out, tag::POINT_MAX, values.max.to_bits());
}

fn key_value(out: &mut Vec<u8>, tag: u8, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
    message(out, tag, |out| {
        bytes(out, tag::FIRST, key.as_bytes());
        message(out, tag::SECOND, value);
    });
}

fn message(out: &mut Vec<u8>, tag: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let mut inside = Vec::new();
    write(&mut inside);
    bytes(out, tag, &inside);
}

fn json(header: &Header<'_>, points: &[(&Labels, &Histogram)]) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let resource: Vec<Value> = header.resource.iter().map(|(key, value)| text(key, value)).collect();
    let point = |(labels, values): &(&Labels, &Histogram)| {
        let attributes: Vec<Value> = labels
            .iter()
            .map(|(key, label)| match label {
                Label::Bool(is_true) => json!({"key": key, "value": {"boolValue": is_true}}),
                Label::Text(value) => text(key, value),
            })
            .collect();
        json!({
            "startTimeUnixNano": header.start_unix_nanos.to_string(),
            "timeUnixNano": header.now_unix_nanos.to_string(),
            "count": values.count.to_string(),
            "sum": values.sum,
            "min": values.min,
            "max": values.max,
            "bucketCounts": values.buckets.map(|count| count.to_string()),
            "explicitBounds": BOUNDS,
            "attributes": attributes,
        })
    };
    let points: Vec<Value> = points.iter().map(point).collect();
    json!({"resourceMetrics": [{
        "resource": {"attributes": resource},
        "scopeMetrics": [{
            "scope": {"name": SCOPE},
            "metrics": [{
                "name": NAME,
                "description": DESCRIPTION,
                "unit": UNIT,
                "histogram": {"aggregationTemporality": CUMULATIVE, "dataPoints": points},
            }],
        }],
    }]})
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
