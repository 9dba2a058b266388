//! How a run begins: its arguments, its conditions, its turn.

use super::go::STEPS;
use super::run::{Run, RunState, Thread, Waits};
use super::{Effect, Engine};
use crate::document::{Arguments, Condition, Mode, ScenarioSlug};
use model::{Cause, Now, RunId, Who};
use std::sync::Arc;
use twin::Snapshot;

/// Runs that are on at once, of all scenarios.
const RUNS: usize = 1_000;

/// How a run begins.
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    pub(crate) trigger: String,
    pub(crate) place: String,
    pub(crate) cause: Cause,
    pub(crate) chain: Vec<String>,
    pub(crate) arguments: Arguments,
    pub(crate) parent: Option<(RunId, usize)>,
    pub(crate) asks_condition: bool,
}

/// Why a scenario cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotRun {
    /// There is none.
    #[error("no scenario is called `{0}`")]
    Unknown(String),
    /// A parameter is not right.
    #[error("`{name}`: {message}")]
    Parameter {
        /// Which.
        name: String,
        /// What is wrong with it.
        message: String,
        /// What would be right.
        expected: String,
    },
    /// Too much runs already.
    #[error("{RUNS} runs are on already")]
    TooMany,
}

impl Engine {
    pub(super) fn begin(
        &mut self,
        slug: &ScenarioSlug,
        begin: Begin,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Result<RunId, CannotRun> {
        let Some(rule) = self.rules.get_mut(slug) else {
            return Err(CannotRun::Unknown(slug.to_string()));
        };
        if self.runs.len() >= RUNS {
            return Err(CannotRun::TooMany);
        }
        let document = Arc::clone(&rule.document);
        let set_off_by = set_off_by(&document, &begin).to_owned();
        let arguments = complete(&document, begin.arguments)?;
        let who = if document.when.is_empty() {
            Who::Scenario {
                name: document.name.clone(),
            }
        } else {
            Who::Rule {
                name: document.name.clone(),
            }
        };
        // Who asks for it means it. What a person does elsewhere only sets a rule off.
        let asked_for = begin.place.is_empty() && begin.parent.is_none();
        let by_person = asked_for && matches!(begin.cause.who, Who::Person { .. } | Who::Operator);
        let parent = begin.parent.and_then(|(parent, _)| self.runs.get(&parent));
        let parent_by_person = parent.is_some_and(|parent| parent.by_person);
        let parent_saves = parent.is_some_and(|parent| parent.saves_energy);
        let mut run = Run {
            id: RunId::new(),
            scenario: slug.to_string(),
            name: document.name.clone(),
            version: rule.version,
            cause: begin.cause.then(who),
            trigger: begin.trigger.clone(),
            set_off_by,
            chain: begin.chain,
            arguments,
            started: now.house,
            ended: None,
            state: RunState::Queued,
            note: None,
            parent: begin.parent,
            threads: vec![Thread {
                at: 0,
                waits: Waits::Nothing,
                looks: None,
                counts: Vec::new(),
                parent: None,
                asked: None,
            }],
            trace: Vec::new(),
            untraced: 0,
            open: Default::default(),
            unanswered: 0,
            by_person: by_person || parent_by_person,
            saves_energy: document.saves_energy || parent_saves,
            plan: None,
            moved: false,
        };
        run.tell(now.house, begin.place, begin.trigger);
        rule.last_run = Some(now.house);
        let id = run.id;
        let own = run.cause.id;
        if !begin.asks_condition {
            run.threads[0].counts.clear();
        }
        let others: Vec<RunId> = self
            .runs
            .values()
            .filter(|other| other.scenario == slug.as_str())
            .map(|other| other.id)
            .collect();
        let asks = begin.asks_condition && document.condition != Condition::Always;
        run.threads[0].waits = Waits::Nothing;
        run.state = if asks {
            RunState::Queued
        } else {
            RunState::Running
        };
        self.runs.insert(id, run);
        // What the run says, and its end, are its doing as much as its requests are.
        self.remember(own, id);
        self.stirred = true;
        if asks {
            // Its conditions come first: what does not run stands in nobody's way.
            self.judge_start(id, house, now, effects);
            if self.runs.get(&id).is_none_or(|run| run.state.is_over()) {
                return Ok(id);
            }
        }
        self.take_turn(id, &others, document.mode, house, now, effects);
        Ok(id)
    }

    /// Asks a rule's conditions. A run that waits for history is asked again later.
    pub(super) fn judge_start(
        &mut self,
        id: RunId,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(condition) = self
            .runs
            .get(&id)
            .and_then(Run::slug)
            .and_then(|slug| self.rules.get(&slug))
            .map(|rule| Arc::clone(&rule.document))
        else {
            return;
        };
        let Some(verdict) = self.judge(id, &condition.condition, house, now, effects) else {
            if let Some(run) = self.runs.get_mut(&id) {
                run.threads[0].waits = Waits::History;
            }
            return;
        };
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let words = match verdict.holds {
            Some(true) => "its conditions hold",
            Some(false) => "its conditions do not hold",
            None => "it is not known whether its conditions hold",
        };
        if let Some(line) = run.tell(now.house, "if", words) {
            run.trace[line].looked = verdict.looked;
        }
        if verdict.holds == Some(true) {
            run.state = RunState::Running;
        } else {
            let note = Some(words.to_owned());
            self.end(id, RunState::Skipped, note, house, now, effects);
        }
    }

    /// What a run does while others of its scenario are on.
    pub(super) fn take_turn(
        &mut self,
        id: RunId,
        others: &[RunId],
        mode: Mode,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let crowded = |most: u32| others.len() >= most as usize;
        let skip = |reason: &str| (RunState::Skipped, Some(reason.to_owned()));
        let (state, note) = match mode {
            _ if others.is_empty() => return,
            Mode::Restart => {
                for other in others {
                    let note = Some("a later run took its place".to_owned());
                    self.end(*other, RunState::Stopped, note, house, now, effects);
                }
                return;
            }
            Mode::Parallel(most) if !crowded(most) => return,
            Mode::Queue(most) if !crowded(most) => {
                if let Some(run) = self.runs.get_mut(&id) {
                    run.state = RunState::Queued;
                    run.tell(now.house, "", "it waits for the run before it");
                }
                return;
            }
            Mode::Skip => skip("it is running already"),
            Mode::Queue(_) => skip("too many runs wait already"),
            Mode::Parallel(_) => skip("too many runs are on already"),
        };
        self.end(id, state, note, house, now, effects);
    }

    /// A run that waits for its turn, or for its conditions to be known.
    pub(super) fn dequeue(
        &mut self,
        id: RunId,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let scenario = run.scenario.clone();
        let judged = run.trace.iter().any(|entry| entry.place == "if");
        let asks = run
            .slug()
            .and_then(|slug| self.rules.get(&slug))
            .is_some_and(|rule| rule.document.condition != Condition::Always);
        let by_hand = run
            .trace
            .first()
            .is_some_and(|entry| entry.place.is_empty());
        let others: Vec<RunId> = self
            .runs
            .values()
            .filter(|other| other.scenario == scenario && other.id < id)
            .map(|other| other.id)
            .collect();
        if asks && !judged && !by_hand {
            self.judge_start(id, house, now, effects);
            if self
                .runs
                .get(&id)
                .is_some_and(|run| run.state == RunState::Running)
            {
                let mode = ScenarioSlug::parse(&scenario)
                    .and_then(|slug| self.rules.get(&slug))
                    .map_or(Mode::Skip, |rule| rule.document.mode);
                self.take_turn(id, &others, mode, house, now, effects);
            }
        } else if others.is_empty()
            && let Some(run) = self.runs.get_mut(&id)
        {
            run.state = RunState::Running;
        }
        if self
            .runs
            .get(&id)
            .is_some_and(|run| run.state == RunState::Running)
        {
            let mut left = STEPS;
            self.go_thread(id, 0, &mut left, house, now, effects);
        }
    }
}

/// The kind of what sets a run off: that of the trigger, `scenario`, or `request`.
fn set_off_by(document: &crate::document::Document, begin: &Begin) -> &'static str {
    let number = begin.place.strip_prefix("when[");
    let number = number.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
    match number.and_then(|number| document.when.get(number)) {
        Some(trigger) => trigger.kind.as_str(),
        None if begin.parent.is_some() => "scenario",
        None => "request",
    }
}

/// The arguments of a run: given ones checked, others by their defaults.
pub(super) fn complete(
    document: &crate::document::Document,
    given: Arguments,
) -> Result<Arguments, CannotRun> {
    let known = |name: &str| {
        document
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)
    };
    if let Some(strange) = given.keys().find(|name| known(name).is_none()) {
        let all: Vec<_> = document
            .parameters
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        return Err(CannotRun::Parameter {
            name: strange.clone(),
            message: "it is not known".into(),
            expected: if all.is_empty() {
                "no parameters".into()
            } else {
                format!("some of {}", all.join(", "))
            },
        });
    }
    let mut arguments = Arguments::new();
    for parameter in &document.parameters {
        let value = given.get(&parameter.name).or(parameter.default.as_ref());
        let fault = |message: String, expected: String| CannotRun::Parameter {
            name: parameter.name.clone(),
            message,
            expected,
        };
        let Some(value) = value else {
            return Err(fault("it is missing".into(), parameter.description.clone()));
        };
        parameter
            .kind
            .accepts(value)
            .map_err(|expected| fault(format!("it cannot be {value}"), expected))?;
        arguments.insert(parameter.name.clone(), value.clone());
    }
    Ok(arguments)
}
