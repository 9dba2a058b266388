//! What is wanted goes through the twin's door; what is said follows from what became of it.

use super::answer::{Action, Answer, Outcome, Piece, Undo};
use super::{PATIENCE, Turn, words};
use crate::act::{self, Act, Op};
use crate::lang::{Small, Tag};
use crate::understand::{Cannot, Deed, Dialogue, Lost, Pending};
use automation::document::ScenarioSlug;
use model::{Cause, CommandRequest, DeviceId, Request, RequestBody, Value, Wish, WishState};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use twin::{Answer as Told, RequestError};

/// How many commands of one message are under way at once.
const AT_ONCE: usize = 25;

/// How many commands one message may lead to.
const MOST: usize = 1_000;

/// One command with the wish in words that it is for.
struct Step {
    op: Op,
    device: DeviceId,
    act: Act,
}

/// How a wish ended and what is noted of that, waited for as long as a person waits for an answer.
async fn end_of(house: &twin::Handle, wish: Arc<Wish>) -> (Outcome, Option<String>) {
    let ended = if wish.state == WishState::Pending {
        house.settled(wish.id, PATIENCE).await.unwrap_or(wish)
    } else {
        wish
    };
    let outcome = match ended.state {
        WishState::Pending => Outcome::Pending,
        WishState::Reached
            if ended
                .note
                .as_deref()
                .is_some_and(|note| note.contains("delivery only")) =>
        {
            Outcome::Delivered
        }
        WishState::Reached => Outcome::Reached,
        WishState::Superseded => Outcome::Superseded,
        WishState::Rejected => Outcome::Refused,
        WishState::TimedOut => Outcome::TimedOut,
    };
    (outcome, ended.note.clone())
}

impl Turn<'_> {
    /// Does what was said. `yes` says that a person has confirmed it just now.
    pub(super) async fn deeds(&self, deeds: &[Deed], yes: bool) -> Answer {
        let mut steps: Vec<Step> = Vec::new();
        let mut others: Vec<Action> = Vec::new();
        let mut problems: Vec<String> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Devices { op, things, .. } => {
                    for id in things {
                        match self.plan(op, *id) {
                            Ok(acts) => steps.extend(acts.into_iter().map(|act| Step {
                                op: op.clone(),
                                device: *id,
                                act,
                            })),
                            Err(act::Cannot::Unable) => {
                                problems.push(format!("{} cannot do that", self.name(*id)))
                            }
                            Err(act::Cannot::Unknown) => problems.push(format!(
                                "I don't know how {} is set now, so I cannot change it from there",
                                self.name(*id)
                            )),
                        }
                    }
                }
                other => others.push(self.other(other).await),
            }
        }
        if steps.len() > MOST {
            let text = format!(
                "That would be {} commands at once; I take at most {MOST}. Say it for one floor or room.",
                steps.len()
            );
            return Answer::of("command", text);
        }
        // A sentence that names the door is a person's yes to it; one that only describes it is not
        // acted on before they said so.
        let named = deeds.iter().all(|deed| {
            matches!(deed, Deed::Devices { named: true, .. })
                || !matches!(deed, Deed::Devices { .. })
        });
        let confirmed = yes || named;
        if !self.dry_run && !steps.is_empty() {
            self.tell_piece(|| {
                let doing: Vec<String> = deeds.iter().map(|deed| self.deed_words(deed)).collect();
                Piece::Doing(self.local("list:todo", words::listed(&doing, 4)))
            });
        }
        let mut results: Vec<(usize, Action)> = Vec::with_capacity(steps.len());
        for some in steps.chunks(AT_ONCE) {
            let mut under_way = Vec::with_capacity(some.len());
            for step in some {
                under_way.push(self.perform(step, confirmed));
            }
            for action in futures_util::future::join_all(under_way).await {
                results.push((results.len(), action));
            }
        }
        let mut sentences = self.outcomes(&steps, &results);
        for other in &others {
            sentences.push(words::sentence(&other_words(other)));
        }
        sentences.extend(problems.iter().map(|problem| words::sentence(problem)));
        sentences.extend(self.also_changed(deeds));
        if sentences.is_empty() {
            sentences.push("There is nothing to do.".into());
        }
        let mut answer = Answer::of("command", self.with_repairs(&sentences.join(" ")));
        answer.actions = results
            .into_iter()
            .map(|(_, action)| action)
            .chain(others)
            .collect();
        self.describe(deeds, answer)
    }

    /// What was understood, as slots.
    pub(super) fn describe(&self, deeds: &[Deed], answer: Answer) -> Answer {
        let mut ops: Vec<String> = Vec::new();
        let mut devices: Vec<String> = Vec::new();
        let mut name = "command";
        for deed in deeds {
            match deed {
                Deed::Devices { op, things, .. } => {
                    ops.push(op_word(op));
                    for id in things {
                        if let Some(twin) = self.snapshot.devices.get(id) {
                            devices.push(twin.device.slug.as_str().to_owned());
                        }
                    }
                }
                Deed::Run { scenario, .. } => {
                    name = "scenario.run";
                    ops.push(format!("run {scenario}"));
                }
                Deed::End { scenario } => {
                    name = "scenario.stop";
                    ops.push(format!("stop {scenario}"));
                }
                Deed::Scene { scene } => {
                    name = "scene.activate";
                    ops.push(format!("scene {scene}"));
                }
                Deed::Mode(mode) => {
                    name = "mode.set";
                    ops.push(format!("mode {mode}"));
                }
            }
        }
        ops.dedup();
        devices.dedup();
        let mut answer = answer
            .slot("action", ops.join(", "))
            .slot("devices", devices);
        if answer.intent.name == "command" {
            answer.intent.name = name.to_owned();
        }
        answer
    }

    fn action(&self, step: &Step, outcome: Outcome) -> Action {
        let device = self
            .snapshot
            .devices
            .get(&step.device)
            .map(|twin| &twin.device);
        Action {
            device: Some(step.device),
            name: device.map(|device| device.name.clone()).unwrap_or_default(),
            slug: device
                .map(|device| device.slug.as_str().to_owned())
                .unwrap_or_default(),
            endpoint: step.act.endpoint,
            capability: step.act.capability.to_owned(),
            command: step.act.command.to_owned(),
            args: step
                .act
                .args
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            outcome,
            ..Action::default()
        }
    }

    async fn perform(&self, step: &Step, confirmed: bool) -> Action {
        if let Some((thing, _)) = self.thing(step.device)
            && let Err(fault) = act::check(&step.act, thing)
        {
            let mut action = self.action(step, Outcome::Refused);
            action.note = Some(fault.to_string());
            return action;
        }
        if self.dry_run {
            return self.action(step, Outcome::Planned);
        }
        let action = self.action(step, Outcome::Pending);
        let action = self.send(action, step.device, confirmed, None).await;
        self.tell_piece(|| Piece::Done(Box::new(action.clone())));
        action
    }

    /// Sends a command through the house's door, and waits for what becomes of it.
    pub(super) async fn send(
        &self,
        mut action: Action,
        device: DeviceId,
        confirmed: bool,
        cause: Option<Cause>,
    ) -> Action {
        let body = RequestBody::Command(CommandRequest {
            device: device.to_string().into(),
            endpoint: action.endpoint,
            capability: action.capability.clone(),
            command: action.command.clone(),
            args: action.args.clone(),
            confirmed,
        });
        let mut request = Request::new(self.grant.clone(), body);
        request.cause = cause.unwrap_or(request.cause);
        action.id = request.id;
        let wish = match self.wires.house.request(request).await {
            Ok(Told::Wish(wish)) => wish,
            Ok(_) => {
                action.outcome = Outcome::Reached;
                return action;
            }
            Err(error) => {
                action.outcome = Outcome::Refused;
                action.note = Some(match error {
                    RequestError::Refused(refusal) => refusal.message,
                    other => other.to_string(),
                });
                return action;
            }
        };
        action.wish = Some(wish.id);
        action.undo = self.undo_of(&wish);
        (action.outcome, action.note) = end_of(&self.wires.house, wish).await;
        action
    }

    /// One sentence for each thing that was wanted and each way in which it went.
    fn outcomes(&self, steps: &[Step], results: &[(usize, Action)]) -> Vec<String> {
        let mut groups: Vec<(Op, Outcome, String, Vec<usize>)> = Vec::new();
        for (index, action) in results {
            let step = &steps[*index];
            let note = match action.outcome {
                Outcome::Refused | Outcome::TimedOut => action.note.clone().unwrap_or_default(),
                _ => String::new(),
            };
            match groups
                .iter_mut()
                .find(|group| group.0 == step.op && group.1 == action.outcome && group.2 == note)
            {
                Some(group) => group.3.push(*index),
                None => groups.push((step.op.clone(), action.outcome, note, vec![*index])),
            }
        }
        groups
            .into_iter()
            .map(|(op, outcome, note, indices)| {
                let acts: Vec<Act> = indices.iter().map(|index| steps[*index].act.clone()).collect();
                let mut names: Vec<String> = indices.iter().map(|index| self.name(steps[*index].device)).collect();
                names.dedup();
                let names = words::listed(&names, 6);
                let todo = words::todo(&op, &acts).replace("{}", &names);
                let text = match outcome {
                    Outcome::Reached => words::done(&op, &acts).replace("{}", &names),
                    Outcome::Planned => format!("I would {todo}"),
                    Outcome::Unconfirmed => format!("I would {todo}, if you say yes"),
                    Outcome::Pending => format!("I asked for it ({todo}); it is under way, and not answered yet"),
                    Outcome::Delivered => format!("I sent it ({todo}), but {names} never says what it does, so I cannot tell whether it did"),
                    Outcome::Superseded => format!("another wish for {names} came after this one"),
                    Outcome::Refused => words::could_not(&todo, Some(note.as_str())),
                    Outcome::TimedOut => format!("I tried to {todo}, but there was no answer in time"),
                    Outcome::Scheduled => format!("I will {todo}"),
                };
                let text = match outcome {
                    Outcome::Reached => format!("I {text}"),
                    _ => text,
                };
                words::sentence(&text)
            })
            .collect()
    }

    /// A scenario, a scene or the house's mode.
    async fn other(&self, deed: &Deed) -> Action {
        let (capability, command, slug) = match deed {
            Deed::Run { scenario, .. } => ("Scenario", "run", scenario),
            Deed::End { scenario } => ("Scenario", "stop", scenario),
            Deed::Scene { scene } => ("Scene", "activate", scene),
            Deed::Mode(mode) => ("House", "set_mode", mode),
            Deed::Devices { .. } => ("House", "", &String::new()),
        };
        let name = match deed {
            Deed::Run { .. } | Deed::End { .. } => self
                .house
                .scenarios
                .iter()
                .find(|named| named.slug == *slug)
                .map(|named| named.name.clone()),
            Deed::Scene { .. } => self
                .house
                .scenes
                .iter()
                .find(|named| named.slug == *slug)
                .map(|named| named.name.clone()),
            _ => None,
        };
        let mut action = Action {
            device: None,
            name: name.unwrap_or_else(|| slug.clone()),
            slug: slug.clone(),
            endpoint: None,
            capability: capability.to_owned(),
            command: command.to_owned(),
            args: Vec::new(),
            outcome: Outcome::Planned,
            ..Action::default()
        };
        let arguments = self.arguments(deed);
        action.args = arguments.clone().into_iter().collect();
        if self.dry_run {
            return action;
        }
        let result: Result<(), String> = match deed {
            Deed::Run { scenario, .. } => match ScenarioSlug::parse(scenario) {
                Some(slug) => {
                    if !self.grant.covers(model::Right::Control, None) {
                        Err(format!("{} may not run scenarios", self.grant.who))
                    } else {
                        match self
                            .wires
                            .automation
                            .run(slug, arguments, Cause::first(self.grant.who.clone()))
                            .await
                        {
                            Some(Ok(run)) => {
                                action.run = Some(run);
                                Ok(())
                            }
                            Some(Err(error)) => Err(error.to_string()),
                            None => Err("the house is shutting down".into()),
                        }
                    }
                }
                None => Err("it has no name that I can use".into()),
            },
            Deed::End { scenario } => match ScenarioSlug::parse(scenario) {
                Some(slug) if self.grant.covers(model::Right::Control, None) => match self
                    .wires
                    .automation
                    .stop(slug, self.grant.who.clone())
                    .await
                {
                    Some(0) => Err("it was not running".into()),
                    Some(_) => Ok(()),
                    None => Err("the house is shutting down".into()),
                },
                _ => Err(format!("{} may not stop scenarios", self.grant.who)),
            },
            Deed::Mode(mode) => {
                let request = Request::new(
                    self.grant.clone(),
                    RequestBody::SetMode { mode: mode.clone() },
                );
                self.wires
                    .house
                    .request(request)
                    .await
                    .map(|_| ())
                    .map_err(|error| error.to_string())
            }
            Deed::Scene { .. } => self.scene(slug).await,
            Deed::Devices { .. } => Ok(()),
        };
        match result {
            Ok(()) => {
                action.undo = Some(match deed {
                    Deed::Run { .. } => Undo::Stop {
                        mode: self.snapshot.mode.to_string(),
                        since: Some(self.now),
                    },
                    Deed::Mode(_) => Undo::Mode {
                        mode: self.snapshot.mode.to_string(),
                    },
                    Deed::Scene { .. } => Undo::Never {
                        why: "a scene sets many things at once; say what shall be instead".into(),
                    },
                    _ => Undo::Never {
                        why: "it was ended; say that it shall run again".into(),
                    },
                });
                action.outcome = if matches!(deed, Deed::Run { .. } | Deed::Scene { .. }) {
                    Outcome::Pending
                } else {
                    Outcome::Reached
                }
            }
            Err(note) => {
                action.outcome = Outcome::Refused;
                action.note = Some(note);
            }
        }
        action
    }

    /// The parameters that a scenario is run with.
    pub(super) fn arguments(&self, deed: &Deed) -> BTreeMap<String, Value> {
        let mut arguments = BTreeMap::new();
        if let Deed::Run {
            scenario,
            number: Some(number),
            ..
        } = deed
        {
            let named = self
                .house
                .scenarios
                .iter()
                .find(|named| named.slug == *scenario);
            if let Some(parameter) = named.and_then(|named| named.numbers.first()) {
                arguments.insert(parameter.clone(), Value::Number(*number));
            }
        }
        arguments
    }

    /// What only was described, or was mistyped, and opens something: asked first.
    pub(super) fn confirm(&self, deeds: &[Deed], _when: &crate::time::When) -> Answer {
        let mut actions = Vec::new();
        let mut todo: Vec<String> = Vec::new();
        for deed in deeds {
            let Deed::Devices { op, things, .. } = deed else {
                continue;
            };
            let mut acts = Vec::new();
            for id in things {
                for act in self.plan(op, *id).unwrap_or_default() {
                    let step = Step {
                        op: op.clone(),
                        device: *id,
                        act,
                    };
                    actions.push(self.action(&step, Outcome::Unconfirmed));
                    acts.push(step.act);
                }
            }
            let names: Vec<String> = things.iter().map(|id| self.name(*id)).collect();
            todo.push(words::todo(op, &acts).replace("{}", &words::listed(&names, 6)));
        }
        let text = self.with_repairs(&format!("Shall I {}?", words::listed(&todo, 6)));
        let mut answer =
            Answer::of("confirm", text).asking("confirm", vec!["Yes".into(), "No".into()]);
        answer.actions = actions;
        self.describe(deeds, answer)
    }

    /// A yes to what was asked.
    pub(super) async fn yes(&self, before: &Dialogue, next: &mut Dialogue) -> Answer {
        match &before.pending {
            Some(Pending::Confirm { deeds, when }) if when.is_future() => {
                self.later(deeds, when, next).await
            }
            Some(Pending::Confirm { deeds, .. }) => self.deeds(deeds, true).await,
            Some(Pending::Rule(json)) => self.save_rule(json).await,
            Some(Pending::DropRule(slug)) => self.drop_rule(slug).await,
            Some(Pending::Until(..)) => {
                next.pending.clone_from(&before.pending);
                Answer::of("context", "Until when?").asking(
                    "what",
                    vec![
                        "Until tomorrow".into(),
                        "Until Sunday".into(),
                        "A week".into(),
                    ],
                )
            }
            Some(Pending::Remember(what)) => self.note_context((**what).clone(), next).await,
            Some(Pending::LookUp(address)) => self.look_up(address, next).await,
            Some(Pending::Serves(device, areas)) => self.serve(*device, areas).await,
            Some(Pending::Settle(site)) => self.settle(site).await,
            Some(Pending::Suggest(text)) => {
                Answer::of("answer.yes", format!("Then say: {text}")).suggesting([text.clone()])
            }
            _ => Answer::of("answer.yes", "There is nothing that waits for a yes."),
        }
    }

    pub(super) fn no(&self, before: &Dialogue) -> Answer {
        match &before.pending {
            Some(_) => Answer::of("answer.no", "All right, I leave it as it is."),
            None => Answer::of("answer.no", "All right."),
        }
    }

    /// Which one is meant?
    pub(super) fn which(&self, choices: &[DeviceId], ops: &[Op], also: &[Deed]) -> Answer {
        let names = self.told_apart(choices);
        let question = if ops.is_empty() {
            "Which one do you mean"
        } else {
            "Which one"
        };
        let shown = words::listed(&names, 8).replace(" and ", " or ");
        let mut answer = Answer::of("clarify", format!("{question}: {shown}?"));
        if !also.is_empty() {
            answer.response.push_str(" I have not done anything yet.");
        }
        let answer = answer.slot("devices", self.slugs(choices)).slot(
            "action",
            ops.iter().map(op_word).collect::<Vec<_>>().join(", "),
        );
        answer.asking("which", names.into_iter().take(8).collect())
    }

    /// Names by which things can be told apart: with their room where two are called the same.
    fn told_apart(&self, ids: &[DeviceId]) -> Vec<String> {
        let names: Vec<String> = ids.iter().map(|id| self.name(*id)).collect();
        ids.iter()
            .zip(&names)
            .map(|(id, name)| {
                let twice = names.iter().filter(|other| *other == name).count() > 1;
                let area = self
                    .snapshot
                    .devices
                    .get(id)
                    .and_then(|twin| twin.device.area)
                    .and_then(|area| self.snapshot.areas.get(&area));
                match area.filter(|_| twice) {
                    Some(area) => format!("{name} ({})", area.name),
                    None => name.clone(),
                }
            })
            .collect()
    }

    pub(super) fn slugs(&self, ids: &[DeviceId]) -> Vec<String> {
        ids.iter()
            .filter_map(|id| self.snapshot.devices.get(id))
            .map(|twin| twin.device.slug.as_str().to_owned())
            .collect()
    }

    /// Whether a message speaks of floors in a house in which no room is on any.
    fn asks_for_floors(&self) -> bool {
        let mut tags = Vec::new();
        self.house.rooms.iter().all(|room| room.floor.is_none())
            && crate::text::read(self.message, self.language)
                .tokens
                .iter()
                .any(|token| {
                    self.language
                        .phrases(std::slice::from_ref(token), &mut tags);
                    tags.iter().any(|(_, tags)| {
                        tags.iter().any(|tag| {
                            matches!(
                                tag,
                                Tag::Small(Small::Upstairs | Small::Downstairs)
                                    | Tag::Noun(crate::lang::Noun::Floor, _)
                            )
                        })
                    })
                })
    }

    pub(super) fn cannot(&self, cannot: &Cannot) -> Answer {
        match cannot {
            Cannot::Unable { things, .. } => {
                let names: Vec<String> = things.iter().map(|id| self.name(*id)).collect();
                let mut hints: Vec<String> = Vec::new();
                for id in things.iter().take(1) {
                    if let Some((thing, _)) = self.thing(*id) {
                        hints.extend(
                            abilities(thing)
                                .into_iter()
                                .map(|ability| format!("{ability} {}", thing.device.name)),
                        );
                    }
                }
                let text = match &hints[..] {
                    [] => format!(
                        "{} cannot do that; it only reports.",
                        words::listed(&names, 4)
                    ),
                    hints => format!(
                        "{} cannot do that. I could {}.",
                        words::listed(&names, 4),
                        hints.join(" or ")
                    ),
                };
                Answer::of("unable", self.with_repairs(&text))
                    .slot("devices", self.slugs(things))
                    .suggesting(
                        hints
                            .iter()
                            .map(|hint| words::sentence(hint).trim_end_matches('.').to_owned()),
                    )
            }
            Cannot::NothingCalled(_) | Cannot::NothingThere(_) if self.asks_for_floors() => {
                Answer::of(
                    "unknown_name",
                    "I don't know what is upstairs and what is downstairs: nobody has told me on which floor the rooms are. Say it by rooms, or set the floors of the rooms on the page.",
                )
            }
            Cannot::NothingCalled(what) => {
                let near = self.near(what);
                let text = match &near[..] {
                    [] => format!("I know nothing that is called “{what}”."),
                    near => format!(
                        "I know nothing that is called “{what}”. Do you mean {}?",
                        words::listed(near, 3).replace(" and ", " or ")
                    ),
                };
                Answer::of("unknown_name", text)
                    .slot("name", what.clone())
                    .suggesting(near)
            }
            Cannot::NothingThere(what) if what.is_empty() => {
                Answer::of("nothing_there", "Nothing in the house can tell or do that.")
            }
            Cannot::NothingThere(what) => Answer::of(
                "nothing_there",
                format!("There is nothing of that kind for “{what}”."),
            )
            .slot("name", what.clone()),
            Cannot::NothingIn { rooms, instead } => {
                let rooms = words::listed(rooms, 4);
                let text = if instead.is_empty() {
                    format!("Nothing in {rooms} can do that.")
                } else {
                    format!(
                        "Nothing in {rooms} can do that; {} could.",
                        words::listed(
                            &instead.iter().map(|id| self.name(*id)).collect::<Vec<_>>(),
                            4
                        )
                    )
                };
                Answer::of("nothing_there", text).slot("devices", self.slugs(instead))
            }
            Cannot::What => Answer::of("clarify", "What do you mean? Name a device or a room.")
                .asking("what", Vec::new()),
        }
    }

    pub(super) fn lost(&self, lost: &Lost) -> Answer {
        if lost.negated {
            return Answer::of("negated", "All right, I do nothing.");
        }
        let mut near: Vec<String> = Vec::new();
        for word in &lost.unknown {
            near.extend(self.near(word));
        }
        near.sort();
        near.dedup();
        near.truncate(3);
        let text = match &lost.unknown[..] {
            [] => "I did not understand that, so I did nothing.".to_owned(),
            unknown => format!(
                "I did not understand “{}”, so I did nothing.",
                unknown
                    .iter()
                    .take(3)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("”, “")
            ),
        };
        let text = if near.is_empty() {
            format!("{text} Try “turn on the light in the kitchen” or “which windows are open?”.")
        } else {
            format!(
                "{text} Do you mean {}?",
                words::listed(&near, 3).replace(" and ", " or ")
            )
        };
        Answer::of("not_understood", text)
            .slot("unknown", lost.unknown.clone())
            .suggesting(near)
    }

    /// Names of the house that have a word of it, or one that begins and ends alike.
    pub(super) fn near(&self, text: &str) -> Vec<String> {
        let text = crate::text::folded(text);
        let words = text
            .split_whitespace()
            .filter(|word| word.chars().count() > 2);
        let things: BTreeSet<u32> = words.flat_map(|word| self.house.alike(word, 16)).collect();
        let mut found: Vec<String> = Vec::new();
        for thing in things {
            let name = &self.house.thing(thing).device.name;
            if !found.contains(name) {
                found.push(name.clone());
            }
        }
        found.truncate(3);
        found
    }

    /// What a mistyped word was taken for is said.
    pub(super) fn with_repairs(&self, text: &str) -> String {
        if self.repaired.is_empty() {
            return text.to_owned();
        }
        let repairs: Vec<String> = self
            .repaired
            .iter()
            .map(|(from, to)| format!("“{from}” as “{to}”"))
            .collect();
        format!("{text} (I read {}.)", words::listed(&repairs, 4))
    }
}

fn other_words(action: &Action) -> String {
    let name = &action.name;
    let done = match (action.capability.as_str(), action.command.as_str()) {
        ("Scenario", "run") => format!("run “{name}”"),
        ("Scenario", _) => format!("stop “{name}”"),
        ("Scene", _) => format!("bring the scene “{name}” back"),
        _ => format!("put the house into the mode {name}"),
    };
    match action.outcome {
        Outcome::Planned => format!("I would {done}"),
        Outcome::Refused => words::could_not(&done, action.note.as_deref()),
        _ => match (action.capability.as_str(), action.command.as_str()) {
            ("Scenario", "run") => format!("“{name}” runs now"),
            ("Scenario", _) => format!("I stopped “{name}”"),
            ("Scene", _) => format!("The scene “{name}” is being set"),
            _ => format!("The house is in the mode {name} now"),
        },
    }
}

/// A few things that can be said of a device.
fn abilities(thing: &crate::house::Thing) -> Vec<&'static str> {
    let tries: [(&str, Op); 5] = [
        ("turn on", Op::On),
        ("open", Op::Open),
        ("lock", Op::Lock),
        ("play music on", Op::Play),
        ("start", Op::Start),
    ];
    tries
        .into_iter()
        .filter(|(_, op)| act::can(op, thing))
        // What can be turned on is not also started.
        .filter(|(_, op)| *op != Op::Start || !act::can(&Op::On, thing))
        .map(|(word, _)| word)
        .take(2)
        .collect()
}

/// The word for a wish in slots.
pub(super) fn op_word(op: &Op) -> String {
    let text = match op {
        Op::Set(Some(attr), _) => return format!("set_{}", attr.key()),
        Op::Set(None, _) => "set",
        Op::Step(Some(attr), way, _) => return format!("{}_{}", attr.key(), way.key()),
        Op::Step(None, way, _) => return way.key().to_owned(),
        Op::Colour(..) => "set_colour",
        Op::White(_) => "set_colour_temperature",
        Op::Word(word) => return format!("mode_{}", word.key()),
        Op::Choice(word) => return format!("mode_{word}"),
        Op::Label(label, _) => {
            return format!("set_{}", crate::text::folded(label).replace(' ', "_"));
        }
        Op::Swing(true) => "swing",
        Op::Swing(false) => "swing_off",
        other => return format!("{other:?}").to_lowercase(),
    };
    text.to_owned()
}
