//! What a question in words asks of a device: which of its properties, and what they must be.

use crate::house::Thing;
use crate::lang::{Attr, State};
use model::{Connectivity, DeviceKind, Path, Value};
use twin::DeviceTwin;

/// A test that a property passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// It is true, or false.
    Is(bool),
    /// It is one of these words.
    Word(&'static [&'static str]),
    /// It is none of these words.
    NoWord(&'static [&'static str]),
    /// It is a larger number.
    Above(f64),
    /// It is this number or a smaller one.
    AtMost(f64),
}

impl Test {
    /// Whether a value passes.
    #[must_use]
    pub fn passes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Is(wanted), Value::Bool(truth)) => wanted == *truth,
            (Self::Word(words), Value::Text(word)) => words.contains(&word.as_str()),
            (Self::NoWord(words), Value::Text(word)) => !words.contains(&word.as_str()),
            (Self::Above(limit), Value::Number(number)) => *number > limit,
            (Self::AtMost(limit), Value::Number(number)) => *number <= limit,
            _ => false,
        }
    }
}

type Ask = (&'static str, &'static str, Test);

/// What a state means in terms of properties; the first that a device has counts.
fn asks(state: State) -> &'static [Ask] {
    use Test::{Above, AtMost, Is, NoWord, Word};
    match state {
        State::On => &[
            ("OnOff", "on_off", Is(true)),
            (
                "MediaPlayback",
                "playback_state",
                NoWord(&["off", "stopped"]),
            ),
            ("Thermostat", "system_mode", NoWord(&["off"])),
            ("FanControl", "fan_mode", NoWord(&["off"])),
            ("FanControl", "percent", Above(0.0)),
            ("EnergyEvse", "charging_enabled", Is(true)),
            (
                "SecurityAlarm",
                "alarm_state",
                NoWord(&["disarmed", "disarming"]),
            ),
            ("ValveConfigurationAndControl", "open", Is(true)),
        ],
        State::Off => &[
            ("OnOff", "on_off", Is(false)),
            ("MediaPlayback", "playback_state", Word(&["off", "stopped"])),
            ("Thermostat", "system_mode", Word(&["off"])),
            ("FanControl", "fan_mode", Word(&["off"])),
            ("FanControl", "percent", AtMost(0.0)),
            ("EnergyEvse", "charging_enabled", Is(false)),
            ("SecurityAlarm", "alarm_state", Word(&["disarmed"])),
            ("ValveConfigurationAndControl", "open", Is(false)),
        ],
        State::Open => &[
            ("Contact", "open", Is(true)),
            ("WindowCovering", "position", Above(0.0)),
            ("ValveConfigurationAndControl", "open", Is(true)),
            ("DoorLock", "lock_state", Word(&["open"])),
        ],
        State::Closed => &[
            ("Contact", "open", Is(false)),
            ("WindowCovering", "position", AtMost(0.0)),
            ("ValveConfigurationAndControl", "open", Is(false)),
        ],
        State::Locked => &[("DoorLock", "lock_state", Word(&["locked"]))],
        State::Unlocked => &[(
            "DoorLock",
            "lock_state",
            Word(&["unlocked", "open", "unlocking"]),
        )],
        State::Jammed => &[("DoorLock", "lock_state", Word(&["jammed"]))],
        State::Playing => &[(
            "MediaPlayback",
            "playback_state",
            Word(&["playing", "buffering"]),
        )],
        State::Paused => &[("MediaPlayback", "playback_state", Word(&["paused"]))],
        State::Muted => &[("MediaPlayback", "muted", Is(true))],
        State::Armed => &[(
            "SecurityAlarm",
            "alarm_state",
            Word(&[
                "armed_home",
                "armed_away",
                "armed_night",
                "armed_vacation",
                "arming",
                "pending",
                "triggered",
            ]),
        )],
        State::Disarmed => &[(
            "SecurityAlarm",
            "alarm_state",
            Word(&["disarmed", "disarming"]),
        )],
        State::Triggered => &[
            ("SecurityAlarm", "alarm_state", Word(&["triggered"])),
            ("SmokeCoAlarm", "smoke", Is(true)),
        ],
        State::Charging => &[
            ("EnergyEvse", "state", Word(&["charging"])),
            ("PowerSource", "charging", Is(true)),
        ],
        State::Plugged => &[(
            "EnergyEvse",
            "state",
            Word(&["plugged_in", "charging", "discharging"]),
        )],
        State::Unplugged => &[("EnergyEvse", "state", Word(&["not_plugged_in"]))],
        State::Heating => &[(
            "Thermostat",
            "running_state",
            Word(&["heating", "preheating"]),
        )],
        State::Cooling => &[("Thermostat", "running_state", Word(&["cooling"]))],
        State::Idle => &[("Thermostat", "running_state", Word(&["idle", "off"]))],
        State::Running => &[
            (
                "MediaPlayback",
                "playback_state",
                Word(&["playing", "buffering"]),
            ),
            ("Thermostat", "running_state", NoWord(&["idle", "off"])),
            ("OnOff", "on_off", Is(true)),
            ("FanControl", "percent", Above(0.0)),
            ("EnergyEvse", "state", Word(&["charging"])),
            ("ValveConfigurationAndControl", "open", Is(true)),
        ],
        State::Stopped => &[
            ("WindowCovering", "motion", Word(&["stopped"])),
            ("MediaPlayback", "playback_state", Word(&["stopped", "off"])),
        ],
        State::Opening => &[("WindowCovering", "motion", Word(&["opening"]))],
        State::Closing => &[("WindowCovering", "motion", Word(&["closing"]))],
        State::Occupied => &[("OccupancySensing", "occupied", Is(true))],
        State::Empty => &[("OccupancySensing", "occupied", Is(false))],
        State::Wet => &[("WaterLeak", "leak", Is(true))],
        State::Smoke => &[("SmokeCoAlarm", "smoke", Is(true))],
        State::CarbonMonoxide => &[("SmokeCoAlarm", "carbon_monoxide", Is(true))],
        State::Gas => &[("SmokeCoAlarm", "gas", Is(true))],
        State::Tampered => &[("SmokeCoAlarm", "tamper", Is(true))],
        State::Low => &[
            ("PowerSource", "battery", AtMost(20.0)),
            ("PowerSource", "battery_low", Is(true)),
        ],
        State::Home => &[("Presence", "home", Is(true))],
        State::Away => &[("Presence", "home", Is(false))],
        State::Raining => &[("WeatherStation", "rain_rate", Above(0.0))],
        State::Offline | State::Online | State::Pressed => &[],
    }
}

/// The property of a device that tells about a state, and the test that it must pass.
#[must_use]
pub fn test(state: State, thing: &Thing) -> Option<(Path, Test)> {
    asks(state).iter().find_map(|(capability, property, test)| {
        let instance = thing
            .device
            .capabilities
            .iter()
            .find(|it| it.capability.name == *capability && it.property(property).is_some())?;
        Some((instance.path(property)?, *test))
    })
}

/// Whether a device can tell about a state.
#[must_use]
pub fn tells(state: State, thing: &Thing) -> bool {
    matches!(state, State::Offline | State::Online) || test(state, thing).is_some()
}

/// Whether a device is so; `None` where that is not known.
#[must_use]
pub fn holds(state: State, thing: &Thing, twin: &DeviceTwin) -> Option<bool> {
    match state {
        State::Offline => return Some(twin.connectivity == Connectivity::Offline),
        State::Online => return Some(twin.connectivity == Connectivity::Online),
        _ => {}
    }
    let (path, test) = test(state, thing)?;
    twin.value(path).map(|value| test.passes(value))
}

/// Where a quantity is read; the first that a device has counts.
fn sources(attr: Attr) -> &'static [(&'static str, &'static str)] {
    match attr {
        Attr::Level => &[
            ("LevelControl", "current_level"),
            ("IlluminanceMeasurement", "illuminance"),
        ],
        Attr::Colour => &[("ColorControl", "hue")],
        Attr::White => &[("ColorControl", "color_temperature")],
        Attr::Temperature | Attr::Temperatures => &[
            ("TemperatureMeasurement", "temperature"),
            ("Thermostat", "local_temperature"),
        ],
        Attr::Setpoint => &[
            ("Thermostat", "heating_setpoint"),
            ("Thermostat", "cooling_setpoint"),
        ],
        Attr::Humidity => &[("RelativeHumidityMeasurement", "humidity")],
        Attr::Volume => &[("MediaPlayback", "volume")],
        Attr::Speed => &[("FanControl", "percent"), ("FanControl", "fan_mode")],
        Attr::Position => &[
            ("WindowCovering", "position"),
            ("ValveConfigurationAndControl", "position"),
        ],
        Attr::Tilt => &[("WindowCovering", "tilt")],
        Attr::Power => &[
            ("ElectricalPowerMeasurement", "power"),
            ("EnergyEvse", "charge_power"),
        ],
        Attr::Energy => &[
            ("ElectricalEnergyMeasurement", "energy_imported"),
            ("ElectricalEnergyMeasurement", "energy_exported"),
            ("EnergyEvse", "session_energy"),
        ],
        Attr::Session => &[("EnergyEvse", "session_energy")],
        Attr::Voltage => &[("ElectricalPowerMeasurement", "voltage")],
        Attr::Current => &[("ElectricalPowerMeasurement", "current")],
        Attr::Battery => &[("PowerSource", "battery"), ("PowerSource", "battery_low")],
        Attr::Co2 => &[("AirQuality", "co2")],
        Attr::Pm25 => &[("AirQuality", "pm25")],
        Attr::Pm10 => &[("AirQuality", "pm10")],
        Attr::Voc => &[("AirQuality", "voc")],
        Attr::Air => &[
            ("AirQuality", "index"),
            ("AirQuality", "co2"),
            ("AirQuality", "pm25"),
            ("AirQuality", "voc"),
        ],
        Attr::Pressure => &[("PressureMeasurement", "pressure")],
        Attr::Illuminance => &[("IlluminanceMeasurement", "illuminance")],
        Attr::Wind => &[("WeatherStation", "wind_speed")],
        Attr::Gust => &[("WeatherStation", "wind_gust")],
        Attr::Rain => &[
            ("WeatherStation", "rain_rate"),
            ("WeatherStation", "rain_total"),
        ],
        Attr::Uv => &[("WeatherStation", "uv_index")],
        Attr::Clouds => &[("WeatherStation", "cloud_cover")],
        Attr::Weather => &[("WeatherStation", "condition")],
        Attr::Source => &[("MediaPlayback", "source")],
        Attr::Title => &[("MediaPlayback", "title")],
        Attr::MaxCurrent => &[("EnergyEvse", "max_charge_current")],
        Attr::Motion | Attr::Presence => &[("OccupancySensing", "occupied"), ("Presence", "home")],
        Attr::Mode => &[
            ("ModeSelect", "mode"),
            ("Thermostat", "system_mode"),
            ("FanControl", "fan_mode"),
        ],
        Attr::Direction => &[
            ("FanControl", "direction"),
            ("WeatherStation", "wind_direction"),
        ],
        Attr::Status => &[
            ("OnOff", "on_off"),
            ("DoorLock", "lock_state"),
            ("WindowCovering", "position"),
            ("Contact", "open"),
            ("MediaPlayback", "playback_state"),
            ("Thermostat", "system_mode"),
            ("SecurityAlarm", "alarm_state"),
            ("EnergyEvse", "state"),
            ("ValveConfigurationAndControl", "open"),
            ("FanControl", "percent"),
            ("OccupancySensing", "occupied"),
            ("WaterLeak", "leak"),
            ("SmokeCoAlarm", "smoke"),
            ("Presence", "home"),
            ("PowerSource", "battery"),
            ("TemperatureMeasurement", "temperature"),
            ("RelativeHumidityMeasurement", "humidity"),
            ("ElectricalPowerMeasurement", "power"),
            ("WeatherStation", "condition"),
            ("AirQuality", "co2"),
            ("IlluminanceMeasurement", "illuminance"),
            ("ModeSelect", "mode"),
            ("NumberSetting", "value"),
            ("TextSetting", "text"),
        ],
    }
}

/// The property of a device that a quantity is read from.
#[must_use]
pub fn source(attr: Attr, thing: &Thing) -> Option<Path> {
    sources(attr).iter().find_map(|(capability, property)| {
        let instance = thing
            .device
            .capabilities
            .iter()
            .find(|it| it.capability.name == *capability && it.property(property).is_some())?;
        instance.path(property)
    })
}

/// Whether a device's temperature or humidity is that of the room's air.
#[must_use]
pub fn is_of_the_room(attr: Attr, thing: &Thing) -> bool {
    if !matches!(attr, Attr::Temperature | Attr::Humidity) {
        return true;
    }
    let name = crate::text::folded(&thing.device.name);
    let other = [
        "soil",
        "fridge",
        "freezer",
        "water",
        "boiler",
        "oven",
        "plant",
        "pool",
        "flower",
        "erde",
        "boden",
        "kuhlschrank",
    ];
    let is_climate = matches!(
        thing.device.kind,
        DeviceKind::Sensor
            | DeviceKind::Thermostat
            | DeviceKind::Weather
            | DeviceKind::Other
            | DeviceKind::Motion
    );
    is_climate && !other.iter().any(|word| name.contains(word))
}

/// Temperatures and the like are asked of rooms, and so are these.
#[must_use]
pub const fn is_ambient(attr: Attr) -> bool {
    matches!(
        attr,
        Attr::Temperature
            | Attr::Humidity
            | Attr::Co2
            | Attr::Pm25
            | Attr::Pm10
            | Attr::Voc
            | Attr::Air
            | Attr::Pressure
            | Attr::Illuminance
            | Attr::Motion
            | Attr::Presence
    )
}
