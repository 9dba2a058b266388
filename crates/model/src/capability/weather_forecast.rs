//! What the weather outside will be.

use super::table::{Capability, Property, Statistics};
use crate::Unit;

/// What the weather outside will be.
pub static WEATHER_FORECAST: Capability = Capability {
    name: "WeatherForecast",
    title: "Forecast",
    doc: "What the weather outside will be in the next 24 hours; on a second endpoint of the device, tomorrow.",
    properties: &[
        Property::measured("rain_in", "Rain in", Unit::Minute, 0.0, 2_880.0, 1.0).statistics(Statistics::None)
            .doc("until at least 0.1 mm an hour is expected; 2880 where none is within two days"),
        Property::measured("rain", "Rain", Unit::Millimetre, 0.0, 5_000.0, 0.1).statistics(Statistics::None)
            .doc("all that falls, snow as water"),
        Property::measured("rain_chance", "Chance of rain", Unit::Percent, 0.0, 100.0, 1.0).statistics(Statistics::None)
            .doc("of the hour in which it is highest"),
        Property::measured("temperature_min", "Coldest", Unit::Celsius, -100.0, 100.0, 0.1).statistics(Statistics::None),
        Property::measured("temperature_max", "Warmest", Unit::Celsius, -100.0, 100.0, 0.1).statistics(Statistics::None),
        Property::measured("wind_gust", "Strongest gust", Unit::MetrePerSecond, 0.0, 150.0, 0.1).statistics(Statistics::None),
        Property::word("condition", "Condition", &["clear", "partly_cloudy", "cloudy", "fog", "rain", "pouring", "snow", "hail", "lightning", "windy", "exceptional"])
            .doc("the roughest hour's"),
    ],
    commands: &[],
    events: &[],
};
