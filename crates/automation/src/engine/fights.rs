//! Two rules that set one property differently within a short time fight over it: that is told.

use jiff::SignedDuration;
use model::{Capability, DeviceId, Goal, Path, Timestamp, Value, Who, Wish};
use std::collections::{HashMap, VecDeque};

/// Within this time it is a fight.
pub(super) const FIGHT: SignedDuration = SignedDuration::from_mins(10);

/// The same two are told about no more often than this.
const TELL: SignedDuration = SignedDuration::from_hours(1);

/// Properties that are remembered.
const MOST: usize = 10_000;

/// Who set what last.
#[derive(Debug, Clone, Default)]
pub(super) struct Fights {
    last: HashMap<(DeviceId, Path), Written>,
    order: VecDeque<(DeviceId, Path)>,
}

#[derive(Debug, Clone)]
struct Written {
    at: Timestamp,
    who: String,
    value: Value,
    told: Option<Timestamp>,
}

impl Fights {
    /// A wish is made: the property over which rules fight now, and what there is to say about that.
    pub(super) fn made(&mut self, wish: &Wish) -> Option<(Path, String)> {
        let (Who::Rule { name } | Who::Scenario { name }) = &wish.cause.who else {
            return None;
        };
        let Goal::Target { values } = &wish.goal else {
            return None;
        };
        let capability = Capability::find(&wish.capability)?;
        let mut fight = None;
        for (name_of, value) in values {
            let Some(property) = capability.property(name_of) else {
                continue;
            };
            let path = Path {
                endpoint: wish.endpoint,
                capability,
                property,
            };
            let key = (wish.device, path);
            let Some(written) = self.last.get_mut(&key) else {
                self.remember(key, wish.made_at, name, value);
                continue;
            };
            let is_fight = written.who != *name
                && written.value != *value
                && wish.made_at.duration_since(written.at) <= FIGHT;
            let is_news = written
                .told
                .is_none_or(|told| wish.made_at.duration_since(told) > TELL);
            if is_fight && is_news {
                written.told = Some(wish.made_at);
                let title = property.title;
                let (other, was) = (&written.who, &written.value);
                fight = Some((
                    path,
                    format!("“{other}” set “{title}” to {was}, “{name}” to {value}"),
                ));
            }
            written.at = wish.made_at;
            written.who.clone_from(name);
            written.value = value.clone();
        }
        fight
    }

    pub(super) fn forget(&mut self) {
        self.last.clear();
        self.order.clear();
    }

    fn remember(&mut self, key: (DeviceId, Path), at: Timestamp, who: &str, value: &Value) {
        self.order.push_back(key);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.last.remove(&oldest);
        }
        let written = Written {
            at,
            who: who.to_owned(),
            value: value.clone(),
            told: None,
        };
        self.last.insert(key, written);
    }
}
