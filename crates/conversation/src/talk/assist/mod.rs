//! What the house's own engine does not understand goes to a language model, where one is set; and the
//! tools that a model or a program has.
//!
//! **Invariants**
//! - A model acts with the rights of who speaks, through the same door, and never confirms anything: what
//!   is risky or was not asked for is put before the person, and done as it was shown after their yes.
//! - What is said to have been done follows from what became of the wish, in the house's own words.
//! - However a model fails, the house answers by itself, and says so.
//! - Rounds, calls, time, tokens and sizes are bounded.

mod configure;
mod desk;
mod prompt;
pub(crate) mod tools;
mod trust;

pub use desk::Output;

use super::answer::{Answer, Outcome, PendingQuestion, Piece};
use super::{Exchange, Turn, words};
use crate::llm::{Call, CallResult, Client, Failure, Message, Outgoing, Request};
use crate::understand::{Cannot, Dialogue, Meaning, Pending};
use desk::Desk;
use model::{Grant, Who};
use serde_json::Value as Json;
use tokio::time::Instant;
use trust::{Asker, Words};

/// How often a model is asked within one turn.
const ROUNDS: usize = 6;

/// How many tools it may use within one turn.
const CALLS: usize = 16;

/// How often it may ask for the very same thing.
const SAME: usize = 2;

/// The longest answer, in letters.
const LETTERS: usize = 2_000;

/// What is around a message.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    /// What was said just before.
    pub(crate) said: &'a [Exchange],
    /// Where the person is, by the index of the room.
    pub(crate) area: Option<u32>,
}

/// What came of asking a model.
pub(crate) struct Assisted {
    pub(crate) answer: Answer,
    /// Whether the model waits for the person's words.
    pub(crate) asks: bool,
}

/// Whether a message that means this goes to a model. `asked` says that a model asked something just now,
/// `repaired` that words were taken for others.
pub(crate) fn is_for_a_model(
    meaning: &Meaning,
    before: &Dialogue,
    asked: bool,
    repaired: bool,
) -> bool {
    match meaning {
        // What only makes no sense after a correction may have been no mistake.
        Meaning::Cannot(_) if repaired => true,
        Meaning::Lost(lost) => !lost.negated || asked,
        Meaning::Cannot(Cannot::NothingCalled(_)) => true,
        Meaning::Yes | Meaning::No | Meaning::Nothing => asked && before.pending.is_none(),
        Meaning::Cannot(_) | Meaning::Which { .. } => asked,
        _ => false,
    }
}

impl Turn<'_> {
    /// What would be sent to a model for this message.
    pub(crate) fn request(&self, before: &[Exchange], area: Option<u32>) -> Request {
        let shortlist = prompt::shortlist(self.message, self.house, &self.snapshot, self.language);
        let area = area.map(|area| self.house.rooms[area as usize].name.as_str());
        let now = self.now.to_zoned_datetime(self.wires.zone.clone());
        let clock = now.strftime("%A, %-d %B %Y, %H:%M").to_string();
        prompt::request(self.message, before, area, &clock, &shortlist)
    }

    /// To the letter what would be sent.
    pub(crate) fn outgoing(
        &self,
        client: &Client,
        before: &[Exchange],
        area: Option<u32>,
    ) -> Outgoing {
        client.outgoing(&self.request(before, area))
    }

    /// Asks a model; where it fails, the house answers by itself.
    pub(crate) async fn assisted(
        &self,
        client: &Client,
        meaning: &Meaning,
        before: &Dialogue,
        next: &mut Dialogue,
        around: Around<'_>,
    ) -> Assisted {
        let exchanges = around.said;
        let engine = client.provider().engine();
        let said: Vec<String> = exchanges.iter().map(|it| it.person.clone()).collect();
        let asker = Words::of(self.message, &said, around.area, self.house, self.language);
        let mut desk = Desk::new(Asker::Person(asker), next.clone());
        let grant = Grant {
            who: Who::Service {
                name: format!("{engine}, asked by {}", self.grant.who),
            },
            ..self.grant.clone()
        };
        let turn = self.by(&grant);
        let mut request = self.request(exchanges, around.area);
        let mut used: Vec<String> = Vec::new();
        let talked = turn.talk(client, &mut request, &mut desk, &mut used).await;
        match talked {
            Ok(text) => {
                next.last.clone_from(&desk.next.last);
                next.pending = desk::pending(&desk).or(desk.next.pending.take());
                let asks = desk.question.is_some() && next.pending.is_none();
                let answer = self.composed(desk, &text, next);
                Assisted {
                    answer: Answer { engine, ..answer }.slot("tools", used),
                    asks,
                }
            }
            Err(failure) if !desk.actions.is_empty() || !desk.waiting.is_empty() => {
                next.last.clone_from(&desk.next.last);
                next.pending = desk::pending(&desk);
                let mut answer = self.composed(desk, "", next);
                let broke = format!(" (The language model {engine} broke off: {failure}.)");
                answer.response.push_str(&broke);
                Assisted {
                    answer: Answer { engine, ..answer }.slot("tools", used),
                    asks: false,
                }
            }
            Err(failure) => {
                let mut answer = self.answer(meaning, before, next).await;
                answer.response = format!(
                    "{} (I answer by myself: the language model {engine} cannot be used now, because {failure}.)",
                    answer.response
                );
                Assisted {
                    answer: answer.slot("model_failed", failure.kind()),
                    asks: false,
                }
            }
        }
    }

    /// Asks and uses tools until the model has said what it has to say.
    async fn talk(
        &self,
        client: &Client,
        request: &mut Request,
        desk: &mut Desk,
        used: &mut Vec<String>,
    ) -> Result<String, Failure> {
        let deadline = Instant::now() + client.time();
        let mut calls: Vec<Call> = Vec::new();
        for _ in 0..ROUNDS {
            // Words beside a deed may claim what did not happen; the house's own come at the end.
            let quiet = desk.actions.is_empty() && desk.waiting.is_empty();
            let mut hear = |text: &str| {
                if quiet {
                    self.tell_piece(|| Piece::Words(text.to_owned()));
                }
            };
            let asked = client.ask(request, deadline, &mut hear);
            let reply = match &self.pieces {
                // Where nobody listens any more, nothing more is asked.
                Some(pieces) => tokio::select! {
                    reply = asked => reply?,
                    () = pieces.closed() => return Err(Failure::Left),
                },
                None => asked.await?,
            };
            if reply.calls.is_empty() {
                return Ok(reply.text);
            }
            let mut results = Vec::with_capacity(reply.calls.len());
            for call in &reply.calls {
                let same = calls
                    .iter()
                    .filter(|old| old.name == call.name && old.arguments == call.arguments);
                if calls.len() >= CALLS || same.count() >= SAME {
                    return Err(Failure::Loop);
                }
                if Instant::now() > deadline {
                    return Err(Failure::Slow);
                }
                calls.push(call.clone());
                if tools::find(&call.name).is_some_and(|tool| tool.models) {
                    used.push(call.name.clone());
                }
                let output = match tools::find(&call.name) {
                    Some(tool) if !tool.models => Output::fault("that is no tool of yours"),
                    _ => self.use_tool(desk, call).await,
                };
                results.push(CallResult {
                    id: call.id.clone(),
                    text: output.text(),
                    failed: output.failed,
                });
            }
            if desk.question.is_some() {
                return Ok(String::new());
            }
            request.messages.push(Message::Model {
                text: reply.text,
                calls: reply.calls,
            });
            request.messages.push(Message::Results(results));
        }
        Err(Failure::Loop)
    }

    /// The answer, out of what was done, what is asked, and the model's words.
    fn composed(&self, desk: Desk, text: &str, next: &Dialogue) -> Answer {
        let text = plain(text);
        let mut sentences = desk.done.clone();
        let mut answer = Answer::of("assisted", "");
        answer.actions = desk.actions;
        if !desk.waiting.is_empty() {
            let asked = self.confirm(&desk.waiting, &desk.when);
            let todo: Vec<String> = desk
                .waiting
                .iter()
                .map(|deed| self.deed_words(deed))
                .collect();
            let question = format!("Shall I {}?", words::listed(&todo, 6));
            sentences.push(question.clone());
            answer.actions.extend(asked.actions);
            answer.intent.name = "confirm".to_owned();
            answer.pending = Some(PendingQuestion {
                question,
                kind: "confirm",
                choices: vec!["Yes".into(), "No".into()],
            });
        } else if let Some((question, choices)) = desk.question {
            let rule = matches!(
                next.pending,
                Some(Pending::Rule(_) | Pending::Confirm { .. })
            );
            if !sentences.contains(&question) {
                sentences.push(question.clone());
            }
            answer.intent.name = if rule { "confirm" } else { "clarify" }.to_owned();
            answer.pending = Some(PendingQuestion {
                question,
                kind: if rule { "confirm" } else { "what" },
                choices,
            });
        } else if answer.actions.is_empty() && sentences.is_empty() {
            sentences.push(if trust::claims(&text) {
                "Nothing was done in the house: the language model said that it did something, but asked the house for nothing.".to_owned()
            } else {
                text
            });
        } else if !text.is_empty()
            && !trust::claims(&text)
            && went_well(&answer)
            && !desk.evidence.is_empty()
        {
            sentences.push(text);
        }
        answer.suggestions = answer
            .pending
            .iter()
            .flat_map(|pending| pending.choices.clone())
            .collect();
        answer.response = sentences.join(" ");
        answer.evidence = desk.evidence;
        answer
    }

    /// The same turn with other rights.
    pub(crate) fn by<'a>(&'a self, grant: &'a Grant) -> Turn<'a> {
        Turn {
            wires: self.wires,
            house: self.house,
            snapshot: std::sync::Arc::clone(&self.snapshot),
            language: self.language,
            speaks: self.speaks,
            grant,
            dry_run: self.dry_run,
            now: self.now,
            message: self.message,
            repaired: self.repaired,
            done: self.done.clone(),
            pieces: self.pieces.clone(),
        }
    }

    /// A program uses a tool.
    pub(crate) async fn program(&self, name: &str, arguments: Json) -> Output {
        let mut desk = Desk::new(Asker::Program, Dialogue::default());
        match tools::find(name) {
            Some(tool) if tool.programs => {
                let call = Call {
                    id: String::new(),
                    name: name.to_owned(),
                    arguments: match arguments {
                        Json::Null => Json::Object(serde_json::Map::new()),
                        given => given,
                    },
                };
                let mut output = self.use_tool(&mut desk, &call).await;
                let refused = desk
                    .actions
                    .iter()
                    .any(|action| matches!(action.outcome, Outcome::Refused | Outcome::TimedOut));
                output.failed |= refused;
                output
            }
            _ => Output::fault("there is no such tool"),
        }
    }

    /// How the house is built, and how each device is.
    pub(crate) fn whole_state(&self) -> Json {
        let mut desk = Desk::new(Asker::Program, Dialogue::default());
        let devices = self.snapshot.devices.keys();
        Json::Array(devices.map(|id| self.living(*id, &mut desk)).collect())
    }
}

fn went_well(answer: &Answer) -> bool {
    let bad = [Outcome::Refused, Outcome::TimedOut, Outcome::Superseded];
    !answer
        .actions
        .iter()
        .any(|action| bad.contains(&action.outcome))
}

/// A model's words, fit to be shown.
fn plain(text: &str) -> String {
    let letters = text
        .trim()
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c });
    letters.filter(|c| !c.is_control()).take(LETTERS).collect()
}
