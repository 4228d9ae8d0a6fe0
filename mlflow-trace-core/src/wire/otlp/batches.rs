//! Where one request ends and the next begins.

use super::content::Content;
use super::{Batch, Encoding};
use crate::model::Trace;

/// A request while it is written.
pub(super) trait Request {
    fn push(&mut self, span: &Content<'_>);

    /// How long what was written is, to be used for `split`.
    fn written(&self) -> usize;

    /// How long the request would be if it were finished now.
    fn size(&self) -> usize;

    /// Finishes the request with the spans that end at `at`, and begins the next one with those behind it. Returns the
    /// finished one and the place at which the spans of the next one begin.
    fn split(&mut self, at: usize) -> (Vec<u8>, usize);

    fn finish(self) -> Vec<u8>;
}

pub(super) fn batches<R: Request>(
    mut request: R,
    traces: &[&Trace],
    encoding: &Encoding,
    max_bytes: usize,
) -> Vec<Batch> {
    let mut batches = Vec::new();
    // Spans of the request, and the first and last trace that they are of.
    let (mut spans, mut first, mut last) = (0, 0, 0);
    for (index, trace) in traces.iter().enumerate() {
        // What the request holds before this trace.
        let (mut spans_before, mut trace_at) = (spans, request.written());
        for span in trace.unsent_spans() {
            let mut span_at = request.written();
            request.push(&Content::new(trace, span, encoding));
            if spans == 0 {
                first = index;
            }
            spans += 1;
            while spans > 1 && request.size() > max_bytes {
                // The trace moves as a whole, unless it has the request for itself.
                let (at, kept, end) = match spans_before {
                    0 => (span_at, spans - 1, index + 1),
                    before => (trace_at, before, last + 1),
                };
                let (body, begin) = request.split(at);
                batches.push(Batch { body, spans: kept, traces: first..end });
                span_at = span_at - at + begin;
                (spans, spans_before, trace_at, first) = (spans - kept, 0, begin, index);
            }
            last = index;
        }
    }
    if spans > 0 {
        batches.push(Batch { body: request.finish(), spans, traces: first..last + 1 });
    }
    batches
}
