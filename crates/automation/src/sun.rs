//! Sunrise and sunset at the house's place. Beyond the polar circles there are days without either.

use crate::document::SunEvent;
use jiff::{Timestamp, civil::Date};
use sunrise::{Coordinates, SolarDay, SolarEvent};

/// Where the house stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Location {
    /// When the sun rises or sets there on a day; `None` where it does not on that day.
    #[must_use]
    pub fn sun(&self, event: SunEvent, date: Date) -> Option<Timestamp> {
        let place = Coordinates::new(self.latitude, self.longitude)?;
        let date = chrono::NaiveDate::from_ymd_opt(
            date.year().into(),
            date.month().unsigned_abs().into(),
            date.day().unsigned_abs().into(),
        )?;
        let event = match event {
            SunEvent::Sunrise => SolarEvent::Sunrise,
            SunEvent::Sunset => SolarEvent::Sunset,
        };
        let at = SolarDay::new(place, date).event_time(event)?;
        Timestamp::from_second(at.timestamp()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Location;
    use crate::document::SunEvent::{Sunrise, Sunset};
    use jiff::civil::date;

    #[test]
    fn the_sun_is_on_time() {
        // https://gml.noaa.gov/grad/solcalc/ for Amsterdam on 2026-06-21: 03:18 and 20:06 UTC.
        let place = Location {
            latitude: 52.37,
            longitude: 4.90,
        };
        let day = date(2026, 6, 21);
        let minutes =
            |at: Option<jiff::Timestamp>| at.map(|at| at.as_second().rem_euclid(86_400) / 60);
        let near = |found: Option<i64>, wanted: i64| {
            found.is_some_and(|found| (found - wanted).abs() <= 2)
        };
        assert!(near(minutes(place.sun(Sunrise, day)), 3 * 60 + 18));
        assert!(near(minutes(place.sun(Sunset, day)), 20 * 60 + 6));
    }

    #[test]
    fn there_are_days_without_a_sunset() {
        let tromso = Location {
            latitude: 69.65,
            longitude: 18.96,
        };
        assert_eq!(tromso.sun(Sunset, date(2026, 6, 21)), None);
        assert_eq!(tromso.sun(Sunrise, date(2026, 12, 21)), None);
        assert!(tromso.sun(Sunset, date(2026, 3, 21)).is_some());
    }
}
