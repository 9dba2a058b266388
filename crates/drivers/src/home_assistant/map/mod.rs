//! Home Assistant's entities, each turned into capabilities by its domain.
//!
//! What an entity can do stands in its features and capability attributes; they decide its shape. What
//! is read of its state and what is called for a wish stands beside it, so that nothing after this
//! room knows which domain it was. The table for people is `docs/reference/home-assistant.md`.

mod build;
mod climate;
mod cover;
mod entity;
mod fan;
mod light;
mod media;
mod robot;
mod sensor;
mod simple;
mod weather;

pub(super) use entity::{Entity, Heard, Input, View};
pub(super) use simple::happened;

use build::Build;

/// What is known of an entity besides its state.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// Its id, such as `light.kitchen`.
    pub(super) id: String,
    /// What it is called.
    pub(super) name: Option<String>,
    /// Whether it bears its device's name.
    pub(super) main: bool,
    /// Its own stable id.
    pub(super) unique: String,
    /// Whether it is about the device itself.
    pub(super) side: bool,
}

/// The domain of an entity's id.
pub(super) fn domain(id: &str) -> &str {
    id.split_once('.').map_or("", |(domain, _)| domain)
}

/// What turns an entity of a domain into capabilities.
type Mapping = fn(&mut Build<'_>);

/// How a domain becomes capabilities; `None` where it is not mirrored.
fn mapping(domain: &str) -> Option<(&'static str, Mapping)> {
    Some(match domain {
        "alarm_control_panel" => ("alarm_control_panel", simple::alarm),
        "binary_sensor" => ("binary_sensor", sensor::binary),
        "button" => ("button", simple::press),
        "climate" => ("climate", climate::climate),
        "counter" => ("counter", simple::counter),
        "cover" => ("cover", cover::cover),
        "date" => ("date", simple::moment),
        "datetime" => ("datetime", simple::moment),
        "device_tracker" => ("device_tracker", simple::presence),
        "event" => ("event", simple::event),
        "fan" => ("fan", fan::fan),
        "humidifier" => ("humidifier", climate::humidifier),
        "input_boolean" => ("input_boolean", simple::switch),
        "input_button" => ("input_button", simple::press),
        "input_datetime" => ("input_datetime", simple::moment),
        "input_number" => ("input_number", simple::number),
        "input_select" => ("input_select", simple::select),
        "input_text" => ("input_text", simple::text),
        "lawn_mower" => ("lawn_mower", robot::mower),
        "light" => ("light", light::light),
        "lock" => ("lock", simple::lock),
        "media_player" => ("media_player", media::media_player),
        "number" => ("number", simple::number),
        "person" => ("person", simple::presence),
        "scene" => ("scene", simple::run),
        "script" => ("script", simple::run),
        "select" => ("select", simple::select),
        "sensor" => ("sensor", sensor::sensor),
        "siren" => ("siren", simple::switch),
        "switch" => ("switch", simple::switch),
        "text" => ("text", simple::text),
        "time" => ("time", simple::moment),
        "vacuum" => ("vacuum", robot::vacuum),
        "valve" => ("valve", cover::valve),
        "water_heater" => ("water_heater", climate::water_heater),
        "weather" => ("weather", weather::weather),
        _ => return None,
    })
}

/// Whether entities of a domain are mirrored.
pub(super) fn is_mirrored(domain: &str) -> bool {
    mapping(domain).is_some()
}

/// Understands an entity; `None` where nothing of it can be mirrored.
pub(super) fn understand(about: &About, view: &View<'_>) -> Option<Entity> {
    let (domain, map) = mapping(domain(&about.id))?;
    let mut build = Build::new(domain, about, view);
    map(&mut build);
    build.finish()
}
