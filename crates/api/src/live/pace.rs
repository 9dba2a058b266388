//! When the next delta may go: at once while little happens, gathered while much does.

use std::time::Duration;
use tokio::time::Instant;

/// So many events go out one by one, and so many more each second; each costs a message to every
/// reader.
const BURST: f64 = 250.0;
const RATE: f64 = 500.0;
/// The least time between two deltas past that.
const GATHER: Duration = Duration::from_millis(50);

/// Counts what happens, and says when to tell it.
#[derive(Debug)]
pub(super) struct Pace {
    room: f64,
    filled: Instant,
    /// Not before this.
    next: Instant,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            room: BURST,
            filled: now,
            next: now,
        }
    }

    /// So many events came.
    pub(super) fn count(&mut self, events: usize, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        let events = u32::try_from(events).map_or(BURST, f64::from);
        self.room = (self.room + passed * RATE).min(BURST) - events;
        self.room = self.room.max(0.0);
        self.filled = now;
    }

    /// A delta went.
    pub(super) fn told(&mut self, now: Instant) {
        self.next = if self.room >= 1.0 { now } else { now + GATHER };
    }

    /// Waits until the next may go. A timer is only as exact as a millisecond, so none is used where
    /// there is nothing to wait for.
    pub(super) async fn due(&self) {
        if self.next > Instant::now() {
            tokio::time::sleep_until(self.next).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::Duration;
    use tokio::time::Instant;

    /// The deltas of a second in which so many events come evenly, after another such second.
    fn deltas(events: u32) -> u32 {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut told = 0;
        for event in 0..events * 2 {
            let now = start + Duration::from_secs(1) * event / events;
            pace.count(1, now);
            if pace.next <= now {
                pace.told(now);
                told += u32::from(event >= events);
            }
        }
        told
    }

    #[test]
    fn little_is_told_at_once_and_much_is_gathered() {
        assert_eq!(deltas(100), 100);
        assert_eq!(deltas(450), 450);
        for many in [2_000, 50_000] {
            assert!(deltas(many) <= 21, "{}", deltas(many));
        }
    }

    #[test]
    fn a_scene_of_many_lamps_does_not_wait() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..100 {
            pace.count(1, now);
            pace.told(now);
            assert!(pace.next <= now);
        }
    }
}
