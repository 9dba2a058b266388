//! Observe: what one constraint has to know of the house for one request.

use super::judge::{Seen, Sight, concerns};
use crate::door::Petition;
use crate::{DeviceTwin, House};
use jiff::Timestamp;
use model::{
    Capability, Connectivity, Constraint, DeviceId, Form, Goal, LeakPlace, Now, Path, Presence,
    Signal, Value, capability,
};
use std::sync::Arc;
use std::time::Duration;

/// How far back starts are counted, in house time.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

impl House {
    /// The enabled constraints that a request meets, each with what it sees.
    pub(crate) fn sights(
        &self,
        petition: &Petition<'_>,
        now: Now,
    ) -> Vec<(Arc<Constraint>, Sight)> {
        self.state
            .constraints
            .of(petition.capability)
            .iter()
            .filter(|constraint| concerns(petition, constraint))
            .map(|constraint| {
                let sight = self.sight(petition, &constraint.form, now.house);
                (Arc::clone(constraint), sight)
            })
            .collect()
    }

    fn sight(&self, petition: &Petition<'_>, form: &Form, now: Timestamp) -> Sight {
        match form {
            Form::Bounds { .. } => Sight::Nothing,
            Form::OpensWhileAway {} => Sight::Home {
                anyone: self.state.anyone_home(),
                left: self.left_last(now),
            },
            Form::ClosesWhileObstructed { sensors, same_area } => {
                Sight::Sensor(self.obstruction(petition, sensors, same_area, now))
            }
            Form::OpensWhileLeaking { place } => {
                let area = petition
                    .device
                    .area
                    .filter(|_| *place == LeakPlace::SameArea);
                let leak = (capability::WATER_LEAK.name, "leak");
                let devices = self
                    .watch
                    .leaks()
                    .filter_map(|id| self.state.devices.get(id));
                let seen = devices
                    .filter(|twin| area.is_none() || twin.device.area == area)
                    .flat_map(|twin| says(twin, leak, "there is a leak", now));
                Sight::Sensor(worst(seen))
            }
            Form::StartsPerHour { .. } => {
                Sight::Starts(self.state.starts_within(petition.device.id, HOUR, now))
            }
            Form::LoadAbove { assumed, meter, .. } => {
                let an_ampere = form.watts().map_or(230.0, |(_, an_ampere)| an_ampere);
                let (more, because) = self.adds(petition, *assumed, an_ampere);
                Sight::Load {
                    now: self.watch.load.now(*meter),
                    more,
                    because,
                }
            }
        }
    }

    /// Who left last, and how long ago.
    fn left_last(&self, now: Timestamp) -> Option<(String, Duration)> {
        let away = self
            .state
            .people
            .values()
            .filter(|person| person.presence == Presence::Away);
        let (since, person) = away
            .filter_map(|person| Some((person.presence_since?, person)))
            .max_by_key(|(since, _)| *since)?;
        Some((person.name.clone(), ago(since, now)))
    }

    fn obstruction(
        &self,
        petition: &Petition<'_>,
        sensors: &[DeviceId],
        same_area: &[Signal],
        now: Timestamp,
    ) -> Option<Seen> {
        let named = sensors
            .iter()
            .flat_map(|id| match self.state.devices.get(id) {
                Some(twin) => Signal::ALL
                    .iter()
                    .flat_map(|signal| says(twin, signal.property(), signal.said(), now))
                    .collect(),
                None => vec![Seen {
                    sensor: "a sensor that it names".to_owned(),
                    said: "it is no longer part of the house".to_owned(),
                    state: None,
                    since: None,
                }],
            });
        let own = petition.device.id;
        let around = petition.device.area.into_iter();
        let around = around.flat_map(|area| self.watch.sensors_in(area));
        let around = around
            .filter(|id| **id != own)
            .filter_map(|id| self.state.devices.get(id))
            .flat_map(|twin| {
                same_area
                    .iter()
                    .flat_map(|signal| says(twin, signal.property(), signal.said(), now))
            });
        // What a door says of itself by a contact is how far it is open, and no obstruction.
        let own = self.state.devices.get(&own).into_iter().flat_map(|twin| {
            let signal = Signal::Obstruction;
            let counts = same_area.contains(&signal);
            let seen = says(twin, signal.property(), signal.said(), now);
            seen.into_iter().filter(move |_| counts)
        });
        worst(named.chain(own).chain(around))
    }

    /// What a request would add to what the house draws, in watts, and how that is known.
    fn adds(&self, petition: &Petition<'_>, assumed: f64, an_ampere: f64) -> (f64, &'static str) {
        let draws = |name: &str| {
            let Goal::Target { values } = petition.goal else {
                return None;
            };
            let place = values.iter().position(|(wished, _)| wished == name)?;
            let known = petition.known.get(place)?.as_ref();
            Some((
                values.get(place)?.1.as_number(),
                known.and_then(Value::as_number),
            ))
        };
        if petition.capability == capability::ENERGY_EVSE.name {
            let because = "the current that is allowed to it";
            let twin = self.state.devices.get(&petition.device.id);
            let allowed = twin.and_then(|twin| {
                let path = capability::ENERGY_EVSE.at(petition.endpoint, "max_charge_current");
                fresh(twin, path).and_then(Value::as_number)
            });
            let wished = draws("max_charge_current").and_then(|(wished, _)| wished);
            if let Some(amperes) = wished.or(allowed) {
                let now = self.watch.load.of(petition.device.id).unwrap_or(0.0);
                return ((amperes * an_ampere - now).max(0.0), because);
            }
        }
        self.watch
            .load
            .would_add(petition.device.id)
            .map_or((assumed, "assumed, nobody measured it"), |more| {
                (more, "the most that it was seen to draw")
            })
    }
}

/// What a device says of a property, on every endpoint that has it.
fn says(
    twin: &DeviceTwin,
    (capability, property): (&str, &str),
    said: &str,
    now: Timestamp,
) -> Vec<Seen> {
    let instances = twin.device.capabilities.iter();
    let paths = instances
        .filter(|instance| instance.capability.name == capability)
        .filter(|instance| instance.property(property).is_some())
        .filter_map(|instance| instance.path(property));
    paths
        .map(|path| {
            let sensor = twin.device.name.clone();
            let state = fresh(twin, path).and_then(Value::as_bool);
            let reported = twin.reported(path);
            let (said, since) = match (state, reported) {
                (Some(_), reported) => (said.to_owned(), reported.map(|it| it.since)),
                (None, _) if twin.connectivity == Connectivity::Offline => {
                    ("it is offline".to_owned(), Some(twin.connectivity_since))
                }
                (None, Some(reported)) if reported.stale => {
                    ("it has said nothing since the restart".to_owned(), None)
                }
                (None, Some(_)) => ("it does not know".to_owned(), None),
                (None, None) => ("it has never said anything".to_owned(), None),
            };
            Seen {
                sensor,
                said,
                state,
                since: since.map(|since| ago(since, now)),
            }
        })
        .collect()
}

/// The worst of what sensors say: first that something is wrong, then that it is not known.
fn worst(seen: impl Iterator<Item = Seen>) -> Option<Seen> {
    let mut unknown = None;
    for seen in seen {
        match seen.state {
            Some(true) => return Some(seen),
            None if unknown.is_none() => unknown = Some(seen),
            _ => {}
        }
    }
    unknown
}

/// What a device says of a property now: not from before a restart, and while it answers.
pub(crate) fn fresh(twin: &DeviceTwin, path: Path) -> Option<&Value> {
    if twin.connectivity == Connectivity::Offline {
        return None;
    }
    let reported = twin.reported(path).filter(|reported| !reported.stale)?;
    reported.value.as_ref()
}

/// Whether a device is freshly known to be on, on an endpoint.
pub(crate) fn is_on(twin: &DeviceTwin, endpoint: u16) -> Option<bool> {
    let on_off: &'static Capability = &capability::ON_OFF;
    fresh(twin, on_off.at(endpoint, "on_off")).and_then(Value::as_bool)
}

fn ago(since: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(since).try_into().unwrap_or_default()
}
