//! Power: the public grid, what keeps food cold, and consumption that is unusual for the hour.

use super::{Finding, link, row, shown, span};
use crate::feel::table::Factor;
use crate::safla::recall::Recall;
use crate::safla::sense::{Sensed, Thing, seconds};
use crate::view::Urgency;
use model::{Connectivity, DeviceKind};

/// So many devices on the grid must have gone away together.
const CUT_DEVICES: usize = 3;
/// And this share of them.
const CUT_SHARE: f64 = 0.6;
/// Within so long, in seconds.
const CUT_WITHIN: f64 = 180.0;
/// A meter that measures less has no grid behind it, in V.
const NO_VOLTAGE: f64 = 50.0;

/// What draws more runs, in W.
pub(crate) const RUNS: f64 = 10.0;
/// A compressor may pause so long in any case, in seconds.
const PAUSE: f64 = 60.0 * 60.0;
/// How much longer than its longest usual pause it may pause.
const PAUSE_TIMES: f64 = 2.0;
/// So long something cold may be out of reach, in seconds.
const OUT_OF_REACH: f64 = 60.0;

/// Consumption lapses as unusual after so long, in seconds: it is judged by the hour.
const HOUR: f64 = 3_700.0;

/// Whether something keeps food cold.
#[must_use]
pub(crate) fn keeps_cold(thing: &Thing) -> bool {
    matches!(
        thing.device.kind,
        DeviceKind::Appliance | DeviceKind::Outlet | DeviceKind::Switch | DeviceKind::Meter
    ) && thing.is_called(&[
        "freezer",
        "fridge",
        "refrigerator",
        "gefrier",
        "tiefkühl",
        "kühlschrank",
        "kuehlschrank",
    ])
}

/// The public grid is gone. Whether it is.
pub(super) fn cut(sensed: &Sensed, found: &mut Vec<Finding>) -> bool {
    let meter = sensed.things.iter().find_map(|thing| {
        let (volts, reading) = thing.number("ElectricalPowerMeasurement", "voltage")?;
        let dead = thing.device.kind == DeviceKind::Meter
            && thing.connectivity == Connectivity::Online
            && volts < NO_VOLTAGE;
        dead.then_some((thing, reading))
    });
    let on_grid = || {
        sensed.things.iter().filter(|thing| {
            !thing.on_battery()
                && thing.connectivity != Connectivity::Unknown
                && !matches!(
                    thing.device.kind,
                    DeviceKind::Battery | DeviceKind::Person | DeviceKind::Weather
                )
        })
    };
    let mut away: Vec<&Thing> = on_grid()
        .filter(|thing| thing.connectivity == Connectivity::Offline)
        .collect();
    away.sort_by_key(|thing| thing.since);
    // The largest group that went away together.
    let together = (0..away.len())
        .map(|first| {
            let group = &away[first..];
            let last =
                group.partition_point(|thing| seconds(group[0].since, thing.since) <= CUT_WITHIN);
            &group[..last]
        })
        .max_by_key(|group| group.len())
        .unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "some thousand devices")]
    let share = together.len() as f64 / on_grid().count().max(1) as f64;
    let many = together.len() >= CUT_DEVICES && share >= CUT_SHARE;
    let Some(since) = meter
        .map(|(_, reading)| reading.since)
        .or_else(|| many.then(|| together[0].since))
    else {
        return false;
    };
    let mut finding = Finding::new(
        "power_cut",
        "grid",
        Urgency::High,
        "The power seems to be cut".to_owned(),
    )
    .since(since)
    .felt(Factor::Anomalies)
    .mended("The power is back")
    .grace(120.0)
    .advise("See whether the neighbours have power, and look at the fuse box");
    if let Some((thing, reading)) = meter {
        finding.detail = format!("{} measures no voltage.", thing.device.name);
        finding.evidence.push(row(thing, reading));
    }
    if many {
        finding.detail = format!(
            "{} of {} devices on the grid went away within {}.",
            together.len(),
            on_grid().count(),
            span(CUT_WITHIN)
        );
        finding
            .evidence
            .extend(together.iter().take(10).map(|thing| link(thing)));
    }
    found.push(finding);
    true
}

/// Freezers and fridges without power.
pub(super) fn cold(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for thing in sensed.things.iter().filter(|thing| keeps_cold(thing)) {
        let name = &thing.device.name;
        let drawn = recall.cold.get(&thing.id());
        let (since, title, evidence) = if thing.connectivity == Connectivity::Offline {
            if seconds(thing.since, sensed.at) < OUT_OF_REACH {
                continue;
            }
            (
                thing.since,
                format!("{name} no longer answers, and may be without power"),
                link(thing),
            )
        } else if let Some((false, reading)) = thing.truth("OnOff", "on_off").filter(|_| {
            // One that says that it is off and draws power is on.
            thing
                .number("ElectricalPowerMeasurement", "power")
                .is_none_or(|(watts, _)| watts < RUNS)
                && drawn.is_some()
        }) {
            (
                reading.since,
                format!("{name} is switched off"),
                row(thing, reading),
            )
        } else if let (Some((watts, reading)), Some(draw)) =
            (thing.number("ElectricalPowerMeasurement", "power"), drawn)
        {
            let allowed = draw
                .pauses
                .allows(PAUSE_TIMES, PAUSE)
                .unwrap_or(2.0 * PAUSE);
            if watts >= RUNS || seconds(draw.last, sensed.at) < allowed {
                continue;
            }
            let lasted = span(seconds(draw.last, sensed.at));
            (
                draw.last,
                format!("{name} has drawn no power for {lasted}"),
                row(thing, reading),
            )
        } else {
            continue;
        };
        let finding = Finding::of("cold_without_power", thing, Urgency::High, title)
            .since(since)
            .felt(Factor::Anomalies)
            .detail("Closed, a freezer keeps its cold for about a day, a fridge for some hours.")
            .mended(format!(
                "{name} has power again, after {}",
                span(seconds(since, sensed.at))
            ))
            .because(evidence);
        let off = finding.title.ends_with("switched off");
        found.push(if off {
            finding.ask(format!("Switch {name} on"), thing.id(), "OnOff", "on")
        } else {
            finding.advise(format!(
                "See whether {name} is plugged in and its fuse is in, and keep its door closed"
            ))
        });
    }
}

/// Consumption that is unusual against the same hour's usual.
pub(super) fn unusual(sensed: &Sensed, recall: &Recall, found: &mut Vec<Finding>) {
    for odd in recall.usual.odd(sensed.at) {
        let Some(thing) = sensed.things.iter().find(|thing| thing.id() == odd.device) else {
            continue;
        };
        let name = &thing.device.name;
        let urgency = if thing.device.kind == DeviceKind::Meter && odd.watts > 2.0 * odd.median {
            Urgency::Medium
        } else {
            Urgency::Low
        };
        found.push(
            Finding::of(
                "unusual_consumption",
                thing,
                urgency,
                format!(
                    "{name} used {} W on average in the last hour, {} W is usual then",
                    shown(odd.watts),
                    shown(odd.median)
                ),
            )
            .since(odd.from)
            .felt(Factor::Anomalies)
            .grace(HOUR)
            .detail(format!(
                "The same hour of the last {} days had a median of {} W and varied by {} W.",
                odd.days,
                shown(odd.median),
                shown(odd.varies)
            ))
            .advise("See what is on that usually is not")
            .because(crate::Evidence::History {
                device: odd.device,
                path: odd.path,
                from: odd.from,
                to: odd.to,
            }),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::view::Urgency;
    use model::Connectivity::{Offline, Online};
    use model::DeviceKind::{Appliance, Light, Meter, Sensor};

    fn fridge(home: &mut Home, runs: bool) {
        let watts = if runs { 92.0 } else { 1.5 };
        home.thing("Fridge")
            .says("ElectricalPowerMeasurement.power", watts);
        home.learn();
    }

    #[test]
    fn a_fridge_that_pauses_is_well_and_one_that_stops_is_not() {
        let mut home = Home::new();
        home.device("Fridge", Appliance);
        for cycle in 0..40 {
            for (minutes, runs) in [(16, true), (27, false)] {
                fridge(&mut home, runs);
                home.later(minutes * 60);
                assert_eq!(kinds(&home.found()), Vec::<&str>::new(), "cycle {cycle}");
            }
        }
        fridge(&mut home, false);
        home.later(65 * 60);
        let found = home.found();
        assert_eq!(kinds(&found), ["cold_without_power"]);
        assert_eq!(found[0].urgency, Urgency::High);
        assert!(
            found[0].title.contains("has drawn no power for"),
            "{}",
            found[0].title
        );
        fridge(&mut home, true);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn a_freezer_out_of_reach_is_noticed_within_minutes() {
        let mut home = Home::new();
        home.device("Freezer", Appliance)
            .says("ElectricalPowerMeasurement.power", 80.0);
        home.learn();
        home.thing("Freezer").link(Offline);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "the radio may stutter"
        );
        home.later(120);
        let found = home.found();
        assert!(
            found
                .iter()
                .any(|one| one.kind == "cold_without_power" && one.urgency == Urgency::High)
        );
        home.thing("Freezer").link(Online);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn what_was_never_seen_to_draw_is_not_missed() {
        let mut home = Home::new();
        home.device("Fridge light", Appliance)
            .says("ElectricalPowerMeasurement.power", 0.0);
        home.learn();
        home.later(86_400);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn a_cut_is_one_concern_and_not_many() {
        let mut home = Home::new();
        for lamp in ["A", "B", "C", "D"] {
            home.device(lamp, Light);
        }
        home.device("Sensor", Sensor)
            .says("PowerSource.battery", 80.0);
        home.later(86_400);
        for lamp in ["A", "B", "C", "D"] {
            home.thing(lamp).link(Offline);
        }
        home.later(3_600);
        let found = home.found();
        assert_eq!(kinds(&found), ["power_cut"]);
        assert_eq!(found[0].evidence.len(), 4);
        home.thing("A").link(Online);
        home.thing("B").link(Online);
        assert_eq!(
            kinds(&home.found()),
            ["silent", "silent"],
            "two are still away"
        );
    }

    #[test]
    fn a_meter_without_voltage_says_so() {
        let mut home = Home::new();
        home.device("House meter", Meter)
            .says("ElectricalPowerMeasurement.voltage", 0.0);
        assert_eq!(kinds(&home.found()), ["power_cut"]);
    }
}
