//! What each stage got and made of it last, for who wants to look. Bounded: counts, and the first few.

use super::act::{Deeds, Heart};
use super::analyze::Analysis;
use super::feedback::Outcome;
use super::recall::Recall;
use super::sense::{Health, Sensed};
use crate::concerns::Change;
use crate::feel::table::TABLE;
use model::{Connectivity, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use twin::Snapshot;

/// How many things are listed.
const LISTED: usize = 50;

/// One stage, as it last was.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// What it got.
    pub input: Value,
    /// What it made of it.
    pub output: Value,
    /// How long that took, on the machine's steady clock.
    pub took: Duration,
}

/// How the loop is.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// How many turns there were since the start.
    pub turns: u64,
    /// How often it broke and was started again, or was restarted on purpose, since the start.
    pub restarts: u64,
    /// When the last turn was, in house time; `None` before the first.
    pub at: Option<Timestamp>,
    /// What set it off.
    pub trigger: &'static str,
    /// How long it took, on the machine's steady clock.
    pub took: Duration,
    /// How often it turns by itself, in house time.
    pub interval: Duration,
    /// The five stages in their order; empty before the first turn.
    pub stages: Vec<Stage>,
}

impl Stage {
    pub(super) fn sense(
        snapshot: &Snapshot,
        components: usize,
        sensed: &Sensed,
        took: Duration,
    ) -> Self {
        let online = |wanted| {
            sensed
                .things
                .iter()
                .filter(|thing| thing.connectivity == wanted)
                .count()
        };
        let unwell = sensed
            .components
            .iter()
            .filter(|one| one.health != Health::Ok);
        Self {
            name: "sense",
            input: json!({
                "position": snapshot.position.to_string(),
                "devices": snapshot.devices.len(),
                "people": snapshot.people.len(),
                "components": components,
            }),
            output: json!({
                "at": sensed.at.to_string(),
                "mode": &*sensed.mode,
                "anyone_home": sensed.anyone_home,
                "online": online(Connectivity::Online),
                "offline": online(Connectivity::Offline),
                "unknown": online(Connectivity::Unknown),
                "properties_fresh": sensed.awareness.fresh,
                "properties_known": sensed.awareness.known,
                "components_unwell": unwell.map(|one| &one.name).take(LISTED).collect::<Vec<_>>(),
            }),
            took,
        }
    }

    pub(super) fn analyze(sensed: &Sensed, analysis: &Analysis, took: Duration) -> Self {
        let factors: serde_json::Map<String, Value> = TABLE
            .iter()
            .map(|row| {
                let of = analysis
                    .items
                    .iter()
                    .filter(|item| item.factor == row.factor);
                (
                    format!("{:?}", row.factor).to_lowercase(),
                    of.count().into(),
                )
            })
            .collect();
        let found = analysis.findings.iter().take(LISTED).map(|finding| {
            json!({ "kind": finding.kind, "title": finding.title, "urgency": finding.urgency.as_str() })
        });
        Self {
            name: "analyze",
            input: json!({ "things": sensed.things.len(), "areas": sensed.areas.len() }),
            output: json!({
                "evidence": factors,
                "confidence": analysis.confidence,
                "findings": found.collect::<Vec<_>>(),
            }),
            took,
        }
    }

    pub(super) fn feedback(found: usize, outcome: &Outcome, took: Duration) -> Self {
        let changes = outcome
            .changes
            .iter()
            .take(LISTED)
            .map(|change| match change {
                Change::Raised(concern) => json!({ "raised": concern.title }),
                Change::Changed(concern) => json!({ "changed": concern.title }),
                Change::Ended { concern, how, .. } => {
                    json!({ "ended": concern.title, "how": how.as_str() })
                }
            });
        Self {
            name: "feedback",
            input: json!({ "findings": found }),
            output: json!({ "changes": changes.collect::<Vec<_>>(), "evidence": outcome.items.len() }),
            took,
        }
    }

    pub(super) fn learn(recall: &Recall, heart: &Heart, took: Duration) -> Self {
        Self {
            name: "learn",
            input: json!({
                "runs": recall.runs.len(),
                "wishes": recall.wishes.len(),
                "refusals": recall.refusals.len(),
                "feedback": recall.feedback.len(),
            }),
            output: json!({
                "rhythms": recall.rhythms.len(),
                "cold_devices": recall.cold.len(),
                "demands": recall.demands.len(),
                "usual_looked_up": recall.usual.at.map(|at| at.to_string()),
                "batteries_fading": recall.usual.batteries.len(),
                "mood_before": heart.mood.valence,
            }),
            took,
        }
    }

    pub(super) fn act(evidence: usize, deeds: &Deeds, took: Duration) -> Self {
        let feeling = &deeds.view.feeling;
        Self {
            name: "act",
            input: json!({ "evidence": evidence }),
            output: json!({
                "feeling": feeling.label.as_str(),
                "valence": feeling.valence,
                "arousal": feeling.arousal,
                "reasons": deeds.view.reasons.len(),
                "concerns": deeds.view.concerns.len(),
                "notes": deeds.notes.iter().map(model::EventBody::kind).collect::<Vec<_>>(),
                "kept": deeds.keep,
            }),
            took,
        }
    }
}
