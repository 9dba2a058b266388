//! A figure and what stands behind it.

use jiff::civil::Date;
use model::{AreaId, DeviceId, PersonId, Timestamp};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What is used, by device and day.
    Energy,
    /// Doors, locks, alarms, who is there.
    Security,
    /// Whether rooms are as people like them.
    Comfort,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Energy, Self::Security, Self::Comfort];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Energy => "energy",
            Self::Security => "security",
            Self::Comfort => "comfort",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

/// What a figure says.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// A number, in the figure's unit.
    Number(f64),
    /// A truth.
    Truth(bool),
    /// A word.
    Word(String),
    /// A moment, in house time.
    Time(Timestamp),
}

/// A figure with the rows behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is, such as `energy_by_day`.
    pub name: &'static str,
    /// Which device it is about.
    pub device: Option<DeviceId>,
    /// Which room.
    pub area: Option<AreaId>,
    /// Which person.
    pub person: Option<PersonId>,
    /// Which local day; `None`: the whole span, or now.
    pub day: Option<Date>,
    /// What it says; `None` where that is unknown.
    pub value: Option<Datum>,
    /// The unit of a number; empty where it has none.
    pub unit: &'static str,
    /// What is usual, in the same unit; `None` where too little is known to say.
    pub usual: Option<f64>,
    /// The share of its time for which values were known, 0 to 1; `None` where it is of a moment.
    pub known: Option<f64>,
    /// The request that shows the rows behind it.
    pub rows: String,
    /// What there is to say about it: how it was computed, or why it is unknown.
    pub note: &'static str,
}

impl Figure {
    /// An unknown figure about nothing in particular.
    pub(super) fn new(name: &'static str, unit: &'static str, rows: String) -> Self {
        Self {
            name,
            device: None,
            area: None,
            person: None,
            day: None,
            value: None,
            unit,
            usual: None,
            known: None,
            rows,
            note: "",
        }
    }

    pub(super) fn number(mut self, value: Option<f64>) -> Self {
        self.value = value.filter(|value| value.is_finite()).map(Datum::Number);
        self
    }

    pub(super) fn device(mut self, device: DeviceId) -> Self {
        self.device = Some(device);
        self
    }

    pub(super) fn area(mut self, area: Option<AreaId>) -> Self {
        self.area = area;
        self
    }

    pub(super) fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Insight {
    /// What was asked about.
    pub topic: Topic,
    /// From when, in house time.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// What the figures come to, in plain sentences; each of its numbers is one of them.
    pub summary: Vec<String>,
    /// The figures.
    pub figures: Vec<Figure>,
}
