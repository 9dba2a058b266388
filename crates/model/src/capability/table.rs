//! The shape of a capability's table.

use crate::{Unit, Value};
use std::time::Duration;

/// What a device can do or sense: one static table, from which validation, the API's schema, the
/// control on the page, statistics and the reference derive.
#[derive(Debug)]
pub struct Capability {
    /// Matter's cluster name where Matter has one.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// One sentence for the reference.
    pub doc: &'static str,
    /// What it knows.
    pub properties: &'static [Property],
    /// What it can be told.
    pub commands: &'static [Command],
    /// What can happen at it without a value, such as a press.
    pub events: &'static [DeviceEventKind],
}

/// The kind of a property's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A finite number.
    Number,
    /// One of these words; an instance on a device may list its own instead.
    Enum(&'static [&'static str]),
    /// Free text, at most [`Property::TEXT_MAX`] bytes.
    Text,
}

/// Who may write a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only the device.
    Read,
    /// The device reports it, people may wish for it.
    ReadWrite,
}

/// How history sums a property up over an hour or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// Not at all.
    None,
    /// Mean weighted by time, minimum, maximum.
    Mean,
    /// The increase of a meter that counts up, resets taken into account.
    Total,
    /// The share of time that it was true.
    Share,
}

/// What becomes of a wish that waited while its device was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReconnect {
    /// It is sent when the device is back.
    Replay,
    /// It is refused while the device is away, and never sent later.
    Drop,
}

/// What it takes to write a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Nothing more than the right.
    Free,
    /// A person's yes with the request.
    Confirm,
    /// No rule, scenario or assistant ever; a person with a yes only.
    Never,
}

/// One property of a capability.
#[derive(Debug)]
pub struct Property {
    /// Its name, in snake case.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// The canonical unit of its numbers.
    pub unit: Option<Unit>,
    /// The smallest number that can be true.
    pub min: f64,
    /// The largest number that can be true.
    pub max: f64,
    /// The finest difference that means anything; 0 where there is none.
    pub step: f64,
    /// A reported number this near to a wished one counts as reached.
    pub tolerance: f64,
    /// Who may write it.
    pub access: Access,
    /// How it is summed up.
    pub statistics: Statistics,
    /// How long a device may take to report a wished value.
    pub settles_within: Duration,
    /// What becomes of a wish while the device is away.
    pub on_reconnect: OnReconnect,
    /// What it takes to write it.
    pub safety: Safety,
    /// Whether a change that nobody wished for is a mere measurement: history keeps it, and the
    /// timeline does not tell of it.
    pub telemetry: bool,
    /// Values that may be written freely although `safety` asks for more (locking a door).
    pub safe_values: &'static [Constant],
    /// Added to `doc` in the reference where the name does not say it all.
    pub doc: &'static str,
}

/// A value in a static table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constant {
    /// A truth.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A word.
    Text(&'static str),
}

impl Constant {
    /// The same as a value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => text.into(),
        }
    }
}

impl Property {
    /// The longest text value, in bytes.
    pub const TEXT_MAX: usize = 1_024;

    const fn new(name: &'static str, title: &'static str, kind: Kind) -> Self {
        Self {
            name,
            title,
            kind,
            unit: None,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
            step: 0.0,
            tolerance: 0.0,
            access: Access::Read,
            statistics: Statistics::None,
            settles_within: Duration::from_secs(5),
            on_reconnect: OnReconnect::Replay,
            safety: Safety::Free,
            telemetry: false,
            safe_values: &[],
            doc: "",
        }
    }

    /// A truth, summed up as the share of time that it held.
    pub(super) const fn truth(name: &'static str, title: &'static str) -> Self {
        let mut property = Self::new(name, title, Kind::Bool);
        property.statistics = Statistics::Share;
        property
    }

    /// A measured number, summed up by its mean.
    pub(super) const fn measured(
        name: &'static str,
        title: &'static str,
        unit: Unit,
        min: f64,
        max: f64,
        step: f64,
    ) -> Self {
        let mut property = Self::new(name, title, Kind::Number);
        property.unit = Some(unit);
        property.min = min;
        property.max = max;
        property.step = step;
        property.tolerance = step;
        property.statistics = Statistics::Mean;
        property.telemetry = true;
        property
    }

    /// One of some words.
    pub(super) const fn word(
        name: &'static str,
        title: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self::new(name, title, Kind::Enum(words))
    }

    /// A free text.
    pub(super) const fn text(name: &'static str, title: &'static str) -> Self {
        let mut property = Self::new(name, title, Kind::Text);
        property.telemetry = true;
        property
    }

    /// A number without limits or a unit of its own.
    pub(super) const fn number(name: &'static str, title: &'static str) -> Self {
        let mut property = Self::new(name, title, Kind::Number);
        property.statistics = Statistics::Mean;
        property.telemetry = true;
        property
    }

    /// People may wish for it, and the device answers within so many seconds.
    pub(super) const fn writable(mut self, settles_within_seconds: u64) -> Self {
        self.access = Access::ReadWrite;
        self.settles_within = Duration::from_secs(settles_within_seconds);
        // What has a meaning and can be set, is set by somebody, be it at the device itself.
        self.telemetry = self.unit.is_none() && self.telemetry;
        self
    }

    /// A reported value this near counts as reached.
    pub(super) const fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Summed up otherwise.
    pub(super) const fn statistics(mut self, statistics: Statistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// Needs more than the right, except for some values; and is never replayed.
    pub(super) const fn guarded(
        mut self,
        safety: Safety,
        safe_values: &'static [Constant],
    ) -> Self {
        self.safety = safety;
        self.safe_values = safe_values;
        self.on_reconnect = OnReconnect::Drop;
        self
    }

    /// Never sent late: it is dropped while the device is away.
    pub(super) const fn dropped(mut self) -> Self {
        self.on_reconnect = OnReconnect::Drop;
        self
    }

    /// A note for the reference.
    pub(super) const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Whether people may wish for it.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        matches!(self.access, Access::ReadWrite)
    }

    /// What it takes to write `value`.
    #[must_use]
    pub fn safety_of(&self, value: &Value) -> Safety {
        if self.safe_values.iter().any(|safe| safe.value() == *value) {
            Safety::Free
        } else {
            self.safety
        }
    }

    /// Whether `reported` is what `wished` asked for.
    #[must_use]
    pub fn reached(&self, wished: &Value, reported: &Value) -> bool {
        match (wished, reported) {
            (Value::Number(wished), Value::Number(reported)) => {
                (wished - reported).abs() <= self.tolerance.max(self.step / 2.0) + 1e-9
            }
            _ => wished == reported,
        }
    }
}

/// Something that a capability can be told.
#[derive(Debug)]
pub struct Command {
    /// Its name, in snake case.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it means.
    pub effect: Effect,
    /// What it needs to be told along with it.
    pub arguments: &'static [Argument],
}

/// What a command means.
#[derive(Debug)]
pub enum Effect {
    /// A target: these properties shall have these values (and those of the arguments).
    Sets(&'static [(&'static str, Constant)]),
    /// An action: it is sent at most once and ends by acknowledgement.
    Action,
}

/// One argument of a command: the value that a property shall have.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// The property that takes it.
    pub property: &'static str,
}

impl Command {
    /// A command that sets properties to fixed values.
    pub(super) const fn sets(
        name: &'static str,
        title: &'static str,
        values: &'static [(&'static str, Constant)],
    ) -> Self {
        Self {
            name,
            title,
            effect: Effect::Sets(values),
            arguments: &[],
        }
    }

    /// A command that sets properties to what its arguments say.
    pub(super) const fn takes(
        name: &'static str,
        title: &'static str,
        arguments: &'static [Argument],
    ) -> Self {
        Self {
            name,
            title,
            effect: Effect::Sets(&[]),
            arguments,
        }
    }

    /// An action.
    pub(super) const fn action(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            effect: Effect::Action,
            arguments: &[],
        }
    }
}

/// Something that can happen at a device, such as a double press.
#[derive(Debug)]
pub struct DeviceEventKind {
    /// Its name, in snake case.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
}
