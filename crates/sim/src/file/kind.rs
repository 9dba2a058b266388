//! The kinds of devices that a house file can name, and what each of them takes.

use model::DeviceKind;
use serde::{Deserialize, Serialize};

/// What stands about a kind in the reference, and what its devices are when the file does not say.
#[derive(Debug)]
pub struct KindWords {
    /// The word in the house file.
    pub word: &'static str,
    /// What people would call the device.
    pub is: DeviceKind,
    /// The options that it takes.
    pub options: &'static [&'static str],
    /// Whether such a device usually runs on a battery of its own.
    pub battery: bool,
    /// Who makes it and which model, where the file does not say.
    pub make: (&'static str, &'static str),
    /// One sentence for the reference.
    pub doc: &'static str,
}

macro_rules! kinds {
    ($($variant:ident $word:literal $is:ident $battery:literal [$($option:literal),*] ($maker:literal, $model:literal) $doc:literal;)*) => {
        /// What a device is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What stands about it in the reference.
            #[must_use]
            pub const fn words(self) -> &'static KindWords {
                match self {
                    $(Self::$variant => &KindWords {
                        word: $word,
                        is: DeviceKind::$is,
                        options: &[$($option),*],
                        battery: $battery,
                        make: ($maker, $model),
                        doc: $doc,
                    }),*
                }
            }
        }
    };
}

kinds! {
    Light "light" Light false ["dimmable", "white", "color", "watts", "lumens"] ("Lumen", "L1") "A lamp: on/off, and dimmable, white or colour where it says so.";
    Switch "switch" Switch false ["watts", "lumens"] ("Relay", "R1") "A relay in the wall with something behind it.";
    Outlet "outlet" Outlet false ["appliance", "watts", "curve"] ("Plugwise", "Meter plug") "A plug that switches and meters what is behind it.";
    Thermostat "thermostat" Thermostat false ["heats", "cools", "cop"] ("Warmth", "T2") "Heats its area, and cools it where it can.";
    Lock "lock" Lock true [] ("Bolt", "B1") "A lock of a door.";
    Cover "cover" Cover false ["class", "window", "tilt", "travel"] ("Shade", "S1") "A blind, shutter, curtain, awning or garage door.";
    Fan "fan" Fan false ["watts"] ("Breeze", "F3") "A fan.";
    Valve "valve" Valve false ["precise", "travel"] ("Stream", "V1") "A water valve; closing it ends a leak.";
    MediaPlayer "media_player" MediaPlayer false ["modes", "watts"] ("Sono", "One") "Plays music or films.";
    Button "button" Button true [] ("Tap", "Dial") "A remote or a wall button.";
    Contact "contact" Contact true ["class", "window"] ("Reed", "C1") "A contact at a door or a window.";
    Motion "motion" Motion true ["precise"] ("Eye", "M1") "Sees whether somebody moves in its area.";
    Tracker "tracker" Person true ["person"] ("Phone", "P1") "The phone of a person: at home or not.";
    Climate "climate" Sensor true [] ("Clima", "W1") "Temperature, humidity and pressure.";
    Soil "soil" Sensor true [] ("Root", "H1") "The moisture and warmth of soil.";
    Leak "leak" Leak true [] ("Drop", "L1") "Finds water on the floor.";
    Barrier "barrier" Sensor false [] ("Beam", "L2") "A light barrier that sees what stands in the way of a garage door.";
    Smoke "smoke" Smoke true [] ("Nose", "S1") "Finds smoke and carbon monoxide.";
    Air "air" Sensor false [] ("Breath", "A1") "What is in the air: CO2, dust, volatile compounds.";
    Meter "meter" Meter false [] ("Counter", "E1") "The electricity meter of the house.";
    Solar "solar" Meter false ["max_watts"] ("Helio", "I1") "Solar panels with their inverter.";
    Battery "battery" Battery false ["capacity", "max_watts"] ("Cell", "H5") "A battery that stores the energy of the house.";
    Generator "generator" Other false ["max_watts"] ("Diesel", "G4") "A generator that runs when the battery is low.";
    Charger "charger" Charger false ["person", "capacity", "max_watts"] ("Volt", "W11") "Charges the car of a person.";
    Alarm "alarm" Alarm false [] ("Guard", "P1") "The alarm panel.";
    Weather "weather" Weather false [] ("Vane", "W3") "A weather station in the garden.";
    Appliance "appliance" Appliance false ["appliance", "curve", "modes", "watts"] ("Haus", "A9") "A machine with a power curve: coffee maker, washing machine, fridge, oven.";
    Display "display" Other true ["modes"] ("Ink", "D2") "A small display: a text, a contrast, a page, a refresh.";
}

/// What an appliance is, and its power over a run in `[minutes, watts]`.
pub(crate) const CURVES: &[(&str, &[[f64; 2]])] = &[
    ("coffee_maker", &[[1.2, 1350.0], [6.0, 950.0], [20.0, 65.0]]),
    (
        "washing_machine",
        &[
            [4.0, 120.0],
            [18.0, 2050.0],
            [42.0, 160.0],
            [12.0, 240.0],
            [9.0, 520.0],
        ],
    ),
    (
        "dishwasher",
        &[
            [6.0, 70.0],
            [20.0, 1900.0],
            [28.0, 90.0],
            [12.0, 1850.0],
            [22.0, 25.0],
        ],
    ),
    ("fridge", &[[16.0, 92.0], [27.0, 1.5]]),
    (
        "oven",
        &[[9.0, 2500.0], [6.0, 900.0], [6.0, 1100.0], [24.0, 850.0]],
    ),
    ("tv", &[[1.0, 118.0]]),
    ("kettle", &[[3.2, 2100.0]]),
    ("pump", &[[1.0, 420.0]]),
    ("boiler", &[[45.0, 1950.0], [90.0, 4.0]]),
];

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_word_is_what_the_file_says() {
        for kind in Kind::ALL {
            assert_eq!(
                serde_json::to_value(kind).unwrap(),
                kind.words().word,
                "{kind:?}"
            );
        }
    }
}
