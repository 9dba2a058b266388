//! Runs: how they begin, go on, and end.

use super::judge::{Court, offered, resolved};
use super::program::Op;
use super::run::{Outcome, Run, RunState, Sent, Thread, Waits};
use super::target::meant;
use super::{Effect, Engine, Question};
use crate::document::{Act, Arguments, Condition, Given, Mode, ScenarioSlug, Span};
use jiff::SignedDuration;
use model::{
    Capability, Cause, CauseId, CommandRequest, Grant, Now, Request, RequestBody, Right, Rights,
    RunId, Timestamp, Value, Who, Wish, WishId, WishState,
};
use std::sync::Arc;
use twin::{DeviceTwin, Snapshot};

/// Operations that a run may do in one go; a loop that never waits goes on with the next tick.
const STEPS: usize = 1_000;

/// Runs that are on at once, of all scenarios.
const RUNS: usize = 1_000;

/// Requests that are remembered, to see which run made them.
const MADE: usize = 10_000;

/// How long an answer of history counts.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

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
    /// Runs a scenario because somebody asked for it. Its conditions are not asked: who asks means it.
    ///
    /// # Errors
    /// When there is no such scenario, or it cannot be run so.
    pub fn run(
        &mut self,
        slug: &ScenarioSlug,
        arguments: Arguments,
        cause: Cause,
        house: &Snapshot,
        now: Now,
    ) -> Result<(RunId, Vec<Effect>), CannotRun> {
        let mut effects = Vec::new();
        let begin = Begin {
            trigger: format!("{} asked for it", cause.who),
            place: String::new(),
            chain: Vec::new(),
            arguments,
            parent: None,
            asks_condition: false,
            cause,
        };
        let id = self.begin(slug, begin, house, now, &mut effects)?;
        self.go_on(house, now, &mut effects);
        Ok((id, effects))
    }

    /// Stops every run of a scenario; how many there were.
    pub fn stop(
        &mut self,
        slug: &ScenarioSlug,
        who: &Who,
        house: &Snapshot,
        now: Now,
    ) -> (usize, Vec<Effect>) {
        let mut effects = Vec::new();
        let of_it = |run: &&Run| run.scenario == slug.as_str();
        let ids: Vec<_> = self.runs.values().filter(of_it).map(|run| run.id).collect();
        for id in &ids {
            let note = format!("{who} stopped it");
            self.end(*id, RunState::Stopped, Some(note), house, now, &mut effects);
        }
        self.go_on(house, now, &mut effects);
        (ids.len(), effects)
    }

    /// What the house said to a request.
    pub fn answered(
        &mut self,
        run: RunId,
        (line, number): (usize, usize),
        answer: Result<&Wish, String>,
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(run) = self.runs.get_mut(&run) {
            run.unanswered = run.unanswered.saturating_sub(1);
            let sent = run
                .trace
                .get_mut(line)
                .and_then(|entry| entry.requests.get_mut(number));
            if let Some(sent) = sent {
                match answer {
                    Ok(wish) => {
                        sent.wish = Some(wish.id);
                        sent.outcome = wish.state.into();
                        sent.note.clone_from(&wish.note);
                        // It may have ended before we heard that it was let in.
                        let latest = house
                            .wishes
                            .get(&wish.id)
                            .map_or(wish.state, |wish| wish.state);
                        if latest == WishState::Pending {
                            run.open.insert(wish.id, line);
                        } else {
                            sent.outcome = latest.into();
                        }
                    }
                    Err(reason) => {
                        sent.outcome = Outcome::Rejected;
                        sent.note = Some(reason);
                    }
                }
            }
        }
        self.settle(run, house, now, &mut effects);
        self.go_on(house, now, &mut effects);
        effects
    }

    /// What history said to a question.
    pub fn found(
        &mut self,
        question: Question,
        answer: Option<f64>,
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        self.answers.insert(question, answer);
        self.answers_at = Some(now.house);
        for run in self.runs.values_mut() {
            for thread in &mut run.threads {
                if thread.waits == Waits::History {
                    thread.waits = Waits::Nothing;
                }
            }
        }
        let mut effects = Vec::new();
        self.go_on(house, now, &mut effects);
        effects
    }

    /// What a person answered.
    pub fn replied(
        &mut self,
        run: RunId,
        thread: usize,
        yes: bool,
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.answer_of_person(run, thread, Some(yes), now);
        self.go_on(house, now, &mut effects);
        effects
    }

    /// Takes up the runs that were on when the house went down.
    pub fn resume(&mut self, runs: Vec<Run>, house: &Snapshot, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        for mut run in runs {
            let rule = run.slug().and_then(|slug| self.rules.get(&slug));
            let reason = match rule {
                None => Some("its scenario is gone"),
                Some(rule) if rule.version != run.version => {
                    Some("its scenario was edited meanwhile")
                }
                Some(rule) if rule.document.on_restart == crate::document::OnRestart::End => {
                    Some("the house restarted, and this scenario does not go on then")
                }
                Some(_) => None,
            };
            // Nobody hears any more how what was on its way ended.
            run.open.clear();
            run.unanswered = 0;
            let id = run.id;
            run.tell(now.house, "", "the house restarted");
            for thread in &mut run.threads {
                if matches!(thread.waits, Waits::History | Waits::Wishes | Waits::Run(_)) {
                    thread.waits = Waits::Nothing;
                }
            }
            self.runs.insert(id, run);
            if let Some(reason) = reason {
                let note = Some(reason.to_owned());
                self.end(id, RunState::Stopped, note, house, now, &mut effects);
            }
        }
        self.go_on(house, now, &mut effects);
        effects
    }

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
        let mut run = Run {
            id: RunId::new(),
            scenario: slug.to_string(),
            name: document.name.clone(),
            version: rule.version,
            cause: begin.cause.then(who),
            trigger: begin.trigger.clone(),
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
                counts: Vec::new(),
                parent: None,
            }],
            trace: Vec::new(),
            untraced: 0,
            open: Default::default(),
            unanswered: 0,
        };
        run.tell(now.house, begin.place, begin.trigger);
        rule.last_run = Some(now.house);
        let id = run.id;
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
    fn judge_start(&mut self, id: RunId, house: &Snapshot, now: Now, effects: &mut Vec<Effect>) {
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
    fn take_turn(
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

    /// Lets every run go on that can.
    pub(super) fn go_on(&mut self, house: &Snapshot, now: Now, effects: &mut Vec<Effect>) {
        if self
            .answers_at
            .is_some_and(|at| now.house.duration_since(at) > FRESH)
        {
            self.answers.clear();
            self.answers_at = None;
        }
        // What begins or ends may let others go on. A run begins and ends once, so this ends.
        loop {
            self.stirred = false;
            self.go_round(house, now, effects);
            if !self.stirred {
                return;
            }
        }
    }

    fn go_round(&mut self, house: &Snapshot, now: Now, effects: &mut Vec<Effect>) {
        let ids: Vec<RunId> = self.runs.keys().copied().collect();
        for id in ids {
            let Some(run) = self.runs.get(&id) else {
                continue;
            };
            if run.state == RunState::Queued {
                if run.threads[0].waits == Waits::Nothing {
                    self.dequeue(id, house, now, effects);
                }
                continue;
            }
            let mut left = STEPS;
            let mut thread = 0;
            while self
                .runs
                .get(&id)
                .is_some_and(|run| thread < run.threads.len())
            {
                self.go_thread(id, thread, &mut left, house, now, effects);
                thread += 1;
            }
            self.settle(id, house, now, effects);
        }
    }

    /// A run that waits for its turn, or for its conditions to be known.
    fn dequeue(&mut self, id: RunId, house: &Snapshot, now: Now, effects: &mut Vec<Effect>) {
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

    /// Lets a thread of a run go on until it waits or ends.
    fn go_thread(
        &mut self,
        id: RunId,
        number: usize,
        left: &mut usize,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(lines) = self
            .runs
            .get(&id)
            .and_then(Run::slug)
            .and_then(|slug| self.rules.get(&slug))
            .map(|rule| (rule.version, Arc::clone(&rule.lines)))
        else {
            let note = Some("its scenario is gone".to_owned());
            return self.end(id, RunState::Stopped, note, house, now, effects);
        };
        if self.runs.get(&id).is_some_and(|run| run.version != lines.0) {
            let note = Some("its scenario was edited meanwhile".to_owned());
            return self.end(id, RunState::Stopped, note, house, now, effects);
        }
        loop {
            if !self.is_awake(id, number, &lines.1, house, now, effects) {
                return;
            }
            if *left == 0 {
                return;
            }
            *left -= 1;
            let Some(run) = self.runs.get_mut(&id) else {
                return;
            };
            let Some(line) = lines.1.get(run.threads[number].at) else {
                run.threads[number].waits = Waits::Over;
                return;
            };
            run.threads[number].at += 1;
            let place = line.place.as_str();
            match &line.op {
                Op::Delay(span) => {
                    run.threads[number].waits = Waits::Time(later(now.house, *span));
                    run.tell(now.house, place, format!("it waits {span}"));
                    effects.push(Effect::Ran(Box::new(run.clone())));
                }
                Op::Jump(to) => run.threads[number].at = *to,
                Op::Count(times) => run.threads[number].counts.push(*times),
                Op::Again(after) => {
                    let thread = &mut run.threads[number];
                    match thread.counts.last_mut() {
                        Some(count) if *count > 0 => *count -= 1,
                        _ => {
                            thread.counts.pop();
                            thread.at = *after;
                        }
                    }
                }
                // What it asked for comes true first, or not: only then is it looked at.
                Op::Unless(condition, _) | Op::Until { condition, .. }
                    if *condition != Condition::Always
                        && (run.unanswered > 0 || !run.open.is_empty()) =>
                {
                    let thread = &mut run.threads[number];
                    thread.at -= 1;
                    thread.waits = Waits::Wishes;
                }
                Op::Unless(condition, elsewhere) => {
                    let Some(verdict) = self.judge(id, condition, house, now, effects) else {
                        return self.ask_history(id, number);
                    };
                    let Some(run) = self.runs.get_mut(&id) else {
                        return;
                    };
                    let holds = verdict.holds == Some(true);
                    if *condition != Condition::Always {
                        let words = match verdict.holds {
                            Some(true) => "it holds",
                            Some(false) => "it does not hold",
                            None => "it is not known whether it holds",
                        };
                        if let Some(line) = run.tell(now.house, place, words) {
                            run.trace[line].looked = verdict.looked;
                        }
                    }
                    if !holds {
                        let thread = &mut run.threads[number];
                        thread.at = *elsewhere;
                        // The way out of a loop leaves its count behind.
                        if place_is_loop(&lines.1, *elsewhere) {
                            thread.counts.pop();
                        }
                    }
                }
                Op::Until { timeout, .. } => {
                    run.threads[number].waits = Waits::Condition(later(now.house, *timeout));
                    run.tell(
                        now.house,
                        place,
                        format!("it waits for that, at most {timeout}"),
                    );
                    effects.push(Effect::Ran(Box::new(run.clone())));
                }
                Op::Ask {
                    person,
                    question,
                    timeout,
                    ..
                } => {
                    let until = later(now.house, *timeout);
                    run.threads[number].waits = Waits::Person(until);
                    run.tell(now.house, place, format!("it asks: {question}"));
                    effects.push(Effect::Ask {
                        run: id,
                        thread: number,
                        person: person.clone(),
                        question: question.clone(),
                        until,
                    });
                    effects.push(Effect::Ran(Box::new(run.clone())));
                }
                Op::Fork(starts) => {
                    let branches = u32::try_from(starts.len()).unwrap_or(u32::MAX);
                    run.threads[number].waits = Waits::Branches(branches);
                    let counts = run.threads[number].counts.clone();
                    for start in starts {
                        run.threads.push(Thread {
                            at: *start,
                            waits: Waits::Nothing,
                            counts: counts.clone(),
                            parent: Some(number),
                        });
                    }
                }
                Op::Done => {
                    run.threads[number].waits = Waits::Over;
                    if let Some(parent) = run.threads[number].parent
                        && let Waits::Branches(branches) = run.threads[parent].waits
                    {
                        run.threads[parent].waits = match branches {
                            0 | 1 => Waits::Nothing,
                            more => Waits::Branches(more - 1),
                        };
                        if run.threads[parent].waits == Waits::Nothing {
                            self.go_thread(id, parent, left, house, now, effects);
                        }
                    }
                    return;
                }
                Op::Stop => {
                    for thread in &mut run.threads {
                        thread.waits = Waits::Over;
                    }
                    return;
                }
                Op::Act(act) => self.act(id, number, act, place, house, now, effects),
            }
        }
    }

    /// Whether a thread can go on; what it waited for may have come.
    fn is_awake(
        &mut self,
        id: RunId,
        number: usize,
        lines: &[super::Line],
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(run) = self.runs.get(&id) else {
            return false;
        };
        let Some(thread) = run.threads.get(number) else {
            return false;
        };
        match thread.waits.clone() {
            Waits::Nothing => true,
            Waits::Time(at) if at <= now.house => {
                self.wake(id, number);
                true
            }
            Waits::Condition(deadline) => {
                let Some(Op::Until {
                    condition,
                    required,
                    ..
                }) = lines.get(thread.at.saturating_sub(1)).map(|line| &line.op)
                else {
                    return true;
                };
                let place = lines[thread.at - 1].place.clone();
                let Some(verdict) = self.judge(id, condition, house, now, effects) else {
                    // It is asked again with the next tick.
                    return false;
                };
                let late = deadline <= now.house;
                if verdict.holds != Some(true) && !late {
                    return false;
                }
                let words = if verdict.holds == Some(true) {
                    "it holds now"
                } else {
                    "it did not come in time"
                };
                if let Some(run) = self.runs.get_mut(&id)
                    && let Some(line) = run.tell(now.house, place, words)
                {
                    run.trace[line].looked = verdict.looked;
                }
                if verdict.holds != Some(true) && *required {
                    let note = Some("what it waited for did not come in time".to_owned());
                    self.end(id, RunState::Failed, note, house, now, effects);
                    return false;
                }
                self.wake(id, number);
                true
            }
            Waits::Person(until) if until <= now.house => {
                self.answer_of_person(id, number, None, now);
                true
            }
            Waits::Wishes if run.unanswered == 0 && run.open.is_empty() => {
                self.wake(id, number);
                true
            }
            Waits::Run(child) if !self.runs.contains_key(&child) => {
                self.wake(id, number);
                true
            }
            _ => false,
        }
    }

    fn wake(&mut self, id: RunId, number: usize) {
        if let Some(thread) = self
            .runs
            .get_mut(&id)
            .and_then(|run| run.threads.get_mut(number))
        {
            thread.waits = Waits::Nothing;
        }
    }

    fn ask_history(&mut self, id: RunId, number: usize) {
        if let Some(thread) = self
            .runs
            .get_mut(&id)
            .and_then(|run| run.threads.get_mut(number))
        {
            thread.at -= 1;
            thread.waits = Waits::History;
        }
    }

    fn answer_of_person(&mut self, id: RunId, number: usize, yes: Option<bool>, now: Now) {
        let lines = self
            .runs
            .get(&id)
            .and_then(Run::slug)
            .and_then(|slug| self.rules.get(&slug))
            .map(|rule| Arc::clone(&rule.lines));
        let (Some(run), Some(lines)) = (self.runs.get_mut(&id), lines) else {
            return;
        };
        let Some(thread) = run.threads.get_mut(number) else {
            return;
        };
        let Waits::Person(_) = thread.waits else {
            return;
        };
        thread.waits = Waits::Nothing;
        let Some(line) = lines.get(thread.at.saturating_sub(1)) else {
            return;
        };
        if let Op::Ask { otherwise, .. } = &line.op
            && yes != Some(true)
        {
            thread.at = *otherwise;
        }
        let words = match yes {
            Some(true) => "the answer was yes",
            Some(false) => "the answer was no",
            None => "nobody answered in time",
        };
        run.tell(now.house, line.place.clone(), words);
    }

    /// Judges a condition of a run; `None` while history has to be asked.
    fn judge(
        &mut self,
        id: RunId,
        condition: &Condition,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Option<super::judge::Verdict> {
        let run = self.runs.get(&id)?;
        let court = Court {
            house,
            setting: &self.setting,
            now: now.house,
            arguments: &run.arguments,
            answers: &self.answers,
        };
        let verdict = court.judge(condition);
        if verdict.asks.is_empty() {
            return Some(verdict);
        }
        for question in verdict.asks {
            let effect = Effect::Look(question);
            if !effects.contains(&effect) {
                effects.push(effect);
            }
        }
        None
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    fn act(
        &mut self,
        id: RunId,
        number: usize,
        act: &Act,
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        match act {
            Act::Command {
                target,
                capability,
                command,
                args,
            } => {
                let found = meant(target, house);
                let able: Vec<_> = found
                    .devices
                    .iter()
                    .filter(|twin| can(twin, capability))
                    .collect();
                let words = match (able.len(), found.devices.len()) {
                    (0, 0) => format!("{command}: nobody is meant"),
                    (0, _) => format!("{command}: none of those that are meant can do that"),
                    _ => format!("{} {command}", capability.title),
                };
                let Some(line) = run.tell(now.house, place, words) else {
                    return;
                };
                for unknown in found.unknown {
                    run.trace[line].requests.push(Sent {
                        device: unknown,
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some("it is not in this house".into()),
                    });
                }
                let able: Vec<_> = able.into_iter().cloned().collect();
                for twin in able {
                    self.command(id, line, &twin, capability, command, args, now, effects);
                }
            }
            Act::Notify(notice) => {
                let notice = crate::document::Notice {
                    message: filled(&notice.message, &run.arguments),
                    ..notice.clone()
                };
                run.tell(
                    now.house,
                    place,
                    format!("people are told: {}", notice.message),
                );
                effects.push(Effect::Notify { run: id, notice });
            }
            Act::Mode(mode) => {
                run.tell(now.house, place, format!("the house's mode becomes {mode}"));
                let body = RequestBody::SetMode { mode: mode.clone() };
                self.send(id, None, body, effects);
            }
            Act::Scene(scene) => {
                if let Some(line) =
                    run.tell(now.house, place, format!("the scene {scene} comes back"))
                {
                    self.scene(id, line, scene, house, now, effects);
                }
            }
            Act::Scenario {
                scenario,
                arguments,
            } => {
                run.tell(now.house, place, format!("the scenario {scenario} runs"));
                self.call(id, number, scenario, arguments, place, house, now, effects);
            }
            _ => {}
        }
    }

    /// Runs another scenario and waits for its end.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    fn call(
        &mut self,
        id: RunId,
        number: usize,
        scenario: &str,
        arguments: &[(String, Given)],
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let mut chain = run.chain.clone();
        chain.push(run.scenario.clone());
        let arguments: Arguments = arguments
            .iter()
            .filter_map(|(name, given)| {
                Some((name.clone(), resolved(given, None, &run.arguments)?))
            })
            .collect();
        let begin = Begin {
            trigger: format!("{} runs it", run.name),
            place: String::new(),
            cause: run.cause.clone(),
            chain: chain.clone(),
            arguments,
            parent: Some((id, number)),
            asks_condition: false,
        };
        let called = ScenarioSlug::parse(scenario);
        let circle = called
            .as_ref()
            .is_some_and(|called| chain.iter().any(|one| one == called.as_str()));
        let result = match called {
            _ if circle => Err("it would run itself".to_owned()),
            Some(called) => self
                .begin(&called, begin, house, now, effects)
                .map_err(|error| error.to_string()),
            None => Err(format!("no scenario is called `{scenario}`")),
        };
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        match result {
            Ok(child) => run.threads[number].waits = Waits::Run(child),
            Err(reason) => {
                if let Some(line) = run.tell(now.house, place, format!("{scenario} cannot be run"))
                {
                    run.trace[line].requests.push(Sent {
                        device: scenario.to_owned(),
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some(reason),
                    });
                }
            }
        }
    }

    /// Asks the house for a command to a device.
    #[expect(
        clippy::too_many_arguments,
        reason = "a command and where it comes from"
    )]
    pub(super) fn command(
        &mut self,
        id: RunId,
        line: usize,
        twin: &DeviceTwin,
        capability: &'static Capability,
        command: &str,
        args: &[(String, Given)],
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let _ = now;
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let mut values: Vec<(String, Value)> = Vec::new();
        for (name, given) in args {
            let path = path_of(twin, capability, command, name);
            match resolved(given, path, &run.arguments) {
                Some(value) => values.push((name.clone(), value)),
                None => {
                    return run.trace[line].requests.push(Sent {
                        device: twin.device.name.clone(),
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some(format!("there is no value for `{name}`")),
                    });
                }
            }
        }
        run.trace[line].requests.push(Sent {
            device: twin.device.name.clone(),
            wish: None,
            outcome: Outcome::Asked,
            note: None,
        });
        let place = (line, run.trace[line].requests.len() - 1);
        let body = RequestBody::Command(CommandRequest {
            device: twin.device.id.to_string().into(),
            endpoint: None,
            capability: capability.name.to_owned(),
            command: command.to_owned(),
            args: values,
            confirmed: false,
        });
        self.send(id, Some(place), body, effects);
    }

    /// Sends a request of a run through the door.
    pub(super) fn send(
        &mut self,
        id: RunId,
        place: Option<(usize, usize)>,
        body: RequestBody,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let who = run.cause.who.clone();
        let grant = Grant {
            who: who.clone(),
            rights: [Right::ReadHouse, Right::Control, Right::ManageHouse]
                .into_iter()
                .collect::<Rights>(),
            areas: None,
        };
        let mut request = Request::new(grant, body);
        request.cause = run.cause.then(who);
        let cause = request.cause.id;
        if place.is_some() {
            run.unanswered += 1;
        }
        effects.push(Effect::Request {
            run: id,
            place: place.unwrap_or((usize::MAX, 0)),
            request: Box::new(request),
        });
        self.remember(cause, id);
    }

    fn remember(&mut self, cause: CauseId, run: RunId) {
        self.made.insert(cause, run);
        self.made_order.push_back(cause);
        if self.made_order.len() > MADE
            && let Some(oldest) = self.made_order.pop_front()
        {
            self.made.remove(&oldest);
        }
    }

    /// A wish ended; it may be one of a run's.
    pub(super) fn wish_ended(&mut self, wish: &Wish, now: Now, effects: &mut Vec<Effect>) {
        let Some(run) = self
            .made
            .get(&wish.cause.id)
            .and_then(|run| self.runs.get_mut(run))
        else {
            return;
        };
        let Some(line) = run.open.remove(&wish.id) else {
            return;
        };
        let (_, _) = (now, effects);
        set_outcome(run, line, wish.id, wish);
    }

    /// Ends a run of which nothing is left to do.
    pub(super) fn settle(
        &mut self,
        id: RunId,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let over = run.threads.iter().all(|thread| thread.waits == Waits::Over);
        if run.state != RunState::Running || !over || run.unanswered > 0 || !run.open.is_empty() {
            return;
        }
        let state = if run.all_reached() {
            RunState::Completed
        } else {
            RunState::Incomplete
        };
        let note = Some(run.summary());
        self.end(id, state, note, house, now, effects);
    }

    pub(super) fn end(
        &mut self,
        id: RunId,
        state: RunState,
        note: Option<String>,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut run) = self.runs.remove(&id) else {
            return;
        };
        self.stirred = true;
        run.state = state;
        run.note = note;
        run.ended = Some(now.house);
        for thread in &mut run.threads {
            thread.waits = Waits::Over;
        }
        let mut chain = run.chain.clone();
        chain.push(run.scenario.clone());
        self.chains.insert(id, chain);
        self.chain_order.push_back(id);
        if self.chain_order.len() > MADE
            && let Some(oldest) = self.chain_order.pop_front()
        {
            self.chains.remove(&oldest);
        }
        // Who stops a scenario stops what it runs.
        if state == RunState::Stopped {
            let of_it = |child: &&Run| child.parent.is_some_and(|(parent, _)| parent == id);
            let children: Vec<_> = self
                .runs
                .values()
                .filter(of_it)
                .map(|child| child.id)
                .collect();
            for child in children {
                let note = Some(format!("{} was stopped", run.name));
                self.end(child, RunState::Stopped, note, house, now, effects);
            }
        }
        effects.push(Effect::Ran(Box::new(run.clone())));
        if state != RunState::Skipped {
            self.tell_of_end(&run, house, now, effects);
        }
    }
}

fn set_outcome(run: &mut Run, line: usize, id: WishId, wish: &Wish) {
    let requests = run.trace.get_mut(line).map(|entry| &mut entry.requests);
    let sent = requests.and_then(|all| all.iter_mut().find(|sent| sent.wish == Some(id)));
    if let Some(sent) = sent {
        sent.outcome = wish.state.into();
        sent.note.clone_from(&wish.note);
    }
}

/// The arguments of a run: given ones checked, others by their defaults.
fn complete(
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

fn can(twin: &DeviceTwin, capability: &'static Capability) -> bool {
    twin.device
        .capabilities
        .iter()
        .any(|instance| instance.capability == capability)
}

/// The property that an argument goes to, for its unit.
fn path_of(
    twin: &DeviceTwin,
    capability: &'static Capability,
    command: &str,
    argument: &str,
) -> Option<model::Path> {
    let property = match capability.command(command) {
        Some(command) => {
            command
                .arguments
                .iter()
                .find(|it| it.name == argument)?
                .property
        }
        None => argument,
    };
    let property = capability.property(property)?;
    offered(twin, capability.at(1, property.name))
}

/// A message with the parameters' values in the place of `$name`.
fn filled(message: &str, arguments: &Arguments) -> String {
    arguments
        .iter()
        .fold(message.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), &value.to_string())
        })
}

fn later(now: Timestamp, span: Span) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(span.0))
        .unwrap_or(now)
}

/// Whether the operation before a place closes a loop.
fn place_is_loop(lines: &[super::Line], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|place| lines.get(place));
    matches!(before.map(|line| &line.op), Some(Op::Jump(to)) if *to < place)
}
