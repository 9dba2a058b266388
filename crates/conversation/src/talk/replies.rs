//! Answers in free words to what the house began to say by itself: what follows from them.

use super::answer::{Action, Answer, CannotSay, Outcome};
use super::openings::{FRESH, decapital, keep_book, tell};
use super::{Conversation, Turn, openings, words};
use crate::opening::{About, Opening, Reply, Said, State, reply};
use crate::understand::{Dialogue, Meaning};
use automation::run::CannotReply;
use jiff::SignedDuration;
use mind::concerns::Word;
use model::{Cause, ConversationId, Right, Timestamp, Who};

/// How long “not now” is.
const LATER: SignedDuration = SignedDuration::from_hours(2);

/// How long “no” is.
const NO: SignedDuration = SignedDuration::from_hours(12);

impl Conversation {
    /// An answer to what the house began to say; `None` where the message is none.
    pub(super) async fn replied(
        &self,
        turn: &Turn<'_>,
        conversation: ConversationId,
        who: &str,
        meaning: &Meaning,
        before: &Dialogue,
    ) -> Result<Option<Answer>, CannotSay> {
        let waiting = self.openings(true).await?;
        let here = waiting.iter().find(|opening| {
            opening.conversation == conversation
                && matches!(opening.state, State::Open | State::PutOff)
        });
        let opening = match here {
            Some(opening) => opening.clone(),
            None => {
                // A word elsewhere counts where nothing else waits for it.
                if before.pending.is_some() || self.is_walking(conversation, who).await? {
                    return Ok(None);
                }
                let fresh: Vec<&Opening> = waiting
                    .iter()
                    .filter(|opening| {
                        opening.state == State::Open
                            && opening.about != About::Morning
                            && turn.now.duration_since(opening.at) < FRESH
                    })
                    .collect();
                if fresh.is_empty() {
                    return Ok(None);
                }
                match (reply(turn.message, meaning), &fresh[..]) {
                    (Some(Reply::Yes | Reply::No | Reply::Later(_)), [one]) => (*one).clone(),
                    (Some(Reply::Yes | Reply::No), several) => {
                        let texts: Vec<String> = several
                            .iter()
                            .map(|one| format!("“{}”", one.text))
                            .collect();
                        let text = format!(
                            "I asked more than one thing: {}. Answer it where I asked, or say what shall be done.",
                            words::listed(&texts, 4)
                        );
                        return Ok(Some(Answer::of("clarify", text)));
                    }
                    _ => return Ok(None),
                }
            }
        };
        let chosen = self.choice(&opening.about, turn);
        let reply = match (reply(turn.message, meaning), &chosen) {
            (_, Some(_)) => Reply::Chosen,
            (Some(reply), None) => reply,
            (None, None) => return Ok(None),
        };
        if turn.dry_run {
            let text = format!("I would take that as an answer to “{}”.", opening.text);
            return Ok(Some(Answer::of("opening", text)));
        }
        // What was said first stands first in the conversation.
        if here.is_some() && self.inner.keeper.owner(conversation).await?.is_none() {
            let mut said = Answer::of("opening", opening.text.clone());
            said.conversation = conversation;
            self.inner
                .keeper
                .keep(conversation, who, Who::House, "", &said, opening.at);
        }
        let proposes = openings::proposes(&self.inner, &opening);
        let (answer, state, again) = self.follow(turn, &opening, reply, chosen).await;
        let Some(state) = state else {
            return Ok(Some(answer));
        };
        if proposes {
            crate::telemetry::taken(match (state, reply) {
                (State::Lapsed, _) => "lapsed",
                (_, Reply::Yes | Reply::Chosen) => "accepted",
                (_, Reply::Later(_)) => "put_off",
                (_, Reply::No | Reply::Known | Reply::Done | Reply::Thanks) => "declined",
            });
        }
        let mut held = self.inner.openings.book.lock().await;
        let mut book = held.clone().unwrap_or_default();
        let mut changed = None;
        if let Some(one) = book
            .openings
            .iter_mut()
            .find(|one| one.conversation == opening.conversation)
        {
            one.state = state;
            one.answer = Some(turn.message.chars().take(200).collect());
            changed = Some(one.clone());
        }
        if let Some(spoken) = book.spoken.get_mut(&opening.key) {
            spoken.again = again;
        }
        keep_book(&self.inner.wires.store, &mut held, book, turn.now).await?;
        drop(held);
        if let Some(opening) = changed {
            crate::telemetry::opening(opening.about.kind(), opening.state.as_str());
            tell(&self.inner, &opening, Cause::first(turn.grant.who.clone())).await;
        }
        Ok(Some(answer))
    }

    /// Which of the answers that a run's question names is said.
    fn choice(&self, about: &About, turn: &Turn<'_>) -> Option<String> {
        let About::Question { run, thread, .. } = about else {
            return None;
        };
        let view = self.inner.wires.automation.view();
        let run = view.runs.iter().find(|one| one.id == *run)?;
        let question = run.question(usize::try_from(*thread).ok()?)?;
        let said = turn.message.trim_matches(|c: char| !c.is_alphanumeric());
        if let Some(meant) = question.meant(said) {
            return Some(meant.to_owned());
        }
        // “The blue one, please” names one of them; what names two names none.
        let words = |text: &str| {
            let read = crate::text::read(text, turn.language);
            let words: Vec<_> = read.tokens.iter().map(|token| &*token.text).collect();
            format!(" {} ", words.join(" "))
        };
        let said = words(said);
        let plain = |it: &&String| *it != "yes" && *it != "no";
        let mut named = question
            .choices
            .iter()
            .filter(plain)
            .filter(|it| said.contains(&words(it)));
        match (named.next(), named.next()) {
            (Some(one), None) => Some(one.clone()),
            _ => None,
        }
    }

    /// Does what was answered: what is said, how the opening stands then, and when it is said again.
    async fn follow(
        &self,
        turn: &Turn<'_>,
        opening: &Opening,
        reply: Reply,
        chosen: Option<String>,
    ) -> (Answer, Option<State>, Option<Timestamp>) {
        let say = |name: &str, text: String| Answer::of(format!("opening.{name}"), text);
        if !turn.grant.covers(Right::Control, None) {
            let text = format!(
                "{} may not decide that; ask somebody who may.",
                turn.grant.who
            );
            return (say("refused", text), None, None);
        }
        let again = match reply {
            Reply::Later(Said::Sometime) => turn.now + LATER,
            Reply::Later(Said::In(seconds)) => {
                turn.now + SignedDuration::from_secs(seconds.clamp(30, 30 * 86_400))
            }
            Reply::Later(Said::At(moment)) => match turn.at(&moment) {
                Some(at) => at,
                None => {
                    let text = "I do not know when that is. Say it as “in an hour” or “at seven”.";
                    return (say("later", text.to_owned()), None, None);
                }
            },
            _ => turn.now + NO,
        };
        let when = words::moment(again, turn.now, &self.inner.wires.zone);
        match (&opening.about, reply) {
            (About::Concern { concern }, reply) => {
                self.follow_concern(turn, *concern, reply, again, &when)
                    .await
            }
            (
                About::Question { run, thread, until },
                Reply::Yes | Reply::No | Reply::Known | Reply::Chosen,
            ) => {
                let cause = Cause::first(turn.grant.who.clone());
                let thread = usize::try_from(*thread).unwrap_or(usize::MAX);
                let answer = match (chosen, reply) {
                    (Some(chosen), _) => chosen,
                    (None, Reply::Yes) => "yes".to_owned(),
                    (None, _) => "no".to_owned(),
                };
                let told = self
                    .inner
                    .wires
                    .automation
                    .reply(*run, thread, answer.clone(), cause)
                    .await;
                let text = match told {
                    Ok(()) if answer == "yes" || answer == "no" => {
                        format!("All right, I go on with a {answer}.")
                    }
                    Ok(()) => format!("All right, I go on with “{answer}”."),
                    Err(CannotReply::NotAsked) => format!(
                        "That came too late: an answer counted until {}.",
                        words::moment(*until, turn.now, &self.inner.wires.zone)
                    ),
                    Err(CannotReply::NoChoice(choices)) => {
                        let text = format!("It can be answered with: {}.", choices.join(", "));
                        return (say("question", text), None, None);
                    }
                    Err(CannotReply::Closed) => {
                        "The house is shutting down, so nothing came of it.".to_owned()
                    }
                };
                (say("question", text), Some(State::Answered), None)
            }
            (About::Question { until, .. }, Reply::Later(_)) => {
                let over = words::moment(*until, turn.now, &self.inner.wires.zone);
                let (text, again) = if again < *until {
                    (
                        format!("I ask again {when}. An answer counts until {over}."),
                        Some(again),
                    )
                } else {
                    (
                        format!(
                            "I leave it open; but an answer counts only until {over}, and then it goes on without."
                        ),
                        None,
                    )
                };
                (say("later", text), Some(State::PutOff), again)
            }
            (About::Question { .. }, Reply::Done | Reply::Thanks) => {
                let mut answer = say("question", format!("Yes or no? {}", opening.text));
                answer = answer.asking("confirm", vec!["Yes".into(), "No".into()]);
                (answer, None, None)
            }
            (About::Morning, Reply::Later(_)) => (
                say("later", format!("I say it again {when}.")),
                Some(State::PutOff),
                Some(again),
            ),
            (About::Morning, _) => (
                say("morning", "Have a good day.".to_owned()),
                Some(State::Answered),
                None,
            ),
        }
    }

    async fn follow_concern(
        &self,
        turn: &Turn<'_>,
        concern: model::ConcernId,
        reply: Reply,
        again: Timestamp,
        when: &str,
    ) -> (Answer, Option<State>, Option<Timestamp>) {
        let say = |name: &str, text: String| Answer::of(format!("opening.{name}"), text);
        let gone = || {
            (
                say("over", "That is over meanwhile.".to_owned()),
                Some(State::Lapsed),
                None,
            )
        };
        let Some(mind) = &self.inner.wires.mind else {
            return gone();
        };
        let view = mind.view();
        let Some(it) = view.concerns.iter().find(|one| one.id == concern).cloned() else {
            return gone();
        };
        let cause = Cause::first(turn.grant.who.clone());
        let word = match reply {
            Reply::Yes => {
                let Some(request) = it.suggestion.as_ref().and_then(|it| it.request.clone()) else {
                    let text = match &it.suggestion {
                        Some(suggestion) => format!(
                            "I cannot do that myself. {} I stay with it until it is mended.",
                            words::sentence(&suggestion.text)
                        ),
                        None => {
                            "I cannot mend that myself; I stay with it until it is over.".to_owned()
                        }
                    };
                    return (say("unable", text), Some(State::Answered), None);
                };
                let action = self.help(turn, &request).await;
                let todo = it
                    .suggestion
                    .as_ref()
                    .map(|suggestion| decapital(&suggestion.text))
                    .unwrap_or_default();
                let text = match action.outcome {
                    Outcome::Reached => format!("It is done: {todo}."),
                    Outcome::Delivered => {
                        format!("I sent it ({todo}), but the device never says what it does.")
                    }
                    Outcome::Refused => {
                        words::sentence(&words::could_not(&todo, action.note.as_deref()))
                    }
                    Outcome::TimedOut => {
                        format!("I tried to {todo}, but there was no answer in time.")
                    }
                    _ => format!("It is under way ({todo}); there is no answer yet."),
                };
                let state = if matches!(action.outcome, Outcome::Refused | Outcome::TimedOut) {
                    None
                } else {
                    Some(State::Answered)
                };
                let mut answer = say("yes", text);
                answer.actions = vec![action];
                return (answer, state, None);
            }
            Reply::Thanks => {
                let text = "I stay with it until it is mended.".to_owned();
                return (say("thanks", text), Some(State::Answered), None);
            }
            Reply::No | Reply::Later(_) | Reply::Chosen => Word::Snooze { until: again },
            Reply::Known => Word::Known,
            Reply::Done => Word::Done,
        };
        if let Err(error) = mind.say(concern, word, cause).await {
            return (
                say("failed", words::sentence(&error.to_string())),
                None,
                None,
            );
        }
        let (name, text, state, again) = match reply {
            Reply::Later(_) => (
                "later",
                format!("I remind you {when}."),
                State::PutOff,
                Some(again),
            ),
            Reply::Known => (
                "known",
                "I say no more of it until it is mended.".to_owned(),
                State::Answered,
                None,
            ),
            Reply::Done => (
                "done",
                "Good. Should I find it again later, I say so.".to_owned(),
                State::Answered,
                None,
            ),
            _ => (
                "no",
                format!(
                    "All right, I leave it as it is, and say nothing of it before {}.",
                    when.trim_start_matches("at ")
                ),
                State::Answered,
                None,
            ),
        };
        (say(name, text), Some(state), again)
    }

    /// Sends the request that would help; somebody said yes to it just now.
    async fn help(&self, turn: &Turn<'_>, request: &mind::SuggestedRequest) -> Action {
        let wires = &self.inner.wires;
        let snapshot = wires.house.snapshot();
        let device = snapshot
            .devices
            .get(&request.device)
            .map(|twin| &twin.device);
        let mut action = Action::of(
            request.capability,
            request.command,
            device.map(|device| device.name.clone()).unwrap_or_default(),
            request.args.clone(),
            Outcome::Pending,
        );
        action.device = Some(request.device);
        if let Some(device) = device {
            action.slug = device.slug.as_str().to_owned();
        }
        turn.send(action, request.device, true, None).await
    }
}
