//! Rooms: one thermal mass each, with air that people breathe and dampen.
//!
//! Warmth is the lumped-capacitance (1R1C) zone model that building simulation starts from (see
//! ISO 52016-1 and the simple hourly method of EN ISO 13790): `C dT/dt = sum of G (T_other - T) + Q`,
//! where `G` are the conductances to outside and to the neighbours and `Q` what heaters, sun, people
//! and machines give. Each step solves it exactly for constant neighbours, so that no step length
//! and no opened window makes it explode: the result lies between where it was and its equilibrium.

use super::World;
use crate::{
    file::{AreaFile, Facing, HouseFile, Insulation, Kind},
    weather::{Weather, saturation},
};

/// What a doorway carries in W/K by its air.
const DOORWAY: f64 = 38.0;
/// What it exchanges of damp and breath in m³/h.
const DRAUGHT: f64 = 35.0;
/// What plants, pots and laundry give to the air of a room in g/h.
const PLANTS: f64 = 14.0;
/// Carbon dioxide outside in ppm.
const FRESH: f64 = 425.0;
/// What a m³ of furnished room stores in J/K: the air and some ten times as much in walls.
const MASS: f64 = 14_000.0;

/// A window as it is now.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its slug.
    pub slug: String,
    /// Glass in m².
    pub area: f64,
    /// Where it looks.
    pub facing: Facing,
    /// How far it is open, 0 to 1.
    pub open: f64,
    /// How much of it is covered, 0 to 1.
    pub shade: f64,
}

/// A room, or a place outside, as it is now.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether it is in the open.
    pub outside: bool,
    /// Its air in m³.
    pub volume: f64,
    /// °C.
    pub temperature: f64,
    /// Water in its air in g/m³.
    pub vapour: f64,
    /// ppm.
    pub co2: f64,
    /// Fine dust in µg/m³.
    pub dust: f64,
    /// Brightness in lx, daylight and lamps.
    pub lux: f64,
    /// Its windows.
    pub windows: Vec<Window>,
    /// The rooms that a doorway leads to.
    pub neighbours: Vec<usize>,
    /// Seconds that its outer door still stands open.
    pub door: f64,
    /// Whether water stands on its floor.
    pub leak: bool,
    /// Whether there is smoke.
    pub smoke: bool,
    /// Conductance of its outside walls and glass in W/K.
    loss: f64,
    /// Air changes in an hour with everything closed.
    leaky: f64,
    /// Steam from a shower or a pot, in g/h.
    pub(super) steam: f64,
}

/// The rooms of a house at the start.
pub(super) fn rooms(file: &HouseFile, weather: &Weather) -> Vec<Room> {
    let mut rooms: Vec<Room> = file.areas.iter().map(|area| room(area, weather)).collect();
    for (index, area) in file.areas.iter().enumerate() {
        for neighbour in &area.neighbours {
            // Naming a doorway on one side is enough.
            if let Some(other) = file.areas.iter().position(|area| area.slug == *neighbour)
                && other != index
                && !rooms[index].neighbours.contains(&other)
            {
                rooms[index].neighbours.push(other);
                rooms[other].neighbours.push(index);
            }
        }
    }
    rooms
}

fn room(area: &AreaFile, weather: &Weather) -> Room {
    let volume = area.volume.unwrap_or(1_000.0);
    let floor = volume / 2.5;
    // Half of the walls of a square room look outside, unless the file knows better.
    let wall = area.outer_wall.unwrap_or(floor.sqrt() * 2.0 * 2.5);
    let (wall_u, glass_u, leaky) = match area.insulation {
        Insulation::Poor => (1.6, 4.8, 0.9),
        Insulation::Average => (0.8, 2.6, 0.55),
        Insulation::Good => (0.3, 1.3, 0.35),
        Insulation::Passive => (0.13, 0.75, 0.2),
    };
    let glass: f64 = area.windows.iter().map(|window| window.area).sum();
    let temperature = match area.temperature {
        Some(temperature) => temperature,
        None if area.outside => weather.temperature,
        None => 20.0,
    };
    Room {
        slug: area.slug.to_string(),
        name: area.name.clone(),
        outside: area.outside,
        volume,
        temperature,
        vapour: saturation(temperature) * 0.48,
        co2: 520.0,
        dust: 6.0,
        lux: 0.0,
        windows: area
            .windows
            .iter()
            .map(|window| Window {
                slug: window.slug.to_string(),
                area: window.area,
                facing: window.facing,
                open: 0.0,
                shade: 0.0,
            })
            .collect(),
        neighbours: Vec::new(),
        door: 0.0,
        leak: false,
        smoke: false,
        loss: (wall - glass).max(0.0) * wall_u + glass * glass_u + floor * 0.1,
        leaky,
        steam: 0.0,
    }
}

impl Room {
    /// Relative humidity in per cent.
    #[must_use]
    pub fn humidity(&self) -> f64 {
        (100.0 * self.vapour / saturation(self.temperature)).clamp(3.0, 100.0)
    }

    /// How far its windows stand open, weighted by their glass in m².
    fn opening(&self) -> f64 {
        self.windows
            .iter()
            .map(|window| window.open * window.area)
            .sum()
    }

    /// Air changes in an hour now.
    fn air_changes(&self, wind: f64) -> f64 {
        let door = if self.door > 0.0 { 6.0 } else { 0.0 };
        (self.leaky + (self.opening() * 90.0 * (0.6 + 0.12 * wind)) / self.volume + door).min(25.0)
    }

    /// The sun that comes through its windows in W.
    fn sun(&self, weather: &Weather) -> f64 {
        self.windows
            .iter()
            .map(|window| {
                0.55 * window.area
                    * (1.0 - 0.85 * window.shade)
                    * weather.sun.on_wall(window.facing)
            })
            .sum()
    }

    /// The daylight that comes through its windows in lx.
    pub(super) fn daylight(&self, weather: &Weather) -> f64 {
        let floor = self.volume / 2.5;
        let dusk = (weather.sun.daylight() - weather.sun.global * 110.0).max(0.0);
        self.windows
            .iter()
            .map(|window| {
                let outside = weather.sun.on_wall(window.facing) * 110.0 + dusk * 0.5;
                outside * 0.12 * window.area / floor * (1.0 - 0.95 * window.shade)
            })
            .sum()
    }
}

impl World {
    /// The climate of every room after `dt` seconds.
    pub(super) fn climate(&mut self, dt: f64) {
        let hours = dt / 3_600.0;
        let mut warmth = vec![0.0; self.rooms.len()];
        let mut lumens = vec![0.0; self.rooms.len()];
        for device in &self.devices {
            if let Some(area) = device.area {
                // What a machine draws ends as warmth in its room; a heater's own is in `warmth`.
                if !matches!(
                    device.kind,
                    Kind::Thermostat | Kind::Charger | Kind::Battery | Kind::Meter
                ) {
                    warmth[area] += device.watts.max(0.0);
                }
                lumens[area] += device.inner.lumens;
            }
        }
        self.heat_rooms(&mut warmth);
        let mut breath = vec![0.0; self.rooms.len()];
        let mut damp = vec![0.0; self.rooms.len()];
        for person in &self.people {
            if let Some(place) = person.place {
                let (watts, litres, grams) = if person.asleep {
                    (70.0, 12.0, 35.0)
                } else {
                    (105.0, 19.0, 60.0)
                };
                warmth[place] += watts;
                breath[place] += litres / 1_000.0;
                damp[place] += grams;
            }
        }
        let before: Vec<(f64, f64, f64)> = self
            .rooms
            .iter()
            .map(|room| (room.temperature, room.vapour, room.co2))
            .collect();
        let weather = self.weather;
        let fresh = saturation(weather.temperature) * weather.humidity / 100.0;
        for (index, room) in self.rooms.iter_mut().enumerate() {
            if room.outside {
                room.temperature = weather.temperature;
                room.vapour = fresh;
                room.co2 = FRESH;
                room.lux = weather.sun.daylight() + lumens[index] / 60.0;
                continue;
            }
            let air = room.air_changes(weather.wind) * room.volume;
            // Air carries 1200 J in every m³ and kelvin.
            let outside = room.loss + air * 1_200.0 / 3_600.0;
            let indoor: Vec<usize> = room
                .neighbours
                .iter()
                .copied()
                .filter(|other| !self.file.areas[*other].outside)
                .collect();
            let doors = indoor.len() as f64;
            let mean = |value: fn(&(f64, f64, f64)) -> f64, own: f64| {
                if indoor.is_empty() {
                    own
                } else {
                    indoor
                        .iter()
                        .map(|other| value(&before[*other]))
                        .sum::<f64>()
                        / doors
                }
            };
            let gains = warmth[index] + room.sun(&weather);
            let conductance = outside + doors * DOORWAY;
            let goal = (outside * weather.temperature
                + doors * DOORWAY * mean(|other| other.0, room.temperature)
                + gains)
                / conductance;
            let share = 1.0 - (-conductance * dt / (MASS * room.volume)).exp();
            room.temperature += (goal - room.temperature) * share;
            let flow = air + doors * DRAUGHT;
            let mix = 1.0 - (-flow / room.volume * hours).exp();
            let goal = (air * fresh
                + doors * DRAUGHT * mean(|other| other.1, room.vapour)
                + damp[index]
                + PLANTS
                + room.steam)
                / flow;
            room.vapour += (goal - room.vapour) * mix;
            room.vapour = room.vapour.min(saturation(room.temperature));
            let goal = (air * FRESH
                + doors * DRAUGHT * mean(|other| other.2, room.co2)
                + breath[index] * 1e6)
                / flow;
            room.co2 += (goal - room.co2) * mix;
            let goal = if room.smoke {
                900.0
            } else {
                5.0 + room.steam / 90.0
            };
            room.dust += (goal - room.dust) * (1.0 - (-hours * 3.0).exp());
            room.steam *= (-hours * 4.0).exp();
            room.lux = room.daylight(&weather) + lumens[index] * 0.45 / (room.volume / 2.5);
        }
    }

    /// Shares what the thermostats give among their rooms: their own, and those without one for the
    /// strongest, as a central heating does.
    fn heat_rooms(&self, warmth: &mut [f64]) {
        let heats = |index: &usize| self.devices[*index].file.options.heats.unwrap_or(0.0);
        let thermostats: Vec<usize> = (0..self.devices.len())
            .filter(|index| self.devices[*index].kind == Kind::Thermostat)
            .collect();
        let strongest = thermostats
            .iter()
            .copied()
            .max_by(|left, right| heats(left).total_cmp(&heats(right)));
        for index in &thermostats {
            let device = &self.devices[*index];
            let mut served: Vec<usize> = device.area.into_iter().collect();
            if Some(*index) == strongest {
                served.extend((0..self.rooms.len()).filter(|room| {
                    !self.rooms[*room].outside
                        && !thermostats
                            .iter()
                            .any(|other| self.devices[*other].area == Some(*room))
                }));
            }
            let volume: f64 = served.iter().map(|room| self.rooms[*room].volume).sum();
            for room in served {
                warmth[room] += device.inner.warmth * self.rooms[room].volume / volume.max(1.0);
            }
        }
    }
}
