//! House time and its pace.
//!
//! The clock turns real time into house time. While it is held (a wish is on its way in the
//! server) a fast house goes at the pace of life, so that a lamp has the time that a lamp needs.

use std::time::Duration;

/// The fastest that a house can live.
pub const FASTEST: f64 = 3_600.0;

/// How fast a house lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    pace: f64,
    held: bool,
}

impl Clock {
    /// A clock of this pace; 0 is paused.
    #[must_use]
    pub fn new(pace: f64) -> Self {
        let mut clock = Self {
            pace: 1.0,
            held: false,
        };
        clock.set_pace(pace);
        clock
    }

    /// Changes the pace; it is kept between 0 and [`FASTEST`].
    pub fn set_pace(&mut self, pace: f64) {
        if pace.is_finite() {
            self.pace = pace.clamp(0.0, FASTEST);
        }
    }

    /// Holds the clock at the pace of life, or lets it go again.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// The pace that was chosen.
    #[must_use]
    pub fn chosen(&self) -> f64 {
        self.pace
    }

    /// The pace that the house lives at.
    #[must_use]
    pub fn pace(&self) -> f64 {
        if self.held {
            self.pace.min(1.0)
        } else {
            self.pace
        }
    }

    /// Whether it is held.
    #[must_use]
    pub fn held(&self) -> bool {
        self.held
    }

    /// The seconds of house time that so much real time is worth.
    #[must_use]
    pub fn house_seconds(&self, real: Duration) -> f64 {
        real.as_secs_f64() * self.pace()
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::Duration;

    #[test]
    fn a_held_clock_goes_at_the_pace_of_life_and_then_on() {
        let mut clock = Clock::new(600.0);
        assert_eq!(clock.house_seconds(Duration::from_millis(500)), 300.0);
        clock.hold(true);
        assert_eq!((clock.pace(), clock.chosen()), (1.0, 600.0));
        clock.hold(false);
        assert_eq!(clock.pace(), 600.0);
        clock.set_pace(0.0);
        clock.hold(true);
        assert_eq!(clock.pace(), 0.0);
        clock.set_pace(1e9);
        assert_eq!(clock.chosen(), 3_600.0);
        clock.set_pace(f64::NAN);
        assert_eq!(clock.chosen(), 3_600.0);
    }
}
