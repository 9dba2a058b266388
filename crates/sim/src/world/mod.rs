//! The house as it lives: rooms, people, devices and weather, one step after the other.
//!
//! [`World::step`] is pure: no clock, no I/O, all chance from the seed. Whoever steps it the same
//! way gets the same house. A step goes weather, people, machines, electricity, rooms, sensors.

mod act;
mod device;
mod fault;
mod habits;
mod log;
mod machines;
mod people;
mod power;
mod room;
mod sense;
mod slot;

pub use device::{Break, Device};
pub use fault::Fault;
pub use log::Entry;
pub use people::Person;
pub use room::{Room, Window};
pub use slot::{Refusal, Slot};

pub(crate) use act::{Pending, Wanted};
pub(crate) use device::slots_of;

use crate::{
    file::{HouseFile, Kind},
    mqtt::{self, Message},
    noise,
    weather::{Sky, Weather, WeatherEvent},
};
use jiff::{Timestamp, tz::TimeZone};
use std::collections::VecDeque;

/// The longest step that physics makes at once, in seconds; longer ones are cut into such.
const LONGEST: f64 = 60.0;

/// How many happenings are kept for the page.
const LOG: usize = 300;

/// A simulated house.
#[derive(Debug, Clone)]
pub struct World {
    /// What its file says.
    pub file: HouseFile,
    /// House time.
    pub now: Timestamp,
    /// Its rooms and outside areas, in the order of the file.
    pub rooms: Vec<Room>,
    /// Who lives there.
    pub people: Vec<Person>,
    /// Its devices, in the order of the file.
    pub devices: Vec<Device>,
    /// The weather now.
    pub weather: Weather,
    /// Whether somebody cut the public grid.
    pub power_cut: bool,
    /// Whether the mains carry power now.
    pub supplied: bool,
    /// What happened lately, the newest first.
    pub log: VecDeque<Entry>,
    seed: u64,
    zone: TimeZone,
    places: people::Places,
    sky: Sky,
    dice: i64,
    /// House time is exact to the microsecond; the rest of a step waits here.
    carry: f64,
    pending: Vec<Pending>,
    later: Vec<(Timestamp, habits::Deed)>,
    outbox: Vec<Message>,
}

impl World {
    /// A house at a moment; `seed` overrides the file's own.
    ///
    /// # Panics
    /// Never for a file that [`crate::file::parse`] let through: its zone is known.
    #[must_use]
    pub fn new(file: HouseFile, start: Timestamp, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or(file.seed);
        // House time is kept to the microsecond everywhere.
        let start = Timestamp::from_microsecond(start.as_microsecond()).unwrap_or(start);
        let zone = TimeZone::get(&file.location.timezone).unwrap_or(TimeZone::UTC);
        let sky = Sky::new(seed, &file.location, &file.climate);
        let index = |slug: &model::Slug| file.areas.iter().position(|area| area.slug == *slug);
        let weather = sky.at(start);
        let rooms = room::rooms(&file, &weather);
        let mut world = Self {
            now: start,
            places: people::Places::among(&rooms),
            rooms,
            people: file
                .people
                .iter()
                .map(|person| Person::new(person, &index))
                .collect(),
            devices: file
                .devices
                .iter()
                .map(|device| Device::new(device, device.area.as_ref().and_then(&index)))
                .collect(),
            weather,
            power_cut: false,
            supplied: true,
            log: VecDeque::new(),
            seed,
            zone,
            sky,
            dice: 0,
            carry: 0.0,
            pending: Vec::new(),
            later: Vec::new(),
            outbox: Vec::new(),
            file,
        };
        for device in &mut world.devices {
            // No household changes all its cells on one day.
            if device.portable && !device.file.start.contains_key("battery") {
                let charge = noise::unit(seed, noise::stream(&device.slug), 0);
                device.put("battery", 58.0 + 42.0 * charge);
            }
        }
        world.settle_in();
        world
    }

    /// Puts everybody where they are at this hour, so that a house does not begin with a jolt.
    fn settle_in(&mut self) {
        self.place_people();
        for device in &mut self.devices {
            if device.kind == Kind::Charger {
                let owner = device.file.options.person.as_ref();
                device.inner.here = owner.is_none_or(|owner| {
                    self.people
                        .iter()
                        .any(|person| person.slug == owner.as_str() && person.home)
                });
            }
        }
        self.machines(0.0);
        self.electricity(0.0);
        self.climate(0.0);
        self.sense(0.0);
        self.log.clear();
    }

    /// Lets `seconds` of house time pass; answers what the devices said meanwhile.
    pub fn step(&mut self, seconds: f64) -> Vec<Message> {
        self.step_on(seconds);
        self.said()
    }

    /// What the devices said since somebody last asked.
    pub fn said(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.outbox)
    }

    /// Lets `seconds` of house time pass; what the devices said waits in [`World::said`].
    pub fn step_on(&mut self, seconds: f64) {
        let mut left = seconds.max(0.0) + self.carry;
        self.carry = 0.0;
        while left > 0.0 {
            let dt = left.min(LONGEST);
            let micros = (dt * 1e6).floor();
            if micros < 1.0 {
                self.carry = left;
                break;
            }
            left -= dt;
            self.carry += dt - micros / 1e6;
            self.now = self
                .now
                .checked_add(jiff::SignedDuration::from_micros(micros as i64))
                .unwrap_or(self.now);
            self.substep(micros / 1e6);
        }
    }

    /// Lets devices answer what they were told although no time passes: a paused house still
    /// obeys its switches.
    pub fn answer_on(&mut self, seconds: f64) {
        if self.pending.is_empty() {
            return;
        }
        self.pend(seconds);
        self.sense(0.0);
        self.tell();
    }

    fn substep(&mut self, dt: f64) {
        self.weather = self.sky.at(self.now);
        for room in &mut self.rooms {
            // Before anybody opens one: a door is seen open in at least one step, however long.
            room.door = (room.door - dt).max(0.0);
        }
        self.live(dt);
        self.pend(dt);
        self.machines(dt);
        self.electricity(dt);
        self.climate(dt);
        self.sense(dt);
        self.tell();
    }

    /// Every device that has something to say says it.
    fn tell(&mut self) {
        for device in &mut self.devices {
            if let Some(message) = mqtt::report(device, self.now) {
                self.outbox.push(message);
            }
        }
    }

    /// Calls up a weather event.
    pub fn call_weather(&mut self, event: WeatherEvent) {
        self.sky.call(event, self.now);
        self.note(None, format!("the weather was told: {event:?}"));
    }

    /// The sky at any moment, as long as nobody calls up something else.
    #[must_use]
    pub fn sky_at(&self, at: Timestamp) -> Weather {
        self.sky.at(at)
    }

    /// The event that was called up and still works.
    #[must_use]
    pub fn weather_event(&self) -> Option<WeatherEvent> {
        self.sky.event(self.now).map(|(event, _)| event)
    }

    /// The index of a device.
    #[must_use]
    pub fn device(&self, slug: &str) -> Option<usize> {
        self.devices.iter().position(|device| device.slug == slug)
    }

    /// Seconds since midnight on the clock of the house, and the date's number.
    fn clock(&self) -> (f64, i64, bool) {
        let local = self.zone.to_datetime(self.now);
        let time = local.time();
        let seconds = f64::from(time.hour()) * 3_600.0
            + f64::from(time.minute()) * 60.0
            + f64::from(time.second());
        let day = i64::from(local.year()) * 1_000 + i64::from(local.day_of_year());
        let weekend = matches!(
            local.weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        );
        (seconds, day, weekend)
    }

    /// The time on the clock of the house, for people.
    #[must_use]
    pub fn local_time(&self) -> String {
        self.zone
            .to_datetime(self.now)
            .strftime("%a %d %b %Y, %H:%M:%S")
            .to_string()
    }

    /// A throw of the dice: true with this probability.
    fn chance(&mut self, probability: f64) -> bool {
        self.throw() < probability
    }

    /// The next number of `0.0..1.0`.
    fn throw(&mut self) -> f64 {
        self.dice += 1;
        noise::unit(self.seed, 77, self.dice)
    }

    /// A slow wobble of about one, its own for every device.
    fn wobble(&self, device: usize) -> f64 {
        let minutes = self.now.as_second() as f64 / 420.0;
        noise::smooth(self.seed, 1_000 + device as u64, minutes)
    }

    fn note(&mut self, device: Option<usize>, what: String) {
        let device = device.map(|index| self.devices[index].slug.clone());
        self.log.push_front(Entry {
            at: self.now,
            local: self
                .zone
                .to_datetime(self.now)
                .strftime("%H:%M:%S")
                .to_string(),
            device,
            what,
        });
        self.log.truncate(LOG);
    }
}
