//! A stretch of time to come, as people say it of guests, journeys and who is expected: “until
//! Sunday”, “for a week from tomorrow”, “tomorrow ten to noon”.

use crate::lang::{Hour, Language};
use crate::text::Token;
use crate::time::{Moment, Reader};
use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// Hours that are meant after noon where nobody says which half of the day: before seven.
const EARLY: i32 = 7 * 3_600;
const HALF: i32 = 12 * 3_600;
const DAY: i64 = 86_400;

/// A stretch of time, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stay {
    /// From when.
    pub from: Option<Moment>,
    /// Until when.
    pub until: Option<Moment>,
    /// For so many seconds.
    pub lasting: Option<i64>,
    /// Days of a week: the weekend, or all of the next.
    pub week: Option<Week>,
}

/// Days of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Week {
    /// Saturday and Sunday.
    End,
    /// Monday to Sunday of the next.
    Next,
}

/// What a stretch comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// From when.
    pub from: Timestamp,
    /// Until when; `None` where nothing was said that would tell.
    pub until: Option<Timestamp>,
    /// Whether it begins now, and not at a time to come.
    pub now: bool,
}

impl Stay {
    /// Whether nothing was said about time.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// From when to when that is.
    #[must_use]
    pub fn stretch(&self, now: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        let today = zone.to_datetime(now).date();
        if let Some(week) = self.week {
            let (first, days) = match week {
                Week::End => {
                    // On a Sunday what is left of it.
                    let day = match today.weekday() {
                        Weekday::Sunday => today.yesterday().ok()?,
                        _ => named(today, Weekday::Saturday)?,
                    };
                    (day, 2)
                }
                Week::Next => (named(today.tomorrow().ok()?, Weekday::Monday)?, 7),
            };
            let until = at(first.checked_add(i64::from(days).days()).ok()?, 0, zone)?;
            let from = at(first, 0, zone)?;
            return Some(Stretch {
                from: from.max(now),
                until: Some(until),
                now: from <= now,
            });
        }
        let (from, day) = match &self.from {
            None => (now, today),
            Some(moment) => {
                let day = day_of(moment, today)?;
                match moment.clock {
                    None if day == today => (now, today),
                    None => (at(day, 0, zone)?, day),
                    Some(clock) => {
                        let early = moment.either_half && clock < EARLY;
                        let clock = if early { clock + HALF } else { clock };
                        let from = at(day, clock, zone)?;
                        // An hour that is over today, and nobody said today, is tomorrow's.
                        if from < now && moment.day.is_none() && moment.weekday.is_none() {
                            let day = day.tomorrow().ok()?;
                            (at(day, clock, zone)?, day)
                        } else {
                            (from, day)
                        }
                    }
                }
            }
        };
        let begins = self.from.and_then(|moment| moment.clock).is_some();
        let until = match (&self.until, self.lasting) {
            (Some(moment), _) => Some(end(moment, from, day, today, zone)?),
            (None, Some(seconds)) if seconds % DAY == 0 => {
                // Days of the calendar, whatever the clocks do meanwhile.
                let days = (seconds / DAY).days();
                let local = zone.to_datetime(from).checked_add(days).ok()?;
                Some(zone.to_timestamp(local).ok()?)
            }
            (None, Some(seconds)) => from.checked_add(SignedDuration::from_secs(seconds)).ok(),
            (None, None) if self.from.is_some_and(|moment| is_day(&moment)) && !begins => {
                Some(at(day.tomorrow().ok()?, 0, zone)?)
            }
            (None, None) => None,
        };
        let until = until.filter(|until| *until > from.max(now));
        if until.is_none() && (self.until.is_some() || self.lasting.is_some()) {
            return None;
        }
        Some(Stretch {
            from,
            until,
            now: from <= now,
        })
    }
}

/// Whether a moment names a day.
const fn is_day(moment: &Moment) -> bool {
    moment.day.is_some() || moment.weekday.is_some()
}

/// The next day of that name, today among them.
fn named(mut date: Date, weekday: Weekday) -> Option<Date> {
    for _ in 0..7 {
        if date.weekday() == weekday {
            return Some(date);
        }
        date = date.tomorrow().ok()?;
    }
    None
}

fn day_of(moment: &Moment, today: Date) -> Option<Date> {
    match (moment.day, moment.weekday) {
        (Some(days), _) => today.checked_add(i64::from(days).days()).ok(),
        (None, Some(weekday)) => named(today, weekday),
        (None, None) => Some(today),
    }
}

fn at(day: Date, clock: i32, zone: &TimeZone) -> Option<Timestamp> {
    let time = Time::midnight()
        .checked_add(SignedDuration::from_secs(i64::from(clock)))
        .ok()?;
    zone.to_timestamp(day.to_datetime(time)).ok()
}

/// The end that a moment names: a day to its end, an hour of the day on which it begins.
fn end(
    moment: &Moment,
    from: Timestamp,
    first: Date,
    today: Date,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let day = if is_day(moment) {
        day_of(moment, today)?
    } else {
        first
    };
    let day = match moment.weekday {
        // “From Friday until Monday”: the Monday after that Friday.
        Some(weekday) if day < first => named(first, weekday)?,
        _ => day,
    };
    let Some(clock) = moment.clock else {
        return at(day.tomorrow().ok()?, 0, zone);
    };
    let plain = at(day, clock, zone)?;
    if plain > from {
        return Some(plain);
    }
    if moment.either_half && clock < HALF {
        let later = at(day, clock + HALF, zone)?;
        if later > from {
            return Some(later);
        }
    }
    if is_day(moment) {
        return Some(plain);
    }
    at(day.tomorrow().ok()?, clock, zone)
}

/// Reads the times of a sentence; what is left of its words, and what they say.
#[must_use]
pub fn read(tokens: &[Token], language: &Language) -> (Vec<Token>, Stay) {
    let reader = Reader {
        tokens,
        language,
        sure_only: false,
    };
    let mut stay = Stay::default();
    let mut left = Vec::new();
    let mut here = 0;
    while here < tokens.len() {
        match piece(&reader, here, &mut stay) {
            Some(next) if next > here => here = next,
            _ => {
                left.push(tokens[here].clone());
                here += 1;
            }
        }
    }
    (left, stay)
}

/// “A week”, where it is asked how long something lasts.
#[must_use]
pub fn bare(tokens: &[Token], language: &Language) -> Option<Stay> {
    let reader = Reader {
        tokens,
        language,
        sure_only: false,
    };
    let (seconds, end) = reader.span(0)?;
    #[expect(clippy::cast_possible_truncation, reason = "at most a year")]
    let lasting = Some(seconds.round() as i64);
    (end == tokens.len()).then_some(Stay {
        lasting,
        ..Stay::default()
    })
}

fn word<'a>(reader: &Reader<'a>, at: usize) -> &'a str {
    reader.tokens.get(at).map_or("", |token| &token.text)
}

/// A time that begins here; where it ends.
fn piece(reader: &Reader<'_>, at: usize, stay: &mut Stay) -> Option<usize> {
    // “this weekend”, “over the weekend”, “next week”
    let mut ahead = at;
    while reader.has(ahead, Hour::AroundWeek) && ahead < at + 3 {
        ahead += 1;
    }
    let span_before = reader.span(at + 1).is_some();
    if reader.is(ahead, Hour::Weekend) && !span_before {
        stay.week = Some(Week::End);
        return Some(ahead + 1);
    }
    if reader.is(ahead, Hour::Week) && ahead > at && reader.has(ahead - 1, Hour::Next) {
        stay.week = Some(Week::Next);
        return Some(ahead + 1);
    }
    if let Some(next) = range(reader, at, stay) {
        return Some(next);
    }
    if reader.is(at, Hour::For)
        && let Some((seconds, end)) = reader.span(at + 1)
    {
        #[expect(clippy::cast_possible_truncation, reason = "at most a year")]
        let seconds = seconds.round() as i64;
        stay.lasting = Some(seconds);
        return Some(end);
    }
    if reader.is(at, Hour::Until) || reader.has(at, Hour::Through) {
        let (moment, end) = moment(reader, at + 1)?;
        stay.until = Some(moment);
        return Some(end);
    }
    // “from tomorrow”, “starting on Friday”
    let opens = reader.is(at, Hour::From) || reader.has(at, Hour::Opens);
    let begins = if opens { at + 1 } else { at };
    if opens && reader.is(begins, Hour::Now) {
        return Some(begins + 1);
    }
    // An hour without a word before it is none: “for two” of something.
    let (moment, end) = if opens || reader.is(at, Hour::At) || reader.is(at, Hour::On) {
        moment(reader, begins)?
    } else {
        let mut moment = Moment::default();
        let mut end = reader.day(at, &mut moment)?;
        if reader.is(end, Hour::At) || word(reader, end).contains(':') {
            let skip = usize::from(reader.is(end, Hour::At));
            if range_of(reader, end + skip).is_none()
                && let Some(next) = reader.clock(end + skip, &mut moment, true)
            {
                end = next;
            }
        }
        (moment, end)
    };
    let mut moment = moment;
    if moment.day == Some(i32::MIN) {
        moment.day = None;
    }
    if let Some(known) = stay.from {
        moment.day = moment.day.or(known.day);
        moment.weekday = moment.weekday.or(known.weekday);
        moment.clock = moment.clock.or(known.clock);
    }
    stay.from = Some(moment);
    Some(end)
}

/// A day, an hour, or both, in any order.
fn moment(reader: &Reader<'_>, at: usize) -> Option<(Moment, usize)> {
    let mut moment = Moment::default();
    let mut end = at;
    while reader.is(end, Hour::At) || reader.is(end, Hour::The) && !reader.is(end, Hour::This) {
        end += 1;
    }
    end = reader.day(end, &mut moment).unwrap_or(end);
    if range_of(reader, end).is_some() {
        // “On Monday nine to five”: two hours, which are read together.
    } else if reader.is(end, Hour::At) {
        end = reader.clock(end + 1, &mut moment, true).unwrap_or(end);
    } else {
        end = reader.clock(end, &mut moment, true).unwrap_or(end);
    }
    if moment.day.is_none() && moment.weekday.is_none() {
        end = reader.day(end, &mut moment).unwrap_or(end);
    }
    if moment.day == Some(i32::MIN) {
        moment.day = None;
    }
    (moment != Moment::default()).then_some((moment, end))
}

/// “ten to noon”, “from 9:30 until 11”, “between two and four”.
fn range(reader: &Reader<'_>, at: usize, stay: &mut Stay) -> Option<usize> {
    let opens =
        reader.is(at, Hour::From) || reader.is(at, Hour::At) || reader.has(at, Hour::Between);
    let (from, until, end) = range_of(reader, at + usize::from(opens))?;
    let known = stay.from.unwrap_or_default();
    stay.from = Some(Moment {
        day: known.day,
        weekday: known.weekday,
        ..from
    });
    stay.until = Some(until);
    Some(end)
}

fn range_of(reader: &Reader<'_>, at: usize) -> Option<(Moment, Moment, usize)> {
    // “ten to twelve” are two hours here, and not ten minutes to noon.
    let one = [reader.tokens.get(at)?.clone()];
    let alone = Reader {
        tokens: &one,
        language: reader.language,
        sure_only: false,
    };
    let mut from = Moment::default();
    let mut end = at + alone.clock(0, &mut from, true)?;
    for half in [Hour::Am, Hour::Pm] {
        if reader.is(end, half) {
            let both = [one[0].clone(), reader.tokens[end].clone()];
            let marked = Reader {
                tokens: &both,
                language: reader.language,
                sure_only: false,
            };
            marked.clock(0, &mut from, true)?;
            end += 1;
            break;
        }
    }
    let joins = reader.is(end, Hour::To)
        || reader.is(end, Hour::Until)
        || reader.is(end, Hour::And)
        || word(reader, end) == "-";
    if !joins {
        return None;
    }
    let mut until = Moment::default();
    let end = reader.clock(end + 1, &mut until, true)?;
    for moment in [&mut from, &mut until] {
        moment.day = None;
    }
    // “two to four” in the afternoon, “nine to five” over noon.
    let (first, last) = (from.clock?, until.clock?);
    if from.either_half && until.either_half && first < EARLY && first < last {
        from.clock = Some(first + HALF);
        until.clock = Some(last + HALF);
        (from.either_half, until.either_half) = (false, false);
    } else if !until.either_half && until.clock? >= HALF && from.either_half && first + HALF < last
    {
        // “two to four pm”
        if first < EARLY {
            from.clock = Some(first + HALF);
        }
        from.either_half = false;
    } else {
        from.either_half = false;
    }
    Some((from, until, end))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::lang::Language;
    use crate::text;
    use jiff::{Timestamp, tz::TimeZone};

    /// On a Friday, at eight in the morning in Berlin.
    fn said(sentence: &str) -> String {
        let language = Language::english();
        let (left, stay) = read(&text::read(sentence, language).tokens, language);
        let left: Vec<_> = left.iter().map(|token| token.text.as_str()).collect();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-27T07:00:00Z".parse().unwrap();
        let show = |at: Timestamp| zone.to_datetime(at).strftime("%a %H:%M").to_string();
        let span = stay.stretch(now, &zone).map_or("?".to_owned(), |it| {
            let from = if it.now {
                "now".to_owned()
            } else {
                show(it.from)
            };
            let days = it
                .until
                .map(|until| until.duration_since(it.from).as_hours() / 24);
            let long = days
                .filter(|days| *days > 6)
                .map(|days| format!(" ({days} days)"));
            format!(
                "{from} - {}{}",
                it.until.map_or("?".to_owned(), show),
                long.unwrap_or_default()
            )
        });
        format!("{}: {span}", left.join(" "))
    }

    #[test]
    fn stretches_of_time_are_read() {
        for (sentence, expected) in [
            ("until Sunday", ": now - Mon 00:00"),
            ("until Sunday at noon", ": now - Sun 12:00"),
            (
                "for a week from tomorrow",
                ": Sat 00:00 - Sat 00:00 (7 days)",
            ),
            (
                "for a week starting tomorrow",
                ": Sat 00:00 - Sat 00:00 (7 days)",
            ),
            ("a week starting tomorrow", "a week: Sat 00:00 - Sun 00:00"),
            ("for two days", ": now - Sun 08:00"),
            (
                "plumber tomorrow ten to noon",
                "plumber: Sat 10:00 - Sat 12:00",
            ),
            (
                "plumber tomorrow ten to twelve",
                "plumber: Sat 10:00 - Sat 12:00",
            ),
            ("tomorrow from 2 to 4", ": Sat 14:00 - Sat 16:00"),
            (
                "tomorrow between two and four pm",
                ": Sat 14:00 - Sat 16:00",
            ),
            ("on Monday nine to five", ": Mon 09:00 - Mon 17:00"),
            ("tomorrow at 10", ": Sat 10:00 - ?"),
            ("tomorrow", ": Sat 00:00 - Sun 00:00"),
            ("this weekend", ": Sat 00:00 - Mon 00:00"),
            ("over the weekend", ": Sat 00:00 - Mon 00:00"),
            ("next week", ": Mon 00:00 - Mon 00:00 (7 days)"),
            ("from Friday until Monday", ": now - Tue 00:00"),
            ("from Saturday until Monday", ": Sat 00:00 - Tue 00:00"),
            ("until 6 pm", ": now - Fri 18:00"),
            ("until 7", ": now - Fri 19:00"),
            (
                "the stopcock is under the sink",
                "the stopcock is under the sink: now - ?",
            ),
        ] {
            assert_eq!(said(sentence), format!("{expected}"), "{sentence}");
        }
    }

    #[test]
    fn days_are_of_the_calendar_when_clocks_change() {
        let language = Language::english();
        let (_, stay) = read(&text::read("for two days", language).tokens, language);
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-10-24T10:00:00Z".parse().unwrap();
        let stretch = stay.stretch(now, &zone).unwrap();
        let until = zone.to_datetime(stretch.until.unwrap());
        assert_eq!(until.strftime("%a %H:%M").to_string(), "Mon 12:00");
    }
}
