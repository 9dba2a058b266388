//! A BTHome device: what it has said so far, as capabilities and values.
//!
//! The endpoint of a value depends on its object and on how many of its kind stand before it in the
//! packet, and on nothing that came before, so that it is the same after any restart. What a table
//! knows is on 1 to 15: the second temperature of a packet is on 2. What needs an endpoint of its
//! own has sixteen times the id of the first object of its kind, and on from there.

use super::{
    bthome::{Said, Value},
    objects::{OBJECTS, Object, Place},
};
use model::{Capability, DeviceKind, Instance, PropertyShape, Reading, capability as table};
use std::collections::BTreeMap;

/// Capabilities of one device.
const INSTANCES: usize = 48;
/// Things of one kind in a packet.
const OF_A_KIND: u16 = 15;

/// What a BTHome device has said so far.
#[derive(Debug, Default)]
pub(super) struct Device {
    instances: BTreeMap<(u16, &'static str), Instance>,
    values: BTreeMap<model::Path, Reading>,
}

/// What a packet led to.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Whether the device can do more than was known.
    pub(super) is_news: bool,
    pub(super) readings: Vec<Reading>,
    /// Endpoint, capability, event.
    pub(super) events: Vec<(u16, &'static str, &'static str)>,
    /// What could not be used, for people.
    pub(super) fault: Option<String>,
}

impl Device {
    /// Takes in what a packet says.
    pub(super) fn take(&mut self, said: &[Said]) -> Taken {
        let mut taken = Taken::default();
        let mut counted: BTreeMap<(&'static str, &'static str), u16> = BTreeMap::new();
        for said in said {
            let Some((key, label)) = kind(said.object) else {
                continue;
            };
            let count = counted.entry(key).or_default();
            if *count >= OF_A_KIND {
                continue;
            }
            let endpoint = match label {
                None => *count + 1,
                Some(_) => u16::from(first_alike(said.object)) * 16 + *count,
            };
            *count += 1;
            let label = label.map(|label| match *count {
                1 => label.to_owned(),
                count => format!("{label} {count}"),
            });
            self.place(endpoint, label, said, &mut taken);
        }
        taken
    }

    fn place(&mut self, endpoint: u16, label: Option<String>, said: &Said, taken: &mut Taken) {
        let (capability, name, unit, shape) = match said.object.place {
            Place::Shared(capability, name, unit) | Place::Own(capability, name, unit, _) => {
                (capability, name, unit, None)
            }
            Place::Number(_, unit) => {
                let unit = (!unit.is_empty()).then(|| unit.to_owned());
                (&table::NUMBER_SETTING, "value", None, Some((unit, None)))
            }
            Place::Words(_, words) => {
                let words = words.map(str::to_owned).to_vec();
                (&table::MODE_SELECT, "mode", None, Some((None, Some(words))))
            }
            Place::Text(_) => (&table::TEXT_SETTING, "text", None, None),
            Place::Events(_, words) => return self.event(endpoint, label, words, said, taken),
            Place::Nowhere => return,
        };
        let value: model::Value = match (&said.value, said.object.place) {
            (Value::Truth(truth), Place::Words(_, words)) => words[usize::from(*truth)].into(),
            (Value::Truth(truth), _) => (*truth).into(),
            (Value::Number(number), _) => (*number).into(),
            (Value::Text(text), _) => text.as_str().into(),
            (Value::Event(_), _) => return,
        };
        let Some(instance) = self.instance(endpoint, capability, label) else {
            return;
        };
        let property = capability.at(endpoint, name).property;
        if instance.property(name).is_none() {
            let (unit, values) = shape.unwrap_or_default();
            instance.properties.push(PropertyShape {
                writable: false,
                unit,
                values,
                ..PropertyShape::of(property)
            });
            taken.is_news = true;
        }
        if instance.property(name).is_none() {
            return;
        }
        if let Err(fault) = property.accept_report(&value, unit) {
            let name = format!("{}.{name}", capability.name);
            taken.fault.get_or_insert(format!("{name}: {fault}"));
            return;
        }
        let path = capability.at(endpoint, name);
        let reading = Reading {
            path,
            value: Some(value),
            unit,
        };
        self.values.insert(path, reading.clone());
        taken.readings.push(reading);
    }

    fn event(
        &mut self,
        endpoint: u16,
        label: Option<String>,
        words: &[&str],
        said: &Said,
        taken: &mut Taken,
    ) {
        let capability = &table::BUTTON;
        let Some(instance) = self.instance(endpoint, capability, label) else {
            return;
        };
        if instance.events.is_empty() {
            instance.events = words.iter().map(|word| (*word).to_owned()).collect();
            taken.is_news = true;
        }
        if let Value::Event(Some(event)) = said.value {
            taken.events.push((endpoint, capability.name, event));
        }
    }

    /// The instance of a capability on an endpoint, made where there is room for it.
    fn instance(
        &mut self,
        endpoint: u16,
        capability: &'static Capability,
        label: Option<String>,
    ) -> Option<&mut Instance> {
        let key = (endpoint, capability.name);
        if !self.instances.contains_key(&key) && self.instances.len() >= INSTANCES {
            return None;
        }
        let instance = self.instances.entry(key).or_insert_with(|| Instance {
            label,
            ..Instance::of(capability, []).on(endpoint)
        });
        Some(instance)
    }

    /// What it can do, as far as it has said.
    pub(super) fn capabilities(&self) -> Vec<Instance> {
        self.instances.values().cloned().collect()
    }

    /// The last of each of its values.
    pub(super) fn values(&self) -> Vec<Reading> {
        self.values.values().cloned().collect()
    }

    /// What people would call it.
    pub(super) fn kind(&self) -> DeviceKind {
        let has = |capability: &Capability, property: &str| {
            let all = self.instances.values();
            let mut same = all.filter(|instance| *instance.capability == *capability);
            same.any(|instance| property.is_empty() || instance.property(property).is_some())
        };
        for (capability, property, kind) in [
            (&table::SMOKE_CO_ALARM, "smoke", DeviceKind::Smoke),
            (&table::WATER_LEAK, "", DeviceKind::Leak),
            (&table::CONTACT, "", DeviceKind::Contact),
            (&table::OCCUPANCY_SENSING, "", DeviceKind::Motion),
            (&table::ELECTRICAL_ENERGY, "", DeviceKind::Meter),
            (&table::ELECTRICAL_POWER, "power", DeviceKind::Meter),
            (&table::TEMPERATURE_MEASUREMENT, "", DeviceKind::Sensor),
            (&table::BUTTON, "", DeviceKind::Button),
        ] {
            if has(capability, property) {
                return kind;
            }
        }
        DeviceKind::Sensor
    }
}

/// What is counted together in a packet, and the label where it has endpoints of its own.
fn kind(object: &Object) -> Option<((&'static str, &'static str), Option<&'static str>)> {
    Some(match object.place {
        Place::Shared(capability, name, _) => ((capability.name, name), None),
        Place::Own(capability, _, _, label) => ((capability.name, label), Some(label)),
        Place::Number(label, unit) => ((label, unit), Some(label)),
        Place::Words(label, _) | Place::Text(label) => ((label, ""), Some(label)),
        Place::Events(label, _) => (("events", label.unwrap_or_default()), label),
        Place::Nowhere => return None,
    })
}

/// The id of the first object of the same kind, which stands for all of them.
fn first_alike(object: &Object) -> u8 {
    let wanted = kind(object);
    let first = OBJECTS.iter().find(|other| kind(other) == wanted);
    first.map_or(object.id, |first| first.id)
}

#[cfg(test)]
mod tests {
    use super::{super::bthome::read, Device};
    use model::{DeviceKind, Unit};

    fn said(device: &mut Device, data: &[u8]) -> Vec<String> {
        let packet = read(data).expect("a packet");
        let taken = device.take(&packet.said);
        let readings = taken.readings.iter().map(|reading| {
            let value = reading.value.clone().expect("a value");
            let unit = reading.unit.map_or("", Unit::symbol);
            format!("{} {value}{unit}", reading.path)
        });
        let events = taken
            .events
            .iter()
            .map(|(endpoint, table, event)| format!("{endpoint}:{table} {event}"));
        readings.chain(events).chain(taken.fault).collect()
    }

    #[test]
    fn values_come_where_their_tables_are() {
        let mut device = Device::default();
        let data = [
            0x40, 0x01, 97, 0x02, 0x66, 0x08, 0x02, 0x02, 0x09, 0x03, 0x94, 0x11, 0x04, 0x13, 0x8a,
            0x01,
        ];
        assert_eq!(
            said(&mut device, &data),
            [
                "PowerSource.battery 97",
                "TemperatureMeasurement.temperature 21.5",
                "2:TemperatureMeasurement.temperature 23.06",
                "RelativeHumidityMeasurement.humidity 45",
                "PressureMeasurement.pressure 1008.83hPa",
            ]
        );
        assert_eq!(device.kind(), DeviceKind::Sensor);
        assert_eq!(device.values().len(), 5);
        assert!(
            device
                .capabilities()
                .iter()
                .flat_map(|one| &one.properties)
                .all(|shape| !shape.writable)
        );
    }

    #[test]
    fn what_no_table_knows_is_kept_with_its_unit() {
        let mut device = Device::default();
        // The same count in two widths is the same count.
        assert_eq!(
            said(&mut device, &[0x40, 0x09, 5]),
            ["144:NumberSetting.value 5"]
        );
        assert_eq!(
            said(&mut device, &[0x40, 0x3d, 5, 1]),
            ["144:NumberSetting.value 261"]
        );
        let data = [0x40, 0x26, 1, 0x40, 12, 0, 0x40, 13, 0];
        assert_eq!(
            said(&mut device, &data),
            [
                "608:ModeSelect.mode problem",
                "1024:NumberSetting.value 12",
                "1025:NumberSetting.value 13"
            ]
        );
        let all = device.capabilities();
        let labels: Vec<_> = all
            .iter()
            .map(|one| one.label.clone().unwrap_or_default())
            .collect();
        assert_eq!(labels, ["Count", "Problem", "Distance", "Distance 2"]);
        assert_eq!(all[2].properties[0].unit.as_deref(), Some("mm"));
    }

    #[test]
    fn presses_are_events_and_nonsense_is_told() {
        let mut device = Device::default();
        assert_eq!(
            said(&mut device, &[0x44, 0x3a, 0, 0x3a, 2]),
            ["2:Button double_press"]
        );
        assert_eq!(device.capabilities().len(), 2);
        assert_eq!(device.kind(), DeviceKind::Button);
        let fault = said(&mut device, &[0x40, 0x01, 250]);
        assert_eq!(fault.len(), 1);
        assert!(
            fault[0].starts_with("PowerSource.battery: 250 is out of range"),
            "{fault:?}"
        );
    }
}
