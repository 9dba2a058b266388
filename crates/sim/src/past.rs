//! A past: what the devices of a house said over some days, as fast as the machine can tell it.

use crate::{
    file::HouseFile,
    mqtt::{self, Message},
    world::World,
};
use jiff::{SignedDuration, Timestamp};
use std::vec::IntoIter;

/// A step of a past in seconds of house time: short enough that a kettle is not skipped over.
const STEP: f64 = 30.0;

/// One message of a past; `at` never goes back.
pub type PastMessage = Message;

/// Goes through the past of a house; ends at the moment that it was given.
#[derive(Debug)]
pub struct Past {
    world: World,
    end: Timestamp,
    ready: IntoIter<Message>,
}

/// The `days` of a house that end at `end`: first what announces its devices, then what they said.
#[must_use]
pub fn past(house: HouseFile, days: u32, end: Timestamp, seed: Option<u64>) -> Past {
    let start = end
        .checked_sub(SignedDuration::from_hours(i64::from(days) * 24))
        .unwrap_or(Timestamp::MIN);
    let world = World::new(house, start, seed);
    let ready = mqtt::announce(&world).into_iter();
    Past { world, end, ready }
}

impl Past {
    /// The house as the past has left it, to go on from.
    #[must_use]
    pub fn into_world(self) -> World {
        self.world
    }
}

impl Iterator for Past {
    type Item = PastMessage;

    fn next(&mut self) -> Option<PastMessage> {
        loop {
            if let Some(message) = self.ready.next() {
                return Some(message);
            }
            let left = (self.end.as_microsecond() - self.world.now.as_microsecond()) as f64 / 1e6;
            if left <= 0.0 {
                return None;
            }
            self.ready = self.world.step(left.min(STEP)).into_iter();
        }
    }
}
