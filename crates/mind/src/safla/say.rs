//! Evidence in words.

use super::recall::Recall;
use super::sense::{Component, Sensed, Thing};
use crate::Evidence;
use crate::concerns::Concerns;
use crate::detect::{is_silent, shown};
use crate::view::Concern;
use model::{Area, AreaId, Connectivity, DeviceId, DeviceKind};
use std::collections::{HashMap, HashSet};

/// How many pieces of evidence a sentence names.
const NAMED: usize = 3;

/// What evidence is put into words with.
pub(crate) struct Names<'a> {
    pub(crate) sensed: &'a Sensed,
    pub(crate) concerns: &'a [Concern],
    things: HashMap<DeviceId, &'a Thing>,
    areas: HashMap<AreaId, &'a Area>,
    /// What ended lately, with its title.
    ended: Vec<(model::ConcernId, String)>,
    /// What runs were called.
    runs: Vec<(model::RunId, String)>,
    /// What was away and answers again; it is trusted again only slowly.
    back: HashSet<DeviceId>,
}

impl<'a> Names<'a> {
    /// The words for a turn; `list` is what `concerns` has on.
    pub(crate) fn new(
        sensed: &'a Sensed,
        concerns: &Concerns,
        list: &'a [Concern],
        recall: &Recall,
    ) -> Self {
        let is_back = |thing: &Thing| {
            thing.connectivity == Connectivity::Online
                && thing.device.kind != DeviceKind::Person
                && recall.returned.contains_key(&thing.id())
                && !is_silent(thing, recall, sensed.at)
        };
        let things = sensed.things.iter();
        let runs = recall.runs.iter().map(|ran| (ran.run, ran.name.clone()));
        Self {
            sensed,
            concerns: list,
            back: (things.clone().filter(|thing| is_back(thing)))
                .map(Thing::id)
                .collect(),
            things: things.map(|thing| (thing.id(), thing)).collect(),
            areas: (sensed.areas.iter().map(|area| (area.id, &**area))).collect(),
            ended: concerns.over(sensed.at),
            runs: runs.collect(),
        }
    }

    fn device(&self, id: DeviceId) -> String {
        self.things.get(&id).map_or_else(
            || "a removed device".to_owned(),
            |thing| thing.device.name.clone(),
        )
    }

    fn area_of(&self, id: DeviceId) -> Option<&str> {
        let area = self.things.get(&id)?.device.area?;
        self.area(area)
    }

    fn area(&self, id: AreaId) -> Option<&str> {
        Some(&self.areas.get(&id)?.name)
    }

    fn component(&self, name: &str) -> Option<&Component> {
        self.sensed
            .components
            .iter()
            .find(|component| component.name == name)
    }

    /// One piece of evidence in a few words.
    fn say(&self, evidence: &Evidence) -> Option<String> {
        Some(match evidence {
            Evidence::Property {
                device,
                path,
                value,
                ..
            } => {
                let name = match (path.property.name, self.area_of(*device)) {
                    ("temperature" | "local_temperature" | "co2", Some(area)) => area.to_owned(),
                    _ => self.device(*device),
                };
                let unit = path.property.unit.map_or("", model::Unit::symbol);
                match value {
                    Some(model::Value::Number(number)) => {
                        format!("{name} at {} {unit}", shown(*number))
                    }
                    Some(value) => format!("{name}: {value}"),
                    None => name,
                }
            }
            Evidence::Connectivity { device, .. } | Evidence::History { device, .. } => {
                self.device(*device)
            }
            Evidence::Run { run, .. } => self
                .runs
                .iter()
                .find(|(id, _)| id == run)
                .map(|(_, name)| name.clone())?,
            Evidence::Presence { .. } | Evidence::Event { .. } | Evidence::Wish { .. } => {
                return None;
            }
            Evidence::Component { name, .. } => {
                match self.component(name).and_then(|all| all.message.as_ref()) {
                    Some(message) => format!("{name}: {message}"),
                    None => name.clone(),
                }
            }
            Evidence::Concern { concern, .. } => {
                let on = self
                    .concerns
                    .iter()
                    .find(|one| one.id == *concern)
                    .map(|one| one.title.clone());
                let title = on.or_else(|| {
                    let over = self.ended.iter().find(|(id, _)| id == concern);
                    over.map(|(_, title)| format!("{title} (it is over)"))
                })?;
                // It stands within a sentence.
                match title.strip_prefix("A ") {
                    Some(rest) => format!("a {rest}"),
                    None => title,
                }
            }
            Evidence::Area { area } => self.area(*area)?.to_owned(),
        })
    }

    /// Where or what a measurement was taken of, and what it was.
    fn measured(&self, evidence: &Evidence) -> Option<(String, String)> {
        let Evidence::Property {
            device,
            path,
            value: Some(model::Value::Number(number)),
            ..
        } = evidence
        else {
            return None;
        };
        let unit = path.property.unit.map_or("", model::Unit::symbol);
        let name = match path.property.name {
            "power" => self.device(*device),
            _ => self
                .area_of(*device)
                .map_or_else(|| self.device(*device), str::to_owned),
        };
        Some((name, format!("{} {unit}", shown(*number))))
    }

    /// Rooms with what is measured in them: how many, and the first few as `Hall 20 °C`. A room counts
    /// once, however many measure it.
    fn rooms(&self, evidence: &[Evidence]) -> (Vec<String>, String) {
        let (mut names, mut known) = (Vec::new(), HashSet::new());
        let mut shown = Vec::new();
        for (name, figure) in evidence.iter().filter_map(|one| self.measured(one)) {
            if known.insert(name.clone()) {
                if names.len() < NAMED {
                    shown.push(format!("{name} {figure}"));
                }
                names.push(name);
            }
        }
        if names.len() > NAMED {
            shown.push("…".to_owned());
        }
        (names, shown.join(", "))
    }

    /// What would make a measurement a better one.
    pub(crate) fn relief(&self, name: &str, evidence: &Evidence) -> Option<String> {
        let (place, figure) = self.measured(evidence)?;
        Some(match name {
            "discomfort" => format!("Bring {place} ({figure}) back to what is comfortable"),
            "stale_air" => format!("Let fresh air into {place} ({figure})"),
            _ => format!("Switch off what can wait: {place} draws {figure}"),
        })
    }

    /// Which devices do not answer, and which did not lately.
    fn silent(&self, evidence: &[Evidence]) -> String {
        let devices = evidence.iter().filter_map(Evidence::device);
        let (back, away): (Vec<_>, Vec<_>) = devices.partition(|device| self.back.contains(device));
        let said = |devices: &[DeviceId], one: &str, many: &str| {
            let names = devices.iter().take(NAMED).map(|id| self.device(*id));
            let names = names.collect::<Vec<_>>().join(", ");
            match devices.len() {
                0 => None,
                1 => Some(format!("{names} {one}")),
                count if count > NAMED => {
                    Some(format!("{names} and {} more {many}", count - NAMED))
                }
                _ => Some(format!("{names} {many}")),
            }
        };
        let away = said(&away, "does not answer", "do not answer");
        let back = said(
            &back,
            "was silent lately, and answers again",
            "were silent lately, and answer again",
        );
        let clauses: Vec<_> = away.into_iter().chain(back).collect();
        clauses.join(", and ")
    }

    /// A reason in one plain clause, as a person would say it after "because".
    pub(crate) fn reason(&self, name: &str, evidence: &[Evidence]) -> String {
        let mut said: Vec<String> = Vec::new();
        for one in evidence {
            if said.len() == NAMED {
                break;
            }
            // Of a room that is named once there is no need to name its other sensors.
            let place = |words: &str| words.split(" at ").next().map(str::to_owned);
            let known = |words: &String| said.iter().any(|one| place(one) == place(words));
            if let Some(words) = self.say(one).filter(|words| !known(words)) {
                said.push(words);
            }
        }
        let count = evidence.len();
        let left_out = said.len() == NAMED || said.is_empty();
        let more = match count.saturating_sub(said.len()) {
            _ if !left_out => String::new(),
            0 => String::new(),
            more if said.is_empty() => format!("{more}"),
            more => format!(" and {more} more"),
        };
        let said = said.join(", ");
        match name {
            "comfort" | "discomfort" => {
                let (rooms, shown) = self.rooms(evidence);
                let not = if name == "comfort" { "" } else { "not " };
                match &rooms[..] {
                    [room] => format!("{room} is {not}comfortable ({})", &shown[room.len() + 1..]),
                    _ => format!(
                        "{} rooms are {not}comfortable ({shown})",
                        number(rooms.len())
                    ),
                }
            }
            "fresh_air" => format!("the air is fresh ({})", self.rooms(evidence).1),
            "stale_air" => format!("the air is stale ({})", self.rooms(evidence).1),
            "devices_answering" => {
                let people = |thing: &&Thing| thing.device.kind == DeviceKind::Person;
                let all = self
                    .sensed
                    .things
                    .iter()
                    .filter(|thing| !people(thing))
                    .count();
                let said: HashSet<_> = evidence.iter().filter_map(Evidence::device).collect();
                let count = count + self.back.difference(&said).count();
                match (count, all) {
                    (1, 1) => "the only device answers".to_owned(),
                    _ if count >= all => format!("all {all} devices answer"),
                    _ => format!("{count} of {all} devices answer"),
                }
            }
            "devices_silent" => self.silent(evidence),
            "server_unwell" => format!("the server is not well ({said}{more})"),
            "high_power" => format!("much power is drawn ({})", self.rooms(evidence).1),
            "tasks_done" if count == 1 => format!("something was done{}", suffix(&said)),
            "tasks_done" => format!("{} things were done{}", number(count), suffix(&said)),
            "tasks_failed" if count == 1 => format!("something failed{}", suffix(&said)),
            "tasks_failed" => format!("{} things failed{}", number(count), suffix(&said)),
            "praise" => "somebody was pleased".to_owned(),
            "complaints" => "somebody was not pleased".to_owned(),
            "company" => "somebody is at home".to_owned(),
            "quiet" => "nobody has been at home for hours".to_owned(),
            "fair_weather" => "the weather is fair".to_owned(),
            "foul_weather" => "the weather is foul".to_owned(),
            _ => format!("{said}{more}"),
        }
    }
}

/// A small number in words.
fn number(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn suffix(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    }
}
