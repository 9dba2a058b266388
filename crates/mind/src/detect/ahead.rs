//! Weather that is on its way, as the forecast has it.

use super::openings::{GALE, lets_in};
use super::{Finding, row, shown, span};
use crate::feel::table::Factor;
use crate::safla::sense::{Reading, Sensed, Thing, seconds};
use crate::view::Urgency;
use model::Connectivity;

/// A forecast that was told longer ago says nothing of now, in seconds.
const OLD: f64 = 6.0 * 3_600.0;
/// Forecasts are corrected; so long one must be milder, in seconds.
const GRACE: f64 = 3_600.0;
/// Rain that is nearer than this is told of where a window is open, in minutes.
const NEAR: f64 = 120.0;
/// The chance of rain must be at least so high, in per cent.
const LIKELY: f64 = 50.0;

/// What the forecast says of the next 24 hours, by whoever told it last.
fn forecast<'a>(sensed: &'a Sensed, property: &str) -> Option<(f64, &'a Thing, &'a Reading)> {
    sensed
        .things
        .iter()
        .filter(|thing| thing.connectivity != Connectivity::Offline)
        .filter_map(|thing| {
            // Tomorrow's stands on another endpoint, behind it.
            let mut readings: Vec<&Reading> = thing
                .readings
                .iter()
                .filter(|reading| {
                    reading.path.capability.name == "WeatherForecast"
                        && reading.path.property.name == property
                        && !reading.stale
                        && seconds(reading.at, sensed.at) <= OLD
                })
                .collect();
            readings.sort_by_key(|reading| reading.path.endpoint);
            let reading = *readings.first()?;
            Some((reading.value.as_ref()?.as_number()?, thing, reading))
        })
        .max_by_key(|(_, _, reading)| reading.at)
}

fn named(open: &[(&Thing, &Reading)]) -> String {
    let names = open.iter().map(|(thing, _)| thing.device.name.as_str());
    let shown: Vec<&str> = names.take(3).collect();
    match open.len() {
        0..=3 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - 3),
    }
}

/// A storm that comes, and what stands open or outside; whether there is one.
pub(super) fn storm(sensed: &Sensed, found: &mut Vec<Finding>) {
    let Some((gust, thing, reading)) =
        forecast(sensed, "wind_gust").filter(|(gust, ..)| *gust >= GALE)
    else {
        return;
    };
    let open: Vec<(&Thing, &Reading)> = lets_in(sensed).collect();
    let gusts = format!(
        "A storm is coming: gusts of {} m/s within a day",
        shown(gust)
    );
    let (urgency, title) = if open.is_empty() {
        (Urgency::Low, gusts)
    } else {
        (
            Urgency::Medium,
            format!("{gusts}, and open: {}", named(&open)),
        )
    };
    let mut finding = Finding::new("storm_ahead", "wind", urgency, title)
        .since(reading.since)
        .felt(Factor::Safety)
        .grace(GRACE)
        .detail(
            "Is everything that stands outside tied down or brought in: chairs, parasols, bins, toys?",
        )
        .mended("The storm is over, or does not come")
        .advise(if open.is_empty() {
            "Bring in what stands outside, and tie down what stays there"
        } else {
            "Close what is open, bring in what stands outside, and tie down what stays there"
        })
        .because(row(thing, reading));
    let rows = open.iter().map(|(thing, reading)| row(thing, reading));
    finding.evidence.extend(rows);
    found.push(finding);
}

/// Rain that comes while something is open that lets it in.
pub(super) fn rain(sensed: &Sensed, found: &mut Vec<Finding>) {
    let Some((minutes, thing, reading)) =
        forecast(sensed, "rain_in").filter(|(minutes, ..)| *minutes <= NEAR)
    else {
        return;
    };
    let chance = forecast(sensed, "rain_chance");
    if chance.is_some_and(|(chance, ..)| chance < LIKELY) {
        return;
    }
    let open: Vec<(&Thing, &Reading)> = lets_in(sensed)
        .filter(|(thing, _)| thing.is_called(&["skylight", "roof", "dach", "awning", "markise"]))
        .collect();
    if open.is_empty() {
        return;
    }
    // It was said some time ago; what has passed since is gone.
    let left = (minutes * 60.0 - seconds(reading.at, sensed.at)).max(0.0);
    let when = if left < 300.0 {
        "Rain is here".to_owned()
    } else {
        format!("Rain in {}", span(left))
    };
    let mut finding = Finding::new(
        "rain_ahead",
        "rain",
        Urgency::Medium,
        format!("{when}, and open: {}", named(&open)),
    )
    .since(reading.since)
    .felt(Factor::Safety)
    .mended("Nothing is open to the rain any more")
    .advise(format!("Close {}", named(&open)))
    .because(row(thing, reading));
    let rows = open.iter().map(|(thing, reading)| row(thing, reading));
    finding.evidence.extend(rows);
    found.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::detect::house::{Home, kinds};
    use crate::view::Urgency;
    use model::DeviceKind::{Contact, Weather};

    #[test]
    fn a_storm_that_comes_is_told_of_and_presses_where_something_is_open() {
        let mut home = Home::new();
        home.device("Forecast", Weather)
            .says("WeatherForecast.wind_gust", 12.0);
        home.device("Bedroom window", Contact)
            .says("Contact.open", false);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
        home.thing("Forecast")
            .says("WeatherForecast.wind_gust", 24.0);
        let found = home.found();
        assert_eq!(
            (kinds(&found), found[0].urgency),
            (vec!["storm_ahead"], Urgency::Low)
        );
        assert!(found[0].detail.contains("outside"), "{}", found[0].detail);
        home.thing("Bedroom window").says("Contact.open", true);
        let found = home.found();
        assert_eq!(found[0].urgency, Urgency::Medium);
        assert!(found[0].title.contains("Bedroom window"));
        assert_eq!(found[0].evidence.len(), 2);
        home.thing("Bedroom window").says("Contact.open", false);
        home.later(7 * 3_600);
        assert_eq!(
            kinds(&home.found()),
            Vec::<&str>::new(),
            "a forecast of seven hours ago"
        );
    }

    #[test]
    fn rain_matters_where_a_skylight_is_open() {
        let mut home = Home::new();
        home.device("Forecast", Weather)
            .says("WeatherForecast.rain_in", 115.0)
            .says("WeatherForecast.rain_chance", 90.0);
        home.device("Skylight", Contact).says("Contact.open", true);
        home.later(600);
        let found = home.found();
        assert_eq!(kinds(&found), ["rain_ahead"]);
        assert!(
            found[0].title.starts_with("Rain in 2 hours")
                || found[0].title.starts_with("Rain in 105 minutes"),
            "{}",
            found[0].title
        );
        home.thing("Forecast")
            .says("WeatherForecast.rain_chance", 20.0);
        assert_eq!(kinds(&home.found()), Vec::<&str>::new());
    }
}
