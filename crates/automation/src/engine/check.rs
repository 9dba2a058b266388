//! What of a document leads nowhere in this house, before anybody keeps it.

use super::index::Index;
use super::target::meant;
use crate::document::{Act, Condition, Document, Step, Target};
use std::collections::BTreeSet;
use twin::Snapshot;

/// The names in a document that lead nowhere, for people; each once.
#[must_use]
pub fn unknown(document: &Document, house: &Snapshot) -> Vec<String> {
    let mut all: BTreeSet<String> = Index::default().add(document, house).into_iter().collect();
    condition(&document.condition, house, &mut all);
    steps(&document.then, house, &mut all);
    all.into_iter().collect()
}

fn target(target: &Target, house: &Snapshot, all: &mut BTreeSet<String>) {
    all.extend(meant(target, house).unknown);
}

fn condition(one: &Condition, house: &Snapshot, all: &mut BTreeSet<String>) {
    match one {
        Condition::All(many) | Condition::Any(many) => {
            for one in many {
                condition(one, house, all);
            }
        }
        Condition::Not(not) => condition(not, house, all),
        Condition::Property { target: whose, .. } => target(whose, house, all),
        _ => {}
    }
}

fn steps(steps: &[Step], house: &Snapshot, all: &mut BTreeSet<String>) {
    for step in steps {
        match &step.act {
            Act::Command { target: whose, .. } => target(whose, house, all),
            Act::WaitUntil {
                condition: until, ..
            } => condition(until, house, all),
            Act::If {
                condition: decides,
                then,
                otherwise,
            } => {
                condition(decides, house, all);
                self::steps(then, house, all);
                self::steps(otherwise, house, all);
            }
            Act::Repeat {
                condition: going,
                steps: again,
                ..
            } => {
                condition(going, house, all);
                self::steps(again, house, all);
            }
            Act::Parallel(branches) => {
                for branch in branches {
                    self::steps(branch, house, all);
                }
            }
            Act::Ask { yes, no, .. } => {
                self::steps(yes, house, all);
                self::steps(no, house, all);
            }
            _ => {}
        }
    }
}
