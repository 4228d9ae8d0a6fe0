//! Where one request ends and the next begins.

use super::content::{self, Content};
use super::{Batch, Encoding};
use crate::model::Trace;

/// About how long the trace's spans become.
pub(super) fn expected_bytes(trace: &Trace) -> usize {
    trace.unsent_spans().map(content::expected_bytes).sum()
}

/// A request while it is written.
pub(super) trait Request {
    fn push(&mut self, span: &Content<'_>);

    /// How long what was written is, to be used for `split`.
    fn written(&self) -> usize;

    /// How long the request would be if it were finished now.
    fn size(&self) -> usize;

    /// Finishes the request with the spans that end at `at`, and begins the next one with those behind it. Returns the
    /// finished one, and where in the next one `at` is now, for places behind it to be counted from.
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
        let expected = expected_bytes(trace);
        // A trace that fits into no request takes the room that is left. One that is likely to fit into the next begins it.
        let fits_alone = expected < max_bytes;
        if spans > 0 && fits_alone && request.size() + expected > max_bytes {
            let (body, _) = request.split(request.written());
            batches.push(Batch { body, spans, traces: first..last + 1 });
            spans = 0;
        }
        // What the request holds before this trace, which is to stay with it when the trace moves on.
        let (mut spans_before, mut trace_at) = (if fits_alone { spans } else { 0 }, request.written());
        for span in trace.unsent_spans() {
            let mut span_at = request.written();
            request.push(&Content::new(trace, span, encoding));
            if spans == 0 {
                first = index;
            }
            spans += 1;
            while spans > 1 && request.size() > max_bytes {
                // The trace moves as a whole, unless it has the request for itself.
                let (at, kept) = match spans_before {
                    0 => (span_at, spans - 1),
                    before => (trace_at, before),
                };
                let (body, begin) = request.split(at);
                batches.push(Batch { body, spans: kept, traces: first..last + 1 });
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
