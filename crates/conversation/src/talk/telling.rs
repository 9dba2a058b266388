//! What is asked of the house, answered from its twins: every figure has the row that it came from.

use super::answer::{Answer, Evidence};
use super::{Turn, words};
use crate::house::Thing;
use crate::lang::{Attr, Noun, State, Way};
use crate::reading;
use crate::understand::{Asked, Quantity, Question};
use mind::insights::{Counts, counts};
use model::{Connectivity, DeviceId, DeviceKind, Path, Presence, Value};
use twin::DeviceTwin;

/// How many things are named at most.
const NAMED: usize = 8;

/// How many rows an answer carries.
const ROWS: usize = 50;

/// A value that is older than this is said with its age, in seconds.
const OLD: i64 = 6 * 3_600;

impl Turn<'_> {
    pub(super) async fn tell(&self, question: &Question) -> Answer {
        let answer = match question.asked {
            Asked::When | Asked::HowLong | Asked::Who | Asked::Why => self.past(question).await,
            Asked::Present | Asked::Where => self.where_is(question),
            Asked::Extreme(way) => self.extreme(question, way),
            _ if !question.people.is_empty()
                || question.things.is_empty()
                    && matches!(question.state, Some(State::Home | State::Away)) =>
            {
                self.where_is(question)
            }
            _ if question.things.is_empty() && question.state == Some(State::Occupied) => {
                self.senses_nobody()
            }
            _ if question.past.is_some() => self.back_then(question).await,
            Asked::Value => self.value(question),
            Asked::Is | Asked::Which | Asked::Count => match question.state {
                Some(state) => self.state(question, state),
                None => self.list(question),
            },
        };
        let mut answer = answer.slot(
            "devices",
            self.slugs(&question.things[..question.things.len().min(ROWS)]),
        );
        if let Some(state) = question.state {
            answer = answer.slot("state", state.key());
        }
        if let Some(attr) = question.attr {
            answer = answer.slot("quantity", attr.key());
        }
        answer.response = self.with_repairs(&answer.response);
        answer
    }

    /// “Is anyone upstairs?”, where nothing tells of motion.
    fn senses_nobody(&self) -> Answer {
        let mut answer = Answer::of(
            "question.is",
            "I can't tell: nothing there senses whether somebody is there.",
        );
        if !self.snapshot.people.is_empty() {
            let home = self.at_home();
            let names: Vec<String> = home.iter().map(|person| person.name.clone()).collect();
            let text = match names.len() {
                0 => " As far as I know nobody is at home.".to_owned(),
                1 => format!(" {} is at home.", names[0]),
                _ => format!(" {} are at home.", words::listed(&names, 6)),
            };
            answer.response.push_str(&text);
        }
        answer
    }

    /// The row behind a property.
    pub(super) fn row(&self, id: DeviceId, path: Path) -> Evidence {
        let twin = self.snapshot.devices.get(&id);
        let reported = twin.and_then(|twin| twin.reported(path));
        Evidence {
            kind: "property",
            device: Some(id),
            name: self.name(id),
            path: Some(path.to_string()),
            value: reported.and_then(|reported| reported.value.clone()),
            unit: path.property.unit.map(model::Unit::symbol),
            at: reported.map(|reported| reported.at),
            since: reported.map(|reported| reported.since),
            stale: reported.is_some_and(|reported| reported.stale),
            text: None,
            reference: None,
        }
    }

    /// What has to be said about how sure a value is.
    pub(super) fn doubt(&self, twin: &DeviceTwin, path: Path) -> String {
        let Some(reported) = twin.reported(path) else {
            return String::new();
        };
        if twin.connectivity == Connectivity::Offline {
            return format!(
                " (it does not answer; that was {})",
                words::moment(reported.at, self.now, &self.wires.zone)
            );
        }
        if reported.stale {
            return format!(
                " (from before the last restart, {})",
                words::moment(reported.at, self.now, &self.wires.zone)
            );
        }
        // A state may stand for days; a measurement that does is old.
        if path.property.telemetry && self.now.duration_since(reported.at).as_secs() > OLD {
            return format!(
                " (last heard {})",
                words::moment(reported.at, self.now, &self.wires.zone)
            );
        }
        String::new()
    }

    fn state(&self, question: &Question, state: State) -> Answer {
        let mut yes: Vec<DeviceId> = Vec::new();
        let mut no: Vec<DeviceId> = Vec::new();
        let mut unknown: Vec<DeviceId> = Vec::new();
        let mut evidence = Vec::new();
        for id in &question.things {
            let Some((thing, twin)) = self.thing(*id) else {
                continue;
            };
            let holds = reading::holds(state, thing, twin);
            match holds {
                Some(true) => yes.push(*id),
                Some(false) => no.push(*id),
                None => unknown.push(*id),
            }
            if let Some((path, _)) = reading::test(state, thing) {
                evidence.push((holds == Some(true), self.row(*id, path)));
            }
        }
        // Those that are so come first.
        evidence.sort_by_key(|(holds, _)| !holds);
        let word = words::state(state);
        let names = |ids: &[DeviceId]| {
            words::listed(
                &ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>(),
                NAMED,
            )
        };
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        let kind = kind_words(question.noun);
        let unknowns = if unknown.is_empty() {
            String::new()
        } else {
            format!(" I don't know about {}.", names(&unknown))
        };
        let text = match (question.asked, question.quantity) {
            (Asked::Count, _) => match yes.len() {
                0 => format!(
                    "None of {} {kind} is {word}.{unknowns}",
                    question.things.len()
                ),
                count => format!(
                    "{count} of {} {kind} {} {word}: {}.{unknowns}",
                    question.things.len(),
                    is(count),
                    names(&yes)
                ),
            },
            (Asked::Which, _) => match yes.len() {
                0 => format!(
                    "None {} {word}.{unknowns}",
                    if question.things.len() == 1 {
                        "is"
                    } else {
                        "of them is"
                    }
                ),
                count => format!("{} {} {word}.{unknowns}", names(&yes), is(count)),
            },
            (_, Quantity::Each) if question.things.len() == 1 => {
                self.single(question.things[0], state)
            }
            (_, Quantity::Each) => {
                let parts: Vec<String> = question
                    .things
                    .iter()
                    .take(NAMED)
                    .map(|id| self.single(*id, state))
                    .collect();
                parts.join(" ")
            }
            (_, Quantity::All) if no.is_empty() && !yes.is_empty() => {
                let all = if yes.len() == 1 {
                    format!("Yes, {} is {word}.", names(&yes))
                } else if yes.len() == 2 {
                    format!("Yes, {} are both {word}.", names(&yes))
                } else {
                    format!("Yes, all {} {kind} are {word}.", yes.len())
                };
                format!("{all}{unknowns}")
            }
            (_, Quantity::All) if yes.is_empty() && !no.is_empty() => match no.len() {
                1 => self.single(no[0], state),
                count => format!("No, none of the {count} {kind} is {word}.{unknowns}"),
            },
            (_, Quantity::All) if no.is_empty() => {
                format!("I don't know: {} never said so.", names(&unknown))
            }
            (_, Quantity::All) => {
                format!("No: {} {} not {word}.{unknowns}", names(&no), is(no.len()))
            }
            (_, Quantity::Any) if !yes.is_empty() => {
                format!("Yes: {} {} {word}.{unknowns}", names(&yes), is(yes.len()))
            }
            (_, Quantity::Any) if no.is_empty() => {
                format!("I don't know: {} never said so.", names(&unknown))
            }
            (_, Quantity::Any) if no.len() == 1 => {
                format!("No, {} is not {word}.{unknowns}", names(&no))
            }
            (_, Quantity::Any) => format!("No, none of {} {kind} is {word}.{unknowns}", no.len()),
        };
        let mut answer = Answer::of(format!("question.{}", asked_word(question.asked)), text);
        answer = answer.slot("count", yes.len());
        answer.evidence = evidence
            .into_iter()
            .map(|(_, row)| row)
            .take(ROWS)
            .collect();
        answer.suggestions = self.next_after(state, &yes);
        answer
    }

    /// “Yes, the hall lamp is on.” “No, the front door is unlocked.”
    fn single(&self, id: DeviceId, state: State) -> String {
        let Some((thing, twin)) = self.thing(id) else {
            return String::new();
        };
        let name = &thing.device.name;
        let path = reading::test(state, thing).map(|(path, _)| path);
        let doubt = path.map(|path| self.doubt(twin, path)).unwrap_or_default();
        match reading::holds(state, thing, twin) {
            Some(true) => format!("Yes, {name} is {}{doubt}.", words::state(state)),
            Some(false) => {
                let now = path.and_then(|path| {
                    let value = twin.value(path)?;
                    match value {
                        Value::Number(_)
                            if !matches!(state, State::Low | State::Open | State::Closed) =>
                        {
                            None
                        }
                        _ => Some(words::with_unit(path, value, None)),
                    }
                });
                match (state, now) {
                    (State::Open | State::Closed, Some(value)) if value.ends_with('%') => {
                        let text = if value == "0 %" {
                            "closed".to_owned()
                        } else if value == "100 %" {
                            "open".to_owned()
                        } else {
                            format!("{value} open")
                        };
                        format!("No, {name} is {text}{doubt}.")
                    }
                    (_, Some(value)) if value != words::state(state) => {
                        format!("No, {name} is {value}{doubt}.")
                    }
                    _ => format!("No, {name} is not {}{doubt}.", words::state(state)),
                }
            }
            None => format!(
                "I don't know: {name} has never said whether it is {}.",
                words::state(state)
            ),
        }
    }

    fn next_after(&self, state: State, so: &[DeviceId]) -> Vec<String> {
        let one = |verb: &str| {
            so.first()
                .filter(|_| so.len() == 1)
                .map(|id| format!("{verb} {}", self.name(*id)))
        };
        match state {
            State::On => one("Turn off").into_iter().collect(),
            State::Unlocked => one("Lock").into_iter().collect(),
            State::Open => one("Why is it open:")
                .map(|_| format!("When was {} opened?", self.name(so[0])))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    fn list(&self, question: &Question) -> Answer {
        let count = question.things.len();
        let names: Vec<String> = question.things.iter().map(|id| self.name(*id)).collect();
        let (count, names) = match question.noun {
            Some(Noun::Room) => {
                let rooms: Vec<String> = self
                    .snapshot
                    .areas
                    .values()
                    .map(|area| area.name.clone())
                    .collect();
                (rooms.len(), rooms)
            }
            Some(Noun::Floor) => {
                let floors: Vec<String> = self
                    .snapshot
                    .floors
                    .values()
                    .map(|floor| floor.name.clone())
                    .collect();
                (floors.len(), floors)
            }
            Some(Noun::Person) => {
                let people: Vec<String> = self
                    .snapshot
                    .people
                    .values()
                    .map(|person| person.name.clone())
                    .collect();
                (people.len(), people)
            }
            _ => (count, names),
        };
        let kind = kind_words(question.noun);
        let text = match count {
            0 => format!("There are no {kind}."),
            1 => format!("One: {}.", names[0]),
            count => format!("{count} {kind}: {}.", words::listed(&names, 20)),
        };
        let text =
            if question.quantity == Quantity::Any && question.asked == Asked::Which && count > 0 {
                format!("Yes. {text}")
            } else {
                text
            };
        let mut answer = Answer::of(format!("question.{}", asked_word(question.asked)), text)
            .slot("count", count);
        answer.evidence = question
            .things
            .iter()
            .take(ROWS)
            .map(|id| Evidence {
                kind: "device",
                device: Some(*id),
                name: self.name(*id),
                ..Evidence::default()
            })
            .collect();
        answer
    }

    fn value(&self, question: &Question) -> Answer {
        let attr = question.attr.unwrap_or(Attr::Status);
        let mut parts: Vec<(String, String)> = Vec::new();
        let mut evidence = Vec::new();
        let mut silent: Vec<String> = Vec::new();
        for id in question.things.iter().take(ROWS) {
            let Some((thing, twin)) = self.thing(*id) else {
                continue;
            };
            let paths: Vec<Path> = if attr == Attr::Status {
                main_paths(thing)
            } else {
                reading::source(attr, thing).into_iter().collect()
            };
            let mut said: Vec<String> = Vec::new();
            for path in paths {
                let row = self.row(*id, path);
                if let Some(value) = &row.value {
                    let own = own_unit(thing, path);
                    let text = words::with_unit(path, value, own);
                    let doubt = self.doubt(twin, path);
                    // What a status consists of is named, where its value alone does not say it.
                    let named = attr == Attr::Status
                        && matches!(value, Value::Number(_))
                        && path.property.name != "position";
                    said.push(if named {
                        format!("{} {text}{doubt}", path.property.title.to_lowercase())
                    } else {
                        format!("{text}{doubt}")
                    });
                } else if attr != Attr::Status {
                    silent.push(thing.device.name.clone());
                }
                evidence.push(row);
            }
            if said.is_empty() && attr == Attr::Status {
                silent.push(thing.device.name.clone());
            } else if !said.is_empty() {
                parts.push((thing.device.name.clone(), said.join(", ")));
            }
        }
        let what = words::attr(attr);
        let room = self.one_room(question);
        let text = match &parts[..] {
            [] if silent.is_empty() => "Nothing in the house can tell that.".to_owned(),
            [] => format!(
                "I don't know: {} never said so.",
                words::listed(&silent, NAMED)
            ),
            [(name, value)] => match attr {
                Attr::Status => format!("{name}: {value}."),
                Attr::Motion | Attr::Presence => format!(
                    "{}: {name} says “{value}”.",
                    if value == "occupied" || value == "at home" {
                        "Yes"
                    } else {
                        "No"
                    }
                ),
                Attr::Weather => format!("The weather is {value}{}.", self.more_weather(question)),
                _ => match room {
                    Some(room) if reading::is_ambient(attr) => {
                        format!("It is {value} in {room} ({what} of {name}).")
                    }
                    _ => format!("The {what} of {name} is {value}."),
                },
            },
            many => {
                let list: Vec<String> = many
                    .iter()
                    .take(NAMED)
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                let mean = self.mean(question, attr);
                let more = if many.len() > NAMED {
                    format!(" and {} more", many.len() - NAMED)
                } else {
                    String::new()
                };
                match mean {
                    Some(mean) => format!(
                        "{}: {}{more}. On average {mean}.",
                        words::sentence(&what).trim_end_matches('.'),
                        list.join(", ")
                    ),
                    None => format!(
                        "{}: {}{more}.",
                        words::sentence(&what).trim_end_matches('.'),
                        list.join(", ")
                    ),
                }
            }
        };
        let mut answer = Answer::of("question.value", text);
        answer.evidence = evidence;
        answer
    }

    /// The mean of temperatures and such over several things.
    fn mean(&self, question: &Question, attr: Attr) -> Option<String> {
        if !matches!(attr, Attr::Temperature | Attr::Humidity) {
            return None;
        }
        let mut path = None;
        let mut sum = 0.0;
        let mut count = 0.0;
        for id in &question.things {
            let (thing, twin) = self.thing(*id)?;
            let outside = thing
                .area
                .is_some_and(|area| self.house.rooms[area as usize].outside)
                || thing.device.kind == DeviceKind::Weather;
            if outside {
                return None;
            }
            let found = reading::source(attr, thing)?;
            if let Some(number) = twin.value(found).and_then(Value::as_number) {
                sum += number;
                count += 1.0;
            }
            path = Some(found);
        }
        (count > 1.0)
            .then(|| path.map(|path| words::with_unit(path, &Value::Number(sum / count), None)))?
    }

    fn more_weather(&self, question: &Question) -> String {
        let mut more = String::new();
        for id in &question.things {
            let Some((thing, twin)) = self.thing(*id) else {
                continue;
            };
            for attr in [Attr::Temperature, Attr::Wind] {
                if let Some(path) = reading::source(attr, thing)
                    && let Some(value) = twin.value(path)
                {
                    let text = words::with_unit(path, value, None);
                    more.push_str(&if attr == Attr::Wind {
                        format!(", wind {text}")
                    } else {
                        format!(", {text}")
                    });
                }
            }
        }
        more
    }

    /// The room that a question is about, where it is one.
    fn one_room(&self, question: &Question) -> Option<String> {
        match question.scope[..] {
            [crate::house::Place::Room(room)] => Some(self.house.rooms[room as usize].name.clone()),
            _ => None,
        }
    }

    fn extreme(&self, question: &Question, way: Way) -> Answer {
        let attr = question.attr.unwrap_or(Attr::Power);
        let by_room = question.noun == Some(Noun::Room)
            || reading::is_ambient(attr) && question.noun.is_none();
        let mut rows: Vec<(f64, String, DeviceId, Path)> = Vec::new();
        for id in &question.things {
            let Some((thing, twin)) = self.thing(*id) else {
                continue;
            };
            // A meter counts what others use; panels and batteries give.
            let meters = counts(&thing.device) != Counts::Itself
                || matches!(thing.device.kind, DeviceKind::Battery | DeviceKind::Weather);
            if matches!(attr, Attr::Power | Attr::Energy) && meters
                || by_room && thing.device.kind == DeviceKind::Weather
            {
                continue;
            }
            let room = thing.area.map(|area| &self.house.rooms[area as usize]);
            if by_room && question.scope.is_empty() && room.is_none_or(|room| room.outside) {
                continue;
            }
            let Some(path) = reading::source(attr, thing) else {
                continue;
            };
            let Some(number) = twin.value(path).and_then(Value::as_number) else {
                continue;
            };
            let name = if by_room {
                room.map_or_else(|| thing.device.name.clone(), |room| room.name.clone())
            } else {
                thing.device.name.clone()
            };
            rows.push((number, name, *id, path));
        }
        rows.sort_by(|a, b| {
            if way == Way::Up {
                b.0.total_cmp(&a.0)
            } else {
                a.0.total_cmp(&b.0)
            }
        });
        if by_room {
            let mut seen: Vec<String> = Vec::new();
            rows.retain(|row| {
                let fresh = !seen.contains(&row.1);
                seen.push(row.1.clone());
                fresh
            });
        }
        let what = words::attr(attr);
        let text = match &rows[..] {
            [] => format!("I don't know: nothing reports its {what} right now."),
            [one, rest @ ..] => {
                let value = |row: &(f64, String, DeviceId, Path)| {
                    words::with_unit(row.3, &Value::Number(row.0), None)
                };
                let next: Vec<String> = rest
                    .iter()
                    .take(2)
                    .map(|row| format!("{} with {}", row.1, value(row)))
                    .collect();
                let next = if next.is_empty() {
                    String::new()
                } else {
                    format!("; then {}", next.join(" and "))
                };
                let word = if way == Way::Up { "highest" } else { "lowest" };
                match attr {
                    Attr::Power => {
                        let word = if way == Way::Up { "most" } else { "least" };
                        format!(
                            "{} uses the {word} power right now: {}{next}.",
                            one.1,
                            value(one)
                        )
                    }
                    _ => format!("{} has the {word} {what}: {}{next}.", one.1, value(one)),
                }
            }
        };
        let mut answer = Answer::of("question.extreme", text);
        answer.evidence = rows
            .iter()
            .take(5)
            .map(|row| self.row(row.2, row.3))
            .collect();
        answer
    }

    /// Where people and things are, and who is at home.
    fn where_is(&self, question: &Question) -> Answer {
        let people: Vec<_> = self
            .snapshot
            .people
            .values()
            .filter(|person| question.people.is_empty() || question.people.contains(&person.id))
            .collect();
        let mut evidence: Vec<Evidence> = people
            .iter()
            .map(|person| Evidence {
                kind: "person",
                name: person.name.clone(),
                value: Some(presence_word(person.presence).into()),
                since: person.presence_since,
                reference: Some(person.id.to_string()),
                ..Evidence::default()
            })
            .collect();
        if question.asked == Asked::Where && question.people.is_empty() {
            let parts: Vec<String> = question
                .things
                .iter()
                .filter_map(|id| self.snapshot.devices.get(id))
                .map(|twin| {
                    let area = twin
                        .device
                        .area
                        .and_then(|area| self.snapshot.areas.get(&area));
                    match area {
                        Some(area) => format!("{} is in {}.", twin.device.name, area.name),
                        None => format!(
                            "{} is in the house, but in no room that I know of.",
                            twin.device.name
                        ),
                    }
                })
                .collect();
            return Answer::of("question.where", parts.join(" "));
        }
        let by = |presence: Presence| -> Vec<String> {
            people
                .iter()
                .filter(|person| person.presence == presence)
                .map(|person| person.name.clone())
                .collect()
        };
        let (home, away, unknown) = (
            by(Presence::Home),
            by(Presence::Away),
            by(Presence::Unknown),
        );
        let is = |names: &[String]| if names.len() == 1 { "is" } else { "are" };
        let unknowns = if unknown.is_empty() {
            String::new()
        } else {
            format!(" I don't know about {}.", words::listed(&unknown, NAMED))
        };
        let text = if people.is_empty() {
            "I know no people of this house yet.".to_owned()
        } else if !question.people.is_empty() {
            let each: Vec<String> = people
                .iter()
                .map(|person| {
                    let since = person
                        .presence_since
                        .map(|at| {
                            format!(
                                ", since {}",
                                words::moment(at, self.now, &self.wires.zone)
                                    .trim_start_matches("at ")
                            )
                        })
                        .unwrap_or_default();
                    match person.presence {
                        Presence::Home => format!(
                            "{}{} is at home{since}.",
                            if question.state == Some(State::Away) {
                                "No, "
                            } else if question.asked == Asked::Is {
                                "Yes, "
                            } else {
                                ""
                            },
                            person.name
                        ),
                        Presence::Away => format!(
                            "{}{} is away{since}.",
                            if question.state == Some(State::Home) && question.asked == Asked::Is {
                                "No, "
                            } else if question.asked == Asked::Is {
                                "Yes, "
                            } else {
                                ""
                            },
                            person.name
                        ),
                        Presence::Unknown => format!("I don't know where {} is.", person.name),
                    }
                })
                .collect();
            each.join(" ")
        } else {
            let wants_away = question.state == Some(State::Away);
            let shown = if wants_away { &away } else { &home };
            let word = if wants_away { "away" } else { "at home" };
            match (shown.len(), question.asked) {
                (0, _) if !unknown.is_empty() && (wants_away || away.is_empty()) => {
                    format!("I don't know.{unknowns}")
                }
                (0, Asked::Is) => format!("No, nobody is {word}.{unknowns}"),
                (0, _) => format!("Nobody is {word}.{unknowns}"),
                (_, Asked::Is) => format!(
                    "Yes, {} {} {word}.{unknowns}",
                    words::listed(shown, NAMED),
                    is(shown)
                ),
                (count, Asked::Count) => {
                    format!("{count}: {}.{unknowns}", words::listed(shown, NAMED))
                }
                _ => format!(
                    "{} {} {word}.{unknowns}",
                    words::listed(shown, NAMED),
                    is(shown)
                ),
            }
        };
        evidence.truncate(ROWS);
        let mut answer = Answer::of("question.presence", text);
        answer.evidence = evidence;
        answer
    }
}

pub(super) const fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Home => "home",
        Presence::Away => "away",
        Presence::Unknown => "unknown",
    }
}

pub(super) const fn asked_word(asked: Asked) -> &'static str {
    match asked {
        Asked::Is => "state",
        Asked::Value => "value",
        Asked::Count => "count",
        Asked::Which => "list",
        Asked::Extreme(_) => "extreme",
        Asked::Where => "where",
        Asked::When => "when",
        Asked::HowLong => "how_long",
        Asked::Who => "who",
        Asked::Why => "why",
        Asked::Present => "presence",
    }
}

fn kind_words(noun: Option<Noun>) -> String {
    let word = match noun {
        None | Some(Noun::Everything) => "things",
        Some(Noun::Switch) => "switches",
        Some(Noun::Battery) => "batteries",
        Some(Noun::Media) => "players",
        Some(Noun::Person) => "people",
        Some(noun) => return format!("{}s", noun.key().replace('_', " ")),
    };
    word.to_owned()
}

impl Turn<'_> {
    /// The properties that say how a device is.
    pub(super) fn telling_paths(&self, id: DeviceId) -> Vec<Path> {
        self.thing(id)
            .map(|(thing, _)| main_paths(thing))
            .unwrap_or_default()
    }
}

/// What a status consists of: the first properties that say how a device is.
fn main_paths(thing: &Thing) -> Vec<Path> {
    let names = [
        "on_off",
        "lock_state",
        "position",
        "open",
        "playback_state",
        "alarm_state",
        "state",
        "occupied",
        "leak",
        "smoke",
        "home",
        "current_level",
        "percent",
        "system_mode",
        "local_temperature",
        "heating_setpoint",
        "temperature",
        "humidity",
        "co2",
        "power",
        "battery",
        "condition",
        "illuminance",
        "mode",
        "title",
        "volume",
        "value",
        "text",
    ];
    let mut paths: Vec<Path> = Vec::new();
    for name in names {
        for instance in &thing.device.capabilities {
            if instance.property(name).is_some()
                && let Some(path) = instance.path(name)
            {
                paths.push(path);
            }
        }
    }
    paths.truncate(4);
    paths
}

/// The unit that a device itself names for a number of its own.
fn own_unit(thing: &Thing, path: Path) -> Option<&str> {
    thing
        .device
        .instance(path.endpoint, path.capability.name)?
        .property(path.property.name)?
        .unit
        .as_deref()
}
