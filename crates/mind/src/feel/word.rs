//! The word for a feeling, which does not flap: it changes at once where things are clearly worse, and
//! otherwise only when the change has lasted.

use super::Label;
use super::sum::Tone;
use super::table::BASELINE;

/// Measurements count by their average over about so long, in seconds.
pub const SMOOTH: f64 = 30.0 * 60.0;

/// What is clear and no worse than before must last so long before the word follows it, in seconds.
/// Only what is clearly worse is said at once.
pub const EASE: f64 = 3_600.0;

/// What is not clear must last so long before the word follows it, in seconds.
pub const HOLD: f64 = 2.0 * 3_600.0;

/// So long too little must be known before the house is unsure, in seconds: after a restart devices have
/// to speak first.
pub const LOST: f64 = 900.0;

/// The limits between words.
pub mod limit {
    /// Below this confidence the house is unsure, where it was not.
    pub const UNSURE: f64 = 0.12;
    /// From this confidence on it is sure, where it was not.
    pub const SURE: f64 = 0.2;
    /// How much must hurt for pain.
    pub const PAIN: f64 = 0.08;
    /// How much must be bad for a worry.
    pub const TROUBLE: f64 = 0.07;
    /// Below this valence there is a worry whatever it is.
    pub const LOW: f64 = -0.05;
    /// From this valence on it is happy.
    pub const HAPPY: f64 = 0.325;
    /// From this arousal on trouble is stress.
    pub const STRESS: f64 = 0.34;
    /// From this arousal on joy is excitement.
    pub const EXCITED: f64 = 0.2;
    /// From this much quiet on contentment is boredom.
    pub const QUIET: f64 = 0.5;
    /// With less than this that is bad, no word of trouble is held.
    pub const NOTHING: f64 = 0.005;
    /// How far past a limit of valence is clear.
    pub const MARGIN: f64 = 0.03;
    /// How far past a limit of arousal or quiet is clear.
    pub const WIDE_MARGIN: f64 = 0.1;
}

/// The word, and what it needs to know of before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Word {
    /// The word.
    pub label: Label,
    /// Since when, in seconds; `None` before anything was felt.
    pub since: Option<f64>,
    /// Since when another word would fit, though not clearly.
    doubt: Option<f64>,
    /// Since when too little is known.
    lost: Option<f64>,
    /// When it was last looked at.
    at: f64,
    measured: f64,
    measured_bad: f64,
    /// Whether it is from before a restart, and was not looked at since.
    resumed: bool,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            label: Label::Unsure,
            since: None,
            doubt: None,
            lost: None,
            at: 0.0,
            measured: 0.0,
            measured_bad: 0.0,
            resumed: false,
        }
    }
}

impl Word {
    /// Takes up a word that was kept, such as that from before a restart. It is held only where the
    /// first look finds it still true, within its margins; what was felt before is no reason for now.
    #[must_use]
    pub fn resumed(label: Label, since: f64) -> Self {
        Self {
            label,
            since: Some(since),
            at: since,
            resumed: true,
            ..Self::default()
        }
    }

    /// The word after one more look at `now`, in seconds.
    pub fn look(&mut self, tone: &Tone, now: f64) {
        let sure = if self.label == Label::Unsure {
            tone.confidence >= limit::SURE
        } else {
            tone.confidence >= limit::UNSURE
        };
        if !sure {
            let lost = now - *self.lost.get_or_insert(now);
            let groundless = self.resumed && choose(tone, Some(self.label)) != self.label;
            if self.label == Label::Unsure || lost >= LOST || groundless {
                self.become_(Label::Unsure, now);
            }
            return;
        }
        self.lost = None;
        // The first measurements are taken as they are: there is no average yet.
        let first = self.label == Label::Unsure || self.resumed;
        let share = if first {
            1.0
        } else {
            1.0 - (-(now - self.at).max(0.0) / SMOOTH).exp()
        };
        self.measured += (tone.measured - self.measured) * share;
        self.measured_bad += (tone.measured_bad - self.measured_bad) * share;
        self.at = now;
        let even = Tone {
            measured: self.measured,
            measured_bad: self.measured_bad,
            ..*tone
        };
        let fits = choose(&even, None);
        let groundless =
            trouble(self.label) > 0 && even.steady_bad + even.measured_bad < limit::NOTHING;
        if self.label == Label::Unsure || groundless {
            self.become_(fits, now);
        } else if std::mem::take(&mut self.resumed) {
            if choose(&even, Some(self.label)) != self.label {
                self.become_(fits, now);
            }
        } else if fits == self.label {
            self.doubt = None;
        } else {
            let lasted = now - *self.doubt.get_or_insert(now);
            let clear = choose(&even, Some(self.label)) != self.label;
            let needed = match clear {
                true if trouble(fits) > trouble(self.label) => 0.0,
                true => EASE,
                false => HOLD,
            };
            if lasted >= needed {
                self.become_(fits, now);
            }
        }
    }

    fn become_(&mut self, label: Label, now: f64) {
        self.doubt = None;
        self.resumed = false;
        if self.label != label || self.since.is_none() {
            self.label = label;
            self.since = Some(now);
        }
    }
}

/// How much trouble a word speaks of.
const fn trouble(label: Label) -> u8 {
    match label {
        Label::Stressed => 3,
        Label::Pain => 2,
        Label::Worried => 1,
        _ => 0,
    }
}

/// The word that fits. With the word that holds, its limits are drawn wider by the margin, so that
/// only what is clearly past them leaves it.
fn choose(tone: &Tone, holds: Option<Label>) -> Label {
    use Label::{Bored, Content, Excited, Happy, Pain, Stressed, Worried};
    let past = |value: f64, limit: f64, margin: f64, above: &[Label]| {
        let margin = match holds {
            None => 0.0,
            Some(label) if above.contains(&label) => -margin,
            Some(_) => margin,
        };
        value >= limit + margin
    };
    let valence = BASELINE + tone.steady + tone.measured;
    let trouble = tone.steady_bad + tone.measured_bad;
    let troubled = [Pain, Stressed, Worried];
    if past(trouble, limit::TROUBLE, limit::MARGIN, &troubled)
        || past(-valence, -limit::LOW, limit::MARGIN, &troubled)
    {
        if past(
            tone.arousal,
            limit::STRESS,
            limit::WIDE_MARGIN / 2.0,
            &[Stressed],
        ) {
            Stressed
        } else if past(tone.hurts, limit::PAIN, limit::MARGIN, &[Pain]) {
            Pain
        } else {
            Worried
        }
    } else if past(valence, limit::HAPPY, limit::MARGIN, &[Happy, Excited]) {
        if past(
            tone.arousal,
            limit::EXCITED,
            limit::WIDE_MARGIN / 2.0,
            &[Excited],
        ) {
            Excited
        } else {
            Happy
        }
    } else if past(tone.quiet, limit::QUIET, limit::WIDE_MARGIN, &[Bored]) {
        Bored
    } else {
        Content
    }
}

#[cfg(test)]
mod tests {
    use super::{EASE, HOLD, Label, Tone, Word};

    /// A house that is well, with so much trouble.
    fn tone(trouble: f64) -> Tone {
        Tone {
            steady: 0.28 - trouble,
            steady_bad: trouble,
            arousal: 0.1,
            confidence: 0.9,
            ..Tone::default()
        }
    }

    #[test]
    fn a_word_from_before_a_restart_is_held_only_where_it_is_still_true() {
        let mut word = Word::resumed(Label::Stressed, 0.0);
        word.look(&tone(0.0), 10.0);
        assert_eq!((word.label, word.since), (Label::Content, Some(10.0)));
        let mut word = Word::resumed(Label::Worried, 0.0);
        word.look(&tone(0.06), 10.0);
        assert_eq!(
            (word.label, word.since),
            (Label::Worried, Some(0.0)),
            "within the margin"
        );
        let mut word = Word::resumed(Label::Content, 0.0);
        word.look(&tone(0.2), 10.0);
        assert_eq!(word.label, Label::Worried);
    }

    #[test]
    fn where_nothing_is_known_after_a_restart_trouble_is_not_made_up() {
        let unknown = Tone {
            confidence: 0.05,
            ..Tone::default()
        };
        let mut word = Word::resumed(Label::Stressed, 0.0);
        word.look(&unknown, 10.0);
        assert_eq!(word.label, Label::Unsure);
        let mut word = Word::resumed(Label::Content, 0.0);
        word.look(&unknown, 10.0);
        assert_eq!(word.label, Label::Content, "devices have to speak first");
        word.look(&tone(0.0), 20.0);
        assert_eq!((word.label, word.since), (Label::Content, Some(0.0)));
    }

    #[test]
    fn no_word_of_trouble_outlives_all_that_is_bad() {
        let mut word = Word::default();
        word.look(&tone(0.2), 0.0);
        assert_eq!(word.label, Label::Worried);
        word.look(&tone(0.02), 60.0);
        assert_eq!(word.label, Label::Worried, "what is better is said slowly");
        word.look(&tone(0.0), 120.0);
        assert_eq!(word.label, Label::Content);
        const { assert!(EASE < HOLD) };
    }
}
