//! Spans by OTLP: many traces a request, smaller requests where the server wants them, and a search for the one span
//! that spoils a request for all others.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::round::{Ask, Problem, Round};
use crate::exporters::sender::Fate;
use crate::http::Method;
use crate::model::{Span, SpanId, Trace};
use crate::wire::otlp::{Encoding, again, encode};

/// Requests are never made smaller than this on account of a "too large".
const MIN_BODY: usize = 4 << 10;

/// How the spans of one experiment are sent.
pub(super) struct Courier<'a> {
    pub(super) round: &'a mut Round,
    pub(super) encoding: &'a Encoding,
    /// `x-mlflow-experiment-id` and, if there is one, `x-mlflow-run-id`.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) takes_gzip: bool,
    /// Learnt from the server.
    pub(super) max_body: &'a mut usize,
}

/// What became of the spans of one trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) refused: BTreeSet<SpanId>,
    /// They may be taken later.
    pub(super) is_later: bool,
}

impl Outcome {
    /// Whether nothing of the trace was taken, now or before.
    pub(super) fn has_refused_all(&self, trace: &Trace) -> bool {
        let refused = self.refused.len();
        refused > 0 && refused >= trace.unsent_spans().count() && trace.sent_while_running.is_empty()
    }
}

/// Why the courier came back before its time.
pub(super) enum Interruption {
    /// The server takes no spans in this way.
    NoRoute(Problem),
    /// The experiment is gone.
    Experiment(Problem),
    /// Everything else would fail too.
    Stopped(Problem),
}

/// Spans to be sent, with the place of their trace among the outcomes.
type Part<'t> = Vec<(usize, Cow<'t, Trace>)>;

impl Courier<'_> {
    /// Sends the unsent spans of these traces, and says for each what became of them.
    pub(super) fn deliver<'t>(
        &mut self,
        traces: impl Iterator<Item = Cow<'t, Trace>>,
    ) -> Result<Vec<Outcome>, Interruption> {
        let part: Part<'_> = traces.enumerate().collect();
        let mut outcomes = vec![Outcome::default(); part.len()];
        self.deliver_part(&part, &mut outcomes)?;
        Ok(outcomes)
    }

    fn deliver_part(
        &mut self,
        part: &[(usize, Cow<'_, Trace>)],
        outcomes: &mut [Outcome],
    ) -> Result<(), Interruption> {
        let traces: Vec<&Trace> = part.iter().map(|(_, trace)| &**trace).collect();
        let mut begin = 0;
        for batch in encode(&traces, self.encoding, *self.max_body) {
            let before = begin;
            begin += batch.spans;
            let Err(problem) = self.post(&batch.body)? else { continue };
            let places = part.get(batch.traces.clone()).unwrap_or_default().iter().map(|(place, _)| *place);
            let concerned: Part<'_> = places.zip(again(&traces, &batch, before)).collect();
            let concerned = concerned.as_slice();
            match problem.status() {
                Some(413) if batch.spans > 1 && batch.body.len() > MIN_BODY => {
                    *self.max_body = (batch.body.len() / 2).max(MIN_BODY);
                    self.deliver_part(concerned, outcomes)?;
                }
                Some(400 | 413 | 422) if problem.fate == Fate::Refused => match split(concerned) {
                    Some((one, other)) => {
                        self.deliver_part(&one, outcomes)?;
                        self.deliver_part(&other, outcomes)?;
                    }
                    None => self.give_up(concerned, &problem, outcomes),
                },
                Some(500) => self.find_what_crashes(concerned, &problem, outcomes)?,
                _ => self.give_up(concerned, &problem, outcomes),
            }
        }
        Ok(())
    }

    /// A request at which the server failed. If it fails at both halves too, then it is not the request; else it is
    /// something in the half at which it fails.
    fn find_what_crashes(
        &mut self,
        part: &[(usize, Cow<'_, Trace>)],
        problem: &Problem,
        outcomes: &mut [Outcome],
    ) -> Result<(), Interruption> {
        let Some((one, other)) = split(part) else {
            self.give_up(part, problem, outcomes);
            return Ok(());
        };
        match (self.attempt(&one)?, self.attempt(&other)?) {
            (None, None) => Ok(()),
            (Some(problem), None) => self.find_what_crashes(&one, &problem, outcomes),
            (None, Some(problem)) => self.find_what_crashes(&other, &problem, outcomes),
            (Some(problem), Some(_)) => {
                self.give_up(part, &problem, outcomes);
                Ok(())
            }
        }
    }

    /// Sends, and looks no closer when it fails.
    fn attempt(&mut self, part: &[(usize, Cow<'_, Trace>)]) -> Result<Option<Problem>, Interruption> {
        let traces: Vec<&Trace> = part.iter().map(|(_, trace)| &**trace).collect();
        for batch in encode(&traces, self.encoding, *self.max_body) {
            if let Err(problem) = self.post(&batch.body)? {
                return Ok(Some(problem));
            }
        }
        Ok(None)
    }

    fn post(&mut self, body: &[u8]) -> Result<Result<(), Problem>, Interruption> {
        let ask = Ask {
            method: Method::Post,
            path: "/v1/traces",
            content_type: Some("application/x-protobuf"),
            headers: self.headers,
            body,
            gzip: self.takes_gzip,
            repeats_races: true,
        };
        // What a yes says beside it differs from version to version and is never of use.
        let Err(problem) = self.round.ask(&ask) else { return Ok(Ok(())) };
        if problem.is_about_the_experiment() {
            Err(Interruption::Experiment(problem))
        } else if problem.is_unknown_route() {
            Err(Interruption::NoRoute(problem))
        } else if problem.stops {
            Err(Interruption::Stopped(problem))
        } else {
            Ok(Err(problem))
        }
    }

    fn give_up(&mut self, part: &[(usize, Cow<'_, Trace>)], problem: &Problem, outcomes: &mut [Outcome]) {
        self.round.note(problem);
        for (place, trace) in part {
            let Some(outcome) = outcomes.get_mut(*place) else { continue };
            match problem.fate {
                Fate::Later => outcome.is_later = true,
                _ => outcome.refused.extend(trace.unsent_spans().map(|span| span.span_id)),
            }
        }
    }
}

/// Two halves: of the traces, or of the spans of the only one; `None` for a single span.
fn split<'t>(part: &[(usize, Cow<'t, Trace>)]) -> Option<(Part<'t>, Part<'t>)> {
    match part {
        [] => None,
        [(place, trace)] => {
            let spans: Vec<&Span> = trace.unsent_spans().collect();
            if spans.len() < 2 {
                return None;
            }
            let half = |spans: &[&Span]| {
                let spans = spans.iter().map(|span| (*span).clone()).collect();
                vec![(*place, Cow::Owned(Trace::new(trace.info.clone(), spans, trace.completeness)))]
            };
            let (one, other) = spans.split_at(spans.len() / 2);
            Some((half(one), half(other)))
        }
        several => {
            let (one, other) = several.split_at(several.len() / 2);
            Some((one.to_vec(), other.to_vec()))
        }
    }
}
