//! The internet: noticed from the gateway and from what talks to the outside already. Nobody is called
//! to find out.

use super::{Finding, link};
use crate::Evidence;
use crate::feel::table::Factor;
use crate::safla::sense::{Health, Sensed, seconds};
use crate::view::Urgency;
use model::Connectivity;

/// So long the outside may be out of reach, in seconds.
const AWAY: f64 = 300.0;

/// What stands between the house and the outside.
const GATEWAYS: &[&str] = &["router", "gateway", "modem", "fritz!box", "fritzbox"];

/// Drivers whose peers are outside of the house.
const OUTWARD: &[&str] = &["driver:weather"];

/// The outside is out of reach.
pub(super) fn outage(sensed: &Sensed, found: &mut Vec<Finding>) {
    let gateway = sensed.things.iter().find(|thing| {
        thing.connectivity == Connectivity::Offline
            && thing.is_called(GATEWAYS)
            && seconds(thing.since, sensed.at) >= AWAY
    });
    let outward: Vec<_> = sensed
        .components
        .iter()
        .filter(|component| OUTWARD.contains(&component.name.as_str()))
        .collect();
    let silent = !outward.is_empty()
        && outward
            .iter()
            .all(|component| component.health != Health::Ok);
    // The board runs on the wall clock, which a fast house outruns; the drivers wait by themselves.
    let (title, since, evidence) = if let Some(thing) = gateway {
        (
            format!(
                "{} no longer answers: the internet is out of reach",
                thing.device.name
            ),
            thing.since,
            vec![link(thing)],
        )
    } else if silent {
        let rows = outward.iter().map(|component| Evidence::Component {
            name: component.name.clone(),
            since: component.since,
        });
        (
            "Nothing that talks to the outside gets an answer: the internet may be out of reach"
                .to_owned(),
            sensed.at,
            rows.collect(),
        )
    } else {
        return;
    };
    let mut finding = Finding::new("internet", "outage", Urgency::Medium, title)
        .since(since)
        .felt(Factor::Anomalies)
        .grace(120.0)
        .mended("The internet is there again")
        .advise("Look at the router, and start it again; the house itself goes on without it");
    finding.evidence = evidence;
    found.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::safla::sense::Health;
    use model::Connectivity::Offline;
    use model::DeviceKind::Bridge;

    #[test]
    fn a_silent_gateway_is_an_outage() {
        let mut home = Home::new();
        home.device("Router", Bridge).link(Offline);
        home.later(100);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.later(300);
        assert_eq!(kinds(&home.found()), ["internet"]);
    }

    #[test]
    fn so_is_silence_of_all_that_talks_outside() {
        let mut home = Home::new();
        home.component("driver:weather", Health::Ok);
        home.component("driver:mqtt", Health::Failed);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.component("driver:weather", Health::Degraded);
        assert_eq!(kinds(&home.found()), ["internet"]);
    }
}
