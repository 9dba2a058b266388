//! Home Assistant's component kinds, each turned into capabilities.
//!
//! | component | becomes |
//! |---|---|
//! | `light` | OnOff, LevelControl, ColorControl, its effects a ModeSelect |
//! | `switch`, `siren` | OnOff |
//! | `sensor`, `binary_sensor` | by class: a measurement, contact, occupancy, leak, smoke, battery, ...; else a read-only number, text or choice |
//! | `climate` | Thermostat, humidity, its other modes ModeSelects |
//! | `water_heater`, `humidifier` | OnOff, measurement, NumberSetting, ModeSelect |
//! | `cover`, `valve`, `fan`, `lock`, `alarm_control_panel` | their namesakes |
//! | `event`, `device_automation`, `tag` | Button |
//! | `device_tracker` | Presence |
//! | `number`, `select`, `text`, `notify` | NumberSetting, ModeSelect, TextSetting |
//! | `button`, `scene` | Trigger |
//! | `vacuum`, `lawn_mower` | a read-only ModeSelect of what it does, a Trigger for each order |
//! | `update`, `image`, `camera` | a read-only TextSetting (and a Trigger to install) |
//!
//! A message with our key `capability` (`keyed`) goes before all that.

mod build;
mod climate;
mod cover;
pub(super) mod event;
mod fan;
mod keyed;
pub(super) mod light;
mod light_fields;
mod robot;
mod sensor;
mod simple;

use super::{config::Config, entity::Entity, template::Engine};
use build::Build;

/// Every component kind that is understood.
pub(super) const KINDS: &[&str] = &[
    "alarm_control_panel",
    "binary_sensor",
    "button",
    "camera",
    "climate",
    "cover",
    "device_automation",
    "device_tracker",
    "event",
    "fan",
    "humidifier",
    "image",
    "lawn_mower",
    "light",
    "lock",
    "notify",
    "number",
    "scene",
    "select",
    "sensor",
    "siren",
    "switch",
    "tag",
    "text",
    "update",
    "vacuum",
    "valve",
    "water_heater",
];

/// Understands a message of a component. The error's text is for people.
pub(super) fn read(
    component: &str,
    config: &Config,
    unique: String,
    engine: &mut Engine,
) -> Result<Entity, String> {
    let mut build = Build::new(component, config, unique, engine)?;
    if keyed::keyed(&mut build)? {
        return build.finish();
    }
    match component {
        "alarm_control_panel" => simple::alarm(&mut build),
        "binary_sensor" => sensor::binary(&mut build),
        "button" => simple::trigger(&mut build, "payload_press", "PRESS"),
        "camera" | "image" => simple::picture(&mut build),
        "climate" => climate::climate(&mut build),
        "cover" => cover::cover(&mut build),
        "device_automation" => event::automation(&mut build),
        "device_tracker" => simple::tracker(&mut build),
        "event" => event::event(&mut build),
        "fan" => fan::fan(&mut build),
        "humidifier" => climate::humidifier(&mut build),
        "lawn_mower" => robot::mower(&mut build),
        "light" => light::light(&mut build),
        "lock" => simple::lock(&mut build),
        "notify" | "text" => simple::text(&mut build),
        "number" => simple::number(&mut build),
        "scene" => simple::trigger(&mut build, "payload_on", "ON"),
        "select" => simple::select(&mut build),
        "sensor" => sensor::sensor(&mut build),
        "siren" => simple::siren(&mut build),
        "switch" => simple::switch(&mut build),
        "tag" => event::tag(&mut build),
        "update" => simple::update(&mut build),
        "vacuum" => robot::vacuum(&mut build),
        "valve" => cover::valve(&mut build),
        "water_heater" => climate::water_heater(&mut build),
        other => Err(format!(
            "the component `{}` is not known",
            crate::convention::cut_to(other, 40)
        )),
    }?;
    build.finish()
}
