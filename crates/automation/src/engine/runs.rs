//! What becomes of runs: asked for, stopped, answered, taken up after a restart, ended.

use super::act::MADE;
use super::begin::{Begin, CannotRun};
use super::run::{Outcome, Run, RunState, Waits};
use super::{Effect, Engine, Question};
use crate::document::{Arguments, ScenarioSlug};
use model::{Cause, Now, RunId, Who, Wish, WishState};
use twin::Snapshot;

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
            self.went_on = true;
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
        self.outstanding.remove(&question);
        self.stirred = true;
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

    /// What a person answered; what is none of the answers changes nothing.
    pub fn replied(
        &mut self,
        run: RunId,
        thread: usize,
        (answer, who): (&str, &Who),
        house: &Snapshot,
        now: Now,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let asked = self.runs.get(&run).and_then(|run| run.question(thread));
        let Some(answer) = asked.and_then(|asked| asked.meant(answer)) else {
            return effects;
        };
        let answer = answer.to_owned();
        self.answer_of_person(run, thread, Some(&answer), Some(who), now);
        // Kept, so that nobody is asked again after a restart.
        if let Some(run) = self.runs.get_mut(&run) {
            run.moved = true;
        }
        self.go_on(house, now, &mut effects);
        effects
    }

    /// Takes up the runs that were on when the house went down.
    pub fn resume(&mut self, runs: Vec<Run>, house: &Snapshot, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.stirred = true;
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
            let sent = run.trace.iter_mut().flat_map(|entry| &mut entry.requests);
            for sent in
                sent.filter(|sent| matches!(sent.outcome, Outcome::Asked | Outcome::Pending))
            {
                sent.outcome = Outcome::TimedOut;
                sent.note = Some("the house restarted before the device answered".into());
            }
            run.open.clear();
            run.unanswered = 0;
            let id = run.id;
            run.tell(now.house, "", "the house restarted");
            for thread in &mut run.threads {
                if matches!(
                    thread.waits,
                    // Who waits for another run goes on when that one is over, or is gone.
                    Waits::History | Waits::Habits | Waits::Wishes
                ) {
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
        self.chains.insert(id, (chain, run.cause.clone()));
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
