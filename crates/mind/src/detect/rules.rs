//! Rules that fail, and constraints that refuse again and again.

use super::Finding;
use crate::Evidence;
use crate::feel::table::Factor;
use crate::safla::recall::{Ran, Recall, Refused};
use crate::safla::sense::{Sensed, seconds};
use crate::view::Urgency;
use std::collections::BTreeMap;

/// So often within the hour is often.
const OFTEN: usize = 3;
/// The hour, in seconds.
const HOUR: f64 = 3_600.0;
/// So often in a row a rule fails.
const FAILS: usize = 2;
/// What failed longer ago says nothing of now, in seconds.
const LATELY: f64 = 2.0 * 86_400.0;

/// Constraints that refuse often.
pub(super) fn refused(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    let mut by_reason: BTreeMap<&str, Vec<&Refused>> = BTreeMap::new();
    for refused in &recall.refusals {
        if seconds(refused.at, sensed.at) <= HOUR {
            by_reason.entry(&refused.reason).or_default().push(refused);
        }
    }
    for (reason, all) in by_reason.into_iter().filter(|(_, all)| all.len() >= OFTEN) {
        let mut finding = Finding::new(
            "refused_often",
            reason,
            Urgency::Low,
            format!(
                "{} requests were refused within the hour: {reason}",
                all.len()
            ),
        )
        .since(all[0].at)
        .felt(Factor::Anomalies)
        .advise("See who asks, and change the rule or the constraint");
        finding.device = all[0].device;
        finding
            .evidence
            .extend(all.iter().rev().take(10).map(|refused| Evidence::Event {
                position: refused.position,
                at: refused.at,
            }));
        found.push(finding);
    }
}

/// Rules that fail in a row.
pub(super) fn failing(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    let mut by_scenario: BTreeMap<&str, Vec<&Ran>> = BTreeMap::new();
    for ran in &recall.runs {
        if seconds(ran.at, sensed.at) <= LATELY {
            by_scenario.entry(&ran.scenario).or_default().push(ran);
        }
    }
    for (scenario, runs) in by_scenario {
        let failed: Vec<&&Ran> = runs.iter().rev().take_while(|ran| !ran.done).collect();
        let (Some(last), Some(first)) = (failed.first(), failed.last()) else {
            continue;
        };
        if failed.len() < FAILS {
            continue;
        }
        let mut finding = Finding::new(
            "rule_failing",
            scenario,
            Urgency::Medium,
            format!(
                "{} could not do all that it should, {} times in a row",
                last.name,
                failed.len()
            ),
        )
        .since(first.at)
        .felt(Factor::Faults)
        .detail(last.note.clone())
        .mended(format!("{} works again", last.name))
        .advise(format!("Look at the last runs of {}", last.name));
        finding
            .evidence
            .extend(failed.iter().take(10).map(|ran| Evidence::Run {
                run: ran.run,
                at: ran.at,
            }));
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};

    #[test]
    fn a_rule_that_fails_twice_in_a_row_is_failing_until_it_works() {
        let mut home = Home::new();
        home.ran("morning", false);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.ran("evening", false);
        home.ran("morning", false);
        let found = home.found();
        assert_eq!(kinds(&found), ["rule_failing"]);
        assert_eq!(found[0].evidence.len(), 2);
        home.ran("morning", true);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn three_refusals_within_the_hour_are_often() {
        let mut home = Home::new();
        home.refused("never heat above 26 °C");
        home.later(1_700);
        home.refused("never heat above 26 °C");
        home.refused("never unlock at night");
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.refused("never heat above 26 °C");
        assert_eq!(kinds(&home.found()), ["refused_often"]);
        home.later(2_000);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }
}
