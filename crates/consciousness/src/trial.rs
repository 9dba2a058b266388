//! A simulated house with its twins and its mind in one process and in simulated time, for trying what the
//! mind makes of a fault.

use crate::past::Twins;
use crate::year::empty;
use mind::concerns::{Change, NoSuchConcern, Word};
use mind::safla::Brain;
use mind::{Concern, View};
use model::{ConcernId, Timestamp};
use sim::World;
use sim::file::HouseFile;
use sim::mqtt::announce;

/// How far the house goes at once, in seconds of its time.
const STEP: f64 = 15.0;

/// The mind turns at least so often, in seconds of house time.
const TURN: f64 = 60.0;

/// A house that is tried.
pub struct Trial {
    /// The house itself, for faults and people.
    pub world: World,
    /// What changed among the concerns since the start.
    pub changes: Vec<Change>,
    twins: Twins,
    brain: Brain,
    view: View,
}

impl Trial {
    /// A house whose devices have just been announced.
    #[must_use]
    pub fn new(house: HouseFile, start: Timestamp, seed: Option<u64>) -> Self {
        let world = World::new(house, start, seed);
        let mut twins = Twins::new(empty(), start);
        let mut brain = Brain::default();
        for message in announce(&world) {
            for effects in twins.hear(&message) {
                for event in &effects.events {
                    brain.recall.hear(event);
                }
            }
        }
        let view = brain
            .turn(twins.house.snapshot(), Vec::new(), start)
            .deeds
            .view;
        Self {
            world,
            changes: Vec::new(),
            twins,
            brain,
            view,
        }
    }

    /// How the house is.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The concern of that kind that is on.
    #[must_use]
    pub fn concern(&self, kind: &str) -> Option<&Concern> {
        self.view.concerns.iter().find(|one| one.kind == kind)
    }

    /// Lets so many minutes of house time pass.
    pub fn live(&mut self, minutes: u32) {
        self.until(minutes, |_| false);
    }

    /// Lets house time pass until the mind is so, at most so many minutes; how many minutes it took.
    pub fn until(&mut self, minutes: u32, so: impl Fn(&View) -> bool) -> Option<u32> {
        let steps = (f64::from(minutes) * 60.0 / STEP).round();
        let (mut step, mut turned) = (0.0, 0.0);
        while step < steps {
            step += 1.0;
            turned += STEP;
            let mut stirred = turned >= TURN;
            for message in self.world.step(STEP) {
                for effects in self.twins.hear(&message) {
                    for event in &effects.events {
                        stirred |= self.brain.recall.hear(event);
                    }
                }
            }
            if stirred {
                turned = 0.0;
                let now = self.world.now;
                let snapshot = self.twins.house.snapshot();
                let deeds = self.brain.turn(snapshot, Vec::new(), now).deeds;
                self.changes.extend(deeds.changes);
                self.view = deeds.view;
                if so(&self.view) {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a count of minutes"
                    )]
                    return Some((step * STEP / 60.0).ceil() as u32);
                }
            }
        }
        None
    }

    /// Somebody says something of a concern.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn say(&mut self, concern: ConcernId, word: Word) -> Result<Change, NoSuchConcern> {
        self.brain.concerns.say(concern, word, self.world.now)
    }
}
