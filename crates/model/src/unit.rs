//! Units: canonical and plain inside the house, converted once on the way in.

use serde::Serialize;

/// A unit of measurement. The canonical unit of a property stands in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[expect(missing_docs, reason = "the names are the units")]
pub enum Unit {
    Celsius,
    Fahrenheit,
    Kelvin,
    Percent,
    /// A fraction of 255, as many lights speak.
    Per255,
    Watt,
    Kilowatt,
    KilowattHour,
    WattHour,
    MegawattHour,
    Volt,
    Millivolt,
    Ampere,
    Milliampere,
    Lux,
    Pascal,
    Hectopascal,
    Kilopascal,
    InchOfMercury,
    PartsPerMillion,
    PartsPerBillion,
    MicrogramPerCubicMetre,
    MetrePerSecond,
    KilometrePerHour,
    MilePerHour,
    Millimetre,
    MillimetrePerHour,
    Inch,
    Degree,
    Mired,
    ColourKelvin,
    Second,
    Minute,
    Litre,
    CubicMetre,
    LitrePerMinute,
    CubicMetrePerHour,
    Decibel,
}

impl Unit {
    /// How people write it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Celsius => "°C",
            Self::Fahrenheit => "°F",
            Self::Kelvin | Self::ColourKelvin => "K",
            Self::Percent => "%",
            Self::Per255 => "/255",
            Self::Watt => "W",
            Self::Kilowatt => "kW",
            Self::KilowattHour => "kWh",
            Self::WattHour => "Wh",
            Self::MegawattHour => "MWh",
            Self::Volt => "V",
            Self::Millivolt => "mV",
            Self::Ampere => "A",
            Self::Milliampere => "mA",
            Self::Lux => "lx",
            Self::Pascal => "Pa",
            Self::Hectopascal => "hPa",
            Self::Kilopascal => "kPa",
            Self::InchOfMercury => "inHg",
            Self::PartsPerMillion => "ppm",
            Self::PartsPerBillion => "ppb",
            Self::MicrogramPerCubicMetre => "µg/m³",
            Self::MetrePerSecond => "m/s",
            Self::KilometrePerHour => "km/h",
            Self::MilePerHour => "mph",
            Self::Millimetre => "mm",
            Self::MillimetrePerHour => "mm/h",
            Self::Inch => "in",
            Self::Degree => "°",
            Self::Mired => "mired",
            Self::Second => "s",
            Self::Minute => "min",
            Self::Litre => "L",
            Self::CubicMetre => "m³",
            Self::LitrePerMinute => "L/min",
            Self::CubicMetrePerHour => "m³/h",
            Self::Decibel => "dB",
        }
    }

    /// The unit that people mean by `text`; `None` where it is none of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.trim() {
            "°C" | "C" | "℃" | "celsius" => Self::Celsius,
            "°F" | "F" | "℉" | "fahrenheit" => Self::Fahrenheit,
            "K" | "kelvin" => Self::Kelvin,
            "%" | "%RH" | "percent" => Self::Percent,
            "W" => Self::Watt,
            "kW" => Self::Kilowatt,
            "kWh" => Self::KilowattHour,
            "Wh" => Self::WattHour,
            "MWh" => Self::MegawattHour,
            "V" => Self::Volt,
            "mV" => Self::Millivolt,
            "A" => Self::Ampere,
            "mA" => Self::Milliampere,
            "lx" | "lux" => Self::Lux,
            "Pa" => Self::Pascal,
            "hPa" | "mbar" => Self::Hectopascal,
            "kPa" => Self::Kilopascal,
            "inHg" => Self::InchOfMercury,
            "ppm" => Self::PartsPerMillion,
            "ppb" => Self::PartsPerBillion,
            "µg/m³" | "μg/m³" | "ug/m3" => Self::MicrogramPerCubicMetre,
            "m/s" => Self::MetrePerSecond,
            "km/h" | "kph" => Self::KilometrePerHour,
            "mph" => Self::MilePerHour,
            "mm" => Self::Millimetre,
            "mm/h" => Self::MillimetrePerHour,
            "in" => Self::Inch,
            "°" | "deg" => Self::Degree,
            "mired" | "mireds" => Self::Mired,
            "s" => Self::Second,
            "min" => Self::Minute,
            "L" | "l" => Self::Litre,
            "m³" | "m3" => Self::CubicMetre,
            "L/min" | "l/min" => Self::LitrePerMinute,
            "m³/h" | "m3/h" => Self::CubicMetrePerHour,
            "dB" => Self::Decibel,
            _ => return None,
        })
    }

    /// `value` of this unit in `into`; `None` where the two do not measure the same thing.
    #[must_use]
    pub fn convert(self, value: f64, into: Self) -> Option<f64> {
        if self == into {
            return Some(value);
        }
        // Colour temperature counts mireds down while kelvins go up: 1e6 over either is the other.
        if matches!(
            (self, into),
            (Self::Mired, Self::ColourKelvin) | (Self::ColourKelvin, Self::Mired)
        ) {
            return (value > 0.0).then(|| 1e6 / value);
        }
        if matches!(
            (self, into),
            (Self::Kelvin, Self::ColourKelvin) | (Self::ColourKelvin, Self::Kelvin)
        ) {
            return Some(value);
        }
        let (from_kind, from_scale, from_offset) = self.base();
        let (into_kind, into_scale, into_offset) = into.base();
        (from_kind == into_kind)
            .then(|| (value * from_scale + from_offset - into_offset) / into_scale)
    }

    /// What it measures, and how to reach the base unit of that: `base = value * scale + offset`.
    const fn base(self) -> (&'static str, f64, f64) {
        match self {
            Self::Celsius => ("temperature", 1.0, 0.0),
            Self::Fahrenheit => ("temperature", 5.0 / 9.0, -160.0 / 9.0),
            Self::Kelvin => ("temperature", 1.0, -273.15),
            Self::Percent => ("share", 1.0, 0.0),
            Self::Per255 => ("share", 100.0 / 255.0, 0.0),
            Self::Watt => ("power", 1.0, 0.0),
            Self::Kilowatt => ("power", 1_000.0, 0.0),
            Self::KilowattHour => ("energy", 1.0, 0.0),
            Self::WattHour => ("energy", 0.001, 0.0),
            Self::MegawattHour => ("energy", 1_000.0, 0.0),
            Self::Volt => ("voltage", 1.0, 0.0),
            Self::Millivolt => ("voltage", 0.001, 0.0),
            Self::Ampere => ("current", 1.0, 0.0),
            Self::Milliampere => ("current", 0.001, 0.0),
            Self::Lux => ("light", 1.0, 0.0),
            Self::Pascal => ("pressure", 1.0, 0.0),
            Self::Hectopascal => ("pressure", 100.0, 0.0),
            Self::Kilopascal => ("pressure", 1_000.0, 0.0),
            Self::InchOfMercury => ("pressure", 3_386.389, 0.0),
            Self::PartsPerMillion => ("fraction", 1.0, 0.0),
            Self::PartsPerBillion => ("fraction", 0.001, 0.0),
            Self::MicrogramPerCubicMetre => ("concentration", 1.0, 0.0),
            Self::MetrePerSecond => ("speed", 1.0, 0.0),
            Self::KilometrePerHour => ("speed", 1.0 / 3.6, 0.0),
            Self::MilePerHour => ("speed", 0.447_04, 0.0),
            Self::Millimetre => ("length", 1.0, 0.0),
            Self::Inch => ("length", 25.4, 0.0),
            Self::MillimetrePerHour => ("rain rate", 1.0, 0.0),
            Self::Degree => ("angle", 1.0, 0.0),
            Self::Mired => ("mired", 1.0, 0.0),
            Self::ColourKelvin => ("colour", 1.0, 0.0),
            Self::Second => ("time", 1.0, 0.0),
            Self::Minute => ("time", 60.0, 0.0),
            Self::Litre => ("volume", 1.0, 0.0),
            Self::CubicMetre => ("volume", 1_000.0, 0.0),
            Self::LitrePerMinute => ("flow", 1.0, 0.0),
            Self::CubicMetrePerHour => ("flow", 1_000.0 / 60.0, 0.0),
            Self::Decibel => ("sound", 1.0, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unit::{self, *};

    #[test]
    fn converts_what_measures_the_same() {
        for (value, from, into, expected) in [
            (68.0, Fahrenheit, Celsius, Some(20.0)),
            (293.15, Kelvin, Celsius, Some(20.0)),
            (1.5, Kilowatt, Watt, Some(1500.0)),
            (1013.0, Hectopascal, Pascal, Some(101_300.0)),
            (250.0, Mired, ColourKelvin, Some(4000.0)),
            (0.0, Mired, ColourKelvin, None),
            (20.0, Celsius, Watt, None),
        ] {
            let converted = from.convert(value, into);
            let close = match (converted, expected) {
                (Some(left), Some(right)) => (left - right).abs() < 1e-9,
                (left, right) => left == right,
            };
            assert!(
                close,
                "{value} {from:?} into {into:?}: {converted:?}, expected {expected:?}"
            );
        }
    }

    #[test]
    fn symbols_are_understood() {
        for unit in [
            Celsius,
            Fahrenheit,
            Percent,
            Watt,
            KilowattHour,
            Lux,
            Pascal,
            MicrogramPerCubicMetre,
        ] {
            assert_eq!(Unit::parse(unit.symbol()), Some(unit));
        }
    }
}
