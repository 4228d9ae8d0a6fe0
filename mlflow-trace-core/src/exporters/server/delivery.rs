//! One call from its first trace to its last: by experiment, spans and infos in the order that the server's version
//! wants, and a fate for each.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::ServerSender;
use super::info::{self, InfoOf};
use super::lanes::{Load, Passed, Way};
use super::probe::{Capabilities, SpansPlace};
use super::round::{Problem, Round};
use super::spans::Interruption;
use super::stages::Stage;
use super::{files, tags};
use crate::config::Experiment;
use crate::exporters::sender::{Fate, Parcel};
use crate::model::{Completeness, Trace, TraceId, keys};

/// Traces of one OTLP request.
const MAX_TRACES: usize = 50;

/// How often a group is begun anew, because its experiment went or the server is another one.
const MAX_BEGINNINGS: usize = 3;

/// Traces of one experiment, by their places among the parcels.
struct Group {
    wanted: Experiment,
    places: Vec<usize>,
}

/// The parcels of a call, and their fates as far as they are known.
struct Call<'p> {
    parcels: &'p [Parcel],
    fates: Vec<Option<Fate>>,
}

impl<'p> Call<'p> {
    fn trace(&self, place: usize) -> &'p Trace {
        // Invariant: places are indices of the parcels.
        &self.parcels[place].trace
    }

    fn settle(&mut self, place: usize, fate: Fate) {
        self.fates[place] = Some(fate);
    }

    /// Those of the group that have no fate.
    fn open(&self, group: &Group) -> Vec<usize> {
        group.places.iter().copied().filter(|place| self.fates[*place].is_none()).collect()
    }
}

impl ServerSender {
    /// Delivers what it can, and says what became of each parcel.
    pub(super) fn deliver(&mut self, round: &mut Round, parcels: &[Parcel]) -> Vec<Fate> {
        let mut call = Call { parcels, fates: vec![None; parcels.len()] };
        match self.capabilities(round) {
            Ok(_) => {
                let mut groups = groups(parcels).into_iter();
                // What comes behind an error would fail too.
                if groups.all(|group| self.deliver_group(round, &mut call, &group).is_ok()) {
                    tags::change_all(round, parcels, &mut call.fates);
                }
            }
            Err(problem) => {
                round.note(&problem);
                return vec![problem.fate; parcels.len()];
            }
        }
        call.fates.into_iter().map(|fate| fate.unwrap_or(Fate::Later)).collect()
    }

    /// An error means that the rest would fail too.
    fn deliver_group(&mut self, round: &mut Round, call: &mut Call<'_>, group: &Group) -> Result<(), ()> {
        let mut last = None;
        for _ in 0..MAX_BEGINNINGS {
            let begun = self.capabilities(round).and_then(|capabilities| {
                let id = self.experiments.resolve(round, &group.wanted)?;
                Ok((capabilities, id))
            });
            let (capabilities, id) = match begun {
                Ok(begun) => begun,
                Err(problem) => return give_up(round, call, group, &problem),
            };
            let outcome = match capabilities.spans {
                SpansPlace::Database => self.deliver_spans(round, call, group, &capabilities, &id),
                SpansPlace::File | SpansPlace::SignedFile => {
                    self.deliver_files(round, call, group, &capabilities, &id)
                }
            };
            last = Some(match outcome {
                Ok(()) => return Ok(()),
                Err(Interruption::Stopped(problem)) => {
                    round.note(&problem);
                    return Err(());
                }
                Err(Interruption::Experiment(problem)) => {
                    self.experiments.forget(&group.wanted);
                    problem
                }
                Err(Interruption::NoRoute(problem)) => {
                    if let Err(problem) = self.look_again(round, capabilities) {
                        return give_up(round, call, group, &problem);
                    }
                    problem
                }
            });
        }
        last.map_or(Ok(()), |problem| give_up(round, call, group, &problem))
    }

    /// The server does not know a path that it should: it is another version now, or it keeps spans as files.
    fn look_again(&mut self, round: &mut Round, before: Capabilities) -> Result<(), Problem> {
        self.capabilities = None;
        let now = self.capabilities(round)?;
        if now == before && now.spans == SpansPlace::Database {
            self.capabilities = Some(Capabilities { spans: SpansPlace::File, ..now });
        }
        Ok(())
    }

    fn deliver_spans(
        &mut self,
        round: &mut Round,
        call: &mut Call<'_>,
        group: &Group,
        capabilities: &Capabilities,
        id: &str,
    ) -> Result<(), Interruption> {
        let run_id = self.run_id.clone();
        for places in call.open(group).chunks(MAX_TRACES) {
            let mut headers = vec![("x-mlflow-experiment-id", id)];
            // What another process left on disk belongs to that one's run, or to none.
            let is_of_run = |place: &usize| {
                call.trace(*place).info.metadata.get(keys::META_SOURCE_RUN) == run_id.as_ref()
            };
            let run = run_id.as_deref().filter(|_| places.iter().all(is_of_run));
            headers.extend(run.map(|run| ("x-mlflow-run-id", run)));
            let way = Way {
                encoding: &self.encoding,
                capabilities,
                experiment_id: id,
                headers: &headers,
                max_body: self.max_body,
            };
            let loads = places.iter().map(|place| self.load(*place, call.trace(*place))).collect();
            let ends = way.send(round, loads);
            let mut interruption = None;
            for end in ends {
                self.max_body = self.max_body.min(end.max_body);
                for passed in end.passed {
                    let place = passed.place;
                    let trace = call.trace(place);
                    let fate = self
                        .finish_trace(round, trace, passed, capabilities, id)
                        .and_then(|fate| self.send_attachments(round, trace, capabilities, fate));
                    match fate {
                        Ok(fate) => call.settle(place, fate),
                        Err(new) => interruption = interruption.or(Some(new)),
                    }
                }
                interruption = interruption.or(end.interruption);
            }
            if let Some(interruption) = interruption {
                return Err(interruption);
            }
        }
        Ok(())
    }

    fn load<'t>(&self, place: usize, trace: &'t Trace) -> Load<'t> {
        let stage = self.stages.get(trace.info.trace_id);
        let trace = if stage == Some(Stage::Withheld) && trace.completeness == Completeness::Whole {
            // Its parts were taken for a server that wants the whole, and now there is one that wants parts.
            Cow::Owned(Trace { sent_while_running: BTreeSet::new(), ..trace.clone() })
        } else {
            Cow::Borrowed(trace)
        };
        Load { place, trace, is_known: stage.is_some() }
    }

    /// What became of a trace that has passed its lane.
    fn finish_trace(
        &mut self,
        round: &mut Round,
        trace: &Trace,
        passed: Passed,
        capabilities: &Capabilities,
        id: &str,
    ) -> Result<Fate, Interruption> {
        let trace_id = trace.info.trace_id;
        let outcome = passed.outcome;
        if outcome.is_later {
            return Ok(Fate::Later);
        }
        if passed.is_refused {
            return Ok(Fate::Refused);
        }
        let kept = Fate::Delivered { refused_spans: outcome.refused.len() as u64 };
        match passed.info {
            None => Ok(kept),
            Some((is_running, Ok(stored))) => {
                let is_in_doubt = capabilities.version.is_none() && !trace.spans.is_empty();
                if is_in_doubt && !is_running && !stored.has_spans() && !has_spans(round, trace_id)? {
                    self.capabilities = Some(Capabilities { spans: SpansPlace::File, ..*capabilities });
                    return self.deliver_file(round, trace, capabilities, id);
                }
                self.stages.set(trace_id, if is_running { Stage::Running } else { Stage::Whole });
                if !is_running {
                    tags::link_prompts(round, &trace.info);
                }
                Ok(kept)
            }
            Some((_, Err(problem))) => fate_of(round, &problem),
        }
    }

    /// Sends what belongs to a trace that is there.
    fn send_attachments(
        &mut self,
        round: &mut Round,
        trace: &Trace,
        capabilities: &Capabilities,
        fate: Fate,
    ) -> Result<Fate, Interruption> {
        if !matches!(fate, Fate::Delivered { .. }) {
            return Ok(fate);
        }
        match self.attachments.send(round, trace, capabilities) {
            Ok(()) => Ok(fate),
            Err(problem) => fate_of(round, &problem),
        }
    }

    fn deliver_files(
        &mut self,
        round: &mut Round,
        call: &mut Call<'_>,
        group: &Group,
        capabilities: &Capabilities,
        id: &str,
    ) -> Result<(), Interruption> {
        for place in call.open(group) {
            let fate = self.deliver_file(round, call.trace(place), capabilities, id)?;
            // What is withheld brings its attachments with the whole.
            let is_part = call.trace(place).completeness == Completeness::Running;
            let fate = match is_part {
                true => fate,
                false => self.send_attachments(round, call.trace(place), capabilities, fate)?,
            };
            call.settle(place, fate);
        }
        Ok(())
    }

    fn deliver_file(
        &mut self,
        round: &mut Round,
        trace: &Trace,
        capabilities: &Capabilities,
        id: &str,
    ) -> Result<Fate, Interruption> {
        let trace_id = trace.info.trace_id;
        let is_signed = capabilities.spans == SpansPlace::SignedFile;
        let done = match trace.completeness {
            // A file is written once. The whole trace brings these spans again, and counts them as sent before, so here
            // they count.
            Completeness::Running => {
                if self.stages.get(trace_id).is_none() {
                    self.stages.set(trace_id, Stage::Withheld);
                }
                return Ok(Fate::Delivered { refused_spans: 0 });
            }
            Completeness::Whole => {
                let what = InfoOf {
                    info: &trace.info,
                    experiment_id: id,
                    run_id: None,
                    is_running: false,
                    refused_spans: 0,
                };
                info::send(round, capabilities, what).and_then(|stored| match is_signed {
                    true => files::write_signed(round, trace_id, trace.spans.iter()),
                    false => files::write(round, &stored, trace.spans.iter()),
                })
            }
            Completeness::LateSpans if is_signed => files::add_signed(round, trace_id, &trace.spans),
            Completeness::LateSpans => files::add(round, trace_id, &trace.spans),
            Completeness::Tags | Completeness::Assessment => Ok(()),
        };
        match done {
            Ok(()) => {
                if trace.completeness == Completeness::Whole {
                    tags::link_prompts(round, &trace.info);
                }
                self.stages.set(trace_id, Stage::Whole);
                Ok(Fate::Delivered { refused_spans: 0 })
            }
            Err(problem) => fate_of(round, &problem),
        }
    }
}

/// What a problem with one trace means: for it, or for all.
fn fate_of(round: &mut Round, problem: &Problem) -> Result<Fate, Interruption> {
    if let Some(interruption) = problem.interrupts() {
        return Err(interruption);
    }
    round.note(problem);
    Ok(problem.fate)
}

/// Whether the server has the spans in its database, by its own word.
fn has_spans(round: &mut Round, trace_id: TraceId) -> Result<bool, Interruption> {
    match info::read(round, trace_id) {
        Ok(stored) => Ok(stored.has_spans()),
        Err(problem) if problem.stops => Err(Interruption::Stopped(problem)),
        Err(_) => Ok(true),
    }
}

fn give_up(round: &mut Round, call: &mut Call<'_>, group: &Group, problem: &Problem) -> Result<(), ()> {
    round.note(problem);
    for place in call.open(group) {
        call.settle(place, problem.fate);
    }
    if problem.stops { Err(()) } else { Ok(()) }
}

/// The parcels by experiment, in the order in which the first of each came.
fn groups(parcels: &[Parcel]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let with_spans = |(_, parcel): &(usize, &Parcel)| {
        !matches!(parcel.trace.completeness, Completeness::Tags | Completeness::Assessment)
    };
    for (place, parcel) in parcels.iter().enumerate().filter(with_spans) {
        let wanted = match &parcel.trace.info.experiment {
            Some(name) => Experiment::Name(name.clone()),
            None => parcel.experiment.clone(),
        };
        match groups.iter_mut().find(|group| group.wanted == wanted) {
            Some(group) => group.places.push(place),
            None => groups.push(Group { wanted, places: vec![place] }),
        }
    }
    groups
}
