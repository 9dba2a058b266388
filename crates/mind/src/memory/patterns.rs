//! What is regular in a past: the same thing at about the same time on most days.
//!
//! For each thing that happens (a light goes on, somebody comes home) and each class of days, the hour
//! of the day is looked for in which it happened on the most days. It is a pattern where
//! - it was seen on at least five days;
//! - it is more likely than not: the lower end of the 95 % Wilson interval of its share of days is at least
//!   a half, and that end is the pattern's confidence;
//! - chance does not explain it: something that happens all day long is in every hour. The share must be at
//!   least half as much again as for the same number of happenings spread evenly over the waking day.
//!
//! Days on which nothing at all was recorded could not have shown it and do not count. Pure.

use jiff::{civil::Date, civil::Weekday, tz::TimeZone};
use model::{DeviceId, Path, PersonId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The width of the hour that is looked for, in minutes.
const WINDOW: u16 = 60;
/// On so many days at least it was seen.
const DAYS: usize = 5;
/// So sure at least it must be.
const SURE: f64 = 0.5;
/// So much more often than by chance.
const LIFT: f64 = 1.5;
/// Minutes of a day in which things happen by chance.
const WAKING: f64 = 960.0;
/// Patterns of one thing in one class of days at most.
const EACH: usize = 4;

/// What happens, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A property of a device becomes this.
    Device(DeviceId, Path, bool),
    /// A person comes (true) or goes.
    Person(PersonId, bool),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// What.
    pub subject: Subject,
    /// When, in house time.
    pub at: Timestamp,
}

/// Which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayClass {
    /// All of them.
    Every,
    /// Monday to Friday.
    Workdays,
    /// Saturday and Sunday.
    Weekends,
}

impl DayClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Every, Self::Workdays, Self::Weekends];

    /// The word on the wire and in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every_day",
            Self::Workdays => "workdays",
            Self::Weekends => "weekends",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// Whether a day is of the class.
    #[must_use]
    pub fn has(self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self {
            Self::Every => true,
            Self::Workdays => !weekend,
            Self::Weekends => weekend,
        }
    }
}

/// Something regular.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// What happens.
    pub subject: Subject,
    /// On which days.
    pub days: DayClass,
    /// The minute of the day in the middle of those times.
    pub minute: u16,
    /// The earliest of those times, in minutes of the day.
    pub earliest: u16,
    /// The latest.
    pub latest: u16,
    /// On so many days it was seen then.
    pub seen: usize,
    /// On so many days it could have been.
    pub observed: usize,
    /// The lower end of the 95 % Wilson interval of `seen` of `observed`.
    pub confidence: f64,
}

impl Pattern {
    /// The share of days on which it was seen.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "numbers of days")]
    pub fn support(&self) -> f64 {
        self.seen as f64 / self.observed.max(1) as f64
    }
}

/// Looks for patterns. `alive` are the days on which anything was recorded.
#[must_use]
pub fn mine(occurrences: &[Occurrence], alive: &BTreeSet<Date>, zone: &TimeZone) -> Vec<Pattern> {
    let mut times: BTreeMap<&Subject, Vec<(Date, u16)>> = BTreeMap::new();
    for occurrence in occurrences {
        let local = zone.to_datetime(occurrence.at);
        if !alive.contains(&local.date()) {
            continue;
        }
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        times
            .entry(&occurrence.subject)
            .or_default()
            .push((local.date(), minute.unsigned_abs()));
    }
    let mut patterns = Vec::new();
    for (subject, times) in times {
        let found = |class| windows(subject, &times, alive, class);
        let every = found(DayClass::Every);
        let special = [DayClass::Workdays, DayClass::Weekends]
            .into_iter()
            .flat_map(found);
        // A class of its own only says more where the pattern of all days does not hold, or holds less.
        let special: Vec<Pattern> = special
            .filter(|one| {
                !every.iter().any(|all| {
                    all.minute.abs_diff(one.minute) <= WINDOW
                        && all.support() + 0.1 >= one.support()
                })
            })
            .collect();
        let every = every.into_iter().filter(|all| {
            !special
                .iter()
                .any(|one| all.minute.abs_diff(one.minute) <= WINDOW)
        });
        patterns.extend(every);
        patterns.extend(special);
    }
    patterns
}

/// The patterns of one thing in one class of days, the most seen first.
fn windows(
    subject: &Subject,
    times: &[(Date, u16)],
    alive: &BTreeSet<Date>,
    class: DayClass,
) -> Vec<Pattern> {
    let observed = alive.iter().filter(|day| class.has(**day)).count();
    let mut left: Vec<(Date, u16)> = times
        .iter()
        .filter(|(day, _)| class.has(*day))
        .copied()
        .collect();
    left.sort_by_key(|(day, minute)| (*minute, *day));
    let chance = by_chance(left.len(), observed);
    let mut found = Vec::new();
    while found.len() < EACH && left.len() >= DAYS {
        // Every window that matters begins with something that happened.
        let mut best: Option<(usize, usize, usize)> = None;
        let mut end = 0;
        for begin in 0..left.len() {
            while end < left.len() && left[end].1 < left[begin].1 + WINDOW {
                end += 1;
            }
            if best.is_some_and(|(seen, ..)| end - begin <= seen) {
                continue;
            }
            let days: BTreeSet<Date> = left[begin..end].iter().map(|(day, _)| *day).collect();
            if best.is_none_or(|(seen, ..)| days.len() > seen) {
                best = Some((days.len(), begin, end));
            }
        }
        let Some((seen, begin, end)) = best else {
            break;
        };
        let confidence = wilson(seen, observed);
        #[expect(clippy::cast_precision_loss, reason = "numbers of days")]
        let share = seen as f64 / observed.max(1) as f64;
        if seen < DAYS || confidence < SURE || share < chance * LIFT {
            break;
        }
        found.push(Pattern {
            subject: subject.clone(),
            days: class,
            minute: left[begin + (end - begin) / 2].1,
            earliest: left[begin].1,
            latest: left[end - 1].1,
            seen,
            observed,
            confidence,
        });
        left.drain(begin..end);
    }
    found
}

/// The share of days on which a window would see something that happens as often at any time.
#[expect(clippy::cast_precision_loss, reason = "numbers of happenings")]
fn by_chance(happenings: usize, days: usize) -> f64 {
    let a_day = happenings as f64 / days.max(1) as f64;
    1.0 - (1.0 - f64::from(WINDOW) / WAKING).powf(a_day)
}

/// The lower end of the 95 % Wilson interval of a share.
#[expect(clippy::cast_precision_loss, reason = "numbers of days")]
fn wilson(seen: usize, of: usize) -> f64 {
    if of == 0 {
        return 0.0;
    }
    let (n, z) = (of as f64, 1.96_f64);
    let share = seen as f64 / n;
    let middle = share + z * z / (2.0 * n);
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - spread) / (1.0 + z * z / n)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::{DayClass, Occurrence, Pattern, Subject, mine, wilson};
    use jiff::{ToSpan as _, civil::Date, civil::date, tz::TimeZone};
    use model::{DeviceId, capability};
    use std::collections::BTreeSet;

    struct Past {
        zone: TimeZone,
        days: BTreeSet<Date>,
        all: Vec<Occurrence>,
        dice: u64,
    }

    impl Past {
        /// Four weeks across the change of the clock.
        fn new() -> Self {
            let first = date(2026, 3, 9);
            Self {
                zone: TimeZone::get("Europe/Amsterdam").expect("a zone"),
                days: (0..28).map(|day| first + day.days()).collect(),
                all: Vec::new(),
                dice: 7,
            }
        }

        fn roll(&mut self, of: u64) -> u64 {
            self.dice = self
                .dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.dice >> 33) % of
        }

        fn add(&mut self, subject: &Subject, day: Date, minute: u64) {
            let time =
                jiff::civil::Time::midnight() + i64::try_from(minute).expect("small").minutes();
            let at = self
                .zone
                .to_timestamp(day.to_datetime(time))
                .expect("a time");
            self.all.push(Occurrence {
                subject: subject.clone(),
                at,
            });
        }

        fn mine(&self) -> Vec<Pattern> {
            mine(&self.all, &self.days, &self.zone)
        }
    }

    fn light() -> Subject {
        Subject::Device(DeviceId::new(), capability::ON_OFF.at(1, "on_off"), true)
    }

    #[test]
    fn a_planted_routine_is_found_and_noise_is_not() {
        let mut past = Past::new();
        let (kitchen, hall, busy) = (light(), light(), light());
        for day in past.days.clone() {
            // The kitchen on working days at about five to seven, but for a lie-in now and then.
            if DayClass::Workdays.has(day) && past.roll(10) > 0 {
                let minute = 407 + past.roll(16);
                past.add(&kitchen, day, minute);
            }
            // The hall once on some day, at any time.
            if past.roll(2) == 0 {
                let minute = 360 + past.roll(960);
                past.add(&hall, day, minute);
            }
            // A lamp that somebody switches all day long: it is in every hour, and regular in none.
            for _ in 0..40 {
                let minute = 360 + past.roll(960);
                past.add(&busy, day, minute);
            }
        }
        let found = past.mine();
        assert_eq!(found.len(), 1, "{found:#?}");
        let routine = &found[0];
        assert_eq!(
            (&routine.subject, routine.days),
            (&kitchen, DayClass::Workdays)
        );
        assert_eq!(routine.observed, 20);
        assert!((15..=20).contains(&routine.seen), "{routine:?}");
        assert!(
            routine.minute.abs_diff(415) <= 8,
            "by the clock on the wall: {routine:?}"
        );
        assert!(
            routine.earliest >= 407 && routine.latest <= 423,
            "{routine:?}"
        );
        assert!(routine.confidence >= 0.5 && routine.confidence < routine.support());
    }

    #[test]
    fn what_happens_every_day_is_said_once() {
        let mut past = Past::new();
        let lamp = light();
        for day in past.days.clone() {
            past.add(&lamp, day, 1_200);
        }
        let found = past.mine();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].days, found[0].seen), (DayClass::Every, 28));
    }

    #[test]
    fn days_without_any_record_count_neither_way() {
        let mut past = Past::new();
        let lamp = light();
        for day in past.days.clone().into_iter().take(10) {
            past.add(&lamp, day, 1_200);
        }
        assert!(past.mine().is_empty(), "10 of 28 days are no habit");
        past.days = past.days.iter().take(10).copied().collect();
        assert_eq!(past.mine()[0].observed, 10);
        past.days = past.days.iter().take(4).copied().collect();
        assert!(past.mine().is_empty(), "four days are too few");
    }

    #[test]
    fn little_evidence_makes_little_sure() {
        assert!(wilson(5, 5) < wilson(50, 50));
        assert!(wilson(5, 5) > 0.5 && wilson(50, 50) < 1.0);
        assert!(wilson(0, 0).abs() < 1e-9 && wilson(0, 9) < 1e-9);
    }
}
