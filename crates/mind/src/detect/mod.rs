//! Detectors: each a pure function from what is sensed and remembered to what it found.
//!
//! A detector judges anew with every turn and remembers nothing; how long something has been so is in
//! what it gets. Limits stand in each detector's own file, with units.

mod ahead;
mod climate;
mod danger;
mod devices;
mod net;
mod openings;
mod power;
mod rules;

#[cfg(test)]
pub(crate) mod house;

pub(crate) use climate::demand;
pub(crate) use devices::is_silent;
pub(crate) use power::{RUNS, keeps_cold};

use crate::Evidence;
use crate::feel::table::Factor;
use crate::safla::recall::Recall;
use crate::safla::sense::{Reading, Sensed, Thing};
use crate::view::{SuggestedRequest, Suggestion, Urgency};
use model::{AreaId, Connectivity, DeviceId, Timestamp, Value};

/// Every kind of finding, with how it is found.
pub const KINDS: &[(&str, &str)] = &[
    ("leak", "a leak sensor feels water"),
    ("alarm", "smoke, carbon monoxide, gas or heat as of a fire"),
    ("tampered", "a detector was opened or taken down"),
    ("intrusion", "an alarm system goes off"),
    ("frost", "a room below 5 °C; below 2 °C it is critical"),
    (
        "no_effect",
        "a thermostat asks for at least 1 K more or less, and for 3 h the room moved less than 0.3 K",
    ),
    (
        "left_open",
        "a door, window or garage door is open: 5 min with nobody at home, 15 min at night, 20 min (a window \
     45 min, where it is below 10 °C outside) with somebody at home",
    ),
    (
        "unlocked",
        "a lock is open: 5 min with nobody at home, 15 min at night",
    ),
    (
        "storm",
        "gusts of at least 17.2 m/s within the hour; it presses where a window or an awning is open",
    ),
    (
        "storm_ahead",
        "the forecast of the next 24 h has gusts of at least 17.2 m/s; it presses where a window or an awning is open",
    ),
    (
        "rain_ahead",
        "rain within 2 h with a chance of at least 50 %, and a skylight, a roof window or an awning is open",
    ),
    ("jammed", "a lock says that it is jammed"),
    (
        "power_cut",
        "a meter measures less than 50 V, or at least 3 devices and 60 % of those on the grid went away \
     within 3 min",
    ),
    (
        "cold_without_power",
        "a fridge or freezer that used to draw power is away for a minute, switched off, or draws less \
     than 10 W for an hour or twice its longest usual pause",
    ),
    (
        "unusual_consumption",
        "an hour's average power is above the median of the same hour of the last 28 days (at least 7) \
     by 6 standard deviations (from the median deviation), by half of it, and by 100 W",
    ),
    (
        "battery",
        "at most 10 %, low by its own word, or empty within 14 days by the median slope of its last days",
    ),
    (
        "stuck",
        "a thermometer, hygrometer, barometer or CO2 sensor says the same to the last digit for 12 h and eight times \
     longer than ever",
    ),
    (
        "unusable",
        "a device speaks, but one of its measurements is refused or missing for 2 h and six times longer than ever",
    ),
    (
        "silent",
        "a device is away for 15 min, or says nothing for four times its longest usual pause (at least 2 h, or 3 days \
     where it only tells what happens)",
    ),
    (
        "internet",
        "the gateway is away for 5 min, or nothing that talks to the outside gets an answer",
    ),
    (
        "refused_often",
        "a constraint refused three requests within an hour",
    ),
    (
        "rule_failing",
        "a scenario could not do all that it should, twice in a row within two days",
    ),
];

/// The kinds that are of one device that behaves otherwise than it should.
pub const ANOMALIES: &[&str] = &[
    "tampered",
    "no_effect",
    "jammed",
    "cold_without_power",
    "unusual_consumption",
    "stuck",
    "unusable",
    "silent",
];

/// Something that a detector found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The detector.
    pub kind: &'static str,
    /// What it is about; with the kind it makes the finding the same one as before.
    pub subject: String,
    /// What it is, in one plain sentence.
    pub title: String,
    /// What else there is to say.
    pub detail: String,
    /// How much it presses.
    pub urgency: Urgency,
    /// By which factor it is felt; `None` where another one feels the same already.
    pub factor: Option<Factor>,
    /// The device that it is about.
    pub device: Option<DeviceId>,
    /// The room that it is about.
    pub area: Option<AreaId>,
    /// Since when it is so, in house time.
    pub since: Timestamp,
    /// For how long it must no longer be found until it is over, in seconds: what comes and goes by
    /// itself takes longer.
    pub grace: f64,
    /// What to say when it is over; empty where that means only that it has lapsed.
    pub mended: String,
    /// The rows behind it.
    pub evidence: Vec<Evidence>,
    /// What could be done.
    pub suggestion: Option<Suggestion>,
}

/// Everything that all detectors find.
#[must_use]
pub fn detect(sensed: &Sensed, recall: &Recall) -> Vec<Finding> {
    let mut found = Vec::new();
    let cut = power::cut(sensed, &mut found);
    danger::alarms(sensed, &mut found);
    climate::frost(sensed, &mut found);
    climate::without_effect(sensed, recall, &mut found);
    openings::open(sensed, &mut found);
    openings::unlocked(sensed, &mut found);
    openings::storm(sensed, &mut found);
    // A storm that is here is no longer on its way.
    if !found.iter().any(|one| one.kind == "storm") {
        ahead::storm(sensed, &mut found);
    }
    ahead::rain(sensed, &mut found);
    power::cold(sensed, recall, &mut found);
    power::unusual(sensed, recall, &mut found);
    devices::batteries(sensed, recall, &mut found);
    devices::stuck(sensed, recall, &mut found);
    devices::unusable(sensed, recall, &mut found);
    // Where the power is cut everything is silent, and the cut says it all.
    if !cut {
        devices::silent(sensed, recall, &mut found);
    }
    net::outage(sensed, &mut found);
    rules::refused(sensed, recall, &mut found);
    rules::failing(sensed, recall, &mut found);
    found
}

impl Finding {
    fn new(
        kind: &'static str,
        subject: impl Into<String>,
        urgency: Urgency,
        title: String,
    ) -> Self {
        debug_assert!(
            KINDS.iter().any(|(known, _)| *known == kind),
            "{kind} is missing in the list of kinds"
        );
        Self {
            kind,
            subject: subject.into(),
            title,
            detail: String::new(),
            urgency,
            factor: None,
            device: None,
            area: None,
            since: Timestamp::UNIX_EPOCH,
            grace: 0.0,
            mended: String::new(),
            evidence: Vec::new(),
            suggestion: None,
        }
    }

    /// About a device.
    fn of(kind: &'static str, thing: &Thing, urgency: Urgency, title: String) -> Self {
        let mut finding = Self::new(kind, thing.id().to_string(), urgency, title);
        finding.device = Some(thing.id());
        finding.area = thing.device.area;
        finding
    }

    fn since(mut self, since: Timestamp) -> Self {
        self.since = since;
        self
    }

    fn felt(mut self, factor: Factor) -> Self {
        self.factor = Some(factor);
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn mended(mut self, mended: impl Into<String>) -> Self {
        self.mended = mended.into();
        self
    }

    fn grace(mut self, seconds: f64) -> Self {
        self.grace = seconds;
        self
    }

    fn because(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    fn advise(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion {
            text: text.into(),
            request: None,
        });
        self
    }

    fn ask(
        mut self,
        text: impl Into<String>,
        device: DeviceId,
        capability: &'static str,
        command: &'static str,
    ) -> Self {
        self.suggestion = Some(Suggestion {
            text: text.into(),
            request: Some(SuggestedRequest {
                device,
                capability,
                command,
                args: Vec::new(),
            }),
        });
        self
    }

    /// What makes it the same one as before.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.subject)
    }
}

/// A reading as evidence.
pub(crate) fn row(thing: &Thing, reading: &Reading) -> Evidence {
    Evidence::Property {
        device: thing.id(),
        path: reading.path,
        value: reading.value.clone(),
        at: reading.at,
    }
}

/// Whether a device answers, as evidence.
pub(crate) fn link(thing: &Thing) -> Evidence {
    Evidence::Connectivity {
        device: thing.id(),
        online: thing.connectivity == Connectivity::Online,
        since: thing.since,
    }
}

/// A number for people.
pub(crate) fn shown(number: f64) -> String {
    Value::Number((number * 10.0).round() / 10.0).to_string()
}

/// A span for people, from seconds.
#[must_use]
pub fn span(seconds: f64) -> String {
    let count = |number: f64, unit: &str| {
        let number = number.round().max(1.0);
        let s = if number > 1.5 { "s" } else { "" };
        format!("{number:.0} {unit}{s}")
    };
    match seconds {
        s if s < 90.0 => count(s, "second"),
        s if s < 90.0 * 60.0 => count(s / 60.0, "minute"),
        s if s < 36.0 * 3_600.0 => count(s / 3_600.0, "hour"),
        s => count(s / 86_400.0, "day"),
    }
}
