//! What a protocol of the network sees of a thing, and what can be concluded from it.
//!
//! A protocol gives *sightings*: what it saw, what tells the thing from all others, and *clues*: what
//! that suggests, how strongly, and because of what. The clues of all sightings of one thing, weighed
//! against each other, are a *guess* that can be justified.

use crate::{DeviceKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

/// What one protocol sees of a thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The protocol's own name of what it sees, as stable as the protocol allows: the host of an mDNS
    /// answer, a UPnP device's UDN, a hardware address.
    pub native_id: String,
    /// What the thing calls itself.
    #[serde(default)]
    pub name: Option<String>,
    /// What tells it from every other thing.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// Where it answers.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// What it said, in the protocol's words.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// What that suggests.
    #[serde(default)]
    pub clues: Vec<Clue>,
}

/// Something that only one thing should have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Identity {
    /// A hardware address, as `aa:bb:cc:dd:ee:ff`. Two things with different ones are not the same.
    Mac(String),
    /// A UUID that the thing gives itself, in lower case.
    Uuid(String),
    /// A serial number or id of its maker's, with whose it is in front: `hue:001788fffe…`.
    Serial(String),
    /// Its name in the network, in lower case, without a domain. Weak: factory names repeat.
    Hostname(String),
}

impl Identity {
    /// Whether sharing it is enough to be the same thing.
    #[must_use]
    pub const fn is_strong(&self) -> bool {
        !matches!(self, Self::Hostname(_))
    }
}

/// Something that a thing said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about, such as `service` or `txt.model`.
    pub name: String,
    /// What was said.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// What something suggests about a thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clue {
    /// About what.
    pub about: About,
    /// What it suggests. For [`About::Kind`] a word of [`DeviceKind`], for [`About::Driver`] a driver's
    /// name, else words for people.
    pub value: String,
    /// How sure it would make us if it were all that is known: above 0, below 1.
    pub weight: f64,
    /// What suggests it, for people: `mDNS service _googlecast._tcp`.
    pub evidence: String,
}

/// What a clue can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// What people would call it: `printer`, `phone`, `television`.
    What,
    /// Its kind of device.
    Kind,
    /// Who made it.
    Brand,
    /// Its model.
    Model,
    /// Which driver could speak to it.
    Driver,
}

/// What a thing probably is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// What is concluded.
    pub value: String,
    /// How sure that is: above 0, below 1.
    pub confidence: f64,
    /// What suggests it.
    pub evidence: Vec<String>,
}

/// Never surer than this: a guess stays a guess.
const SUREST: f64 = 0.99;

impl Guess {
    /// What the clues add up to.
    ///
    /// Clues for the same value support each other as independent witnesses: their joint strength is
    /// `1 - (1 - w1)(1 - w2)...`. Values compete: the strongest wins, and its confidence is its
    /// strength times its share of all strengths. The same evidence counts once.
    pub fn from_clues<'a>(clues: impl IntoIterator<Item = &'a Clue>) -> Self {
        // About what, which value (in lower case): how it is written, its witnesses.
        type Witnesses<'a> = BTreeMap<&'a str, f64>;
        let mut claims: BTreeMap<(About, String), (&'a str, Witnesses<'a>)> = BTreeMap::new();
        for clue in clues {
            let (_, witnesses) = claims
                .entry((clue.about, clue.value.to_lowercase()))
                .or_insert_with(|| (&clue.value, BTreeMap::new()));
            let weight = witnesses.entry(&clue.evidence).or_default();
            if clue.weight.is_finite() {
                *weight = weight.max(clue.weight.clamp(0.0, SUREST));
            }
        }
        let opinion = |about| {
            let rivals: Vec<_> = claims
                .iter()
                .filter(|((claimed, _), _)| *claimed == about)
                .map(|(_, (value, witnesses))| {
                    let doubt: f64 = witnesses.values().map(|weight| 1.0 - weight).product();
                    (1.0 - doubt, *value, witnesses)
                })
                .filter(|(strength, ..)| *strength > 0.0)
                .collect();
            let all: f64 = rivals.iter().map(|(strength, ..)| strength).sum();
            let (strength, value, witnesses) = rivals
                .into_iter()
                .max_by(|(one, ..), (other, ..)| one.total_cmp(other))?;
            Some(Opinion {
                value: value.to_owned(),
                confidence: (strength * strength / all).min(SUREST),
                evidence: witnesses.keys().map(|text| (*text).to_owned()).collect(),
            })
        };
        Self {
            what: opinion(About::What),
            kind: opinion(About::Kind),
            brand: opinion(About::Brand),
            model: opinion(About::Model),
            driver: opinion(About::Driver),
        }
    }

    /// Its kind of device; `Other` where nothing suggests one.
    #[must_use]
    pub fn device_kind(&self) -> DeviceKind {
        self.kind
            .as_ref()
            .and_then(|opinion| DeviceKind::parse(&opinion.value))
            .unwrap_or(DeviceKind::Other)
    }
}

/// A sighting that the house remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Who saw it: a driver's name.
    pub protocol: String,
    /// What it saw.
    pub sighting: Sighting,
    /// Whether it is there, as far as that protocol can tell.
    pub present: bool,
    /// When it was first seen so, in house time.
    pub first_seen: Timestamp,
    /// When it was last seen so, in house time.
    pub last_seen: Timestamp,
}
