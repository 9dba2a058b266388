//! Cron expressions of five fields: minute, hour, day of the month, month, day of the week.
//!
//! As in POSIX (crontab) with the common additions: lists, ranges, steps, names of months and days,
//! and both 0 and 7 for Sunday. Where both the day of the month and the day of the week are limited,
//! either is enough. An own parser, because the kept ones bring a second calendar library along.

use jiff::{ToSpan as _, ZonedDateTime, civil::DateTime, tz::TimeZone};

/// A parsed expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    either_day: bool,
}

/// How far ahead a next time is looked for: the 29th of February may be eight years away.
const HORIZON_DAYS: i64 = 366 * 9;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Reads an expression.
///
/// # Errors
/// What would be right, in words.
pub(crate) fn parse(text: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays] = fields[..] else {
        return Err(format!(
            "five fields (minute hour day month weekday) such as `30 6 * * 1-5`, not {}",
            fields.len()
        ));
    };
    let weekday_bits = field(weekdays, "weekday", 0, 7, &WEEKDAYS, 0)?;
    Ok(Cron {
        minutes: field(minutes, "minute", 0, 59, &[], 0)?,
        hours: field(hours, "hour", 0, 23, &[], 0)?,
        days: field(days, "day", 1, 31, &[], 0)?,
        months: field(months, "month", 1, 12, &MONTHS, 1)?,
        // 7 is Sunday as well.
        weekdays: (weekday_bits | weekday_bits >> 7) & 0x7f,
        either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
    })
}

fn field(
    text: &str,
    what: &str,
    low: u32,
    high: u32,
    names: &[&str],
    first: u32,
) -> Result<u64, String> {
    let expected =
        || format!("a {what} from {low} to {high}, a list, a range or a step such as `*/5`");
    let number = |text: &str| -> Result<u32, String> {
        let lower = text.to_lowercase();
        let named = names.iter().position(|name| *name == lower);
        let number = match named {
            Some(place) => u32::try_from(place).unwrap_or(0) + first,
            None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_| expected())?
            }
            None => return Err(expected()),
        };
        if (low..=high).contains(&number) {
            Ok(number)
        } else {
            Err(expected())
        }
    };
    let mut bits = 0_u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" => (low, high),
            None if step.is_some() => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        let step: usize = match step {
            Some(step) => step
                .parse()
                .ok()
                .filter(|step| *step > 0)
                .ok_or_else(expected)?,
            None => 1,
        };
        if from > to {
            return Err(expected());
        }
        for value in (from..=to).step_by(step) {
            bits |= 1 << value;
        }
    }
    Ok(bits)
}

impl Cron {
    /// The first time after `after`; `None` where there is none within nine years. A time that the
    /// clock skips in spring comes as soon as the clock has passed it; one that it shows twice in
    /// autumn comes once, the first time.
    pub(crate) fn next(&self, after: &ZonedDateTime) -> Option<ZonedDateTime> {
        let zone = after.time_zone();
        let mut date = after.date();
        for _ in 0..HORIZON_DAYS {
            if self.has_day(date) {
                let times = (0..24)
                    .filter(|hour| self.hours & (1 << hour) != 0)
                    .flat_map(|hour| {
                        (0..60)
                            .filter(|minute| self.minutes & (1 << minute) != 0)
                            .map(move |minute| (hour, minute))
                    });
                for (hour, minute) in times {
                    let next = resolve(date.at(hour, minute, 0, 0), zone)?;
                    if next > *after {
                        return Some(next);
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn has_day(&self, date: jiff::civil::Date) -> bool {
        let month = self.months & (1 << date.month()) != 0;
        let day = self.days & (1 << date.day()) != 0;
        let weekday = self.weekdays & (1 << date.weekday().to_sunday_zero_offset()) != 0;
        month
            && if self.either_day {
                day || weekday
            } else {
                day && weekday
            }
    }
}

/// A time that a clock shows, as a moment: a skipped one comes right after the gap, a repeated one
/// the first time.
pub(crate) fn resolve(shown: DateTime, zone: &TimeZone) -> Option<ZonedDateTime> {
    zone.to_ambiguous_zoned_datetime(shown).compatible().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use jiff::ZonedDateTime;

    fn next(cron: &str, after: &str) -> String {
        let after: ZonedDateTime = after.parse().unwrap_or_else(|error| panic!("{error}"));
        parse(cron)
            .unwrap_or_else(|error| panic!("{error}"))
            .next(&after)
            .map_or("never".into(), |next| next.strftime("%F %R %Z").to_string())
    }

    #[test]
    fn next_times() {
        let monday = "2026-11-23T06:30:00+01:00[Europe/Berlin]";
        assert_eq!(next("30 6 * * 1-5", monday), "2026-11-24 06:30 CET");
        assert_eq!(next("*/15 * * * *", monday), "2026-11-23 06:45 CET");
        assert_eq!(next("0 0 29 feb *", monday), "2028-02-29 00:00 CET");
        assert_eq!(next("0 12 1 * sun", monday), "2026-11-29 12:00 CET");
        assert_eq!(next("0 12 * * 7", monday), "2026-11-29 12:00 CET");
        assert_eq!(next("0 0 31 2 *", monday), "never");
    }

    #[test]
    fn both_changes_of_the_clock() {
        let spring = "2026-03-28T12:00:00+01:00[Europe/Berlin]";
        assert_eq!(next("30 2 * * *", spring), "2026-03-29 03:30 CEST");
        let autumn = "2026-10-24T12:00:00+02:00[Europe/Berlin]";
        assert_eq!(next("30 2 * * *", autumn), "2026-10-25 02:30 CEST");
        let between = "2026-10-25T02:45:00+02:00[Europe/Berlin]";
        assert_eq!(next("30 2 * * *", between), "2026-10-26 02:30 CET");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "x * * * *",
            "* * 0 * *",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
