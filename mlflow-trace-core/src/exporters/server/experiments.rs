//! The ids of the experiments that traces go to: looked up once, created when they are missing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::round::{Ask, Problem, Round};
use crate::config::Experiment;
use crate::http::Answer;
use crate::wire::rest::{self, Found};

/// The experiment that every new MLflow has.
const DEFAULT_ID: &str = "0";
const DEFAULT_NAME: &str = "Default";

/// How long a replacement for what is not there is used before it is looked for again.
const REPLACEMENT_LASTS: Duration = Duration::from_secs(60);

/// More are forgotten: a program may choose experiments by the thousand.
const MAX_KNOWN: usize = 1_000;

/// What is known about the experiments of one server.
#[derive(Debug)]
pub(super) struct Experiments {
    known: HashMap<Experiment, Known>,
    /// In a workspace of its own, the experiment `Default` has an id like any other, if it is there at all.
    default_by_name: bool,
    /// There is no experiment for everybody.
    is_databricks: bool,
}

#[derive(Debug)]
struct Known {
    id: String,
    until: Option<Instant>,
}

/// What a look-up found.
enum LookUp {
    There(String),
    Deleted,
    Missing,
}

impl Experiments {
    pub(super) fn new(has_workspace: bool, is_databricks: bool) -> Self {
        Self { known: HashMap::new(), default_by_name: has_workspace, is_databricks }
    }

    /// The id of the experiment, which is created if it was given by name and is missing.
    pub(super) fn resolve(&mut self, round: &mut Round, wanted: &Experiment) -> Result<String, Problem> {
        let now = Instant::now();
        if let Some(known) =
            self.known.get(wanted).filter(|known| known.until.is_none_or(|until| now < until))
        {
            return Ok(known.id.clone());
        }
        let (id, until) = match self.find(round, wanted, true)? {
            LookUp::There(id) => (id, None),
            unusable => {
                let id = self.replacement(round, wanted, &unusable)?;
                (id, Some(now + REPLACEMENT_LASTS))
            }
        };
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(wanted.clone(), Known { id: id.clone(), until });
        Ok(id)
    }

    /// Looks the experiment up anew when it is needed again.
    pub(super) fn forget(&mut self, wanted: &Experiment) {
        self.known.remove(wanted);
        if *wanted == Experiment::Default {
            // It was deleted for good there; one of that name may be created.
            self.default_by_name = true;
        }
    }

    /// The id if it is there, and a sentence about it; creates nothing.
    pub(super) fn look_up(
        &self,
        round: &mut Round,
        wanted: &Experiment,
    ) -> Result<(Option<String>, String), Problem> {
        Ok(match self.find(round, wanted, false)? {
            LookUp::There(id) => {
                let said = format!("the experiment {} has the id {id}", shown(wanted));
                (Some(id), said)
            }
            LookUp::Deleted => (None, format!("the experiment {} is deleted", shown(wanted))),
            LookUp::Missing => match wanted {
                Experiment::Id(_) => (None, format!("there is no experiment {}", shown(wanted))),
                _ => (None, format!("the experiment {} will be created with the first trace", shown(wanted))),
            },
        })
    }

    fn find(&self, round: &mut Round, wanted: &Experiment, creates: bool) -> Result<LookUp, Problem> {
        match wanted {
            Experiment::Default if self.is_databricks => Err(Problem::refused(
                "Databricks has no default experiment, so the traces have no place; name one in \
                 MLFLOW_EXPERIMENT_NAME (a path such as /Users/you@example.com/traces) or MLFLOW_EXPERIMENT_ID."
                    .to_owned(),
            )),
            Experiment::Default if !self.default_by_name => Ok(LookUp::There(DEFAULT_ID.to_owned())),
            Experiment::Default => by_name(round, DEFAULT_NAME, creates),
            Experiment::Name(name) => by_name(round, name, creates),
            Experiment::Id(id) => looked_up(round.ask(&Ask::get(&rest::by_id(id)))),
        }
    }

    /// The experiment for everybody, and why.
    fn replacement(
        &mut self,
        round: &mut Round,
        wanted: &Experiment,
        found: &LookUp,
    ) -> Result<String, Problem> {
        let base = &round.server.connection.base;
        let what = match found {
            LookUp::Deleted => {
                format!("the experiment {} at {base} is deleted; restore it or choose another", shown(wanted))
            }
            _ => format!("there is no experiment {} at {base}; choose another", shown(wanted)),
        };
        if self.is_databricks || *wanted == Experiment::Default {
            return Err(Problem::refused(format!("{what}.")));
        }
        round
            .sent
            .remarks
            .push(format!("{what}. Until then its traces go to the experiment {DEFAULT_NAME}."));
        self.resolve(round, &Experiment::Default)
    }
}

fn by_name(round: &mut Round, name: &str, creates: bool) -> Result<LookUp, Problem> {
    let path = rest::by_name(name);
    let found = looked_up(round.ask(&Ask::get(&path)))?;
    if !creates || !matches!(found, LookUp::Missing) {
        return Ok(found);
    }
    let (create, body) = rest::create(name);
    // A conflict here says that another process was faster.
    match round.ask(&Ask { repeats_races: false, ..Ask::post_json(create, &body) }) {
        Ok(answer) => {
            let base = &round.server.connection.base;
            let unread = || {
                Problem::refused(format!(
                    "what {base} answered when an experiment was created can't be read."
                ))
            };
            rest::created_id(&answer.body).map(LookUp::There).ok_or_else(unread)
        }
        Err(problem)
            if problem.refusal.as_ref().is_some_and(|refusal| {
                refusal.code == "RESOURCE_ALREADY_EXISTS" || refusal.is_there_already()
            }) =>
        {
            looked_up(round.ask(&Ask::get(&path)))
        }
        Err(problem) => Err(problem),
    }
}

fn looked_up(answer: Result<Answer, Problem>) -> Result<LookUp, Problem> {
    let problem = match answer {
        Ok(answer) => {
            return Ok(match rest::found(&answer.body) {
                Some(Found { is_deleted: true, .. }) => LookUp::Deleted,
                Some(Found { id, .. }) => LookUp::There(id),
                None => LookUp::Missing,
            });
        }
        Err(problem) => problem,
    };
    let Some(refusal) = problem.refusal.as_ref().filter(|_| !problem.stops) else { return Err(problem) };
    match (refusal.status, refusal.code.as_str()) {
        (404, "RESOURCE_DOES_NOT_EXIST") | (400, "INVALID_PARAMETER_VALUE") => Ok(LookUp::Missing),
        _ => Err(problem),
    }
}

fn shown(wanted: &Experiment) -> String {
    match wanted {
        Experiment::Default => format!("`{DEFAULT_NAME}`"),
        Experiment::Name(name) => format!("`{name}`"),
        Experiment::Id(id) => format!("with the id `{id}`"),
    }
}
