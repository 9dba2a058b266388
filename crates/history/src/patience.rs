//! A wall clock that jumps must not make the house forget: retention waits until it has proven
//! itself. Pure.

use crate::calendar::plus;
use model::{Now, Timestamp};
use std::time::Duration;

/// A jump ahead of more than this is suspicious.
const JUMP: i64 = 2 * 86_400_000_000;

/// For so long, by the machine's steady clock, nothing is forgotten then.
const WAIT: Duration = Duration::from_secs(24 * 3_600);

/// Watches the house's clock.
#[derive(Debug)]
pub(crate) struct Patience {
    /// What time it was at the last look, and when that was.
    last: Option<(Timestamp, Duration)>,
    /// When what is old may be forgotten again.
    resumes: Duration,
}

impl Patience {
    /// `last_kept` is the house time of what was kept before the start.
    pub(crate) fn new(last_kept: Option<Timestamp>, started: Duration) -> Self {
        Self {
            last: last_kept.map(|at| (at, started)),
            resumes: Duration::ZERO,
        }
    }

    /// Whether what is old by this clock may be forgotten. A house that stood still for longer than
    /// two days waits a day too: nothing is lost by that.
    pub(crate) fn allows(&mut self, now: Now) -> bool {
        if let Some((house, steady)) = self.last {
            let passed = now.steady.saturating_sub(steady).as_micros();
            let expected = plus(house, i64::try_from(passed).unwrap_or(i64::MAX));
            if now.house > plus(expected, JUMP) {
                self.resumes = now.steady + WAIT;
            } else if now.house < plus(house, -JUMP) {
                // It came back: what it said before was wrong.
                self.resumes = Duration::ZERO;
            }
        }
        self.last = Some((now.house, now.steady));
        now.steady >= self.resumes
    }
}

#[cfg(test)]
mod tests {
    use super::Patience;
    use model::{Now, Timestamp};
    use std::time::Duration;

    fn now(day: i64, hour: u64) -> Now {
        let house = Timestamp::from_second(1_760_000_000 + day * 86_400).unwrap();
        Now::new(house, Duration::from_secs(hour * 3_600))
    }

    #[test]
    fn a_jump_is_waited_out() {
        let mut patience = Patience::new(Some(now(0, 0).house), Duration::ZERO);
        assert!(patience.allows(now(1, 0)), "a day away is nothing");
        assert!(!patience.allows(now(3_650, 1)), "ten years are");
        assert!(!patience.allows(now(3_650, 20)));
        assert!(patience.allows(now(1, 21)), "it came back");
        assert!(!patience.allows(now(400, 22)));
        assert!(patience.allows(now(401, 46)), "it is really that late");
        assert!(patience.allows(now(402, 70)));
    }

    #[test]
    fn a_new_house_has_nothing_to_lose() {
        assert!(Patience::new(None, Duration::ZERO).allows(now(0, 0)));
    }
}
