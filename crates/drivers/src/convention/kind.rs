//! What people would call a device, by its entities and what they can do.

use super::layout::{Face, Laid};
use model::{Capability, DeviceKind, Instance, capability};
use std::sync::Arc;

/// What people would call the device.
pub(crate) fn kind<T: Laid>(
    model: Option<&str>,
    entities: &[Arc<T>],
    instances: &[Instance],
) -> DeviceKind {
    let entities: Vec<Face<'_>> = entities.iter().map(|entity| entity.face()).collect();
    let main = |component: &str| {
        entities
            .iter()
            .any(|entity| !entity.side && entity.component == component)
    };
    let has = |capability: &Capability| {
        instances
            .iter()
            .any(|instance| instance.capability == capability)
    };
    let main_has = |capability: &Capability| {
        entities.iter().filter(|entity| !entity.side).any(|entity| {
            entity.parts.iter().any(|part| {
                let instance = &part.instance;
                instance.capability == capability
                    && !(instance.properties.is_empty() && instance.actions.is_empty())
            })
        })
    };
    let is_bridge = model.is_some_and(|model| model == "Bridge" || model.ends_with(" Bridge"));
    if is_bridge {
        return DeviceKind::Bridge;
    }
    let is_gate = entities.iter().any(|entity| {
        let named = matches!(entity.class, Some("garage" | "gate"));
        named && !entity.side && entity.component == "cover"
    });
    let cover = if is_gate {
        DeviceKind::GarageDoor
    } else {
        DeviceKind::Cover
    };
    for (component, kind) in [
        ("climate", DeviceKind::Thermostat),
        ("lock", DeviceKind::Lock),
        ("alarm_control_panel", DeviceKind::Alarm),
        ("cover", cover),
        ("valve", DeviceKind::Valve),
        ("fan", DeviceKind::Fan),
        ("light", DeviceKind::Light),
        ("vacuum", DeviceKind::Appliance),
        ("lawn_mower", DeviceKind::Appliance),
        ("water_heater", DeviceKind::Appliance),
        ("humidifier", DeviceKind::Appliance),
        ("siren", DeviceKind::Alarm),
        ("device_tracker", DeviceKind::Person),
    ] {
        if main(component) {
            return kind;
        }
    }
    // They have a switch of their own often enough.
    for (capability, kind) in [
        (&capability::MEDIA_PLAYBACK, DeviceKind::MediaPlayer),
        (&capability::ENERGY_EVSE, DeviceKind::Charger),
    ] {
        if main_has(capability) {
            return kind;
        }
    }
    if main("switch") && main_has(&capability::ON_OFF) {
        let is_outlet = has(&capability::ELECTRICAL_POWER)
            || entities.iter().any(|entity| entity.class == Some("outlet"));
        return if is_outlet {
            DeviceKind::Outlet
        } else {
            DeviceKind::Switch
        };
    }
    for (capability, kind) in [
        (&capability::SMOKE_CO_ALARM, DeviceKind::Smoke),
        (&capability::WATER_LEAK, DeviceKind::Leak),
        (&capability::CONTACT, DeviceKind::Contact),
        (&capability::OCCUPANCY_SENSING, DeviceKind::Motion),
        (&capability::WEATHER_STATION, DeviceKind::Weather),
        (&capability::BUTTON, DeviceKind::Button),
        (&capability::ELECTRICAL_ENERGY, DeviceKind::Meter),
        (&capability::AIR_QUALITY, DeviceKind::Sensor),
        (&capability::TEMPERATURE_MEASUREMENT, DeviceKind::Sensor),
        (
            &capability::RELATIVE_HUMIDITY_MEASUREMENT,
            DeviceKind::Sensor,
        ),
        (&capability::ILLUMINANCE_MEASUREMENT, DeviceKind::Sensor),
        (&capability::PRESSURE_MEASUREMENT, DeviceKind::Sensor),
        (&capability::ELECTRICAL_POWER, DeviceKind::Meter),
    ] {
        if main_has(capability) || capability.name == "Button" && has(capability) {
            return kind;
        }
    }
    if has(&capability::POWER_SOURCE) && instances.len() == 1 {
        return DeviceKind::Battery;
    }
    if main("sensor") || main("binary_sensor") {
        return DeviceKind::Sensor;
    }
    DeviceKind::Other
}
