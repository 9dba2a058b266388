//! How often something speaks or changes, learned by listening.

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// The rhythm of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rhythm {
    /// The last time, in microseconds since 1970; 0 where there was none.
    last: i64,
    /// The first time, in microseconds since 1970.
    first: i64,
    /// How many pauses were seen.
    pub count: u32,
    /// About the longest usual pause, in seconds: a longer one raises it at once, shorter ones lower it
    /// slowly.
    pub longest: f64,
}

/// How many pauses it takes until a rhythm is known.
const KNOWN: u32 = 20;

/// And for how long it must have been listened to, in microseconds: a night belongs to it.
const LISTENED: i64 = 24 * 3_600 * 1_000_000;

/// How much of the way to a shorter pause each shorter pause goes.
const FORGET: f64 = 0.002;

/// Pauses longer than this are breaks of the house, and no rhythm, in seconds.
const BREAK: f64 = 14.0 * 86_400.0;

impl Rhythm {
    /// It spoke.
    pub fn beat(&mut self, at: Timestamp) {
        let at = at.as_microsecond();
        if self.first == 0 {
            self.first = at;
        }
        let last = self.last;
        self.last = at.max(last);
        if last == 0 || at <= last {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a pause")]
        let pause = (at - last) as f64 / 1e6;
        if pause > BREAK {
            return;
        }
        self.count = self.count.saturating_add(1);
        if pause > self.longest {
            self.longest = pause;
        } else {
            self.longest -= (self.longest - pause) * FORGET;
        }
    }

    /// What was heard before is no longer the last: a pause that the house itself made does not count.
    pub fn interrupted(&mut self) {
        self.last = 0;
    }

    /// The longest pause that is still in its rhythm, in seconds; `None` while the rhythm is not known.
    #[must_use]
    pub fn allows(&self, times: f64, least: f64) -> Option<f64> {
        let known = self.count >= KNOWN && self.last - self.first >= LISTENED;
        known.then(|| (self.longest * times).max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::Rhythm;
    use model::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_is_known_after_a_day_and_remembers_the_longest_pause() {
        let mut rhythm = Rhythm::default();
        for beat in 0..24 * 60 {
            rhythm.beat(at(beat * 60));
        }
        assert_eq!(rhythm.allows(4.0, 0.0), None, "less than a day");
        rhythm.beat(at(24 * 3_600));
        assert!(
            rhythm
                .allows(4.0, 0.0)
                .is_some_and(|allowed| (239.0..241.0).contains(&allowed))
        );
        rhythm.beat(at(25 * 3_600));
        assert!(
            rhythm
                .allows(1.0, 0.0)
                .is_some_and(|allowed| allowed > 3_500.0)
        );
        assert_eq!(rhythm.allows(1.0, 7_200.0), Some(7_200.0));
    }

    #[test]
    fn some_pauses_are_too_few() {
        let mut rhythm = Rhythm::default();
        for beat in 0..10 {
            rhythm.beat(at(beat * 86_400));
        }
        assert_eq!(rhythm.allows(1.0, 0.0), None);
    }

    #[test]
    fn a_pause_that_the_house_made_does_not_count() {
        let mut rhythm = Rhythm::default();
        rhythm.beat(at(0));
        rhythm.interrupted();
        rhythm.beat(at(90_000));
        assert_eq!(rhythm.count, 0);
        rhythm.beat(at(90_060));
        assert!((rhythm.longest - 60.0).abs() < 1e-9);
    }
}
