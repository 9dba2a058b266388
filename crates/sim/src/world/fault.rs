//! Faults, called up by hand.

use super::{Break, World, slot::Refusal};
use crate::{file::Kind, mqtt};
use serde::{Deserialize, Serialize};

/// What a person can do to a device besides setting its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault", content = "how")]
pub enum Fault {
    /// Takes its power away.
    Unplug,
    /// Gives it back.
    Plug,
    /// Empties its battery.
    Drain,
    /// Breaks it.
    Break(Break),
    /// Mends everything: pins, breaks, battery, leak, smoke.
    Mend,
    /// Water on the floor of its area.
    Leak,
    /// Smoke in its area.
    Smoke,
}

impl World {
    /// Does it to a device.
    ///
    /// # Errors
    /// When such a device cannot suffer that.
    pub fn fault(&mut self, index: usize, fault: Fault) -> Result<(), Refusal> {
        let device = &mut self.devices[index];
        match fault {
            Fault::Unplug => device.plugged = false,
            Fault::Plug => device.plugged = true,
            Fault::Drain => {
                if device.slot("battery").is_none() {
                    return Err(Refusal {
                        code: "no_battery",
                        message: format!("`{}` has no battery", device.slug),
                        expected: "a device with a battery".into(),
                    });
                }
                device.put("battery", 0.0);
                device.due = true;
                // Its last words, before it falls silent.
                let words = mqtt::report(device, self.now);
                self.outbox.extend(words);
            }
            Fault::Break(how) => {
                device.broken = Some(how);
                device.due = how == Break::Impossible;
            }
            Fault::Mend => {
                device.broken = None;
                device.plugged = true;
                device.due = true;
                for slot in &mut device.slots {
                    slot.pinned = None;
                }
                if device.portable {
                    device.put("battery", 100.0);
                }
                if device.kind == Kind::Lock && device.word("lock_state") == "jammed" {
                    device.put("lock_state", "unlocked");
                }
                if let Some(area) = device.area {
                    if device.kind == Kind::Leak {
                        self.rooms[area].leak = false;
                    } else if device.kind == Kind::Smoke {
                        self.rooms[area].smoke = false;
                    }
                }
            }
            Fault::Leak | Fault::Smoke => {
                let Some(area) = device.area else {
                    return Err(Refusal {
                        code: "no_area",
                        message: format!("`{}` stands in no area", device.slug),
                        expected: "a device that stands in an area".into(),
                    });
                };
                let room = &mut self.rooms[area];
                if fault == Fault::Leak {
                    room.leak = true;
                } else {
                    room.smoke = true;
                }
            }
        }
        let word = serde_json::to_value(fault).unwrap_or_default();
        let word = word["fault"].as_str().unwrap_or("fault").to_owned();
        self.note(Some(index), format!("{word}, by hand"));
        self.refresh();
        Ok(())
    }

    /// Cuts the public grid, or gives it back.
    pub fn cut_power(&mut self, cut: bool) {
        self.power_cut = cut;
        let text = if cut {
            "the public grid went away"
        } else {
            "the public grid is back"
        };
        self.note(None, text.into());
        self.electricity(0.0);
        self.refresh();
    }

    /// What changed by hand is seen and told at once, even where the clock is paused.
    fn refresh(&mut self) {
        self.sense(0.0);
        self.tell();
    }

    /// Works out who has power, and says who came and went.
    pub(super) fn presence(&mut self) {
        let mut changed = Vec::new();
        for (index, device) in self.devices.iter_mut().enumerate() {
            let fed = if device.portable {
                device.number("battery").unwrap_or(100.0) > 0.0
            } else {
                // Inverter and battery have their own supply; so does the generator.
                self.supplied
                    || matches!(device.kind, Kind::Solar | Kind::Battery | Kind::Generator)
            };
            let online = device.plugged && fed;
            if online != device.online {
                device.online = online;
                device.due = online;
                changed.push(index);
            }
        }
        for index in changed {
            let device = &self.devices[index];
            self.outbox.push(mqtt::availability(device, self.now));
            let text = if device.online {
                "is reachable again"
            } else {
                "cannot be reached"
            };
            self.note(Some(index), text.into());
        }
    }
}
