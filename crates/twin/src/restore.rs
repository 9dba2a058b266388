//! A house as it was kept: values come back stale, wishes only where that is safe.

use crate::constraints::Constraints;
use crate::constraints::watch::Watch;
use crate::door::Counters;
use crate::house::Pending;
use crate::snapshot::Reported;
use crate::wishes::may_wait;
use crate::{Effects, House, Limits, Snapshot};
use model::{EventBody, Now, Wish, WishState};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use store::{Kept, Record};

impl House {
    /// The house that was kept, at its start; and what follows from starting.
    #[must_use]
    pub fn restore(kept: Kept, limits: Limits, now: Now) -> (Self, Effects) {
        let mut house = Self {
            state: Snapshot::empty(kept.epoch, now.house),
            limits,
            watch: Watch::default(),
            imagined: false,
            pending: BTreeMap::new(),
            pending_of: HashMap::new(),
            ended: VecDeque::new(),
            echoes: Vec::new(),
            counters: Counters::default(),
            outcomes: HashMap::new(),
            outcome_order: VecDeque::new(),
            manual: HashMap::new(),
            search: None,
        };
        house.state.mode = kept.mode.into();
        house.state.constraints = Arc::new(Constraints::new(kept.constraints));
        for event in kept.refusals.iter().rev() {
            house.remember_refusal(event);
        }
        let mut effects = Effects::default();
        house.emit(
            &Self::own_cause(),
            EventBody::HouseStarted { clean: kept.clean },
            now.house,
            &mut effects,
        );
        for floor in kept.floors {
            house.state.floors.insert(floor.id, Arc::new(floor));
        }
        for area in kept.areas {
            house.state.areas.insert(area.id, Arc::new(area));
        }
        for person in kept.people {
            house.state.people.insert(person.id, Arc::new(person));
        }
        for device in kept.devices {
            house.put_device(device, now);
        }
        for discovery in kept.discoveries {
            house.put_discovery(discovery);
        }
        for (device, at) in kept.last_seen {
            if let Some(twin) = house.state.devices.get_mut(&device) {
                Arc::make_mut(twin).last_seen = Some(at);
            }
        }
        for value in kept.values {
            let Some(twin) = house.state.devices.get_mut(&value.device) else {
                continue;
            };
            let announced = twin
                .device
                .instance(value.path.endpoint, value.path.capability.name)
                .is_some_and(|instance| instance.property(value.path.property.name).is_some());
            if announced {
                Arc::make_mut(twin).properties.of(value.path).reported = Some(Reported {
                    value: value.value,
                    at: value.at,
                    since: value.since,
                    stale: true,
                    cause: value.cause,
                });
            }
        }
        house.recall_starts(now);
        for (client_id, outcome) in kept.outcomes {
            if let Ok(wish) = serde_json::from_value::<Wish>(outcome) {
                house.remember_outcome(client_id, Arc::new(wish));
            }
        }
        for wish in kept.pending {
            house.resume(wish, now, &mut effects);
        }
        (house, effects)
    }

    /// A wish that had not ended: it waits for its device where that is safe, else it ends here. An
    /// action may have been sent already, and is never sent twice.
    fn resume(&mut self, wish: Wish, now: Now, effects: &mut Effects) {
        let id = wish.id;
        let age: Duration = now
            .house
            .duration_since(wish.made_at)
            .try_into()
            .unwrap_or_default();
        let left = self.limits.waits_for_device.saturating_sub(age);
        let waits =
            may_wait(&wish) && !left.is_zero() && self.state.devices.contains_key(&wish.device);
        let pending = Pending {
            made: now.steady,
            deadline: now.steady + left,
            waits: true,
        };
        self.enter(&Arc::new(wish.clone()), pending);
        if waits {
            self.desire(&wish, now);
        } else {
            let note = "the house restarted before the device answered".to_owned();
            self.end(id, WishState::TimedOut, Some(note), now, effects);
        }
        self.state.pending = self.under_way();
    }

    /// What the start itself has to tell is kept like anything else.
    #[must_use]
    pub fn started(mut effects: Effects) -> Effects {
        let told: Vec<Record> = effects
            .events
            .iter()
            .map(|event| Record::Event(Box::new(event.clone())))
            .collect();
        effects.keep.extend(told);
        effects
    }
}
