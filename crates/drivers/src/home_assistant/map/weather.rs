//! The weather as a service tells it.

use super::{
    build::Build,
    entity::{Parse, Read},
};
use model::{Unit, Value, capability};

/// Their conditions and ours.
const CONDITIONS: [(&str, &str); 15] = [
    ("clear-night", "clear"),
    ("sunny", "clear"),
    ("partlycloudy", "partly_cloudy"),
    ("cloudy", "cloudy"),
    ("fog", "fog"),
    ("rainy", "rain"),
    ("pouring", "pouring"),
    ("snowy", "snow"),
    ("snowy-rainy", "snow"),
    ("hail", "hail"),
    ("lightning", "lightning"),
    ("lightning-rainy", "lightning"),
    ("windy", "windy"),
    ("windy-variant", "windy"),
    ("exceptional", "exceptional"),
];

pub(super) fn weather(build: &mut Build<'_>) {
    let view = build.view;
    let unit = |name: &str| view.text(name).and_then(Unit::parse);
    let temperature = unit("temperature_unit").unwrap_or(view.temperature);
    let wind = unit("wind_speed_unit");
    let words = CONDITIONS.map(|(theirs, ours)| (theirs.to_owned(), Value::from(ours)));
    let part = build.part(&capability::WEATHER_STATION);
    build.read(part, "condition", Read::State(Parse::Words(words.to_vec())));
    for (attribute, property, unit) in [
        ("wind_speed", "wind_speed", wind),
        ("wind_gust_speed", "wind_gust", wind),
        ("wind_bearing", "wind_direction", None),
        ("cloud_coverage", "cloud_cover", None),
        ("uv_index", "uv_index", None),
    ] {
        let needs_unit = attribute.ends_with("_speed");
        if view.attributes.has(attribute) && (unit.is_some() || !needs_unit) {
            let read = Read::Attribute(attribute, Parse::Number(1.0, unit));
            build.read(part, property, read);
        }
    }
    if view.attributes.has("temperature") {
        let part = build.part(&capability::TEMPERATURE_MEASUREMENT);
        let read = Read::Attribute("temperature", Parse::Number(1.0, Some(temperature)));
        build.read(part, "temperature", read);
    }
    if view.attributes.has("humidity") {
        let part = build.part(&capability::RELATIVE_HUMIDITY_MEASUREMENT);
        let read = Read::Attribute("humidity", Parse::Number(1.0, None));
        build.read(part, "humidity", read);
    }
    if let Some(unit) = unit("pressure_unit").filter(|_| view.attributes.has("pressure")) {
        let part = build.part(&capability::PRESSURE_MEASUREMENT);
        let read = Read::Attribute("pressure", Parse::Number(1.0, Some(unit)));
        build.read(part, "pressure", read);
    }
}
