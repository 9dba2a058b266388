//! What people would call a device by its kind.

use crate::lang::Noun;
use model::{Device, DeviceKind};

/// A set of nouns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Nouns(u64);

impl Nouns {
    pub(crate) const fn has(self, noun: Noun) -> bool {
        self.0 & (1 << noun as u64) != 0
    }

    fn add(&mut self, noun: Noun) {
        self.0 |= 1 << noun as u64;
    }

    /// Whether it is a covering that does not say of which kind, and so may be any.
    pub(crate) const fn is_vague(self) -> bool {
        self.0 & VAGUE != 0
    }
}

/// Behind the nouns.
const VAGUE: u64 = 1 << 63;

/// Which nouns fit a device. `called` are the nouns that its names contain.
pub(crate) fn nouns(device: &Device, called: &[Noun]) -> Nouns {
    let has = |name: &str| {
        device
            .capabilities
            .iter()
            .any(|it| it.capability.name == name)
    };
    let named = |noun: Noun| called.contains(&noun);
    let any = |nouns: &[Noun]| nouns.iter().any(|noun| named(*noun));
    let mut fit = Nouns::default();
    fit.add(Noun::Device);
    let switched = has("OnOff");
    match device.kind {
        DeviceKind::Light => {
            fit.add(Noun::Light);
            fit.add(Noun::Lamp);
        }
        DeviceKind::Switch => fit.add(Noun::Switch),
        DeviceKind::Outlet => fit.add(Noun::Outlet),
        DeviceKind::Thermostat => fit.add(Noun::Thermostat),
        DeviceKind::Lock => fit.add(Noun::Lock),
        DeviceKind::Fan => fit.add(Noun::Fan),
        DeviceKind::Valve => fit.add(Noun::Valve),
        DeviceKind::MediaPlayer => {
            fit.add(Noun::Media);
            if named(Noun::Tv) {
                fit.add(Noun::Tv);
            }
        }
        DeviceKind::Button => fit.add(Noun::Button),
        DeviceKind::Contact => {
            fit.add(Noun::Sensor);
            let (door, window) = (
                any(&[Noun::Door, Noun::Gate, Noun::Garage]),
                named(Noun::Window),
            );
            if door || !window {
                fit.add(Noun::Door);
            }
            if window || !door {
                fit.add(Noun::Window);
            }
            for noun in [Noun::Gate, Noun::Garage] {
                if named(noun) {
                    fit.add(noun);
                }
            }
        }
        DeviceKind::Motion => {
            fit.add(Noun::Sensor);
            fit.add(Noun::MotionSensor);
        }
        DeviceKind::Leak => {
            fit.add(Noun::Sensor);
            fit.add(Noun::LeakSensor);
        }
        DeviceKind::Smoke => {
            fit.add(Noun::Sensor);
            fit.add(Noun::SmokeSensor);
        }
        DeviceKind::Sensor | DeviceKind::Weather => fit.add(Noun::Sensor),
        DeviceKind::Meter => fit.add(if named(Noun::Solar) {
            Noun::Solar
        } else {
            Noun::Meter
        }),
        DeviceKind::Battery => fit.add(Noun::Battery),
        DeviceKind::Charger => fit.add(Noun::Charger),
        DeviceKind::Alarm => fit.add(Noun::Alarm),
        DeviceKind::Appliance => fit.add(Noun::Appliance),
        DeviceKind::Person => fit.add(Noun::Person),
        DeviceKind::Cover => cover(&mut fit, called),
        DeviceKind::GarageDoor => {
            fit.add(Noun::Door);
            fit.add(if named(Noun::Gate) {
                Noun::Gate
            } else {
                Noun::Garage
            });
        }
        DeviceKind::Bridge | DeviceKind::Other => {}
    }
    if has("Thermostat") {
        fit.add(Noun::Thermostat);
        let sets = |name| {
            device
                .capabilities
                .iter()
                .any(|it| it.property(name).is_some_and(|shape| shape.writable))
        };
        if sets("heating_setpoint") {
            fit.add(Noun::Heating);
        }
        if sets("cooling_setpoint") {
            fit.add(Noun::Cooling);
        }
    }
    if has("WindowCovering") && !matches!(device.kind, DeviceKind::Cover | DeviceKind::GarageDoor) {
        cover(&mut fit, called);
    }
    if has("DoorLock") {
        fit.add(Noun::Lock);
        if device.kind == DeviceKind::Lock {
            fit.add(Noun::Door);
        }
    }
    // A relay or plug is what it is called: “Landing light” is a light, whatever switches it.
    if switched {
        for noun in [
            Noun::Light,
            Noun::Lamp,
            Noun::Fan,
            Noun::Heating,
            Noun::Cooling,
            Noun::Media,
            Noun::Tv,
            Noun::Vacuum,
            Noun::Appliance,
        ] {
            if named(noun)
                && matches!(
                    device.kind,
                    DeviceKind::Switch
                        | DeviceKind::Outlet
                        | DeviceKind::Other
                        | DeviceKind::Appliance
                )
            {
                fit.add(noun);
                if noun == Noun::Lamp {
                    fit.add(Noun::Light);
                }
            }
        }
        if device.kind == DeviceKind::Outlet {
            fit.add(Noun::Switch);
        }
    }
    if named(Noun::Vacuum) {
        fit.add(Noun::Vacuum);
    }
    if matches!(device.kind, DeviceKind::Other | DeviceKind::Meter) && named(Noun::Solar) {
        fit.add(Noun::Solar);
    }
    fit
}

fn cover(fit: &mut Nouns, called: &[Noun]) {
    let named = |noun: Noun| called.contains(&noun);
    if named(Noun::Garage) || named(Noun::Gate) || named(Noun::Door) {
        fit.add(Noun::Door);
        for noun in [Noun::Garage, Noun::Gate] {
            if named(noun) {
                fit.add(noun);
            }
        }
        return;
    }
    fit.add(Noun::Cover);
    let special = [Noun::Blind, Noun::Curtain, Noun::Shutter, Noun::Awning];
    let mut any = false;
    for noun in special {
        if named(noun) {
            fit.add(noun);
            any = true;
        }
    }
    // “Bay window shutters” are shutters, “Roof window” is a window.
    if named(Noun::Window) && !any {
        fit.add(Noun::Window);
    }
    // One that does not say what it is may be any of them.
    if !any {
        for noun in [Noun::Blind, Noun::Curtain, Noun::Shutter] {
            fit.add(noun);
        }
        fit.0 |= VAGUE;
    }
}
