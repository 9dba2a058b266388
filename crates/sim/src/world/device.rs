//! A device: its slots, its power, and what is wrong with it.

use super::slot::{Refusal, Slot};
use crate::file::{DeviceFile, Kind};
use jiff::Timestamp;
use model::{Capability, Value, capability as c};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a device is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// It repeats its last values for ever.
    Stuck,
    /// It tells numbers that cannot be.
    Impossible,
    /// It says nothing any more, although it answers.
    Silent,
}

/// A device of the simulated house.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The index of its area.
    pub area: Option<usize>,
    /// What it knows.
    pub slots: Vec<Slot>,
    /// What it can be told to do once: name and title.
    pub actions: Vec<(&'static str, &'static str)>,
    /// Whether it runs on a battery of its own.
    pub portable: bool,
    /// Whether it is plugged in.
    pub plugged: bool,
    /// Whether it has power and is plugged in.
    pub online: bool,
    /// How it is broken.
    pub broken: Option<Break>,
    /// What it draws now in W; negative where it delivers.
    pub watts: f64,
    /// What the file says of it.
    pub file: DeviceFile,
    /// What only its physics knows.
    pub(crate) inner: Inner,
    /// When it last sent its state.
    pub(crate) sent_at: Option<Timestamp>,
    /// Whether the state has to go out now, whatever the thresholds say.
    pub(crate) due: bool,
}

/// What only the physics of a device knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inner {
    /// Seconds into a run, a cycle or a track.
    pub(crate) elapsed: f64,
    /// Seconds until `goal` is there.
    pub(crate) timer: f64,
    /// What a lock, a valve or an alarm is on its way to.
    pub(crate) goal: Option<Value>,
    /// Where a covering is on its way to.
    pub(crate) position: Option<f64>,
    /// How its slats shall stand.
    pub(crate) tilt: Option<f64>,
    /// Heating now.
    pub(crate) heating: bool,
    /// Cooling now.
    pub(crate) cooling: bool,
    /// Warmth that it gives to its area in W.
    pub(crate) warmth: f64,
    /// Light that it gives in lm.
    pub(crate) lumens: f64,
    /// Charge of a car in kWh.
    pub(crate) charge: f64,
    /// Whether the car is there.
    pub(crate) here: bool,
    /// The number of a track.
    pub(crate) track: usize,
    /// Energy that was drawn and delivered in kWh, with all its digits.
    pub(crate) drawn: f64,
    /// See `drawn`.
    pub(crate) delivered: f64,
}

/// The value of a slot at the start, before the file's own.
fn power(slots: &mut Vec<Slot>, volts: bool) {
    slots.push(Slot::number(&c::ELECTRICAL_POWER, "power", 0.0, 1, 3.0));
    if volts {
        slots.push(Slot::number(&c::ELECTRICAL_POWER, "voltage", 230.0, 1, 2.5));
        slots.push(Slot::number(&c::ELECTRICAL_POWER, "current", 0.0, 2, 0.1));
    }
    slots.push(Slot::number(
        &c::ELECTRICAL_ENERGY,
        "energy_imported",
        0.0,
        3,
        0.02,
    ));
}

/// What is worth a message of a value that moves all the time.
fn coarse(slots: &mut [Slot], name: &str, change: f64) {
    for slot in slots.iter_mut().filter(|slot| slot.name == name) {
        slot.change = change;
    }
}

fn exported() -> Slot {
    Slot::number(&c::ELECTRICAL_ENERGY, "energy_exported", 0.0, 3, 0.1)
}

/// The slots of a device as its file tells it, with start values and limits.
pub(crate) fn slots_of(file: &DeviceFile) -> Vec<Slot> {
    let options = &file.options;
    let yes = |option: Option<bool>| option == Some(true);
    let mut slots = Vec::new();
    let on = |value: bool| Slot::of(&c::ON_OFF, "on_off", value.into());
    let truth = |table: &'static Capability, name, value: bool| Slot::of(table, name, value.into());
    let word = |table: &'static Capability, name, value: &str| Slot::of(table, name, value.into());
    match file.kind {
        Kind::Light => {
            slots.push(on(false));
            if yes(options.dimmable) || yes(options.white) || yes(options.color) {
                slots.push(
                    Slot::number(&c::LEVEL_CONTROL, "current_level", 80.0, 0, 1.0)
                        .limits(1.0, 100.0, 1.0),
                );
            }
            if yes(options.color) {
                slots.push(Slot::number(&c::COLOR_CONTROL, "hue", 35.0, 0, 1.0));
                slots.push(Slot::number(&c::COLOR_CONTROL, "saturation", 60.0, 0, 1.0));
            }
            if yes(options.white) || yes(options.color) {
                slots.push(
                    Slot::number(&c::COLOR_CONTROL, "color_temperature", 2_700.0, 0, 1.0)
                        .limits(2_000.0, 6_500.0, 1.0),
                );
                slots.push(word(&c::COLOR_CONTROL, "color_mode", "ct"));
            }
        }
        Kind::Switch => slots.push(on(false)),
        Kind::Outlet => {
            slots.push(on(true));
            power(&mut slots, true);
        }
        Kind::Thermostat => {
            let cools = options.cools.is_some();
            slots.push(Slot::number(
                &c::THERMOSTAT,
                "local_temperature",
                20.0,
                1,
                0.15,
            ));
            slots.push(
                Slot::number(&c::THERMOSTAT, "heating_setpoint", 20.0, 1, 0.05)
                    .limits(5.0, 30.0, 0.5),
            );
            let mut modes = vec!["off", "heat"];
            if cools {
                slots.push(
                    Slot::number(&c::THERMOSTAT, "cooling_setpoint", 25.0, 1, 0.05)
                        .limits(16.0, 35.0, 0.5),
                );
                modes.extend(["cool", "auto"]);
            }
            let states = ["off", "idle", "heating", "cooling"];
            slots.push(word(&c::THERMOSTAT, "system_mode", "heat").words(&modes));
            slots.push(
                word(&c::THERMOSTAT, "running_state", "idle")
                    .words(&states[..if cools { 4 } else { 3 }]),
            );
        }
        Kind::Lock => slots.push(word(&c::DOOR_LOCK, "lock_state", "locked").words(&[
            "locked",
            "unlocked",
            "locking",
            "unlocking",
            "jammed",
        ])),
        Kind::Cover => {
            slots.push(Slot::number(
                &c::WINDOW_COVERING,
                "position",
                if options.class.as_deref() == Some("garage") {
                    0.0
                } else {
                    100.0
                },
                0,
                1.0,
            ));
            if yes(options.tilt) {
                slots.push(Slot::number(&c::WINDOW_COVERING, "tilt", 50.0, 0, 1.0));
            }
            slots.push(word(&c::WINDOW_COVERING, "motion", "stopped"));
        }
        Kind::Fan => {
            slots.push(on(false));
            slots.push(
                Slot::number(&c::FAN_CONTROL, "percent", 50.0, 0, 1.0).limits(1.0, 100.0, 1.0),
            );
            slots.push(
                word(&c::FAN_CONTROL, "fan_mode", "medium")
                    .words(&["low", "medium", "high", "auto"]),
            );
            slots.push(truth(&c::FAN_CONTROL, "oscillating", false));
            slots.push(word(&c::FAN_CONTROL, "direction", "forward"));
        }
        Kind::Valve => {
            slots.push(truth(&c::VALVE, "open", true));
            if yes(options.precise) {
                slots.push(Slot::number(&c::VALVE, "position", 100.0, 0, 1.0));
            }
        }
        Kind::MediaPlayer => {
            let sources = options
                .modes
                .clone()
                .unwrap_or_else(|| vec!["radio".into(), "streaming".into(), "line_in".into()]);
            let mut source = word(
                &c::MEDIA_PLAYBACK,
                "source",
                sources.first().map_or("radio", String::as_str),
            );
            source.words = sources;
            slots.push(
                word(&c::MEDIA_PLAYBACK, "playback_state", "off")
                    .words(&["playing", "paused", "stopped", "off"]),
            );
            slots.push(Slot::number(&c::MEDIA_PLAYBACK, "volume", 30.0, 0, 1.0));
            slots.push(truth(&c::MEDIA_PLAYBACK, "muted", false));
            slots.push(source);
            slots.push(word(&c::MEDIA_PLAYBACK, "title", ""));
        }
        Kind::Button => {}
        Kind::Contact => slots.push(truth(&c::CONTACT, "open", false)),
        Kind::Motion => {
            slots.push(truth(&c::OCCUPANCY_SENSING, "occupied", false));
            if yes(options.precise) {
                slots.push(Slot::number(
                    &c::ILLUMINANCE_MEASUREMENT,
                    "illuminance",
                    0.0,
                    0,
                    40.0,
                ));
            }
        }
        Kind::Tracker => {
            slots.push(truth(&c::PRESENCE, "home", true));
            slots.push(word(&c::PRESENCE, "location", "home"));
        }
        Kind::Climate => {
            slots.push(Slot::number(
                &c::TEMPERATURE_MEASUREMENT,
                "temperature",
                20.0,
                2,
                0.2,
            ));
            slots.push(Slot::number(
                &c::RELATIVE_HUMIDITY_MEASUREMENT,
                "humidity",
                50.0,
                1,
                1.5,
            ));
            slots.push(Slot::number(
                &c::PRESSURE_MEASUREMENT,
                "pressure",
                101_325.0,
                0,
                150.0,
            ));
        }
        Kind::Soil => {
            slots.push(Slot::number(
                &c::RELATIVE_HUMIDITY_MEASUREMENT,
                "humidity",
                45.0,
                1,
                1.0,
            ));
            slots.push(Slot::number(
                &c::TEMPERATURE_MEASUREMENT,
                "temperature",
                12.0,
                1,
                0.3,
            ));
        }
        Kind::Leak => slots.push(truth(&c::WATER_LEAK, "leak", false)),
        // Nothing in a simulated house walks into the beam by itself: a person sets it.
        Kind::Barrier => slots.push(truth(&c::OBSTRUCTION, "obstructed", false)),
        Kind::Smoke => {
            slots.push(truth(&c::SMOKE_CO_ALARM, "smoke", false));
            slots.push(truth(&c::SMOKE_CO_ALARM, "carbon_monoxide", false));
            slots.push(truth(&c::SMOKE_CO_ALARM, "tamper", false));
        }
        Kind::Air => {
            slots.push(Slot::number(&c::AIR_QUALITY, "co2", 500.0, 0, 25.0));
            slots.push(Slot::number(&c::AIR_QUALITY, "pm25", 6.0, 1, 1.5));
            slots.push(Slot::number(&c::AIR_QUALITY, "voc", 0.2, 2, 0.06));
            slots.push(Slot::number(
                &c::TEMPERATURE_MEASUREMENT,
                "temperature",
                20.0,
                1,
                0.2,
            ));
            slots.push(Slot::number(
                &c::RELATIVE_HUMIDITY_MEASUREMENT,
                "humidity",
                50.0,
                0,
                2.0,
            ));
        }
        Kind::Meter => {
            power(&mut slots, true);
            coarse(&mut slots, "power", 15.0);
            coarse(&mut slots, "energy_imported", 0.1);
            slots.push(exported());
        }
        Kind::Solar => {
            slots.push(Slot::number(&c::ELECTRICAL_POWER, "power", 0.0, 0, 40.0));
            slots.push(exported());
        }
        Kind::Battery => {
            slots.push(Slot::number(&c::POWER_SOURCE, "battery", 55.0, 1, 0.5));
            slots.push(truth(&c::POWER_SOURCE, "charging", false));
            slots.push(Slot::number(&c::ELECTRICAL_POWER, "power", 0.0, 0, 20.0));
            slots.push(Slot::number(
                &c::ELECTRICAL_ENERGY,
                "energy_imported",
                0.0,
                3,
                0.1,
            ));
            slots.push(exported());
            slots.push(
                word(&c::MODE_SELECT, "mode", "self_use").words(&["self_use", "charge", "hold"]),
            );
            slots.push(
                Slot::number(&c::NUMBER_SETTING, "value", 10.0, 0, 1.0)
                    .limits(0.0, 90.0, 5.0)
                    .named("reserve", "Reserve", Some(model::Unit::Percent)),
            );
        }
        Kind::Generator => {
            slots.push(on(false));
            slots.push(word(&c::MODE_SELECT, "mode", "auto").words(&["auto", "manual"]));
            slots.push(Slot::number(&c::ELECTRICAL_POWER, "power", 0.0, 0, 20.0));
            slots.push(exported());
            slots.push(
                Slot::number(&c::NUMBER_SETTING, "value", 80.0, 1, 0.5)
                    .limits(0.0, 100.0, 1.0)
                    .named("fuel", "Fuel", Some(model::Unit::Percent))
                    .read_only(),
            );
        }
        Kind::Charger => {
            slots.push(word(&c::ENERGY_EVSE, "state", "not_plugged_in").words(&[
                "not_plugged_in",
                "plugged_in",
                "charging",
                "fault",
            ]));
            slots.push(truth(&c::ENERGY_EVSE, "charging_enabled", true));
            slots.push(
                Slot::number(&c::ENERGY_EVSE, "max_charge_current", 16.0, 0, 1.0)
                    .limits(6.0, 32.0, 1.0),
            );
            slots.push(Slot::number(&c::ENERGY_EVSE, "charge_power", 0.0, 0, 30.0));
            slots.push(Slot::number(&c::ENERGY_EVSE, "session_energy", 0.0, 3, 0.1));
            slots.push(Slot::number(
                &c::ELECTRICAL_ENERGY,
                "energy_imported",
                0.0,
                3,
                0.1,
            ));
        }
        Kind::Alarm => slots.push(word(&c::SECURITY_ALARM, "alarm_state", "disarmed").words(&[
            "disarmed",
            "armed_home",
            "armed_away",
            "armed_night",
            "arming",
            "pending",
            "triggered",
        ])),
        Kind::Weather => {
            slots.push(Slot::number(
                &c::TEMPERATURE_MEASUREMENT,
                "temperature",
                10.0,
                1,
                0.2,
            ));
            slots.push(Slot::number(
                &c::RELATIVE_HUMIDITY_MEASUREMENT,
                "humidity",
                70.0,
                0,
                2.0,
            ));
            slots.push(Slot::number(
                &c::PRESSURE_MEASUREMENT,
                "pressure",
                101_325.0,
                0,
                60.0,
            ));
            slots.push(Slot::number(
                &c::ILLUMINANCE_MEASUREMENT,
                "illuminance",
                0.0,
                0,
                1_500.0,
            ));
            slots.push(Slot::number(&c::WEATHER_STATION, "wind_speed", 3.0, 1, 0.6));
            slots.push(Slot::number(&c::WEATHER_STATION, "wind_gust", 4.0, 1, 1.0));
            slots.push(Slot::number(
                &c::WEATHER_STATION,
                "wind_direction",
                220.0,
                0,
                10.0,
            ));
            slots.push(Slot::number(&c::WEATHER_STATION, "rain_rate", 0.0, 1, 0.3));
            slots.push(Slot::number(&c::WEATHER_STATION, "rain_total", 0.0, 1, 0.2));
            slots.push(Slot::number(
                &c::WEATHER_STATION,
                "cloud_cover",
                50.0,
                0,
                8.0,
            ));
            slots.push(
                Slot::number(&c::WEATHER_STATION, "uv_index", 0.0, 1, 0.5).limits(0.0, 20.0, 0.1),
            );
            slots.push(word(&c::WEATHER_STATION, "condition", "cloudy"));
        }
        Kind::Appliance => {
            if options.appliance.as_deref() != Some("fridge") {
                slots.push(on(false));
            }
            if let Some(modes) = &options.modes {
                let mut mode = word(
                    &c::MODE_SELECT,
                    "mode",
                    modes.first().map_or("", String::as_str),
                );
                mode.words.clone_from(modes);
                slots.push(mode);
            }
            power(&mut slots, false);
        }
        Kind::Display => {
            slots.push(word(&c::TEXT_SETTING, "text", "Welcome home"));
            slots.push(
                Slot::number(&c::NUMBER_SETTING, "value", 60.0, 0, 1.0)
                    .limits(0.0, 100.0, 5.0)
                    .named("contrast", "Contrast", Some(model::Unit::Percent)),
            );
            let pages = options
                .modes
                .clone()
                .unwrap_or_else(|| vec!["clock".into(), "weather".into(), "text".into()]);
            let mut page = word(
                &c::MODE_SELECT,
                "mode",
                pages.first().map_or("", String::as_str),
            );
            page.words = pages;
            slots.push(page);
        }
    }
    if portable(file) {
        slots.push(Slot::number(&c::POWER_SOURCE, "battery", 100.0, 0, 1.0));
    }
    if portable(file) || matches!(file.kind, Kind::Light | Kind::Outlet) {
        slots.push(Slot::link(140.0));
    }
    if file.kind == Kind::Tracker {
        // A phone tells every third per cent; its cell moves all day.
        coarse(&mut slots, "battery", 3.0);
    }
    dress(slots, file)
}

/// The file's own limits and start values.
fn dress(mut slots: Vec<Slot>, file: &DeviceFile) -> Vec<Slot> {
    for slot in &mut slots {
        if let Some([least, most]) = file.limits.get(slot.name) {
            (slot.min, slot.max) = (least.max(slot.min), most.min(slot.max));
            if let Value::Number(value) = &mut slot.value
                && slot.min <= slot.max
            {
                *value = value.clamp(slot.min, slot.max);
            }
        }
        if let Some(value) = file.start.get(slot.name) {
            slot.value = value.clone();
        }
    }
    slots
}

/// Whether it runs on a battery of its own.
fn portable(file: &DeviceFile) -> bool {
    file.kind != Kind::Battery && file.battery.unwrap_or(file.kind.words().battery)
}

impl Slot {
    fn named(mut self, name: &'static str, title: &'static str, unit: Option<model::Unit>) -> Self {
        (self.name, self.title, self.unit) = (name, title, unit);
        self
    }
}

impl Device {
    /// A device as its file tells it.
    pub(crate) fn new(file: &DeviceFile, area: Option<usize>) -> Self {
        let actions: &[(&str, &str)] = match (file.kind, file.options.appliance.as_deref()) {
            (Kind::Cover, _) => &[("stop", "Stop")],
            (Kind::MediaPlayer, _) => &[("next", "Next"), ("previous", "Previous")],
            (Kind::Display, _) => &[("refresh", "Refresh")],
            (Kind::Appliance, Some("coffee_maker")) => &[("descale", "Descale")],
            _ => &[],
        };
        let inner = Inner {
            charge: file.options.capacity.unwrap_or(50.0) * 0.6,
            ..Inner::default()
        };
        let mut device = Self {
            slug: file.slug.to_string(),
            name: file.name.clone(),
            kind: file.kind,
            area,
            slots: slots_of(file),
            actions: actions.to_vec(),
            portable: portable(file),
            plugged: true,
            online: true,
            broken: None,
            watts: 0.0,
            file: file.clone(),
            inner,
            sent_at: None,
            due: true,
        };
        device.inner.drawn = device.number("energy_imported").unwrap_or(0.0);
        device.inner.delivered = device.number("energy_exported").unwrap_or(0.0);
        device
    }

    /// Its slot of that name.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// The true value of a slot.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.slot(name).map(|slot| &slot.value)
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_number)
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn word(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_text).unwrap_or("")
    }

    /// Gives a slot its true value; nothing where the device has no such slot.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.name == name) {
            let value = value.into();
            if slot.value != value {
                slot.value = value;
            }
        }
    }

    /// A refusal for a name that it does not have.
    pub(crate) fn unknown(&self, name: &str) -> Refusal {
        let names: Vec<&str> = self
            .slots
            .iter()
            .map(|slot| slot.name)
            .chain(self.actions.iter().map(|(name, _)| *name))
            .collect();
        Refusal {
            code: "unknown_value",
            message: format!("`{}` has no `{name}`", self.slug),
            expected: format!("one of {}", names.join(", ")),
        }
    }

    /// The capabilities that a hub can make of it.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&'static Capability> {
        let mut found: Vec<&'static Capability> = Vec::new();
        let slots = self.slots.iter().filter_map(|slot| slot.capability);
        let button = (self.kind == Kind::Button).then_some(&c::BUTTON);
        let trigger = self
            .actions
            .iter()
            .any(|(name, _)| matches!(*name, "refresh" | "descale"))
            .then_some(&c::TRIGGER);
        for capability in slots.chain(button).chain(trigger) {
            if !found.contains(&capability) {
                found.push(capability);
            }
        }
        found
    }

    /// What is true now, by name.
    #[must_use]
    pub fn state(&self) -> BTreeMap<&'static str, Value> {
        self.slots
            .iter()
            .map(|slot| (slot.name, slot.rounded(slot.shown())))
            .collect()
    }
}
