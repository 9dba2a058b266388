//! One value of a device: what it may be, what it is, and when it was last told.

use model::{Capability, Kind, Unit, Value, capability};

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; expected {expected}")]
pub struct Refusal {
    /// Which refusal, for programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub expected: String,
}

/// One named value of a device. Its kind, unit and limits come from the capability's table.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its name: the property's.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// The capability that it belongs to; `None` for what only the radio knows (link quality).
    pub capability: Option<&'static Capability>,
    /// The kind of its values.
    pub kind: Kind,
    /// The words of an enum on this device.
    pub words: Vec<String>,
    /// The canonical unit.
    pub unit: Option<Unit>,
    /// The least number.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// The step that a control makes.
    pub step: f64,
    /// Whether a hub may set it.
    pub settable: bool,
    /// Digits after the point.
    pub decimals: u8,
    /// By how much it must move to be worth a message.
    pub change: f64,
    /// The value that physics and people give it.
    pub value: Value,
    /// A value that somebody pinned by hand, until the device is mended.
    pub pinned: Option<Value>,
    /// What was last sent.
    pub(crate) sent: Option<Value>,
}

impl Slot {
    /// The slot of a property.
    pub(crate) fn of(table: &'static Capability, property: &'static str, value: Value) -> Self {
        let path = table.at(1, property);
        let property = path.property;
        Self {
            name: property.name,
            title: property.title,
            capability: Some(table),
            kind: property.kind,
            words: match property.kind {
                Kind::Enum(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                _ => Vec::new(),
            },
            unit: property.unit,
            min: property.min,
            max: property.max,
            step: property.step.max(0.1),
            settable: property.is_writable(),
            decimals: 0,
            change: property.step.max(0.01),
            value,
            pinned: None,
            sent: None,
        }
    }

    /// A measured number, with its digits and the change that is worth a message.
    pub(crate) fn number(
        table: &'static Capability,
        property: &'static str,
        value: f64,
        decimals: u8,
        change: f64,
    ) -> Self {
        Self {
            decimals,
            change,
            ..Self::of(table, property, Value::Number(value))
        }
    }

    /// Narrower limits.
    pub(crate) fn limits(mut self, min: f64, max: f64, step: f64) -> Self {
        (self.min, self.max, self.step) = (min, max, step);
        self
    }

    /// Only these words.
    pub(crate) fn words(mut self, words: &[&str]) -> Self {
        self.words = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Only read: the device has no such command.
    pub(crate) fn read_only(mut self) -> Self {
        self.settable = false;
        self
    }

    /// The strength of its radio link.
    pub(crate) fn link(quality: f64) -> Self {
        Self {
            name: "linkquality",
            title: "Link quality",
            capability: None,
            unit: None,
            ..Self::number(&capability::NUMBER_SETTING, "value", quality, 0, 8.0)
        }
        .limits(0.0, 255.0, 1.0)
        .read_only()
    }

    /// What it shows: the pinned value, or the one of physics.
    #[must_use]
    pub fn shown(&self) -> &Value {
        self.pinned.as_ref().unwrap_or(&self.value)
    }

    /// `value` as this slot takes it.
    ///
    /// # Errors
    /// When it is of another kind or out of range.
    pub fn accept(&self, value: &Value) -> Result<Value, Refusal> {
        let refuse = |expected: String| Refusal {
            code: "bad_value",
            message: format!("`{}` cannot be {}", self.name, value.to_json()),
            expected,
        };
        match (self.kind, value) {
            (Kind::Bool, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => {}
            (Kind::Enum(_), Value::Text(word)) if self.words.iter().any(|known| known == word) => {}
            (Kind::Text, Value::Text(text)) if text.len() <= model::Property::TEXT_MAX => {}
            (Kind::Bool, _) => return Err(refuse("true or false".into())),
            (Kind::Number, _) => return Err(refuse("a number".into())),
            (Kind::Enum(_), _) => return Err(refuse(format!("one of {}", self.words.join(", ")))),
            (Kind::Text, _) => return Err(refuse("a text of at most 1024 bytes".into())),
        }
        if let Value::Number(number) = value
            && !(self.min..=self.max).contains(number)
        {
            let unit = self.unit.map_or("", Unit::symbol);
            return Err(refuse(format!("{} to {} {unit}", self.min, self.max)));
        }
        Ok(value.clone())
    }

    /// The value as the device tells it: with its few digits.
    #[must_use]
    pub fn rounded(&self, value: &Value) -> Value {
        match value {
            Value::Number(number) => {
                let scale = 10_f64.powi(i32::from(self.decimals));
                Value::Number((number * scale).round() / scale)
            }
            other => other.clone(),
        }
    }

    /// Whether what it shows is far enough from what was last sent.
    pub(crate) fn moved(&self) -> bool {
        match (&self.sent, self.shown()) {
            (Some(Value::Number(sent)), Value::Number(now)) => {
                (sent - now).abs() >= self.change.max(sent.abs() * 1e-9)
            }
            (Some(sent), now) => sent != now,
            (None, _) => true,
        }
    }
}
