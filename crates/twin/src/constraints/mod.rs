//! Safety constraints in the live house: the loop of observing, modelling and controlling.
//!
//! - *Observe*: [`observe`] takes from the twins what one constraint has to know of the house, and
//!   nothing else. What is stale, or comes from a device that does not answer, is not known.
//! - *Model*: `watch` keeps what would otherwise have to be looked for: which sensors tell of leaks
//!   and obstructions, what the house draws, how often a device was started within the hour.
//! - *Control*: [`judge`] decides from the request and what was seen, by a pure function.
//!
//! A request meets only the constraints of its capability that are enabled, so that what judging
//! costs does not grow with the house.

mod edit;
pub mod judge;
pub mod observe;
pub(crate) mod watch;

pub use judge::Sight;

use model::{Constraint, DeviceId, Slug, Timestamp, shipped_constraints};
use std::collections::HashMap;
use std::sync::Arc;

/// The constraints of a house, and the way to them by capability.
#[derive(Debug, Clone, Default)]
pub struct Constraints {
    all: Vec<Arc<Constraint>>,
    by_capability: HashMap<&'static str, Vec<Arc<Constraint>>>,
}

/// A request that a constraint refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When, in house time.
    pub at: Timestamp,
    /// For which device.
    pub device: Option<DeviceId>,
    /// Who asked.
    pub who: String,
    /// Why, in the door's own words.
    pub reason: String,
}

/// How many refusals of each constraint are remembered.
pub(crate) const REMEMBERED: usize = 5;

impl Constraints {
    /// Those that come with the house, with what the household changed or added.
    #[must_use]
    pub fn new(kept: Vec<Constraint>) -> Self {
        let mut all: Vec<Arc<Constraint>> = shipped_constraints()
            .iter()
            .map(|shipped| {
                let edited = kept.iter().find(|it| it.slug == shipped.slug);
                Arc::new(edited.unwrap_or(shipped).clone())
            })
            .collect();
        let own = kept.into_iter().filter(|it| shipped(&it.slug).is_none());
        all.extend(own.map(Arc::new));
        Self::of_list(all)
    }

    fn of_list(mut all: Vec<Arc<Constraint>>) -> Self {
        // Those that come with the house stand first, in their own order.
        all.sort_by_cached_key(|constraint| {
            let place = shipped_constraints()
                .iter()
                .position(|shipped| shipped.slug == constraint.slug);
            (place.unwrap_or(usize::MAX), constraint.slug.clone())
        });
        let mut by_capability: HashMap<&'static str, Vec<Arc<Constraint>>> = HashMap::new();
        for constraint in all.iter().filter(|constraint| constraint.enabled) {
            for capability in constraint.capabilities() {
                let list = by_capability.entry(capability).or_default();
                list.push(Arc::clone(constraint));
            }
        }
        Self { all, by_capability }
    }

    /// All of them, in the order in which they are judged.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Constraint>> {
        self.all.iter()
    }

    /// The one of that slug.
    #[must_use]
    pub fn get(&self, slug: &str) -> Option<&Arc<Constraint>> {
        self.all.iter().find(|it| it.slug.as_str() == slug)
    }

    /// Those that are otherwise than they came with the house: what the store keeps.
    #[must_use]
    pub fn edited(&self) -> Vec<Constraint> {
        let edited = self
            .all
            .iter()
            .filter(|it| shipped(&it.slug) != Some(&**it));
        edited.map(|it| Constraint::clone(it)).collect()
    }

    /// Those that a request for a capability has to meet.
    #[must_use]
    pub fn of(&self, capability: &str) -> &[Arc<Constraint>] {
        self.by_capability
            .get(capability)
            .map_or(&[], Vec::as_slice)
    }

    fn len(&self) -> usize {
        self.all.len()
    }

    fn with(&self, constraint: Constraint) -> Self {
        let others = self.all.iter().filter(|it| it.slug != constraint.slug);
        let mut all: Vec<_> = others.cloned().collect();
        all.push(Arc::new(constraint));
        Self::of_list(all)
    }

    /// Without one of the household's own; one that comes with the house is as it came.
    fn without(&self, slug: &Slug) -> Self {
        match shipped(slug) {
            Some(shipped) => self.with(shipped.clone()),
            None => {
                let others = self.all.iter().filter(|it| it.slug != *slug);
                Self::of_list(others.cloned().collect())
            }
        }
    }
}

/// The constraint of that slug as it comes with the house.
#[must_use]
pub fn shipped(slug: &Slug) -> Option<&'static Constraint> {
    shipped_constraints().iter().find(|it| it.slug == *slug)
}
