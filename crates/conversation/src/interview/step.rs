//! One message, and what follows from it. Pure: how far the interview is, the message and the house go
//! in; how far it is then, what is to be done and what is said come out.

use super::ask::{group, summary};
use super::candidates::{Candidate, What, needed};
use super::control::{DONE, NEXT, OTHERS, STATUS, UNDO_WORDS, YES, is_one, pauses};
use super::read::{Heard, Room, read};
use super::state::{Ask, Effect, MENTIONS, Mention, MentionState, Progress, UNDO};
use super::view::{House, plain};
use super::words::{
    NAME, after_any, capital, cleaned, is_are, is_many, led_to, listed, names, noted, slug,
    split_at_word, the, without_article, worded,
};
use crate::lang::Language;
use crate::text::{self, folded};
use std::collections::BTreeSet;

/// What follows from a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How far it is then, once the effects are done.
    pub progress: Progress,
    /// What is to be done, in this order.
    pub effects: Vec<Effect>,
    /// What is said of it.
    pub said: Vec<String>,
    /// Whether the interview goes on.
    pub verdict: Verdict,
    /// Whether the message was one of the words that steer it: yes, next, later, undo.
    pub steered: bool,
}

/// Whether the interview goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    GoOn,
    /// It is left for now.
    Pause,
    /// It is finished.
    Done,
    /// The message is not about it.
    NotMine,
}

impl Progress {
    pub(crate) fn mention(&mut self, id: u32) -> Option<&mut Mention> {
        self.mentions.iter_mut().find(|mention| mention.id == id)
    }

    /// What is not asked again.
    fn pass(&mut self, what: &str, room: &str) {
        if self.passed.len() < 4 * MENTIONS {
            self.passed.insert(key(what, room));
        }
    }

    pub(super) fn has_passed(&self, what: &str, room: &str) -> bool {
        self.passed.contains(&key(what, room))
    }
}

fn key(what: &str, room: &str) -> String {
    if room.is_empty() {
        what.to_owned()
    } else {
        format!("{what}:{}", plain(room))
    }
}

/// A step in the making.
struct Making<'a> {
    progress: Progress,
    effects: Vec<Effect>,
    /// What takes them back.
    back: Vec<Effect>,
    said: Vec<String>,
    house: &'a House,
    /// Areas that the effects make.
    made: BTreeSet<String>,
    /// Whether a word that steers was said.
    steered: bool,
}

/// What follows from a message.
#[must_use]
pub fn step(before: &Progress, message: &str, house: &House) -> Step {
    let mut making = Making {
        progress: before.clone(),
        effects: Vec::new(),
        back: Vec::new(),
        said: Vec::new(),
        house,
        made: BTreeSet::new(),
        steered: false,
    };
    let verdict = making.take(message);
    let Making {
        mut progress,
        effects,
        mut back,
        said,
        steered,
        ..
    } = making;
    if verdict == Verdict::NotMine {
        return Step {
            progress: before.clone(),
            effects: Vec::new(),
            said: Vec::new(),
            verdict,
            steered: false,
        };
    }
    progress.turns = progress.turns.saturating_add(1);
    if !back.is_empty() {
        back.reverse();
        progress.undo.push(back);
        if progress.undo.len() > UNDO {
            progress.undo.remove(0);
        }
    }
    Step {
        progress,
        effects,
        said,
        verdict,
        steered,
    }
}

impl Making<'_> {
    fn take(&mut self, message: &str) -> Verdict {
        let text = text::read(message, Language::english());
        let words: Vec<&str> = text
            .tokens
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        let bare = words.join(" ");
        if bare.is_empty() {
            return Verdict::NotMine;
        }
        let asked = self.progress.asked.clone();
        // Every way out before the words are read is by a word that steers.
        self.steered = true;
        if pauses(&bare) {
            return Verdict::Pause;
        }
        if is_one(&bare, UNDO_WORDS) {
            self.undo();
            return Verdict::GoOn;
        }
        if is_one(&bare, STATUS) {
            self.said.push(summary(&self.progress, self.house));
            return Verdict::GoOn;
        }
        if let Some(Ask::Connect { mention, these }) = &asked {
            if is_one(&bare, YES) {
                self.connect(*mention, these);
                return self.answered();
            }
            if is_one(&bare, NEXT)
                || is_one(
                    &bare,
                    &[
                        "no it is not",
                        "that is not it",
                        "no thanks",
                        "something else",
                    ],
                )
            {
                self.not(*mention, these);
                return self.answered();
            }
        }
        if is_one(&bare, DONE) {
            return match asked {
                // “That is all” ends what was asked; at the end it ends the interview.
                Some(Ask::Rooms | Ask::Doors { .. } | Ask::Things { .. })
                    if !is_one(
                        &bare,
                        &[
                            "done",
                            "i am done",
                            "we are done",
                            "finished",
                            "finish",
                            "end",
                            "end the interview",
                            "finish the interview",
                            "i am finished",
                            "we are finished",
                        ],
                    ) =>
                {
                    self.next();
                    self.answered()
                }
                _ => Verdict::Done,
            };
        }
        if is_one(&bare, NEXT) {
            if asked == Some(Ask::More) && !is_one(&bare, &["next", "continue", "go on"]) {
                return Verdict::Done;
            }
            self.next();
            return self.answered();
        }
        if asked == Some(Ask::Rooms) && is_one(&bare, YES) {
            self.said.push("Which ones?".to_owned());
            return Verdict::GoOn;
        }
        if matches!(asked, Some(Ask::Name | Ask::Place)) && is_one(&bare, YES) {
            self.said
                .push("Say it in a few words, or “skip”.".to_owned());
            return Verdict::GoOn;
        }
        self.steered = false;
        let first = words.first().copied().unwrap_or_default();
        if text.asks || OTHERS.contains(&first) {
            return Verdict::NotMine;
        }
        match &asked {
            Some(Ask::Name) => return self.name(message),
            Some(Ask::Place) => return self.place(message),
            _ => {}
        }
        if let Some(verdict) = self.renamed(message, &bare) {
            return verdict;
        }
        if let Some(verdict) = self.removed(message, &bare) {
            return verdict;
        }
        let current = self.progress.current.clone();
        let asked_room = match &asked {
            Some(Ask::Things { room } | Ask::Doors { room }) => Some(room.clone()),
            _ => None,
        };
        let heard = read(message, self.house, asked_room.or(current).as_deref());
        self.heard(message, &bare, heard, asked.as_ref())
    }

    fn answered(&mut self) -> Verdict {
        self.progress.answered = self.progress.answered.saturating_add(1);
        Verdict::GoOn
    }

    /// What was asked last is not asked again.
    fn next(&mut self) {
        match self.progress.asked.clone() {
            Some(Ask::Name) => self.progress.pass("name", ""),
            Some(Ask::Place) => self.progress.pass("place", ""),
            Some(Ask::Rooms) => self.progress.pass("rooms", ""),
            Some(Ask::Doors { room }) => self.progress.pass("doors", &room),
            Some(Ask::Things { room }) => self.progress.pass("things", &room),
            Some(Ask::Where { mention }) => {
                self.progress.pass("where", &mention.to_string());
                self.weigh(mention);
            }
            Some(Ask::Connect { mention, these }) => self.not(mention, &these),
            Some(Ask::More) | None => {}
        }
    }

    fn undo(&mut self) {
        let Some(back) = self.progress.undo.pop() else {
            self.said
                .push("There is nothing that I could take back.".to_owned());
            return;
        };
        for effect in &back {
            if let Effect::Forget { key } = effect {
                self.progress
                    .mentions
                    .retain(|mention| mention.note.as_ref() != Some(key));
            }
            if let Effect::Unmake { name } = effect
                && self
                    .progress
                    .current
                    .as_deref()
                    .is_some_and(|room| plain(room) == plain(name))
            {
                self.progress.current = None;
            }
        }
        self.said.push("I take that back.".to_owned());
        self.effects = back;
    }

    fn name(&mut self, message: &str) -> Verdict {
        let name = after_any(
            message,
            &[
                "the house is called ",
                "our house is called ",
                "my house is called ",
                "it is called ",
                "it's called ",
                "its name is ",
                "the name is ",
                "we call it ",
                "i call it ",
                "call it ",
                "call yourself ",
                "you are called ",
                "your name is ",
                "you are ",
                "name it ",
                "let's call it ",
                "let us call it ",
            ],
        );
        let name = cleaned(name);
        if name.is_empty() || name.chars().count() > NAME {
            self.said
                .push(format!("A name has 1 to {NAME} characters."));
            return Verdict::GoOn;
        }
        self.effects.push(Effect::Name { name: name.clone() });
        self.back.push(Effect::Name {
            name: self.house.name.clone(),
        });
        self.said.push(format!("{name} it is."));
        self.progress.named = Some(name);
        self.progress.pass("name", "");
        self.answered()
    }

    fn place(&mut self, message: &str) -> Verdict {
        let place = cleaned(after_any(
            message,
            &[
                "the house stands in ",
                "it stands in ",
                "the house is in ",
                "it is in ",
                "it's in ",
                "we live in ",
                "i live in ",
                "we are in ",
                "we're in ",
                "in ",
            ],
        ));
        if place.is_empty() || place.chars().count() > 120 {
            self.said
                .push("A place in a few words is enough, such as “in Utrecht”.".to_owned());
            return Verdict::GoOn;
        }
        self.effects.push(Effect::Place {
            text: place.clone(),
        });
        self.said.push(if self.house.located {
            format!("I keep that: {place}.")
        } else {
            format!(
                "I keep that: {place}. For sunrise and sunset I need it on the map: say “we live at” and the address later on, and I ask before I look it up."
            )
        });
        self.progress.place = Some(place);
        self.progress.pass("place", "");
        self.answered()
    }

    fn is_there(&self, name: &str) -> bool {
        self.house.area(name).is_some() || self.made.contains(&plain(name))
    }

    /// Makes the areas that are not there yet; the names of those that were made.
    fn make(&mut self, rooms: &[Room]) -> Vec<String> {
        let mut names = Vec::new();
        for room in rooms {
            if self.is_there(&room.name) {
                continue;
            }
            self.made.insert(plain(&room.name));
            self.effects.push(Effect::Area {
                name: room.name.clone(),
                floor: room.floor.clone(),
            });
            self.back.push(Effect::Unmake {
                name: room.name.clone(),
            });
            names.push(room.name.clone());
        }
        names
    }

    fn make_one(&mut self, name: &str) {
        self.make(&[Room {
            name: name.to_owned(),
            known: false,
            floor: None,
            at: 0,
        }]);
    }

    fn join(&mut self, one: &str, other: &str) -> bool {
        if plain(one) == plain(other) || self.house.connected(one, other) {
            return false;
        }
        let (one, other) = (one.to_owned(), other.to_owned());
        self.effects.push(Effect::Connect {
            one: one.clone(),
            other: other.clone(),
        });
        self.back.push(Effect::Disconnect { one, other });
        true
    }

    fn heard(&mut self, message: &str, bare: &str, heard: Heard, asked: Option<&Ask>) -> Verdict {
        if !heard.unknown.is_empty() {
            return self.not_all_known(message, bare, &heard, asked);
        }
        if heard.rooms.is_empty() && heard.things.is_empty() {
            return Verdict::NotMine;
        }
        if let Some(Ask::Where { mention }) = asked
            && heard.things.is_empty()
            && let [room] = &heard.rooms[..]
        {
            let made = self.make(std::slice::from_ref(room));
            self.tell_made(&made);
            if let Some(it) = self.progress.mention(*mention) {
                it.room = Some(room.name.clone());
                it.room_said = true;
            }
            self.progress.pass("where", &mention.to_string());
            self.weigh(*mention);
            return self.answered();
        }
        if !heard.things.is_empty() {
            return self.things(&heard);
        }
        if heard.denied && heard.doorways {
            return self.apart(&heard);
        }
        if heard.denied {
            return match &heard.rooms[..] {
                [room] => self.remove(&room.name.clone()),
                _ => Verdict::NotMine,
            };
        }
        if heard.goes && heard.from.is_none() && heard.rooms.len() == 1 {
            return self.go(&heard.rooms[0]);
        }
        if heard.doorways || matches!(asked, Some(Ask::Doors { .. })) {
            return self.doorways(message, &heard, asked);
        }
        self.rooms(&heard.rooms)
    }

    fn tell_made(&mut self, made: &[String]) {
        if !made.is_empty() {
            self.said.push(format!(
                "{} on the map.",
                capital(&is_are(made, "is", "are"))
            ));
        }
    }

    fn rooms(&mut self, rooms: &[Room]) -> Verdict {
        let made = self.make(rooms);
        if made.is_empty() {
            let names: Vec<String> = rooms.iter().map(|room| room.name.clone()).collect();
            self.said
                .push(format!("I know {} already.", listed(&names)));
            if let [room] = rooms {
                self.progress.current = Some(room.name.clone());
            }
        } else {
            self.tell_made(&made);
            if self.progress.current.is_none() {
                self.progress.current = made.first().cloned();
            }
        }
        self.progress.pass("rooms", "");
        self.answered()
    }

    fn go(&mut self, room: &Room) -> Verdict {
        let made = self.make(std::slice::from_ref(room));
        let here = self.progress.current.replace(room.name.clone());
        match here.filter(|here| plain(here) != plain(&room.name)) {
            // Whoever walks into a room that nobody knew came through a doorway.
            Some(here) if !made.is_empty() && self.join(&here, &room.name) => {
                self.said.push(format!(
                    "{} is on the map, with a doorway to {}; say “undo” if that is not so.",
                    room.name,
                    the(&here)
                ));
            }
            _ => {
                self.tell_made(&made);
                self.said
                    .push(format!("We are in {} now.", the(&room.name)));
            }
        }
        self.progress.pass("rooms", "");
        self.answered()
    }

    /// From where the doorways lead, and where to.
    fn ends(
        &self,
        message: &str,
        heard: &Heard,
        asked: Option<&Ask>,
    ) -> Option<(String, Vec<Room>)> {
        let here = match asked {
            Some(Ask::Doors { room }) => Some(room.clone()),
            _ => self.progress.current.clone(),
        };
        let mut rooms = heard.rooms.clone();
        if let Some(from) = heard.from.filter(|from| *from < rooms.len()) {
            let from = rooms.remove(from);
            return Some((from.name, rooms));
        }
        let between = folded(message).contains("between ");
        let said_as_end = led_to(message, &rooms);
        if rooms.len() > 1 && (between || !said_as_end && heard.doorways) {
            let from = rooms.remove(0);
            return Some((from.name, rooms));
        }
        Some((here?, rooms))
    }

    fn doorways(&mut self, message: &str, heard: &Heard, asked: Option<&Ask>) -> Verdict {
        let Some((from, to)) = self.ends(message, heard, asked) else {
            self.said.push(
                "From where? Say it with both, such as “the hall leads to the kitchen”.".to_owned(),
            );
            return Verdict::GoOn;
        };
        self.make_one(&from);
        let made = self.make(&to);
        let mut joined = Vec::new();
        for room in &to {
            if self.join(&from, &room.name) {
                joined.push(room.name.clone());
            }
        }
        self.tell_made(&made);
        if joined.is_empty() {
            self.said.push("I have these doorways already.".to_owned());
        } else {
            let names: Vec<String> = joined.iter().map(|name| the(name)).collect();
            self.said.push(format!(
                "From {} one gets to {}, and back.",
                the(&from),
                listed(&names)
            ));
        }
        self.progress.pass("doors", &from);
        if self.progress.current.is_none() {
            self.progress.current = Some(from);
        }
        self.answered()
    }

    fn apart(&mut self, heard: &Heard) -> Verdict {
        let names: Vec<String> = heard.rooms.iter().map(|room| room.name.clone()).collect();
        let (from, to) = match (&names[..], self.progress.current.clone()) {
            ([one, others @ ..], _) if !others.is_empty() => (one.clone(), others.to_vec()),
            ([one], Some(current)) => (current, vec![one.clone()]),
            _ => return Verdict::NotMine,
        };
        let mut gone = Vec::new();
        for other in &to {
            if self.house.connected(&from, other) {
                self.effects.push(Effect::Disconnect {
                    one: from.clone(),
                    other: other.clone(),
                });
                self.back.push(Effect::Connect {
                    one: from.clone(),
                    other: other.clone(),
                });
                gone.push(the(other));
            }
        }
        self.said.push(if gone.is_empty() {
            "There is none on my map either.".to_owned()
        } else {
            format!(
                "There is no doorway from {} to {} any more.",
                the(&from),
                listed(&gone)
            )
        });
        self.answered()
    }

    /// “Rename the office to study”, “it is called the study”.
    fn renamed(&mut self, message: &str, bare: &str) -> Option<Verdict> {
        let lower = message.to_ascii_lowercase();
        let (from, to) = if bare.starts_with("rename ") || bare.starts_with("change the name of ") {
            let begin = if bare.starts_with("rename ") {
                "rename "
            } else {
                "change the name of "
            };
            let rest = lower.find(begin).map(|at| at + begin.len())?;
            let (from, to) = split_at_word(&message[rest..], &[" to ", " into ", " as "])?;
            (from.to_owned(), to.to_owned())
        } else if let Some((from, to)) = split_at_word(
            message,
            &[
                " is actually called ",
                " is really called ",
                " is called ",
                "'s called ",
                "’s called ",
            ],
        ) {
            (from.to_owned(), to.to_owned())
        } else if let Some(to) = ["call it ", "call this room ", "call this "]
            .iter()
            .find_map(|begin| {
                lower
                    .strip_prefix(begin)
                    .map(|rest| &message[message.len() - rest.len()..])
            })
        {
            ("it".to_owned(), to.to_owned())
        } else {
            return None;
        };
        let from = without_article(&cleaned(&from)).to_owned();
        let from = match plain(&from).trim_start_matches("no ") {
            "it" | "this" | "this room" | "here" | "that" => self.progress.current.clone()?,
            _ => self.house.area(&from)?.name.clone(),
        };
        let to = capital(without_article(&cleaned(&to)));
        if to.is_empty() || to.chars().count() > NAME {
            self.said
                .push(format!("A name has 1 to {NAME} characters."));
            return Some(Verdict::GoOn);
        }
        if plain(&to) != plain(&from) && self.is_there(&to) {
            self.said
                .push(format!("Another one is called {to} already."));
            return Some(Verdict::GoOn);
        }
        self.effects.push(Effect::Rename {
            from: from.clone(),
            to: to.clone(),
        });
        self.back.push(Effect::Rename {
            from: to.clone(),
            to: from.clone(),
        });
        self.said.push(format!("{from} is called {to} now."));
        let moved: Vec<String> = self
            .progress
            .passed
            .iter()
            .filter_map(|passed| {
                let (what, room) = passed.split_once(':')?;
                (room == plain(&from)).then(|| key(what, &to))
            })
            .collect();
        self.progress.passed.extend(moved);
        if self
            .progress
            .current
            .as_deref()
            .is_some_and(|room| plain(room) == plain(&from))
        {
            self.progress.current = Some(to.clone());
        }
        for mention in &mut self.progress.mentions {
            if mention
                .room
                .as_deref()
                .is_some_and(|room| plain(room) == plain(&from))
            {
                mention.room = Some(to.clone());
            }
        }
        Some(self.answered())
    }

    fn removed(&mut self, message: &str, bare: &str) -> Option<Verdict> {
        let lower = message.to_ascii_lowercase();
        let begin = ["remove ", "delete ", "forget "]
            .into_iter()
            .find(|begin| bare.starts_with(begin))?;
        let at = lower.find(begin)? + begin.len();
        let name = cleaned(&message[at..]);
        let name = without_article(&name);
        let name = self.house.area(name)?.name.clone();
        Some(self.remove(&name))
    }

    fn remove(&mut self, name: &str) -> Verdict {
        let Some(area) = self.house.area(name) else {
            self.said
                .push(format!("There is no {name} on my map either."));
            return Verdict::GoOn;
        };
        let here: Vec<String> = self
            .house
            .devices
            .iter()
            .filter(|device| device.area == Some(area.id))
            .map(|device| device.name.clone())
            .collect();
        if !here.is_empty() {
            self.said.push(format!(
                "{} in {}, so I leave it. Say where they belong first.",
                capital(&is_are(&here, "stands", "stand")),
                the(&area.name)
            ));
            return Verdict::GoOn;
        }
        self.effects.push(Effect::Unmake {
            name: area.name.clone(),
        });
        for neighbour in &area.neighbours {
            if let Some(neighbour) = self.house.area_of(*neighbour) {
                self.back.push(Effect::Connect {
                    one: area.name.clone(),
                    other: neighbour.name.clone(),
                });
            }
        }
        self.back.push(Effect::Area {
            name: area.name.clone(),
            floor: area.floor.clone().map(|floor| {
                let level = self.house.floors.iter().find(|(name, _)| *name == floor);
                let level = level.map_or(0, |(_, level)| *level);
                (floor, level)
            }),
        });
        self.said.push(format!("{} is off the map.", area.name));
        if self
            .progress
            .current
            .as_deref()
            .is_some_and(|room| plain(room) == plain(name))
        {
            self.progress.current = None;
        }
        self.answered()
    }

    fn things(&mut self, heard: &Heard) -> Verdict {
        let mut rooms: Vec<Room> = heard.rooms.clone();
        rooms.retain(|room| {
            heard
                .things
                .iter()
                .any(|thing| thing.room.as_deref() == Some(room.name.as_str()))
        });
        let made = self.make(&rooms);
        self.tell_made(&made);
        if self.progress.current.is_none() {
            self.progress.current = rooms.first().map(|room| room.name.clone());
        }
        if self.progress.mentions.len() + heard.things.len() > MENTIONS {
            self.said.push(format!(
                "I keep at most {MENTIONS} things of one interview."
            ));
            return Verdict::GoOn;
        }
        for thing in &heard.things {
            let same = self.progress.mentions.iter().any(|mention| {
                mention.kind == thing.kind
                    && mention.maker == thing.maker
                    && folded(&mention.text) == folded(&thing.text)
                    && mention.room.as_deref().map(plain) == thing.room.as_deref().map(plain)
            });
            if same {
                self.said
                    .push(format!("I have the {} already.", thing.text));
                continue;
            }
            let id = self
                .progress
                .mentions
                .iter()
                .map(|mention| mention.id)
                .max()
                .unwrap_or(0)
                + 1;
            self.progress.mentions.push(Mention {
                id,
                text: thing.text.clone(),
                count: thing.count,
                maker: thing.maker.clone(),
                kind: thing.kind,
                room: thing.room.clone(),
                room_said: thing.room_said,
                confidence: thing.confidence,
                ..Mention::default()
            });
            if thing.room.is_some() {
                self.weigh(id);
            }
        }
        self.answered()
    }

    /// Looks for what a mention may mean: known already, to be asked about, or noted.
    fn weigh(&mut self, id: u32) {
        let Some(mention) = self.progress.mention(id).cloned() else {
            return;
        };
        let group = group(&mention, self.house);
        let there = |candidate: &Candidate| match candidate.what {
            What::Device(device) => self
                .house
                .devices
                .iter()
                .find(|it| it.id == device)
                .and_then(|it| it.area)
                .and_then(|area| self.house.area_of(area))
                .is_some_and(|area| {
                    mention
                        .room
                        .as_deref()
                        .is_some_and(|room| plain(room) == plain(&area.name))
                }),
            What::Found(_) => false,
        };
        if !group.is_empty() && group.iter().all(there) {
            let names: Vec<String> = group.iter().map(|one| one.name.clone()).collect();
            self.said.push(format!(
                "{} already, where {}.",
                capital(&format!("I know {}", listed(&names))),
                if names.len() == 1 {
                    "it belongs"
                } else {
                    "they belong"
                }
            ));
            let devices = group.iter().filter_map(|one| match one.what {
                What::Device(device) => Some(device),
                What::Found(_) => None,
            });
            let devices: Vec<_> = devices.collect();
            if let Some(mention) = self.progress.mention(id) {
                mention.state = MentionState::Connected;
                mention.devices = devices;
            }
            return;
        }
        if !group.is_empty() {
            // It is asked about.
            return;
        }
        self.note(id);
    }

    /// Nothing reaches it: a note says that it is there, and what it would take.
    fn note(&mut self, id: u32) {
        let Some(mention) = self.progress.mention(id).cloned() else {
            return;
        };
        let room = mention
            .room
            .as_deref()
            .map(|room| format!(" in {}", the(room)))
            .unwrap_or_default();
        let thing = worded(&mention);
        let needs = needed(mention.maker.as_deref(), self.house);
        let key = format!(
            "interview.{}",
            slug(&format!(
                "{}-{}",
                mention.room.as_deref().unwrap_or("house"),
                mention.text
            ))
        );
        self.effects.push(Effect::Note {
            key: key.clone(),
            text: format!(
                "There {} {thing}{room}; nothing reaches {} yet.",
                if is_many(&mention) { "are" } else { "is" },
                if is_many(&mention) { "them" } else { "it" }
            ),
            area: mention.room.clone(),
        });
        self.back.push(Effect::Forget { key: key.clone() });
        self.said.push(format!(
            "I find no {} yet, so I note that. What it takes: {needs}.",
            mention.text
        ));
        self.progress.notes = self.progress.notes.saturating_add(1);
        if let Some(mention) = self.progress.mention(id) {
            mention.state = MentionState::Noted;
            mention.note = Some(key);
        }
    }

    /// These are what was mentioned.
    fn connect(&mut self, id: u32, these: &[What]) {
        let Some(mention) = self.progress.mention(id).cloned() else {
            return;
        };
        for what in these {
            match what {
                What::Found(discovery) => self.effects.push(Effect::Adopt {
                    discovery: *discovery,
                    area: mention.room.clone(),
                    mention: id,
                }),
                What::Device(device) => {
                    let before = self
                        .house
                        .devices
                        .iter()
                        .find(|it| it.id == *device)
                        .and_then(|it| it.area)
                        .and_then(|area| self.house.area_of(area))
                        .map(|area| area.name.clone());
                    if mention.room.is_some() {
                        self.effects.push(Effect::Move {
                            device: *device,
                            area: mention.room.clone(),
                        });
                        self.back.push(Effect::Move {
                            device: *device,
                            area: before,
                        });
                    }
                }
            }
        }
        if let Some(key) = mention.note {
            self.effects.push(Effect::Promote { key, mention: id });
        }
        if let Some(mention) = self.progress.mention(id) {
            mention.state = MentionState::Connected;
            mention.note = None;
            mention
                .devices
                .extend(these.iter().filter_map(|what| match what {
                    What::Device(device) => Some(*device),
                    What::Found(_) => None,
                }));
        }
    }

    /// These are not what was mentioned.
    fn not(&mut self, id: u32, these: &[What]) {
        if let Some(mention) = self.progress.mention(id) {
            mention.not.extend(these.iter().copied());
        }
        self.weigh(id);
    }

    /// Something in it has no name that one knows: a note, names of rooms, or not for the interview.
    fn not_all_known(
        &mut self,
        message: &str,
        bare: &str,
        heard: &Heard,
        asked: Option<&Ask>,
    ) -> Verdict {
        if heard
            .unknown
            .iter()
            .any(|word| word == "bedrooms" || word == "bathrooms" || word == "rooms")
            && heard.things.is_empty()
        {
            self.said
                .push("How many? Say it with a number, such as “two bedrooms”.".to_owned());
            return Verdict::GoOn;
        }
        if let Some(text) = noted(message, bare) {
            let area = heard.rooms.first().map(|room| room.name.clone());
            let area = area
                .filter(|name| self.is_there(name))
                .or_else(|| self.progress.current.clone());
            let key = format!("interview.{}", slug(&text));
            self.effects.push(Effect::Note {
                key: key.clone(),
                text: text.clone(),
                area,
            });
            self.back.push(Effect::Forget { key });
            self.said.push("I note that.".to_owned());
            self.progress.notes = self.progress.notes.saturating_add(1);
            return Verdict::GoOn;
        }
        let wants_rooms = matches!(
            asked,
            Some(Ask::Rooms | Ask::Doors { .. } | Ask::Where { .. })
        );
        if !wants_rooms || !heard.things.is_empty() {
            return Verdict::NotMine;
        }
        let Some(names) = names(message) else {
            return Verdict::NotMine;
        };
        let rooms: Vec<Room> = names
            .into_iter()
            .map(|name| Room {
                known: self.house.area(&name).is_some(),
                name: self
                    .house
                    .area(&name)
                    .map_or(name, |area| area.name.clone()),
                floor: None,
                at: 0,
            })
            .collect();
        let plainly = Heard {
            rooms,
            ..Heard::default()
        };
        self.heard(message, bare, plainly, asked)
    }
}
