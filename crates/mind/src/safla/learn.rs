//! Learn: what is remembered for the next turns, and the slow average of what is felt. Pure.

use super::recall::{Draw, Recall};
use super::rhythm::Rhythm;
use super::sense::{Sensed, seconds};
use crate::detect::{RUNS, demand, keeps_cold};
use crate::feel::table::lasting;
use model::Timestamp;
use serde::{Deserialize, Serialize};

/// Mood is the average of what is felt over about so long, in seconds.
pub const MOOD: f64 = 24.0 * 3_600.0;

/// The slow average of what was felt.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Mood {
    /// From -1 to 1; `None` before anything was felt.
    pub valence: Option<f64>,
    /// From 0 to 1; `None` before anything was felt.
    pub arousal: Option<f64>,
    /// When it was last moved, in house time.
    pub at: Option<Timestamp>,
}

impl Mood {
    /// One more feeling. One that is founded on nothing moves nothing.
    pub fn feel(&mut self, valence: f64, arousal: f64, sure: bool, now: Timestamp) {
        let passed = self.at.map_or(0.0, |at| seconds(at, now).max(0.0));
        self.at = Some(now);
        if !sure {
            return;
        }
        let share = 1.0 - (-passed / MOOD).exp();
        let moved = |slow: Option<f64>, now: f64| {
            Some(slow.map_or(now, |slow| slow + (now - slow) * share))
        };
        self.valence = moved(self.valence, valence);
        self.arousal = moved(self.arousal, arousal);
    }
}

/// Learns from what is sensed.
pub fn learn_from(sensed: &Sensed, recall: &mut Recall) {
    let now = sensed.at;
    recall.listening_since.get_or_insert(now);
    recall
        .returned
        .retain(|_, back| seconds(*back, now) < lasting::TRUST);
    for thing in &sensed.things {
        let id = thing.id();
        if keeps_cold(thing)
            && let Some((watts, reading)) = thing.number("ElectricalPowerMeasurement", "power")
            && watts >= RUNS
        {
            let draw = recall.cold.entry(id).or_insert(Draw {
                last: reading.at,
                pauses: Rhythm::default(),
            });
            draw.drew(reading.at);
        }
        match demand(thing, recall.demands.get(&id), now) {
            Some(demand) => {
                recall.demands.insert(id, demand);
            }
            None => {
                recall.demands.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mood;
    use jiff::SignedDuration;
    use model::Timestamp;

    #[test]
    fn mood_is_slow_and_moved_only_by_what_is_founded() {
        let start = Timestamp::from_second(1_790_000_000).unwrap();
        let mut mood = Mood::default();
        mood.feel(-0.5, 0.5, false, start);
        assert_eq!(mood.valence, None);
        mood.feel(0.3, 0.1, true, start);
        assert_eq!(mood.valence, Some(0.3));
        mood.feel(-0.5, 0.5, true, start + SignedDuration::from_mins(5));
        assert!(mood.valence.is_some_and(|valence| valence > 0.29));
        for hour in 1..=72 {
            mood.feel(-0.5, 0.5, true, start + SignedDuration::from_hours(hour));
        }
        assert!(mood.valence.is_some_and(|valence| valence < -0.4));
    }
}
