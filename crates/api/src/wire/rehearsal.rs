//! Rehearsals on the wire: what shall be tried, and what would happen.

use super::{At, Run};
use automation::rehearsal::Report;
use automation::rehearse::Energy;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most runs of an answer; they carry their traces.
const RUNS: usize = 200;

/// How a scenario of the house shall be rehearsed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rehearse {
    /// Values of its parameters.
    #[schema(value_type = Object)]
    pub parameters: BTreeMap<String, Json>,
    /// Run it at this moment, at most ten years away; now where nothing is said.
    pub at: Option<At>,
    /// Instead of running it: when would it have run by itself within so many last days? 1 to 366.
    pub days: Option<u32>,
    /// The scenario as it would be after an edit that is not kept yet.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Json>,
}

/// How a scenario that is not kept yet shall be rehearsed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearseDocument {
    /// The scenario: see GET /api/automation/schema.
    #[schema(value_type = Object)]
    pub document: Json,
    /// Values of its parameters.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: BTreeMap<String, Json>,
    /// Run it at this moment, at most ten years away; now where nothing is said.
    #[serde(default)]
    pub at: Option<At>,
    /// Instead of running it: when would it have run by itself within so many last days? 1 to 366.
    #[serde(default)]
    pub days: Option<u32>,
}

/// What would happen. The real house was not touched.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rehearsal {
    /// The scenario's slug.
    pub scenario: String,
    /// What it does, in one sentence.
    pub sentence: String,
    /// From when, in house time.
    pub from: At,
    /// Until when.
    pub until: At,
    /// What would happen when, in order; at most 1,000 lines.
    pub lines: Vec<Line>,
    /// The runs that would end, in order, with their traces; at most 200.
    pub runs: Vec<Run>,
    /// Lines and runs that found no room in this answer.
    pub untold: usize,
    /// Whether it was ended early, because too much followed from each other.
    pub cut: bool,
    /// What the house would refuse, in the words in which it refuses.
    pub refusals: Vec<Line>,
    /// The scenarios that would be set off by it, by slug.
    pub sets_off: Vec<String>,
    /// Rules that would set each other off in a circle, or too often.
    pub loops: Vec<String>,
    /// Rules that would fight over a property.
    pub conflicts: Vec<String>,
    /// What people would be told or asked.
    pub messages: Vec<Line>,
    /// What the devices that it switches would take; null where it switches none.
    pub energy: Option<RehearsedEnergy>,
    /// What was replayed, with `days`.
    pub replayed: Option<Replayed>,
}

/// Something at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// When.
    pub at: At,
    /// What.
    pub text: String,
}

/// What devices would take while they are on.
#[derive(Debug, Serialize, ToSchema)]
pub struct RehearsedEnergy {
    /// Of those of which it is known, in kWh; null where it is known of none.
    pub kilowatt_hours: Option<f64>,
    /// The same if each drew what it did in its quietest hour of the last week.
    pub least: Option<f64>,
    /// The same with its busiest hour.
    pub most: Option<f64>,
    /// The devices of which it is known, by what each drew while it was on in the last week.
    pub known: Vec<OnTime>,
    /// The names of devices that would be on and of which it is not known.
    pub unknown: Vec<String>,
}

/// For how long a device would be on.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnTime {
    /// Its name.
    pub device: String,
    /// For how long, in seconds.
    pub seconds: i64,
}

/// What of history was replayed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// How many properties.
    pub properties: usize,
    /// How many values and events.
    pub happened: usize,
    /// What it also depends on and could not be replayed.
    pub not_replayed: Vec<String>,
}

impl Rehearsal {
    /// A report as it is told.
    pub(crate) fn of(scenario: String, sentence: String, report: Report) -> Self {
        let Report {
            from,
            until,
            rehearsed,
            replayed,
        } = report;
        let lines = |lines: Vec<(model::Timestamp, String)>| {
            let line = |(at, text): (model::Timestamp, String)| Line {
                at: at.into(),
                text,
            };
            lines.into_iter().map(line).collect()
        };
        Self {
            scenario,
            sentence,
            from: from.into(),
            until: until.into(),
            untold: rehearsed.untold + rehearsed.runs.len().saturating_sub(RUNS),
            runs: rehearsed.runs.iter().take(RUNS).map(Run::from).collect(),
            lines: lines(rehearsed.lines),
            cut: rehearsed.cut,
            refusals: lines(rehearsed.refusals),
            sets_off: rehearsed.sets_off,
            loops: rehearsed.loops,
            conflicts: rehearsed.conflicts,
            messages: lines(rehearsed.messages),
            energy: rehearsed.energy.map(energy),
            replayed: replayed.map(|replayed| Replayed {
                properties: replayed.properties,
                happened: replayed.happened,
                not_replayed: replayed.besides,
            }),
        }
    }
}

fn energy(energy: Energy) -> RehearsedEnergy {
    let on = |(device, time): (String, jiff::SignedDuration)| OnTime {
        device,
        seconds: time.as_secs(),
    };
    RehearsedEnergy {
        kilowatt_hours: (!energy.known.is_empty()).then_some(energy.kilowatt_hours),
        least: (!energy.known.is_empty()).then_some(energy.between.0),
        most: (!energy.known.is_empty()).then_some(energy.between.1),
        known: energy.known.into_iter().map(on).collect(),
        unknown: energy.unknown,
    }
}
