//! What a request had, to be sent once more in another form.

use std::borrow::Cow;

use super::Batch;
use crate::model::Trace;

/// The traces of a request that `encode` made of `traces`, with the spans that it had and no others: a trace may have
/// gone in several. `begin` is how many spans went before it.
pub(crate) fn again<'t>(traces: &[&'t Trace], batch: &Batch, begin: usize) -> Vec<Cow<'t, Trace>> {
    let end = begin + batch.spans;
    let mut before = 0;
    let mut found = Vec::new();
    for (index, &trace) in traces.iter().enumerate() {
        let (here, next) = (before, before + trace.unsent_spans().count());
        before = next;
        if !batch.traces.contains(&index) {
            continue;
        }
        let (from, to) = (begin.max(here), end.min(next));
        found.push(if (from, to) == (here, next) {
            Cow::Borrowed(trace)
        } else {
            let some = trace.unsent_spans().skip(from - here).take(to.saturating_sub(from)).cloned();
            Cow::Owned(Trace::new(trace.info.clone(), some.collect(), trace.completeness))
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SpanId;
    use crate::wire::otlp::{Encoding, Form, Profile, ValueForm, encode};

    #[test]
    fn the_requests_again_are_all_spans_once_whatever_their_size() {
        let encoding = Encoding {
            form: Form::Protobuf,
            values: ValueForm::JsonText,
            profile: Profile::Mlflow,
            max_attribute_bytes: None,
            resource: Vec::new(),
            scope: "tests",
            tags_on_root: false,
        };
        let mut traces: Vec<Trace> = (0..7).map(crate::store::tests::trace_with).collect();
        // One of which a part was sent before.
        traces[2].sent_while_running = [traces[2].spans[1].span_id].into();
        let traces: Vec<&Trace> = traces.iter().collect();
        let ids = |traces: &[&Trace]| -> Vec<SpanId> {
            traces.iter().flat_map(|trace| trace.unsent_spans().map(|span| span.span_id)).collect()
        };
        for most in [1, 500, 1500, 4000, 1 << 20] {
            let (mut begin, mut found) = (0, Vec::new());
            for batch in encode(&traces, &encoding, most) {
                let part = again(&traces, &batch, begin);
                assert_eq!(part.len(), batch.traces.len(), "the places stay");
                let part: Vec<&Trace> = part.iter().map(|trace| &**trace).collect();
                assert_eq!(ids(&part).len(), batch.spans);
                assert_eq!(encode(&part, &encoding, usize::MAX)[0].body, batch.body, "the same request");
                found.extend(ids(&part));
                begin += batch.spans;
            }
            assert_eq!(found, ids(&traces), "at {most} bytes");
        }
    }
}
