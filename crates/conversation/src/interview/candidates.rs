//! Which found thing, or which device, a mention may mean; and what it takes to connect one that is not
//! there. Pure.

use super::lexicon::{By, Lexicon, kind_word};
use super::state::Mention;
use super::view::{House, plain};
use crate::text::folded;
use model::{DeviceId, DeviceKind, DiscoveryId};
use serde::{Deserialize, Serialize};

/// Below this a candidate is not worth a question.
pub const WORTH: f64 = 0.45;

/// The most candidates of one mention.
const MOST: usize = 8;

/// What a mention may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which.
    pub what: What,
    /// What it is called.
    pub name: String,
    /// How sure it is, above 0 and below 1.
    pub confidence: f64,
    /// What speaks for it, for people.
    pub why: Vec<String>,
    /// What taking it in gives: `control`, `readings` or `presence`; `ours` for a device.
    pub gives: &'static str,
    /// What is still needed so that it can be controlled; `None` where nothing is.
    pub needs: Option<String>,
}

/// A found thing, or a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A found thing that waits.
    Found(DiscoveryId),
    /// A device that is ours.
    Device(DeviceId),
}

/// A witness: how much it says by itself, and what it is.
type Witness = (f64, String);

/// Independent witnesses together.
fn weighed(witnesses: &[Witness]) -> f64 {
    let doubt: f64 = witnesses.iter().map(|(weight, _)| 1.0 - weight).product();
    (1.0 - doubt).min(0.99)
}

/// What a mention may mean, the surest first.
#[must_use]
pub fn candidates(mention: &Mention, house: &House) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for found in &house.found {
        let seen = Seen {
            name: &found.name,
            made: &found.made,
            made_sure: found.made_sure,
            kind: found.kind,
            kind_sure: found.kind_sure,
            room: found.hint.as_deref(),
            room_word: "it says that it stands there",
        };
        let Some((confidence, why)) = likeness(mention, &seen) else {
            continue;
        };
        let gives = if found.controls {
            "control"
        } else if found.reports {
            "readings"
        } else {
            "presence"
        };
        let needs = (gives == "presence").then(|| needed(mention.maker.as_deref(), house));
        all.push(Candidate {
            what: What::Found(found.id),
            name: found.name.clone(),
            confidence,
            why,
            gives,
            needs,
        });
    }
    for device in &house.devices {
        let area = device.area.and_then(|area| house.area_of(area));
        let seen = Seen {
            name: &device.name,
            made: &device.made,
            made_sure: 0.95,
            kind: device.kind,
            kind_sure: 0.95,
            room: area.map(|area| area.name.as_str()),
            room_word: "it stands there",
        };
        // What stands in another room is not meant.
        let elsewhere = match (&mention.room, area) {
            (Some(room), Some(area)) => mention.room_said && plain(room) != plain(&area.name),
            _ => false,
        };
        if elsewhere {
            continue;
        }
        if let Some((confidence, why)) = likeness(mention, &seen) {
            all.push(Candidate {
                what: What::Device(device.id),
                name: device.name.clone(),
                confidence,
                why,
                gives: "ours",
                needs: None,
            });
        }
    }
    all.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    all.truncate(MOST);
    all
}

struct Seen<'a> {
    name: &'a str,
    made: &'a str,
    made_sure: f64,
    kind: DeviceKind,
    kind_sure: f64,
    room: Option<&'a str>,
    room_word: &'a str,
}

/// How much something is what was mentioned, and why; `None` where it cannot be.
fn likeness(mention: &Mention, seen: &Seen<'_>) -> Option<(f64, Vec<String>)> {
    let mut witnesses: Vec<Witness> = Vec::new();
    let (name, made) = (folded(seen.name), folded(seen.made));
    if let Some(maker) = &mention.maker {
        let words = Lexicon::get()
            .maker_called(maker)
            .map(|maker| maker.words.as_slice())
            .unwrap_or_default();
        let has = |text: &str| words.iter().any(|word| has_words(text, &folded(word)));
        if has(&made) {
            witnesses.push((0.7 * seen.made_sure, format!("it is made by {}", seen.made)));
        } else if has(&name) {
            witnesses.push((0.6, format!("it calls itself “{}”", seen.name)));
        } else if made.is_empty() {
            // Nobody knows who made it; that alone does not rule it out.
        } else {
            return None;
        }
    }
    // What is called so is it, whatever kind it says to be: a dishwasher may hang on a plug.
    let words = folded(&mention.text);
    let called = {
        let stems: Vec<_> = words.split(' ').map(crate::text::stem).collect();
        has_words(&name, &words) || has_words(&name, &stems.join(" "))
    };
    let same_kind = mention.kind != DeviceKind::Other && mention.kind == seen.kind;
    if same_kind {
        witnesses.push((
            0.5 * seen.kind_sure,
            format!("it is a {}", kind_word(seen.kind)),
        ));
    } else if mention.kind != DeviceKind::Other
        && seen.kind != DeviceKind::Other
        && seen.kind_sure > 0.6
        && !called
        && !(seen.kind == DeviceKind::Bridge && mention.maker.is_some())
    {
        // A bridge speaks for what hangs on it; else a lamp is no lock.
        return None;
    } else if seen.kind == DeviceKind::Bridge && mention.maker.is_some() && !witnesses.is_empty() {
        witnesses.push((0.2, "it is the bridge that they hang on".to_owned()));
    }
    let alike = |word: &str| has_words(&name, &crate::text::stem(word));
    if called {
        witnesses.push((0.6, "it is called so".to_owned()));
    } else if words.split(' ').filter(|word| word.len() > 3).any(alike) {
        witnesses.push((0.25, "its name has the same words".to_owned()));
    }
    // Being in the same room alone says nothing.
    if witnesses.is_empty() {
        return None;
    }
    if let (Some(room), Some(there)) = (&mention.room, seen.room) {
        if plain(room) == plain(there) {
            witnesses.push((0.35, seen.room_word.to_owned()));
        } else if mention.room_said {
            witnesses.iter_mut().for_each(|(weight, _)| *weight *= 0.6);
        }
    } else if let Some(room) = &mention.room
        && has_words(&name, &plain(room))
    {
        witnesses.push((0.35, format!("its name says {room}")));
    }
    let confidence = weighed(&witnesses) * (0.5 + mention.confidence / 2.0);
    let why = witnesses.into_iter().map(|(_, why)| why).collect();
    Some((confidence, why))
}

/// Whether whole words stand in a text.
fn has_words(text: &str, words: &str) -> bool {
    if words.is_empty() {
        return false;
    }
    let plain = |c: char| !c.is_alphanumeric();
    let text = format!(" {} ", text.split(plain).collect::<Vec<_>>().join(" "));
    let words = format!(" {} ", words.split(plain).collect::<Vec<_>>().join(" "));
    text.contains(&words)
}

/// What it takes to connect the things of a maker to this house, as it runs now.
#[must_use]
pub fn needed(maker: Option<&str>, house: &House) -> String {
    let runs = |driver: &str| house.drivers.iter().any(|known| known == driver);
    let mirror = if runs("home_assistant") {
        "add it to your Home Assistant, and I find it there"
    } else {
        "a Home Assistant that has it; I mirror that when HA_URL and HA_TOKEN are set"
    };
    let Some(maker) = maker.and_then(|maker| Lexicon::get().maker_called(maker)) else {
        return format!("something that speaks MQTT with discovery on my broker; else {mirror}");
    };
    if maker.name == "Home Assistant" {
        return maker.first.clone();
    }
    let driver = folded(&maker.name).replace([' ', '-'], "_");
    if runs(&driver) {
        return format!("{}; then search for devices", maker.first);
    }
    match maker.by {
        By::Zigbee => format!(
            "a zigbee2mqtt on my MQTT broker ({}); or {mirror}",
            maker.first
        ),
        By::ZWave => format!(
            "a Z-Wave JS UI on my MQTT broker ({}); or {mirror}",
            maker.first
        ),
        By::Mqtt => format!("{}, and my broker's address there", maker.first),
        By::Lan | By::Cloud => format!(
            "I speak no {} myself yet. {}; what it needs itself: {}",
            maker.name,
            capital(mirror),
            maker.first
        ),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// By which way the things of a maker come to the house: `mqtt`, `home_assistant`, or a driver of its own.
#[must_use]
pub fn integration(maker: Option<&str>, house: &House) -> String {
    let Some(maker) = maker.and_then(|maker| Lexicon::get().maker_called(maker)) else {
        return "mqtt".to_owned();
    };
    let driver = folded(&maker.name).replace([' ', '-'], "_");
    if house.drivers.contains(&driver) {
        return driver;
    }
    match maker.by {
        By::Zigbee | By::ZWave | By::Mqtt => "mqtt".to_owned(),
        By::Lan | By::Cloud => "home_assistant".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{What, candidates, needed};
    use crate::interview::state::Mention;
    use crate::interview::view::{Device, Found, House};
    use model::{DeviceId, DeviceKind, DiscoveryId};

    fn mention(maker: Option<&str>, kind: DeviceKind, room: Option<&str>) -> Mention {
        Mention {
            maker: maker.map(str::to_owned),
            kind,
            room: room.map(str::to_owned),
            room_said: room.is_some(),
            confidence: 0.95,
            ..Mention::default()
        }
    }

    fn found(name: &str, made: &str, kind: DeviceKind, hint: Option<&str>) -> Found {
        Found {
            id: DiscoveryId::new(),
            name: name.into(),
            kind,
            kind_sure: 0.9,
            made: made.into(),
            made_sure: if made.is_empty() { 0.0 } else { 0.95 },
            hint: hint.map(str::to_owned),
            controls: kind == DeviceKind::Light,
            reports: kind == DeviceKind::Light,
            driver: "mqtt".into(),
        }
    }

    #[test]
    fn a_mention_finds_what_it_means() {
        let house = House {
            found: vec![
                found("Philips hue", "Signify", DeviceKind::Bridge, None),
                found(
                    "Hue go",
                    "Signify Hue go",
                    DeviceKind::Light,
                    Some("Kitchen"),
                ),
                found("LIFX lamp", "LIFX", DeviceKind::Light, Some("Kitchen")),
                found("Printer", "", DeviceKind::Other, None),
            ],
            ..House::default()
        };
        let hue = mention(Some("Hue"), DeviceKind::Light, Some("Kitchen"));
        let all = candidates(&hue, &house);
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Hue go", "Philips hue"], "{all:?}");
        assert!(all[0].confidence > 0.8 && all[0].confidence < 1.0 && all[0].why.len() == 3);
        assert_eq!(all[0].needs, None);
        assert!(
            all[1]
                .needs
                .as_ref()
                .is_some_and(|needs| needs.contains("button"))
        );
    }

    #[test]
    fn what_stands_elsewhere_or_is_something_else_is_not_meant() {
        let hall = model::AreaId::new();
        let house = House {
            areas: vec![crate::interview::view::Area {
                id: hall,
                name: "Hall".into(),
                slug: "hall".into(),
                neighbours: Vec::new(),
                floor: None,
            }],
            devices: vec![Device {
                id: DeviceId::new(),
                name: "Hall lamp".into(),
                kind: DeviceKind::Light,
                made: "Acme".into(),
                area: Some(hall),
            }],
            ..House::default()
        };
        let lamp = |room| candidates(&mention(None, DeviceKind::Light, Some(room)), &house);
        assert!(matches!(lamp("Hall")[..], [ref one] if matches!(one.what, What::Device(_))));
        assert_eq!(lamp("Kitchen"), vec![]);
        let mut called = mention(None, DeviceKind::Appliance, Some("Hall"));
        called.text = "Hall lamp".into();
        assert_eq!(candidates(&called, &house).len(), 1);
        let lock = mention(None, DeviceKind::Lock, Some("Hall"));
        assert_eq!(candidates(&lock, &house), vec![]);
    }

    #[test]
    fn what_is_needed_follows_what_runs() {
        let mut house = House::default();
        assert!(needed(Some("Nest"), &house).contains("HA_URL"));
        house.drivers.push("home_assistant".into());
        assert!(
            needed(Some("Nest"), &house).contains("add it to your Home Assistant")
                || needed(Some("Nest"), &house).contains("Add it to your Home Assistant")
        );
        house.drivers.push("nest".into());
        assert!(needed(Some("Nest"), &house).contains("search for devices"));
    }
}
