//! House time and the machine's own steady time.

use arc_swap::ArcSwap;
use model::{Now, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The clocks of a running house; cloning shares them.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    face: Arc<ArcSwap<Face>>,
}

/// How house time follows from steady time.
#[derive(Debug, Clone, Copy)]
enum Face {
    /// House time is the wall clock.
    Wall,
    /// House time was `house` at `steady` and runs at `pace`.
    Simulated {
        house: Timestamp,
        steady: Duration,
        pace: f64,
    },
}

impl Clock {
    /// The clock of a real house.
    #[must_use]
    pub fn wall() -> Self {
        Self {
            started: Instant::now(),
            face: Arc::new(ArcSwap::from_pointee(Face::Wall)),
        }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Now {
        let steady = self.started.elapsed();
        let house = match **self.face.load() {
            Face::Wall => Timestamp::now(),
            Face::Simulated {
                house,
                steady: then,
                pace,
            } => {
                let passed = steady.saturating_sub(then).mul_f64(pace);
                house.checked_add(passed).unwrap_or(house)
            }
        };
        Now::new(house, steady)
    }

    /// A simulator says what time it is in its house, and how fast it runs (0 stands still).
    pub fn simulate(&self, house: Timestamp, pace: f64) {
        let pace = if pace.is_finite() {
            pace.clamp(0.0, 3_600.0)
        } else {
            1.0
        };
        let steady = self.started.elapsed();
        self.face.store(Arc::new(Face::Simulated {
            house,
            steady,
            pace,
        }));
    }

    /// How fast house time runs: 1 in a real house.
    #[must_use]
    pub fn pace(&self) -> f64 {
        match **self.face.load() {
            Face::Wall => 1.0,
            Face::Simulated { pace, .. } => pace,
        }
    }

    /// Whether a simulator sets it.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        matches!(**self.face.load(), Face::Simulated { .. })
    }
}
