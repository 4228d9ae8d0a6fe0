//! Requests of metrics, read by OpenTelemetry's own definitions.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;

use super::*;

const NOTHING: &[(String, String)] = &[];

fn header(resource: &[(String, String)]) -> Header<'_> {
    Header { resource, start_unix_nanos: 7, now_unix_nanos: 1_795_354_957_680_621_680 }
}

fn two_points() -> [(Labels, Histogram); 2] {
    let mut buckets = [0; 16];
    (buckets[1], buckets[15]) = (1, 2);
    let text = |text: &'static str| Label::Text(Cow::Borrowed(text));
    let labels = vec![(Cow::from("root"), Label::Bool(true)), (Cow::from("tags.täg"), text("rot \"x\""))];
    let values = Histogram { count: 3, sum: 30_000.25, min: 0.25, max: 20_000.0, buckets };
    [(labels, values), (vec![(Cow::from("otel.metric.overflow"), Label::Bool(true))], values)]
}

fn encoded(form: Form, resource: &[(String, String)]) -> Vec<u8> {
    let points = two_points();
    let points: Vec<_> = points.iter().map(|(labels, values)| (labels, values)).collect();
    encode_durations(form, &header(resource), &points)
}

#[test]
fn opentelemetry_reads_the_histogram_that_was_written() {
    let resource = [("service.name".to_owned(), "shop".to_owned())];
    let request = ExportMetricsServiceRequest::decode(&*encoded(Form::Protobuf, &resource)).unwrap();
    let of_resource = &request.resource_metrics[0];
    assert_eq!(of_resource.resource.as_ref().unwrap().attributes[0].key, "service.name");
    let of_scope = &of_resource.scope_metrics[0];
    assert_eq!(of_scope.scope.as_ref().unwrap().name, "mlflow.tracing");
    let metric = &of_scope.metrics[0];
    assert_eq!((&*metric.name, &*metric.unit), ("mlflow.trace.span.duration", "ms"));
    assert_eq!(metric.description, "Duration of spans in milliseconds");
    let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
    assert_eq!((histogram.aggregation_temporality, histogram.data_points.len()), (2, 2));
    let point = &histogram.data_points[0];
    assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (7, 1_795_354_957_680_621_680));
    assert_eq!((point.count, point.sum), (3, Some(30_000.25)));
    assert_eq!((point.min, point.max), (Some(0.25), Some(20_000.0)));
    assert_eq!(point.bucket_counts, two_points()[0].1.buckets);
    assert_eq!(point.explicit_bounds, BOUNDS);
    let attribute = |index: usize| {
        let attribute = &point.attributes[index];
        (attribute.key.as_str(), attribute.value.clone().unwrap().value.unwrap())
    };
    assert_eq!(attribute(0), ("root", Any::BoolValue(true)));
    assert_eq!(attribute(1), ("tags.täg", Any::StringValue("rot \"x\"".to_owned())));
}

#[test]
fn json_has_64_bit_numbers_as_texts_and_says_the_same() {
    let request: Value = serde_json::from_slice(&encoded(Form::Json, NOTHING)).unwrap();
    let metric = &request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
    assert_eq!(metric["name"], "mlflow.trace.span.duration");
    let point = &metric["histogram"]["dataPoints"][0];
    assert_eq!(point["timeUnixNano"], "1795354957680621680");
    assert_eq!((&point["count"], &point["bucketCounts"][15]), (&json!("3"), &json!("2")));
    assert_eq!((&point["sum"], &point["explicitBounds"][1]), (&json!(30_000.25), &json!(5.0)));
    assert_eq!(point["attributes"][0], json!({"key": "root", "value": {"boolValue": true}}));
    assert_eq!(point["attributes"][1], json!({"key": "tags.täg", "value": {"stringValue": "rot \"x\""}}));
}
