//! How wishes end: each in exactly one of four ways.

use crate::command::{order, patience};
use crate::house::{Echo, Pending};
use crate::{Effects, House, telemetry};
use model::{
    Capability, Cause, DeviceId, EventBody, Goal, Now, OnReconnect, Path, Property, Value, Wish,
    WishId, WishState,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use store::Record;

/// For so long after an acknowledged action, what its device reports counts as the action's doing.
const ECHO: Duration = Duration::from_secs(5);

/// The wishes that what a device reports may fulfil, to be looked at while its twin is written.
#[derive(Clone, Copy)]
pub(crate) struct Wishes<'a> {
    pub(crate) pending_of: &'a HashMap<DeviceId, BTreeSet<WishId>>,
    pub(crate) all: &'a imbl::HashMap<WishId, Arc<Wish>>,
    pub(crate) echoes: &'a [Echo],
}

impl<'a> Wishes<'a> {
    /// Those of a device that have not ended.
    fn of(self, device: DeviceId) -> impl Iterator<Item = &'a Arc<Wish>> {
        self.pending_of
            .get(&device)
            .into_iter()
            .flatten()
            .filter_map(move |id| self.all.get(id))
    }

    /// The cause of a reported value that somebody wished for; `None` where nobody did.
    pub(crate) fn wished(self, device: DeviceId, path: Path, value: &Value) -> Option<Cause> {
        let here = |wish: &Wish| {
            wish.device == device
                && wish.endpoint == path.endpoint
                && wish.capability == path.capability.name
        };
        let wanted = self.of(device).filter(|wish| here(wish)).find(|wish| {
            wish.wants(path.property.name)
                .is_some_and(|wanted| path.property.reached(wanted, value))
        });
        if let Some(wish) = wanted {
            return Some(wish.cause.clone());
        }
        let echo = self.echoes.iter().find(|echo| here(&echo.wish))?;
        path.property.is_writable().then(|| echo.wish.cause.clone())
    }
}

impl House {
    /// A wish begins.
    pub(crate) fn enter(&mut self, wish: &Arc<Wish>, pending: Pending) {
        self.pending.insert(wish.id, pending);
        self.pending_of
            .entry(wish.device)
            .or_default()
            .insert(wish.id);
        self.state.wishes.insert(wish.id, Arc::clone(wish));
        self.state.pending = self.under_way();
    }

    /// A request that its client may repeat gets this outcome again.
    pub(crate) fn remember_outcome(&mut self, client_id: String, wish: Arc<Wish>) {
        self.outcome_order.push_back(client_id.clone());
        self.outcomes.insert(client_id, wish);
        if self.outcome_order.len() > self.limits.outcomes
            && let Some(oldest) = self.outcome_order.pop_front()
        {
            self.outcomes.remove(&oldest);
        }
    }

    /// Ends a wish, once: a second end of the same wish changes nothing.
    pub(crate) fn end(
        &mut self,
        id: WishId,
        state: WishState,
        note: Option<String>,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(pending) = self.pending.remove(&id) else {
            return;
        };
        let Some(wish) = self.state.wishes.get(&id) else {
            return;
        };
        let mut wish = Wish::clone(wish);
        if let Some(others) = self.pending_of.get_mut(&wish.device) {
            others.remove(&id);
            if others.is_empty() {
                self.pending_of.remove(&wish.device);
            }
        }
        wish.state = state;
        wish.note = note;
        wish.ended_at = Some(now.house);
        let protocol = self.forget_desire(&wish);
        telemetry::wish_ended(&protocol, &wish);
        if state == WishState::Reached {
            telemetry::settled(
                &protocol,
                now.steady.saturating_sub(pending.made).as_secs_f64(),
            );
        }
        let ended = Arc::new(wish);
        self.state.wishes.insert(id, Arc::clone(&ended));
        self.ended.push_back(id);
        if self.ended.len() > self.limits.ended
            && let Some(oldest) = self.ended.pop_front()
        {
            self.state.wishes.remove(&oldest);
        }
        self.state.pending = self.under_way();
        let cause = ended.cause.clone();
        let kept = Box::new(Wish::clone(&ended));
        self.emit(
            &cause,
            EventBody::WishEnded { wish: kept.clone() },
            now.house,
            effects,
        );
        effects.keep.push(Record::Wish(kept));
    }

    /// Clears the desired half that a wish wrote; the protocol of its device.
    fn forget_desire(&mut self, wish: &Wish) -> String {
        let Some(twin) = self.state.devices.get_mut(&wish.device) else {
            return String::new();
        };
        let protocol = twin.device.key.driver.clone();
        let mine = |property: &crate::PropertyTwin| {
            property
                .desired
                .as_ref()
                .is_some_and(|desired| desired.wish == wish.id)
        };
        if twin.properties.values().any(mine) {
            for property in Arc::make_mut(twin)
                .properties
                .values_mut()
                .filter(|p| mine(p))
            {
                property.desired = None;
            }
        }
        protocol
    }

    /// Ends pending wishes that want something else of the same properties than `newer`.
    pub(crate) fn supersede(&mut self, newer: &Wish, now: Now, effects: &mut Effects) {
        let Goal::Target { values } = &newer.goal else {
            return;
        };
        let older: Vec<WishId> = self
            .wishes_of(newer.device)
            .filter(|wish| wish.endpoint == newer.endpoint && wish.capability == newer.capability)
            .filter(|wish| {
                values
                    .iter()
                    .any(|(property, _)| wish.wants(property).is_some())
            })
            .map(|wish| wish.id)
            .collect();
        for id in older {
            let note = format!("{} wanted something else since", newer.cause.who);
            self.end(id, WishState::Superseded, Some(note), now, effects);
        }
    }

    /// The wishes of a device that have not ended.
    pub(crate) fn wishes_of(&self, device: DeviceId) -> impl Iterator<Item = &Arc<Wish>> + '_ {
        self.wishes().of(device)
    }

    fn wishes(&self) -> Wishes<'_> {
        Wishes {
            pending_of: &self.pending_of,
            all: &self.state.wishes,
            echoes: &self.echoes,
        }
    }

    /// Ends the wishes of a device that its reported values fulfil.
    pub(crate) fn settle(&mut self, device: DeviceId, now: Now, effects: &mut Effects) {
        let reached: Vec<WishId> = self
            .wishes_of(device)
            .filter(|wish| self.fulfilled(wish))
            .map(|wish| wish.id)
            .collect();
        for id in reached {
            self.end(id, WishState::Reached, None, now, effects);
        }
    }

    /// Whether a device freshly reports all that a wish wants.
    fn fulfilled(&self, wish: &Wish) -> bool {
        let Goal::Target { values } = &wish.goal else {
            return false;
        };
        let Some(twin) = self.state.devices.get(&wish.device) else {
            return false;
        };
        let Some(capability) = Capability::find(&wish.capability) else {
            return false;
        };
        values.iter().all(|(name, wanted)| {
            let Some(property) = capability.property(name) else {
                return false;
            };
            let path = Path {
                endpoint: wish.endpoint,
                capability,
                property,
            };
            twin.reported(path).is_some_and(|reported| {
                !reported.stale
                    && reported
                        .value
                        .as_ref()
                        .is_some_and(|value| property.reached(wanted, value))
            })
        })
    }

    /// A driver handed a command over.
    pub(crate) fn delivered(&mut self, id: WishId, now: Now, effects: &mut Effects) {
        if !self.pending.contains_key(&id) {
            return;
        }
        let Some(wish) = self.state.wishes.get(&id).cloned() else {
            return;
        };
        if Self::is_action(&wish.goal) {
            self.echoes.push(Echo {
                wish: Arc::clone(&wish),
                until: now.steady + ECHO,
            });
            self.end(
                id,
                WishState::Reached,
                Some("delivery only: an action has no state".into()),
                now,
                effects,
            );
        } else if self.silent(&wish) {
            let note = "delivery only: the device does not report this";
            self.end(id, WishState::Reached, Some(note.into()), now, effects);
        } else if self.fulfilled(&wish) {
            // Devices often do not repeat a state that is already so.
            self.end(
                id,
                WishState::Reached,
                Some("it was so already".into()),
                now,
                effects,
            );
        }
    }

    /// Whether a device reports none of what a wish wants.
    fn silent(&self, wish: &Wish) -> bool {
        let Goal::Target { values } = &wish.goal else {
            return false;
        };
        self.state
            .devices
            .get(&wish.device)
            .and_then(|twin| twin.device.instance(wish.endpoint, &wish.capability))
            .is_some_and(|instance| {
                values
                    .iter()
                    .all(|(name, _)| instance.property(name).is_some_and(|shape| !shape.reports))
            })
    }

    /// A device is back: what waited for it is sent, with the time that it needs.
    pub(crate) fn resend(&mut self, device: DeviceId, now: Now, effects: &mut Effects) {
        let Some(twin) = self.state.devices.get(&device).cloned() else {
            return;
        };
        let waiting: Vec<Arc<Wish>> = self
            .wishes_of(device)
            .filter(|wish| {
                self.pending
                    .get(&wish.id)
                    .is_some_and(|pending| pending.waits)
            })
            .cloned()
            .collect();
        for wish in waiting {
            if let Some(pending) = self.pending.get_mut(&wish.id) {
                pending.waits = false;
                pending.deadline = now.steady + patience(wished_properties(&wish).into_iter());
            }
            effects.orders.push((
                twin.device.key.driver.clone(),
                order(&wish, &twin.device.key.native_id),
            ));
        }
        self.state.pending = self.under_way();
    }

    /// A device went away: targets that may be sent late wait for it, the rest runs into its time-out.
    pub(crate) fn hold_back(&mut self, device: DeviceId, now: Now) {
        let held: Vec<WishId> = self
            .wishes_of(device)
            .filter(|wish| may_wait(wish))
            .map(|wish| wish.id)
            .collect();
        for id in held {
            if let Some(pending) = self.pending.get_mut(&id) {
                pending.waits = true;
                pending.deadline = now.steady + self.limits.waits_for_device;
            }
        }
        self.state.pending = self.under_way();
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Now, effects: &mut Effects) {
        self.counters.forget(now.steady);
        self.echoes.retain(|echo| echo.until > now.steady);
        let late: Vec<WishId> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.deadline <= now.steady)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let waits = self.pending.get(&id).is_some_and(|pending| pending.waits);
            let note = if waits {
                "the device did not come back in time"
            } else {
                "the device did not report it in time"
            };
            self.end(id, WishState::TimedOut, Some(note.into()), now, effects);
        }
        self.tick_manual(now, effects);
        self.tick_search(now, effects);
    }

    /// When the house's patience with a device ends next, on the steady clock.
    #[must_use]
    pub fn next_deadline(&self) -> Option<std::time::Duration> {
        self.pending.values().map(|pending| pending.deadline).min()
    }

    /// Wishes that are on their way (those that wait for an absent device are not).
    pub(crate) fn under_way(&self) -> usize {
        self.pending
            .values()
            .filter(|pending| !pending.waits)
            .count()
    }
}

/// Whether all of a wish may be sent late.
pub(crate) fn may_wait(wish: &Wish) -> bool {
    let properties = wished_properties(wish);
    !properties.is_empty()
        && properties
            .iter()
            .all(|property| property.on_reconnect == OnReconnect::Replay)
}

/// The tables of the properties that a wish wants.
fn wished_properties(wish: &Wish) -> Vec<&'static Property> {
    let (Goal::Target { values }, Some(capability)) =
        (&wish.goal, Capability::find(&wish.capability))
    else {
        return Vec::new();
    };
    values
        .iter()
        .filter_map(|(name, _)| capability.property(name))
        .collect()
}
