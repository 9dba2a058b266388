//! What time of the year it is where the house stands, and what that brings: pure functions of a place and
//! a date.
//!
//! These are rules of thumb of latitude and longitude, for advice and wording. They know no weather and no
//! climate of a valley; where the weather is known it counts instead.

use jiff::civil::Date;
use std::f64::consts::TAU;

/// Where the house stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// March to May in the north, September to November in the south.
    Spring,
    /// June to August in the north, December to February in the south.
    Summer,
    /// September to November in the north, March to May in the south.
    Autumn,
    /// December to February in the north, June to August in the south.
    Winter,
    /// Within the tropics there are none of these four.
    Tropical,
}

/// What the year brings at a place on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// The season by the calendar's months.
    pub season: Season,
    /// From sunrise to sunset, in hours: 0 in the polar night, 24 in the polar day.
    pub daylight: f64,
    /// Whether it may freeze.
    pub frost: bool,
    /// Whether storms are to be expected.
    pub storms: bool,
    /// Whether dry land may burn.
    pub fires: bool,
}

/// Below this mean of the day nights may freeze, in °C.
const FROST: f64 = 6.0;

/// The tropics end here, in degrees.
const TROPIC: f64 = 23.44;

impl Season {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spring => "spring",
            Self::Summer => "summer",
            Self::Autumn => "autumn",
            Self::Winter => "winter",
            Self::Tropical => "tropical",
        }
    }
}

impl Place {
    /// What the year brings here on a day.
    #[must_use]
    pub fn year(self, date: Date) -> Year {
        Year {
            season: self.season(date),
            daylight: self.daylight(date),
            frost: self.mean_temperature(date) < FROST,
            storms: self.storms(date),
            fires: self.fires(date),
        }
    }

    /// The month as the northern half of the world has it.
    fn northern_month(self, date: Date) -> i8 {
        if self.latitude >= 0.0 {
            date.month()
        } else {
            (date.month() + 5) % 12 + 1
        }
    }

    fn season(self, date: Date) -> Season {
        if self.latitude.abs() < TROPIC {
            return Season::Tropical;
        }
        match self.northern_month(date) {
            3..=5 => Season::Spring,
            6..=8 => Season::Summer,
            9..=11 => Season::Autumn,
            _ => Season::Winter,
        }
    }

    /// From sunrise to sunset, in hours, by the sun's declination and with the upper rim of a sun that
    /// the air lifts by 0.833 degrees; right within some minutes.
    fn daylight(self, date: Date) -> f64 {
        let day = f64::from(date.day_of_year());
        let declination = (-23.44_f64).to_radians() * (TAU * (day + 10.0) / 365.25).cos();
        let latitude = self.latitude.clamp(-89.99, 89.99).to_radians();
        let rim = (-0.833_f64).to_radians();
        let hours =
            (rim.sin() - latitude.sin() * declination.sin()) / (latitude.cos() * declination.cos());
        if hours <= -1.0 {
            24.0
        } else if hours >= 1.0 {
            0.0
        } else {
            2.0 * hours.acos() / TAU * 24.0
        }
    }

    /// The mean temperature of a day near the sea's level, in °C: colder with the latitude, and swinging
    /// with the year, a month after the sun.
    fn mean_temperature(self, date: Date) -> f64 {
        let away = self.latitude.abs();
        let mean = 27.5 - (away - 15.0).max(0.0) * 0.48;
        let year = TAU * (f64::from(date.day_of_year()) - 20.0) / 365.25;
        mean - year.cos() * away * 0.17 * self.latitude.signum()
    }

    /// Cyclones where warm seas bring them, and winter storms of the middle latitudes.
    fn storms(self, date: Date) -> bool {
        let (latitude, longitude, month) = (self.latitude, self.longitude, date.month());
        let atlantic = (8.0..=40.0).contains(&latitude) && (-100.0..=-20.0).contains(&longitude);
        let pacific = (5.0..=40.0).contains(&latitude) && (100.0..=180.0).contains(&longitude);
        let indian = (5.0..=25.0).contains(&latitude) && (50.0..=100.0).contains(&longitude);
        let southern = (-30.0..=-5.0).contains(&latitude) && !(-90.0..=30.0).contains(&longitude);
        (atlantic && (6..=11).contains(&month))
            || (pacific && (5..=11).contains(&month))
            || (indian && matches!(month, 4..=6 | 10..=12))
            || (southern && matches!(month, 11 | 12 | 1..=4))
            || ((40.0..=66.0).contains(&latitude.abs())
                && matches!(self.northern_month(date), 10..=12 | 1..=3))
    }

    /// The warm and mostly dry months between the tropics and the cool.
    fn fires(self, date: Date) -> bool {
        (25.0..=55.0).contains(&self.latitude.abs())
            && match self.latitude.abs() {
                ..45.0 => matches!(self.northern_month(date), 6..=10),
                _ => matches!(self.northern_month(date), 4..=8),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Season};
    use jiff::civil::date;

    const fn place(latitude: f64, longitude: f64) -> Place {
        Place {
            latitude,
            longitude,
        }
    }

    #[test]
    fn days_are_as_long_as_almanacs_say() {
        // timeanddate.com for 2026: Amsterdam 16:48 and 7:41, Nairobi about 12:11, Sydney 14:25 in December.
        for (latitude, longitude, day, hours) in [
            (52.37, 4.9, date(2026, 6, 21), 16.8),
            (52.37, 4.9, date(2026, 12, 21), 7.7),
            (-1.29, 36.8, date(2026, 4, 10), 12.1),
            (-33.87, 151.2, date(2026, 12, 21), 14.4),
        ] {
            let found = place(latitude, longitude).year(day).daylight;
            assert!((found - hours).abs() < 0.15, "{latitude}, {day}: {found}");
        }
        let tromso = place(69.65, 18.96);
        assert!((tromso.year(date(2026, 6, 21)).daylight - 24.0).abs() < 1e-9);
        assert!(tromso.year(date(2026, 12, 21)).daylight.abs() < 1e-9);
    }

    #[test]
    fn seasons_turn_round_at_the_equator() {
        let july = date(2026, 7, 15);
        assert_eq!(place(52.0, 5.0).year(july).season, Season::Summer);
        assert_eq!(place(-34.0, 151.0).year(july).season, Season::Winter);
        assert_eq!(place(1.3, 103.8).year(july).season, Season::Tropical);
        for (month, season) in [
            (1, Season::Summer),
            (4, Season::Autumn),
            (10, Season::Spring),
        ] {
            assert_eq!(
                place(-34.0, 151.0).year(date(2026, month, 15)).season,
                season
            );
        }
    }

    #[test]
    fn frost_storms_and_fires_come_where_and_when_they_do() {
        let (winter, summer) = (date(2026, 1, 15), date(2026, 8, 15));
        let amsterdam = place(52.37, 4.9);
        assert!(amsterdam.year(winter).frost && !amsterdam.year(summer).frost);
        assert!(amsterdam.year(winter).storms && !amsterdam.year(summer).storms);
        let miami = place(25.8, -80.2);
        assert!(miami.year(summer).storms && !miami.year(winter).storms);
        assert!(!miami.year(winter).frost);
        let athens = place(38.0, 23.7);
        assert!(athens.year(summer).fires && !athens.year(winter).fires);
        let sydney = place(-33.87, 151.2);
        assert!(sydney.year(winter).fires && !sydney.year(summer).fires);
        assert!(
            !place(64.1, -21.9).year(summer).fires,
            "Reykjavik does not burn"
        );
    }
}
