//! Water, smoke, gas, and an alarm that goes off.

use super::{Finding, row};
use crate::feel::table::Factor;
use crate::safla::sense::{Sensed, Thing};
use crate::view::Urgency;

/// What stays quiet so long is over, in seconds: a detector at its limit comes and goes.
const GRACE: f64 = 120.0;

/// What detectors say that nobody may miss.
pub(super) fn alarms(sensed: &Sensed, found: &mut Vec<Finding>) {
    let valve = sensed.things.iter().find(|thing| {
        thing.is_called(&[
            "main valve",
            "main water",
            "main_valve",
            "main_water",
            "water valve",
            "water_valve",
        ]) && thing
            .truth("ValveConfigurationAndControl", "open")
            .is_some_and(|(open, _)| open)
    });
    for thing in &sensed.things {
        let name = &thing.device.name;
        if let Some((true, reading)) = thing.truth("WaterLeak", "leak") {
            let finding = Finding::of(
                "leak",
                thing,
                Urgency::Critical,
                format!("{name} feels water"),
            )
            .since(reading.since)
            .felt(Factor::Safety)
            .grace(GRACE)
            .detail("Water where none should be: it damages floors and walls within hours.")
            .mended(format!("{name} is dry again"))
            .because(row(thing, reading));
            found.push(match valve {
                Some(valve) => finding.ask(
                    format!("Close {}", valve.device.name),
                    valve.id(),
                    "ValveConfigurationAndControl",
                    "close",
                ),
                None => {
                    finding.advise("Close the water's main valve, and look where it comes from")
                }
            });
        }
        for (property, what, advice) in [
            (
                "smoke",
                "smells smoke",
                "Get everybody out, and call the fire brigade",
            ),
            (
                "carbon_monoxide",
                "measures carbon monoxide",
                "Open the windows, get everybody out, and call for help",
            ),
            (
                "gas",
                "smells gas",
                "Touch no switch, open the windows, get out, and call for help",
            ),
            (
                "heat",
                "is hot as in a fire",
                "Get everybody out, and call the fire brigade",
            ),
        ] {
            if let Some((true, reading)) = thing.truth("SmokeCoAlarm", property) {
                let title = format!("{name} {what}");
                let mut finding = Finding::of("alarm", thing, Urgency::Critical, title)
                    .since(reading.since)
                    .felt(Factor::Safety)
                    .grace(GRACE)
                    .mended(format!("{name} is quiet again"))
                    .advise(advice)
                    .because(row(thing, reading));
                finding.subject = format!("{}:{property}", thing.id());
                found.push(finding);
            }
        }
        tampered_or_triggered(thing, found);
    }
}

fn tampered_or_triggered(thing: &Thing, found: &mut Vec<Finding>) {
    let name = &thing.device.name;
    if let Some((true, reading)) = thing.truth("SmokeCoAlarm", "tamper") {
        found.push(
            Finding::of(
                "tampered",
                thing,
                Urgency::Medium,
                format!("{name} was opened or taken down"),
            )
            .since(reading.since)
            .felt(Factor::Safety)
            .grace(GRACE)
            .mended(format!("{name} is in its place again"))
            .advise("Put it back in its place")
            .because(row(thing, reading)),
        );
    }
    if let Some(("triggered", reading)) = thing.word("SecurityAlarm", "alarm_state") {
        found.push(
            Finding::of(
                "intrusion",
                thing,
                Urgency::Critical,
                format!("{name} goes off"),
            )
            .since(reading.since)
            .felt(Factor::Safety)
            .grace(GRACE)
            .mended(format!("{name} is quiet again"))
            .advise("See what set it off before you disarm it")
            .because(row(thing, reading)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::view::Urgency;
    use model::DeviceKind::{Alarm, Leak, Smoke, Valve};

    #[test]
    fn water_is_critical_and_the_valve_is_offered() {
        let mut home = Home::new();
        home.device("Kitchen leak sensor", Leak)
            .says("WaterLeak.leak", false);
        home.device("Main water valve", Valve)
            .says("ValveConfigurationAndControl.open", true);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.thing("Kitchen leak sensor")
            .says("WaterLeak.leak", true);
        let found = home.found();
        assert_eq!(kinds(&found), ["leak"]);
        assert_eq!(found[0].urgency, Urgency::Critical);
        let request = found[0]
            .suggestion
            .as_ref()
            .and_then(|all| all.request.as_ref());
        assert_eq!(request.map(|request| request.command), Some("close"));
        assert_eq!(found[0].evidence.len(), 1);
    }

    #[test]
    fn what_was_said_before_a_restart_is_not_taken_for_now() {
        let mut home = Home::new();
        home.device("Leak", Leak)
            .says("WaterLeak.leak", true)
            .readings[0]
            .stale = true;
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }

    #[test]
    fn smoke_gas_and_intruders_are_critical() {
        let mut home = Home::new();
        home.device("Smoke detector", Smoke)
            .says("SmokeCoAlarm.smoke", true)
            .says("SmokeCoAlarm.carbon_monoxide", true);
        home.device("Alarm", Alarm)
            .says("SecurityAlarm.alarm_state", "triggered");
        let found = home.found();
        assert_eq!(kinds(&found), ["alarm", "alarm", "intrusion"]);
        assert!(found.iter().all(|one| one.urgency == Urgency::Critical));
        assert_ne!(found[0].key(), found[1].key());
    }
}
