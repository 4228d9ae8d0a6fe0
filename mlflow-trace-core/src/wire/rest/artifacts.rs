//! `traces.json`: the file in which servers without a place for spans in their database keep those of a trace.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::percent_encoded;
use crate::model::{Span, span_json};

/// The file of these spans.
pub(crate) fn traces_json<'a>(spans: impl Iterator<Item = &'a Span>) -> Vec<u8> {
    file(spans.map(span_json))
}

/// The file with these spans added: they take the place of those with their ids. `None` when it is no such file.
pub(crate) fn merge_spans(stored: &[u8], spans: &[Span]) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct File<'a> {
        #[serde(borrow)]
        spans: Vec<&'a RawValue>,
    }
    #[derive(serde::Deserialize)]
    struct Id {
        span_id: String,
    }
    let id_of = |json: &str| serde_json::from_str(json).ok().map(|Id { span_id }| span_id);
    let File { spans: kept } = serde_json::from_slice(stored).ok()?;
    let added: Vec<String> = spans.iter().map(span_json).collect();
    let replaced: HashSet<String> = added.iter().filter_map(|json| id_of(json)).collect();
    let kept = kept.into_iter().map(RawValue::get);
    let kept = kept.filter(|json| id_of(json).is_none_or(|id| !replaced.contains(&id))).map(str::to_owned);
    Some(file(kept.chain(added.iter().cloned())))
}

fn file(spans: impl Iterator<Item = String>) -> Vec<u8> {
    let mut out = b"{\"spans\": [".to_vec();
    for (index, span) in spans.enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(span.as_bytes());
    }
    out.extend_from_slice(b"]}");
    out
}

/// The path at which the server takes and gives the file, from the tag `mlflow.artifactLocation`. `None` when the server
/// does not serve that place, which then only those can write who have its credentials.
pub(crate) fn artifact_path(location: &str) -> Option<String> {
    artifact_path_of(location, "traces.json")
}

/// The same for another file of the trace.
pub(crate) fn artifact_path_of(location: &str, file: &str) -> Option<String> {
    let rest = location.strip_prefix("mlflow-artifacts:/")?;
    // With an authority: `mlflow-artifacts://host:port/…`.
    let rest = match rest.strip_prefix('/') {
        Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
        None => rest,
    };
    let pieces: Vec<String> = rest.trim_matches('/').split('/').map(percent_encoded).collect();
    Some(format!("/api/2.0/mlflow-artifacts/artifacts/{}/{file}", pieces.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SpanId, SpanType, Status, TraceId};

    fn span(id: u64, name: &str) -> Span {
        Span {
            trace_id: TraceId::from_u128(7).unwrap(),
            span_id: SpanId::from_u64(id).unwrap(),
            parent_id: None,
            name: name.to_owned(),
            span_type: SpanType::Unknown,
            start_unix_nanos: 1_790_000_000_123_456_789,
            end_unix_nanos: 1_790_000_000_223_456_789,
            status: Status::default(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
        }
    }

    fn names(file: &[u8]) -> Vec<String> {
        let value: serde_json::Value = serde_json::from_slice(file).unwrap();
        let spans = value["spans"].as_array().unwrap();
        spans.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn late_spans_join_the_file_and_replace_their_own_kind() {
        let stored = traces_json([span(1, "root"), span(2, "child")].iter());
        let merged = merge_spans(&stored, &[span(2, "child again"), span(3, "late")]).unwrap();
        assert_eq!(names(&merged), ["root", "child again", "late"]);
        assert!(String::from_utf8(merged).unwrap().contains("1790000000123456789"));
        assert_eq!(merge_spans(b"<html>", &[]), None);
    }

    #[test]
    fn the_path_of_the_file_comes_from_the_place_of_artifacts() {
        let path = |location| artifact_path(location);
        let expected = "/api/2.0/mlflow-artifacts/artifacts/1/traces/tr-a/artifacts/traces.json";
        assert_eq!(path("mlflow-artifacts:/1/traces/tr-a/artifacts").as_deref(), Some(expected));
        assert_eq!(path("mlflow-artifacts://host:80/1/traces/tr-a/artifacts/").as_deref(), Some(expected));
        assert_eq!(
            path("mlflow-artifacts:/workspaces/team a/1").as_deref(),
            Some("/api/2.0/mlflow-artifacts/artifacts/workspaces/team%20a/1/traces.json")
        );
        assert_eq!(path("s3://bucket/1"), None);
    }
}
