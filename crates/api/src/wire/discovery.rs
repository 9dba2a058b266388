//! What was found: how the network sees it, what it probably is, and what adopting it would give.

use super::At;
use model::{Connectivity, DiscoveryState, Instance};
use serde::{Deserialize, Serialize};
use twin::Snapshot;
use utoipa::ToSchema;
use uuid::Uuid;

/// The driver of things that the network sees and that nobody here speaks to.
pub(crate) const NETWORK: &str = "network";

/// A thing that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Discovery {
    /// Its id.
    pub id: Uuid,
    /// The driver that would speak to it; `network` where none does.
    pub protocol: String,
    /// What the driver calls it.
    pub native_id: String,
    /// What it calls itself.
    pub name: String,
    /// What it is, as far as one can tell.
    pub kind: &'static str,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// When it was first seen.
    pub first_seen: At,
    /// When it was last seen.
    pub last_seen: At,
    /// `new`, `ignored` or `adopted`.
    pub state: &'static str,
    /// The area in which it thinks it stands.
    pub suggested_area: Option<String>,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// Whether any protocol sees it now: `online`, `offline`, or `unknown` where no protocol of the
    /// network watches it.
    #[schema(example = "online")]
    pub presence: &'static str,
    /// The device that it became.
    pub device: Option<Uuid>,
    /// Where it answers; where it last did, once it is gone.
    #[schema(example = json!(["192.0.2.17"]))]
    pub addresses: Vec<String>,
    /// How the protocols of the network see it; empty where its driver told of it by itself.
    pub sightings: Vec<Sighting>,
    /// What that suggests that it is.
    pub guess: Guess,
    /// How sure that is, above 0 and below 1: of `guess.what`, else of `guess.kind`; null where
    /// nothing is guessed.
    pub confidence: Option<f64>,
    /// What adopting it would give; null where it is ours already.
    pub adoptable: Option<Adoptable>,
}

/// How one protocol sees a thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sighting {
    /// Which protocol.
    #[schema(example = "mdns")]
    pub protocol: String,
    /// What the protocol calls it.
    pub native_id: String,
    /// What it calls itself there.
    pub name: Option<String>,
    /// Whether it is there, as far as that protocol can tell.
    pub present: bool,
    /// When it was first seen so.
    pub first_seen: At,
    /// When it was last seen so.
    pub last_seen: At,
    /// Where it answers.
    pub addresses: Vec<String>,
    /// What it said, in the protocol's words.
    pub facts: Vec<Fact>,
}

/// Something that a thing said of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fact {
    /// What it is about.
    #[schema(example = "txt.model")]
    pub name: String,
    /// What was said.
    pub value: String,
}

/// What a thing probably is. What nothing suggests is null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Guess {
    /// What people would call it.
    pub what: Option<Opinion>,
    /// Its kind of device.
    pub kind: Option<Opinion>,
    /// Who made it.
    pub brand: Option<Opinion>,
    /// Its model.
    pub model: Option<Opinion>,
    /// Which driver could speak to it.
    pub driver: Option<Opinion>,
}

/// A conclusion, with what it rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opinion {
    /// What is concluded.
    #[schema(example = "printer")]
    pub value: String,
    /// How sure that is: above 0, below 1.
    pub confidence: f64,
    /// What suggests it.
    #[schema(example = json!(["mDNS service _ipp._tcp"]))]
    pub evidence: Vec<String>,
}

/// What adopting a thing gives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Adoptable {
    /// `control` (it can be told what to do), `readings` (it only reports) or `presence` (the house
    /// only sees whether it is there).
    #[serde(rename = "as")]
    #[schema(example = "presence")]
    pub gives: &'static str,
    /// The same in one plain sentence.
    pub text: String,
}

/// Which found things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Those that wait for a yes.
    New,
    /// Those that nobody wants to see.
    Ignored,
    /// Those that became ours.
    Adopted,
    /// All of them.
    All,
}

impl Wanted {
    /// Whether a thing in `state` is wanted; without a wish, all but adopted ones are.
    pub(crate) fn takes(wanted: Option<Self>, state: DiscoveryState) -> bool {
        match wanted {
            None => state != DiscoveryState::Adopted,
            Some(Self::All) => true,
            Some(Self::New) => state == DiscoveryState::New,
            Some(Self::Ignored) => state == DiscoveryState::Ignored,
            Some(Self::Adopted) => state == DiscoveryState::Adopted,
        }
    }
}

impl Discovery {
    /// A found thing; the snapshot knows which drivers run.
    #[must_use]
    pub fn of(thing: &model::Discovery, snapshot: &Snapshot) -> Self {
        let said = &thing.announcement;
        let guess = &thing.guess;
        Self {
            id: thing.id.uuid(),
            protocol: thing.key.driver.clone(),
            native_id: thing.key.native_id.clone(),
            name: said.name.clone(),
            kind: said.kind.as_str(),
            manufacturer: said.manufacturer.clone(),
            model: said.model.clone(),
            first_seen: thing.first_seen.into(),
            last_seen: thing.last_seen.into(),
            state: thing.state.as_str(),
            suggested_area: said.area.clone(),
            capabilities: capabilities(&said.capabilities),
            presence: presence(thing).as_str(),
            device: thing.device.map(model::DeviceId::uuid),
            addresses: addresses(thing),
            sightings: thing.sightings.iter().map(Into::into).collect(),
            guess: guess.into(),
            confidence: guess
                .what
                .as_ref()
                .or(guess.kind.as_ref())
                .map(|opinion| opinion.confidence),
            adoptable: (thing.state != DiscoveryState::Adopted)
                .then(|| Adoptable::of(thing, snapshot)),
        }
    }
}

/// What no protocol of the network sees may well be there.
fn presence(thing: &model::Discovery) -> Connectivity {
    if thing.sightings.is_empty() {
        Connectivity::Unknown
    } else {
        thing.presence
    }
}

/// The names of what it can do, each once.
fn capabilities(instances: &[Instance]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for instance in instances {
        if !names.iter().any(|name| name == instance.capability.name) {
            names.push(instance.capability.name.to_owned());
        }
    }
    names
}

/// Where it answers, each place once; where it last did, when nobody sees it any more.
fn addresses(thing: &model::Discovery) -> Vec<String> {
    let gone = thing.sightings.iter().all(|seen| !seen.present);
    let seen = thing.sightings.iter().filter(|seen| gone || seen.present);
    let mut all: Vec<String> = Vec::new();
    for address in seen.flat_map(|seen| &seen.sighting.addresses) {
        let text = address.to_string();
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

impl Adoptable {
    fn of(thing: &model::Discovery, snapshot: &Snapshot) -> Self {
        let can = &thing.announcement.capabilities;
        let obeys = |instance: &Instance| {
            !instance.actions.is_empty() || instance.properties.iter().any(|it| it.writable)
        };
        if can.iter().any(obeys) {
            return Self {
                gives: "control",
                text: "It becomes a device that you can see and control.".to_owned(),
            };
        }
        if !can.is_empty() {
            return Self {
                gives: "readings",
                text: "It becomes a device that reports; there is nothing to control.".to_owned(),
            };
        }
        let watches = "the house will watch whether it is there";
        let text = match thing.guess.driver.as_ref().map(|driver| &driver.value) {
            _ if thing.key.driver != NETWORK => {
                format!("It says nothing of what it can do: {watches}.")
            }
            Some(driver) if snapshot.drivers.contains_key(driver) => format!(
                "The driver {driver} could probably speak to it, and does not yet: until then {watches}."
            ),
            _ => format!("Nobody here speaks to it yet: {watches}."),
        };
        Self {
            gives: "presence",
            text,
        }
    }
}

impl From<&model::Seen> for Sighting {
    fn from(seen: &model::Seen) -> Self {
        let sighting = &seen.sighting;
        let fact = |fact: &model::Fact| Fact {
            name: fact.name.clone(),
            value: fact.value.clone(),
        };
        Self {
            protocol: seen.protocol.clone(),
            native_id: sighting.native_id.clone(),
            name: sighting.name.clone(),
            present: seen.present,
            first_seen: seen.first_seen.into(),
            last_seen: seen.last_seen.into(),
            addresses: sighting.addresses.iter().map(ToString::to_string).collect(),
            facts: sighting.facts.iter().map(fact).collect(),
        }
    }
}

impl From<&model::Guess> for Guess {
    fn from(guess: &model::Guess) -> Self {
        let opinion = |opinion: &Option<model::Opinion>| {
            opinion.as_ref().map(|opinion| Opinion {
                value: opinion.value.clone(),
                confidence: opinion.confidence,
                evidence: opinion.evidence.clone(),
            })
        };
        Self {
            what: opinion(&guess.what),
            kind: opinion(&guess.kind),
            brand: opinion(&guess.brand),
            model: opinion(&guess.model),
            driver: opinion(&guess.driver),
        }
    }
}
