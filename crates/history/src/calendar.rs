//! Hours and days of the house: local days, which have 23 to 25 hours, and the hours within them.
//!
//! Hours count from local midnight, so that a day is always made of whole hours whatever the zone's
//! offset is; where a day has half an hour more, its last hour is half as long. Pure.

use jiff::tz::TimeZone;
use model::Timestamp;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A stretch of time: its first moment, and the first after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Stretch {
    /// Its length in microseconds.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.end.as_microsecond() - self.start.as_microsecond()
    }
}

/// The local day in which `at` lies.
#[must_use]
pub fn day(at: Timestamp, zone: &TimeZone) -> Stretch {
    let local = at.to_zoned_datetime(zone.clone());
    let start = local.start_of_day().map_or(at, |start| start.timestamp());
    let end = local
        .tomorrow()
        .and_then(|next| next.start_of_day())
        .map_or_else(|_| plus(start, DAY), |next| next.timestamp());
    // A zone that leaves a day out must not stop time.
    let end = if end > at {
        end
    } else {
        plus(start, DAY).max(plus(at, 1))
    };
    Stretch { start, end }
}

/// The hour in which `at` lies.
#[must_use]
pub fn hour(at: Timestamp, zone: &TimeZone) -> Stretch {
    let day = day(at, zone);
    let passed = at.as_microsecond() - day.start.as_microsecond();
    let start = plus(day.start, passed.div_euclid(HOUR) * HOUR);
    Stretch {
        start,
        end: plus(start, HOUR).min(day.end),
    }
}

/// The hours that begin from `from` on and end by `to`. `from` should begin an hour.
#[must_use]
pub fn hours(from: Timestamp, to: Timestamp, zone: &TimeZone) -> Vec<Stretch> {
    let mut hours = Vec::new();
    let mut at = from;
    while at < to {
        let day = day(at, zone);
        let mut start = at;
        while start < day.end {
            let end = plus(start, HOUR).min(day.end);
            if end > to {
                return hours;
            }
            hours.push(Stretch { start, end });
            start = end;
        }
        at = day.end;
    }
    hours
}

/// `at` and so many microseconds.
pub(crate) fn plus(at: Timestamp, microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond().saturating_add(microseconds)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, day, hour, hours};
    use jiff::{civil::date, tz::TimeZone};
    use model::Timestamp;

    #[test]
    fn days_with_a_changed_clock_have_another_number_of_hours() {
        for (zone, (y, m, d), length, count) in [
            ("Europe/Berlin", (2026, 3, 29), 23 * HOUR, 23),
            ("Europe/Berlin", (2026, 10, 25), 25 * HOUR, 25),
            ("Europe/Berlin", (2026, 6, 1), DAY, 24),
            ("America/New_York", (2026, 11, 1), 25 * HOUR, 25),
            ("Asia/Kolkata", (2026, 6, 1), DAY, 24),
            ("Australia/Lord_Howe", (2026, 4, 5), DAY + HOUR / 2, 25),
            ("America/Santiago", (2026, 9, 6), 23 * HOUR, 23),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let noon = date(y, m, d)
                .at(12, 0, 0, 0)
                .to_zoned_datetime(zone.clone())
                .unwrap()
                .timestamp();
            let day = day(noon, &zone);
            assert_eq!(day.length(), length, "{zone:?}");
            let hours = hours(day.start, day.end, &zone);
            assert_eq!(hours.len(), count, "{zone:?}");
            assert_eq!(
                hours.iter().map(super::Stretch::length).sum::<i64>(),
                length
            );
            assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_lies_in_its_hour_and_day(seconds in -2_000_000_000_i64..4_000_000_000, zone in 0_usize..4) {
            let zone = TimeZone::get(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"][zone]).unwrap();
            let at = Timestamp::from_second(seconds).unwrap();
            let (day, hour) = (day(at, &zone), hour(at, &zone));
            proptest::prop_assert!(day.start <= at && at < day.end);
            proptest::prop_assert!(hour.start <= at && at < hour.end);
            proptest::prop_assert!(day.start <= hour.start && hour.end <= day.end);
            proptest::prop_assert!(hours(day.start, day.end, &zone).contains(&hour));
        }
    }
}
