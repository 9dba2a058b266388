//! The core over what a real Home Assistant said, and over what none should say.

mod domains;
mod life;
mod recorded;
mod replay;

use super::{End, HomeAssistant, Options, Step};
use crate::Secret;
use model::{DriverCommand, Goal, Order, Report, ReportBody, Value, WishId};
use replay::Replay;
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// A core, what it speaks to, and everything that it reported.
pub(super) struct Story {
    pub(super) core: HomeAssistant,
    pub(super) peer: Replay,
    pub(super) now: Duration,
    pub(super) reports: Vec<ReportBody>,
    /// What it sent, without the ids.
    pub(super) sent: Vec<Json>,
    pub(super) end: Option<End>,
    /// Whether requests are answered.
    pub(super) answers: bool,
}

impl Story {
    /// One that speaks to the recorded house, and knows all of it.
    pub(super) fn recorded() -> Self {
        let mut story = Self::with(include_str!(
            "../../../tests/fixtures/home-assistant-2024.3.3.jsonl"
        ));
        story.connect();
        story
    }

    /// One that speaks to a house of our own.
    pub(super) fn of(entries: &Json, devices: &Json, states: &Json) -> Self {
        let mut story = Self::unconnected(entries, devices, states);
        story.connect();
        story
    }

    pub(super) fn unconnected(entries: &Json, devices: &Json, states: &Json) -> Self {
        let config = json!({ "unit_system": { "temperature": "°C" }, "state": "RUNNING" });
        let areas = json!([{ "area_id": "hall", "name": "Hall" }]);
        let ok = |result: &Json| json!({ "type": "result", "success": true, "result": result });
        let mut lines = vec![
            json!({ "ask": { "type": "get_config" }, "answer": ok(&config) }),
            json!({ "ask": { "type": "config/area_registry/list" }, "answer": ok(&areas) }),
            json!({ "ask": { "type": "config/device_registry/list" }, "answer": ok(devices) }),
            json!({ "ask": { "type": "config/entity_registry/list" }, "answer": ok(entries) }),
            json!({ "ask": { "type": "ping" }, "answer": { "type": "pong" } }),
            json!({ "ask": { "type": "subscribe_entities" }, "answer": ok(&Json::Null), "told": [
                { "of": { "type": "subscribe_entities" }, "message": { "type": "event", "event": { "a": states } } },
            ]}),
        ];
        for event in [
            "area_registry_updated",
            "device_registry_updated",
            "entity_registry_updated",
            "core_config_updated",
        ] {
            let ask = json!({ "type": "subscribe_events", "event_type": event });
            lines.push(json!({ "ask": ask, "answer": ok(&Json::Null) }));
        }
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        Self::with(&lines.join("\n"))
    }

    fn with(recording: &str) -> Self {
        Self {
            core: HomeAssistant::new(&Options::default(), Secret::new("TOKEN")),
            peer: Replay::new(recording),
            now: Duration::from_secs(1),
            reports: Vec::new(),
            sent: Vec::new(),
            end: None,
            answers: true,
        }
    }

    /// Lets the core in, and answers until it asks for nothing more.
    pub(super) fn connect(&mut self) {
        self.core.on_open(self.now);
        self.hear(&json!({ "type": "auth_required", "ha_version": "2024.3.3" }));
        assert_eq!(
            self.sent.pop(),
            Some(json!({ "type": "auth", "access_token": "TOKEN" }))
        );
        self.hear(&json!({ "type": "auth_ok", "ha_version": "2024.3.3" }));
    }

    pub(super) fn hear(&mut self, message: &Json) {
        let step = self.core.on_message(&message.to_string(), self.now);
        self.take(step);
    }

    /// States changed, in the compressed form.
    pub(super) fn change(&mut self, event: &Json) {
        let message = self.peer.states(event);
        self.hear(&message);
    }

    /// Somebody else does something that the recording has.
    pub(super) fn doing(&mut self, what: &str) {
        for message in self.peer.doing(what) {
            self.hear(&message);
        }
    }

    pub(super) fn take(&mut self, step: Step) {
        let mut waiting = VecDeque::from([step]);
        while let Some(step) = waiting.pop_front() {
            self.reports
                .extend(step.reports.into_iter().map(|report: Report| report.body));
            self.end = self.end.take().or(step.end);
            for message in step.send {
                let request: Json = serde_json::from_str(&message).expect("a request");
                let mut plain = request.clone();
                plain.as_object_mut().expect("a request").remove("id");
                self.sent.push(plain);
                if self.answers && request["type"] != "auth" {
                    for answer in self.peer.answer(&request) {
                        waiting.push_back(self.core.on_message(&answer.to_string(), self.now));
                    }
                }
            }
        }
    }

    /// Lets time pass, a tick at a time.
    pub(super) fn pass(&mut self, seconds: f64) {
        let until = self.now + Duration::from_secs_f64(seconds);
        while self.now < until {
            self.now += Duration::from_millis(100);
            let step = self.core.on_time(self.now);
            self.take(step);
        }
    }

    pub(super) fn order(&mut self, order: &Order) {
        let step = self.core.on_order(order, self.now);
        self.take(step);
    }

    /// Wishes something; how that ended, if it did.
    pub(super) fn wish(
        &mut self,
        native_id: &str,
        endpoint: u16,
        capability: &str,
        goal: Goal,
    ) -> Option<Result<(), String>> {
        let wish = WishId::new();
        self.order(&Order::Command(DriverCommand {
            wish,
            native_id: native_id.to_owned(),
            endpoint,
            capability: capability.to_owned(),
            goal,
        }));
        self.outcome(wish)
    }

    pub(super) fn outcome(&self, wish: WishId) -> Option<Result<(), String>> {
        self.reports.iter().find_map(|body| match body {
            ReportBody::Delivered { wish: ended } if *ended == wish => Some(Ok(())),
            ReportBody::Failed {
                wish: ended,
                reason,
            } if *ended == wish => Some(Err(reason.clone())),
            _ => None,
        })
    }

    /// The native id of the device that was announced under this name.
    pub(super) fn id(&self, name: &str) -> String {
        let found = self.reports.iter().find_map(|body| match body {
            ReportBody::Announced(device) if device.name == name => Some(device.native_id.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{name} was not announced"))
    }

    /// What the house knows by now: each device with its values, in short.
    pub(super) fn shown(&self) -> String {
        let mut devices: BTreeMap<String, (String, BTreeMap<String, String>)> = BTreeMap::new();
        for body in &self.reports {
            match body {
                ReportBody::Announced(device) => {
                    let place = device
                        .area
                        .as_deref()
                        .map(|area| format!(" in {area}"))
                        .unwrap_or_default();
                    let slug = device.slug.as_deref().unwrap_or("-");
                    let mut text = format!("{} [{} {slug}]{place}\n", device.name, device.kind);
                    for instance in &device.capabilities {
                        let label = instance
                            .label
                            .as_deref()
                            .map(|l| format!(" \"{l}\""))
                            .unwrap_or_default();
                        let mut can: Vec<String> = instance
                            .properties
                            .iter()
                            .map(|shape| {
                                let flags = if shape.writable { "*" } else { "" };
                                let silent = if shape.reports { "" } else { "?" };
                                let limits = match (shape.min, shape.max) {
                                    (Some(min), Some(max)) => format!(" {min}..{max}"),
                                    _ => String::new(),
                                };
                                let words = shape
                                    .values
                                    .as_ref()
                                    .map(|words| format!(" {}", words.join("|")))
                                    .unwrap_or_default();
                                let unit = shape
                                    .unit
                                    .as_deref()
                                    .map(|unit| format!(" {unit}"))
                                    .unwrap_or_default();
                                format!("{}{flags}{silent}{limits}{words}{unit}", shape.name)
                            })
                            .collect();
                        can.extend(instance.actions.iter().map(|action| format!("{action}()")));
                        can.extend(instance.events.iter().map(|event| format!("{event}!")));
                        text += &format!(
                            "  {}:{}{label}: {}\n",
                            instance.endpoint,
                            instance.capability.name,
                            can.join(", ")
                        );
                    }
                    devices.entry(device.native_id.clone()).or_default().0 = text;
                }
                ReportBody::Withdrawn { native_id } => {
                    devices.remove(native_id);
                }
                ReportBody::Values {
                    native_id,
                    readings,
                } => {
                    for reading in readings {
                        let value = reading
                            .value
                            .as_ref()
                            .map_or_else(|| "unknown".to_owned(), Value::to_string);
                        let unit = reading
                            .unit
                            .map(|unit| format!(" {}", unit.symbol()))
                            .unwrap_or_default();
                        let values = &mut devices.get_mut(native_id).expect("announced").1;
                        values.insert(reading.path.to_string(), format!("{value}{unit}"));
                    }
                }
                _ => {}
            }
        }
        let mut all: Vec<String> = devices
            .into_values()
            .map(|(text, values)| {
                let values: Vec<String> = values
                    .iter()
                    .map(|(path, value)| format!("{path} = {value}"))
                    .collect();
                format!("{text}  => {}\n", values.join(", "))
            })
            .collect();
        all.sort();
        all.concat()
    }

    /// The last value of a property of a device: nothing, unknown, or a text.
    pub(super) fn value(&self, native_id: &str, path: &str) -> Option<String> {
        self.reports.iter().rev().find_map(|body| match body {
            ReportBody::Values {
                native_id: of,
                readings,
            } if of == native_id => readings
                .iter()
                .find(|reading| reading.path.to_string() == path)
                .map(|reading| {
                    reading
                        .value
                        .as_ref()
                        .map_or_else(|| "unknown".to_owned(), Value::to_string)
                }),
            _ => None,
        })
    }
}

/// A target of one capability.
pub(super) fn target(values: &[(&str, Value)]) -> Goal {
    Goal::Target {
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

/// An action.
pub(super) fn action(command: &str) -> Goal {
    Goal::Action {
        command: command.to_owned(),
    }
}
