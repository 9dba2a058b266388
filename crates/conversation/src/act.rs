//! What a wish in words comes to at a device: which command of which capability.

use crate::house::Thing;
use crate::lang::{Attr, Way, Word};
use model::{Capability, DeviceId, Instance, Kind, Priority, Value, ValueFault, capability as c};
use twin::DeviceTwin;

/// A measure as somebody said it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: Measure,
}

/// The unit of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// None was said.
    Plain,
    /// Per cent.
    Percent,
    /// Degrees; of which scale was not said.
    Degree,
    /// Degrees Celsius.
    Celsius,
    /// Degrees Fahrenheit.
    Fahrenheit,
    /// Kelvin.
    Kelvin,
    /// Amperes.
    Ampere,
}

impl Amount {
    /// As a temperature in °C. Without a scale, more than 45 degrees can only be Fahrenheit.
    #[must_use]
    pub fn celsius(self) -> Option<f64> {
        match self.unit {
            Measure::Celsius => Some(self.value),
            Measure::Fahrenheit => Some(rounded((self.value - 32.0) / 1.8)),
            Measure::Plain | Measure::Degree if self.value > 45.0 => {
                Some(rounded((self.value - 32.0) / 1.8))
            }
            Measure::Plain | Measure::Degree => Some(self.value),
            _ => None,
        }
    }

    /// As a difference of temperatures in °C.
    #[must_use]
    pub fn celsius_step(self) -> Option<f64> {
        match self.unit {
            Measure::Fahrenheit => Some(rounded(self.value / 1.8)),
            Measure::Plain | Measure::Degree | Measure::Celsius => Some(self.value),
            _ => None,
        }
    }

    /// Whether a bare number is rather how warm a room shall be than per cent of something.
    #[must_use]
    pub fn is_of_a_room(self) -> bool {
        self.unit == Measure::Plain && (14.0..=28.0).contains(&self.value)
    }

    /// As per cent.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        matches!(self.unit, Measure::Plain | Measure::Percent).then_some(self.value)
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// How much of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// A little.
    Little,
    /// Nothing was said.
    Some,
    /// A lot.
    Much,
    /// So much.
    By(Amount),
}

/// What is wanted of a device.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are the wishes")]
pub enum Op {
    On,
    Off,
    Toggle,
    Open,
    Close,
    Stop,
    Lock,
    Unlock,
    Play,
    Pause,
    Next,
    Previous,
    Mute,
    Unmute,
    ArmHome,
    ArmAway,
    ArmNight,
    Disarm,
    Start,
    Charge,
    End,
    Swing(bool),
    Press,
    Return,
    /// Let water to something.
    Water,
    /// Some quantity, or what the device takes.
    Set(Option<Attr>, Amount),
    /// More or less of something.
    Step(Option<Attr>, Way, Step),
    /// Hue and saturation.
    Colour(u16, u8),
    /// A white, in kelvin.
    White(u16),
    /// A word that is the same everywhere.
    Word(Word),
    /// One of the words of a device itself.
    Choice(String),
    /// A setting that the device names itself.
    Label(String, Amount),
}

/// One command for one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Which device.
    pub device: DeviceId,
    /// On which endpoint, where it is not the first that has the capability.
    pub endpoint: Option<u16>,
    /// Of which capability.
    pub capability: &'static str,
    /// Which command.
    pub command: &'static str,
    /// With these.
    pub args: Vec<(&'static str, Value)>,
}

impl Act {
    /// Whether it opens, unlocks or disarms something.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        match (self.capability, self.command) {
            ("DoorLock", "unlock")
            | ("SecurityAlarm", "disarm")
            | ("ValveConfigurationAndControl", "open") => true,
            ("ValveConfigurationAndControl", "set") => self
                .args
                .iter()
                .any(|(_, value)| value.as_number() != Some(0.0)),
            _ => false,
        }
    }
}

/// Why nothing can be sent to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cannot {
    /// It has nothing of the kind.
    Unable,
    /// How it is now is not known, and the wish is relative to that.
    Unknown,
}

/// Whether a device can do that at all.
#[must_use]
pub fn can(op: &Op, thing: &Thing) -> bool {
    plan(op, thing, None).is_ok_and(|acts| !acts.is_empty())
        || plan(op, thing, None) == Err(Cannot::Unknown)
}

/// Whether a device takes the values of a command at all.
///
/// # Errors
/// With what is wrong with a value, and what would be right.
pub fn check(act: &Act, thing: &Thing) -> Result<(), ValueFault> {
    let Some(capability) = Capability::find(act.capability) else {
        return Ok(());
    };
    for (argument, value) in &act.args {
        let command = capability.command(act.command);
        let name = command
            .and_then(|command| command.arguments.iter().find(|one| one.name == *argument))
            .map_or(*argument, |one| one.property);
        let instance = thing.device.capabilities.iter().find(|it| {
            it.capability.name == act.capability
                && act.endpoint.is_none_or(|endpoint| endpoint == it.endpoint)
                && it.property(name).is_some()
        });
        if let Some((shape, property)) = instance
            .and_then(|it| it.property(name))
            .zip(capability.property(name))
        {
            shape.accept_wish(property, value)?;
        }
    }
    Ok(())
}

/// Whether “everything off” means it: what keeps food cold or the house safe stays on.
#[must_use]
pub fn is_for_everything(op: &Op, thing: &Thing) -> bool {
    let device = &thing.device;
    if device.preferences.priority == Priority::High && *op == Op::Off {
        return false;
    }
    match op {
        Op::On | Op::Off | Op::Toggle => {
            let essential = [
                "fridge",
                "freezer",
                "refrigerator",
                "router",
                "modem",
                "server",
                "nas",
                "wifi",
                "aquarium",
                "fish",
                "pump",
                "alarm",
            ];
            let name = crate::text::folded(&device.name);
            let is_essential = essential.iter().any(|word| {
                name.split(|c: char| !c.is_alphanumeric())
                    .any(|part| part == *word)
            });
            (thing.has("OnOff") || thing.has("MediaPlayback")) && !is_essential
        }
        _ => true,
    }
}

/// What to send to a device. Without its state relative wishes are [`Cannot::Unknown`].
///
/// # Errors
/// When it cannot do that, or it is not known from where.
pub fn plan(op: &Op, thing: &Thing, twin: Option<&DeviceTwin>) -> Result<Vec<Act>, Cannot> {
    let device = Planner { thing, twin };
    let one = |act: Option<Act>| act.map(|act| vec![act]).ok_or(Cannot::Unable);
    match op {
        Op::On => one(device.on()),
        Op::Off => one(device.off()),
        Op::Toggle => one(device.toggle()),
        Op::Open => one(device.open(true)),
        Op::Close => one(device.open(false)),
        Op::Stop => one(device
            .action(&c::WINDOW_COVERING, "stop")
            .or_else(|| device.sets(&c::MEDIA_PLAYBACK, "stop"))),
        Op::Lock => one(device.sets(&c::DOOR_LOCK, "lock")),
        Op::Unlock => one(device.sets(&c::DOOR_LOCK, "unlock")),
        Op::Play => one(device.sets(&c::MEDIA_PLAYBACK, "play")),
        Op::Pause => one(device.sets(&c::MEDIA_PLAYBACK, "pause")),
        Op::Next => one(device.action(&c::MEDIA_PLAYBACK, "next")),
        Op::Previous => one(device.action(&c::MEDIA_PLAYBACK, "previous")),
        Op::Mute => one(device.set(&c::MEDIA_PLAYBACK, "muted", true.into())),
        Op::Unmute => one(device.set(&c::MEDIA_PLAYBACK, "muted", false.into())),
        Op::ArmHome => one(device.sets(&c::SECURITY_ALARM, "arm_home")),
        Op::ArmAway => one(device.sets(&c::SECURITY_ALARM, "arm_away")),
        Op::ArmNight => one(device.sets(&c::SECURITY_ALARM, "arm_night")),
        Op::Disarm => one(device.sets(&c::SECURITY_ALARM, "disarm")),
        Op::Start => one(device.start()),
        Op::Charge => one(device.sets(&c::ENERGY_EVSE, "enable_charging")),
        Op::End => one(device.end()),
        Op::Swing(on) => one(device.set(&c::FAN_CONTROL, "oscillating", (*on).into())),
        Op::Water => one(device.sets(&c::VALVE, "open")),
        Op::Press => one(device.action(&c::TRIGGER, "activate")),
        Op::Return => one(device.choice("return").or_else(|| device.choice("dock"))),
        Op::Set(attr, amount) => one(device.amount(*attr, *amount)),
        Op::Step(attr, way, step) => device.step(*attr, *way, *step).map(|act| vec![act]),
        Op::Colour(hue, saturation) => one(device.colour(*hue, *saturation)),
        Op::White(kelvin) => one(device.white(f64::from(*kelvin))),
        Op::Word(word) => one(device.word(*word)),
        Op::Choice(word) => one(device.choice(word)),
        Op::Label(label, amount) => one(device.label(label, *amount)),
    }
}

struct Planner<'a> {
    thing: &'a Thing,
    twin: Option<&'a DeviceTwin>,
}

impl<'a> Planner<'a> {
    fn instances(
        &self,
        capability: &'static Capability,
    ) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.thing
            .device
            .capabilities
            .iter()
            .filter(move |it| it.capability.name == capability.name)
    }

    /// The first instance that lets this property be written.
    fn writable(&self, capability: &'static Capability, property: &str) -> Option<&'a Instance> {
        self.instances(capability)
            .find(|it| it.property(property).is_some_and(|shape| shape.writable))
    }

    fn act(
        &self,
        instance: &Instance,
        command: &'static str,
        args: Vec<(&'static str, Value)>,
    ) -> Act {
        let first = self
            .instances(instance.capability)
            .next()
            .map(|it| it.endpoint);
        Act {
            device: self.thing.id(),
            endpoint: (first != Some(instance.endpoint)).then_some(instance.endpoint),
            capability: instance.capability.name,
            command,
            args,
        }
    }

    /// A command of the table that sets fixed values, where the device takes it.
    fn sets(&self, capability: &'static Capability, command: &'static str) -> Option<Act> {
        let instance = self
            .instances(capability)
            .find(|it| it.commands().any(|one| one.name == command))?;
        let fits = instance
            .capability
            .command(command)
            .is_some_and(|one| match &one.effect {
                model::capability::Effect::Sets(values) => {
                    values.iter().all(|(property, value)| match value {
                        model::capability::Constant::Text(word) => {
                            instance.property(property).is_some_and(|shape| {
                                shape
                                    .words(
                                        instance
                                            .capability
                                            .property(property)
                                            .unwrap_or(&instance.capability.properties[0]),
                                    )
                                    .iter()
                                    .any(|known| known == word)
                            })
                        }
                        _ => true,
                    })
                }
                model::capability::Effect::Action => true,
            });
        fits.then(|| self.act(instance, command, Vec::new()))
    }

    fn action(&self, capability: &'static Capability, command: &'static str) -> Option<Act> {
        let instance = self
            .instances(capability)
            .find(|it| it.actions.iter().any(|action| action == command))?;
        Some(self.act(instance, command, Vec::new()))
    }

    fn set(
        &self,
        capability: &'static Capability,
        property: &'static str,
        value: Value,
    ) -> Option<Act> {
        let instance = self.writable(capability, property)?;
        Some(self.act(instance, "set", vec![(property, value)]))
    }

    fn takes(
        &self,
        capability: &'static Capability,
        property: &'static str,
        command: &'static str,
        argument: &'static str,
        value: Value,
    ) -> Option<Act> {
        let instance = self.writable(capability, property)?;
        Some(self.act(instance, command, vec![(argument, value)]))
    }

    /// A word of an enumeration, where the device knows it.
    fn says(&self, capability: &'static Capability, property: &'static str, word: &str) -> bool {
        self.writable(capability, property).is_some_and(|it| {
            let table = capability.property(property);
            it.property(property)
                .zip(table)
                .is_some_and(|(shape, table)| shape.words(table).iter().any(|known| known == word))
        })
    }

    fn mode(
        &self,
        capability: &'static Capability,
        property: &'static str,
        command: &'static str,
        word: &str,
    ) -> Option<Act> {
        self.says(capability, property, word)
            .then(|| self.takes(capability, property, command, "mode", word.into()))?
    }

    fn on(&self) -> Option<Act> {
        self.sets(&c::ON_OFF, "on")
            .or_else(|| self.sets(&c::MEDIA_PLAYBACK, "play"))
            .or_else(|| {
                let modes = ["heat", "auto", "cool"];
                modes
                    .iter()
                    .find_map(|mode| self.mode(&c::THERMOSTAT, "system_mode", "set_mode", mode))
            })
            .or_else(|| {
                ["auto", "medium", "low"]
                    .iter()
                    .find_map(|mode| self.mode(&c::FAN_CONTROL, "fan_mode", "set_mode", mode))
            })
            .or_else(|| self.sets(&c::ENERGY_EVSE, "enable_charging"))
            .or_else(|| self.sets(&c::VALVE, "open"))
            .or_else(|| self.sets(&c::SECURITY_ALARM, "arm_away"))
    }

    fn off(&self) -> Option<Act> {
        self.sets(&c::ON_OFF, "off")
            .or_else(|| {
                let off = self.says(&c::MEDIA_PLAYBACK, "playback_state", "off");
                off.then(|| self.set(&c::MEDIA_PLAYBACK, "playback_state", "off".into()))?
            })
            .or_else(|| self.sets(&c::MEDIA_PLAYBACK, "stop"))
            .or_else(|| self.mode(&c::THERMOSTAT, "system_mode", "set_mode", "off"))
            .or_else(|| self.mode(&c::FAN_CONTROL, "fan_mode", "set_mode", "off"))
            .or_else(|| {
                self.takes(
                    &c::FAN_CONTROL,
                    "percent",
                    "set_speed",
                    "percent",
                    0.0.into(),
                )
            })
            .or_else(|| self.sets(&c::ENERGY_EVSE, "disable_charging"))
            .or_else(|| self.sets(&c::VALVE, "close"))
            .or_else(|| self.sets(&c::SECURITY_ALARM, "disarm"))
    }

    /// The command where the device takes it; else the other way round from what it reports.
    fn toggle(&self) -> Option<Act> {
        self.action(&c::ON_OFF, "toggle").or_else(|| {
            let instance = self.writable(&c::ON_OFF, "on_off")?;
            let is_on = self
                .reading(&c::ON_OFF, "on_off")
                .and_then(|value| value.as_bool());
            Some(self.act(
                instance,
                if is_on == Some(true) { "off" } else { "on" },
                Vec::new(),
            ))
        })
    }

    fn open(&self, open: bool) -> Option<Act> {
        let command = if open { "open" } else { "close" };
        self.sets(&c::WINDOW_COVERING, command)
            .or_else(|| self.sets(&c::VALVE, command))
    }

    fn start(&self) -> Option<Act> {
        self.sets(&c::ENERGY_EVSE, "enable_charging")
            .or_else(|| self.sets(&c::MEDIA_PLAYBACK, "play"))
            .or_else(|| self.choice("start"))
            .or_else(|| self.choice("clean"))
            .or_else(|| self.on())
            .or_else(|| self.action(&c::TRIGGER, "activate"))
    }

    fn end(&self) -> Option<Act> {
        self.sets(&c::ENERGY_EVSE, "disable_charging")
            .or_else(|| self.sets(&c::MEDIA_PLAYBACK, "stop"))
            .or_else(|| self.action(&c::WINDOW_COVERING, "stop"))
            .or_else(|| self.choice("stop"))
            .or_else(|| self.off())
    }

    fn reading(&self, capability: &'static Capability, property: &str) -> Option<&'a Value> {
        let instance = self.writable(capability, property).or_else(|| {
            self.instances(capability)
                .find(|it| it.property(property).is_some())
        })?;
        self.twin?.value(instance.path(property)?)
    }

    /// The set temperature that counts now: the cooling one while it cools only.
    fn setpoint(&self) -> Option<(&'static str, &'static str)> {
        let cools = self.writable(&c::THERMOSTAT, "cooling_setpoint").is_some();
        let heats = self.writable(&c::THERMOSTAT, "heating_setpoint").is_some();
        let mode = self
            .reading(&c::THERMOSTAT, "system_mode")
            .and_then(Value::as_text);
        match (heats, cools) {
            (true, true) if mode == Some("cool") => {
                Some(("cooling_setpoint", "set_cooling_setpoint"))
            }
            (true, _) => Some(("heating_setpoint", "set_heating_setpoint")),
            (false, true) => Some(("cooling_setpoint", "set_cooling_setpoint")),
            (false, false) => None,
        }
    }

    fn limited(&self, capability: &'static Capability, property: &str, value: f64) -> f64 {
        let instance = self.writable(capability, property);
        let shape = instance.and_then(|it| it.property(property));
        let Some((shape, table)) = shape.zip(capability.property(property)) else {
            return value;
        };
        let (min, max) = shape.limits(table);
        value.clamp(min, max)
    }

    /// What a number without a name for its quantity sets at this device, and with which name.
    fn amount(&self, attr: Option<Attr>, amount: Amount) -> Option<Act> {
        let Some(attr) = attr else {
            if matches!(
                amount.unit,
                Measure::Degree | Measure::Celsius | Measure::Fahrenheit
            ) {
                return self.amount(Some(Attr::Temperature), amount);
            }
            if amount.unit == Measure::Kelvin {
                return self.amount(Some(Attr::White), amount);
            }
            if amount.unit == Measure::Ampere {
                return self.amount(Some(Attr::MaxCurrent), amount);
            }
            let order = [
                Attr::Level,
                Attr::Position,
                Attr::Speed,
                Attr::Volume,
                Attr::Temperature,
                Attr::MaxCurrent,
            ];
            return order
                .into_iter()
                .find_map(|attr| self.amount(Some(attr), amount));
        };
        match attr {
            Attr::Level => {
                let level = amount.percent()?;
                if level == 0.0 && self.writable(&c::LEVEL_CONTROL, "current_level").is_some() {
                    return self.sets(&c::ON_OFF, "off").or_else(|| {
                        self.takes(
                            &c::LEVEL_CONTROL,
                            "current_level",
                            "move_to_level",
                            "level",
                            level.into(),
                        )
                    });
                }
                self.takes(
                    &c::LEVEL_CONTROL,
                    "current_level",
                    "move_to_level",
                    "level",
                    level.into(),
                )
            }
            Attr::Temperature | Attr::Setpoint => {
                let (property, command) = self.setpoint()?;
                self.takes(
                    &c::THERMOSTAT,
                    property,
                    command,
                    "temperature",
                    amount.celsius()?.into(),
                )
            }
            Attr::Volume => self.takes(
                &c::MEDIA_PLAYBACK,
                "volume",
                "set_volume",
                "volume",
                amount.percent()?.into(),
            ),
            Attr::Speed => self.takes(
                &c::FAN_CONTROL,
                "percent",
                "set_speed",
                "percent",
                amount.percent()?.into(),
            ),
            Attr::Position => {
                let position = amount.percent()?;
                self.takes(
                    &c::WINDOW_COVERING,
                    "position",
                    "go_to_position",
                    "position",
                    position.into(),
                )
                .or_else(|| self.set(&c::VALVE, "position", position.into()))
            }
            Attr::Tilt => self.takes(
                &c::WINDOW_COVERING,
                "tilt",
                "go_to_tilt",
                "tilt",
                amount.percent()?.into(),
            ),
            Attr::White => match amount.unit {
                Measure::Plain | Measure::Kelvin | Measure::Degree if amount.value >= 1_000.0 => {
                    self.white(amount.value)
                }
                _ => None,
            },
            Attr::MaxCurrent => {
                matches!(amount.unit, Measure::Plain | Measure::Ampere).then(|| {
                    self.takes(
                        &c::ENERGY_EVSE,
                        "max_charge_current",
                        "set_max_current",
                        "current",
                        amount.value.into(),
                    )
                })?
            }
            _ => None,
        }
    }

    fn step(&self, attr: Option<Attr>, way: Way, step: Step) -> Result<Act, Cannot> {
        let Some(attr) = attr else {
            // Blinds go all the way where nothing is said.
            if step == Step::Some && self.writable(&c::WINDOW_COVERING, "position").is_some() {
                return self.open(way == Way::Up).ok_or(Cannot::Unable);
            }
            let order = [
                Attr::Level,
                Attr::Volume,
                Attr::Temperature,
                Attr::Speed,
                Attr::Position,
            ];
            let order = order
                .into_iter()
                .map(|attr| self.step(Some(attr), way, step));
            return order
                .reduce(|best, next| {
                    if best.is_ok() || best == Err(Cannot::Unknown) {
                        best
                    } else {
                        next
                    }
                })
                .unwrap_or(Err(Cannot::Unable));
        };
        let (table, property, usual): (&'static Capability, &'static str, f64) = match attr {
            Attr::Level => (&c::LEVEL_CONTROL, "current_level", 20.0),
            Attr::Volume => (&c::MEDIA_PLAYBACK, "volume", 10.0),
            Attr::Speed => (&c::FAN_CONTROL, "percent", 20.0),
            Attr::Position => (&c::WINDOW_COVERING, "position", 20.0),
            Attr::Tilt => (&c::WINDOW_COVERING, "tilt", 20.0),
            Attr::Temperature | Attr::Setpoint => (
                &c::THERMOSTAT,
                self.setpoint().ok_or(Cannot::Unable)?.0,
                1.0,
            ),
            Attr::White => (&c::COLOR_CONTROL, "color_temperature", 500.0),
            Attr::MaxCurrent => (&c::ENERGY_EVSE, "max_charge_current", 2.0),
            _ => return Err(Cannot::Unable),
        };
        if self.writable(table, property).is_none() {
            return Err(Cannot::Unable);
        }
        let by = match step {
            Step::Little if usual > 5.0 => usual / 2.0,
            Step::Little | Step::Some => usual,
            Step::Much => usual * 2.0,
            Step::By(amount) => match attr {
                Attr::Temperature | Attr::Setpoint => amount.celsius_step(),
                Attr::White | Attr::MaxCurrent => Some(amount.value),
                _ => amount.percent(),
            }
            .ok_or(Cannot::Unable)?,
        };
        let now = self
            .reading(table, property)
            .and_then(Value::as_number)
            .ok_or(Cannot::Unknown)?;
        let aim = if way == Way::Up { now + by } else { now - by };
        let mut aim = rounded(self.limited(table, property, aim));
        // What is made darker is not put out.
        if attr == Attr::Level && way == Way::Down && aim < 1.0 {
            aim = 1.0;
        }
        let amount = |unit| Amount { value: aim, unit };
        let act = match attr {
            Attr::Temperature | Attr::Setpoint => {
                let (property, command) = self.setpoint().ok_or(Cannot::Unable)?;
                self.takes(&c::THERMOSTAT, property, command, "temperature", aim.into())
            }
            Attr::White => self.amount(Some(attr), amount(Measure::Kelvin)),
            Attr::MaxCurrent => self.amount(Some(attr), amount(Measure::Ampere)),
            _ => self.amount(Some(attr), amount(Measure::Percent)),
        };
        act.ok_or(Cannot::Unable)
    }

    fn colour(&self, hue: u16, saturation: u8) -> Option<Act> {
        let instance = self.writable(&c::COLOR_CONTROL, "hue")?;
        instance
            .property("saturation")
            .filter(|shape| shape.writable)?;
        let args = vec![
            ("hue", f64::from(hue).into()),
            ("saturation", f64::from(saturation).into()),
        ];
        Some(self.act(instance, "move_to_hue_and_saturation", args))
    }

    fn white(&self, kelvin: f64) -> Option<Act> {
        let kelvin = self.limited(&c::COLOR_CONTROL, "color_temperature", kelvin);
        self.takes(
            &c::COLOR_CONTROL,
            "color_temperature",
            "move_to_color_temperature",
            "color_temperature",
            kelvin.into(),
        )
    }

    fn word(&self, word: Word) -> Option<Act> {
        let text = word.key();
        self.mode(&c::FAN_CONTROL, "fan_mode", "set_mode", text)
            .or_else(|| self.mode(&c::THERMOSTAT, "system_mode", "set_mode", text))
            .or_else(|| {
                let direction = matches!(word, Word::Forward | Word::Reverse);
                direction.then(|| self.set(&c::FAN_CONTROL, "direction", text.into()))?
            })
            .or_else(|| {
                let percent = match word {
                    Word::Low => 33.0,
                    Word::Medium => 66.0,
                    Word::High => 100.0,
                    _ => return None,
                };
                self.takes(
                    &c::FAN_CONTROL,
                    "percent",
                    "set_speed",
                    "percent",
                    percent.into(),
                )
            })
            .or_else(|| self.choice(text))
    }

    fn choice(&self, word: &str) -> Option<Act> {
        for instance in &self.thing.device.capabilities {
            for property in instance.capability.properties {
                let Some(shape) = instance
                    .property(property.name)
                    .filter(|shape| shape.writable)
                else {
                    continue;
                };
                let own = matches!(property.kind, Kind::Enum(_))
                    && shape.words(property).iter().any(|known| known == word);
                let guarded = matches!(instance.capability.name, "DoorLock" | "SecurityAlarm");
                if own && !guarded {
                    return Some(match instance.capability.name {
                        "ModeSelect" => {
                            self.act(instance, "change_to_mode", vec![("mode", word.into())])
                        }
                        "FanControl" | "Thermostat" if property.name.ends_with("mode") => {
                            self.act(instance, "set_mode", vec![("mode", word.into())])
                        }
                        _ => self.act(instance, "set", vec![(property.name, word.into())]),
                    });
                }
            }
        }
        None
    }

    fn label(&self, label: &str, amount: Amount) -> Option<Act> {
        let instance = self
            .instances(&c::NUMBER_SETTING)
            .find(|it| it.label.as_deref() == Some(label))?;
        instance.property("value").filter(|shape| shape.writable)?;
        Some(self.act(instance, "set", vec![("value", amount.value.into())]))
    }
}
