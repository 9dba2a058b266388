//! Which devices are meant: by name, by kind, by room.

use super::Fault;
use super::decode::Fields;
use model::DeviceKind;
use serde_json::{Map, Value as Json, json};

/// Some devices of the house. Everything that is given must fit; what `except` names is left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// Slugs, aliases or names of devices; empty means any.
    pub devices: Vec<String>,
    /// Slugs or names of areas; empty means anywhere.
    pub areas: Vec<String>,
    /// A floor.
    pub floor: Option<String>,
    /// A kind of device.
    pub kind: Option<DeviceKind>,
    /// Slugs, aliases or names of devices that are not meant.
    pub except: Vec<String>,
}

impl Target {
    /// A single device.
    #[must_use]
    pub fn device(name: impl Into<String>) -> Self {
        Self {
            devices: vec![name.into()],
            ..Self::default()
        }
    }

    /// Whether nothing narrows it down.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.devices.is_empty()
            && self.areas.is_empty()
            && self.floor.is_none()
            && self.kind.is_none()
    }

    /// Takes `device`, `devices`, `area`, `areas`, `floor`, `kind`, `except`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let mut devices = fields.texts("devices");
        devices.extend(fields.text("device"));
        let mut areas = fields.texts("areas");
        areas.extend(fields.text("area"));
        let kind = fields.word("kind", DeviceKind::parse, || {
            DeviceKind::ALL
                .iter()
                .map(|kind| kind.as_str().to_owned())
                .collect()
        });
        Self {
            devices,
            areas,
            floor: fields.text("floor"),
            kind,
            except: fields.texts("except"),
        }
    }

    /// The same, where something must be named.
    pub(super) fn required(fields: &mut Fields<'_>) -> Self {
        let everything = fields.truth("everything").unwrap_or(false);
        let target = Self::read(fields);
        if target.is_everything() && !everything {
            fields.fault(Fault::at(
                fields.path(),
                "it does not say which devices",
                "`device`, `area`, `kind` or `floor`; or `everything = true`",
            ));
        }
        target
    }

    /// As it is written.
    pub(super) fn write(&self, into: &mut Map<String, Json>) {
        let mut list = |one: &str, many: &str, names: &[String]| match names {
            [] => {}
            [name] => drop(into.insert(one.into(), json!(name))),
            names => drop(into.insert(many.into(), json!(names))),
        };
        list("device", "devices", &self.devices);
        list("area", "areas", &self.areas);
        if let Some(floor) = &self.floor {
            into.insert("floor".into(), json!(floor));
        }
        if let Some(kind) = self.kind {
            into.insert("kind".into(), json!(kind.as_str()));
        }
        if !self.except.is_empty() {
            into.insert("except".into(), json!(self.except));
        }
    }
}
