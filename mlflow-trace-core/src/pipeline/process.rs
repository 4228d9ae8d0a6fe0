//! Running the program's processors, and its rule of which traces are kept, over a trace: once for each span. What they
//! left takes the place of the records, so that every destination and every try sees the same.

use std::collections::{BTreeMap, BTreeSet};

use super::attached::TraceAttachments;
use super::complete::CompleteTrace;
use super::left_out::LeftOut;
use super::span_build::build_span;
use crate::model::{Completeness, Json, Span, SpanId, keys};

/// What a trace became.
#[derive(Clone)]
pub(super) struct Processed {
    pub(super) spans: Vec<Span>,
    /// The root, if it has not ended.
    pub(super) open_root: Option<Span>,
    /// Spans that were handed over as they are here while the trace was running.
    pub(super) sent: BTreeSet<SpanId>,
    /// Binary content beside the spans.
    pub(super) attachments: TraceAttachments,
}

/// What became of the spans of a trace that were handed over while it was running; `None` for those that were dropped.
#[derive(Default)]
pub(super) struct Earlier {
    spans: BTreeMap<u64, Option<Span>>,
    bytes: usize,
    attachments: Option<TraceAttachments>,
}

impl Earlier {
    /// Memory that they occupy.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn keep(&mut self, id: u64, span: Option<Span>) {
        self.bytes += size_of::<Span>() + span.as_ref().map_or(0, span_bytes);
        self.spans.insert(id, span);
    }
}

/// What is to be done with the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Deliver,
    /// Nothing of it is delivered.
    Drop,
}

impl Processed {
    /// Memory beside its own size.
    pub(super) fn bytes(&self) -> usize {
        let spans = self.spans.iter().chain(&self.open_root).map(|span| size_of::<Span>() + span_bytes(span));
        spans.sum::<usize>() + self.sent.len() * 2 * size_of::<SpanId>()
    }
}

fn span_bytes(span: &Span) -> usize {
    let of = |pairs: &[(String, Json)]| -> usize {
        pairs.iter().map(|(key, value)| size_of::<(String, Json)>() + key.len() + value.as_str().len()).sum()
    };
    let events: usize = span.events.iter().map(|event| 64 + event.name.len() + of(&event.attributes)).sum();
    let links: usize = span.links.iter().map(|link| 64 + of(&link.attributes)).sum();
    span.name.len() + span.status.message.len() + of(&span.attributes) + events + links
}

/// The spans of one trace on their way through the processors.
struct Passage<'a> {
    left_out: &'a mut LeftOut,
    kept: Vec<Span>,
    /// Spans of the trace that were dropped, with what they were in.
    dropped: BTreeMap<u64, u64>,
}

impl Passage<'_> {
    fn drop(&mut self, id: u64, parent: u64) {
        self.dropped.insert(id, parent);
    }

    /// The nearest span above that is kept.
    fn kept_above(&self, parent: Option<SpanId>) -> Option<SpanId> {
        let mut above = parent?.to_u64();
        // Ids that a program chose could make a ring; no real tree is as deep.
        for _ in 0..=self.dropped.len() + 4096 {
            let next = self.dropped.get(&above).copied().or_else(|| self.left_out.above(above));
            match next {
                Some(next) => above = next,
                None => break,
            }
        }
        SpanId::from_u64(above)
    }
}

impl CompleteTrace {
    /// Lets the processors and the rule of its source see the trace. `was_announced` says that it was shown while it ran.
    pub(super) fn process(
        &mut self,
        earlier: &mut Earlier,
        left_out: &mut LeftOut,
        was_announced: bool,
    ) -> Verdict {
        let source = std::sync::Arc::clone(&self.source);
        let processing = &source.processing;
        let is_running = self.completeness == Completeness::Running;
        let mut attachments = TraceAttachments::new(&self.stashed, source.attachments);
        attachments.add_known(earlier.attachments.take());
        let mut passage = Passage { left_out, kept: Vec::new(), dropped: BTreeMap::new() };
        let (mut open_root, mut sent, mut new_drops) = (None, BTreeSet::new(), 0);
        for record in self.records.spans().iter().filter(|record| !record.is_left_out) {
            let is_root = Some(record.id) == self.root;
            if !record.has_ended() && !is_root {
                continue;
            }
            if let Some(known) = earlier.spans.get(&record.id).filter(|_| record.was_sent) {
                match known {
                    Some(span) => {
                        sent.insert(span.span_id);
                        passage.kept.push(span.clone());
                    }
                    None => passage.drop(record.id, record.parent),
                }
                continue;
            }
            let said = self.records.said_of(record);
            let Some(span) = build_span(record, &said, self.trace_id, self.wall_offset, &mut attachments)
            else {
                continue;
            };
            if !record.has_ended() && is_running {
                // It is seen by the processors when it has ended; until then nothing of it is shown.
                open_root = Some(unseen(span));
                continue;
            }
            // Processors see references, as in Python, and never a mark behind which content could slip through.
            let mut span = span;
            attachments.extract(&mut span, &source.redactors);
            let (mut span, is_dropped) = processing.run(span);
            if is_dropped && span.parent_id.is_none() {
                if !was_announced {
                    processing.count_dropped(self.records.spans().len() as u64);
                    passage.left_out.trace(self.trace_id.to_u128());
                    return Verdict::Drop;
                }
                span = unseen(span);
            } else if is_dropped {
                new_drops += 1;
                passage.drop(record.id, record.parent);
                if is_running {
                    earlier.keep(record.id, None);
                }
                continue;
            }
            if record.has_ended() {
                passage.kept.push(span);
            } else {
                open_root = Some(span);
            }
        }
        processing.count_dropped(new_drops);
        let mut spans = std::mem::take(&mut passage.kept);
        for span in &mut spans {
            let above = passage.kept_above(span.parent_id);
            if above != span.parent_id {
                span.parent_id = above;
                // It was sent with another parent, so it goes once more.
                sent.remove(&span.span_id);
            }
            if is_running {
                earlier.keep(span.span_id.to_u64(), Some(span.clone()));
            }
        }
        for (id, parent) in std::mem::take(&mut passage.dropped) {
            left_out.span(id, parent);
        }
        let is_judged = self.completeness == Completeness::Whole && !was_announced;
        if is_judged
            && let Some(keep) = processing.keep()
            && !keep.keeps(&spans)
        {
            processing.count_unkept(1, spans.len() as u64);
            left_out.trace(self.trace_id.to_u128());
            return Verdict::Drop;
        }
        if spans.is_empty() && !is_running {
            return Verdict::Drop;
        }
        if is_running {
            earlier.attachments = Some(attachments.clone());
        }
        self.processed = Some(Processed { spans, open_root, sent, attachments });
        Verdict::Deliver
    }
}

/// What is shown of a root that the processors have not seen, or would not have shown.
fn unseen(mut span: Span) -> Span {
    span.name = "(not shown)".to_owned();
    span.status.message.clear();
    let stays = [keys::TRACE_REQUEST_ID, keys::SPAN_TYPE, keys::SPAN_LOG_LEVEL];
    span.attributes.retain(|(key, _)| stays.contains(&key.as_str()));
    span.events.clear();
    span.links.clear();
    span
}
