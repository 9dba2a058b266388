//! Analyze: what is sensed becomes evidence of factors, and what detectors found. Pure.

use super::recall::Recall;
use super::sense::{Health, Reading, Sensed, Thing, seconds};
use crate::Evidence;
use crate::detect::{Finding, detect, is_silent, link, row};
use crate::feel::formula;
use crate::feel::recorded::confidence;
use crate::feel::sum::Item;
use crate::feel::table::{Factor, lasting, limit};
use model::{AreaId, Connectivity, DeviceId, DeviceKind, Presence};
use std::collections::{BTreeMap, HashSet};

/// How far a room may be from what its thermostat is set to, in K.
const BAND: f64 = 2.0;

/// How much of a device is felt that people know to be away.
const KNOWN: f64 = 0.3;

/// How a device that answers and says nothing is felt.
const SILENT: f64 = -0.5;

/// Where nobody sits.
const NOBODY_SITS: &[&str] = &[
    "garage",
    "shed",
    "attic",
    "cellar",
    "basement",
    "loft",
    "storage",
    "keller",
    "dachboden",
    "schuppen",
];

/// What was thought about what is sensed.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// What detectors found.
    pub findings: Vec<Finding>,
    /// Evidence of the factors that follow from what is sensed.
    pub items: Vec<Item<Evidence>>,
    /// How well a feeling is founded on it, from 0 to 1.
    pub confidence: f64,
}

/// Thinks about what is sensed. Devices that people know to be away count less.
#[must_use]
pub fn analyze(sensed: &Sensed, recall: &Recall, known: &HashSet<DeviceId>) -> Analysis {
    let mut items = Vec::with_capacity(sensed.things.len() + 32);
    comfort(sensed, &mut items);
    for thing in &sensed.things {
        air(thing, sensed, &mut items);
        energy(thing, sensed, &mut items);
        weather(thing, sensed, &mut items);
        items.extend(device(thing, sensed, recall, known));
    }
    server(sensed, &mut items);
    company(sensed, &mut items);
    #[expect(
        clippy::cast_precision_loss,
        reason = "no house has so many properties"
    )]
    let (fresh, on) = (sensed.awareness.fresh as f64, sensed.awareness.known as f64);
    Analysis {
        findings: detect(sensed, recall),
        items,
        confidence: confidence(fresh, on, fresh),
    }
}

/// How much a reading still counts.
fn freshness(reading: &Reading, sensed: &Sensed) -> f64 {
    formula::fresh(
        seconds(reading.at, sensed.at),
        lasting::MEASURED_FULL,
        lasting::MEASURED,
    )
}

/// Each room by the middle of its thermometers.
fn comfort(sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    let mut rooms: BTreeMap<Option<AreaId>, Vec<(f64, &Reading, &Thing)>> = BTreeMap::new();
    for thing in &sensed.things {
        if let Some((celsius, reading)) = thing.room_temperature()
            && freshness(reading, sensed) > 0.0
        {
            rooms
                .entry(thing.device.area)
                .or_default()
                .push((celsius, reading, thing));
        }
    }
    for (area, mut readings) in rooms {
        // What stands nowhere in particular measures no room in particular.
        let Some(area) = area.and_then(|id| sensed.areas.iter().find(|area| area.id == id)) else {
            continue;
        };
        let thermostat = readings.iter().find_map(|(_, _, thing)| band(thing));
        let name = area.name.to_lowercase();
        let sits = !NOBODY_SITS
            .iter()
            .any(|word| name.contains(word) || area.slug.as_str().contains(word));
        if thermostat.is_none() && !sits {
            continue;
        }
        readings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (celsius, reading, _) = readings[readings.len() / 2];
        if let Some(felt) = formula::comfort(celsius, thermostat.unwrap_or(limit::COMFORT)) {
            items.push(Item {
                factor: Factor::Comfort,
                strength: felt * freshness(reading, sensed),
                evidence: readings
                    .iter()
                    .map(|(_, reading, thing)| row(thing, reading))
                    .collect(),
            });
        }
    }
}

/// Between which temperatures a thermostat has its room, in °C: around what it is set to, and never
/// narrower than what is comfortable anyhow on the side that it does not look after.
fn band(thing: &Thing) -> Option<(f64, f64)> {
    let set = |property| {
        thing
            .number("Thermostat", property)
            .map(|(celsius, _)| celsius)
    };
    let off = thing
        .word("Thermostat", "system_mode")
        .is_some_and(|(mode, _)| mode == "off");
    if off {
        return None;
    }
    let heat = set("heating_setpoint").map(|heat| heat - BAND);
    let cool = set("cooling_setpoint").map(|cool| cool + BAND);
    match (heat, cool) {
        (None, None) => None,
        (low, high) => {
            let low = low.unwrap_or(limit::COMFORT.0);
            let high = high.unwrap_or(limit::COMFORT.1);
            Some((low, high.max(low + 2.0 * BAND)))
        }
    }
}

fn air(thing: &Thing, sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    if let Some((ppm, reading)) = thing.number("AirQuality", "co2").filter(|_| !thing.outside)
        && let Some(felt) = formula::air(ppm)
    {
        items.push(Item {
            factor: Factor::Air,
            strength: felt * freshness(reading, sensed),
            evidence: vec![row(thing, reading)],
        });
    }
}

fn energy(thing: &Thing, sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    let power = thing.number("ElectricalPowerMeasurement", "power");
    if let Some((watts, reading)) = power.filter(|_| thing.device.kind == DeviceKind::Meter)
        && let Some(felt) = formula::power(watts).filter(|felt| *felt < 0.0)
    {
        items.push(Item {
            factor: Factor::Energy,
            strength: felt * freshness(reading, sensed),
            evidence: vec![row(thing, reading)],
        });
    }
}

fn weather(thing: &Thing, sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    let Some((condition, reading)) = thing.word("WeatherStation", "condition") else {
        return;
    };
    let felt = match condition {
        "clear" | "partly_cloudy" => 1.0,
        "pouring" | "hail" | "windy" | "exceptional" => -0.5,
        "lightning" => -1.0,
        _ => return,
    };
    items.push(Item {
        factor: Factor::Weather,
        strength: felt * freshness(reading, sensed),
        evidence: vec![row(thing, reading)],
    });
}

fn device(
    thing: &Thing,
    sensed: &Sensed,
    recall: &Recall,
    known: &HashSet<DeviceId>,
) -> Option<Item<Evidence>> {
    // People take their telephones along; nobody has said anything of who is unknown.
    if thing.device.kind == DeviceKind::Person {
        return None;
    }
    let felt = match thing.connectivity {
        Connectivity::Unknown => return None,
        Connectivity::Offline => -formula::broken(seconds(thing.since, sensed.at)),
        Connectivity::Online if is_silent(thing, recall, sensed.at) => SILENT,
        Connectivity::Online => {
            let back = recall.returned.get(&thing.id());
            let since = back.map_or(f64::MAX, |back| seconds(*back, sensed.at));
            formula::answering(since, if back.is_some() { 1.0 } else { 0.0 }, 0.0)
        }
    };
    let is_known = felt < 0.0 && known.contains(&thing.id());
    Some(Item {
        factor: Factor::Devices,
        strength: if is_known { felt * KNOWN } else { felt },
        evidence: vec![link(thing)],
    })
}

fn server(sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    for component in &sensed.components {
        let strength = match component.health {
            Health::Ok => continue,
            Health::Degraded => -0.5,
            Health::Failed => -1.0,
        };
        items.push(Item {
            factor: Factor::Server,
            strength,
            evidence: vec![Evidence::Component {
                name: component.name.clone(),
                since: component.since,
            }],
        });
    }
}

/// An hour and some more, in seconds.
const HOUR: f64 = 3_600.0;

fn company(sensed: &Sensed, items: &mut Vec<Item<Evidence>>) {
    let Some(anyone) = sensed.anyone_home else {
        return;
    };
    let wanted = if anyone {
        Presence::Home
    } else {
        Presence::Away
    };
    let those = sensed
        .people
        .iter()
        .filter(|(_, presence, _)| *presence == wanted);
    let those: Vec<_> = those
        .filter_map(|(person, _, since)| Some((*person, (*since)?)))
        .collect();
    let lasted = those.iter().map(|(_, since)| seconds(*since, sensed.at));
    // Company has lasted since the first came, quiet since the last went.
    let strength = if anyone {
        lasted.fold(0.0, f64::max).min(HOUR) / HOUR
    } else {
        let lasted = lasted.fold(f64::INFINITY, f64::min);
        -((lasted - 4.0 * HOUR) / (8.0 * HOUR)).clamp(0.0, 1.0)
    };
    if !those.is_empty() && strength != 0.0 {
        items.push(Item {
            factor: Factor::Company,
            strength,
            evidence: those
                .into_iter()
                .map(|(person, since)| Evidence::Presence { person, since })
                .collect(),
        });
    }
}
