//! How long spans took, by what they are: a histogram for each set of attributes, as many as fit.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::config::Experiment;
use crate::model::{Span, Trace, keys};
use crate::wire::otlp::{BOUNDS, Histogram, Label, Labels};

/// Sets of attributes, the one of the overflow among them (OpenTelemetry specification, "Cardinality limits").
const MOST_SETS: usize = 2000;
/// Bytes that all sets may take.
const MOST_BYTES: usize = 4 << 20;
/// The attribute of the set that has all spans for which there is no room.
const OVERFLOW: &str = "otel.metric.overflow";

/// What is worked out at a trace's end, different for each: not among a span's attributes in Python either.
const NOT_LABELS: [&str; 5] = [
    keys::META_TRACE_INPUTS,
    keys::META_TRACE_OUTPUTS,
    keys::META_SIZE_STATS,
    keys::META_SIZE_BYTES,
    keys::META_LOST_SPANS,
];

/// All spans so far.
#[derive(Debug, Default)]
pub(super) struct Durations {
    sets: HashMap<Labels, Histogram>,
    bytes: usize,
}

impl Durations {
    /// Adds the spans of a trace that goes to this experiment, unless it names one itself.
    pub(super) fn add(&mut self, trace: &Trace, experiment: &Experiment) {
        let of_trace = labels_of_trace(trace, experiment);
        for span in &trace.spans {
            let nanos = span.end_unix_nanos.saturating_sub(span.start_unix_nanos);
            self.record(labels_of_span(span, &of_trace), nanos as f64 / 1e6);
        }
    }

    fn record(&mut self, labels: Labels, milliseconds: f64) {
        if let Some(histogram) = self.sets.get_mut(&labels) {
            return histogram.record(milliseconds);
        }
        let bytes = size(&labels);
        let has_room = self.sets.len() + 1 < MOST_SETS && self.bytes + bytes <= MOST_BYTES;
        let labels = if has_room { labels } else { vec![(Cow::Borrowed(OVERFLOW), Label::Bool(true))] };
        if has_room {
            self.bytes += bytes;
        }
        self.sets.entry(labels).or_default().record(milliseconds);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    pub(super) fn points(&self) -> Vec<(&Labels, &Histogram)> {
        self.sets.iter().collect()
    }
}

fn size(labels: &Labels) -> usize {
    let text = |label: &Label| match label {
        Label::Bool(_) => 0,
        Label::Text(text) => text.len(),
    };
    let payload: usize = labels.iter().map(|(key, label)| key.len() + text(label)).sum();
    payload + size_of_val(labels.as_slice()) + size_of::<(Labels, Histogram)>()
}

fn labels_of_trace(trace: &Trace, experiment: &Experiment) -> Labels {
    let info = &trace.info;
    let text = |text: &str| Label::Text(Cow::Owned(text.to_owned()));
    let mut labels = Labels::new();
    // The id of an experiment that is chosen by name is known to the server alone.
    labels.push(match (&info.experiment, experiment) {
        (Some(name), _) => ("experiment_name".into(), text(name)),
        (None, Experiment::Name(name)) => ("experiment_name".into(), text(name)),
        (None, Experiment::Id(id)) => ("experiment_id".into(), text(id)),
        (None, Experiment::Default) => ("experiment_id".into(), Label::Text("0".into())),
    });
    let mut label = |kind: &str, key: &str, value: &str| {
        labels.push((Cow::Owned(format!("{kind}.{key}")), text(value)));
    };
    if !info.name.is_empty() {
        label("tags", keys::TAG_TRACE_NAME, &info.name);
    }
    info.tags.iter().for_each(|(key, value)| label("tags", key, value));
    let metadata = info.metadata.iter().filter(|(key, _)| !NOT_LABELS.contains(&key.as_str()));
    metadata.for_each(|(key, value)| label("metadata", key, value));
    if let Some(session) = &info.session {
        label("metadata", keys::META_TRACE_SESSION, session);
    }
    labels
}

fn labels_of_span(span: &Span, of_trace: &Labels) -> Labels {
    let mut labels = Labels::with_capacity(of_trace.len() + 3);
    labels.push(("root".into(), Label::Bool(span.parent_id.is_none())));
    labels.push(("span_type".into(), Label::Text(Cow::Owned(span.span_type.as_str().to_owned()))));
    labels.push(("span_status".into(), Label::Text(Cow::Borrowed(span.status.code.as_str()))));
    labels.extend(of_trace.iter().cloned());
    labels
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            buckets: [0; BOUNDS.len() + 1],
        }
    }
}

impl Histogram {
    fn record(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        // Bounds belong to the bucket below.
        let bucket = BOUNDS.partition_point(|bound| *bound < value);
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(number: usize) -> Labels {
        vec![(Cow::Owned(format!("tags.number {number}")), Label::Bool(false))]
    }

    #[test]
    fn a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed() {
        let mut durations = Durations::default();
        for milliseconds in [0.0, 0.1, 5.0, 5.1, 10_000.0, 10_000.1] {
            durations.record(labels(0), milliseconds);
        }
        let histogram = durations.points()[0].1;
        let filled: Vec<_> = histogram.buckets.iter().enumerate().filter(|(_, count)| **count > 0).collect();
        assert_eq!(filled, [(0, &1), (1, &2), (2, &1), (14, &1), (15, &1)]);
        assert_eq!((histogram.count, histogram.min, histogram.max), (6, 0.0, 10_000.1));
    }

    #[test]
    fn beyond_the_limit_all_others_share_one_set() {
        let mut durations = Durations::default();
        for number in 0..MOST_SETS + 10 {
            durations.record(labels(number), 1.0);
        }
        durations.record(labels(0), 1.0);
        assert_eq!(durations.sets.len(), MOST_SETS);
        assert_eq!(durations.sets[&labels(0)].count, 2);
        assert_eq!(durations.sets[&vec![(OVERFLOW.into(), Label::Bool(true))]].count, 11);
    }

    #[test]
    fn long_attributes_count_by_their_bytes() {
        let mut durations = Durations::default();
        for number in 0..100 {
            let long = Label::Text(Cow::Owned("x".repeat(MOST_BYTES / 10)));
            durations.record(vec![(Cow::Owned(number.to_string()), long)], 1.0);
        }
        assert_eq!(durations.sets.len(), 10, "nine and the overflow");
        assert!(durations.bytes <= MOST_BYTES);
    }
}
