//! The interview in the conversation: what is said is heard by the pure machine, what follows is done
//! through the house's own door, and how far it is is kept before it is answered.

use super::answer::{Action, Answer, CannotSay, Outcome, PendingQuestion};
use super::effects::{failed, shown};
use super::{Conversation, Turn, keep, words};
use crate::interview::{
    Effect, House, Interview, Progress, Question, Stage, Standing, Verdict, ask, listed, standing,
    step, summary,
};
use crate::understand::Meaning;
use model::{
    Cause, ConversationId, Grant, InterviewId, Request, RequestBody, Right, Timestamp, Who,
};
use std::collections::HashMap;
use std::sync::Arc;
use store::{KeptInterview, Record, Store};
use tokio::sync::Mutex;

/// The most interviews that are gone on with from memory.
const MOST: usize = 100;

/// The topic that begins one, or takes it up again.
pub(super) const TOPIC: &str = "interview";

type Held = Arc<Mutex<Interview>>;

/// The interviews that are not finished.
#[derive(Debug, Default)]
pub(super) struct Walks {
    /// Nothing until they were read.
    all: Mutex<Option<HashMap<InterviewId, Held>>>,
}

/// What is wanted of an interview's start.
#[derive(Debug, Clone)]
pub struct StartInterview {
    /// Whether a new one is begun even where one was left.
    pub fresh: bool,
    /// In which conversation; a new one where none is named.
    pub conversation: Option<ConversationId>,
    /// Who asks for it.
    pub grant: Grant,
}

impl Walks {
    /// All of them, read from the database the first time.
    async fn all<T>(
        &self,
        store: &Store,
        with: impl FnOnce(&mut HashMap<InterviewId, Held>) -> T,
    ) -> Result<T, CannotSay> {
        let mut all = self.all.lock().await;
        let known = match &mut *all {
            Some(known) => known,
            none => {
                let kept = store.interviews_unfinished().await?;
                let kept = kept.into_iter().map(|kept| {
                    let interview = taken_up(kept);
                    (interview.id, Arc::new(Mutex::new(interview)))
                });
                none.insert(kept.collect())
            }
        };
        Ok(with(known))
    }
}

/// An interview from what was kept of it; what cannot be read begins anew, at the same place of the house.
fn taken_up(kept: KeptInterview) -> Interview {
    let progress = serde_json::from_value(kept.body).unwrap_or_else(|error| {
        crate::telemetry::unreadable("interview", &error.to_string());
        Progress::default()
    });
    Interview {
        id: kept.id,
        conversation: kept.conversation,
        owner: kept.owner,
        stage: Stage::parse(&kept.state),
        began: kept.began,
        last: kept.last,
        progress,
    }
}

fn record(interview: &Interview) -> Record {
    Record::Interview(Box::new(KeptInterview {
        id: interview.id,
        conversation: interview.conversation,
        owner: interview.owner.clone(),
        state: interview.stage.as_str().to_owned(),
        began: interview.began,
        last: interview.last,
        body: serde_json::to_value(&interview.progress).unwrap_or_default(),
    }))
}

impl Conversation {
    /// The house as an interview sees it, now.
    #[must_use]
    pub fn interview_house(&self) -> House {
        let wires = &self.inner.wires;
        House::of(
            &wires.house.snapshot(),
            &wires.household.name(),
            wires.household.location().is_some(),
        )
    }

    /// Begins an interview, or takes up the one that was left.
    ///
    /// # Errors
    /// When it cannot be kept, or the conversation is somebody else's.
    pub async fn start_interview(&self, start: StartInterview) -> Result<Answer, CannotSay> {
        let who = keep::key(&start.grant.who);
        let now = self.inner.wires.house.clock().now().house;
        if let Some(conversation) = start.conversation
            && let Some(owner) = self.inner.keeper.owner(conversation).await?
            && owner != who
        {
            return Err(CannotSay::Unknown(conversation));
        }
        let answer = self
            .begin_walk(start.conversation, &who, start.fresh, &start.grant, now)
            .await?;
        self.inner.keeper.keep(
            answer.conversation,
            &who,
            start.grant.who.clone(),
            "Let us set up the house.",
            &answer,
            now,
        );
        Ok(answer)
    }

    /// An interview of somebody; finished ones too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn interview(
        &self,
        id: InterviewId,
        who: &Who,
    ) -> Result<Option<Interview>, CannotSay> {
        let store = &self.inner.wires.store;
        let held = self
            .inner
            .walks
            .all(store, |all| all.get(&id).cloned())
            .await?;
        let interview = match held {
            Some(held) => Some(held.lock().await.clone()),
            None => store.interview(id).await?.map(taken_up),
        };
        Ok(interview.filter(|interview| interview.owner == keep::key(who)))
    }

    /// Takes an interview up again, where it was left; whether there is one of that person's.
    ///
    /// # Errors
    /// When it cannot be read or kept.
    pub async fn take_up(
        &self,
        id: InterviewId,
        who: &Who,
    ) -> Result<Option<Interview>, CannotSay> {
        let store = &self.inner.wires.store;
        let held = self
            .inner
            .walks
            .all(store, |all| all.get(&id).cloned())
            .await?;
        if let Some(held) = held {
            let now = held.lock().await.clone();
            if now.owner != keep::key(who) {
                return Ok(None);
            }
            if now.stage == Stage::Paused {
                self.leave_others(id, &now.owner).await?;
                let mut interview = held.lock().await;
                interview.stage = Stage::Open;
                store.keep(vec![record(&interview)]).await?;
                return Ok(Some(interview.clone()));
            }
            return Ok(Some(now));
        }
        self.interview(id, who).await
    }

    /// What is said in a conversation in which an interview is held, or that begins one; `None` where it
    /// is not for the interview.
    pub(super) async fn walked(
        &self,
        turn: &Turn<'_>,
        conversation: ConversationId,
        who: &str,
        meaning: &Meaning,
    ) -> Result<Option<Answer>, CannotSay> {
        if matches!(meaning, Meaning::Topic(key, _) if key == TOPIC) {
            if turn.dry_run {
                return Ok(Some(Answer::of(
                    TOPIC,
                    "I would ask about the house: its name, its rooms and doorways, and what is in them.",
                )));
            }
            return self
                .begin_walk(Some(conversation), who, false, turn.grant, turn.now)
                .await
                .map(Some);
        }
        let store = &self.inner.wires.store;
        let all: Vec<Held> = self
            .inner
            .walks
            .all(store, |all| all.values().cloned().collect())
            .await?;
        for held in all {
            let mut interview = held.lock().await;
            if interview.conversation == conversation
                && interview.owner == who
                && interview.stage == Stage::Open
            {
                return self.go_on(turn, &mut interview, meaning).await;
            }
        }
        Ok(None)
    }

    /// One walk at a time: another of that person's that is open is left where it is.
    async fn leave_others(&self, id: InterviewId, who: &str) -> Result<(), CannotSay> {
        let store = &self.inner.wires.store;
        let all: Vec<Held> = self
            .inner
            .walks
            .all(store, |all| all.values().cloned().collect())
            .await?;
        for held in all {
            let mut other = held.lock().await;
            if other.id != id && other.owner == who && other.stage == Stage::Open {
                other.stage = Stage::Paused;
                store.keep(vec![record(&other)]).await?;
            }
        }
        Ok(())
    }

    /// Whether a walk waits for an answer in this conversation.
    pub(super) async fn is_walking(
        &self,
        conversation: ConversationId,
        who: &str,
    ) -> Result<bool, CannotSay> {
        let store = &self.inner.wires.store;
        let all: Vec<Held> = self
            .inner
            .walks
            .all(store, |all| all.values().cloned().collect())
            .await?;
        for held in all {
            let interview = held.lock().await;
            if interview.conversation == conversation
                && interview.owner == who
                && interview.stage == Stage::Open
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn begin_walk(
        &self,
        conversation: Option<ConversationId>,
        who: &str,
        fresh: bool,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Answer, CannotSay> {
        let wires = &self.inner.wires;
        if !grant.covers(Right::ManageHouse, None) {
            return Ok(Answer::of(
                "refused",
                format!(
                    "{} may not set up the house; ask somebody who may.",
                    grant.who
                ),
            ));
        }
        let all: Vec<Held> = self
            .inner
            .walks
            .all(&wires.store, |all| all.values().cloned().collect())
            .await?;
        let mut left: Option<(Timestamp, Held)> = None;
        for held in &all {
            let interview = held.lock().await;
            if interview.owner == who
                && left.as_ref().is_none_or(|(last, _)| *last < interview.last)
            {
                left = Some((interview.last, Arc::clone(held)));
            }
        }
        let house = self.interview_house();
        if let Some((_, held)) = left.filter(|_| !fresh) {
            let id = held.lock().await.id;
            self.leave_others(id, who).await?;
            let mut interview = held.lock().await;
            let before = interview.clone();
            interview.stage = Stage::Open;
            interview.last = now;
            if let Some(conversation) = conversation {
                interview.conversation = conversation;
            }
            let question = ask(&mut interview.progress, &house);
            if let Err(error) = wires.store.keep(vec![record(&interview)]).await {
                *interview = before;
                return Err(error.into());
            }
            let said = format!(
                "We go on where we were. {} {}",
                summary(&interview.progress, &house),
                question.text
            );
            return Ok(
                answered(&interview, &house, said, question, Vec::new()).slot("resumed", true)
            );
        }
        let mut interview = Interview {
            id: InterviewId::new(),
            conversation: conversation.unwrap_or_else(ConversationId::new),
            owner: who.to_owned(),
            stage: Stage::Open,
            began: now,
            last: now,
            progress: Progress::default(),
        };
        let question = ask(&mut interview.progress, &house);
        self.leave_others(interview.id, who).await?;
        wires.store.keep(vec![record(&interview)]).await?;
        // What is around is looked for while one talks; where that cannot be, nothing is lost.
        let search = Request::new(
            grant.clone(),
            RequestBody::Scan {
                protocols: Vec::new(),
            },
        );
        let searches = wires.house.request(search).await.is_ok();
        let said = format!(
            "Let us walk through the house. Stop whenever you like; we go on from there, and what works already works.{} {}",
            if searches {
                " I look around for devices meanwhile."
            } else {
                ""
            },
            question.text
        );
        let answer =
            answered(&interview, &house, said, question, Vec::new()).slot("resumed", false);
        let id = interview.id;
        self.inner
            .walks
            .all(&wires.store, |all| {
                if all.len() >= MOST {
                    // Its place is in the database; it is found again after the next start.
                    let oldest = all.keys().min().copied();
                    oldest.map(|oldest| all.remove(&oldest));
                }
                all.insert(id, Arc::new(Mutex::new(interview)));
            })
            .await?;
        Ok(answer)
    }

    async fn go_on(
        &self,
        turn: &Turn<'_>,
        interview: &mut Interview,
        meaning: &Meaning,
    ) -> Result<Option<Answer>, CannotSay> {
        let house = self.interview_house();
        let step = step(&interview.progress, turn.message, &house);
        // Words that steer the walk are for it. Else a command is a command, whatever was asked (one that
        // takes a word for another is none), and no name or place is made of a question.
        let names = step
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Name { .. } | Effect::Place { .. }));
        let is_other = !step.steered
            && match meaning {
                Meaning::Do(..) | Meaning::Rule(_) | Meaning::Confirm(..) => {
                    names || turn.repaired.is_empty()
                }
                Meaning::Ask(_) | Meaning::Which { .. } => names,
                _ => false,
            };
        if is_other {
            return Ok(None);
        }
        if step.verdict == Verdict::NotMine {
            // What nobody understands belongs to the question that is open.
            if !matches!(
                meaning,
                Meaning::Lost(_)
                    | Meaning::Cannot(_)
                    | Meaning::Nothing
                    | Meaning::Yes
                    | Meaning::No
            ) {
                return Ok(None);
            }
            let mut progress = interview.progress.clone();
            let question = ask(&mut progress, &house);
            let said = format!(
                "I did not understand that, so I changed nothing. {}",
                question.text
            );
            return Ok(Some(
                answered(interview, &house, said, question, Vec::new()).slot("understood", false),
            ));
        }
        if turn.dry_run {
            let actions: Vec<Action> = step
                .effects
                .iter()
                .map(|effect| shown(effect, &house, Outcome::Planned))
                .collect();
            let mut answer = Answer::of(TOPIC, step.said.join(" "));
            answer.actions = actions;
            return Ok(Some(answer));
        }
        let before = interview.clone();
        interview.progress = step.progress;
        interview.last = turn.now;
        let mut said = step.said;
        let mut actions = Vec::new();
        let cause = Cause::first(turn.grant.who.clone());
        for effect in &step.effects {
            let mut action = shown(effect, &house, Outcome::Reached);
            if let Effect::Promote { key, mention } = effect {
                // Where nothing was connected after all, the note stays what it is.
                let became = interview.progress.mention(*mention);
                let became = became.and_then(|mention| mention.devices.first().copied());
                if let (Some(device), Some(memory)) = (became, &self.inner.wires.memory) {
                    action.device = Some(device);
                    if let Err(fault) = memory.promote(key, device).await {
                        action.outcome = Outcome::Refused;
                        action.note = Some(fault.to_string());
                    }
                    actions.push(action);
                }
                continue;
            }
            match self.perform_effect(effect, turn.grant, &cause).await {
                Ok(Some(device)) => {
                    action.device = Some(device);
                    if let Effect::Adopt { mention, .. } = effect
                        && let Some(mention) = interview
                            .progress
                            .mentions
                            .iter_mut()
                            .find(|it| it.id == *mention)
                    {
                        mention.devices.push(device);
                    }
                    let snapshot = self.inner.wires.house.snapshot();
                    if let Some(twin) = snapshot.devices.get(&device) {
                        action.slug = twin.device.slug.as_str().to_owned();
                        action.name.clone_from(&twin.device.name);
                    }
                }
                Ok(None) => {}
                Err(reason) => {
                    failed(&mut interview.progress, effect);
                    said.push(words::sentence(&format!("That did not work: {reason}")));
                    action.outcome = Outcome::Refused;
                    action.note = Some(reason);
                }
            }
            actions.push(action);
        }
        let worked: Vec<String> = actions
            .iter()
            .filter(|action| action.command == "adopt" && action.outcome == Outcome::Reached)
            .map(|action| action.name.clone())
            .collect();
        if !worked.is_empty() {
            said.push(format!("{} can be used from now on.", listed(&worked)));
        }
        let house = self.interview_house();
        let answer = match step.verdict {
            Verdict::Pause => {
                interview.stage = Stage::Paused;
                said.push(format!(
                    "We leave it there. {} Say “go on with the walk” whenever you like.",
                    summary(&interview.progress, &house)
                ));
                closed(interview, &house, said.join(" "), actions)
                    .suggesting(["Go on with the walk".to_owned()])
            }
            Verdict::Done => {
                interview.stage = Stage::Done;
                said.push(format!(
                    "Then that is the house. {} You can tell me more at any time.",
                    summary(&interview.progress, &house)
                ));
                closed(interview, &house, said.join(" "), actions)
                    .suggesting(["How are you?".to_owned(), "What can you do?".to_owned()])
            }
            Verdict::GoOn | Verdict::NotMine => {
                let question = ask(&mut interview.progress, &house);
                said.push(question.text.clone());
                answered(interview, &house, said.join(" "), question, actions)
            }
        };
        // What is answered is kept first: a restart finds the same question.
        if let Err(error) = self.inner.wires.store.keep(vec![record(interview)]).await {
            interview.progress.asked = before.progress.asked;
            return Err(error.into());
        }
        if interview.stage == Stage::Done {
            let id = interview.id;
            self.inner
                .walks
                .all(&self.inner.wires.store, |all| all.remove(&id))
                .await?;
        }
        Ok(Some(answer))
    }
}

fn answered(
    interview: &Interview,
    house: &House,
    said: String,
    question: Question,
    actions: Vec<Action>,
) -> Answer {
    let kind = match question.kind {
        "confirm" => "confirm",
        "room" | "choice" => "which",
        _ => "what",
    };
    let mut answer = closed(interview, house, said, actions);
    answer.suggestions.clone_from(&question.choices);
    answer.pending = Some(PendingQuestion {
        question: question.text,
        kind,
        choices: question.choices,
    });
    answer
}

fn closed(interview: &Interview, house: &House, said: String, actions: Vec<Action>) -> Answer {
    let standing: Standing = standing(interview, house);
    let mut answer = Answer::of(TOPIC, said)
        .slot("interview", interview.id.to_string())
        .slot("phase", standing.phase);
    answer.conversation = interview.conversation;
    answer.actions = actions;
    answer.interview = Some(Box::new(standing));
    answer
}
