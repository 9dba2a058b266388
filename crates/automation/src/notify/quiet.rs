//! Quiet hours: what is not urgent waits until they are over.

use crate::cron::resolve;
use crate::document::Clock;
use jiff::{ToSpan as _, civil::Time, tz::TimeZone};
use model::Timestamp;

/// From when until when it is quiet, in the house's own time; over midnight where the first is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// From.
    pub from: Clock,
    /// Until.
    pub to: Clock,
}

impl Quiet {
    /// When the quiet that there is now is over; `None` where there is none.
    #[must_use]
    pub fn until(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(now);
        let midnight = Time::midnight();
        let second = i64::from(local.time().hour()) * 3_600
            + i64::from(local.time().minute()) * 60
            + i64::from(local.time().second());
        let (from, to) = (i64::from(self.from.0), i64::from(self.to.0));
        let (is_quiet, ends_tomorrow) = if from <= to {
            ((from..to).contains(&second), false)
        } else {
            (second >= from || second < to, second >= from)
        };
        if !is_quiet {
            return None;
        }
        let date = local.date();
        let date = if ends_tomorrow {
            date.checked_add(1.day()).ok()?
        } else {
            date
        };
        let end = date.to_datetime(midnight + to.seconds());
        resolve(end, zone).map(|end| end.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::Quiet;
    use crate::document::Clock;
    use jiff::tz::TimeZone;

    #[test]
    fn quiet_hours_end_when_they_say() {
        let zone = TimeZone::get("Europe/Amsterdam").expect("a zone");
        let clock = |text| Clock::parse(text).expect("a clock");
        let until = |from, to, now: &str| {
            let quiet = Quiet {
                from: clock(from),
                to: clock(to),
            };
            let end = quiet.until(now.parse().expect("a time"), &zone);
            end.map(|end| end.to_string())
        };
        let end = Some("2026-11-24T06:00:00Z".to_owned());
        assert_eq!(until("22:00", "07:00", "2026-11-23T21:30:00Z"), end);
        assert_eq!(until("22:00", "07:00", "2026-11-24T05:59:59Z"), end);
        assert_eq!(until("22:00", "07:00", "2026-11-24T06:00:00Z"), None);
        assert_eq!(until("22:00", "07:00", "2026-11-23T12:00:00Z"), None);
        assert_eq!(
            until("13:00", "15:00", "2026-11-23T12:30:00Z"),
            Some("2026-11-23T14:00:00Z".to_owned())
        );
        assert_eq!(until("13:00", "13:00", "2026-11-23T12:00:00Z"), None);
        // The night in which the clock goes back is an hour longer.
        assert_eq!(
            until("22:00", "07:00", "2026-10-24T21:00:00Z"),
            Some("2026-10-25T06:00:00Z".to_owned())
        );
    }
}
