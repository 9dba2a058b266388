//! The life of an alert: it fires when its condition held for a while, and is over when it did not for
//! another. What is not known changes nothing.

use model::Timestamp;
use std::time::Duration;

/// How a rule's condition went so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Watch {
    holds_since: Option<Timestamp>,
    over_since: Option<Timestamp>,
    pub(super) fires: bool,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Fires,
    IsOver,
}

impl Watch {
    /// One that fires already.
    pub(super) const fn firing() -> Self {
        Self {
            holds_since: None,
            over_since: None,
            fires: true,
        }
    }

    /// Takes a look at the condition.
    pub(super) fn look(
        &mut self,
        holds: Option<bool>,
        now: Timestamp,
        (wait, keep): (Duration, Duration),
    ) -> Option<Turn> {
        let passed = |since: Timestamp, long: Duration| {
            now.duration_since(since).as_secs_f64() >= long.as_secs_f64()
        };
        match holds? {
            true => {
                self.over_since = None;
                let since = *self.holds_since.get_or_insert(now);
                (!self.fires && passed(since, wait)).then(|| {
                    self.fires = true;
                    Turn::Fires
                })
            }
            false => {
                self.holds_since = None;
                if !self.fires {
                    return None;
                }
                let since = *self.over_since.get_or_insert(now);
                passed(since, keep).then(|| {
                    *self = Self::default();
                    Turn::IsOver
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Turn, Watch};
    use model::Timestamp;
    use std::time::Duration;

    fn turns(looks: &[(i64, Option<bool>)], wait: u64, keep: u64) -> Vec<(i64, Turn)> {
        let mut watch = Watch::default();
        let times = (Duration::from_secs(wait), Duration::from_secs(keep));
        looks
            .iter()
            .filter_map(|(second, holds)| {
                let now = Timestamp::from_second(*second).expect("a time");
                Some((*second, watch.look(*holds, now, times)?))
            })
            .collect()
    }

    #[test]
    fn it_fires_once_and_is_over_once() {
        let (yes, no) = (Some(true), Some(false));
        let looks = [(0, yes), (5, yes), (10, yes), (15, no), (20, no), (25, yes)];
        assert_eq!(
            turns(&looks, 0, 0),
            [(0, Turn::Fires), (15, Turn::IsOver), (25, Turn::Fires)]
        );
        // What lasts too short never fires, and what comes back soon enough was never over.
        assert_eq!(turns(&looks, 10, 60), [(10, Turn::Fires)]);
        assert_eq!(turns(&looks, 60, 0), []);
        let flapping: Vec<_> = (0..100).map(|at| (at, Some(at % 2 == 0))).collect();
        assert_eq!(turns(&flapping, 0, 30), [(0, Turn::Fires)]);
        assert_eq!(turns(&flapping, 5, 0), []);
    }

    #[test]
    fn what_is_not_known_changes_nothing() {
        let looks = [(0, Some(true)), (5, None), (100, None), (105, Some(false))];
        assert_eq!(turns(&looks, 0, 0), [(0, Turn::Fires), (105, Turn::IsOver)]);
        assert_eq!(turns(&[(0, None), (99, None)], 0, 0), []);
    }
}
