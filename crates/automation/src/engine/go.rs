//! How runs go on: line after line, until they wait or end.

use super::judge::{Court, Verdict};
use super::program::{Line, Op};
use super::run::{Run, RunState, Thread, Waits};
use super::{Effect, Engine};
use crate::document::{Condition, Span};
use jiff::SignedDuration;
use model::{Now, RunId, Timestamp};
use std::sync::Arc;
use twin::Snapshot;

/// Operations that a run may do in one go; a loop that never waits goes on with the next tick.
pub(super) const STEPS: usize = 1_000;

/// How long an answer of history counts.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

impl Engine {
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
            let stirred = std::mem::take(&mut self.stirred);
            self.go_round(stirred, house, now, effects);
            if !self.stirred {
                break;
            }
        }
        self.idle = false;
    }

    fn go_round(&mut self, stirred: bool, house: &Snapshot, now: Now, effects: &mut Vec<Effect>) {
        // Most runs wait for a time that has not come: an event costs them no more than a look.
        let ready = |run: &&Run| stirred || self.may_go(run, now);
        let ids: Vec<RunId> = self.runs.values().filter(ready).map(|run| run.id).collect();
        for id in ids {
            let Some(run) = self.runs.get(&id) else {
                continue;
            };
            if run.state == RunState::Queued {
                if run.threads[0].waits == Waits::Nothing {
                    self.dequeue(id, house, now, effects);
                    self.keep(id, effects);
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
            self.keep(id, effects);
        }
    }

    /// A run that asked for something or stands somewhere else is kept, before what it asked for is
    /// on its way.
    fn keep(&mut self, id: RunId, effects: &mut Vec<Effect>) {
        if let Some(run) = self.runs.get_mut(&id)
            && std::mem::take(&mut run.moved)
        {
            effects.push(Effect::Ran(Box::new(run.clone())));
        }
    }

    /// Whether a run may go on. Where it is not certain, it may.
    fn may_go(&self, run: &Run, now: Now) -> bool {
        // It waits for the end of another, or for an answer: both stir.
        if run.state == RunState::Queued {
            return false;
        }
        let settled = run.unanswered == 0 && run.open.is_empty();
        let mut threads = run.threads.iter().map(|thread| &thread.waits);
        let wakes = threads.any(|waits| match waits {
            Waits::Nothing => true,
            Waits::Time(at) | Waits::Person(at) => *at <= now.house,
            Waits::Condition(at) => !self.idle || *at <= now.house,
            Waits::Wishes => settled,
            Waits::Run(child) => !self.runs.contains_key(child),
            Waits::History | Waits::Habits | Waits::Branches(_) | Waits::Over => false,
        });
        wakes || (settled && run.threads.iter().all(|thread| thread.waits == Waits::Over))
    }

    /// Lets a thread of a run go on until it waits or ends.
    pub(super) fn go_thread(
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
                    run.moved = true;
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
                Op::Until {
                    condition, timeout, ..
                } => {
                    let thread = &mut run.threads[number];
                    thread.waits = Waits::Condition(later(now.house, *timeout));
                    thread.looks = condition.changes_with_time().then(|| next_look(now.house));
                    run.tell(
                        now.house,
                        place,
                        format!("it waits for that, at most {timeout}"),
                    );
                    run.moved = true;
                }
                Op::Ask {
                    person,
                    question,
                    timeout,
                    answers,
                    ..
                } => {
                    let until = later(now.house, *timeout);
                    let choices: Vec<_> = answers.iter().map(|(name, _)| name.clone()).collect();
                    run.threads[number].waits = Waits::Person(until);
                    run.threads[number].asked = Some(super::OpenQuestion {
                        person: person.clone(),
                        question: question.clone(),
                        choices: choices.clone(),
                        until,
                    });
                    run.tell(now.house, place, format!("it asks: {question}"));
                    effects.push(Effect::Ask {
                        run: id,
                        thread: number,
                        person: person.clone(),
                        question: question.clone(),
                        choices,
                        until,
                    });
                    run.moved = true;
                }
                Op::Fork(starts) => {
                    let branches = u32::try_from(starts.len()).unwrap_or(u32::MAX);
                    run.threads[number].waits = Waits::Branches(branches);
                    let counts = run.threads[number].counts.clone();
                    for start in starts {
                        run.threads.push(Thread {
                            at: *start,
                            waits: Waits::Nothing,
                            looks: None,
                            counts: counts.clone(),
                            parent: Some(number),
                            asked: None,
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
    pub(super) fn is_awake(
        &mut self,
        id: RunId,
        number: usize,
        lines: &[Line],
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
                    if let Some(run) = self.runs.get_mut(&id)
                        && let Some(looks) = &mut run.threads[number].looks
                        && *looks <= now.house
                    {
                        *looks = next_look(now.house);
                    }
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
                self.answer_of_person(id, number, None, None, now);
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

    pub(super) fn wake(&mut self, id: RunId, number: usize) {
        if let Some(thread) = self
            .runs
            .get_mut(&id)
            .and_then(|run| run.threads.get_mut(number))
        {
            thread.waits = Waits::Nothing;
        }
    }

    pub(super) fn ask_history(&mut self, id: RunId, number: usize) {
        if let Some(thread) = self
            .runs
            .get_mut(&id)
            .and_then(|run| run.threads.get_mut(number))
        {
            thread.at -= 1;
            thread.waits = Waits::History;
        }
    }

    pub(super) fn answer_of_person(
        &mut self,
        id: RunId,
        number: usize,
        answer: Option<&str>,
        who: Option<&model::Who>,
        now: Now,
    ) {
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
        thread.asked = None;
        let Some(line) = lines.get(thread.at.saturating_sub(1)) else {
            return;
        };
        if let Op::Ask {
            answers, otherwise, ..
        } = &line.op
        {
            let chosen = answers
                .iter()
                .find(|(name, _)| Some(name.as_str()) == answer);
            thread.at = chosen.map_or(*otherwise, |(_, start)| *start);
        }
        let by = who.map(|who| format!(" ({who})")).unwrap_or_default();
        let words = match answer {
            Some(answer) => format!("the answer was {answer}{by}"),
            None => "nobody answered in time".to_owned(),
        };
        run.tell(now.house, line.place.clone(), words);
    }

    /// Judges a condition of a run; `None` while history has to be asked.
    pub(super) fn judge(
        &mut self,
        id: RunId,
        condition: &Condition,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Option<Verdict> {
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
        self.look(verdict.asks, effects);
        None
    }
}

pub(super) fn later(now: Timestamp, span: Span) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(span.0))
        .unwrap_or(now)
}

/// When a condition that no event may change is looked at again: with the next full minute.
fn next_look(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    let minute = second - second.rem_euclid(60) + 60;
    Timestamp::from_second(minute).unwrap_or(now)
}

/// Whether the operation before a place closes a loop.
pub(super) fn place_is_loop(lines: &[Line], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|place| lines.get(place));
    matches!(before.map(|line| &line.op), Some(Op::Jump(to)) if *to < place)
}
