//! What makes a rule run.

use super::condition::Comparison;
use super::decode::Fields;
use super::{Clock, Daily, Fault, Span, Target};
use model::{Capability, Connectivity, Path, Presence};

/// Something that makes a rule run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// What has to happen.
    pub kind: TriggerKind,
    /// For how long it must hold before it counts.
    pub hold: Span,
}

/// What can make a rule run.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerKind {
    /// A property of some devices comes to compare so. It counts when it becomes true, not while it
    /// stays so.
    Property {
        /// Of which devices.
        target: Target,
        /// Which property, on whatever endpoint where none is named.
        path: Path,
        /// How it must compare; nothing means any change.
        to: Option<Comparison>,
        /// What it must have been before.
        from: Option<Comparison>,
    },
    /// Something happens at a device, such as a press.
    Event {
        /// At which devices.
        target: Target,
        /// The event's name; nothing means any.
        event: Option<String>,
    },
    /// A time of the day.
    Time {
        /// When, in the house's own time.
        at: Clock,
        /// On which days.
        days: Daily,
    },
    /// A cron expression of five fields, in the house's own time.
    Cron(String),
    /// The sun rises or sets at the house's place.
    Sun {
        /// Which.
        event: SunEvent,
        /// So much later (or earlier, where it is negative).
        offset: Span,
        /// On which days.
        days: Daily,
    },
    /// Somebody comes or goes.
    Presence {
        /// Whose.
        whose: Whose,
        /// Where they are then.
        to: Presence,
    },
    /// A device is reached again, or no longer.
    Connectivity {
        /// Which devices.
        target: Target,
        /// What it becomes.
        to: Connectivity,
    },
    /// Anything of this kind on the stream of events, such as `alert_raised`.
    Note(String),
    /// Somebody calls `POST /api/automation/webhooks/{name}` with its secret.
    Webhook(String),
    /// Another scenario ends.
    Scenario {
        /// Its slug.
        scenario: String,
        /// How; nothing means in any way.
        ended: Option<String>,
    },
    /// The house starts.
    Start,
    /// The house's mode becomes this.
    Mode(String),
}

/// What the sun does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SunEvent {
    /// Its upper edge comes over the horizon.
    Sunrise,
    /// Its upper edge goes under the horizon.
    Sunset,
}

/// Whose presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// This person's.
    Person(String),
    /// The household's: somebody is home, or everybody is away.
    Anyone,
}

impl TriggerKind {
    /// The word with which it begins in a document.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Property { .. } => "property",
            Self::Event { .. } => "event",
            Self::Time { .. } => "time",
            Self::Cron(_) => "cron",
            Self::Sun { .. } => "sun",
            Self::Presence { .. } => "presence",
            Self::Connectivity { .. } => "connectivity",
            Self::Note(_) => "note",
            Self::Webhook(_) => "webhook",
            Self::Scenario { .. } => "scenario",
            Self::Mode(_) => "mode",
            Self::Start => "start",
        }
    }
}

/// The words for what the sun does.
pub(super) const SUN: [(&str, SunEvent); 2] =
    [("sunrise", SunEvent::Sunrise), ("sunset", SunEvent::Sunset)];

/// The words for connectivity.
const CONNECTIVITY: [(&str, Connectivity); 2] = [
    ("online", Connectivity::Online),
    ("offline", Connectivity::Offline),
];

/// What a trigger begins with.
const HEADS: &str = "one of `property`, `event`, `time`, `cron`, `sun`, `presence`, `connectivity`, `note`, \
                     `webhook`, `scenario`, `start`, `mode`";

pub(super) fn read(mut fields: Fields<'_>) -> Trigger {
    let kind = if fields.has("property") {
        property(&mut fields)
    } else if fields.has("event") {
        let event = fields.text("event").filter(|event| event != "any");
        TriggerKind::Event {
            target: Target::required(&mut fields),
            event,
        }
    } else if fields.has("time") {
        TriggerKind::Time {
            at: clock(&mut fields, "time").unwrap_or(Clock(0)),
            days: days(&mut fields),
        }
    } else if fields.has("cron") {
        let cron = fields.text("cron").unwrap_or_default();
        if let Err(expected) = crate::cron::parse(&cron) {
            fields.fault_at("cron", format!("`{cron}` is no cron expression"), expected);
        }
        TriggerKind::Cron(cron)
    } else if fields.has("sun") {
        TriggerKind::Sun {
            event: fields.one_of("sun", &SUN).unwrap_or(SunEvent::Sunset),
            offset: fields.span("offset").unwrap_or_default(),
            days: days(&mut fields),
        }
    } else if fields.has("presence") {
        let (whose, to) = presence(&mut fields);
        TriggerKind::Presence { whose, to }
    } else if fields.has("connectivity") {
        TriggerKind::Connectivity {
            to: fields
                .one_of("connectivity", &CONNECTIVITY)
                .unwrap_or(Connectivity::Offline),
            target: Target::required(&mut fields),
        }
    } else if fields.has("note") {
        TriggerKind::Note(fields.required_text("note"))
    } else if fields.has("webhook") {
        TriggerKind::Webhook(fields.required_text("webhook"))
    } else if fields.has("scenario") {
        let ended = ["completed", "failed", "stopped"].map(|word| (word, word));
        TriggerKind::Scenario {
            scenario: fields.required_text("scenario"),
            ended: fields.one_of("ended", &ended).map(str::to_owned),
        }
    } else if fields.has("mode") {
        TriggerKind::Mode(mode(&fields.required_text("mode")))
    } else if fields.has("start") {
        fields.truth("start");
        TriggerKind::Start
    } else {
        fields.fault(Fault::at(
            fields.path(),
            "it does not say what has to happen",
            HEADS,
        ));
        return Trigger {
            kind: TriggerKind::Start,
            hold: Span::default(),
        };
    };
    let holds = matches!(
        kind,
        TriggerKind::Property { .. }
            | TriggerKind::Presence { .. }
            | TriggerKind::Connectivity { .. }
            | TriggerKind::Mode(_)
    );
    let hold = if holds { fields.span("for") } else { None };
    if hold.is_some_and(|hold| hold.0 < 0) {
        fields.fault_at("for", "it is negative", "a span such as 5min");
    }
    fields.finish();
    Trigger {
        kind,
        hold: hold.unwrap_or_default(),
    }
}

fn property(fields: &mut Fields<'_>) -> TriggerKind {
    let path = path(fields);
    let comparison = Comparison::read(fields, path);
    let to = Comparison::equal(fields, "to", path).or(comparison);
    let from = Comparison::equal(fields, "from", path);
    TriggerKind::Property {
        target: Target::required(fields),
        path,
        to,
        from,
    }
}

/// The property that `property` names: `OnOff.on_off`, or on an endpoint `2:OnOff.on_off`.
pub(super) fn path(fields: &mut Fields<'_>) -> Path {
    let text = fields.required_text("property");
    match parse_path(&text) {
        Ok(path) => path,
        Err(expected) => {
            fields.fault_at("property", format!("`{text}` is no property"), expected);
            model::capability::ON_OFF.at(1, "on_off")
        }
    }
}

/// A path as people write it: the endpoint may be left out, and so may the case.
pub(crate) fn parse_path(text: &str) -> Result<Path, String> {
    let (endpoint, rest) = match text.split_once(':') {
        Some((endpoint, rest)) => match endpoint.trim().parse() {
            Ok(endpoint) => (endpoint, rest),
            Err(_) => return Err("a number before the colon, such as `2:OnOff.on_off`".into()),
        },
        None => (1, text),
    };
    let (capability, property) = rest.trim().split_once('.').unwrap_or((rest.trim(), ""));
    let Some(capability) = Capability::find(capability) else {
        let names = model::capability::ALL.iter().map(|it| it.name);
        let near = super::decode::nearest(capability, names.clone());
        return Err(match near {
            Some(near) => format!("`{near}.…`?"),
            None => format!("a capability of {}", names.collect::<Vec<_>>().join(", ")),
        });
    };
    let Some(property) = capability.property(property) else {
        let all: Vec<_> = capability
            .properties
            .iter()
            .map(|property| format!("{}.{}", capability.name, property.name))
            .collect();
        return Err(format!("one of {}", all.join(", ")));
    };
    Ok(capability.at(endpoint, property.name))
}

/// A mode as the house spells it.
pub(super) fn mode(text: &str) -> String {
    text.trim().to_lowercase()
}

pub(super) fn clock(fields: &mut Fields<'_>, key: &'static str) -> Option<Clock> {
    let text = fields.text(key)?;
    let clock = Clock::parse(&text);
    if clock.is_none() {
        fields.fault_at(
            key,
            format!("`{text}` is no time of the day"),
            "a time such as 07:30",
        );
    }
    clock
}

pub(super) fn days(fields: &mut Fields<'_>) -> Daily {
    let mut all: Option<Daily> = None;
    for text in fields.texts("days") {
        match Daily::parse(&text) {
            Some(days) => all = Some(all.map_or(days, |all| all.and(days))),
            None => fields.fault_at(
                "days",
                format!("`{text}` is no day"),
                "monday to sunday, weekdays, weekend or daily",
            ),
        }
    }
    all.unwrap_or(Daily::ALL)
}

/// `anyone`, `nobody`, or a person with `is = "home"` or `"away"`.
pub(super) fn presence(fields: &mut Fields<'_>) -> (Whose, Presence) {
    let who = fields.required_text("presence");
    let states = [("home", Presence::Home), ("away", Presence::Away)];
    match who.as_str() {
        "anyone" | "somebody" | "present" => (Whose::Anyone, Presence::Home),
        "nobody" | "everyone_away" | "absent" => (Whose::Anyone, Presence::Away),
        _ => {
            let is = fields.one_of("is", &states).unwrap_or(Presence::Home);
            (Whose::Person(who), is)
        }
    }
}
