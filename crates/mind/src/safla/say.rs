//! Evidence in words.

use super::sense::{Component, Sensed};
use crate::Evidence;
use crate::detect::shown;
use crate::view::Concern;
use model::DeviceId;

/// How many pieces of evidence a sentence names.
const NAMED: usize = 3;

/// What evidence is put into words with.
pub(crate) struct Names<'a> {
    pub(crate) sensed: &'a Sensed,
    pub(crate) concerns: &'a [Concern],
    /// What ended lately, with its title.
    pub(crate) ended: Vec<(model::ConcernId, String)>,
    /// What runs were called.
    pub(crate) runs: Vec<(model::RunId, String)>,
}

impl Names<'_> {
    fn device(&self, id: DeviceId) -> String {
        let thing = self.sensed.things.iter().find(|thing| thing.id() == id);
        thing.map_or_else(
            || "a removed device".to_owned(),
            |thing| thing.device.name.clone(),
        )
    }

    fn area_of(&self, id: DeviceId) -> Option<&str> {
        let thing = self.sensed.things.iter().find(|thing| thing.id() == id)?;
        let area = self
            .sensed
            .areas
            .iter()
            .find(|area| Some(area.id) == thing.device.area)?;
        Some(&area.name)
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
                on.or_else(|| {
                    let over = self.ended.iter().find(|(id, _)| id == concern);
                    over.map(|(_, title)| format!("{title} (it is over)"))
                })?
            }
            Evidence::Area { area } => self
                .sensed
                .areas
                .iter()
                .find(|one| one.id == *area)
                .map(|one| one.name.clone())?,
        })
    }

    /// A reason in one sentence.
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
        let s = if count == 1 { "" } else { "s" };
        match name {
            "comfort" => format!("comfortable: {said}{more}"),
            "discomfort" => format!("not comfortable: {said}{more}"),
            "fresh_air" => format!("fresh air: {said}{more}"),
            "stale_air" => format!("stale air: {said}{more}"),
            "devices_answering" => format!(
                "{count} device{s} answer{}",
                if count == 1 { "s" } else { "" }
            ),
            "devices_silent" => format!("silent: {said}{more}"),
            "server_unwell" => format!("the server is not well: {said}{more}"),
            "high_power" => format!("much power is drawn: {said}{more}"),
            "tasks_done" => format!("{count} task{s} done{}", suffix(&said)),
            "tasks_failed" => format!("{count} task{s} failed{}", suffix(&said)),
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

fn suffix(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}
