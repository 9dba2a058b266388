//! Whether the house may begin to speak now, and of what.

use super::{About, Book, Row};
use crate::personality::Proactivity;
use jiff::{SignedDuration, civil::Time, tz::TimeZone};
use model::Timestamp;

/// Something that could be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What makes it the same when it is found again.
    pub key: String,
    /// What it is about.
    pub about: About,
    /// The words.
    pub text: String,
    /// Answers to choose from.
    pub choices: Vec<String>,
    /// The rows behind it.
    pub rows: Vec<Row>,
    /// How much it presses: 0 when there is time, 1 in the next days, 2 today, 3 now.
    pub presses: u8,
}

impl Candidate {
    /// Whether it breaks quiet hours.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        self.presses >= 3
    }
}

/// How much is said by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A concern that presses less is not spoken of.
    pub least: u8,
    /// The most openings in 24 hours, besides what presses now and questions of rules.
    pub a_day: usize,
    /// The pause between two of them.
    pub gap: SignedDuration,
    /// Whether there is a good morning.
    pub morning: bool,
}

/// How often what presses now, and rules, may speak in 24 hours.
const MOST_URGENT: usize = 30;

/// The pause between two of those.
const CLOSEST: SignedDuration = SignedDuration::from_secs(20);

/// As long as something waits for an answer, nothing else that does not press is begun; for so long.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// How much a house of that proactivity says by itself.
#[must_use]
pub const fn limits(proactivity: Proactivity) -> Limits {
    let (least, a_day, minutes, morning) = match proactivity {
        Proactivity::Off => (3, 0, 0, false),
        Proactivity::Low => (2, 2, 180, false),
        Proactivity::Normal => (2, 5, 30, true),
        Proactivity::High => (1, 12, 10, true),
    };
    Limits {
        least,
        a_day,
        gap: SignedDuration::from_mins(minutes),
        morning,
    }
}

/// Of what the house begins to speak now; `None` where it keeps silent.
#[must_use]
pub fn decide<'c>(
    book: &Book,
    candidates: &'c [Candidate],
    proactivity: Proactivity,
    is_quiet: bool,
    now: Timestamp,
) -> Option<&'c Candidate> {
    let limits = limits(proactivity);
    let day = now - SignedDuration::from_hours(24);
    let free = |opening: &&super::Opening| {
        opening.urgent || matches!(opening.about, About::Question { .. })
    };
    let of_the_day = book.openings.iter().filter(|opening| opening.at > day);
    let pressing = of_the_day.clone().filter(free).count();
    let others = of_the_day.clone().filter(|one| !free(one)).count();
    let last = |some: &dyn Fn(&&super::Opening) -> bool| {
        book.openings
            .iter()
            .filter(|one| some(one))
            .map(|opening| opening.at)
            .max()
    };
    let (last_free, last_other) = (last(&|one| free(one)), last(&|one| !free(one)));
    let since =
        |last: Option<Timestamp>| last.map_or(SignedDuration::MAX, |last| now.duration_since(last));
    let waits = book
        .open()
        .filter(|opening| !matches!(opening.about, About::Mended { .. }))
        .any(|opening| now.duration_since(opening.at) < PATIENCE);
    let may = |candidate: &&Candidate| {
        let is_new = book.spoken.get(&candidate.key).is_none_or(|spoken| {
            candidate.presses > spoken.presses || spoken.again.is_some_and(|again| again <= now)
        });
        // Nothing that waits already is said beside itself.
        let is_open = book
            .open()
            .any(|opening| opening.key == candidate.key && is_as_pressing(book, candidate));
        if !is_new || is_open {
            return false;
        }
        // Whoever asked to be reminded is reminded.
        let asked_for = book
            .spoken
            .get(&candidate.key)
            .is_some_and(|spoken| spoken.again.is_some());
        match candidate.about {
            _ if candidate.is_urgent() => pressing < MOST_URGENT && since(last_free) >= CLOSEST,
            About::Question { .. } => pressing < MOST_URGENT && since(last_free) >= CLOSEST,
            About::Concern { .. } => {
                !is_quiet
                    && (asked_for
                        || candidate.presses >= limits.least
                            && others < limits.a_day
                            && since(last_other) >= limits.gap
                            && !waits)
            }
            About::Visit { .. } => {
                !is_quiet
                    && limits.a_day > 0
                    && others < limits.a_day
                    && since(last_other) >= CLOSEST
            }
            // Good news is short, and wants no answer.
            About::Mended { .. } => {
                !is_quiet && others < limits.a_day && since(last_other) >= CLOSEST
            }
            About::Morning => {
                limits.morning && !is_quiet && others < limits.a_day && since(last_other) >= CLOSEST
            }
        }
    };
    candidates.iter().filter(may).max_by_key(|candidate| {
        (
            candidate.presses,
            matches!(candidate.about, About::Question { .. }),
        )
    })
}

fn is_as_pressing(book: &Book, candidate: &Candidate) -> bool {
    book.spoken
        .get(&candidate.key)
        .is_some_and(|spoken| spoken.presses >= candidate.presses)
}

/// Whether it is time for the good morning: at `at` where a time is set, else when somebody is up, between
/// five and noon; once a day. The day it is, where it is.
#[must_use]
pub fn is_morning(
    book: &Book,
    at: Option<Time>,
    up: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<i64> {
    let local = zone.to_datetime(now);
    let (time, date) = (local.time(), local.date());
    let day = i64::from(date.year()) * 366 + i64::from(date.day_of_year());
    if book.morning.is_some_and(|last| last >= day) || time >= NOON {
        return None;
    }
    let due = match at {
        Some(at) => time >= at,
        None => {
            time >= FIVE
                && up.is_some_and(|up| {
                    let up = zone.to_datetime(up);
                    up.date() == date && up.time() >= FIVE
                })
        }
    };
    due.then_some(day)
}

const FIVE: Time = Time::constant(5, 0, 0, 0);
const NOON: Time = Time::constant(12, 0, 0, 0);

#[cfg(test)]
mod tests {
    use super::super::{About, Book, Opening, Spoken, State};
    use super::{Candidate, decide, is_morning};
    use crate::personality::Proactivity::{self, High, Low, Normal, Off};
    use jiff::{SignedDuration, tz::TimeZone};
    use model::{ConcernId, ConversationId, RunId, Timestamp};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_mins(minutes)
    }

    fn concern(key: &str, presses: u8) -> Candidate {
        Candidate {
            key: key.into(),
            about: About::Concern {
                concern: ConcernId::new(),
            },
            text: key.into(),
            choices: Vec::new(),
            rows: Vec::new(),
            presses,
        }
    }

    fn question(key: &str) -> Candidate {
        Candidate {
            about: About::Question {
                run: RunId::new(),
                thread: 0,
                until: at(600),
            },
            ..concern(key, 2)
        }
    }

    fn said(book: &mut Book, candidate: &Candidate, now: Timestamp, state: State) {
        let opening = Opening {
            conversation: ConversationId::new(),
            key: candidate.key.clone(),
            about: candidate.about.clone(),
            text: candidate.text.clone(),
            choices: Vec::new(),
            rows: Vec::new(),
            urgent: candidate.is_urgent(),
            at: now,
            state,
            answer: None,
        };
        book.speak(opening, candidate.presses);
    }

    fn picked(
        book: &Book,
        all: &[Candidate],
        how: Proactivity,
        quiet: bool,
        now: i64,
    ) -> Option<String> {
        decide(book, all, how, quiet, at(now)).map(|it| it.key.clone())
    }

    #[test]
    fn what_presses_most_comes_first_and_nothing_twice() {
        let mut book = Book::default();
        let all = [
            concern("door", 2),
            concern("leak", 3),
            concern("battery", 1),
        ];
        assert_eq!(
            picked(&book, &all, Normal, false, 0).as_deref(),
            Some("leak")
        );
        said(&mut book, &all[1], at(0), State::Answered);
        assert_eq!(
            picked(&book, &all, Normal, false, 1).as_deref(),
            Some("door")
        );
        said(&mut book, &all[0], at(1), State::Answered);
        // The battery is not worth a word at this proactivity.
        assert_eq!(picked(&book, &all, Normal, false, 600), None);
        assert_eq!(
            picked(&book, &all, High, false, 600).as_deref(),
            Some("battery")
        );
        // The door presses more.
        let more = [concern("door", 3)];
        assert_eq!(
            picked(&book, &more, Normal, false, 2).as_deref(),
            Some("door")
        );
    }

    #[test]
    fn quiet_hours_hold_all_but_what_presses_now() {
        let book = Book::default();
        let all = [concern("door", 2)];
        assert_eq!(picked(&book, &all, High, true, 0), None);
        assert_eq!(
            picked(&book, &[concern("smoke", 3)], Off, true, 0).as_deref(),
            Some("smoke")
        );
        assert_eq!(
            picked(&book, &[question("rule")], Off, true, 0).as_deref(),
            Some("rule")
        );
    }

    #[test]
    fn there_is_a_pause_and_a_most_a_day() {
        for (how, most) in [(Off, 0), (Low, 2), (Normal, 5), (High, 12)] {
            let mut book = Book::default();
            let mut count = 0;
            for minute in 0..24 * 60 {
                let all = [concern(&format!("c{count}"), 2)];
                if let Some(one) = decide(&book, &all, how, false, at(minute)) {
                    let one = one.clone();
                    said(&mut book, &one, at(minute), State::Answered);
                    count += 1;
                }
            }
            assert_eq!(count, most, "{how:?}");
            let gaps = book
                .openings
                .windows(2)
                .map(|two| two[1].at.duration_since(two[0].at));
            let least = super::limits(how).gap;
            assert!(gaps.into_iter().all(|gap| gap >= least), "{how:?}");
        }
    }

    #[test]
    fn what_waits_for_an_answer_is_not_crowded() {
        let mut book = Book::default();
        let first = concern("door", 2);
        said(&mut book, &first, at(0), State::Open);
        assert_eq!(
            picked(&book, &[concern("window", 2)], High, false, 60),
            None
        );
        assert_eq!(
            picked(&book, &[concern("window", 2)], High, false, 121).as_deref(),
            Some("window")
        );
        assert_eq!(
            picked(&book, &[question("rule")], Normal, false, 60).as_deref(),
            Some("rule")
        );
    }

    #[test]
    fn who_asked_to_be_reminded_is_reminded_once() {
        let mut book = Book::default();
        let door = concern("door", 2);
        said(&mut book, &door, at(0), State::PutOff);
        book.spoken.insert(
            "door".into(),
            Spoken {
                at: at(0),
                presses: 2,
                again: Some(at(60)),
            },
        );
        let all = [door.clone()];
        assert_eq!(picked(&book, &all, Low, false, 59), None);
        assert_eq!(picked(&book, &all, Low, false, 60).as_deref(), Some("door"));
        said(&mut book, &door, at(60), State::Open);
        assert_eq!(picked(&book, &all, Low, false, 61), None);
    }

    #[test]
    fn the_morning_comes_once_a_day_when_somebody_is_up() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut book = Book::default();
        let morning = |book: &Book, at: Option<jiff::civil::Time>, up: Option<&str>, now: &str| {
            is_morning(book, at, up.map(time), time(now), &zone)
        };
        let now = "2026-11-24T06:10:00Z";
        assert_eq!(morning(&book, None, None, now), None);
        assert_eq!(
            morning(&book, None, Some("2026-11-24T02:00:00Z"), now),
            None,
            "that was the night"
        );
        let day = morning(&book, None, Some("2026-11-24T06:09:00Z"), now);
        assert!(day.is_some());
        assert!(morning(&book, Some(jiff::civil::time(7, 0, 0, 0)), None, now).is_some());
        assert_eq!(
            morning(&book, Some(jiff::civil::time(7, 30, 0, 0)), None, now),
            None
        );
        book.morning = day;
        assert_eq!(
            morning(&book, None, Some("2026-11-24T06:09:00Z"), now),
            None
        );
        assert!(
            morning(
                &book,
                None,
                Some("2026-11-25T06:09:00Z"),
                "2026-11-25T06:10:00Z"
            )
            .is_some()
        );
        assert_eq!(
            morning(
                &book,
                None,
                Some("2026-11-25T11:30:00Z"),
                "2026-11-25T11:31:00Z"
            ),
            None
        );
    }
}
