//! How times and spans are written: `07:30`, `5min`, `1h 30min`, `weekdays`.

use jiff::civil::Weekday;
use std::fmt;

/// A span of time, in seconds. Bounded to 366 days: nothing that a household waits for takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub i64);

/// The longest span.
pub(crate) const LONGEST: i64 = 366 * 86_400;

impl Span {
    /// Reads `90s`, `5min`, `1h 30min`, `2 days`, with a minus in front for the other way.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut rest = rest.trim_start();
        let mut total: f64 = 0.0;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number: f64 = rest.get(..digits)?.parse().ok()?;
            rest = rest.get(digits..)?.trim_start();
            let letters = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            let seconds = match rest.get(..letters)? {
                "s" | "sec" | "second" | "seconds" => 1.0,
                "m" | "min" | "minute" | "minutes" => 60.0,
                "h" | "hour" | "hours" => 3_600.0,
                "d" | "day" | "days" => 86_400.0,
                _ => return None,
            };
            total += number * seconds;
            rest = rest.get(letters..)?.trim_start();
        }
        #[expect(clippy::cast_precision_loss, reason = "a bound of a year")]
        let fits = total <= LONGEST as f64;
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        fits.then_some(Self(sign * total.round() as i64))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut left = self.0.abs();
        if left == 0 {
            return f.write_str("0s");
        }
        let mut first = true;
        for (seconds, unit) in [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] {
            let count = left / seconds;
            left %= seconds;
            if count > 0 {
                let gap = if first { "" } else { " " };
                write!(f, "{gap}{count}{unit}")?;
                first = false;
            }
        }
        Ok(())
    }
}

/// A time of the day, in seconds from midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(pub i32);

impl Clock {
    /// Reads `7:30`, `07:30` and `07:30:15`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(':');
        let mut part = |most: i32| -> Option<i32> {
            let text = parts.next()?;
            let is_number =
                (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            let number: i32 = is_number.then(|| text.parse().ok())??;
            (number < most).then_some(number)
        };
        let (hours, minutes) = (part(24)?, part(60)?);
        let seconds = if text.matches(':').count() == 2 {
            part(60)?
        } else {
            0
        };
        (text.matches(':').count() <= 2).then_some(Self(hours * 3_600 + minutes * 60 + seconds))
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hours:02}:{minutes:02}")?;
        if seconds > 0 {
            write!(f, ":{seconds:02}")?;
        }
        Ok(())
    }
}

/// Some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily(u8);

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Daily {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    const WEEKDAYS: Self = Self(0b001_1111);
    const WEEKEND: Self = Self(0b110_0000);

    /// Whether it is one of them.
    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Reads a day in full or by three letters, `weekdays`, `weekend` and `daily`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Some(match text.as_str() {
            "daily" | "every day" => Self::ALL,
            "weekdays" | "weekday" => Self::WEEKDAYS,
            "weekend" | "weekends" => Self::WEEKEND,
            _ => {
                let (_, day) = DAYS
                    .iter()
                    .find(|(name, _)| *name == text || name.get(..3) == Some(&text))?;
                Self(1 << day.to_monday_zero_offset())
            }
        })
    }

    /// The words for it.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::ALL => vec!["daily"],
            Self::WEEKDAYS => vec!["weekdays"],
            Self::WEEKEND => vec!["weekend"],
            some => DAYS
                .iter()
                .filter(|(_, day)| some.has(*day))
                .map(|(name, _)| *name)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Daily, Span};

    #[test]
    fn spans_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("5min", 300),
            ("1h 30min", 5_400),
            ("1.5 hours", 5_400),
            ("-20min", -1_200),
            ("2 days", 172_800),
        ] {
            assert_eq!(Span::parse(text), Some(Span(seconds)), "{text}");
        }
        for text in [
            "",
            "five",
            "5",
            "5 parsecs",
            "min",
            "-",
            "99999999 days",
            "1..2s",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        assert_eq!(Span(5_430).to_string(), "1h 30min 30s");
    }

    #[test]
    fn times_of_the_day() {
        assert_eq!(Clock::parse("7:05"), Some(Clock(25_500)));
        assert_eq!(
            Clock::parse("23:59:59").map(|it| it.to_string()).as_deref(),
            Some("23:59:59")
        );
        for text in [
            "24:00",
            "7",
            "7:60",
            "07:00:00:00",
            "-1:00",
            "7:5x",
            "+7:05",
        ] {
            assert_eq!(Clock::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days() {
        assert_eq!(Daily::parse("Tue").map(Daily::words), Some(vec!["tuesday"]));
        assert_eq!(
            Daily::parse("weekend").map(Daily::words),
            Some(vec!["weekend"])
        );
        assert_eq!(Daily::parse("someday"), None);
    }
}
