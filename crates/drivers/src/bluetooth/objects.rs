//! The objects of BTHome v2 (<https://bthome.io/format>): how each is encoded and what it means.

use model::{Capability, Unit, capability as table};

/// How an object's bytes are to be read; all numbers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Encoding {
    /// So many bytes without a sign, times a factor.
    Unsigned(usize, f64),
    /// So many bytes with a sign, times a factor.
    Signed(usize, f64),
    /// One byte: 0 or 1.
    Truth,
    /// One byte: what happened at a button.
    Button,
    /// Two bytes: which way a dimmer was turned, and how far.
    Dimmer,
    /// A length, an operation, and that many arguments.
    Command,
    /// A length and that many bytes of text.
    Text,
    /// A length and that many bytes of whatever.
    Raw,
    /// Four bytes: seconds since 1970.
    Time,
    /// About the packet or the device, and no value of it.
    About(About),
}

/// What is told about the packet or the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// A number that is another for each packet.
    Packet,
    /// The maker's number of the model.
    Model,
    /// The firmware's version, in so many bytes.
    Firmware(usize),
}

/// Where an object's value goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// A property of a table, on the endpoint that counts it: the second temperature is on 2.
    Shared(&'static Capability, &'static str, Option<Unit>),
    /// A property of a table on an endpoint of its own, with a label: a dew point is no room's
    /// temperature.
    Own(
        &'static Capability,
        &'static str,
        Option<Unit>,
        &'static str,
    ),
    /// A number that no table knows, in this unit.
    Number(&'static str, &'static str),
    /// One of two words that no table knows: for 0 and for 1.
    Words(&'static str, [&'static str; 2]),
    /// A text.
    Text(&'static str),
    /// Events.
    Events(Option<&'static str>, &'static [&'static str]),
    /// Nowhere.
    Nowhere,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) id: u8,
    pub(super) encoding: Encoding,
    pub(super) place: Place,
}

const fn row(id: u8, encoding: Encoding, place: Place) -> Object {
    Object {
        id,
        encoding,
        place,
    }
}

const OFF_ON: [&str; 2] = ["off", "on"];

/// What can happen at a button, by its number on the air.
pub(super) const PRESSES: &[(u8, &str)] = &[
    (0x01, "press"),
    (0x02, "double_press"),
    (0x03, "triple_press"),
    (0x04, "long_press"),
    (0x05, "long_double_press"),
    (0x06, "long_triple_press"),
    (0x80, "hold_press"),
    (0x81, "release"),
];
const PRESS_WORDS: &[&str] = &[
    "press",
    "double_press",
    "triple_press",
    "long_press",
    "long_double_press",
    "long_triple_press",
    "hold_press",
    "release",
];
/// Ways of turning a dimmer.
pub(super) const TURNS: &[(u8, &str)] = &[(0x01, "rotate_left"), (0x02, "rotate_right")];
const TURN_WORDS: &[&str] = &["rotate_left", "rotate_right"];
/// Operations of a command.
pub(super) const COMMANDS: &[(u8, &str)] = &[
    (0x00, "off"),
    (0x01, "on"),
    (0x02, "toggle"),
    (0x03, "step_up"),
    (0x04, "step_down"),
];
const COMMAND_WORDS: &[&str] = &["off", "on", "toggle", "step_up", "step_down"];

use Encoding::{Signed, Truth, Unsigned};
use Place::{Number, Own, Shared, Words};

/// Every object, in the order of its id.
#[rustfmt::skip]
pub(super) static OBJECTS: &[Object] = &[
    row(0x00, Encoding::About(About::Packet), Place::Nowhere),
    row(0x01, Unsigned(1, 1.0), Shared(&table::POWER_SOURCE, "battery", None)),
    row(0x02, Signed(2, 0.01), Shared(&table::TEMPERATURE_MEASUREMENT, "temperature", None)),
    row(0x03, Unsigned(2, 0.01), Shared(&table::RELATIVE_HUMIDITY_MEASUREMENT, "humidity", None)),
    row(0x04, Unsigned(3, 0.01), Shared(&table::PRESSURE_MEASUREMENT, "pressure", Some(Unit::Hectopascal))),
    row(0x05, Unsigned(3, 0.01), Shared(&table::ILLUMINANCE_MEASUREMENT, "illuminance", None)),
    row(0x06, Unsigned(2, 0.01), Number("Mass", "kg")),
    row(0x07, Unsigned(2, 0.01), Number("Mass", "lb")),
    row(0x08, Signed(2, 0.01), Own(&table::TEMPERATURE_MEASUREMENT, "temperature", None, "Dew point")),
    row(0x09, Unsigned(1, 1.0), Number("Count", "")),
    row(0x0a, Unsigned(3, 0.001), Shared(&table::ELECTRICAL_ENERGY, "energy_imported", None)),
    row(0x0b, Unsigned(3, 0.01), Shared(&table::ELECTRICAL_POWER, "power", None)),
    row(0x0c, Unsigned(2, 0.001), Shared(&table::ELECTRICAL_POWER, "voltage", None)),
    row(0x0d, Unsigned(2, 1.0), Shared(&table::AIR_QUALITY, "pm25", None)),
    row(0x0e, Unsigned(2, 1.0), Shared(&table::AIR_QUALITY, "pm10", None)),
    row(0x0f, Truth, Words("State", OFF_ON)),
    row(0x10, Truth, Words("Power", OFF_ON)),
    row(0x11, Truth, Shared(&table::CONTACT, "open", None)),
    row(0x12, Unsigned(2, 1.0), Shared(&table::AIR_QUALITY, "co2", None)),
    row(0x13, Unsigned(2, 1.0), Number("Volatile compounds", "µg/m³")),
    row(0x14, Unsigned(2, 0.01), Own(&table::RELATIVE_HUMIDITY_MEASUREMENT, "humidity", None, "Moisture")),
    row(0x15, Truth, Shared(&table::POWER_SOURCE, "battery_low", None)),
    row(0x16, Truth, Shared(&table::POWER_SOURCE, "charging", None)),
    row(0x17, Truth, Shared(&table::SMOKE_CO_ALARM, "carbon_monoxide", None)),
    row(0x18, Truth, Words("Cold", ["normal", "cold"])),
    row(0x19, Truth, Words("Connection", ["disconnected", "connected"])),
    row(0x1a, Truth, Shared(&table::CONTACT, "open", None)),
    row(0x1b, Truth, Shared(&table::CONTACT, "open", None)),
    row(0x1c, Truth, Shared(&table::SMOKE_CO_ALARM, "gas", None)),
    row(0x1d, Truth, Shared(&table::SMOKE_CO_ALARM, "heat", None)),
    row(0x1e, Truth, Words("Light", ["dark", "light"])),
    row(0x1f, Truth, Words("Lock", ["locked", "unlocked"])),
    row(0x20, Truth, Shared(&table::WATER_LEAK, "leak", None)),
    row(0x21, Truth, Shared(&table::OCCUPANCY_SENSING, "occupied", None)),
    row(0x22, Truth, Words("Moving", ["still", "moving"])),
    row(0x23, Truth, Shared(&table::OCCUPANCY_SENSING, "occupied", None)),
    row(0x24, Truth, Words("Plug", ["unplugged", "plugged_in"])),
    row(0x25, Truth, Shared(&table::OCCUPANCY_SENSING, "occupied", None)),
    row(0x26, Truth, Words("Problem", ["ok", "problem"])),
    row(0x27, Truth, Words("Running", ["idle", "running"])),
    row(0x28, Truth, Words("Safety", ["unsafe", "safe"])),
    row(0x29, Truth, Shared(&table::SMOKE_CO_ALARM, "smoke", None)),
    row(0x2a, Truth, Words("Sound", ["quiet", "sound"])),
    row(0x2b, Truth, Words("Tamper", ["untouched", "tampered"])),
    row(0x2c, Truth, Words("Vibration", ["still", "vibrating"])),
    row(0x2d, Truth, Shared(&table::CONTACT, "open", None)),
    row(0x2e, Unsigned(1, 1.0), Shared(&table::RELATIVE_HUMIDITY_MEASUREMENT, "humidity", None)),
    row(0x2f, Unsigned(1, 1.0), Own(&table::RELATIVE_HUMIDITY_MEASUREMENT, "humidity", None, "Moisture")),
    row(0x3a, Encoding::Button, Place::Events(None, PRESS_WORDS)),
    row(0x3b, Encoding::Command, Place::Events(Some("Command"), COMMAND_WORDS)),
    row(0x3c, Encoding::Dimmer, Place::Events(Some("Dimmer"), TURN_WORDS)),
    row(0x3d, Unsigned(2, 1.0), Number("Count", "")),
    row(0x3e, Unsigned(4, 1.0), Number("Count", "")),
    row(0x3f, Signed(2, 0.1), Number("Rotation", "°")),
    row(0x40, Unsigned(2, 1.0), Number("Distance", "mm")),
    row(0x41, Unsigned(2, 0.1), Number("Distance", "m")),
    row(0x42, Unsigned(3, 0.001), Number("Duration", "s")),
    row(0x43, Unsigned(2, 0.001), Shared(&table::ELECTRICAL_POWER, "current", None)),
    row(0x44, Unsigned(2, 0.01), Number("Speed", "m/s")),
    row(0x45, Signed(2, 0.1), Shared(&table::TEMPERATURE_MEASUREMENT, "temperature", None)),
    row(0x46, Unsigned(1, 0.1), Shared(&table::WEATHER_STATION, "uv_index", None)),
    row(0x47, Unsigned(2, 0.1), Number("Volume", "L")),
    row(0x48, Unsigned(2, 1.0), Number("Volume", "mL")),
    row(0x49, Unsigned(2, 0.001), Number("Flow", "m³/h")),
    row(0x4a, Unsigned(2, 0.1), Shared(&table::ELECTRICAL_POWER, "voltage", None)),
    row(0x4b, Unsigned(3, 0.001), Number("Gas", "m³")),
    row(0x4c, Unsigned(4, 0.001), Number("Gas", "m³")),
    row(0x4d, Unsigned(4, 0.001), Shared(&table::ELECTRICAL_ENERGY, "energy_imported", None)),
    row(0x4e, Unsigned(4, 0.001), Number("Volume", "L")),
    row(0x4f, Unsigned(4, 0.001), Number("Water", "L")),
    row(0x50, Encoding::Time, Place::Text("Time")),
    row(0x51, Unsigned(2, 0.001), Number("Acceleration", "m/s²")),
    row(0x52, Unsigned(2, 0.001), Number("Rate of turn", "°/s")),
    row(0x53, Encoding::Text, Place::Text("Text")),
    row(0x54, Encoding::Raw, Place::Text("Raw data")),
    row(0x55, Unsigned(4, 0.001), Number("Volume stored", "L")),
    row(0x56, Unsigned(2, 1.0), Number("Conductivity", "µS/cm")),
    row(0x57, Signed(1, 1.0), Shared(&table::TEMPERATURE_MEASUREMENT, "temperature", None)),
    row(0x58, Signed(1, 0.35), Shared(&table::TEMPERATURE_MEASUREMENT, "temperature", None)),
    row(0x59, Signed(1, 1.0), Number("Count", "")),
    row(0x5a, Signed(2, 1.0), Number("Count", "")),
    row(0x5b, Signed(4, 1.0), Number("Count", "")),
    row(0x5c, Signed(4, 0.01), Shared(&table::ELECTRICAL_POWER, "power", None)),
    row(0x5d, Signed(2, 0.001), Shared(&table::ELECTRICAL_POWER, "current", None)),
    row(0x5e, Unsigned(2, 0.01), Number("Direction", "°")),
    row(0x5f, Unsigned(2, 0.1), Number("Precipitation", "mm")),
    row(0x60, Unsigned(1, 1.0), Number("Channel", "")),
    row(0x61, Unsigned(2, 1.0), Number("Speed of rotation", "rpm")),
    row(0x62, Signed(4, 0.000_001), Number("Speed", "m/s")),
    row(0x63, Signed(4, 0.000_001), Number("Acceleration", "m/s²")),
    row(0x64, Unsigned(1, 1.0), Number("Light level", "")),
    row(0x65, Unsigned(1, 1.0), Number("Settings revision", "")),
    row(0xf0, Encoding::About(About::Model), Place::Nowhere),
    row(0xf1, Encoding::About(About::Firmware(4)), Place::Nowhere),
    row(0xf2, Encoding::About(About::Firmware(3)), Place::Nowhere),
];

/// The object of that id.
pub(super) fn object(id: u8) -> Option<&'static Object> {
    let at = OBJECTS.binary_search_by_key(&id, |object| object.id).ok()?;
    OBJECTS.get(at)
}

impl Encoding {
    /// How many bytes it takes; `None` where the first of them says so.
    pub(super) const fn length(self) -> Option<usize> {
        Some(match self {
            Self::Unsigned(length, _) | Self::Signed(length, _) => length,
            Self::Truth | Self::Button | Self::About(About::Packet) => 1,
            Self::Dimmer | Self::About(About::Model) => 2,
            Self::Time => 4,
            Self::About(About::Firmware(length)) => length,
            Self::Command | Self::Text | Self::Raw => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{OBJECTS, Place, object};

    #[test]
    fn the_table_is_sorted_and_names_what_there_is() {
        assert!(OBJECTS.is_sorted_by(|one, other| one.id < other.id));
        for row in OBJECTS {
            assert_eq!(object(row.id).map(|found| found.id), Some(row.id));
            if let Place::Shared(table, name, unit) | Place::Own(table, name, unit, _) = row.place {
                let property = table.property(name).expect(name);
                let fits = |unit: model::Unit| unit.convert(1.0, property.unit?);
                assert!(
                    unit.is_none_or(|unit| fits(unit).is_some()),
                    "{:#x}",
                    row.id
                );
            }
        }
        assert!(object(0x30).is_none());
    }
}
