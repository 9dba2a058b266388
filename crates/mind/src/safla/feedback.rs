//! Feedback: how what was found, done and said turned out. Concerns begin and end here. Pure.

use super::recall::Recall;
use super::sense::{Sensed, Thing, seconds};
use crate::Evidence;
use crate::concerns::{Change, Concerns};
use crate::detect::Finding;
use crate::feel::formula;
use crate::feel::sum::Item;
use crate::feel::table::{Factor, lasting};
use std::collections::HashSet;

/// How much of a failed wish is felt: a run that fails is a task, a wish is a step.
const WISH: f64 = 0.5;

/// What turned out how.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What changed among the concerns.
    pub changes: Vec<Change>,
    /// Evidence of the factors that follow from it.
    pub items: Vec<Item<Evidence>>,
}

/// Settles what was found, and weighs what was done and said.
pub fn weigh(
    findings: Vec<Finding>,
    concerns: &mut Concerns,
    sensed: &Sensed,
    recall: &Recall,
) -> Outcome {
    let now = sensed.at;
    let spoke: HashSet<_> = sensed
        .things
        .iter()
        .filter(|thing| thing.fresh && thing.readings.iter().any(|reading| !reading.stale))
        .map(Thing::id)
        .collect();
    let has_spoken = |device| match device {
        Some(device) => spoke.contains(&device),
        None => !spoke.is_empty() && spoke.len() * 2 >= sensed.things.len(),
    };
    concerns.hear(has_spoken, now);
    let changes = concerns.settle(findings, now);
    let mut items: Vec<Item<Evidence>> = concerns
        .felt(now)
        .map(|(factor, strength, concern)| Item {
            factor,
            strength,
            evidence: vec![Evidence::Concern {
                concern: concern.id,
                since: concern.since,
            }],
        })
        .collect();
    for ran in recall.runs.iter().rev() {
        let left = formula::impulse(seconds(ran.at, now), lasting::TASK);
        if left == 0.0 {
            break;
        }
        items.push(Item {
            factor: Factor::Tasks,
            strength: if ran.done { left } else { -left },
            evidence: vec![Evidence::Run {
                run: ran.run,
                at: ran.at,
            }],
        });
    }
    for wished in recall.wishes.iter().rev() {
        let left = WISH * formula::impulse(seconds(wished.at, now), lasting::TASK);
        if left == 0.0 {
            break;
        }
        items.push(Item {
            factor: Factor::Tasks,
            strength: if wished.done { left } else { -left },
            evidence: vec![Evidence::Wish {
                wish: wished.wish,
                at: wished.at,
            }],
        });
    }
    for said in recall.feedback.iter().rev() {
        let left = formula::impulse(seconds(said.at, now), lasting::FEEDBACK);
        if left == 0.0 {
            break;
        }
        items.push(Item {
            factor: Factor::Feedback,
            strength: said.good * left,
            evidence: said
                .position
                .map(|position| Evidence::Event {
                    position,
                    at: said.at,
                })
                .into_iter()
                .collect(),
        });
    }
    Outcome { changes, items }
}
