//! How large a trace and its spans are (`mlflow.trace.sizeStats`).

/// The statistics that MLflow keeps as metadata; its readers use `num_spans` to tell whether a trace is complete.
pub(crate) struct SizeStats {
    total_bytes: usize,
    num_spans: usize,
    max: usize,
    p25: usize,
    p50: usize,
    p75: usize,
}

impl SizeStats {
    /// From the size in bytes of each span's JSON text, and that of the trace's info.
    pub(crate) fn new(mut span_sizes: Vec<usize>, info_size: usize) -> Self {
        span_sizes.sort_unstable();
        let separators = span_sizes.len().saturating_sub(1) * 2;
        Self {
            total_bytes: span_sizes.iter().sum::<usize>() + info_size + separators,
            num_spans: span_sizes.len(),
            max: span_sizes.last().copied().unwrap_or(0),
            p25: percentile(&span_sizes, 1),
            p50: percentile(&span_sizes, 2),
            p75: percentile(&span_sizes, 3),
        }
    }

    pub(crate) fn total_bytes(&self) -> usize {
        self.total_bytes
    }

    /// The JSON text of the metadata value.
    pub(crate) fn to_json(&self) -> String {
        format!(
            "{{\"total_size_bytes\": {}, \"num_spans\": {}, \"max\": {}, \"p25\": {}, \"p50\": {}, \"p75\": {}}}",
            self.total_bytes, self.num_spans, self.max, self.p25, self.p50, self.p75
        )
    }
}

/// The value at so many quarters of the sorted list, with linear interpolation, rounded down.
fn percentile(sorted: &[usize], quarters: usize) -> usize {
    let Some(last) = sorted.len().checked_sub(1) else { return 0 };
    let position = last * quarters;
    let (low, rest) = (position / 4, position % 4);
    let high = (low + 1).min(last);
    (sorted[low] * (4 - rest) + sorted[high] * rest) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate_as_mlflow_does() {
        // A trace that MLflow 3.17.2 wrote: six spans.
        let stats = SizeStats::new(vec![542, 542, 596, 596, 657, 1508], 0);
        assert_eq!(stats.num_spans, 6);
        assert_eq!(percentile(&[10, 20], 2), 15);
        assert_eq!(percentile(&[10, 20, 30, 40, 50], 1), 20);
    }

    #[test]
    fn the_text_is_the_json_that_mlflow_reads() {
        let json = SizeStats::new(vec![10, 30], 5).to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["total_size_bytes"], 47);
        assert_eq!(value["num_spans"], 2);
        assert_eq!(value["max"], 30);
        assert_eq!(value["p50"], 20);
    }
}
