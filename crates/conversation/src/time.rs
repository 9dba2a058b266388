//! Times in words: when, for how long, until when, how often, and in the past.

use crate::lang::{Hour, Language};
use crate::text::Token;
use automation::document::{Clock, Daily, SunEvent};
use jiff::civil::Weekday;

/// The longest span of time that is understood, in seconds: a year.
const LONGEST: f64 = 366.0 * 86_400.0;

/// A moment, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Seconds from midnight.
    pub clock: Option<i32>,
    /// Whether the hour may be meant before or after noon.
    pub either_half: bool,
    /// Days from today.
    pub day: Option<i32>,
    /// A day of the week.
    pub weekday: Option<Weekday>,
    /// By the sun instead of a clock, and by how many seconds off.
    pub sun: Option<(SunLight, i64)>,
}

/// What the sun does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SunLight {
    /// It rises.
    Rise,
    /// It sets.
    Set,
}

impl From<SunLight> for SunEvent {
    fn from(light: SunLight) -> Self {
        match light {
            SunLight::Rise => Self::Sunrise,
            SunLight::Set => Self::Sunset,
        }
    }
}

/// A stretch of the past, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Since midnight.
    Today,
    /// The day before, from hour to hour.
    Yesterday(i8, i8),
    /// From yesterday evening to this morning.
    LastNight,
    /// Of today, from hour to hour.
    Part(i8, i8),
    /// So many seconds ago.
    Ago(i64),
    /// The last so many seconds.
    Over(i64),
    /// The last day of that name.
    Weekday(Weekday),
    /// At this time, so many days ago.
    At(i32, i32),
}

/// All that a sentence says about time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct When {
    /// So many seconds from now.
    pub after: Option<i64>,
    /// At a moment.
    pub at: Option<Moment>,
    /// For so many seconds.
    pub lasting: Option<i64>,
    /// Until a moment.
    pub until: Option<Moment>,
    /// On these days, again and again.
    pub every: Option<Daily>,
    /// In the past.
    pub past: Option<Past>,
    /// Whether a number could also be a value: “at 20”.
    pub unsure: bool,
}

impl When {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it says when something shall be done.
    #[must_use]
    pub const fn is_future(&self) -> bool {
        self.after.is_some()
            || self.at.is_some()
            || self.lasting.is_some()
            || self.until.is_some()
            || self.every.is_some()
    }
}

/// Takes the times out of a sentence; what is left, and what they say. A word that is `fixed` begins
/// no time.
#[must_use]
pub fn take(
    tokens: &[Token],
    language: &Language,
    sure_only: bool,
    fixed: &[bool],
) -> (Vec<Token>, When) {
    let reader = Reader {
        tokens,
        language,
        sure_only,
    };
    let mut when = When::default();
    let mut left = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        // A name is no time: “Sunday roast”, “Evening lamp”.
        let is_name = fixed.get(at).copied().unwrap_or(false);
        match (!is_name).then(|| reader.at(at, &mut when)).flatten() {
            Some(next) if next > at => {
                // What stood before a time still ends there: “at seven, turn …”.
                at = next;
            }
            _ => {
                left.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    (left, when)
}

/// Reads times where they stand.
pub(crate) struct Reader<'a> {
    pub(crate) tokens: &'a [Token],
    pub(crate) language: &'a Language,
    pub(crate) sure_only: bool,
}

impl Reader<'_> {
    pub(crate) fn is(&self, at: usize, hour: Hour) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| !token.quoted && self.language.is_hour(&token.text, hour))
    }

    /// The same, in quotation marks or not.
    pub(crate) fn has(&self, at: usize, hour: Hour) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| self.language.is_hour(&token.text, hour))
    }

    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        self.tokens.get(at)?.number
    }

    /// Over articles and the like.
    fn over(&self, mut at: usize) -> usize {
        while self.is(at, Hour::The) {
            at += 1;
        }
        at
    }

    /// A time that begins here; where it ends.
    fn at(&self, at: usize, when: &mut When) -> Option<usize> {
        self.every(at, when)
            .or_else(|| self.before_sun(at, when))
            .or_else(|| self.spans(at, when))
            .or_else(|| self.until(at, when))
            .or_else(|| self.past(at, when))
            .or_else(|| self.moment(at, when))
    }

    /// “ten minutes”, “an hour and a half”, “half an hour”.
    pub(crate) fn span(&self, at: usize) -> Option<(f64, usize)> {
        let unit = |at: usize| {
            [
                (Hour::Second, 1.0),
                (Hour::Minute, 60.0),
                (Hour::Hour, 3_600.0),
                (Hour::Day, 86_400.0),
                (Hour::Week, 604_800.0),
                (Hour::Month, 2_592_000.0),
            ]
            .into_iter()
            .find(|(hour, _)| self.is(at, *hour))
            .map(|(_, seconds)| seconds)
        };
        let mut here = at;
        while self.has(here, Hour::About) {
            here += 1;
        }
        let quarters = self
            .number(here)
            .filter(|_| self.is(here + 1, Hour::Quarter));
        let (mut total, mut end) = if let Some(number) = quarters {
            let to = self.over(here + 2);
            (unit(to)? * number / 4.0, to + 1)
        } else if let Some(number) = self.number(here) {
            // “two and a half hours”
            let half = self.is(here + 1, Hour::And) && self.is(self.over(here + 2), Hour::Half);
            let to = if half {
                self.over(here + 2) + 1
            } else {
                here + 1
            };
            let seconds = unit(to)?;
            let number = if half { number + 0.5 } else { number };
            (number * seconds, to + 1)
        } else if self.is(here, Hour::Half) {
            let to = self.over(here + 1);
            (unit(to)? / 2.0, to + 1)
        } else if self.is(here, Hour::Quarter)
            || self.is(here, Hour::A) && self.is(here + 1, Hour::Quarter)
        {
            let to = self.over(here + 1 + usize::from(!self.is(here, Hour::Quarter)));
            (unit(to)? / 4.0, to + 1)
        } else if self.is(here, Hour::A)
            && (self.is(here + 1, Hour::Couple) || self.is(here + 1, Hour::Few))
        {
            let to = self.over(here + 2);
            let count = if self.is(here + 1, Hour::Few) {
                3.0
            } else {
                2.0
            };
            (unit(to)? * count, to + 1)
        } else if self.is(here, Hour::A) && self.is(here + 1, Hour::Half) {
            let to = self.over(here + 2);
            (unit(to)? / 2.0, to + 1)
        } else if self.is(here, Hour::A) {
            (unit(here + 1)?, here + 2)
        } else {
            return None;
        };
        let unit_before = unit(end - 1).unwrap_or(0.0);
        if self.is(end, Hour::And) {
            let to = self.over(end + 1);
            if self.is(to, Hour::Half) {
                total += unit_before / 2.0;
                end = to + 1;
            } else if self.is(to, Hour::Quarter) {
                total += unit_before / 4.0;
                end = to + 1;
            } else if let (Some(number), Some(seconds)) = (self.number(end + 1), unit(end + 2)) {
                total += number * seconds;
                end += 3;
            }
        } else if let (Some(number), Some(seconds)) = (self.number(end), unit(end + 1))
            && seconds < unit_before
        {
            total += number * seconds;
            end += 2;
        }
        (total > 0.0 && total <= LONGEST).then_some((total, end))
    }

    fn spans(&self, at: usize, when: &mut When) -> Option<usize> {
        let whole = |seconds: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "at most a year")]
            let seconds = seconds.round() as i64;
            seconds
        };
        if self.is(at, Hour::In) || self.is(at, Hour::After) {
            if let Some((seconds, end)) = self.span(at + 1) {
                let end = end + usize::from(self.is(end, Hour::From)) * 2;
                when.after = Some(whole(seconds));
                return Some(end);
            }
            // “in the last two hours”
            let to = self.over(at + 1);
            if self.is(to, Hour::Last) {
                let (seconds, end) = self.span(to + 1).or_else(|| self.bare_unit(to + 1))?;
                when.past = Some(Past::Over(whole(seconds)));
                return Some(end);
            }
            return None;
        }
        if self.is(at, Hour::AgoFirst)
            && let Some((seconds, end)) = self.span(at + 1)
            && !self.is(end, Hour::Before)
        {
            when.past = Some(Past::Ago(whole(seconds)));
            return Some(end);
        }
        if self.is(at, Hour::For) {
            let to = at + 1;
            if let Some((seconds, end)) = self.span(to) {
                when.lasting = Some(whole(seconds));
                return Some(end);
            }
            if self.is(to, Hour::Tonight) {
                when.until = Some(Moment {
                    clock: Some(6 * 3_600),
                    day: Some(1),
                    ..Moment::default()
                });
                return Some(to + 1);
            }
            if self.is(to, Hour::Today) {
                when.until = Some(Moment {
                    clock: Some(0),
                    day: Some(1),
                    ..Moment::default()
                });
                return Some(to + 1);
            }
            if self.has(to, Hour::Article) && self.is(to + 1, Hour::Last) {
                let (seconds, end) = self.span(to + 2).or_else(|| self.bare_unit(to + 2))?;
                when.past = Some(Past::Over(whole(seconds)));
                return Some(end);
            }
            return None;
        }
        if self.is(at, Hour::Last) || self.has(at, Hour::Article) && self.is(at + 1, Hour::Last) {
            let to = at + 1 + usize::from(!self.is(at, Hour::Last));
            if let Some((seconds, end)) = self.span(to) {
                when.past = Some(Past::Over(whole(seconds)));
                return Some(end);
            }
        }
        let (seconds, end) = self.span(at)?;
        if self.is(end, Hour::Ago) {
            when.past = Some(Past::Ago(whole(seconds)));
            return Some(end + 1);
        }
        if self.is(end, Hour::LastingLast) {
            when.lasting = Some(whole(seconds));
            return Some(end + 1);
        }
        if self.is(end, Hour::Later) {
            when.after = Some(whole(seconds));
            return Some(end + 1);
        }
        if self.is(end, Hour::From) && self.is(end + 1, Hour::Now) {
            when.after = Some(whole(seconds));
            return Some(end + 2);
        }
        None
    }

    fn bare_unit(&self, at: usize) -> Option<(f64, usize)> {
        [
            (Hour::Hour, 3_600.0),
            (Hour::Day, 86_400.0),
            (Hour::Week, 604_800.0),
            (Hour::Month, 2_592_000.0),
            (Hour::Minute, 60.0),
        ]
        .into_iter()
        .find(|(hour, _)| self.is(at, *hour))
        .map(|(_, seconds)| (seconds, at + 1))
    }

    /// “half an hour before sunset”
    fn before_sun(&self, at: usize, when: &mut When) -> Option<usize> {
        let (seconds, end) = self.span(at)?;
        let sign = if self.is(end, Hour::Before) {
            -1
        } else if self.is(end, Hour::After) {
            1
        } else {
            return None;
        };
        let to = self.over(end + 1);
        let sun = self.sun(to)?;
        #[expect(clippy::cast_possible_truncation, reason = "at most a year")]
        let offset = sign * seconds.round() as i64;
        when.at = Some(Moment {
            sun: Some((sun, offset)),
            ..when.at.unwrap_or_default()
        });
        Some(to + 1)
    }

    fn sun(&self, at: usize) -> Option<SunLight> {
        match (self.is(at, Hour::Sunrise), self.is(at, Hour::Sunset)) {
            (true, _) => Some(SunLight::Rise),
            (_, true) => Some(SunLight::Set),
            _ => None,
        }
    }

    pub(crate) fn weekday(&self, at: usize) -> Option<Weekday> {
        [
            (Hour::Monday, Weekday::Monday),
            (Hour::Tuesday, Weekday::Tuesday),
            (Hour::Wednesday, Weekday::Wednesday),
            (Hour::Thursday, Weekday::Thursday),
            (Hour::Friday, Weekday::Friday),
            (Hour::Saturday, Weekday::Saturday),
            (Hour::Sunday, Weekday::Sunday),
        ]
        .into_iter()
        .find(|(hour, _)| self.is(at, *hour))
        .map(|(_, day)| day)
    }

    fn part(&self, at: usize) -> Option<(i8, i8)> {
        [
            (Hour::Morning, (6, 12)),
            (Hour::Afternoon, (12, 18)),
            (Hour::Evening, (18, 23)),
            (Hour::Night, (22, 6)),
        ]
        .into_iter()
        .find(|(hour, _)| self.is(at, *hour))
        .map(|(_, part)| part)
    }

    /// “every weekday at 6:30”, “on Mondays”, “daily at seven”.
    fn every(&self, at: usize, when: &mut When) -> Option<usize> {
        let repeated = self.language.forms().repeated.as_str();
        let plural = |at: usize| {
            self.tokens
                .get(at)
                .is_some_and(|token| token.text.ends_with(repeated))
        };
        let mut here = at;
        let explicit = self.is(at, Hour::Every);
        if explicit && self.is(at, Hour::Daily) {
            when.every = Some(Daily::ALL);
            return Some(at + 1);
        }
        if explicit {
            here += 1;
        } else if self.is(at, Hour::On)
            || self.is(at, Hour::At)
            || self.is(at, Hour::In)
            || self.is(at, Hour::A)
        {
            here += 1;
            while self.has(here, Hour::Article) {
                here += 1;
            }
        }
        let named = |day: &str| Daily::parse(day);
        let begins = |from: i8| if from == 6 { 7 } else { i32::from(from) } * 3_600;
        let mut days: Option<Daily> = None;
        let mut clock = None;
        let mut end = here;
        loop {
            let more = if self.is(end, Hour::Weekday) && (explicit || plural(end) || here > at) {
                let next = end + 1 + usize::from(self.is(end + 1, Hour::Day));
                named("weekdays").map(|days| (days, next))
            } else if self.is(end, Hour::Weekend) && (explicit || plural(end) || here > at) {
                named("weekend").map(|days| (days, end + 1))
            } else if let Some(day) = self.weekday(end).filter(|_| explicit || plural(end)) {
                let names = [
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                ];
                let name = usize::try_from(day.to_monday_zero_offset())
                    .ok()
                    .and_then(|at| names.get(at));
                name.and_then(|name| named(name))
                    .map(|days| (days, end + 1))
            } else if explicit && self.is(end, Hour::Day) {
                Some((Daily::ALL, end + 1))
            } else if let Some((from, _)) = self.part(end).filter(|_| explicit) {
                clock = Some(begins(from));
                Some((Daily::ALL, end + 1))
            } else {
                None
            };
            let Some((more, next)) = more else { break };
            days = Some(days.map_or(more, |days| days.and(more)));
            end = next;
            if self.is(end, Hour::And) && (self.weekday(end + 1).is_some()) {
                end += 1;
            } else {
                break;
            }
        }
        when.every = Some(days?);
        if let Some((from, _)) = self.part(end) {
            clock = clock.or(Some(begins(from)));
            end += 1;
        }
        if let Some(part) = clock {
            let moment = when.at.get_or_insert_default();
            match moment.clock {
                // “At nine every evening”
                Some(clock) if moment.either_half => in_part(moment, clock, part),
                Some(_) => {}
                None if moment.sun.is_some() => {}
                None => moment.clock = Some(part),
            }
        }
        Some(end)
    }

    fn until(&self, at: usize, when: &mut When) -> Option<usize> {
        if !self.is(at, Hour::Until) {
            return None;
        }
        let mut moment = Moment::default();
        let mut end = at + 1;
        while self.is(end, Hour::At) {
            end += 1;
        }
        end = self.day(end, &mut moment).unwrap_or(end);
        end = self.clock(end, &mut moment, true).unwrap_or(end);
        end = self.day(end, &mut moment).unwrap_or(end);
        if moment.day == Some(i32::MIN) {
            // “Until 10” can be nothing but a time.
            moment.day = None;
        }
        if moment == Moment::default() {
            return None;
        }
        when.until = Some(moment);
        Some(end)
    }

    /// “tomorrow”, “tonight”, “on Friday”, “in the evening”.
    pub(crate) fn day(&self, at: usize, moment: &mut Moment) -> Option<usize> {
        if self.is(at, Hour::Tomorrow) {
            moment.day = Some(1);
            return Some(self.part_of_day(at + 1, moment).unwrap_or(at + 1));
        }
        if self.is(at, Hour::AfterTomorrow) {
            moment.day = Some(2);
            return Some(self.part_of_day(at + 1, moment).unwrap_or(at + 1));
        }
        if self.is(at, Hour::Tonight) {
            moment.day = Some(0);
            self.afternoon(moment, 20);
            return Some(at + 1);
        }
        if self.is(at, Hour::Today) {
            moment.day = Some(0);
            return Some(at + 1);
        }
        let mut here = at;
        if self.is(here, Hour::On) {
            here += 1;
        }
        while self.is(here, Hour::This) || self.has(here, Hour::Next) {
            here += 1;
        }
        if let Some(day) = self.weekday(here) {
            moment.weekday = Some(day);
            return Some(self.part_of_day(here + 1, moment).unwrap_or(here + 1));
        }
        if self.is(at, Hour::This) && self.part(at + 1).is_some() {
            moment.day = Some(0);
            return self.part_of_day(at + 1, moment);
        }
        None
    }

    fn part_of_day(&self, at: usize, moment: &mut Moment) -> Option<usize> {
        let mut here = at;
        if self.is(here, Hour::In) || self.is(here, Hour::At) {
            here += 1;
        }
        while self.has(here, Hour::Article) {
            here += 1;
        }
        let (from, _) = self.part(here)?;
        match from {
            6 if moment.clock.is_none() => moment.clock = Some(7 * 3_600),
            6 => moment.either_half = false,
            from => self.afternoon(moment, i32::from(from)),
        }
        Some(here + 1)
    }

    /// After noon, or at this hour where none was said.
    fn afternoon(&self, moment: &mut Moment, hour: i32) {
        match moment.clock {
            Some(clock) if moment.either_half => in_part(moment, clock, hour * 3_600),
            Some(_) => {}
            None => moment.clock = Some(hour * 3_600),
        }
        moment.either_half = false;
    }

    /// “7”, “6:30”, “half past seven”, “noon”, “8 pm”, “sunset”.
    pub(crate) fn clock(&self, at: usize, moment: &mut Moment, introduced: bool) -> Option<usize> {
        if let Some(sun) = self.sun(self.over(at)) {
            moment.sun = Some((sun, 0));
            return Some(self.over(at) + 1);
        }
        if self.is(at, Hour::Noon) || self.is(at, Hour::Midnight) {
            moment.clock = Some(if self.is(at, Hour::Noon) {
                12 * 3_600
            } else {
                0
            });
            return Some(at + 1);
        }
        let token = self.tokens.get(at)?;
        let mut end = at + 1;
        let mut exact = false;
        let seconds = if token.text.contains(':') {
            exact = true;
            Clock::parse(&token.text)?.0
        } else if (self.is(at, Hour::Half)
            || self.is(at, Hour::Quarter)
            || self.is(at, Hour::A) && self.is(at + 1, Hour::Quarter)
            || token.number.is_some_and(|number| number < 60.0))
            && let Some((shift, hour_at)) = self.shifted(at)
        {
            end = hour_at + 1;
            exact = true;
            let hour = self
                .number(hour_at)
                .filter(|hour| (0.0..24.0).contains(hour) && hour.fract() == 0.0)?;
            #[expect(clippy::cast_possible_truncation, reason = "an hour of the day")]
            let hour = hour as i32;
            (hour * 3_600 + shift).rem_euclid(86_400)
        } else {
            let hour = token.number.filter(|hour| (0.0..25.0).contains(hour))?;
            let marked = self.is(end, Hour::Am)
                || self.is(end, Hour::Pm)
                || self.is(end, Hour::OClock)
                || self.is(end, Hour::O);
            if hour.fract() != 0.0 && !marked && !introduced {
                return None;
            }
            #[expect(clippy::cast_possible_truncation, reason = "an hour of the day")]
            let (whole, minutes) = (hour as i32, ((hour.fract() * 100.0).round() as i32) % 60);
            // “seven thirty”
            let spoken = self.number(end).filter(|minutes| {
                (10.0..60.0).contains(minutes) && minutes.fract() == 0.0 && introduced
            });
            let unit_follows = self.tokens.get(end + 1).is_some_and(|token| {
                self.language.is_unit(&token.text)
                    && !self.is(end + 1, Hour::Am)
                    && !self.is(end + 1, Hour::Pm)
            });
            match spoken.filter(|_| !unit_follows && minutes == 0) {
                Some(spoken) => {
                    end += 1;
                    exact = true;
                    #[expect(clippy::cast_possible_truncation, reason = "minutes of an hour")]
                    let spoken = spoken as i32;
                    whole * 3_600 + spoken * 60
                }
                None => whole * 3_600 + minutes * 60,
            }
        };
        let mut either = (3_600..=12 * 3_600 + 3_599).contains(&seconds);
        let mut seconds = seconds;
        if self.is(end, Hour::O) && self.has(end + 1, Hour::Clock) {
            end += 2;
            exact = true;
        } else if self.is(end, Hour::OClock) {
            end += 1;
            exact = true;
            // “seven o'clock thirty”, where minutes are said so.
            if self.language.forms().minutes_after_hour
                && seconds % 3_600 == 0
                && let Some(minutes) = self
                    .number(end)
                    .filter(|minutes| (1.0..60.0).contains(minutes) && minutes.fract() == 0.0)
                && !self.tokens.get(end + 1).is_some_and(|next| {
                    self.language.is_value(&next.text) || self.language.is_unit(&next.text)
                })
            {
                #[expect(clippy::cast_possible_truncation, reason = "below 60")]
                let minutes = minutes as i32;
                seconds += minutes * 60;
                end += 1;
            }
        }
        if self.is(end, Hour::Pm) {
            if seconds < 12 * 3_600 {
                seconds += 12 * 3_600;
            }
            (either, exact, end) = (false, true, end + 1);
        } else if self.is(end, Hour::Am) {
            if seconds >= 12 * 3_600 {
                seconds -= 12 * 3_600;
            }
            (either, exact, end) = (false, true, end + 1);
        }
        // A unit says that it is no hour.
        let unit = self
            .tokens
            .get(end)
            .is_some_and(|token| self.language.is_value(&token.text));
        if unit || (!exact && !introduced) || (!exact && seconds > 24 * 3_600) {
            return None;
        }
        if !exact && self.sure_only {
            return None;
        }
        moment.clock = Some(seconds % 86_400);
        moment.either_half = either;
        if !exact {
            moment.day = moment.day.or(Some(i32::MIN));
        }
        Some(end)
    }

    /// “half past”, “quarter to”, “ten past”: the shift in seconds, and where the hour stands.
    fn shifted(&self, at: usize) -> Option<(i32, usize)> {
        let mut here = at;
        if self.is(here, Hour::A) && !self.is(here, Hour::Quarter) {
            here += 1;
        }
        let minutes = if self.is(here, Hour::Half) {
            30
        } else if self.is(here, Hour::Quarter) {
            15
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "below 60")]
            let minutes = self
                .number(here)
                .filter(|number| (1.0..60.0).contains(number))? as i32;
            minutes
        };
        here += 1;
        if self.is(here, Hour::Minute) {
            here += 1;
        }
        // “half eight”, where that is half an hour before eight.
        if minutes == 30 && self.language.forms().half_before && self.is(here - 1, Hour::Half) {
            let hour = self
                .number(here)
                .filter(|hour| (1.0..=24.0).contains(hour))?;
            return (hour.fract() == 0.0).then_some((-1_800, here));
        }
        if self.is(here, Hour::Past)
            || self.is(here, Hour::After) && minutes < 60 && self.number(here + 1).is_some()
        {
            Some((minutes * 60, here + 1))
        } else if self.is(here, Hour::To)
            && minutes != 30
            && self.number(here + 1).is_some_and(|hour| hour <= 12.0)
            && minutes % 5 == 0
            && !self.is(here + 2, Hour::Minute)
        {
            Some((-minutes * 60, here + 1))
        } else {
            None
        }
    }

    fn past(&self, at: usize, when: &mut When) -> Option<usize> {
        if self.is(at, Hour::BeforeYesterday) {
            when.past = Some(Past::Ago(2 * 86_400));
            return Some(at + 1);
        }
        if self.is(at, Hour::Yesterday) {
            if let Some((from, to)) = self.part(at + 1) {
                when.past = Some(Past::Yesterday(from, to));
                return Some(at + 2);
            }
            let mut moment = Moment::default();
            if self.is(at + 1, Hour::At)
                && let Some(end) = self.clock(at + 2, &mut moment, true)
                && let Some(clock) = moment.clock
            {
                when.past = Some(Past::At(clock, 1));
                return Some(end);
            }
            when.past = Some(Past::Yesterday(0, 24));
            return Some(at + 1);
        }
        if self.is(at, Hour::Last) {
            if self.is(at + 1, Hour::Night) || self.is(at + 1, Hour::Evening) {
                when.past = Some(if self.is(at + 1, Hour::Night) {
                    Past::LastNight
                } else {
                    Past::Yesterday(18, 23)
                });
                return Some(at + 2);
            }
            if let Some(day) = self.weekday(at + 1) {
                when.past = Some(Past::Weekday(day));
                return Some(at + 2);
            }
            let (seconds, end) = self.bare_unit(at + 1)?;
            #[expect(clippy::cast_possible_truncation, reason = "at most a month")]
            let seconds = seconds as i64;
            when.past = Some(Past::Over(seconds));
            return Some(end);
        }
        None
    }

    fn moment(&self, at: usize, when: &mut When) -> Option<usize> {
        let mut moment = when.at.unwrap_or_default();
        let before = moment;
        // “Every evening at nine”: the part of the day was said before the hour.
        let mut part = before.clock;
        let mut end = at;
        let introduced = self.is(at, Hour::At);
        if introduced {
            end = self.clock(at + 1, &mut moment, true)?;
        } else if let Some(next) = self.day(at, &mut moment) {
            end = next;
            part = moment.clock;
            if self.is(end, Hour::At)
                && let Some(next) = self.clock(end + 1, &mut moment, true)
            {
                end = next;
            } else if let Some(next) = self.clock(end, &mut moment, false) {
                end = next;
            }
        } else if self.part_of_day(at, &mut moment).is_some()
            && (self.is(at, Hour::In) || self.is(at, Hour::At))
        {
            end = self.part_of_day(at, &mut moment)?;
        } else if let Some(next) = self.clock(at, &mut moment, false) {
            // A bare “6:30” or “7 pm”.
            end = next;
        } else if (self.is(at, Hour::After) || self.is(at, Hour::Before))
            && self.sun(self.over(at + 1)).is_some()
        {
            let sun = self.over(at + 1);
            moment.sun = self.sun(sun).map(|light| (light, 0));
            end = sun + 1;
        }
        if moment == before || end == at {
            return None;
        }
        if let (Some(clock), Some(part)) = (moment.clock, part)
            && moment.either_half
        {
            in_part(&mut moment, clock, part);
        }
        if let Some(next) = self.part_of_day(end, &mut moment) {
            end = next;
        }
        if let Some(next) = self.day(end, &mut moment) {
            end = next;
        }
        if let Some(next) = self.part_of_day(end, &mut moment) {
            end = next;
        }
        if moment.day == Some(i32::MIN) {
            moment.day = None;
            when.unsure = true;
        }
        when.at = Some(moment);
        Some(end)
    }
}

/// An hour of which it is said in which part of the day it is: the half of the day in which that is.
fn in_part(moment: &mut Moment, clock: i32, part: i32) {
    const HOUR: i32 = 3_600;
    let hour = clock / HOUR;
    // Midnight and the hours after it are of the next day.
    let after_midnight = part >= 20 * HOUR && (hour == 12 || hour < 5);
    if after_midnight {
        moment.day = moment
            .day
            .map(|day| day.saturating_add(i32::from(day != i32::MIN)));
    }
    moment.clock = Some(match hour {
        12 if after_midnight => clock - 12 * HOUR,
        _ if after_midnight => clock,
        0..=11 if part >= 12 * HOUR => clock + 12 * HOUR,
        _ => clock,
    });
    moment.either_half = false;
}

#[cfg(test)]
mod tests {
    use super::{When, take};
    use crate::lang::Language;
    use crate::text;

    fn check(sentence: &str, left: &str) -> When {
        let language = Language::english();
        let text = text::read(sentence, language);
        let (tokens, when) = take(&text.tokens, language, false, &[]);
        let words: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(words.join(" "), left, "{sentence}: {when:?}");
        when
    }

    #[test]
    fn times_come_out() {
        assert_eq!(
            check("in ten minutes turn off the light", "turn off the light").after,
            Some(600)
        );
        assert_eq!(
            check("turn it off in an hour and a half", "turn it off").after,
            Some(5_400)
        );
        assert_eq!(
            check("turn it on for half an hour", "turn it on").lasting,
            Some(1_800)
        );
        assert_eq!(
            check("at half past seven dim it", "dim it")
                .at
                .and_then(|at| at.clock),
            Some(27_000)
        );
        assert_eq!(
            check("turn it off at 10 pm", "turn it off")
                .at
                .and_then(|at| at.clock),
            Some(79_200)
        );
        assert_eq!(
            check("turn it off at quarter to eight tomorrow", "turn it off")
                .at
                .and_then(|at| at.day),
            Some(1)
        );
        for (sentence, hour) in [
            ("every evening at 9 open it", 21),
            ("at 9 every evening open it", 21),
            ("every night at 2 open it", 2),
            ("every night at 12 open it", 0),
            ("every morning at 7 open it", 7),
            ("every afternoon at 3 open it", 15),
            ("tonight at 9 open it", 21),
            ("tomorrow evening at 8 open it", 20),
            ("at 9 in the evening open it", 21),
            ("every day at 9 open it", 9),
        ] {
            let at = check(sentence, "open it").at.and_then(|at| at.clock);
            assert_eq!(at, Some(hour * 3_600), "{sentence}");
        }
        assert!(
            check("every weekday at 6:30 open it", "open it")
                .every
                .is_some()
        );
        assert_eq!(
            check("30 minutes before sunset close it", "close it")
                .at
                .and_then(|at| at.sun)
                .map(|sun| sun.1),
            Some(-1_800)
        );
        assert!(check("keep it on until 10", "keep it on").until.is_some());
        assert!(
            check("how warm was it last night", "how warm was it")
                .past
                .is_some()
        );
        assert_eq!(
            check("set it to 20 degrees", "set it to 20 degrees"),
            When::default()
        );
        assert_eq!(check("dim it to 50%", "dim it to 50 %"), When::default());
    }
}
