//! From a command to a wish: resolved against the device's shape, judged, made, sent.

use crate::constraints::{observe::is_on, watch::known};
use crate::door::{Petition, View, judge};
use crate::effects::Answer;
use crate::house::Pending;
use crate::snapshot::{Desired, DeviceTwin};
use crate::{Effects, House, Refusal, RefusalCode};
use model::capability::Effect;
use model::{
    Capability, Cause, CommandRequest, Connectivity, DriverCommand, EventBody, Goal, Grant,
    Instance, Now, Order, Path, Property, Reference, RequestId, Safety, Value, Who, Wish, WishId,
    WishState,
};
use std::sync::Arc;
use std::time::Duration;
use store::Record;

/// The capability's own word for “these properties shall have these values”.
const SET: &str = "set";

/// How long an action may take to be acknowledged.
const ACTION: Duration = Duration::from_secs(10);

/// Who asks.
pub(crate) struct Asked<'a> {
    pub(crate) id: RequestId,
    pub(crate) client_id: Option<String>,
    pub(crate) cause: &'a Cause,
    pub(crate) grant: &'a Grant,
}

/// A command that a device understands.
struct Resolved {
    endpoint: u16,
    capability: &'static Capability,
    command: String,
    goal: Goal,
    properties: Vec<&'static Property>,
}

impl House {
    /// Makes a wish of a command, or says why not.
    pub(crate) fn command(
        &mut self,
        asked: &Asked<'_>,
        command: &CommandRequest,
        now: Now,
        effects: &mut Effects,
    ) -> Result<Answer, Refusal> {
        let client_id = asked
            .client_id
            .as_ref()
            .map(|id| format!("{}/{id}", asked.grant.who));
        if let Some(first) = client_id.as_ref().and_then(|id| self.outcomes.get(id)) {
            let latest = self.state.wishes.get(&first.id).unwrap_or(first);
            return Ok(Answer::Wish(Arc::clone(latest)));
        }
        let twin = Arc::clone(self.find_device(&command.device)?);
        let judged = resolve(&twin, command).and_then(|resolved| {
            let paths = resolved.properties.iter().map(|property| Path {
                endpoint: resolved.endpoint,
                capability: resolved.capability,
                property,
            });
            let known = known(&twin, paths);
            let petition = Petition {
                grant: asked.grant,
                who: &asked.cause.who,
                device: &twin.device,
                connectivity: twin.connectivity,
                goal: &resolved.goal,
                properties: &resolved.properties,
                capability: resolved.capability.name,
                endpoint: resolved.endpoint,
                known: &known,
                is_on: is_on(&twin, resolved.endpoint),
                confirmed: command.confirmed,
            };
            let constraints = self.sights(&petition, now);
            let view = View {
                constraints: &constraints,
                recent: self.counters.recent(twin.device.id, now.steady),
                recent_limit: self.limits.wishes_in_ten_seconds,
            };
            judge(&petition, &view)?;
            if self.pending.len() >= self.limits.pending {
                return Err(Refusal::new(
                    RefusalCode::HouseFull,
                    format!("{} wishes have not ended yet", self.pending.len()),
                    format!("at most {}", self.limits.pending),
                    "wait until some have ended",
                ));
            }
            let starts = petition.starts();
            Ok((resolved, starts))
        });
        match judged {
            Ok((resolved, starts)) => {
                if starts {
                    self.count_start(twin.device.id, resolved.capability.name, now);
                }
                let wish = self.wish(asked, client_id, &twin, resolved, now, effects);
                Ok(Answer::Wish(wish))
            }
            Err(refusal) => {
                self.refused(Some(twin.device.id), &refusal, asked.cause, now, effects);
                Err(refusal)
            }
        }
    }

    /// Makes the wish and sends it, or lets it wait for its device.
    fn wish(
        &mut self,
        asked: &Asked<'_>,
        client_id: Option<String>,
        twin: &DeviceTwin,
        resolved: Resolved,
        now: Now,
        effects: &mut Effects,
    ) -> Arc<Wish> {
        let Resolved {
            endpoint,
            capability,
            command,
            goal,
            properties,
        } = resolved;
        let device = twin.device.id;
        let waits = twin.connectivity == Connectivity::Offline;
        let wish = Wish {
            id: WishId::new(),
            request: asked.id,
            device,
            endpoint,
            capability: capability.name.to_owned(),
            command,
            goal,
            state: WishState::Pending,
            note: waits.then(|| "it waits until the device is back".to_owned()),
            cause: asked.cause.clone(),
            made_at: now.house,
            ended_at: None,
        };
        self.supersede(&wish, now, effects);
        let patience = if waits {
            self.limits.waits_for_device
        } else {
            patience(properties.iter().copied())
        };
        let made = Arc::new(wish);
        let pending = Pending {
            made: now.steady,
            deadline: now.steady + patience,
            waits,
        };
        self.enter(&made, pending);
        self.counters.count(device, now.steady);
        self.desire(&made, now);
        self.emit(
            &made.cause,
            EventBody::WishMade {
                wish: Box::new(Wish::clone(&made)),
            },
            now.house,
            effects,
        );
        effects
            .keep
            .push(Record::Wish(Box::new(Wish::clone(&made))));
        effects
            .undo
            .push(Record::Wish(Box::new(Wish::clone(&made))));
        if let Some(client_id) = client_id {
            if let Ok(outcome) = serde_json::to_value(&*made) {
                effects.keep.push(Record::Outcome {
                    client_id: client_id.clone(),
                    outcome,
                    at: now.house,
                });
            }
            self.remember_outcome(client_id, Arc::clone(&made));
        }
        if !waits {
            let by_rule = matches!(made.cause.who, Who::Rule { .. } | Who::Scenario { .. });
            let is_free = !properties.is_empty()
                && properties
                    .iter()
                    .all(|property| property.safety == Safety::Free);
            effects.at_once = by_rule && is_free && matches!(made.goal, Goal::Target { .. });
            effects.orders.push((
                twin.device.key.driver.clone(),
                order(&made, &twin.device.key.native_id),
            ));
        }
        made
    }

    /// Writes the desired half of the wished properties.
    pub(crate) fn desire(&mut self, wish: &Wish, now: Now) {
        let Goal::Target { values } = &wish.goal else {
            return;
        };
        let Some(twin) = self.state.devices.get_mut(&wish.device) else {
            return;
        };
        let Some(instance) = twin
            .device
            .instance(wish.endpoint, &wish.capability)
            .cloned()
        else {
            return;
        };
        let twin = Arc::make_mut(twin);
        for (name, value) in values {
            let Some(path) = instance.path(name) else {
                continue;
            };
            twin.properties.of(path).desired = Some(Box::new(Desired {
                value: value.clone(),
                at: now.house,
                wish: wish.id,
                who: wish.cause.who.clone(),
            }));
        }
    }

    /// The device of a reference.
    pub(crate) fn find_device(&self, reference: &Reference) -> Result<&Arc<DeviceTwin>, Refusal> {
        self.state.device(&reference.0).ok_or_else(|| {
            let shown: String = reference.0.chars().take(80).collect();
            Refusal::new(
                RefusalCode::UnknownDevice,
                format!("no device is called `{shown}`"),
                "the id, slug or alias of a device of this house",
                "look it up with GET /api/devices",
            )
        })
    }
}

/// How long a device may take for these properties.
pub(crate) fn patience(properties: impl Iterator<Item = &'static Property>) -> Duration {
    properties
        .map(|property| property.settles_within)
        .max()
        .unwrap_or(ACTION)
}

/// The order that carries a wish to its driver.
pub(crate) fn order(wish: &Wish, native_id: &str) -> Order {
    Order::Command(DriverCommand {
        wish: wish.id,
        native_id: native_id.to_owned(),
        endpoint: wish.endpoint,
        capability: wish.capability.clone(),
        goal: wish.goal.clone(),
    })
}

/// Finds what a command means on a device.
fn resolve(twin: &DeviceTwin, request: &CommandRequest) -> Result<Resolved, Refusal> {
    let name = &twin.device.name;
    let Some(capability) = Capability::find(&request.capability) else {
        return Err(unsupported(
            format!("no capability is called `{}`", shorten(&request.capability)),
            offers(twin),
        ));
    };
    let instances: Vec<&Instance> = twin
        .device
        .capabilities
        .iter()
        .filter(|instance| instance.capability == capability)
        .filter(|instance| {
            request
                .endpoint
                .is_none_or(|endpoint| endpoint == instance.endpoint)
        })
        .collect();
    let Some(instance) = instances.first().copied() else {
        let place = request
            .endpoint
            .map(|endpoint| format!(" on endpoint {endpoint}"))
            .unwrap_or_default();
        return Err(unsupported(
            format!("{name} has no {}{place}", capability.name),
            offers(twin),
        ));
    };
    let wanted = if request.command == SET {
        arguments_as_properties(instance, &request.args)?
    } else {
        let Some(command) = instance
            .commands()
            .find(|command| command.name == request.command)
        else {
            let known: Vec<_> = instance
                .commands()
                .map(|command| command.name)
                .chain([SET])
                .collect();
            return Err(unsupported(
                format!(
                    "{name} does not know the command `{}`",
                    shorten(&request.command)
                ),
                format!("one of {}", known.join(", ")),
            ));
        };
        match &command.effect {
            Effect::Action => {
                if let Some((argument, _)) = request.args.first() {
                    return Err(invalid(
                        format!(
                            "`{}` takes no argument, but `{}` was given",
                            command.name,
                            shorten(argument)
                        ),
                        "no arguments",
                    ));
                }
                return Ok(Resolved {
                    endpoint: instance.endpoint,
                    capability,
                    command: request.command.clone(),
                    goal: Goal::Action {
                        command: request.command.clone(),
                    },
                    properties: Vec::new(),
                });
            }
            Effect::Sets(fixed) => {
                let mut wanted: Vec<(String, Value)> = fixed
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.value()))
                    .collect();
                for argument in command.arguments {
                    let given = request
                        .args
                        .iter()
                        .find(|(name, _)| name == argument.name || name == argument.property);
                    let Some((_, value)) = given else {
                        return Err(invalid(
                            format!("`{}` needs the argument `{}`", command.name, argument.name),
                            format!("\"args\": {{\"{}\": ...}}", argument.name),
                        ));
                    };
                    wanted.push((argument.property.to_owned(), value.clone()));
                }
                let strange = request.args.iter().find(|(name, _)| {
                    !command
                        .arguments
                        .iter()
                        .any(|a| a.name == name || a.property == name)
                });
                if let Some((name, _)) = strange {
                    let known: Vec<_> = command.arguments.iter().map(|a| a.name).collect();
                    let expected = if known.is_empty() {
                        "no arguments".to_owned()
                    } else {
                        known.join(", ")
                    };
                    return Err(invalid(
                        format!("`{}` has no argument `{}`", command.name, shorten(name)),
                        expected,
                    ));
                }
                wanted
            }
        }
    };
    let mut values = Vec::with_capacity(wanted.len());
    let mut properties = Vec::with_capacity(wanted.len());
    for (property_name, value) in wanted {
        let (Some(property), Some(shape)) = (
            capability.property(&property_name),
            instance.property(&property_name),
        ) else {
            return Err(unsupported(
                format!("{name} has no {}.{property_name}", capability.name),
                offers(twin),
            ));
        };
        let value = shape.accept_wish(property, &value).map_err(|fault| {
            invalid(
                format!("{}.{property_name} of {name}: {fault}", capability.name),
                fault.to_string(),
            )
        })?;
        values.push((property_name, value));
        properties.push(property);
    }
    Ok(Resolved {
        endpoint: instance.endpoint,
        capability,
        command: request.command.clone(),
        goal: Goal::Target { values },
        properties,
    })
}

/// The arguments of `set`: every one is a writable property.
fn arguments_as_properties(
    instance: &Instance,
    args: &[(String, Value)],
) -> Result<Vec<(String, Value)>, Refusal> {
    let writable = || {
        let names: Vec<_> = instance
            .properties
            .iter()
            .filter(|p| p.writable)
            .map(|p| p.name.as_str())
            .collect();
        if names.is_empty() {
            "nothing: all of it is read-only".to_owned()
        } else {
            names.join(", ")
        }
    };
    if args.is_empty() {
        return Err(invalid("`set` needs at least one argument", writable()));
    }
    for (name, _) in args {
        if !instance.property(name).is_some_and(|shape| shape.writable) {
            return Err(invalid(
                format!("`{}` cannot be set", shorten(name)),
                writable(),
            ));
        }
    }
    Ok(args.to_vec())
}

fn offers(twin: &DeviceTwin) -> String {
    let mut names: Vec<_> = twin
        .device
        .capabilities
        .iter()
        .map(|i| i.capability.name)
        .collect();
    names.dedup();
    format!("one of {}", names.join(", "))
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

fn unsupported(message: impl Into<String>, expected: impl Into<String>) -> Refusal {
    Refusal::new(
        RefusalCode::UnsupportedCommand,
        message,
        expected,
        "look at the device's capabilities with GET /api/devices/{id}",
    )
}

fn invalid(message: impl Into<String>, expected: impl Into<String>) -> Refusal {
    Refusal::new(
        RefusalCode::InvalidValue,
        message,
        expected,
        "correct the value and ask again",
    )
}
