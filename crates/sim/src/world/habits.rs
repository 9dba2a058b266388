//! What people do at home: they come and go, switch lights, air rooms, cook, wash and watch.
//!
//! All of it happens at the devices themselves, as a hand at a switch: a hub learns of it by the
//! device's report and never by a command.

use super::World;
use crate::file::Kind;
use jiff::SignedDuration;
use model::Value;

/// Something that will be done.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// A hand at a device.
    Set(usize, &'static str, Value),
    /// The lights of a room, if nobody is in it then.
    LightsOff(usize),
    /// The windows of a room.
    Close(usize),
}

impl World {
    /// People live for `dt` seconds.
    pub(super) fn live(&mut self, dt: f64) {
        self.move_people();
        self.do_deeds();
        let minutes = dt / 60.0;
        let (clock, day, _) = self.clock();
        let hour = clock / 3_600.0;
        for room in 0..self.rooms.len() {
            if self.rooms[room].outside {
                continue;
            }
            let awake = self.awake_in(room);
            self.air(room, awake, minutes);
            self.fans(room, awake, minutes);
            if awake {
                self.light(room, minutes, hour);
                self.shade(room, minutes);
                self.evening(room, minutes, hour);
            } else {
                self.quiet(room);
            }
        }
        self.chores(minutes, hour, day);
    }

    /// Does what is due.
    fn do_deeds(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.later = later;
        let due: Vec<(jiff::Timestamp, Deed)> = due;
        for (_, deed) in due {
            match deed {
                Deed::Set(device, name, value) => self.hand(device, name, value),
                Deed::LightsOff(room) if !self.awake_in(room) => self.lights_off(room),
                Deed::LightsOff(_) => {}
                Deed::Close(room) => self.close(room),
            }
        }
    }

    fn after(&mut self, seconds: f64, deed: Deed) {
        let wait = SignedDuration::from_millis((seconds * 1_000.0) as i64);
        if let Ok(at) = self.now.checked_add(wait) {
            self.later.push((at, deed));
        }
    }

    /// Moves everybody to where their routine, or a hand, wants them.
    pub(super) fn move_people(&mut self) {
        let (clock, places) = (self.clock(), self.places);
        for index in 0..self.people.len() {
            let mut there = self.people[index].whereabouts(self.seed, clock, places);
            if let Some((home, planned)) = self.people[index].sent {
                if there.home != planned {
                    self.people[index].sent = None;
                } else if home != there.home {
                    there.home = home;
                    there.asleep = false;
                    there.place = if home {
                        places.living.or(places.hall)
                    } else {
                        None
                    };
                }
            }
            let person = &mut self.people[index];
            let (was_home, was_asleep, was_in) = (person.home, person.asleep, person.place);
            person.up = there.up;
            if (was_home, was_asleep, was_in) == (there.home, there.asleep, there.place) {
                continue;
            }
            (person.home, person.asleep, person.place) = (there.home, there.asleep, there.place);
            let name = person.name.clone();
            if was_home != there.home {
                self.note(
                    None,
                    format!("{name} {}", if there.home { "came home" } else { "left" }),
                );
                self.pass_door(index, there.home);
            }
            if was_asleep != there.asleep {
                self.bed(index, there.asleep);
            }
            if was_in != there.place {
                if let Some(room) = was_in {
                    let wait = 15.0 + 240.0 * self.throw();
                    if self.chance(0.85) {
                        self.after(wait, Deed::LightsOff(room));
                    }
                }
                if there.place == places.bath && was_in.is_some() && self.chance(0.6) {
                    self.rooms[places.bath.unwrap_or(0)].steam = 1_300.0;
                }
            }
        }
    }

    /// Somebody goes through the front door.
    fn pass_door(&mut self, person: usize, came: bool) {
        if let Some(hall) = self.places.hall {
            self.rooms[hall].door = 14.0;
        }
        for lock in self.of_kind(Kind::Lock) {
            self.hand(lock, "lock_state", "unlocked".into());
            self.after(35.0, Deed::Set(lock, "lock_state", "locked".into()));
        }
        let others = self
            .people
            .iter()
            .enumerate()
            .any(|(index, other)| index != person && other.home);
        for alarm in self.of_kind(Kind::Alarm) {
            if came && self.devices[alarm].word("alarm_state") != "disarmed" {
                self.after(8.0, Deed::Set(alarm, "alarm_state", "disarmed".into()));
            } else if !came && !others {
                self.after(5.0, Deed::Set(alarm, "alarm_state", "armed_away".into()));
            }
        }
        let slug = self.people[person].slug.clone();
        let mut drove = false;
        for charger in self.of_kind(Kind::Charger) {
            let owner = self.devices[charger].file.options.person.as_ref();
            if owner.is_some_and(|owner| owner.as_str() == slug) {
                drove = true;
                self.drive(charger, came);
            }
        }
        let garages = self.of_kind(Kind::Cover);
        for garage in garages {
            if drove && self.devices[garage].file.options.class.as_deref() == Some("garage") {
                self.hand(garage, "position", 100.0.into());
                self.after(90.0, Deed::Set(garage, "position", 0.0.into()));
            }
        }
        if !came && !others {
            for room in 0..self.rooms.len() {
                self.after(20.0, Deed::Close(room));
                self.after(10.0, Deed::LightsOff(room));
            }
        }
    }

    /// The car leaves with its owner, and comes home with less in its battery.
    fn drive(&mut self, charger: usize, came: bool) {
        let used = 4.0 + 9.0 * self.throw();
        let device = &mut self.devices[charger];
        device.inner.here = came;
        if came {
            device.inner.charge = (device.inner.charge - used).max(2.0);
            device.put("session_energy", 0.0);
        }
    }

    /// Somebody goes to bed or gets up.
    fn bed(&mut self, person: usize, asleep: bool) {
        let Some(room) = self.people[person].place else {
            return;
        };
        let name = self.people[person].name.clone();
        self.note(
            None,
            format!("{name} {}", if asleep { "went to bed" } else { "got up" }),
        );
        let target = if asleep { 0.0 } else { 100.0 };
        if asleep {
            self.after(40.0, Deed::LightsOff(room));
            // Whoever goes to bed last looks through the house.
            if !self
                .people
                .iter()
                .any(|person| person.home && !person.asleep)
            {
                for other in 0..self.rooms.len() {
                    self.after(50.0, Deed::LightsOff(other));
                }
            }
            for button in self.of_kind(Kind::Button) {
                if self.devices[button].area == Some(room) {
                    self.press(button, "press");
                }
            }
        }
        for cover in self.covers(room) {
            let wait = 60.0 + 300.0 * self.throw();
            self.after(wait, Deed::Set(cover, "position", target.into()));
        }
    }

    fn of_kind(&self, kind: Kind) -> Vec<usize> {
        (0..self.devices.len())
            .filter(|index| self.devices[*index].kind == kind)
            .collect()
    }

    fn covers(&self, room: usize) -> Vec<usize> {
        self.in_room(room, |device| {
            device.kind == Kind::Cover && device.file.options.class.as_deref() != Some("garage")
        })
    }

    fn in_room(&self, room: usize, wanted: impl Fn(&super::Device) -> bool) -> Vec<usize> {
        (0..self.devices.len())
            .filter(|index| {
                self.devices[*index].area == Some(room) && wanted(&self.devices[*index])
            })
            .collect()
    }

    fn lamps(&self, room: usize) -> Vec<usize> {
        self.in_room(room, |device| {
            device.kind == Kind::Light
                || device.kind == Kind::Switch && device.file.options.lumens.is_some()
        })
    }

    fn lights_off(&mut self, room: usize) {
        for lamp in self.lamps(room) {
            if self.devices[lamp].is("on_off") {
                self.hand(lamp, "on_off", false.into());
            }
        }
    }

    fn close(&mut self, room: usize) {
        let mut closed = false;
        for window in &mut self.rooms[room].windows {
            closed |= window.open > 0.0;
            window.open = 0.0;
        }
        if closed {
            let name = self.rooms[room].name.clone();
            self.note(None, format!("the windows of {name} were closed"));
        }
    }

    /// Stale or hot air makes people open a window; rain, wind and cold make them close it.
    fn air(&mut self, room: usize, awake: bool, minutes: f64) {
        let (here, weather) = (&self.rooms[room], self.weather);
        if here.windows.is_empty() {
            return;
        }
        let open = here.windows.iter().any(|window| window.open > 0.0);
        let foul = weather.rain > 1.0 || weather.wind > 12.0;
        if open {
            if awake && (foul || here.temperature < 17.0) && self.chance(0.5 * minutes) {
                self.close(room);
            }
            return;
        }
        let stale = here.co2 > 1_250.0;
        let hot = here.temperature > 25.5 && weather.temperature < here.temperature - 1.0;
        if awake && !foul && (stale || hot) && self.chance(0.06 * minutes) {
            self.rooms[room].windows[0].open = 0.7;
            let wait = 60.0 * (7.0 + 18.0 * self.throw());
            self.after(wait, Deed::Close(room));
            let name = self.rooms[room].name.clone();
            self.note(None, format!("a window of {name} was opened"));
        }
    }

    /// Steam and heat make people switch a fan on; it goes off when the air is good again.
    fn fans(&mut self, room: usize, awake: bool, minutes: f64) {
        let (humidity, temperature) = (self.rooms[room].humidity(), self.rooms[room].temperature);
        let (bad, good) = (
            humidity > 68.0 || temperature > 27.0,
            humidity < 60.0 && temperature < 26.0,
        );
        for fan in self.in_room(room, |device| device.kind == Kind::Fan) {
            let on = self.devices[fan].is("on_off");
            if (bad && !on && awake || good && on) && self.chance(0.25 * minutes) {
                self.hand(fan, "on_off", (!on).into());
            }
        }
    }

    /// Whoever is up in the dark switches a light on.
    fn light(&mut self, room: usize, minutes: f64, hour: f64) {
        if self.rooms[room].lux > 30.0 || !self.chance(0.8 * minutes.max(0.05)) {
            return;
        }
        let lamps = self.lamps(room);
        if lamps.iter().any(|lamp| self.devices[*lamp].is("on_off")) {
            return;
        }
        let late = !(5.0..22.0).contains(&hour);
        for lamp in lamps.into_iter().take(if late { 1 } else { 2 }) {
            let level = if late { 25.0 } else { 80.0 };
            if late && self.devices[lamp].slot("current_level").is_some() {
                self.hand(lamp, "current_level", level.into());
            }
            self.hand(lamp, "on_off", true.into());
        }
    }

    /// Blinds go down at dusk and against a hot sun.
    fn shade(&mut self, room: usize, minutes: f64) {
        let sun = self.weather.sun.elevation;
        let hot = self.rooms[room].temperature > 25.0 && self.weather.sun.global > 350.0;
        if !((-8.0..-3.0).contains(&sun) || hot) || !self.chance(0.04 * minutes) {
            return;
        }
        let target = if hot { 30.0 } else { 0.0 };
        for cover in self.covers(room) {
            if self.devices[cover]
                .number("position")
                .is_some_and(|now| now > target)
            {
                self.hand(cover, "position", target.into());
            }
        }
    }

    /// Television and music.
    fn evening(&mut self, room: usize, minutes: f64, hour: f64) {
        let watching = hour > 19.4 && hour < 23.2;
        let tvs = self.in_room(room, |device| {
            device.file.options.appliance.as_deref() == Some("tv")
        });
        for tv in tvs {
            if watching && !self.devices[tv].is("on_off") && self.chance(0.05 * minutes) {
                self.hand(tv, "on_off", true.into());
            }
        }
        let players = self.in_room(room, |device| device.kind == Kind::MediaPlayer);
        for player in players {
            let playing = self.devices[player].word("playback_state") == "playing";
            if !playing && !watching && self.chance(0.012 * minutes) {
                self.hand(player, "playback_state", "playing".into());
            }
        }
    }

    /// Nobody is up in the room any more.
    fn quiet(&mut self, room: usize) {
        let left_on = self.in_room(room, |device| match device.kind {
            Kind::MediaPlayer => device.word("playback_state") == "playing",
            _ => device.file.options.appliance.as_deref() == Some("tv") && device.is("on_off"),
        });
        for device in left_on {
            if !self.chance(0.2) {
                continue;
            }
            if self.devices[device].kind == Kind::MediaPlayer {
                self.hand(device, "playback_state", "paused".into());
            } else {
                self.hand(device, "on_off", false.into());
            }
        }
    }

    /// Coffee, dinner, dishes and laundry; each machine at most once a day, coffee more often.
    fn chores(&mut self, minutes: f64, hour: f64, day: i64) {
        let Some(kitchen) = self.places.kitchen else {
            return;
        };
        let cook = self.awake_in(kitchen);
        let anyone = self
            .people
            .iter()
            .any(|person| person.home && !person.asleep);
        let early = self
            .people
            .iter()
            .any(|person| person.place == Some(kitchen) && person.up > 0.0 && person.up < 4_200.0);
        for index in 0..self.devices.len() {
            let device = &self.devices[index];
            let Some(what) = device.file.options.appliance.as_deref() else {
                continue;
            };
            if device.is("on_off") || !device.online {
                continue;
            }
            // The day that a machine last ran on stands in `track`.
            let today = device.inner.track as i64 == day;
            let oven = what == "oven";
            let (likely, once) = match what {
                "coffee_maker" if early => (0.12, false),
                "coffee_maker" if cook && (13.0..16.0).contains(&hour) => (0.02, false),
                "kettle" if cook && hour > 15.0 => (0.02, false),
                "oven" if cook && (17.5..18.7).contains(&hour) => (0.04, true),
                "dishwasher" if anyone && hour > 19.6 => (0.02, true),
                "washing_machine" if anyone && (9.0..20.0).contains(&hour) && day % 2 == 0 => {
                    (0.006, true)
                }
                _ => continue,
            };
            if once && today || !self.chance(likely * minutes) {
                continue;
            }
            self.devices[index].inner.track = usize::try_from(day).unwrap_or(0);
            self.hand(index, "on_off", true.into());
            if oven {
                self.rooms[kitchen].steam = 700.0;
                self.after(2_700.0, Deed::Set(index, "on_off", false.into()));
            }
        }
    }
}
