//! The capability tables: one file each, and how to find them by name.

mod path;
mod table;

pub use path::{Path, PathError};
pub use table::{
    Access, Argument, Capability, Command, Constant, DeviceEventKind, Effect, Kind, OnReconnect,
    Property, Safety, Statistics,
};

macro_rules! capabilities {
    ($($module:ident :: $table:ident),* $(,)?) => {
        $(mod $module; pub use $module::$table;)*

        /// Every capability, in the order of the reference.
        pub static ALL: &[&Capability] = &[$(&$table),*];
    };
}

capabilities! {
    on_off::ON_OFF,
    level_control::LEVEL_CONTROL,
    color_control::COLOR_CONTROL,
    thermostat::THERMOSTAT,
    door_lock::DOOR_LOCK,
    window_covering::WINDOW_COVERING,
    fan_control::FAN_CONTROL,
    valve::VALVE,
    media_playback::MEDIA_PLAYBACK,
    button::BUTTON,
    contact::CONTACT,
    obstruction::OBSTRUCTION,
    occupancy_sensing::OCCUPANCY_SENSING,
    presence::PRESENCE,
    temperature_measurement::TEMPERATURE_MEASUREMENT,
    relative_humidity_measurement::RELATIVE_HUMIDITY_MEASUREMENT,
    illuminance_measurement::ILLUMINANCE_MEASUREMENT,
    pressure_measurement::PRESSURE_MEASUREMENT,
    water_leak::WATER_LEAK,
    smoke_co_alarm::SMOKE_CO_ALARM,
    air_quality::AIR_QUALITY,
    electrical_power::ELECTRICAL_POWER,
    electrical_energy::ELECTRICAL_ENERGY,
    power_source::POWER_SOURCE,
    energy_evse::ENERGY_EVSE,
    security_alarm::SECURITY_ALARM,
    weather_station::WEATHER_STATION,
    weather_forecast::WEATHER_FORECAST,
    mode_select::MODE_SELECT,
    number_setting::NUMBER_SETTING,
    text_setting::TEXT_SETTING,
    trigger::TRIGGER,
}

impl Capability {
    /// The capability of that name; `OnOff`, `onoff` and `on_off` all name the same.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| *c != '_')
                .map(|c| c.to_ascii_lowercase())
                .collect()
        };
        let wanted = plain(name);
        ALL.iter()
            .find(|capability| plain(capability.name) == wanted)
            .copied()
    }

    /// The property of that name.
    #[must_use]
    pub fn property(&'static self, name: &str) -> Option<&'static Property> {
        self.properties
            .iter()
            .find(|property| property.name == name)
    }

    /// The command of that name.
    #[must_use]
    pub fn command(&'static self, name: &str) -> Option<&'static Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// The path of one of its properties on an endpoint.
    ///
    /// # Panics
    /// When the table has no such property: a fault of the code, found by its first test.
    #[must_use]
    pub fn at(&'static self, endpoint: u16, property: &str) -> Path {
        let Some(property) = self.property(property) else {
            panic!("{} has no property {property}", self.name)
        };
        Path {
            endpoint,
            capability: self,
            property,
        }
    }
}

impl PartialEq for Capability {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Capability {}

#[cfg(test)]
mod tests {
    use super::{ALL, Capability, Effect};
    use std::collections::HashSet;

    #[test]
    fn tables_are_sound() {
        let mut names = HashSet::new();
        for capability in ALL {
            assert!(
                names.insert(capability.name),
                "{} stands twice",
                capability.name
            );
            assert_eq!(Capability::find(capability.name), Some(*capability));
            let mut properties = HashSet::new();
            for property in capability.properties {
                let name = format!("{}.{}", capability.name, property.name);
                assert!(properties.insert(property.name), "{name} stands twice");
                assert!(
                    property.min <= property.max,
                    "{name} has its limits turned round"
                );
                assert!(property.tolerance >= 0.0 && property.step >= 0.0, "{name}");
            }
            for command in capability.commands {
                let name = format!("{}.{}", capability.name, command.name);
                let fixed: &[_] = match &command.effect {
                    Effect::Sets(values) => values,
                    Effect::Action => &[],
                };
                for target in fixed
                    .iter()
                    .map(|(property, _)| *property)
                    .chain(command.arguments.iter().map(|argument| argument.property))
                {
                    let property = capability.property(target);
                    assert!(
                        property.is_some_and(super::Property::is_writable),
                        "{name} sets {target}, which is not a writable property"
                    );
                }
                assert_ne!(
                    command.name, "set",
                    "{name}: `set` is every capability's own word"
                );
            }
        }
    }

    #[test]
    fn names_are_found_in_any_dress() {
        for name in ["OnOff", "onoff", "on_off", "ON_OFF"] {
            assert_eq!(
                Capability::find(name).map(|c| c.name),
                Some("OnOff"),
                "{name}"
            );
        }
        assert_eq!(Capability::find("Teleport"), None);
    }
}
