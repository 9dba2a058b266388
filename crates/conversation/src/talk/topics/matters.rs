//! What deserves a look: concerns, security, before one leaves and at night.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use crate::lang::{Noun, State};
use crate::reading;
use crate::understand::{Deed, Dialogue, Pending};
use mind::Attention;
use model::{Connectivity, DeviceId, DeviceKind, Presence, Value};
use twin::DeviceTwin;

/// Below this a battery is worth a word, in per cent.
const LOW: f64 = 15.0;

impl Turn<'_> {
    /// What deserves a look: from the mind's concerns and, in any case, from the twins themselves.
    pub(super) fn problems(&self, leaving: bool) -> (Vec<String>, Vec<Evidence>) {
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        let row = |ids: &[DeviceId], state: State, evidence: &mut Vec<Evidence>| {
            for id in ids {
                if let Some((thing, _)) = self.thing(*id)
                    && let Some((path, _)) = reading::test(state, thing)
                {
                    evidence.push(self.row(*id, path));
                }
            }
        };
        let is = |ids: &[DeviceId]| if ids.len() == 1 { "is" } else { "are" };
        let smoke = self.so(State::Smoke, |_| true);
        let leak = self.so(State::Wet, |_| true);
        let gas: Vec<DeviceId> = [State::CarbonMonoxide, State::Gas]
            .into_iter()
            .flat_map(|state| self.so(state, |_| true))
            .collect();
        for (ids, state, text) in [
            (&smoke, State::Smoke, "smoke"),
            (&leak, State::Wet, "water where none should be"),
            (&gas, State::CarbonMonoxide, "gas or carbon monoxide"),
        ] {
            if !ids.is_empty() {
                parts.push(format!(
                    "{} {} {text}!",
                    self.names(ids),
                    if ids.len() == 1 { "reports" } else { "report" }
                ));
                row(ids, state, &mut evidence);
            }
        }
        let alarm = self.so(State::Triggered, |thing| thing.has("SecurityAlarm"));
        if !alarm.is_empty() {
            parts.push(format!("{} has been set off!", self.names(&alarm)));
            row(&alarm, State::Triggered, &mut evidence);
        }
        let unlocked = self.so(State::Unlocked, |thing| thing.has("DoorLock"));
        if !unlocked.is_empty() {
            parts.push(format!(
                "{} {} unlocked.",
                self.names(&unlocked),
                is(&unlocked)
            ));
            row(&unlocked, State::Unlocked, &mut evidence);
        }
        let open = self.so(State::Open, |thing| {
            thing.has("Contact") || thing.is(Noun::Door) && thing.has("WindowCovering")
        });
        if !open.is_empty() {
            parts.push(format!("{} {} open.", self.names(&open), is(&open)));
            row(&open, State::Open, &mut evidence);
        }
        let low: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| {
                // What stores energy for the house is empty every other night.
                let stores = twin.device.kind == DeviceKind::Battery
                    || twin
                        .device
                        .capabilities
                        .iter()
                        .any(|it| it.capability.name == "ElectricalPowerMeasurement");
                !stores && twin.device.kind != DeviceKind::Person
            })
            .filter(|(_, twin)| {
                let level = twin.device.capabilities.iter().find_map(|it| {
                    (it.capability.name == "PowerSource").then(|| it.path("battery"))?
                });
                level
                    .and_then(|path| twin.value(path))
                    .and_then(Value::as_number)
                    .is_some_and(|level| level <= LOW)
            })
            .map(|(id, _)| *id)
            .collect();
        if !low.is_empty() {
            parts.push(format!(
                "The {} of {} {} nearly empty.",
                if low.len() == 1 {
                    "battery"
                } else {
                    "batteries"
                },
                self.names(&low),
                is(&low)
            ));
            row(&low, State::Low, &mut evidence);
        }
        if leaving {
            let hot = self.so(State::On, |thing| {
                thing.device.kind == DeviceKind::Appliance
                    || thing.is(Noun::Heating) && thing.has("OnOff")
            });
            let running: Vec<DeviceId> = hot
                .into_iter()
                .filter(|id| {
                    self.snapshot
                        .devices
                        .get(id)
                        .is_some_and(|twin| draws(twin) != Some(false))
                })
                .collect();
            if !running.is_empty() {
                parts.push(format!("{} {} on.", self.names(&running), is(&running)));
                row(&running, State::On, &mut evidence);
            }
            let lights = self.so(State::On, |thing| thing.is(Noun::Light));
            if !lights.is_empty() {
                parts.push(format!(
                    "{} {} on.",
                    if lights.len() > 3 {
                        format!("{} lights", lights.len())
                    } else {
                        self.names(&lights)
                    },
                    is(&lights)
                ));
                row(&lights, State::On, &mut evidence);
            }
            let rain = self.so(State::Raining, |_| true);
            if !rain.is_empty() {
                parts.push("It is raining.".to_owned());
                row(&rain, State::Raining, &mut evidence);
            }
        }
        let away: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| {
                twin.connectivity == Connectivity::Offline
                    && matches!(
                        twin.device.kind,
                        DeviceKind::Lock
                            | DeviceKind::Contact
                            | DeviceKind::Alarm
                            | DeviceKind::Smoke
                            | DeviceKind::Leak
                            | DeviceKind::Motion
                    )
            })
            .map(|(id, _)| *id)
            .collect();
        if !away.is_empty() {
            parts.push(format!(
                "{} {} not answer, so I cannot see how {}.",
                self.names(&away),
                if away.len() == 1 { "does" } else { "do" },
                if away.len() == 1 { "it is" } else { "they are" }
            ));
            evidence.extend(
                away.iter()
                    .filter_map(|id| self.snapshot.devices.get(id))
                    .map(|twin| self.silence(twin)),
            );
        }
        (parts, evidence)
    }

    /// Whether a concern still holds, and waits for a person. After a restart there are those of before,
    /// until the mind has looked again.
    pub(super) fn worries(&self, concern: &mind::Concern) -> bool {
        concern.attention == Attention::Open && concern.expires > self.now
    }

    pub(super) fn concerns(&self, leaving: bool) -> Answer {
        let (mut parts, mut evidence) = self.problems(leaving);
        let mut suggestions: Vec<String> = Vec::new();
        if let Some(mind) = &self.wires.mind {
            for concern in mind
                .view()
                .concerns
                .iter()
                .filter(|concern| self.worries(concern))
            {
                let told = concern.device.is_some()
                    && evidence.iter().any(|row| row.device == concern.device);
                if !told {
                    parts.push(words::sentence(&concern.title));
                }
                evidence.push(concern_row(concern));
                suggestions.extend(
                    concern
                        .suggestion
                        .iter()
                        .map(|suggestion| suggestion.text.clone()),
                );
            }
        }
        suggestions.extend(self.remedies());
        suggestions.truncate(4);
        let text = match (parts.is_empty(), leaving) {
            (true, true) => {
                "No: everything that I can see is closed, locked, off and well.".to_owned()
            }
            (true, false) => {
                "No, nothing worries me: what I can see is closed, locked and well.".to_owned()
            }
            (false, true) => format!("Before you leave: {}", parts.join(" ")),
            (false, false) => parts.join(" "),
        };
        let mut answer = Answer::of(
            if leaving {
                "concerns.leaving"
            } else {
                "concerns"
            },
            text,
        )
        .slot("count", parts.len());
        answer.evidence = evidence;
        answer.suggesting(suggestions)
    }

    pub(super) fn security(&self) -> Answer {
        let (parts, evidence) = self.problems(false);
        let alarm = self.so(State::Disarmed, |thing| thing.has("SecurityAlarm"));
        let nobody = self
            .snapshot
            .people
            .values()
            .all(|person| person.presence == Presence::Away)
            && !self.snapshot.people.is_empty();
        let mut parts = parts;
        if nobody && !alarm.is_empty() {
            parts.push(format!(
                "Nobody is at home, and {} is not armed.",
                self.names(&alarm)
            ));
        }
        let sees = self
            .snapshot
            .devices
            .values()
            .filter(|twin| {
                matches!(
                    twin.device.kind,
                    DeviceKind::Lock
                        | DeviceKind::Contact
                        | DeviceKind::Alarm
                        | DeviceKind::Smoke
                        | DeviceKind::Leak
                )
            })
            .count();
        let text = match (parts.is_empty(), sees) {
            (true, 0) => {
                "I don't know: there is no lock, contact or detector that I could look at."
                    .to_owned()
            }
            (true, sees) => format!(
                "No security concerns: I looked at {sees} locks, contacts and detectors, and nothing is open, unlocked or reporting."
            ),
            (false, _) => format!("Yes: {}", parts.join(" ")),
        };
        let mut answer = Answer::of("concerns.security", text).slot("count", parts.len());
        answer.evidence = evidence;
        answer.suggesting(self.remedies())
    }

    fn remedies(&self) -> Vec<String> {
        let unlocked = self.so(State::Unlocked, |thing| thing.has("DoorLock"));
        let mut all: Vec<String> = unlocked
            .iter()
            .take(2)
            .map(|id| format!("Lock {}", self.name(*id)))
            .collect();
        let open = self.so(State::Open, |thing| {
            thing.is(Noun::Door) && thing.has("WindowCovering")
        });
        all.extend(
            open.iter()
                .take(1)
                .map(|id| format!("Close {}", self.name(*id))),
        );
        all
    }

    pub(super) fn good_night(&self, next: &mut Dialogue) -> Answer {
        let (parts, evidence) = self.problems(false);
        let mut text = "Good night.".to_owned();
        if !parts.is_empty() {
            text.push_str(&format!(" {}", parts.join(" ")));
        }
        text.push_str(" Shall I put the house into the mode night?");
        next.pending = Some(Pending::Confirm {
            deeds: vec![Deed::Mode("night".into())],
            when: crate::time::When::default(),
        });
        let mut answer =
            Answer::of("good_night", text).asking("confirm", vec!["Yes".into(), "No".into()]);
        answer.evidence = evidence;
        answer
    }
}

/// Whether a device draws power; `None` where it does not say.
fn draws(twin: &DeviceTwin) -> Option<bool> {
    let path = twin.device.capabilities.iter().find_map(|it| {
        (it.capability.name == "ElectricalPowerMeasurement").then(|| it.path("power"))?
    })?;
    Some(twin.value(path)?.as_number()? > 5.0)
}

pub(super) fn concern_row(concern: &mind::Concern) -> Evidence {
    Evidence {
        kind: "concern",
        device: concern.device,
        name: concern.kind.to_owned(),
        at: Some(concern.raised),
        since: Some(concern.since),
        text: Some(concern.title.clone()),
        reference: Some(concern.id.to_string()),
        ..Evidence::default()
    }
}
