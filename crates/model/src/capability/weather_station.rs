//! The weather outside the house.

use super::table::{Capability, Property, Statistics};
use crate::Unit;

/// The weather outside the house.
pub static WEATHER_STATION: Capability = Capability {
    name: "WeatherStation",
    title: "Weather",
    doc: "The weather outside the house.",
    properties: &[Property::measured("wind_speed", "Wind", Unit::MetrePerSecond, 0.0, 150.0, 0.1),
 Property::measured("wind_gust", "Gusts", Unit::MetrePerSecond, 0.0, 150.0, 0.1),
 Property::measured("wind_direction", "Wind from", Unit::Degree, 0.0, 360.0, 1.0).statistics(Statistics::None),
 Property::measured("rain_rate", "Rain", Unit::MillimetrePerHour, 0.0, 1_000.0, 0.1),
 Property::measured("rain_total", "Rain counted", Unit::Millimetre, 0.0, 1_000_000.0, 0.1).statistics(Statistics::Total),
 Property::measured("cloud_cover", "Clouds", Unit::Percent, 0.0, 100.0, 1.0),
 Property::number("uv_index", "UV index"),
 Property::word("condition", "Condition", &["clear", "partly_cloudy", "cloudy", "fog", "rain", "pouring", "snow", "hail", "lightning", "windy", "exceptional"]),],
    commands: &[],
    events: &[],
};
