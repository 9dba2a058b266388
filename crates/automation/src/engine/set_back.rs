//! A clock that was set back: what waits for a span of time waits no longer than it says.

use super::run::Waits;
use super::{Engine, fights};
use jiff::SignedDuration;
use model::Now;

/// Less than this is the clock being kept right, and is waited out.
const NOTICED: SignedDuration = SignedDuration::from_secs(10);

/// A clock that is set back further was wrong: times of the day are looked for anew. Where it is set back by
/// less, what has come today does not come again.
const WRONG: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    /// Looks at the clock, and moves everything that is due when it was set back.
    pub(crate) fn mind_the_clock(&mut self, now: Now) {
        let Some(last) = self.looked.replace(now) else {
            return;
        };
        // Only that a fast house went on for a moment is not known; its clock is not set back.
        let passed = SignedDuration::try_from(now.steady.saturating_sub(last.steady));
        let back = last.house.duration_since(now.house);
        if back < NOTICED {
            return;
        }
        let by = passed.map_or(back, |passed| back.saturating_add(passed));
        for thread in self.runs.values_mut().flat_map(|run| &mut run.threads) {
            if let Waits::Time(at) | Waits::Condition(at) | Waits::Person(at) = &mut thread.waits {
                *at = at.checked_sub(by).unwrap_or(*at);
            }
            let asked = thread.asked.as_mut().map(|asked| &mut asked.until);
            for at in thread.looks.iter_mut().chain(asked) {
                *at = at.checked_sub(by).unwrap_or(*at);
            }
        }
        self.schedule.set_back(by);
        // What history said, and who set what, was before a time that is yet to come.
        self.answers.clear();
        self.answers_at = None;
        self.fights = fights::Fights::default();
        if by >= WRONG {
            for rule in self.rules.values() {
                if rule.document.enabled {
                    self.schedule
                        .look_anew(&rule.document, &self.setting, now.house);
                }
            }
        }
        crate::telemetry::set_back(by);
    }
}
