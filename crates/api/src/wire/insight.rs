//! What the past says, on the wire.

use super::{At, Scalar};
use mind::insights::{self, Datum};
use serde::Serialize;
use twin::Snapshot;
use utoipa::ToSchema;

/// What the past says of a topic.
#[derive(Debug, Serialize, ToSchema)]
pub struct Insight {
    /// energy, security or comfort.
    pub topic: &'static str,
    /// From when.
    pub from: At,
    /// Until when.
    pub to: At,
    /// What the figures come to, in plain sentences.
    pub summary: Vec<String>,
    /// The figures, each with the rows behind it.
    pub figures: Vec<Figure>,
}

/// A figure, with what it is about and the rows behind it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figure {
    /// What it is, such as `energy_by_day`.
    pub name: &'static str,
    /// The slug of the device that it is about.
    pub device: Option<String>,
    /// The slug of the room that it is about.
    pub area: Option<String>,
    /// The slug of the person whom it is about.
    pub person: Option<String>,
    /// The local day that it is about; null: the whole span, or now.
    pub day: Option<String>,
    /// The figure; null where it is unknown.
    pub value: Option<Scalar>,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
    /// What is usual, in the same unit; null where too little is known to say.
    pub usual: Option<f64>,
    /// The share of its time for which values were known, 0 to 1; null where it is of a moment.
    pub known: Option<f64>,
    /// The request that shows the rows behind it.
    pub rows: String,
    /// How it was computed, or why it is unknown.
    pub note: &'static str,
}

impl Insight {
    /// An answer as it is shown.
    pub(crate) fn of(insight: insights::Insight, snapshot: &Snapshot) -> Self {
        Self {
            topic: insight.topic.as_str(),
            from: insight.from.into(),
            to: insight.to.into(),
            summary: insight.summary,
            figures: insight
                .figures
                .into_iter()
                .map(|figure| Figure::of(figure, snapshot))
                .collect(),
        }
    }
}

impl Figure {
    fn of(figure: insights::Figure, snapshot: &Snapshot) -> Self {
        let device = figure.device.and_then(|id| snapshot.devices.get(&id));
        let area = figure.area.and_then(|id| snapshot.areas.get(&id));
        let person = figure.person.and_then(|id| snapshot.people.get(&id));
        Self {
            name: figure.name,
            device: device.map(|twin| twin.device.slug.to_string()),
            area: area.map(|area| area.slug.to_string()),
            person: person.map(|person| person.slug.to_string()),
            day: figure.day.map(|day| day.to_string()),
            value: figure.value.map(|datum| {
                let value: model::Value = match datum {
                    Datum::Number(number) => number.into(),
                    Datum::Truth(truth) => truth.into(),
                    Datum::Word(word) => word.as_str().into(),
                    Datum::Time(at) => at.to_string().as_str().into(),
                };
                Scalar::from(&value)
            }),
            unit: figure.unit,
            usual: figure.usual,
            known: figure.known,
            rows: figure.rows,
            note: figure.note,
        }
    }
}
