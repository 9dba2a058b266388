//! What devices do by themselves: motors run, locks turn, thermostats switch, programmes proceed.

use super::{Device, World, act::retitle};
use crate::file::Kind;

/// How far below its setpoint a thermostat starts to heat, and above it stops, in K.
const HYSTERESIS: f64 = 0.25;

impl World {
    /// Machines run for `dt` seconds; afterwards each device knows what it draws.
    pub(super) fn machines(&mut self, dt: f64) {
        let breached = self.breached();
        let hot: Vec<f64> = self.rooms.iter().map(|room| room.temperature).collect();
        for device in &mut self.devices {
            let room = device.area.map_or(20.0, |area| hot[area]);
            device.inner.lumens = 0.0;
            device.inner.warmth = 0.0;
            let powered = device.online || device.portable;
            if !powered {
                device.watts = 0.0;
                device.inner.heating = false;
                device.inner.cooling = false;
                continue;
            }
            device.watts = match device.kind {
                Kind::Light => light(device),
                Kind::Switch => load(device, 0.3, 25.0),
                Kind::Outlet => outlet(device, dt),
                Kind::Appliance => appliance(device, dt),
                Kind::Thermostat => thermostat(device, room),
                Kind::Fan => {
                    let speed = device.number("percent").unwrap_or(50.0) / 100.0;
                    load(device, 0.4, 45.0) * speed.max(0.1)
                }
                Kind::MediaPlayer => media(device, dt),
                Kind::Cover => cover(device, dt),
                Kind::Lock => arrive(device, dt, "lock_state"),
                Kind::Alarm => alarm(device, dt, breached),
                Kind::Valve => valve(device, dt),
                // These are the business of `power`.
                Kind::Solar | Kind::Battery | Kind::Generator | Kind::Charger => device.watts,
                Kind::Meter => 0.0,
                _ => 0.4,
            };
            if device.portable {
                // A cell of its own is no business of the mains.
                device.watts = 0.0;
                drain(device, dt);
            }
        }
        self.shades();
    }

    /// Whether a window or an outer door stands open.
    fn breached(&self) -> bool {
        self.rooms.iter().any(|room| {
            !room.outside
                && (room.door > 0.0 || room.windows.iter().any(|window| window.open > 0.0))
        })
    }

    /// Coverings cover their windows.
    fn shades(&mut self) {
        for device in self
            .devices
            .iter()
            .filter(|device| device.kind == Kind::Cover)
        {
            let garage = device.file.options.class.as_deref() == Some("garage");
            let (Some(area), Some(position), false) =
                (device.area, device.number("position"), garage)
            else {
                continue;
            };
            let only = device.file.options.window.as_ref();
            for window in &mut self.rooms[area].windows {
                if only.is_none_or(|slug| slug.as_str() == window.slug) {
                    window.shade = 1.0 - position / 100.0;
                }
            }
        }
    }
}

/// A switched load.
fn load(device: &mut Device, standby: f64, usual: f64) -> f64 {
    if !device.is("on_off") {
        return standby;
    }
    device.inner.lumens = device.file.options.lumens.unwrap_or(0.0);
    device.file.options.watts.unwrap_or(usual) + standby
}

fn light(device: &mut Device) -> f64 {
    let watts = load(device, 0.3, 9.0);
    if device.is("on_off") {
        let level = device.number("current_level").unwrap_or(100.0) / 100.0;
        device.inner.lumens = device.file.options.lumens.unwrap_or(806.0) * level;
        return 0.3 + (watts - 0.3) * level;
    }
    watts
}

/// The power of a curve at a moment; `None` after its end.
fn curve(device: &Device) -> Option<f64> {
    let options = &device.file.options;
    let known = options.appliance.as_deref().and_then(|name| {
        crate::file::curves()
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, curve)| *curve)
    });
    let curve = options.curve.as_deref().or(known)?;
    let mut left = device.inner.elapsed / 60.0;
    for [minutes, watts] in curve {
        if left < *minutes {
            return Some(*watts);
        }
        left -= minutes;
    }
    None
}

/// What stands behind a metering plug.
fn outlet(device: &mut Device, dt: f64) -> f64 {
    if !device.is("on_off") {
        return 0.0;
    }
    match device.file.options.appliance.as_deref() {
        // What cycles by itself does so as long as it has power.
        Some("fridge" | "boiler" | "pump") => cycle(device, dt),
        Some("tv") => curve(device).unwrap_or(118.0),
        _ => device.file.options.watts.unwrap_or(18.0),
    }
}

/// A run that starts over at its end.
fn cycle(device: &mut Device, dt: f64) -> f64 {
    device.inner.elapsed += dt;
    curve(device).unwrap_or_else(|| {
        device.inner.elapsed = 0.0;
        curve(device).unwrap_or(0.0)
    })
}

fn appliance(device: &mut Device, dt: f64) -> f64 {
    match device.file.options.appliance.as_deref() {
        Some("fridge") => return cycle(device, dt),
        Some("tv") if device.is("on_off") => return device.file.options.watts.unwrap_or(118.0),
        _ => {}
    }
    if !device.is("on_off") {
        return 0.6;
    }
    let endless = device.file.options.appliance.is_none() && device.file.options.curve.is_none();
    if endless {
        return device.file.options.watts.unwrap_or(60.0);
    }
    // The power of the step is the one at its start: a short peak is never skipped over.
    let watts = curve(device);
    device.inner.elapsed += dt;
    watts.unwrap_or_else(|| {
        if device.file.options.appliance.as_deref() == Some("oven") {
            return 850.0;
        }
        device.put("on_off", false);
        0.6
    })
}

fn thermostat(device: &mut Device, room: f64) -> f64 {
    let mode = device.word("system_mode").to_owned();
    let may_heat = matches!(mode.as_str(), "heat" | "auto");
    let may_cool = matches!(mode.as_str(), "cool" | "auto");
    let heat = device.number("heating_setpoint").unwrap_or(20.0);
    let cool = device.number("cooling_setpoint").unwrap_or(99.0);
    let inner = &mut device.inner;
    inner.heating = may_heat
        && room
            < heat
                + if inner.heating {
                    HYSTERESIS
                } else {
                    -HYSTERESIS
                };
    inner.cooling = may_cool
        && room
            > cool
                - if inner.cooling {
                    HYSTERESIS
                } else {
                    -HYSTERESIS
                };
    let (heats, cools) = (
        device.file.options.heats.unwrap_or(1_500.0),
        device.file.options.cools.unwrap_or(0.0),
    );
    let (warmth, state) = match (device.inner.heating, device.inner.cooling) {
        (true, _) => (heats, "heating"),
        (_, true) => (-cools, "cooling"),
        _ if mode == "off" => (0.0, "off"),
        _ => (0.0, "idle"),
    };
    device.inner.warmth = warmth;
    device.put("running_state", state);
    match device.file.options.cop {
        Some(cop) if cop > 0.0 => warmth.abs() / cop + 2.0,
        // Another fuel heats; only the pump draws.
        _ if warmth > 0.0 => 45.0,
        _ if warmth < 0.0 => cools / 3.2,
        _ => 2.0,
    }
}

fn media(device: &mut Device, dt: f64) -> f64 {
    let playing = device.word("playback_state") == "playing";
    if playing {
        device.inner.elapsed += dt;
        if device.inner.elapsed > 214.0 {
            device.inner.elapsed = 0.0;
            device.inner.track += 1;
        }
    }
    retitle(device);
    if playing {
        device.file.options.watts.unwrap_or(14.0)
    } else {
        1.8
    }
}

/// A value on its way to where it is wanted.
fn glide(now: f64, goal: f64, by: f64) -> f64 {
    now + (goal - now).clamp(-by, by)
}

fn cover(device: &mut Device, dt: f64) -> f64 {
    let travel = device.file.options.travel.unwrap_or(24.0);
    if let (Some(goal), Some(now)) = (device.inner.tilt, device.number("tilt")) {
        let next = glide(now, goal, dt * 40.0);
        device.put("tilt", next);
        if (next - goal).abs() < 1e-9 {
            device.inner.tilt = None;
        }
    }
    let (Some(goal), Some(now)) = (device.inner.position, device.number("position")) else {
        device.put("motion", "stopped");
        return 0.8;
    };
    let next = glide(now, goal, dt * 100.0 / travel.max(1.0));
    device.put("position", next);
    if (next - goal).abs() < 1e-9 {
        device.inner.position = None;
        device.put("motion", "stopped");
        device.due = true;
        return 0.8;
    }
    device.put("motion", if goal > now { "opening" } else { "closing" });
    95.0
}

/// Turns the goal of a lock into its state when the motor is through.
fn arrive(device: &mut Device, dt: f64, name: &str) -> f64 {
    if device.inner.goal.is_some() {
        device.inner.timer -= dt;
        if device.inner.timer <= 0.0
            && let Some(goal) = device.inner.goal.take()
        {
            device.put(name, goal);
        }
    }
    0.4
}

fn alarm(device: &mut Device, dt: f64, breached: bool) -> f64 {
    let state = device.word("alarm_state").to_owned();
    if state.starts_with("armed") && breached {
        device.put("alarm_state", "pending");
        device.inner.timer = 30.0;
        device.inner.goal = Some("triggered".into());
        // The delay begins now, however long the step was: who comes home has it to disarm.
        return 3.0;
    }
    arrive(device, dt, "alarm_state") + 3.0
}

fn valve(device: &mut Device, dt: f64) -> f64 {
    if let Some(goal) = device.inner.position {
        device.inner.timer -= dt;
        if device.inner.timer <= 0.0 {
            device.inner.position = None;
            device.put("position", goal);
            device.put("open", goal > 0.0);
        }
        return 6.0;
    }
    0.8
}

/// Cells empty in a year or two; phones in a day, and they are charged at night.
fn drain(device: &mut Device, dt: f64) {
    let Some(battery) = device.number("battery") else {
        return;
    };
    let hours = dt / 3_600.0;
    let next = match device.kind {
        Kind::Tracker if device.inner.heating => battery + 28.0 * hours,
        Kind::Tracker => battery - 3.6 * hours,
        Kind::Display => battery - 100.0 * hours / (240.0 * 24.0),
        Kind::Lock => battery - 100.0 * hours / (300.0 * 24.0),
        _ => battery - 100.0 * hours / (600.0 * 24.0),
    };
    // A drained battery stays drained until somebody mends it.
    if battery > 0.0 {
        let least = if device.kind == Kind::Tracker {
            3.0
        } else {
            0.0
        };
        device.put("battery", next.clamp(least, 100.0));
    }
}
