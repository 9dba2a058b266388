//! How a device is told something: by a hand, or by a command that it answers after a moment.

use super::{Device, World, slot::Refusal};
use crate::{file::Kind, mqtt};
use model::Value;

/// What somebody wants of a device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    /// A value.
    Set(&'static str, Value),
    /// Something once.
    Do(&'static str),
    /// The other way round.
    Toggle(&'static str),
}

/// A command on its way into a device.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) device: usize,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) wait: f64,
}

const TRACKS: &[&str] = &[
    "Morning Light",
    "Harbour Song",
    "Blue Tram",
    "Slow Rain",
    "Paper Boats",
    "North Window",
];

impl World {
    /// A command of a hub; the device answers after a moment of house time.
    pub(crate) fn command(&mut self, device: usize, wanted: Vec<Wanted>) {
        // Radios take a fifth of a second, sleepy battery devices up to two.
        let sleepy = if self.devices[device].portable {
            1.2
        } else {
            0.35
        };
        let wait = 0.15 + sleepy * self.throw();
        self.pending.push(Pending {
            device,
            wanted,
            wait,
        });
    }

    /// Commands that have waited long enough are obeyed.
    pub(super) fn pend(&mut self, dt: f64) {
        for pending in &mut self.pending {
            pending.wait -= dt;
        }
        let (due, left) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|pending| pending.wait <= 0.0);
        self.pending = left;
        let due: Vec<Pending> = due;
        for pending in due {
            let device = &mut self.devices[pending.device];
            if !device.online {
                continue;
            }
            // A device that obeys says so, even where nothing changed.
            device.due = true;
            for wanted in pending.wanted {
                match wanted {
                    Wanted::Set(name, value) => self.obey(pending.device, name, value),
                    Wanted::Do(name) => self.perform(pending.device, name),
                    Wanted::Toggle(name) => {
                        let value = !self.devices[pending.device].is(name);
                        self.obey(pending.device, name, value.into());
                    }
                }
            }
        }
    }

    /// A person's hand at a device: settable values move the device, measured ones are pinned.
    ///
    /// # Errors
    /// When the device has no such value, or it cannot be that.
    pub fn touch(&mut self, device: usize, name: &str, value: &Value) -> Result<(), Refusal> {
        let there = &self.devices[device];
        if let Some((action, _)) = there.actions.iter().find(|(action, _)| *action == name) {
            let action = *action;
            self.perform(device, action);
            self.note(Some(device), format!("{action}, by hand"));
            self.say(device);
            return Ok(());
        }
        if there.kind == Kind::Button && name == "press" {
            let what = value.as_text().unwrap_or("press").to_owned();
            let known = model::capability::BUTTON
                .events
                .iter()
                .find(|event| event.name == what);
            let Some(event) = known else {
                return Err(Refusal {
                    code: "bad_value",
                    message: format!("a button knows no `{what}`"),
                    expected: "press, double_press, triple_press, long_press or release".into(),
                });
            };
            self.press(device, event.name);
            return Ok(());
        }
        let Some(slot) = there.slot(name) else {
            return Err(there.unknown(name));
        };
        let name = slot.name;
        let value = slot.accept(value)?;
        let settable = slot.settable;
        let area = there.area;
        match (there.kind, name, area) {
            _ if settable => self.hand(device, name, value),
            // These have a truth in the house that the sensor then sees by itself.
            (Kind::Contact, "open", Some(_)) => self.open(device, value.as_bool() == Some(true)),
            (Kind::Leak, "leak", Some(room)) => {
                self.rooms[room].leak = value.as_bool() == Some(true)
            }
            (Kind::Tracker, "home", _) => {
                let owner = there.file.options.person.as_ref().map(ToString::to_string);
                if let Some(owner) = owner {
                    self.send(&owner, value.as_bool() == Some(true));
                }
            }
            (_, "battery", _) => {
                self.devices[device].put("battery", value);
                self.note(Some(device), "its battery was set by hand".into());
            }
            _ => {
                self.note(
                    Some(device),
                    format!("{name} was pinned to {value} by hand"),
                );
                if let Some(slot) = self.devices[device]
                    .slots
                    .iter_mut()
                    .find(|slot| slot.name == name)
                {
                    slot.pinned = Some(value);
                }
            }
        }
        self.sense(0.0);
        self.say(device);
        Ok(())
    }

    /// The device tells its state at once, even where the clock is paused.
    fn say(&mut self, device: usize) {
        let device = &mut self.devices[device];
        device.due = true;
        if let Some(message) = mqtt::report(device, self.now) {
            self.outbox.push(message);
        }
    }

    /// A hand at a device that is there: it moves and nobody is asked.
    pub(super) fn hand(&mut self, device: usize, name: &'static str, value: Value) {
        let there = &self.devices[device];
        if there.get(name) == Some(&value) && name != "position" {
            return;
        }
        let title = there.slot(name).map_or(name, |slot| slot.title);
        let text = format!("{title}: {value}, by hand");
        self.note(Some(device), text);
        self.obey(device, name, value);
    }

    /// Opens or closes what a contact watches.
    fn open(&mut self, contact: usize, open: bool) {
        let device = &self.devices[contact];
        let Some(room) = device.area else { return };
        let window = device.file.options.window.as_ref().map(ToString::to_string);
        if device.file.options.class.as_deref() == Some("door") {
            self.rooms[room].door = if open { 3_600.0 } else { 0.0 };
        } else {
            for other in &mut self.rooms[room].windows {
                if window.as_ref().is_none_or(|slug| *slug == other.slug) {
                    other.open = if open { 1.0 } else { 0.0 };
                }
            }
        }
        self.note(
            Some(contact),
            if open {
                "opened by hand"
            } else {
                "closed by hand"
            }
            .into(),
        );
    }

    /// A button is pressed.
    pub(super) fn press(&mut self, device: usize, what: &'static str) {
        self.note(Some(device), format!("{what}, by hand"));
        let (now, device) = (self.now, &self.devices[device]);
        if device.online && device.broken.is_none() {
            self.outbox.push(mqtt::happening(device, what, now));
        }
    }

    /// What a value means to the device that gets it.
    fn obey(&mut self, index: usize, name: &'static str, value: Value) {
        let dice = self.throw();
        let device = &mut self.devices[index];
        match (device.kind, name) {
            (Kind::Cover, "position") => {
                device.inner.position = value.as_number();
            }
            (Kind::Cover, "tilt") => device.inner.tilt = value.as_number(),
            (Kind::Lock, "lock_state") => {
                let word = value.as_text().unwrap_or("locked").to_owned();
                if device.word(name) != word && matches!(word.as_str(), "locked" | "unlocked") {
                    device.put(
                        name,
                        if word == "locked" {
                            "locking"
                        } else {
                            "unlocking"
                        },
                    );
                    device.inner.timer = 1.4 + dice;
                    device.inner.goal = Some(value);
                } else if word == "jammed" {
                    device.put(name, value);
                }
            }
            (Kind::Valve, "open") => {
                device.inner.timer = device.file.options.travel.unwrap_or(4.0);
                device.inner.position = value.as_bool().map(|open| if open { 100.0 } else { 0.0 });
            }
            (Kind::Valve, "position") => {
                device.inner.timer = device.file.options.travel.unwrap_or(4.0);
                device.inner.position = value.as_number();
            }
            (Kind::Alarm, "alarm_state") => match value.as_text() {
                Some("armed_away") if device.word(name) != "armed_away" => {
                    device.put(name, "arming");
                    device.inner.timer = 20.0;
                    device.inner.goal = Some(value);
                }
                _ => {
                    device.inner.goal = None;
                    device.put(name, value);
                }
            },
            (Kind::Light, "current_level") => {
                device.put("on_off", value.as_number().is_some_and(|level| level > 0.0));
                device.put(name, value);
            }
            (Kind::Light, "hue" | "saturation" | "color_temperature") => {
                device.put(
                    "color_mode",
                    if name == "color_temperature" {
                        "ct"
                    } else {
                        "hs"
                    },
                );
                device.put(name, value);
            }
            (Kind::Fan, "percent" | "fan_mode") => fan(device, name, value),
            (Kind::MediaPlayer, "playback_state") => {
                device.put(name, value);
                retitle(device);
            }
            (Kind::Appliance, "on_off") => {
                if value == Value::Bool(true) && !device.is("on_off") {
                    device.inner.elapsed = 0.0;
                }
                device.put(name, value);
            }
            _ => device.put(name, value),
        }
    }

    /// What an action means to the device that does it.
    fn perform(&mut self, index: usize, action: &str) {
        let device = &mut self.devices[index];
        match action {
            "stop" => {
                device.inner.position = None;
                device.inner.tilt = None;
                device.put("motion", "stopped");
            }
            "next" => device.inner.track += 1,
            "previous" => device.inner.track = device.inner.track.saturating_sub(1),
            // Descaling is a short run; a display that refreshes only says so.
            "descale" if !device.is("on_off") => {
                device.inner.elapsed = 0.0;
                device.put("on_off", true);
            }
            _ => {}
        }
        if matches!(action, "next" | "previous") {
            device.inner.elapsed = 0.0;
            retitle(device);
        }
        device.due = true;
    }
}

/// A fan's mode and its speed say the same.
fn fan(device: &mut Device, name: &'static str, value: Value) {
    let speed = match value.as_text() {
        Some("low") => Some(25.0),
        Some("medium") => Some(50.0),
        Some("high") => Some(100.0),
        Some(_) => None,
        None => {
            let percent = value.as_number().unwrap_or(50.0);
            let mode = if percent <= 33.0 {
                "low"
            } else if percent <= 70.0 {
                "medium"
            } else {
                "high"
            };
            device.put("fan_mode", mode);
            None
        }
    };
    if let Some(speed) = speed {
        device.put("percent", speed);
    }
    device.put("on_off", true);
    device.put(name, value);
}

/// What a player plays.
pub(super) fn retitle(device: &mut Device) {
    let title = match device.word("playback_state") {
        "playing" | "paused" => TRACKS[device.inner.track % TRACKS.len()],
        _ => "",
    };
    device.put("title", title);
}
