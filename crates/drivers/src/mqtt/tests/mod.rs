//! Tests of the pure core: discovery messages in, announcements, readings and commands out.

mod components;
mod devices;
mod hostile;
mod keyed;
mod lights;
mod recorded;
mod tasmota;

use super::{Mqtt, Options};
use model::{Announcement, DriverCommand, Goal, Order, Report, ReportBody, Value, WishId};
use std::{fmt::Write as _, time::Duration};

/// A core and what it said, in short lines.
pub(super) struct Story {
    pub(super) core: Mqtt,
    pub(super) now: Duration,
}

impl Story {
    pub(super) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(super) fn with(options: Options) -> Self {
        Self {
            core: Mqtt::new(options),
            now: Duration::ZERO,
        }
    }

    /// A message comes; what it leads to at once.
    pub(super) fn message(&mut self, topic: &str, payload: &str) -> String {
        let reports = self
            .core
            .on_message(topic, payload.as_bytes(), false, self.now);
        shown(&reports)
    }

    /// A discovery message comes, and settles.
    pub(super) fn config(&mut self, topic: &str, payload: &str) -> String {
        let mut text = self.message(&format!("homeassistant/{topic}/config"), payload);
        text.push_str(&self.settle());
        text
    }

    pub(super) fn settle(&mut self) -> String {
        let reports = self.core.take_announcements();
        shown(&reports)
    }

    /// What is published for a wish of `2:Capability.property = value` or `Capability.action()`.
    pub(super) fn wish(&mut self, native_id: &str, what: &str) -> String {
        let (endpoint, what) = match what.split_once(':') {
            Some((endpoint, rest)) if endpoint.parse::<u16>().is_ok() => {
                (endpoint.parse().expect("checked"), rest)
            }
            _ => (1, what),
        };
        let (capability, rest) = what.split_once('.').expect("Capability.property");
        let goal = match rest.strip_suffix("()") {
            Some(command) => Goal::Action {
                command: command.to_owned(),
            },
            None => Goal::Target {
                values: rest
                    .split(", ")
                    .map(|pair| {
                        let (name, value) = pair.split_once(" = ").expect("property = value");
                        let value = serde_json::from_str::<Value>(value)
                            .unwrap_or_else(|_| Value::Text(value.to_owned()));
                        (name.to_owned(), value)
                    })
                    .collect(),
            },
        };
        let answer = self.core.on_order(&Order::Command(DriverCommand {
            wish: WishId::new(),
            native_id: native_id.to_owned(),
            endpoint,
            capability: capability.to_owned(),
            goal,
        }));
        let mut text = shown(&answer.reports);
        for publish in answer.publishes {
            let kept = if publish.retain { " (kept)" } else { "" };
            let payload = sorted(&publish.payload);
            let _ = writeln!(text, "> {} {payload}{kept}", publish.topic);
        }
        text
    }
}

/// A JSON object with its keys in their order, whatever order the parser is built to keep.
fn sorted(payload: &str) -> String {
    type Object = std::collections::BTreeMap<String, serde_json::Value>;
    match serde_json::from_str::<Object>(payload) {
        Ok(object) => {
            let pairs: Vec<String> = object
                .iter()
                .map(|(key, value)| format!("{key}: {}", sorted(&value.to_string())))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Err(_) => payload.to_owned(),
    }
}

/// Reports in short lines.
pub(super) fn shown(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let _ = match &report.body {
            ReportBody::Announced(device) => writeln!(text, "{}", announced(device)),
            ReportBody::Withdrawn { native_id } => writeln!(text, "{native_id} is gone"),
            ReportBody::Connectivity {
                native_id,
                connectivity,
                ..
            } => writeln!(text, "{native_id} {}", connectivity.as_str()),
            ReportBody::Values {
                native_id,
                readings,
            } => {
                for reading in readings {
                    let value = match &reading.value {
                        None => "unknown".to_owned(),
                        Some(value) => value.to_string(),
                    };
                    let unit = reading.unit.map_or("", model::Unit::symbol);
                    let _ = writeln!(text, "{native_id} {} = {value}{unit}", reading.path);
                }
                Ok(())
            }
            ReportBody::DeviceEvent {
                native_id,
                endpoint,
                capability,
                event,
            } => writeln!(text, "{native_id} {endpoint}:{capability} {event}!"),
            ReportBody::Failed { reason, .. } => writeln!(text, "failed: {reason}"),
            ReportBody::OrderDone { result, .. } => writeln!(text, "done: {result:?}"),
            other => writeln!(text, "{other:?}"),
        };
    }
    text
}

/// A device in short lines: `w` is written, `r` reported; limits and words where it has own.
pub(super) fn announced(device: &Announcement) -> String {
    let mut text = format!("{} \"{}\" {}", device.native_id, device.name, device.kind);
    for (word, value) in [
        ("slug", &device.slug),
        ("by", &device.manufacturer),
        ("model", &device.model),
        ("via", &device.via),
        ("in", &device.area),
    ] {
        if let Some(value) = value {
            let _ = write!(text, " {word}={value}");
        }
    }
    for instance in &device.capabilities {
        let _ = write!(
            text,
            "\n  {}:{}",
            instance.endpoint, instance.capability.name
        );
        if let Some(label) = &instance.label {
            let _ = write!(text, " \"{label}\"");
        }
        for shape in &instance.properties {
            let reports = if shape.reports { "r" } else { "" };
            let writes = if shape.writable { "w" } else { "" };
            let _ = write!(text, " {}:{reports}{writes}", shape.name);
            if shape.min.is_some() || shape.max.is_some() {
                let _ = write!(
                    text,
                    "[{}..{}]",
                    shape.min.unwrap_or(f64::NAN),
                    shape.max.unwrap_or(f64::NAN)
                );
            }
            if let Some(unit) = &shape.unit {
                let _ = write!(text, "{unit}");
            }
            if let Some(values) = &shape.values {
                let _ = write!(text, "({})", values.join("|"));
            }
        }
        for action in &instance.actions {
            let _ = write!(text, " {action}()");
        }
        for event in &instance.events {
            let _ = write!(text, " {event}!");
        }
    }
    text
}
